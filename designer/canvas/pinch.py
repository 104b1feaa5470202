"""Zooming with two fingers: on a touchpad as the system tells it, on a touch screen as Qt recognizes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


def feel_pinches(viewport: QWidget) -> None:
    """Has a touch screen tell of fingers on the canvas."""
    viewport.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
    viewport.grabGesture(Qt.GestureType.PinchGesture)


def pinched(canvas: Canvas, event: QEvent) -> bool:
    """Whether an event was two fingers that part, close or wander: the eye has followed them."""
    if isinstance(event, QNativeGestureEvent):
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        canvas.camera.zoom_at(event.position(), 1.0 + event.value())
    elif isinstance(event, QGestureEvent):
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        canvas.let_go()  # the first finger may have taken hold of something before the second came
        _follow(canvas, pinch)
        event.accept(pinch)
    else:
        return False
    canvas.looked()
    return True


def _follow(canvas: Canvas, pinch: QPinchGesture) -> None:
    if pinch.state() != Qt.GestureState.GestureUpdated:
        return  # the end tells the last step once more
    way = pinch.centerPoint() - pinch.lastCenterPoint()
    canvas.camera.pan(way.x(), way.y())
    if pinch.changeFlags() & QPinchGesture.ChangeFlag.ScaleFactorChanged:
        middle = canvas.viewport().mapFromGlobal(pinch.centerPoint())
        canvas.camera.zoom_at(QPointF(middle), pinch.scaleFactor())  # since the last event
