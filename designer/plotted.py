"""Curves of activations, and the matrix of a convolution, painted without torch from what the blocks say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from blocks.curve import Curve
from blocks.unrolled import Unrolled
from designer.theme import Theme

REACH = 5.0  # curves are drawn from -REACH to REACH
_POINTS = 240
_HEIGHT, _LEFT, _BELOW, _ABOVE = 168, 26, 18, 6  # px
_DASHES: Sequence[Sequence[float]] = ((), (5, 3), (2, 2), (8, 3, 2, 3), (1, 3), (10, 4))
MOST = len(_DASHES)


def colours(theme: Theme) -> tuple[str, ...]:
    """The colours of curves in their order; strokes differ too, for those who see no colours."""
    return theme.accent, theme.second, theme.good, theme.warning, theme.recurrent, theme.error


def stroke(theme: Theme, place: int, width: float = 2.0) -> QPen:
    """The pen of the curve at a place."""
    pen = QPen(QColor(colours(theme)[place % MOST]), width)
    if _DASHES[place % MOST]:
        pen.setDashPattern(list(_DASHES[place % MOST]))
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


class CurvePlot(QWidget):
    """Some curves over one axis from -5 to 5; the number under the pointer is told by `pointed`."""

    pointed = Signal(object)  # the x under the pointer, None where it has left

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._curves: Mapping[str, Curve] = {}
        self._points: list[list[QPointF]] = []
        self._low, self._high = -1.0, 1.0
        self._x: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Curve")

    def sizeHint(self) -> QSize:
        return QSize(220, _HEIGHT)

    def show_curves(self, curves: Mapping[str, Curve]) -> None:
        """Draws these, by their names."""
        self._curves = curves
        steps = [REACH * (2 * i / _POINTS - 1) for i in range(_POINTS + 1)]
        self._points = [[QPointF(x, y) for x in steps if math.isfinite(y := at(x))] for at in curves.values()]
        heights = [min(max(point.y(), -REACH), REACH) for points in self._points for point in points] or [0.0]
        self._low, self._high = min(0.0, *map(math.floor, heights)), max(1.0, *map(math.ceil, heights))
        self.setAccessibleDescription("From -5 to 5: " + ", ".join(curves))
        self.update()

    def _area(self) -> QRectF:
        return QRectF(_LEFT, _ABOVE, self.width() - _LEFT - 8, self.height() - _ABOVE - _BELOW)

    def _at(self, point: QPointF) -> QPointF:
        """Where a point of a curve is painted."""
        area = self._area()
        across = (point.x() + REACH) / (2 * REACH)
        up = (point.y() - self._low) / (self._high - self._low)
        return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        painter.setClipRect(self._area().adjusted(0, -2, 0, 2))
        for place, points in enumerate(self._points):
            path = QPainterPath(self._at(points[0])) if points else QPainterPath()
            for point in points[1:]:
                path.lineTo(self._at(point))
            painter.setPen(stroke(self._theme, place))
            painter.drawPath(path)
        if self._x is not None:
            self._paint_pointer(painter, self._x)

    def _paint_grid(self, painter: QPainter) -> None:
        area, theme = self._area(), self._theme
        for x in (-4, -2, 0, 2, 4):
            at = self._at(QPointF(x, self._low)).x()
            painter.setPen(QPen(QColor(theme.card_border if x == 0 else theme.line), 1))
            painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
            self._write(painter, QRectF(at - 15, area.bottom() + 2, 30, _BELOW - 2), x, Qt.AlignmentFlag.AlignHCenter)
        for y in self._heights():
            at = self._at(QPointF(0, y)).y()
            painter.setPen(QPen(QColor(theme.card_border if y == 0 else theme.line), 1))
            painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at))
            beside = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            self._write(painter, QRectF(0, at - 8, _LEFT - 6, 16), y, beside)

    def _heights(self) -> range:
        step = 1 if self._high - self._low <= 4 else 2
        first = math.ceil(self._low / step) * step
        return range(int(first), int(self._high) + 1, step)

    def _write(self, painter: QPainter, box: QRectF, number: int, side: Qt.AlignmentFlag) -> None:
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.muted))
        painter.drawText(box, side, f"−{-number}" if number < 0 else str(number))

    def _paint_pointer(self, painter: QPainter, x: float) -> None:
        area, at = self._area(), self._at(QPointF(x, 0)).x()
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        for place, curve in enumerate(self._curves.values()):
            if math.isfinite(y := curve(x)):
                painter.setBrush(QColor(colours(self._theme)[place % MOST]))
                painter.drawEllipse(self._at(QPointF(x, y)), 3.5, 3.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        area = self._area()
        across = (event.position().x() - area.left()) / max(area.width(), 1.0)
        self._point(round(REACH * (2 * min(max(across, 0.0), 1.0) - 1), 1))

    def leaveEvent(self, event: object) -> None:
        self._point(None)

    def _point(self, x: float | None) -> None:
        if x != self._x:
            self._x = x
            self.pointed.emit(x)
            self.update()


class MatrixPlot(QWidget):
    """A sparse matrix as a picture: a cell for each number, those of one weight in one tone, zeros empty."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._matrix: Unrolled | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Matrix")

    def show_matrix(self, matrix: Unrolled) -> None:
        """Draws this one."""
        self._matrix = matrix
        self.setAccessibleDescription(f"{matrix.rows} by {matrix.columns}, {len(matrix.entries)} weights")
        self._fit()
        self.update()

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        """As high as the matrix is at this width."""
        height = round(self._cell() * self._matrix.rows) + 2 if self._matrix is not None else 0
        if height != self.height():
            self.setFixedHeight(height)

    def _cell(self) -> float:
        """The side of a cell in px, so that the whole stays in sight."""
        if self._matrix is None:
            return 0.0
        return min((self.width() - 2) / self._matrix.columns, 220 / self._matrix.rows, 14.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._matrix is None:
            return
        painter, cell = QPainter(self), self._cell()
        painter.fillRect(QRectF(1, 1, cell * self._matrix.columns, cell * self._matrix.rows), QColor(self._theme.inset))
        weights = max(self._matrix.entries.values(), default=0) + 1
        for (row, column), weight in self._matrix.entries.items():
            tone = QColor(self._theme.convolution)
            tone.setAlphaF(0.3 + 0.7 * (weight + 1) / weights)
            painter.fillRect(QRectF(1 + column * cell, 1 + row * cell, cell - 0.75, cell - 0.75), tone)
        painter.setPen(QPen(QColor(self._theme.line), 1))
        painter.drawRect(QRectF(0.5, 0.5, cell * self._matrix.columns + 1, cell * self._matrix.rows + 1))
