from __future__ import annotations

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from blocks.check import check
from designer.canvas.commands import build_menu
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
Key = Qt.Key


@pytest.fixture
def residual(sit: Open) -> Desk:
    """A composite between an input and an output."""
    nodes = {
        "image": node("Input", shape=[8, 8, 8]),
        "unit": node("Residual", out_channels=8),
        "output": node("Output"),
    }
    return sit(graph(nodes, "image -> unit", "unit -> output"))


def test_delete_heals_the_wires(chain: Desk) -> None:
    chain.click(chain.pixel("relu"))
    chain.key(Key.Key_Delete)
    assert ("conv", "pool") in chain.wires()
    assert chain.canvas.selection() == ("conv",)


def test_ctrl_delete_cuts_them(chain: Desk) -> None:
    chain.click(chain.pixel("relu"))
    chain.key(Key.Key_Delete, CTRL)
    assert chain.wires() == {("image", "conv"), ("pool", "flat"), ("flat", "output")}


def test_copied_text_is_readable_and_pastes_at_the_hand(chain: Desk) -> None:
    chain.canvas.select(["conv", "relu"])
    chain.key(Key.Key_C, CTRL)
    told = json.loads(QGuiApplication.clipboard().text())
    assert told["nodes"]["conv"] == {"block": "Conv2d", "out_channels": 6, "kernel_size": 5}
    assert told["wires"] == ["conv -> relu"]
    chain.hover(chain.at(400, 23))
    chain.key(Key.Key_V, CTRL)
    assert ("conv2", "relu2") in chain.wires()
    assert chain.layout["conv2"] == (296.0, 0.0)
    assert chain.canvas.selection() == ("conv2", "relu2")


def test_pasting_other_text_says_so(chain: Desk) -> None:
    QGuiApplication.clipboard().setText("hello")
    chain.key(Key.Key_V, CTRL)
    assert chain.said == ["The clipboard holds neither nodes nor PyTorch code; copy some first."]


def test_cut_takes_nodes_away_that_paste_brings_back(chain: Desk) -> None:
    chain.canvas.select(["relu"])
    chain.key(Key.Key_X, CTRL)
    assert "relu" not in chain.graph.nodes
    chain.key(Key.Key_V, CTRL)
    assert "relu" in chain.graph.nodes


def test_duplicate_keeps_inner_wires_and_with_shift_the_incoming_ones(chain: Desk) -> None:
    chain.canvas.select(["conv", "relu"])
    chain.key(Key.Key_D, CTRL)
    assert ("conv2", "relu2") in chain.wires()
    assert not chain.graph.into("conv2")
    chain.canvas.select(["conv", "relu"])
    chain.key(Key.Key_D, CTRL | SHIFT)
    assert ("image", "conv3") in chain.wires()


def test_arrows_walk_along_the_wires(chain: Desk) -> None:
    walked = []
    for key in (Key.Key_Down, Key.Key_Down, Key.Key_Down, Key.Key_Up):
        chain.key(key)
        walked.append(chain.canvas.selection()[0])
    assert walked == ["image", "conv", "relu", "conv"]


def test_shift_arrows_walk_across(loose: Desk) -> None:
    loose.canvas.select(["relu"])
    walked = []
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Left):
        loose.key(key, SHIFT)
        walked.append(loose.canvas.selection()[0])
    assert walked == ["conv", "linear", "conv"]


def test_ctrl_a_selects_all_and_escape_nothing_then_goes_back(chain: Desk, qtbot: QtBot) -> None:
    chain.key(Key.Key_A, CTRL)
    assert len(chain.canvas.selection()) == 6
    chain.key(Key.Key_Escape)
    assert chain.canvas.selection() == ()
    with qtbot.waitSignal(chain.canvas.back):
        chain.key(Key.Key_Escape)


def test_backspace_goes_back(chain: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chain.canvas.back):
        chain.key(Key.Key_Backspace)


def test_enter_opens_a_composite_and_says_why_not_elsewhere(residual: Desk, qtbot: QtBot) -> None:
    residual.canvas.select(["unit"])
    with qtbot.waitSignal(residual.canvas.opened) as opened:
        residual.key(Key.Key_Return)
    assert opened.args == ["unit"]
    residual.canvas.select(["image"])
    residual.key(Key.Key_Return)
    assert residual.said == ["This block has nothing inside to open."]


def test_a_double_click_opens_a_composite(residual: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(residual.canvas.opened):
        residual.double_click(residual.pixel("unit", dx=150, dy=34))


def test_expand_replaces_a_composite_by_its_inside_and_makes_room(residual: Desk) -> None:
    residual.canvas.select(["unit"])
    residual.key(Key.Key_G, CTRL | SHIFT)
    assert "unit" not in residual.graph.nodes
    assert len(residual.graph.nodes) > 4
    assert residual.layout["output"][1] == max(y for _, y in residual.layout.values())
    assert check(residual.graph).errors == ()


def test_f2_renames_on_the_card(chain: Desk) -> None:
    chain.canvas.select(["conv"])
    chain.key(Key.Key_F2)
    field = chain.canvas.name_field
    QTest.keyClicks(field, "stem")
    QTest.keyClick(field, Key.Key_Return)
    assert ("image", "stem") in chain.wires()
    assert chain.canvas.selection() == ("stem",)


def test_a_name_that_is_taken_is_refused_in_words(chain: Desk) -> None:
    chain.canvas.select(["conv"])
    chain.key(Key.Key_F2)
    field = chain.canvas.name_field
    QTest.keyClicks(field, "relu")
    QTest.keyClick(field, Key.Key_Return)
    assert "already a node named relu" in chain.canvas.bubble.text()
    assert chain.done == []


def test_ctrl_l_arranges_in_one_intent(loose: Desk) -> None:
    loose.drag(loose.pixel("image", dy=47), loose.pixel("conv", dy=-1))
    loose.canvas.select([])
    loose.key(Key.Key_L, CTRL)
    assert loose.done[-1].label == "Arrange all"
    assert loose.layout["conv"][1] > loose.layout["image"][1]


def test_arranged_cards_glide_to_their_places(loose: Desk, qtbot: QtBot) -> None:
    loose.key(Key.Key_L, CTRL)
    assert loose.canvas.sheet.shown_layout() != loose.layout
    qtbot.waitUntil(lambda: loose.canvas.sheet.shown_layout() == loose.layout)


def test_the_menu_says_why_an_entry_is_disabled(chain: Desk) -> None:
    menu = build_menu(chain.canvas)
    entries = {action.text().partition("\t")[0]: action for action in menu.actions()}
    assert not entries["Delete"].isEnabled()
    assert entries["Delete"].toolTip() == "Select one or more nodes first."
    assert entries["Arrange"].isEnabled()


def test_a_right_click_selects_the_node_and_opens_the_menu(chain: Desk) -> None:
    from PySide6.QtGui import QContextMenuEvent

    pixel = chain.pixel("conv")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, pixel, chain.canvas.mapToGlobal(pixel))
    QApplication.sendEvent(chain.canvas.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()
    assert chain.canvas.selection() == ("conv",)


def test_inside_a_block_nothing_can_be_changed(residual: Desk) -> None:
    canvas = residual.canvas
    canvas.set_network("inside", residual.graph, check(residual.graph), residual.layout, read_only=True)
    canvas.select(["unit"])
    residual.key(Key.Key_Delete)
    residual.drag(residual.pixel("unit"), residual.pixel("unit") + QPoint(100, 0))
    assert residual.done == []
    assert residual.said[0] == canvas.why_read_only
    assert canvas.sheet.place("unit") == residual.layout["unit"]
