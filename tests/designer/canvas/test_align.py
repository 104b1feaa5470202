from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from designer.canvas import commands
from designer.decor import Decor, Picked
from designer.window import MainWindow
from runtime.design import Note
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def strewn(sit: Open) -> Desk:
    """Four nodes without an order, all selected but the last."""
    layout = {"a": (3.0, 0.0), "b": (301.0, 55.0), "c": (120.0, 390.0), "far": (1_000.0, 1_000.0)}
    desk = sit(graph({name: node("ReLU") for name in layout}), layout)
    desk.canvas.select(["a", "b", "c"])
    desk.canvas.camera.look((1.0, 250.0, 250.0))
    return desk


@pytest.mark.parametrize(
    ("key", "axis", "line"),
    [
        (Key.Key_A, 0, 3.0),
        (Key.Key_H, 0, 152.0),
        (Key.Key_D, 0, 301.0),
        (Key.Key_W, 1, 0.0),
        (Key.Key_V, 1, 195.0),
        (Key.Key_S, 1, 390.0),
    ],
)
def test_a_key_brings_the_selection_into_line(strewn: Desk, key: Key, axis: int, line: float) -> None:
    strewn.key(key, ALT)
    assert {strewn.layout[name][axis] for name in ("a", "b", "c")} == {line}
    assert strewn.layout["far"] == (1_000.0, 1_000.0)
    assert len(strewn.done) == 1


def test_distributed_nodes_stand_at_equal_distances(strewn: Desk) -> None:
    strewn.key(Key.Key_V, CTRL | ALT)
    assert sorted(y for _, y in strewn.layout.values())[:3] == [0.0, 195.0, 390.0]
    strewn.key(Key.Key_H, CTRL | ALT)
    assert sorted(x for x, _ in strewn.layout.values())[:3] == [3.0, 152.0, 301.0]


def test_notes_are_aligned_with_nodes(strewn: Desk) -> None:
    strewn.decor = Decor((Note("hello", (700.0, 33.0), 120.0),))
    strewn.show()
    strewn.canvas.select(["a", "b"], Picked(notes=frozenset({0})))
    strewn.key(Key.Key_D, ALT)
    assert (strewn.layout["a"][0], strewn.decor.notes[0].at) == (820.0 - 208.0, (700.0, 33.0))


def test_one_node_cannot_be_aligned_and_two_not_distributed(strewn: Desk) -> None:
    strewn.canvas.select(["a"])
    strewn.key(Key.Key_A, ALT)
    strewn.canvas.select(["a", "b"])
    strewn.key(Key.Key_H, CTRL | ALT)
    assert strewn.said == ["Select at least two nodes first.", "Select at least three nodes first."]
    assert strewn.done == []


def test_align_stands_in_a_menu_of_its_own(strewn: Desk) -> None:
    inner = next(a.menu() for a in commands.build_menu(strewn.canvas).actions() if a.text() == "Align")
    assert isinstance(inner, QMenu)
    assert next(a.text().partition("\t")[0] for a in inner.actions()) == "Align left"
    assert all(action.isEnabled() for action in inner.actions())


def test_the_window_has_the_same_menu(lenet: MainWindow) -> None:
    menu = lenet.commands.menu("Network", lenet.main_menu)
    inner = next(a.menu() for a in menu.actions() if a.text() == "Align")
    assert isinstance(inner, QMenu)
    assert len(inner.actions()) == 8


# Guides while dragging


def test_a_node_comes_to_rest_in_line_with_another_off_the_grid(strewn: Desk) -> None:
    strewn.canvas.select(())
    strewn.drag(strewn.pixel("c"), strewn.pixel("c") + QPoint(-113, -50))
    assert strewn.layout["c"][0] == 3.0


def test_guides_are_drawn_while_dragging_only(strewn: Desk) -> None:
    strewn.canvas.select(())
    start = strewn.pixel("c")
    strewn.press(start)
    strewn.hover(start + QPoint(-60, -20))
    strewn.hover(start + QPoint(-113, -50))
    gesture = strewn.canvas.gesture
    assert gesture is not None
    line = strewn.at(3 + 104, 200)
    accent = strewn.canvas.inks.accent
    assert strewn.canvas.grab().toImage().pixelColor(line) == accent
    strewn.release(start + QPoint(-113, -50))
    strewn.hover(QPoint(5, 5))
    assert strewn.canvas.grab().toImage().pixelColor(line) != accent


def test_alt_and_the_setting_leave_the_grid_alone(strewn: Desk) -> None:
    strewn.canvas.select(())
    way = QPoint(-113, -50)
    strewn.drag(strewn.pixel("c"), strewn.pixel("c") + way, ALT)
    strewn.press(strewn.pixel("b"))
    strewn.canvas.guided = False
    strewn.hover(strewn.pixel("b") + QPoint(0, 30))
    strewn.release(strewn.at(3 + 104 + 4, 300))
    assert strewn.layout["b"][0] % 8 == 0


def test_what_is_out_of_sight_holds_nothing(strewn: Desk) -> None:
    strewn.canvas.select(())
    strewn.canvas.camera.look((1.0, 120.0 + 104.0, 700.0))
    strewn.drag(strewn.pixel("c"), strewn.pixel("c") + QPoint(-113, 100))
    assert strewn.layout["c"][0] == 8.0
