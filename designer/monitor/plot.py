"""One metric drawn: training faint and smoothed, validation with marks, the best one ringed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from designer.monitor.look import Look
from designer.monitor.record import Curve
from designer.monitor.series import Floats, Series
from designer.monitor.ticks import Axis, inner_ticks, linear_axis, log_axis, number, spread
from designer.theme import Theme, fonts

MARKS = 60  # validation points up to which each is marked
MARGIN = 7  # px for marks that stand on the edge
ROOMY = 480  # px from which a line of numbers has room for all of them
LINE_GAP = 36  # px between hairlines, at least


class _Axis(pg.AxisItem):  # type: ignore[misc]
    """Numbers along a side, with neither line nor tick."""

    def drawPicture(self, p: QPainter, axisSpec: object, tickSpecs: object, textSpecs: object) -> None:
        # A tick of length 0 would still leave a speck.
        super().drawPicture(p, axisSpec, [], textSpecs)


class MetricPlot(QWidget):
    """The plot of one metric with its title and a line of its latest numbers."""

    hovered = Signal(float)  # the step under the cursor
    left = Signal()

    def __init__(self, name: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._curve, self._look = Curve(name), Look(1.0, 1.0, False, True)
        self._notes: Mapping[str, float] = {}
        self._past: tuple[str, ...] = ()
        self._framed: tuple[object, ...] = ()  # what the frame was last laid out for
        self._pointed: float | None = None  # the step under the cursor
        self.header = QHBoxLayout()
        self._title, self._legend = QLabel(name), QLabel()
        self._title.setMinimumHeight(26)  # that of the controls, so that neighbours align
        self._title.setProperty("role", "strong")
        self._legend.setProperty("role", "muted")
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._build_plot()
        self._lay_out()
        self.set_theme(theme)

    def _build_plot(self) -> None:
        # Not pyqtgraph's PlotItem: it brings menus, buttons and a left axis, and leaks the menus.
        self._plot = pg.GraphicsLayoutWidget()
        self._plot.setBackground(None)
        self._plot.setFrameShape(self._plot.Shape.NoFrame)
        self._plot.setCacheMode(self._plot.CacheModeFlag.CacheNone)
        self._plot.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._plot.viewport().installEventFilter(self)
        self._box = pg.ViewBox(enableMenu=False, enableMouse=False, defaultPadding=0)
        self._box.disableAutoRange()
        self._axes = {side: _Axis(side) for side in ("right", "bottom")}
        layout = self._plot.ci.layout
        layout.setContentsMargins(0, 8, 0, 0)  # half of the uppermost label
        layout.setSpacing(0)
        for item, row, column in ((self._box, 0, 0), (self._axes["right"], 0, 1), (self._axes["bottom"], 1, 0)):
            self._plot.ci.addItem(item, row, column)
        for axis in self._axes.values():
            axis.linkToView(self._box)
            axis.setStyle(tickLength=0, tickTextOffset=6, hideOverlappingLabels=False)
        self._items = {name: self._add(name) for name in ("grid", "raw", "smooth", "validation")}
        self._items["grid"].setZValue(-10)
        self._overlays: dict[str, pg.PlotCurveItem] = {}
        self._marks, self._ring, self._dots = (pg.ScatterPlotItem() for _ in range(3))
        self._cross = pg.InfiniteLine(angle=90)
        self._cross.hide()
        for extra in (self._marks, self._ring, self._cross, self._dots):
            self._box.addItem(extra, ignoreBounds=True)

    def _add(self, name: str) -> pg.PlotCurveItem:
        curve = pg.PlotCurveItem(connect="pairs" if name == "grid" else "finite")
        self._box.addItem(curve, ignoreBounds=True)
        return curve

    def _lay_out(self) -> None:
        self.header.setContentsMargins(0, 0, 0, 0)
        self.header.addWidget(self._title)
        self.header.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.header)
        column.addWidget(self._plot, 1)
        column.addWidget(self._legend)
        self.setMinimumSize(240, 130)

    def set_theme(self, theme: Theme, density: float | None = None) -> None:
        """Draws in this theme's colours from now on, for a screen or picture of `density` dots a pixel."""
        # Pens here are cosmetic, and Qt takes their width in dots.
        dots = density or self.devicePixelRatioF()
        self._theme, self._dots_a_pixel, self._framed = theme, dots, ()
        type_ = fonts()
        self._title.setFont(type_.strong)
        self._legend.setFont(type_.body)
        for axis in self._axes.values():
            axis.setPen(None)
            axis.setTextPen(theme.hint)
            axis.setTickFont(type_.small)
        self._items["grid"].setPen(_pen(theme.line, dots))
        self._items["raw"].setPen(_pen(theme.faint, dots))
        self._items["smooth"].setPen(_pen(theme.accent, 2 * dots))
        self._items["validation"].setPen(_pen(theme.second, 1.5 * dots))
        for line in self._overlays.values():
            line.setPen(_pen(theme.card_border, dots))
        self._marks.setPen(_pen(theme.panel, dots))
        self._marks.setBrush(QColor(theme.second))
        self._ring.setPen(_pen(theme.second, 2 * dots))
        self._ring.setBrush(QColor(theme.panel))
        self._cross.setPen(_pen(theme.faint, dots))

    def draw_vectors(self) -> None:
        """Draws marks as outlines rather than as small pictures, for a file."""
        for item in (self._marks, self._ring):
            item.setExportMode(True, {"antialias": True, "resolutionScale": 1.0})

    def draw(self, curve: Curve, overlays: Mapping[str, Curve], look: Look, notes: Mapping[str, float]) -> None:
        """Shows the curve as it now stands, over the past ones, which stay faint; `notes` go below."""
        self._curve, self._look, self._notes, self._past = curve, look, notes, tuple(overlays)
        self._keep_overlays(set(overlays))
        own = {"raw": curve.raw, "smooth": curve.smooth, "validation": curve.validation}
        lines = [(self._items[name], self._thinned(series)) for name, series in own.items()]
        for name, past in overlays.items():
            shown = past.smooth if len(past.smooth) else past.validation
            lines.append((self._overlays[name], self._thinned(shown)))
        axis = self._axis_around([y for _, (_, y) in lines])
        self._frame(axis)
        width = self._box.width()
        for item, (x, y) in lines:
            # A noisy line that covers its pixels anyway gains nothing from antialiasing but costs most.
            fine = item is not self._items["raw"] or len(x) < width
            item.setData(x, np.clip(y, axis.low, axis.high), antialias=fine)
        self._mark(axis)
        if self._pointed is None:
            self._legend.setText(self._latest())
        else:
            self.point_at(self._pointed)

    def _thinned(self, series: Series) -> tuple[Floats, Floats]:
        x, y = series.thin(max(int(self._box.width()) // 2, 50), high=self._look.upper)
        return x / self._look.unit, self._look.y(y)

    def _axis_around(self, heights: Sequence[Floats]) -> Axis:
        """The axis around all curves; a few wild steps do not press the rest of them flat."""
        raw, *smooth = heights
        known = [spread(raw), *(spread(each, 0.0) for each in smooth)]
        ranges = [each for each in known if each is not None] or [(0.0, 1.0)]
        low, high = min(each[0] for each in ranges), max(each[1] for each in ranges)
        room = max(int(self._box.height() / LINE_GAP), 2)
        return (log_axis if self._look.log else linear_axis)(low, high, room)

    def _frame(self, axis: Axis) -> None:
        """Sets ranges, numbers and hairlines, where they are not so already: laying out text is slow."""
        width, height, right = self._box.width(), self._box.height(), self._look.upper / self._look.unit
        if self._framed == (axis, width, height, right):
            return
        self._framed = (axis, width, height, right)
        below = inner_ticks(0.0, right, max(int(width / 110), 2))
        for side, ticks in (("right", axis), ("bottom", below)):
            self._axes[side].setTicks([list(zip(ticks.places, ticks.labels, strict=True))])
        self._axes["right"].setWidth(self._widest(axis.labels) + 8)
        inset = MARGIN * right / max(width, 50)
        room = MARGIN * (axis.high - axis.low) / max(height, 50)
        ends = (-inset / 2, right + inset)
        self._box.setRange(xRange=ends, yRange=(axis.low - room, axis.high + room), padding=0)
        places = np.repeat(axis.places, 2)
        self._items["grid"].setData(np.tile(ends, len(axis.places)), places, antialias=False)

    def _widest(self, labels: Sequence[str]) -> int:
        """Pixels that the longest number takes; pyqtgraph would leave out those longer than what stood there before."""
        metrics = QFontMetrics(self._axes["right"].style["tickFont"] or self.font())
        return max(metrics.horizontalAdvance(text) for text in labels)

    def _mark(self, axis: Axis) -> None:
        """Marks validation points while they are few, and rings the best."""
        series, best = self._curve.validation, self._curve.best()
        few = series if len(series) <= MARKS else Series()
        self._scatter(self._marks, few.x, few.y, axis, 6)
        ringed = [] if best is None else [best]
        places, values = np.array([b[0] for b in ringed]), np.array([b[1] for b in ringed])
        self._scatter(self._ring, places, values, axis, 10)

    def _scatter(self, item: pg.ScatterPlotItem, steps: Floats, values: Floats, axis: Axis, size: int) -> None:
        heights = np.clip(self._look.y(values), axis.low, axis.high)
        good = np.isfinite(heights)
        item.setVisible(bool(good.any()))
        item.setData(steps[good] / self._look.unit, heights[good], size=size)

    def _keep_overlays(self, wanted: set[str]) -> None:
        for name in self._overlays.keys() - wanted:
            self._box.removeItem(self._overlays.pop(name))
        for name in wanted - self._overlays.keys():
            line = self._overlays[name] = self._add(name)
            line.setPen(_pen(self._theme.card_border, self._dots_a_pixel))
            line.setZValue(-5)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells which step the cursor is over."""
        if event.type() == QEvent.Type.Leave:
            self.left.emit()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            place = self._box.mapSceneToView(self._plot.mapToScene(event.position().toPoint()))
            self.hovered.emit(place.x() * self._look.unit)
        return super().eventFilter(watched, event)

    def point_at(self, step: float) -> None:
        """Puts the cross-hair at a step, and the numbers there in place of the latest."""
        self._pointed = step
        axis, points, parts = self._box.viewRange()[1], [], []
        raw, smooth, validation = self._curve.raw, self._curve.smooth, self._curve.validation
        near = raw.at(step)
        if near is not None:
            step = float(raw.x[near])
            told = self._look.smoothed and self.width() >= ROOMY
            smoothed = f" (smoothed {number(float(smooth.y[near]))})" if told else ""
            parts.append((self._theme.accent, f"train {number(float(raw.y[near]))}{smoothed}"))
            points.append((step, smooth.y[near] if self._look.smoothed else raw.y[near]))
        seen = validation.at(step)
        if seen is not None:
            text = f"validation {number(float(validation.y[seen]))} at epoch {self._curve.epoch_at(seen)}"
            parts.append((self._theme.second, text))
            points.append((float(validation.x[seen]), validation.y[seen]))
        if not points:
            return
        self._cross.setPos(step / self._look.unit)
        self._cross.show()
        heights = np.clip(self._look.y(np.array([p[1] for p in points])), *axis)
        good = np.isfinite(heights)
        places = np.array([p[0] for p in points]) / self._look.unit
        colours = [pg.mkBrush(c) for (c, _), g in zip(parts, good, strict=True) if g]
        self._dots.setData(places[good], heights[good], size=8, brush=colours)
        self._legend.setText(_line([("", f"step {step:,.0f}"), *parts]))

    def point_nowhere(self) -> None:
        """Takes the cross-hair away; the line below shows the latest numbers again."""
        self._pointed = None
        self._cross.hide()
        self._dots.setData([], [])
        self._legend.setText(self._latest())

    def _latest(self) -> str:
        parts: list[tuple[str, str]] = []
        curve = self._curve
        if len(curve.raw):
            shown = curve.smooth if self._look.smoothed else curve.raw
            last = curve.raw.last() if np.isfinite(curve.raw.last()) else np.nan
            value = shown.last() if np.isfinite(last) else last
            parts.append((self._theme.accent, f"train {number(value)}"))
        if len(curve.validation):
            parts.append((self._theme.second, f"validation {number(curve.validation.last())}"))
        if (best := curve.best()) is not None:
            parts.append(("", f"best {number(best[1])} at epoch {best[2]}"))
        parts += [("", f"{name} {number(value)}") for name, value in self._notes.items()]
        if self._past:
            more = f" and {len(self._past) - 2} more" if len(self._past) > 2 else ""
            parts.append((self._theme.card_border, f"before: {', '.join(self._past[:2])}{more}"))
        return _line(parts)


def _pen(colour: str, width: float) -> QPen:
    pen = QPen(QColor(colour), width)
    pen.setCosmetic(True)
    return pen


def _line(parts: Sequence[tuple[str, str]]) -> str:
    """Rich text: each part after a dot in the colour of its curve, where it has one."""
    dots = (f'<span style="color:{colour}; font-size:8pt">●</span> ' if colour else "" for colour, _ in parts)
    words = (dot + escape(text) for dot, (_, text) in zip(dots, parts, strict=True))
    return "&nbsp;&nbsp;&nbsp;&nbsp; ".join(words)
