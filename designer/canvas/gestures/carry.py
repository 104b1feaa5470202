"""Dragging what is selected: frames with all they hold, notes, cards; in line with what stands near."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas import frames
from designer.canvas.cards import Box
from designer.canvas.gestures.cargo import Cargo
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.metrics import GRID
from designer.canvas.snap import Boxes, Guide, Rest, in_line, on_grid
from designer.decor import NOTHING, Kind

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

ALT = Qt.KeyboardModifier.AltModifier
MORE = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Carry(Gesture):
    """Moves all that is selected by the thing under the hand; one undo step at release. Alt leaves out the guides."""

    def __init__(self, canvas: Canvas, touch: Touch, lead: Box) -> None:
        super().__init__(canvas, touch)
        self._lead, self.cargo = lead, Cargo(canvas)
        self._rest, self._going = Rest((0.0, 0.0)), False
        self._near: tuple[object, Boxes] | None = None

    @property
    def far(self) -> bool:
        """Whether it would come to rest elsewhere than where it began."""
        return any(self._rest.way)

    def moved(self, touch: Touch) -> None:
        if not self._going and not touch.far_from(self.began):
            return
        if self.refused():
            return
        self._going = True
        way = touch.at.x() - self.began.at.x(), touch.at.y() - self.began.at.y()
        free = touch.held(ALT) or not self.canvas.guided
        zoom = self.canvas.camera.zoom
        self._rest = on_grid(self._lead, way) if free else in_line(self._lead, way, self._others(), zoom)
        self.cargo.put(self._rest.way)
        self.canvas.redraw()

    def _others(self) -> Boxes:
        eye = self.canvas.camera.eye()
        if self._near is None or self._near[0] != eye:
            self._near = eye, self.cargo.others()
        return self._near[1]

    def released(self, touch: Touch) -> None:
        if self.far:
            self.canvas.submit(self.cargo.intent(self.label(), self._rest.way))
        else:
            self.clicked()

    def label(self) -> str:
        """The step in words."""
        return "Move"

    def clicked(self) -> None:
        """The hand let go where it pressed."""

    def cancelled(self) -> None:
        self.cargo.put((0.0, 0.0))
        self.canvas.redraw()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        paint_guides(painter, self.canvas, self._rest.guides)


class CarryThing(Carry):
    """Drags a frame by its title or a note; with Ctrl or Shift a click adds it to the selection or takes it away."""

    def __init__(self, canvas: Canvas, touch: Touch, kind: Kind, number: int) -> None:
        self._kind, self._number = kind, number
        self._more = touch.held(*MORE)
        held = canvas.picked.of(kind)
        self._was_picked = number in held
        if self._more:
            canvas.select(canvas.selection(), canvas.picked.with_(kind, held | {number}))
        elif not self._was_picked:
            self._pick_alone(canvas)
        lead = frames.corners(canvas.decor.frames[number]) if kind == "frames" else canvas.notes.box(number)
        super().__init__(canvas, touch, lead)

    def _pick_alone(self, canvas: Canvas) -> None:
        canvas.select((), NOTHING.with_(self._kind, frozenset({self._number})))

    def label(self) -> str:
        if self._kind == "frames":
            return f"Move the frame {self.canvas.decor.frames[self._number].title}".rstrip()
        return "Move a note"

    def clicked(self) -> None:
        canvas, held = self.canvas, self.canvas.picked.of(self._kind)
        if self._more and self._was_picked:
            canvas.select(canvas.selection(), canvas.picked.with_(self._kind, held - {self._number}))
        elif not self._more:
            self._pick_alone(canvas)


def paint_guides(painter: QPainter, canvas: Canvas, guides: tuple[Guide, ...]) -> None:
    """Draws the lines on which things stand, a little beyond both."""
    pen = QPen(canvas.inks.accent, 1.0)
    pen.setCosmetic(True)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(pen)
    for guide in guides:
        start, end = guide.start - GRID, guide.end + GRID
        line = (guide.at, start, guide.at, end) if guide.upright else (start, guide.at, end, guide.at)
        painter.drawLine(QLineF(*line))
