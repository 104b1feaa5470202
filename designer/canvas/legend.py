"""The overlay "heat": cards coloured by what they hold or cost, with a legend in the corner that says what is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from designer.canvas.heat import GRADIENT, MEASURES, Heat, heat, heat_of
from designer.canvas.inks import HEATS
from designer.theme import RADIUS

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

_WIDE, _HIGH = 216, 66
_AWAY = 16
_INSET = 12.0
_BAR = 10.0


class Legend(QWidget):
    """Keeps which measure is shown. It is there while one is."""

    def __init__(self, canvas: Stage) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self.measure = ""
        self._told: Mapping[str, float] = {}  # the gradients of the nodes in sight
        self.setFixedSize(_WIDE, _HIGH)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_measure(self, name: str) -> None:
        """Colours the cards by a measure of `heat.MEASURES`; by nothing where the name is empty."""
        self.measure = name
        self.follow()
        self._canvas.redraw()

    def show_next(self) -> None:
        """The next measure, and after the last one nothing."""
        names = ["", *MEASURES, GRADIENT.name]
        self.show_measure(names[(names.index(self.measure) + 1) % len(names)])

    def follow(self) -> None:
        """Counts anew, after the network has changed."""
        shown = self._heat()
        self._canvas.cards.show_heat(shown)
        self.setVisible(shown is not None)
        if shown is not None:
            self.setAccessibleName("Heat: " + ", ".join(self.lines()))
            self.place()
            self.update()

    def show_gradients(self, told: Mapping[str, float]) -> None:
        """Takes the gradients that a training told of the nodes in sight."""
        if told != self._told:
            self._told = told
            if self.measure == GRADIENT.name:
                self.follow()
                self._canvas.redraw()

    def _heat(self) -> Heat | None:
        if self.measure == GRADIENT.name:
            return heat_of(self._canvas.sheet.names, self._told)
        measure = MEASURES.get(self.measure)
        return heat(measure, self._canvas.sheet.rows) if measure else None

    def lines(self) -> tuple[str, str, str]:
        """What the legend says: what is measured, the number at the cold end, that at the hot end."""
        shown = self._canvas.cards.heat
        if shown is None:
            return "", "", ""
        cold, hot = shown.ends()
        return shown.title, cold, hot

    def place(self) -> None:
        """Goes to the lower left corner of the view."""
        self.move(_AWAY, self._canvas.viewport().height() - _HIGH - _AWAY)

    def paintEvent(self, event: QPaintEvent) -> None:
        inks = self._canvas.inks
        title, cold, hot = self.lines()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(inks.line, 1.0))
        painter.setBrush(inks.panel)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setFont(inks.small)
        ascent = inks.small_metrics.ascent()
        painter.setPen(inks.text)
        painter.drawText(QPointF(_INSET, 8.0 + ascent), title)
        painter.setPen(inks.muted)
        base = _HIGH - 8.0 - inks.small_metrics.descent()
        painter.drawText(QPointF(_INSET, base), cold)
        painter.drawText(QPointF(_WIDE - _INSET - inks.small_metrics.horizontalAdvance(hot), base), hot)
        self._paint_bar(painter)

    def _paint_bar(self, painter: QPainter) -> None:
        step, top = (_WIDE - 2 * _INSET) / HEATS, 8.0 + self._canvas.inks.small_metrics.height() + 4.0
        painter.setPen(Qt.PenStyle.NoPen)
        for i, brush in enumerate(self._canvas.inks.heats):
            painter.setBrush(brush)
            painter.drawRect(QRectF(_INSET + i * step, top, step + 0.5, _BAR))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(self._canvas.inks.border)
        painter.drawRect(QRectF(_INSET, top, HEATS * step, _BAR))
