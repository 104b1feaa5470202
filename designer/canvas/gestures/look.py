"""Gestures that change nothing in the network: panning and choosing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.canvas import frames
from designer.canvas.cards import Box
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.decor import NOTHING, Picked

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Pan(Gesture):
    """Pulls the canvas along."""

    cursor = Qt.CursorShape.ClosedHandCursor
    pulls = False

    def __init__(self, canvas: Canvas, touch: Touch) -> None:
        super().__init__(canvas, touch)
        self._last = touch.pixel
        canvas.panned = canvas.panning

    def moved(self, touch: Touch) -> None:
        way = touch.pixel - self._last
        self._last = touch.pixel
        self.canvas.camera.pan(way.x(), way.y())
        self.canvas.looked()


class Band(Gesture):
    """A rubber band: selects the cards and notes it touches and the frames it holds; with Ctrl or Shift in addition."""

    def __init__(self, canvas: Canvas, touch: Touch) -> None:
        super().__init__(canvas, touch)
        more = touch.held(_CTRL, _SHIFT)
        self._before = canvas.selection() if more else ()
        self._picked_before = replace(canvas.picked, bend=None) if more else NOTHING
        self._now = touch

    def moved(self, touch: Touch) -> None:
        self._now = touch
        if touch.far_from(self.began):
            sheet = self.canvas.sheet
            rect = self._rect()
            box = rect.left(), rect.top(), rect.right(), rect.bottom()
            hit = sheet.within(box)
            self.canvas.select((*self._before, *(sheet.names[i] for i in hit.tolist())), self._picked(box))
        self.canvas.redraw()

    def released(self, touch: Touch) -> None:
        if not touch.far_from(self.began):
            self.canvas.select(self._before, self._picked_before)

    def cancelled(self) -> None:
        self.canvas.select(self._before, self._picked_before)

    def _picked(self, box: Box) -> Picked:
        """The notes it touches and the frames it holds whole, with those picked before."""
        notes, every = self.canvas.notes, self.canvas.decor.frames
        held = {i for i, frame in enumerate(every) if frames.inside(frames.corners(frame), box)}
        return Picked(self._picked_before.frames | held, self._picked_before.notes | notes.within(box))

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        line = self.canvas.inks.accent
        fill = QColor(line)
        fill.setAlphaF(0.10)
        painter.setPen(QPen(line, 1.0 / zoom))
        painter.setBrush(fill)
        painter.drawRect(self._rect())

    def _rect(self) -> QRectF:
        return QRectF(self.began.at, self._now.at).normalized()


class ChooseWire(Gesture):
    """A click on a wire selects it; with Ctrl or Shift in addition to others."""

    def released(self, touch: Touch) -> None:
        wire = self.canvas.wire_under(self.began)
        if wire is not None and not touch.far_from(self.began):
            more = touch.held(_CTRL, _SHIFT)
            self.canvas.select(self.canvas.selection() if more else ())
            self.canvas.select_wires((*self.canvas.selected_wires(), wire) if more else (wire,))
