from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from designer.canvas import Decor
from designer.theme import DARK, LIGHT
from runtime.design import Note
from tests.designer.canvas.desk import Desk


def wheel(desk: Desk, pixel: QPoint, turned: int) -> None:
    event = QWheelEvent(
        QPointF(pixel),
        QPointF(pixel),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(desk.canvas.viewport(), event)


def test_the_wheel_zooms_at_the_cursor(chain: Desk) -> None:
    pixel = chain.pixel("relu")
    wheel(chain, pixel, 240)
    assert chain.canvas.camera.zoom > 1.3
    assert (chain.pixel("relu") - pixel).manhattanLength() <= 2


def test_the_zoom_has_bounds(chain: Desk) -> None:
    for _ in range(60):
        wheel(chain, QPoint(300, 300), -960)
    assert chain.canvas.camera.zoom == pytest.approx(0.02)


def test_the_middle_button_pans(chain: Desk) -> None:
    before, start = chain.pixel("conv"), QPoint(200, 200)
    QTest.mousePress(chain.canvas.viewport(), Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, start)
    chain.hover(start + QPoint(60, 35))
    QTest.mouseRelease(chain.canvas.viewport(), Qt.MouseButton.MiddleButton)
    assert chain.pixel("conv") - before == QPoint(60, 35)


def test_a_drag_with_space_pans_and_opens_no_search(chain: Desk) -> None:
    before = chain.pixel("conv")
    QTest.keyPress(chain.canvas, Qt.Key.Key_Space)
    chain.drag(QPoint(200, 200), QPoint(230, 220))
    QTest.keyRelease(chain.canvas, Qt.Key.Key_Space)
    assert chain.pixel("conv") - before == QPoint(30, 20)
    assert not chain.canvas.search.isVisible()


def test_home_shows_everything_and_one_shows_actual_size(chain: Desk) -> None:
    chain.canvas.zoom_to(3.0)
    chain.key(Qt.Key.Key_Home)
    area = chain.canvas.viewport().rect()
    assert area.contains(chain.pixel("image"))
    assert area.contains(chain.pixel("output"))
    chain.canvas.zoom_to(2.0)
    chain.key(Qt.Key.Key_1)
    assert chain.canvas.camera.zoom == 1.0


def test_shift_home_shows_the_selection_as_large_as_it_fits(chain: Desk) -> None:
    chain.canvas.select(["conv", "relu"])
    chain.canvas.zoom_to(0.3)
    chain.key(Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    middle = (chain.pixel("conv") + chain.pixel("relu")) / 2
    assert chain.canvas.camera.zoom == 1.5
    assert (middle - chain.canvas.viewport().rect().center()).manhattanLength() <= 4


def test_reveal_brings_a_node_into_sight(chain: Desk) -> None:
    chain.canvas.zoom_to(4.0)
    chain.canvas.reveal("output")
    assert chain.canvas.viewport().rect().contains(chain.pixel("output"))


def test_a_network_shown_again_is_seen_from_where_it_was_left(chain: Desk) -> None:
    canvas = chain.canvas
    canvas.zoom_to(0.5)
    eye = canvas.camera.eye()
    canvas.set_network("other", chain.graph, canvas.sheet.checked, chain.layout)
    canvas.zoom_to(2.0)
    chain.show()
    assert canvas.camera.eye() == pytest.approx(eye, abs=2.0)


def hint(desk: Desk, pixel: QPoint) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, pixel, desk.canvas.viewport().mapToGlobal(pixel))
    QApplication.sendEvent(desk.canvas.viewport(), event)
    return QToolTip.text()


def test_tooltips_tell_the_shape_of_a_wire_and_the_use_of_a_node(chain: Desk) -> None:
    assert "6 × 28 × 28 · image · float32 · 18.4 kB" in hint(chain, chain.pixel("conv", dy=68))
    assert "Slides learned kernels" in hint(chain, chain.pixel("conv", dx=20))


def test_the_selection_is_told_to_ears(chain: Desk) -> None:
    chain.canvas.select(["conv"])
    told = chain.canvas.accessibleDescription()
    assert told == "conv, Conv2d 6 · 5×5, in 1 × 28 × 28 from image, out 6 × 28 × 28 to relu"


def test_a_press_on_the_overview_goes_there(chain: Desk) -> None:
    chain.canvas.zoom_to(3.0)
    minimap = chain.canvas.minimap
    QTest.mouseClick(
        minimap, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(minimap.width() // 2, 45)
    )
    assert chain.canvas.viewport().rect().contains(chain.pixel("image"))


def test_a_drag_in_the_overview_pulls_the_view_along(chain: Desk) -> None:
    chain.canvas.zoom_to(3.0)
    minimap = chain.canvas.minimap
    middle = minimap.width() // 2
    QTest.mousePress(minimap, Qt.MouseButton.LeftButton, pos=QPoint(middle, 45))
    for y in (70, 90, 110):
        QTest.mouseMove(minimap, QPoint(middle, y))
    QTest.mouseRelease(minimap, Qt.MouseButton.LeftButton, pos=QPoint(middle, 110))
    assert chain.canvas.viewport().rect().contains(chain.pixel("output"))


def test_both_themes_paint_their_ground(chain: Desk) -> None:
    for theme in (LIGHT, DARK):
        chain.canvas.set_theme(theme)
        assert chain.canvas.grab().toImage().pixelColor(2, 2) == QColor(theme.canvas)


def test_notes_are_seen_and_fitted(chain: Desk) -> None:
    canvas = chain.canvas
    note = Note("# Look\nat **this**", (600.0, 0.0), 240.0)
    canvas.set_network("net", chain.graph, canvas.sheet.checked, chain.layout, Decor((note,)))
    canvas.fit()
    assert canvas.viewport().rect().contains(chain.at(830.0, 20.0))
