from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QPointingDevice
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from designer.canvas.trail import Trail
from tests.designer.canvas.desk import Desk
from tests.designer.canvas.test_look import wheel

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier
HERE, THERE, BEYOND = (1.0, 0.0, 0.0), (2.0, 10.0, 0.0), (0.5, 0.0, 300.0)


@pytest.fixture
def been() -> Trail:
    trail = Trail()
    for second, eye in enumerate((HERE, THERE, BEYOND)):
        trail.look(eye, float(second))
    return trail


def test_back_and_forward_go_through_the_views(been: Trail) -> None:
    assert [been.back(), been.back(), been.back()] == [THERE, HERE, None]
    assert [been.forward(), been.forward(), been.forward()] == [THERE, BEYOND, None]


def test_a_look_elsewhere_forgets_what_lay_ahead(been: Trail) -> None:
    been.back()
    been.look((3.0, 0.0, 0.0), 10.0)
    assert been.forward() is None
    assert been.back() == THERE


def test_turns_of_the_wheel_right_after_each_other_are_one_move(been: Trail) -> None:
    for part in range(1, 9):
        been.look((0.5 + part / 10, 0.0, 300.0), 3.0 + part / 10)
    assert been.back() == BEYOND


def test_alt_left_and_right_go_through_the_views_of_the_canvas(chain: Desk) -> None:
    canvas = chain.canvas
    canvas.trail.look(canvas.camera.eye(), 0.0)
    first = canvas.camera.eye()
    chain.canvas.select(["conv"])
    chain.key(Qt.Key.Key_Home, SHIFT)
    second = canvas.camera.eye()
    assert second != first
    chain.key(Qt.Key.Key_Left, ALT)
    assert canvas.camera.eye() == pytest.approx(first, abs=1.5)
    chain.key(Qt.Key.Key_Right, ALT)
    assert canvas.camera.eye() == pytest.approx(second, abs=1.5)


def test_where_there_is_no_way_back_it_is_said(chain: Desk) -> None:
    canvas = chain.canvas
    canvas._trails.clear()
    chain.key(Qt.Key.Key_Left, ALT)
    chain.key(Qt.Key.Key_Right, ALT)
    assert chain.said == ["There is no earlier view of this network.", "There is no later view of this network."]


def pinch(desk: Desk, at: QPoint, value: float) -> None:
    """Two fingers that part on a touchpad, as the system tells it."""
    place = QPointF(at)
    event = QNativeGestureEvent(
        Qt.NativeGestureType.ZoomNativeGesture,
        QPointingDevice.primaryPointingDevice(),
        2,
        place,
        place,
        place,
        value,
        QPointF(),
    )
    QApplication.sendEvent(desk.canvas.viewport(), event)


def test_a_pinch_on_a_touchpad_zooms_between_the_fingers(chain: Desk) -> None:
    pixel = chain.pixel("relu")
    for _ in range(4):
        pinch(chain, pixel, 0.1)
    assert chain.canvas.camera.zoom == pytest.approx(1.1**4, rel=1e-3)
    assert (chain.pixel("relu") - pixel).manhattanLength() <= 4


def test_a_pinch_on_a_screen_zooms_between_the_fingers(chain: Desk) -> None:
    device, view = QTest.createTouchDevice(), chain.canvas.viewport()
    middle = chain.pixel("relu")
    fingers = [middle - QPoint(40, 0), middle + QPoint(40, 0)]
    QTest.touchEvent(view, device).press(0, fingers[0], view).press(1, fingers[1], view).commit()
    for wide in (50, 60, 70, 80, 90, 100):
        fingers = [middle - QPoint(wide, 0), middle + QPoint(wide, 0)]
        QTest.touchEvent(view, device).move(0, fingers[0], view).move(1, fingers[1], view).commit()
    QTest.touchEvent(view, device).release(0, fingers[0], view).release(1, fingers[1], view).commit()
    assert chain.canvas.camera.zoom > 1.5
    assert (chain.pixel("relu") - middle).manhattanLength() <= 8
    assert chain.done == []


def test_the_wheel_with_shift_pans_across(chain: Desk) -> None:
    before = chain.pixel("relu")
    wheel(chain, before, 120)
    zoomed = chain.canvas.camera.zoom
    assert zoomed > 1.0
    chain.key(Qt.Key.Key_1)
    assert chain.canvas.camera.zoom == pytest.approx(1.0)


def test_shift_adds_to_what_a_band_selects(loose: Desk) -> None:
    loose.click(loose.pixel("relu"))
    start, end = loose.at(-60, 130), loose.at(300, 230)
    loose.press(start, SHIFT)
    loose.hover((start + end) / 2)
    loose.hover(end)
    loose.release(end, SHIFT)
    assert loose.canvas.selection() == ("conv", "linear", "relu")


def test_the_trail_is_of_one_network(chain: Desk) -> None:
    canvas = chain.canvas
    canvas.fit()
    canvas.set_network("other", chain.graph, canvas.sheet.checked, chain.layout)
    assert not canvas.trail.has_before
