"""Dragging an edge or a point: the size of a frame, the width of a note, a bend of a wire."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter

from blocks.graph import Wire
from designer.canvas import frames
from designer.canvas.cards import Box
from designer.canvas.gestures.carry import ALT, paint_guides
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.intent import Intent
from designer.canvas.metrics import Point, snapped
from designer.canvas.notes import LEAST
from designer.canvas.snap import Rest, in_line, on_grid, stacked
from designer.decor import Decor, Picked

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_CURSORS = {
    (0, 0): Qt.CursorShape.SizeAllCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


def cursor_for(side: Point) -> Qt.CursorShape:
    """The cursor over a side or corner of a frame."""
    x, y = int(side[0]), int(side[1])
    return _CURSORS.get((x, y)) or _CURSORS[-x, -y]


class Reshape(Gesture):
    """Changes one thing beside the network while the hand moves; one undo step at release."""

    label = "Change"

    def __init__(self, canvas: Canvas, touch: Touch) -> None:
        super().__init__(canvas, touch)
        self._before, self._going = canvas.decor, False

    def changed(self, decor: Decor, touch: Touch) -> Decor:
        """What there is with the hand here."""
        raise NotImplementedError

    def moved(self, touch: Touch) -> None:
        if not self._going and not touch.far_from(self.began):
            return
        if self.refused():
            return
        self._going = True
        self.canvas.show_decor(self.changed(self._before, touch))
        self.canvas.redraw()

    def released(self, touch: Touch) -> None:
        after = self.changed(self._before, touch) if self._going else self._before
        if after != self._before:
            self.canvas.submit(Intent(self.label, decor=lambda _: after))
        elif self._going:
            self.cancelled()

    def cancelled(self) -> None:
        self.canvas.show_decor(self._before)
        self.canvas.redraw()


class SizeFrame(Reshape):
    """Drags a side or a corner of a frame."""

    label = "Resize a frame"

    def __init__(self, canvas: Canvas, touch: Touch, number: int, side: Point) -> None:
        super().__init__(canvas, touch)
        self.cursor = cursor_for(side)
        self._number, self._side = number, side
        canvas.select((), Picked(frames=frozenset({number})))

    def changed(self, decor: Decor, touch: Touch) -> Decor:
        frame = decor.frames[self._number]
        x1, y1, x2, y2 = frames.corners(frame)
        edge = x2 if self._side[0] > 0 else x1, y2 if self._side[1] > 0 else y1
        hand = touch.at - self.began.at
        way = snapped(edge[0] + hand.x()) - edge[0], snapped(edge[1] + hand.y()) - edge[1]
        return decor.with_frame(self._number, frames.resized(frame, self._side, way))


class SizeNote(Reshape):
    """Drags the right edge of a note."""

    label = "Widen a note"
    cursor = Qt.CursorShape.SizeHorCursor

    def __init__(self, canvas: Canvas, touch: Touch, number: int) -> None:
        super().__init__(canvas, touch)
        self._number = number
        canvas.select((), Picked(notes=frozenset({number})))

    def changed(self, decor: Decor, touch: Touch) -> Decor:
        note = decor.notes[self._number]
        wide = max(snapped(note.width + touch.at.x() - self.began.at.x()), LEAST)
        return decor.with_note(self._number, replace(note, width=wide))


class MoveBend(Reshape):
    """Drags a bend point of a wire; it comes to rest above, below or beside its neighbours. Alt prevents that."""

    label = "Bend a wire"
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: Canvas, touch: Touch, wire: Wire, number: int) -> None:
        super().__init__(canvas, touch)
        self._wire, self._number = wire, number
        self._rest = Rest((0.0, 0.0))
        canvas.select((), Picked(bend=(wire, number)))
        canvas.light({wire})

    def changed(self, decor: Decor, touch: Touch) -> Decor:
        points = decor.bends[self._wire]
        x, y = points[self._number]
        hand = touch.at - self.began.at
        box, way = (x, y, x, y), (hand.x(), hand.y())
        free = touch.held(ALT) or not self.canvas.guided
        zoom = self.canvas.camera.zoom
        self._rest = on_grid(box, way) if free else in_line(box, way, stacked(self._neighbours(points)), zoom)
        there = x + self._rest.way[0], y + self._rest.way[1]
        return decor.with_bend(self._wire, (*points[: self._number], there, *points[self._number + 1 :]))

    def _neighbours(self, points: tuple[Point, ...]) -> list[Box]:
        wires = self.canvas.sheet.wires
        x1, y1, x2, y2 = wires.line_ends(wires.all.index(self._wire))
        stops = [(x1, y1), *points, (x2, y2)]
        return [(*stops[k], *stops[k]) for k in (self._number, self._number + 2)]

    def released(self, touch: Touch) -> None:
        super().released(touch)
        self.canvas.light(())

    def cancelled(self) -> None:
        super().cancelled()
        self.canvas.light(())

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        if self._going:
            paint_guides(painter, self.canvas, self._rest.guides)
