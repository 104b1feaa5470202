"""How a phase will be trained, at a glance: a paper's way to pick as one, and the learning rate over the whole run."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from designer.fields import Combo
from designer.monitor.ticks import linear_axis
from designer.panels.parts import label, paragraph
from designer.theme import GAP, Theme, fonts
from runtime.design import Design, Drawn, Phase
from runtime.presets import PRESETS, Preset, with_preset
from runtime.rate_curve import RateCurve, rate_curve

_HEIGHT, _BELOW, _ABOVE, _AIR = 92, 18, 8, 6  # px
_OWN = "as set below"


class RatePlot(QWidget):
    """The learning rate over the epochs of a run; under the pointer stands its value there."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._pointed = theme, -1
        self.curve = RateCurve((), (), 1, 0)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Learning rate over the run")

    def sizeHint(self) -> QSize:
        return QSize(220, _HEIGHT)

    def show_curve(self, curve: RateCurve) -> None:
        """Draws this one."""
        if curve != self.curve:
            self.curve, self._pointed = curve, -1
            self.setAccessibleDescription(curve.told())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(fonts().small)
        axis = linear_axis(0.0, max([*self.curve.rates, 0.0]) or 1.0, 2)
        wide = max(painter.fontMetrics().horizontalAdvance(told) for told in axis.labels)
        area = QRectF(0, _ABOVE, self.width() - wide - _AIR, _HEIGHT - _ABOVE - _BELOW)
        self._paint_grid(painter, area, axis.places, axis.labels, axis.high)
        points = self._points(area, axis.high)
        if points:
            path = QPainterPath(points[0])
            for point in points[1:]:
                path.lineTo(point)
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.drawPath(path)
        under = QRectF(area.left(), area.bottom() + 3, area.width(), _BELOW - 3)
        self._paint_epochs(painter, under)
        if 0 <= self._pointed < len(points):
            self._paint_pointer(painter, area, points[self._pointed])

    def _points(self, area: QRectF, high: float) -> list[QPointF]:
        pairs = zip(self.curve.epochs, self.curve.rates, strict=True)
        across, up = area.width() / self.curve.length, area.height() / high
        return [QPointF(area.left() + x * across, area.bottom() - max(y, 0.0) * up) for x, y in pairs]

    def _paint_grid(
        self, painter: QPainter, area: QRectF, places: tuple[float, ...], labels: tuple[str, ...], high: float
    ) -> None:
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for place, told in zip(places, labels, strict=True):
            y = area.bottom() - place / high * area.height()
            painter.setPen(QPen(QColor(self._theme.line), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(self._theme.hint))
            painter.drawText(QRectF(area.right() + _AIR, y - 8, self.width() - area.right(), 16), middle, told)

    def _paint_epochs(self, painter: QPainter, under: QRectF) -> None:
        """The ends of the axis; between them its name, or the value under the pointer."""
        pointed = 0 <= self._pointed < len(self.curve.rates)
        told = "epoch"
        if pointed:
            told = f"{self.curve.rates[self._pointed]:.3g} at epoch {self.curve.epochs[self._pointed]:.3g}"
        painter.setPen(QColor(self._theme.hint))
        painter.drawText(under, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(under, Qt.AlignmentFlag.AlignRight, f"{self.curve.length:,}")
        painter.setPen(QColor(self._theme.text if pointed else self._theme.hint))
        painter.drawText(under, Qt.AlignmentFlag.AlignHCenter, told)

    def _paint_pointer(self, painter: QPainter, area: QRectF, at: QPointF) -> None:
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawLine(QPointF(at.x(), area.top()), QPointF(at.x(), area.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        painter.drawEllipse(at, 3.5, 3.5)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        across = event.position().x() / max(self.width() - 30, 1) * self.curve.length
        near = sorted(range(len(self.curve.epochs)), key=lambda i: abs(self.curve.epochs[i] - across))
        self._point(near[0] if near else -1)

    def leaveEvent(self, event: object) -> None:
        self._point(-1)

    def _point(self, place: int) -> None:
        if place != self._pointed:
            self._pointed = place
            self.update()


class Pace(QWidget):
    """The presets of a phase, and the plots of its learning rates, one for each loss that is minimized."""

    wanted = Signal(str, object, str)  # words, the edit of the design, what it may merge with

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._phase = theme, ""
        self.preset = Combo("preset", "Optimizer, schedule, clipping and batch size as a paper chose them together.")
        self.preset.addItem(_OWN)
        for place, preset in enumerate(PRESETS, 1):
            self.preset.addItem(preset.name)
            self.preset.setItemData(place, preset.told, Qt.ItemDataRole.ToolTipRole)
        self.preset.activated.connect(self._pick)
        name = label("preset", "muted")
        name.setBuddy(self.preset)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(name)
        row.addWidget(self.preset, 1)
        self.plot, self.told = RatePlot(theme), paragraph("", "small")
        self.told.setFixedHeight(2 * self.told.fontMetrics().lineSpacing() + 4)  # so that nothing jumps while one types
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(4)
        column.addLayout(row)
        column.addSpacing(4)
        column.addWidget(self.plot)
        column.addWidget(self.told)

    def show_phase(self, design: Design, phase: Phase) -> None:
        """Shows how a phase is trained: its first objective where its step is drawn by hand."""
        self._phase, plan = phase.name, phase.plan
        if isinstance(plan, Drawn) and not plan.objectives:
            self.hide()
            return
        how = plan.objectives[0] if isinstance(plan, Drawn) else plan
        curve = rate_curve(how.optimizer, how.schedule, plan.epochs, design.data)
        self.plot.show_curve(curve)
        self.told.setText(curve.told())
        held = next((i for i, preset in enumerate(PRESETS, 1) if _holds(preset, design, phase)), 0)
        self.preset.setCurrentIndex(held)
        self.preset.setToolTip(PRESETS[held - 1].told if held else "Pick how a paper trained its network")
        self.show()

    def _pick(self, place: int) -> None:
        if place:
            preset = PRESETS[place - 1]
            self.wanted.emit(f"Train as {preset.name}", with_preset(self._phase, preset), "")


def _holds(preset: Preset, design: Design, phase: Phase) -> bool:
    """Whether a phase is trained in the way of a preset: taking it would change nothing."""
    return with_preset(phase.name, preset)(design).training == design.training and (
        not preset.batch_size or design.data is None or design.data.batch_size == preset.batch_size
    )
