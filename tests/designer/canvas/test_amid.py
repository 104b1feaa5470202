"""Amid a gesture: other buttons, other keys, a lost hand and a changed document neither harm nor leave it stuck."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from designer.canvas import Canvas
from designer.window import MainWindow
from runtime.design import Frame
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import LEFT, PLAIN, Desk, graph, node

Key, Type = Qt.Key, QEvent.Type
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
RIGHT, MIDDLE, NONE = Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.NoButton
AWAY = QPoint(80, 40)


def send(canvas: Canvas, kind: QEvent.Type, pixel: QPoint, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    far = QPointF(canvas.viewport().mapToGlobal(pixel))
    QApplication.sendEvent(canvas.viewport(), QMouseEvent(kind, QPointF(pixel), far, button, held, PLAIN))


@pytest.fixture
def held(loose: Desk) -> Desk:
    """conv in the hand, a little from where it was taken."""
    start = loose.pixel("conv")
    loose.press(start)
    loose.hover(start + AWAY)
    assert loose.canvas.sheet.place("conv") != (0.0, 160.0)
    return loose


def back(desk: Desk) -> bool:
    """Whether conv is where it was, with nothing in the hand and nothing done."""
    return desk.canvas.gesture is None and desk.canvas.sheet.place("conv") == (0.0, 160.0) and desk.done == []


def test_a_right_click_amid_a_drag_opens_no_menu(held: Desk) -> None:
    pixel = held.pixel("conv")
    send(held.canvas, Type.MouseButtonPress, pixel, RIGHT, LEFT | RIGHT)
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, pixel, held.canvas.viewport().mapToGlobal(pixel))
    QApplication.sendEvent(held.canvas.viewport(), asked)
    assert QApplication.activePopupWidget() is None
    held.release(pixel)
    assert [intent.label for intent in held.done] == ["Move conv"]


def test_a_hand_that_let_go_elsewhere_has_moved_nothing(held: Desk) -> None:
    send(held.canvas, Type.MouseMove, held.pixel("conv"), NONE, NONE)
    assert back(held)


def test_a_window_that_loses_the_hand_ends_the_drag(held: Desk) -> None:
    QApplication.sendEvent(held.canvas, QFocusEvent(Type.FocusOut, Qt.FocusReason.ActiveWindowFocusReason))
    assert back(held)


@pytest.mark.parametrize("key", [Key.Key_Delete, Key.Key_Tab, Key.Key_N, Key.Key_F2, Key.Key_M, Key.Key_Space])
def test_keys_do_nothing_amid_a_drag(held: Desk, key: Qt.Key) -> None:
    held.key(key)
    assert held.canvas.hasFocus()
    assert held.done == []
    held.release(held.pixel("conv"))
    assert [intent.label for intent in held.done] == ["Move conv"]


def test_what_takes_back_puts_back_what_is_in_the_hand(lenet: MainWindow) -> None:
    canvas, before = lenet.stage.canvas, lenet.document.design
    x, y = canvas.sheet.place("conv1")
    pixel = canvas.mapFromScene(QPointF(x + 104, y + 23))
    QTest.mousePress(canvas.viewport(), LEFT, PLAIN, pixel)
    QTest.mouseMove(canvas.viewport(), pixel + AWAY)
    QTest.keyClick(canvas, Key.Key_Z, CTRL)
    assert canvas.gesture is None
    assert canvas.sheet.place("conv1") == (x, y)
    assert lenet.document.design is before


def test_another_place_meanwhile_ends_a_drag(held: Desk) -> None:
    held.layout = {**held.layout, "conv": (0.0, 480.0)}
    held.show()
    held.release(held.pixel("conv"))
    assert held.done == []
    assert held.canvas.sheet.place("conv") == (0.0, 480.0)


def test_a_frame_that_goes_meanwhile_is_let_go(loose: Desk) -> None:
    loose.decor = replace(loose.decor, frames=(Frame("One", (-40.0, 300.0), (400.0, 200.0)),))
    loose.show()
    title = loose.at(0, 312)
    loose.press(title)
    loose.hover(title + AWAY)
    assert loose.canvas.gesture is not None
    loose.decor = replace(loose.decor, frames=())
    loose.show()
    loose.release(title + AWAY)
    assert loose.done == []


def test_alt_counts_at_once_also_where_the_hand_rests(sit: Open) -> None:
    nodes = {"image": node("Input"), "out": node("Output"), "relu": node("ReLU")}
    desk = sit(graph(nodes, "image -> out"), {"image": (0, 0), "out": (0, 200), "relu": (272, 100)})
    goal = desk.at(104, 120)
    desk.press(desk.pixel("relu"))
    desk.hover(goal)
    assert desk.canvas.strands.lit
    QTest.keyPress(desk.canvas, Key.Key_Alt)
    assert not desk.canvas.strands.lit
    QTest.keyRelease(desk.canvas, Key.Key_Alt, ALT)
    assert desk.canvas.strands.lit


def test_what_is_in_the_hand_stays_under_it_while_the_wheel_turns(held: Desk) -> None:
    pixel = held.pixel("conv")
    at, none = QPointF(pixel) + QPointF(200, 0), Qt.ScrollPhase.NoScrollPhase
    far = QPointF(held.canvas.viewport().mapToGlobal(at.toPoint()))
    held.hover(at.toPoint())
    before = held.canvas.sheet.place("conv")
    turn = QWheelEvent(at - QPointF(150, 0), far, QPoint(), QPoint(0, -480), NONE, PLAIN, none, False)
    QApplication.sendEvent(held.canvas.viewport(), turn)
    assert held.canvas.sheet.place("conv") != before
    assert abs(held.pixel("conv").x() - at.x()) <= 8


def test_a_second_press_soon_after_a_click_still_drags(loose: Desk) -> None:
    pixel, canvas = loose.pixel("conv"), loose.canvas
    loose.click(pixel)
    send(canvas, Type.MouseButtonDblClick, pixel, LEFT, LEFT)
    send(canvas, Type.MouseMove, pixel + AWAY, NONE, LEFT)
    send(canvas, Type.MouseButtonRelease, pixel + AWAY, LEFT, NONE)
    assert not canvas.name_field.isVisible()
    assert loose.layout["conv"] == (80.0, 200.0)


def test_a_second_press_soon_after_a_click_on_a_port_draws_a_wire(loose: Desk) -> None:
    pixel, goal = loose.pixel("image", dy=47), loose.pixel("conv", dy=-1)
    loose.click(pixel)
    send(loose.canvas, Type.MouseButtonDblClick, pixel, LEFT, LEFT)
    send(loose.canvas, Type.MouseMove, goal, NONE, LEFT)
    send(loose.canvas, Type.MouseButtonRelease, goal, LEFT, NONE)
    assert loose.wires() == {("image", "conv")}


def test_quick_pulls_of_the_middle_button_all_pan(chain: Desk) -> None:
    canvas, pixel = chain.canvas, QPoint(300, 300)
    send(canvas, Type.MouseButtonPress, pixel, MIDDLE, MIDDLE)
    send(canvas, Type.MouseButtonRelease, pixel, MIDDLE, NONE)
    before = canvas.camera.eye()
    send(canvas, Type.MouseButtonDblClick, pixel, MIDDLE, MIDDLE)
    send(canvas, Type.MouseMove, pixel + AWAY, NONE, MIDDLE)
    send(canvas, Type.MouseButtonRelease, pixel + AWAY, MIDDLE, NONE)
    assert canvas.camera.eye() != before


def test_ctrl_and_two_quick_clicks_open_nothing(loose: Desk) -> None:
    loose.double_click(loose.pixel("conv"), CTRL)
    assert not loose.canvas.name_field.isVisible()
    assert loose.canvas.selection() == ()


def test_the_cursor_is_a_cross_over_a_port_also_after_a_wire_was_drawn(loose: Desk) -> None:
    cross, port = Qt.CursorShape.CrossCursor, loose.pixel("conv", dy=-1)
    loose.hover(port)
    loose.drag(loose.pixel("image", dy=47), port)
    loose.hover(port)
    assert loose.canvas.viewport().cursor().shape() == cross


def test_space_shows_a_hand_that_can_pull(chain: Desk) -> None:
    QTest.keyPress(chain.canvas, Key.Key_Space)
    assert chain.canvas.viewport().cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(chain.canvas, Key.Key_Space)
    assert chain.canvas.viewport().cursor().shape() == Qt.CursorShape.ArrowCursor


def test_a_window_that_is_closed_amid_a_drag_asks_about_nothing_in_the_hand(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    pixel = canvas.mapFromScene(QPointF(*canvas.sheet.place("conv1")) + QPointF(104, 23))
    QTest.mousePress(canvas.viewport(), LEFT, PLAIN, pixel)
    QTest.mouseMove(canvas.viewport(), pixel + AWAY)
    lenet.close()
    assert canvas.gesture is None
    assert not lenet.document.modified


def test_a_wire_held_at_the_edge_pulls_the_view_along(qtbot: QtBot, chain: Desk) -> None:
    chain.canvas.zoom_to(2.0)
    chain.canvas.reveal("image")
    bottom = QPoint(chain.pixel("image").x(), chain.canvas.viewport().height() - 3)
    chain.press(chain.pixel("image", dy=46))
    chain.hover(bottom)
    qtbot.waitUntil(lambda: chain.pixel("image").y() < -200)
    chain.hover(chain.canvas.viewport().rect().center())
    at_rest = chain.canvas.camera.eye()
    qtbot.wait(40)
    assert chain.canvas.camera.eye() == at_rest
    chain.key(Key.Key_Escape)


def test_what_is_carried_to_the_edge_stays_in_the_hand(qtbot: QtBot, held: Desk) -> None:
    eye, right = held.canvas.camera.eye(), QPoint(held.canvas.viewport().width() - 2, 300)
    held.hover(right)
    qtbot.waitUntil(lambda: held.canvas.camera.eye()[1] > eye[1] + 100)
    assert abs(held.pixel("conv").x() - right.x()) <= 8
    held.release(right)
    assert held.done[0].label == "Move conv"
    assert held.canvas.gesture is None
