"""Frames: titled areas behind the nodes that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from designer.canvas.cards import Box
from designer.canvas.inks import Inks, mixed
from designer.canvas.metrics import FAR, GRID, Point
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from runtime.design import Frame

BAND = 24.0  # height of the strip with the title
SIDES = tuple((dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
LEAST = 96.0, 64.0  # a frame is never smaller
_RADIUS = 8.0
_INSET = 8.0
_ASIDE, _ROOM = 16.0, 8.0  # beside, and above and below, the nodes that a frame is made around: two fit in a row's gap
_EDGE = 5.0  # pixels of the screen on either side of a border that take hold of it
_READ = 0.8  # the zoom below which titles stop shrinking with the rest, and lie over the cards
_TALLEST = 0.4  # share of a frame that its title may fill
_NARROWEST = 40.0  # pixels of the screen that a title needs
_FILL, _BAND_FILL, _LINE = 0.06, 0.12, 0.5  # how much of its colour
_VEILED = 1.0 - (1.0 - _FILL) * (1.0 - _BAND_FILL)  # of it in the strip, which lies over the rest


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
        """Paints the frames that lie in `box`; their titles from afar are left to `paint_titles`."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for number in self._order():
            if _meet(corners(self.all[number]), box):
                self._paint(painter, number, zoom)

    def paint_titles(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints the titles over the cards where these are too small to be read: landmarks that stay readable."""
        if zoom >= _READ:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for number in self._order():
            frame = self.all[number]
            if _meet(corners(frame), box) and frame.size[0] * zoom >= _NARROWEST:
                self._paint_sign(painter, frame, _READ / zoom)

    def titles(self, box: Box, zoom: float) -> list[QRectF]:
        """Where the titles of the frames in `box` are read."""
        grown = max(_READ / zoom, 1.0)
        shown = [frame for frame in self.all if _meet(corners(frame), box) and frame.size[0] * zoom >= _NARROWEST]
        return [
            QRectF(*frame.at, (self._metrics.horizontalAdvance(title) + 2 * _INSET) * grown, BAND * grown)
            for frame, title in zip(shown, (self._title(frame, grown) for frame in shown), strict=True)
        ]

    def _title(self, frame: Frame, grown: float) -> str:
        """As much of a title as its frame has room for."""
        room = frame.size[0] / grown - 2 * _INSET
        return self._metrics.elidedText(frame.title, Qt.TextElideMode.ElideRight, room)

    @property
    def _metrics(self) -> QFontMetricsF:
        return self._inks.badge_metrics

    def _paint_sign(self, painter: QPainter, frame: Frame, grown: float) -> None:
        inks, title = self._inks, self._title(frame, grown)
        colour = mixed(QColor(inks.theme.frame_colour(frame.color)), inks.canvas, 0.25)
        rect = QRectF(0, 0, self._metrics.horizontalAdvance(title) + 2 * _INSET, BAND - 4.0)
        painter.save()
        painter.translate(*frame.at)
        painter.scale(grown, grown)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawRoundedRect(rect, 4.0, 4.0)
        painter.setPen(inks.text)
        painter.setFont(inks.badge)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, title)
        painter.restore()

    def _paint(self, painter: QPainter, number: int, zoom: float) -> None:
        frame, inks, picked = self.all[number], self._inks, number in self.picked
        colour = QColor(inks.theme.frame_colour(frame.color))
        rect = QRectF(*frame.at, *frame.size)
        line = inks.accent if picked else mixed(colour, inks.canvas, _LINE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= _READ)
        painter.setBrush(_veil(colour, _FILL))
        if zoom >= _READ:
            painter.drawRoundedRect(rect, _RADIUS, _RADIUS)
            painter.setBrush(_veil(colour, _BAND_FILL))
            painter.drawPath(_head(rect))
        else:  # nobody can tell its corners, and a square is filled in a fraction of the time
            painter.drawRect(rect)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= FAR)
        painter.setPen(QPen(line, (2.0 if picked else 1.0) / min(zoom, 1.0)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect, _RADIUS, _RADIUS)

    def paint_words(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints the titles from near, over the wires and under the cards."""
        if zoom >= _READ:
            for number in self._order():
                if _meet(corners(self.all[number]), box):
                    self._paint_title(painter, self.all[number])

    def _paint_title(self, painter: QPainter, frame: Frame) -> None:
        inks, metrics, title = self._inks, self._metrics, self._title(frame, 1.0)
        colour = mixed(QColor(inks.theme.frame_colour(frame.color)), inks.canvas, _VEILED)
        at = QPointF(frame.at[0] + _INSET, frame.at[1] + (BAND - metrics.height()) / 2)
        behind = QRectF(at, QSizeF(metrics.horizontalAdvance(title), metrics.height()))
        painter.fillRect(behind.adjusted(-3.0, 0.0, 3.0, 0.0), colour)  # no wire runs through a word
        painter.setFont(inks.badge)
        painter.setPen(inks.text)
        painter.drawText(at + QPointF(0.0, metrics.ascent()), title)


def _head(rect: QRectF) -> QPainterPath:
    """The strip of the title, round where the frame is; not clipped, as the SVG that Qt writes knows no clipping."""
    wide = 2 * _RADIUS
    path = QPainterPath(QPointF(rect.left(), rect.top() + BAND))
    path.arcTo(QRectF(rect.left(), rect.top(), wide, wide), 180.0, -90.0)
    path.arcTo(QRectF(rect.right() - wide, rect.top(), wide, wide), 90.0, -90.0)
    path.lineTo(rect.right(), rect.top() + BAND)
    path.closeSubpath()
    return path


def corners(frame: Frame) -> Box:
    """The box x1, y1, x2, y2 of a frame."""
    (x, y), (width, height) = frame.at, frame.size
    return x, y, x + width, y + height


def band(frame: Frame, zoom: float) -> float:
    """The height by which a frame can be held at its title, which grows as the eye goes away, px of the canvas."""
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
    left, top = _down(box[0] - _ASIDE), _down(box[1] - _ROOM - BAND)
    right, bottom = box[2] + _ASIDE, box[3] + _ROOM
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


def cards_box(at: NDArray[np.float64]) -> Box | None:
    """The box around cards with these corners; None around none."""
    if not len(at):
        return None
    (x1, y1), (x2, y2) = at.min(axis=0).tolist(), at.max(axis=0).tolist()
    return x1, y1, x2 + CARD_WIDTH, y2 + CARD_HEIGHT


def holds(frame: Frame, box: Box) -> bool:
    """Whether a box lies wholly in a frame."""
    return inside(box, corners(frame))


def inside(inner: Box, outer: Box) -> bool:
    """Whether a box lies wholly in another."""
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def joined(box: Box | None, other: Box) -> Box:
    """The box around both."""
    if box is None:
        return other
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


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
