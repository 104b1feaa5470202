from __future__ import annotations

import json

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from blocks.edits import remove
from designer.canvas import BLOCK_MIME
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def drop(
    desk: Desk, pixel: QPoint, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, **block: object
) -> None:
    """Drops a block as the palette's drag would."""
    mime = QMimeData()
    mime.setData(BLOCK_MIME, json.dumps(block).encode())
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    QApplication.sendEvent(desk.canvas.viewport(), QDragEnterEvent(pixel, copy, mime, left, keys))
    QApplication.sendEvent(desk.canvas.viewport(), QDropEvent(QPointF(pixel), copy, mime, left, keys))


def test_a_drag_moves_by_the_grid_in_one_intent(loose: Desk) -> None:
    loose.drag(loose.pixel("conv"), loose.pixel("conv") + QPoint(101, 57))
    assert [intent.label for intent in loose.done] == ["Move conv"]
    assert loose.layout["conv"] == (104.0, 216.0)


def test_everything_selected_moves_together(loose: Desk) -> None:
    loose.canvas.select(["conv", "relu"])
    loose.drag(loose.pixel("relu"), loose.pixel("relu") + QPoint(0, 80))
    assert (loose.layout["conv"], loose.layout["relu"]) == ((0.0, 240.0), (-272.0, 240.0))
    assert loose.layout["linear"] == (272.0, 160.0)


def test_escape_puts_back_what_was_being_moved(loose: Desk) -> None:
    loose.press(loose.pixel("conv"))
    loose.hover(loose.pixel("conv") + QPoint(90, 90))
    loose.key(Qt.Key.Key_Escape)
    assert loose.canvas.sheet.place("conv") == (0.0, 160.0)
    assert loose.done == []


def test_a_loose_node_dropped_on_a_wire_is_inserted(sit: Open) -> None:
    nodes = {"image": node("Input"), "out": node("Output"), "relu": node("ReLU")}
    layout = {"image": (0.0, 0.0), "out": (0.0, 200.0), "relu": (272.0, 100.0)}
    desk = sit(graph(nodes, "image -> out"), layout)
    desk.drag(desk.pixel("relu"), desk.at(104, 120))
    assert desk.wires() == {("image", "relu"), ("relu", "out")}


def test_alt_prevents_inserting(sit: Open) -> None:
    nodes = {"image": node("Input"), "out": node("Output"), "relu": node("ReLU")}
    layout = {"image": (0.0, 0.0), "out": (0.0, 200.0), "relu": (272.0, 100.0)}
    desk = sit(graph(nodes, "image -> out"), layout)
    desk.drag(desk.pixel("relu"), desk.at(104, 120), ALT)
    assert desk.wires() == {("image", "out")}


def test_alt_at_the_press_takes_a_node_out_of_its_wires(chain: Desk) -> None:
    start = chain.pixel("relu")
    chain.press(start, ALT)
    for step in (40, 160, 300):
        chain.hover(start + QPoint(step, 0))
    chain.release(start + QPoint(300, 0))
    assert ("conv", "pool") in chain.wires()
    assert not chain.graph.into("relu")


def test_a_block_dropped_from_the_palette_stands_where_it_fell(empty: Desk) -> None:
    drop(empty, empty.at(104, 23), block="Conv2d", settings={"out_channels": 8})
    assert empty.layout == {"conv1": (0.0, 0.0)}
    assert empty.graph.block("conv1").value("out_channels") == 8


def test_a_block_dropped_on_a_wire_is_inserted_and_neighbours_make_room(chain: Desk) -> None:
    before = chain.layout["relu"][1]
    drop(chain, chain.pixel("conv", dy=66), block="BatchNorm2d")
    assert {("conv", "batchnorm1"), ("batchnorm1", "relu")} <= chain.wires()
    assert chain.layout["batchnorm1"][1] == before
    assert chain.layout["relu"][1] >= before + 80


def test_alt_drops_a_block_beside_the_wire(chain: Desk) -> None:
    drop(chain, chain.pixel("conv", dy=66), ALT, block="ReLU")
    assert len(chain.graph.wires) == 5


def test_what_is_no_block_is_not_accepted(empty: Desk) -> None:
    drop(empty, QPoint(50, 50), block="NoSuchBlock")
    assert empty.done == []


def test_a_rubber_band_selects_what_it_touches(loose: Desk) -> None:
    loose.drag(loose.at(-60, 130), loose.at(300, 230))
    assert loose.canvas.selection() == ("conv", "linear")


def test_ctrl_click_adds_to_the_selection_and_takes_from_it(loose: Desk) -> None:
    loose.click(loose.pixel("conv"))
    loose.click(loose.pixel("relu"), CTRL)
    assert loose.canvas.selection() == ("conv", "relu")
    loose.click(loose.pixel("conv"), CTRL)
    assert loose.canvas.selection() == ("relu",)


def test_an_intent_that_is_not_done_leaves_things_where_they_were(loose: Desk) -> None:
    loose.canvas.edited.disconnect()
    loose.drag(loose.pixel("conv"), loose.pixel("conv") + QPoint(90, 90))
    assert loose.canvas.sheet.place("conv") == (0.0, 160.0)


def test_a_network_shown_again_meanwhile_does_not_disturb_a_drag(loose: Desk) -> None:
    loose.press(loose.pixel("conv"))
    start = loose.pixel("conv")
    loose.hover(start + QPoint(40, 0))
    loose.show()
    loose.hover(start + QPoint(80, 0))
    loose.release(start + QPoint(80, 0))
    assert loose.layout["conv"] == (80.0, 160.0)


def test_another_network_meanwhile_ends_a_drag(chain: Desk) -> None:
    start = chain.pixel("relu")
    chain.press(start)
    chain.hover(start + QPoint(80, 0))
    chain.graph = remove(chain.graph, ["conv"])
    chain.show()
    chain.release(start + QPoint(80, 0))
    assert chain.done == []
    assert chain.canvas.gesture is None


def test_what_makes_room_for_a_dropped_block_slides_aside_in_sight(chain: Desk) -> None:
    before = chain.canvas.sheet.place("relu")
    drop(chain, chain.pixel("conv", dy=66), block="BatchNorm2d")
    assert chain.canvas.sheet.place("relu") == before
    chain.canvas.glide.finish()
    assert chain.canvas.sheet.place("relu") == chain.layout["relu"] != before
