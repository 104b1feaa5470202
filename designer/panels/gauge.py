"""In the page of a node: how large its gradient and its results are while it trains, as a curve and in numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from designer.gauges import Sizes
from designer.panels.parts import Facts, Section, paragraph
from designer.theme import Theme, fonts

_HEIGHT, _AIR, _LOWEST = 72, 6, 1e-12
_GRADIENT = "Root of the mean square of the node's gradient at that step, after clipping; measured once a second"
_RESULT = "Root of the mean square of what the node gives; measured once a second"


class GaugePlot(QWidget):
    """Sizes over the steps on a logarithmic scale: the gradient in the accent, the results in grey."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self.sizes = theme, Sizes()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Size of the gradient over the steps")

    def sizeHint(self) -> QSize:
        return QSize(220, _HEIGHT)

    def show_sizes(self, sizes: Sizes) -> None:
        """Draws these."""
        self.sizes = sizes
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        known = [_log(v) for v in (*self.sizes.gradients, *self.sizes.activations) if v is not None]
        if not known:
            return
        low, high = math.floor(min(known)), math.ceil(max(known) + 1e-9)
        high = max(high, low + 1)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(fonts().small)
        wide = painter.fontMetrics().horizontalAdvance("1e−12")
        area = QRectF(1, _AIR, self.width() - wide - 2 * _AIR, _HEIGHT - 2 * _AIR)
        for level, y in ((high, area.top()), (low, area.bottom())):
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(self._theme.hint))
            told = f"1e{level}".replace("-", "−")
            painter.drawText(QRectF(area.right() + _AIR, y - 8, wide + _AIR, 16), Qt.AlignmentFlag.AlignVCenter, told)
        for values, colour in ((self.sizes.activations, self._theme.hint), (self.sizes.gradients, self._theme.accent)):
            painter.setPen(QPen(QColor(colour), 1.5))
            painter.drawPolyline(QPolygonF(self._points(values, area, low, high)))

    def _points(self, values: Sequence[float | None], area: QRectF, low: float, high: float) -> list[QPointF]:
        steps = self.sizes.steps
        first, span = steps[0], max(steps[-1] - steps[0], 1)
        return [
            QPointF(
                area.left() + (step - first) / span * area.width(),
                area.bottom() - (_log(value) - low) / (high - low) * area.height(),
            )
            for step, value in zip(steps, values, strict=True)
            if value is not None
        ]


class GaugeSection(Section):
    """The section "Gradient" of a node's page; out of sight where nothing was told of the node."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("Gradient")
        self.facts, self.plot, self.alarm = Facts(), GaugePlot(theme), paragraph("", "warning")
        for widget in (self.facts, self.plot, self.alarm):
            self.add(widget)
        self.hide()

    def show_sizes(self, sizes: Sizes | None, alarm: str) -> None:
        """Shows what was told of a node, and what is wrong with it."""
        self.setVisible(sizes is not None)
        self.alarm.setText(alarm)
        self.alarm.setVisible(bool(alarm))
        if sizes is None:
            return
        self.plot.show_sizes(sizes)
        told = (("gradient", sizes.gradients[-1], _GRADIENT), ("results", sizes.activations[-1], _RESULT))
        facts = [(name, f"{value:.3g}", known) for name, value, known in told if value is not None]
        self.facts.tell([*facts, ("at step", f"{sizes.steps[-1]:,}", "The step at which they were measured")])


def _log(value: float) -> float:
    return math.log10(min(max(value, _LOWEST), 1e12)) if value == value else math.log10(1e12)
