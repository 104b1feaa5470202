from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from blocks.edits import rename
from blocks.graph import Wire
from designer.decor import Decor
from designer.window import MainWindow
from runtime.file import open_design, save_design
from tests.designer.canvas.desk import Desk, double_click
from tests.designer.canvas.test_frames import choose, menu

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
Key = Qt.Key
BENT = Wire("conv", "y", "relu", "x")


@pytest.fixture
def bent(chain: Desk) -> Desk:
    """The wire from conv to relu led past the right of relu."""
    chain.decor = Decor(bends={BENT: ((200.0, 160.0),)})
    chain.show()
    return chain


def along(desk: Desk, part: float) -> tuple[float, float]:
    """The point after such a part of the bent wire."""
    wires = desk.canvas.sheet.wires
    line = wires.line(wires.all.index(BENT))
    x, y = line[int(len(line) * part)].tolist()
    return x, y


def double(desk: Desk, pixel: QPoint) -> None:
    desk.double_click(pixel)


def test_a_double_click_on_a_wire_adds_a_bend_point(chain: Desk) -> None:
    double(chain, chain.pixel("conv", dy=66))
    x, y = chain.layout["conv"]
    assert chain.decor.bends == {BENT: ((x + 104, y + 66),)}
    assert not chain.canvas.search.isVisible()


def test_a_drag_moves_a_bend_point_in_one_step(bent: Desk) -> None:
    bent.drag(bent.at(200, 160), bent.at(280, 219))
    assert bent.decor.bends[BENT] == ((280.0, 216.0),)
    assert [intent.label for intent in bent.done] == ["Bend a wire"]


def test_a_bend_point_comes_to_rest_below_the_end_of_its_wire(bent: Desk) -> None:
    x = bent.layout["conv"][0] + 104
    bent.drag(bent.at(200, 160), bent.at(x + 5, 200))
    assert bent.decor.bends[BENT][0][0] == x


def test_alt_leaves_a_bend_point_on_the_grid(bent: Desk) -> None:
    start, end = bent.at(200, 160), bent.at(bent.layout["conv"][0] + 108, 200)
    bent.press(start)
    bent.hover(start + QPoint(20, 20))
    bent.release(end, ALT)
    assert bent.decor.bends[BENT][0][0] == pytest.approx(bent.layout["conv"][0] + 112)


def test_a_double_click_on_a_bend_point_removes_it(bent: Desk) -> None:
    double(bent, bent.at(200, 160))
    assert bent.decor.bends == {}
    assert bent.done[-1].label == "Straighten a wire"


def test_delete_removes_a_selected_bend_point_and_not_the_wire(bent: Desk) -> None:
    bent.click(bent.at(200, 160))
    bent.key(Key.Key_Delete)
    assert bent.decor.bends == {}
    assert BENT in bent.graph.wires


def test_a_second_bend_point_goes_behind_the_first(bent: Desk) -> None:
    x, y = along(bent, 0.8)
    double(bent, bent.at(x, y))
    first, second = bent.decor.bends[BENT]
    assert first == (200.0, 160.0)
    assert second == pytest.approx((x, y), abs=1.5)


def test_escape_puts_a_bend_point_back(bent: Desk) -> None:
    bent.press(bent.at(200, 160))
    bent.hover(bent.at(300, 300))
    bent.key(Key.Key_Escape)
    assert bent.canvas.decor == bent.decor
    assert bent.done == []


def test_bends_between_moved_nodes_move_along(bent: Desk) -> None:
    bent.canvas.select(["conv", "relu"])
    bent.drag(bent.pixel("conv", dx=40), bent.pixel("conv", dx=40) + QPoint(320, 0))
    assert bent.decor.bends[BENT] == ((520.0, 160.0),)


def test_bends_of_a_wire_out_of_the_moved_stay(bent: Desk) -> None:
    bent.canvas.select(["conv"])
    bent.drag(bent.pixel("conv", dx=40), bent.pixel("conv", dx=40) + QPoint(320, 0))
    assert bent.decor.bends[BENT] == ((200.0, 160.0),)


def test_copies_are_bent_alike(bent: Desk) -> None:
    bent.canvas.select(["conv", "relu"])
    bent.key(Key.Key_D, CTRL)
    way = bent.layout["conv2"][0] - bent.layout["conv"][0]
    assert bent.decor.bends[Wire("conv2", "y", "relu2", "x")] == ((200.0 + way, 160.0),)
    assert '"bends"' not in QGuiApplication.clipboard().text()


def test_a_renamed_node_keeps_the_bends_of_its_wires(bent: Desk) -> None:
    bent.canvas.select(["conv"])
    bent.key(Key.Key_F2)
    QTest.keyClicks(bent.canvas.name_field, "stem")
    QTest.keyClick(bent.canvas.name_field, Key.Key_Return)
    assert bent.graph == rename(bent.graph, "stem", "stem")
    assert list(bent.decor.bends) == [Wire("stem", "y", "relu", "x")]


def test_the_menu_of_a_wire_straightens_it(bent: Desk) -> None:
    choose(menu(bent, bent.at(*along(bent, 0.25))), "Straighten")
    assert bent.decor.bends == {}


def test_a_bend_is_undone_and_survives_the_file(lenet: MainWindow, tmp_path: Path) -> None:
    canvas = lenet.stage.canvas
    canvas.zoom_to(1.0)
    wire = lenet.stage.scene.graph.wires[0]
    canvas.reveal(wire.source)
    x1, y1, x2, y2 = canvas.sheet.wires.line_ends(0)
    pixel = canvas.mapFromScene((x1 + x2) / 2, (y1 + y2) / 2)
    double_click(canvas, pixel)
    network = lenet.stage.scene.place.network
    assert list(lenet.document.design.bends[network]) == [wire]
    save_design(tmp_path / "bent.json", lenet.document.design)
    assert open_design(tmp_path / "bent.json").bends == lenet.document.design.bends
    lenet.commands["Undo"].trigger()
    assert not lenet.document.design.bends.get(network)


def test_a_short_wire_between_two_ports_is_bent_too(chain: Desk) -> None:
    chain.double_click(chain.pixel("conv", dy=60))
    assert [intent.label for intent in chain.done] == ["Bend a wire"]
