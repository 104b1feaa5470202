"""Frames: titled areas behind the nodes that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.canvas.cards import Box
from designer.canvas.inks import Inks, mixed
from designer.canvas.metrics import GRID, Point
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from runtime.design import Frame

BAND = 32.0  # height of the strip with the title
SIDES = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
LEAST = 96.0, 64.0  # a frame is never smaller
_RADIUS = 8.0
_INSET = 12.0
_ROOM = 24.0  # between the nodes a frame is made around and its edges
_EDGE = 5.0  # pixels of the screen on either side of a border that take hold of it
_READ = 0.8  # the zoom below which titles stop shrinking with the rest
_TALLEST = 0.4  # share of a frame that its title may fill
_FILL, _BAND_FILL, _LINE = 0.06, 0.12, 0.5  # how much of its colour


class FramePainter:
    """Paints the frames of one network, wide ones under narrow ones."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self.all: tuple[Frame, ...] = ()
        self.picked: frozenset[int] = frozenset()

    def restyle(self, inks: Inks) -> None:
        """Paints in other colours and fonts from now on."""
        self._inks = inks

    def show(self, frames: Sequence[Frame]) -> None:
        """Takes over the frames."""
        self.all = tuple(frames)

    def extent(self, box: Box | None) -> Box | None:
        """A box widened so that it holds the frames too."""
        for frame in self.all:
            box = joined(box, corners(frame))
        return box

    def grip_at(self, x: float, y: float, zoom: float) -> tuple[int, Point] | None:
        """The frame whose border or title is at a point, and by which side: (-1, 1) is its lower left, (0, 0) all."""
        for number in reversed(self._order()):
            side = grip(self.all[number], x, y, zoom)
            if side is not None:
                return number, side
        return None

    def _order(self) -> list[int]:
        return sorted(range(len(self.all)), key=lambda i: -self.all[i].size[0] * self.all[i].size[1])

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints the frames that lie in `box`; their titles stay readable from afar."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for number in self._order():
            x1, y1, x2, y2 = corners(self.all[number])
            if x1 < box[2] and x2 > box[0] and y1 < box[3] and y2 > box[1]:
                self._paint(painter, number, zoom)

    def _paint(self, painter: QPainter, number: int, zoom: float) -> None:
        frame, inks, picked = self.all[number], self._inks, number in self.picked
        colour = QColor(inks.theme.frame_colour(frame.color))
        rect = QRectF(*frame.at, *frame.size)
        line = inks.accent if picked else mixed(colour, inks.canvas, _LINE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_veil(colour, _FILL))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        painter.save()
        painter.setClipRect(QRectF(rect.left(), rect.top(), rect.width(), band(frame, zoom)))
        painter.setBrush(_veil(colour, _BAND_FILL))
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        painter.restore()
        painter.setPen(QPen(line, (2.0 if picked else 1.0) / min(zoom, 1.0)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
        self._paint_title(painter, frame, zoom)

    def _paint_title(self, painter: QPainter, frame: Frame, zoom: float) -> None:
        inks, grown = self._inks, band(frame, zoom) / BAND
        room = frame.size[0] / grown - 2 * _INSET
        title = inks.strong_metrics.elidedText(frame.title, Qt.TextElideMode.ElideRight, room)
        if len(title) < 2 < len(frame.title):
            return
        painter.save()
        painter.translate(*frame.at)
        painter.scale(grown, grown)
        painter.setFont(inks.strong)
        painter.setPen(inks.text)
        metrics = inks.strong_metrics
        painter.drawText(QPointF(_INSET, (BAND - metrics.height()) / 2 + metrics.ascent()), title)
        painter.restore()


def corners(frame: Frame) -> Box:
    """The box x1, y1, x2, y2 of a frame."""
    (x, y), (width, height) = frame.at, frame.size
    return x, y, x + width, y + height


def band(frame: Frame, zoom: float) -> float:
    """The height of the strip with the title, which grows as the eye goes away, px of the canvas."""
    return max(BAND, min(BAND * _READ / zoom, frame.size[1] * _TALLEST))


def grip(frame: Frame, x: float, y: float, zoom: float) -> Point | None:
    """By which side a hand at a point holds a frame: a corner, an edge, (0, 0) by its title, None not at all."""
    x1, y1, x2, y2 = corners(frame)
    reach = _EDGE / zoom
    if not (x1 - reach <= x <= x2 + reach and y1 - reach <= y <= y2 + reach):
        return None
    side = float((x >= x2 - reach) - (x <= x1 + reach)), float((y >= y2 - reach) - (y <= y1 + reach))
    return side if any(side) or y <= y1 + band(frame, zoom) else None


def around(box: Box, title: str, color: str = "grey") -> Frame:
    """A frame on the grid with room around a box, and for its title above."""
    left, top = _down(box[0] - _ROOM), _down(box[1] - _ROOM - BAND)
    right, bottom = -_down(-box[2] - _ROOM), -_down(-box[3] - _ROOM)
    return Frame(title, (left, top), (right - left, bottom - top), color)


def resized(frame: Frame, side: Point, way: Point) -> Frame:
    """A frame with one side or corner moved; it never gets smaller than `LEAST`."""
    (x, dx), (y, dy) = (_stretched(frame.at[k], frame.size[k], side[k], way[k], LEAST[k]) for k in (0, 1))
    return replace(frame, at=(x, y), size=(dx, dy))


def moved(frame: Frame, way: Point) -> Frame:
    """A frame elsewhere."""
    return replace(frame, at=(frame.at[0] + way[0], frame.at[1] + way[1]))


def cards_within(frame: Frame, at: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which cards, by their corners, lie wholly in a frame."""
    x1, y1, x2, y2 = corners(frame)
    x, y = at[:, 0], at[:, 1]
    return np.flatnonzero((x >= x1) & (y >= y1) & (x + CARD_WIDTH <= x2) & (y + CARD_HEIGHT <= y2))


def holds(frame: Frame, box: Box) -> bool:
    """Whether a box lies wholly in a frame."""
    x1, y1, x2, y2 = corners(frame)
    return x1 <= box[0] and y1 <= box[1] and box[2] <= x2 and box[3] <= y2


def joined(box: Box | None, other: Box) -> Box:
    """The box around both."""
    if box is None:
        return other
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _stretched(start: float, length: float, side: float, way: float, least: float) -> tuple[float, float]:
    if side > 0:
        return start, max(length + way, least)
    if side < 0:
        begin = min(start + way, start + length - least)
        return begin, start + length - begin
    return start, length


def _down(value: float) -> float:
    return float(value // GRID * GRID)


def _veil(colour: QColor, share: float) -> QColor:
    """A colour so thin that the dots of the ground are seen through it."""
    thin = QColor(colour)
    thin.setAlphaF(share)
    return thin
