"""What the pointer does, done with keys: moving cards, choosing wires, zooming."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.canvas.metrics import GRID
from tests.designer.canvas.conftest import chain
from tests.designer.canvas.desk import Desk

__all__ = ["chain"]
Key = Qt.Key
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_control_and_an_arrow_move_the_selected_card_by_a_step_of_the_grid(chain: Desk) -> None:
    chain.canvas.select(["relu"])
    x, y = chain.canvas.sheet.place("relu")
    chain.key(Key.Key_Right, CONTROL)
    chain.key(Key.Key_Right, CONTROL)
    chain.key(Key.Key_Up, CONTROL)
    assert chain.canvas.sheet.place("relu") == (x + 2 * GRID, y - GRID)


def test_a_wire_that_keys_chose_takes_the_next_block_in(chain: Desk) -> None:
    chain.canvas.select(["conv"])
    chain.key(Key.Key_W)
    assert [(w.source, w.target) for w in chain.canvas.selected_wires()] == [("conv", "relu")]
    chain.key(Key.Key_Tab)
    QTest.keyClicks(chain.canvas.search.field, "batchnorm")
    QTest.keyClick(chain.canvas.search.field, Key.Key_Return)
    assert [w.source for w in chain.graph.into("relu")] != ["conv"]


def test_a_wire_that_keys_chose_is_taken_away_with_delete(chain: Desk) -> None:
    chain.canvas.select(["conv"])
    chain.key(Key.Key_W, SHIFT)
    chain.key(Key.Key_Delete)
    assert not chain.graph.out_of("conv")


def test_plus_and_minus_zoom_about_the_middle(chain: Desk) -> None:
    before = chain.canvas.camera.zoom
    chain.key(Key.Key_Plus)
    assert chain.canvas.camera.zoom > before
    chain.key(Key.Key_Minus)
    assert abs(chain.canvas.camera.zoom - before) < 1e-9
