"""Painting wires: straight from the arrays where many are seen, as smooth curves with their shapes from near."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QStaticText

from blocks.any_length import Sizes, lengths
from blocks.graph import Wire
from blocks.shape import dotted
from designer.canvas.cards import Box
from designer.canvas.inks import Inks, prepared
from designer.canvas.labels import Labels
from designer.canvas.metrics import FAR, NEAR, PORT_RADIUS
from designer.canvas.routes import DIRECT, path
from designer.canvas.sheet import Sheet
from designer.canvas.words import ordered

_MANY = 700  # wires in sight beyond which each is one straight line
_FEW = 48  # wires in sight up to which they are smooth from the middle as well
_PIECES = 8


class WirePainter:
    """Paints the wires of a sheet. `lit` are drawn as chosen: what is selected or under the hand."""

    def __init__(self, sheet: Sheet, inks: Inks) -> None:
        self._sheet, self._inks = sheet, inks
        self._places = Labels(sheet)
        self._curves: dict[int, tuple[int, QPainterPath]] = {}
        self._labels: dict[Sizes, tuple[QStaticText, float]] = {}
        self.lit: frozenset[Wire] = frozenset()
        self.dim = False
        self.with_shapes = True  # whether what flows is written beside the wires
        self.titles: Callable[[Box, float], Sequence[QRectF]] = lambda box, zoom: ()  # where other words stand

    def restyle(self, inks: Inks) -> None:
        """Paints with other colours and fonts from now on."""
        self._inks = inks
        self._labels.clear()
        self._places = Labels(self._sheet)

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints what of the wires lies in `box`."""
        visible = self._visible(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, zoom >= NEAR or len(visible) < _MANY)
        if zoom >= FAR or len(visible) < _MANY:
            self._sheet.wires.route(visible, self._sheet.at)
        painter.setOpacity(0.45 if self.dim else 1.0)
        if zoom >= NEAR or (zoom >= FAR and len(visible) <= _FEW):
            self._paint_curves(painter, visible.tolist())
        else:
            self._paint_lines(painter, visible)
        if zoom >= NEAR and self.with_shapes:
            self._paint_shapes(painter, visible.tolist(), self.titles(box, zoom))
        self._paint_lit(painter)
        painter.setOpacity(1.0)

    def _visible(self, box: Box) -> NDArray[np.intp]:
        area = self._sheet.wires.box
        return np.flatnonzero(
            (area[:, 0] < box[2]) & (area[:, 2] > box[0]) & (area[:, 1] < box[3]) & (area[:, 3] > box[1])
        )

    def _paint_lines(self, painter: QPainter, visible: NDArray[np.intp]) -> None:
        """All wires of a colour with one call."""
        wires, inks = self._sheet.wires, self._inks
        code, bad = wires.code[visible], wires.error[visible]
        pieces = 1 if len(visible) > _MANY else _PIECES
        for kind in np.unique(code).tolist():
            some = visible[(code == kind) & ~bad]
            self._draw(painter, some, pieces, _far_pen(inks.wire(kind, 1.25, False)))
        self._draw(painter, visible[bad], pieces, _far_pen(inks.wire(0, 2.0, True)))

    def _draw(self, painter: QPainter, some: NDArray[np.intp], pieces: int, pen: QPen) -> None:
        if not len(some):
            return
        wires = self._sheet.wires
        held = np.ascontiguousarray(wires.segments(some, pieces))
        painter.setPen(pen)
        painter.drawLines(shiboken6.wrapInstance(held.ctypes.data, QLineF), len(held))  # type: ignore[call-overload]

    def _paint_curves(self, painter: QPainter, visible: list[int]) -> None:
        wires, inks = self._sheet.wires, self._inks
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i in visible:
            painter.setPen(inks.wire(int(wires.code[i]), float(wires.width[i]), bool(wires.error[i])))
            x1, y1, x2, y2 = wires.line_ends(i)
            if x1 == x2 and y2 > y1 and i not in wires.routes:
                painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))
            else:
                painter.drawPath(self._curve(i))

    def _curve(self, i: int) -> QPainterPath:
        """A wire as a line to stroke, kept until it finds a new way."""
        wires = self._sheet.wires
        known, stamp = self._curves.get(i), int(wires.stamp[i])
        if known is None or known[0] != stamp:
            drawn = path(wires.line_ends(i), wires.routes.get(i, DIRECT), wires.square)
            known = self._curves[i] = stamp, drawn
        return known[1]

    def _paint_lit(self, painter: QPainter) -> None:
        if not self.lit:
            return
        wires = self._sheet.wires
        painter.setBrush(Qt.BrushStyle.NoBrush)
        halo = QColor(self._inks.accent)
        halo.setAlphaF(0.28)
        for i, wire in enumerate(wires.all):
            if wire in self.lit:
                painter.setPen(QPen(halo, float(wires.width[i]) + 7.0, c=Qt.PenCapStyle.RoundCap))
                curve = self._curve(i)
                painter.drawPath(curve)
                painter.setPen(QPen(self._inks.accent, float(wires.width[i]) + 0.75))
                painter.drawPath(curve)
                self._paint_bends(painter, wire)

    def _paint_bends(self, painter: QPainter, wire: Wire) -> None:
        """The points by which a wire is held."""
        painter.setPen(QPen(self._inks.accent, 1.5))
        painter.setBrush(self._inks.card)
        for x, y in self._sheet.wires.bends.get(wire, ()):
            painter.drawEllipse(QPointF(x, y), PORT_RADIUS, PORT_RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_shapes(self, painter: QPainter, visible: list[int], titles: Sequence[QRectF]) -> None:
        """Writes what flows beside each wire, once where a result goes to many, and not where a title is read."""
        wires = self._sheet.wires
        painter.setFont(self._inks.small)
        painter.setPen(self._inks.muted)
        height = self._inks.small_metrics.height()
        varying = lengths(self._sheet.checked).sizes
        for i in visible:
            shape = wires.shapes[i]
            if shape is None:
                continue
            sizes = varying.get((wires.all[i].source, wires.slot[i]), shape.sizes) if varying else shape.sizes
            label, width = self._label(ordered(sizes, shape, self._sheet.channels_last))
            place = self._places.place(i, width, height)
            if place is None:
                continue
            box = QRectF(place, QSizeF(width, height))
            if not any(title.intersects(box) for title in titles):
                painter.drawStaticText(place, label)

    def label_place(self, i: int, width: float, height: float) -> QPointF | None:
        """Where a text of this size is written beside a wire; None where it would cover something."""
        return self._places.place(i, width, height)

    def _label(self, sizes: Sizes) -> tuple[QStaticText, float]:
        label = self._labels.get(sizes)
        if label is None:
            text = dotted(sizes)
            width = self._inks.small_metrics.horizontalAdvance(text)
            label = self._labels[sizes] = prepared(text, self._inks.small), width
        return label


def _far_pen(pen: QPen) -> QPen:
    """The colour of a pen as a line one pixel of the screen wide, which is the fastest to draw."""
    far = QPen(pen.color(), 1.0)
    far.setCosmetic(True)
    return far
