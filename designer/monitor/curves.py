"""The live curves of a training: one plot a metric, side by side, saved as picture or table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from numpy.typing import ArrayLike
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHideEvent,
    QImage,
    QPainter,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QLabel,
    QMenu,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from designer import icons
from designer.monitor.controls import CurveControls
from designer.monitor.look import Look
from designer.monitor.record import Record
from designer.theme import Theme, palette
from runtime.store import CannotSave, save

if TYPE_CHECKING:
    from designer.monitor.plot import MetricPlot

REFRESH = 50  # ms between two drawings, at least
PICTURE_DENSITY = 2  # dots a pixel of a saved PNG
NARROWEST = 360  # px that a plot gets before plots go below one another
EMPTY = "Nothing has been trained yet.\nPress ▶ to train: loss and metrics appear here while they are measured."
KINDS = {".png": "PNG picture", ".svg": "SVG picture", ".csv": "values (CSV)"}


class CurvesView(QWidget):
    """Loss and metrics of a training as they come, redrawn at most 20 times a second.

    Every value is kept; only what is drawn is thinned. `saved` tells the path of a file that was written,
    `failed` says in a sentence why one was not.
    """

    saved = Signal(str)
    failed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._record = Record()
        self._overlays: dict[str, Record] = {}
        self._plots: list[MetricPlot] = []
        self._columns = 0
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._dirty = False
        self._lay_out()
        self.set_theme(theme)

    # --- what is told -------------------------------------------------------------------

    def clear(self) -> None:
        """Forgets the training and the past runs; the view says how to begin."""
        self._overlays.clear()
        self._begin(Record())

    def begin(
        self,
        metrics: Sequence[str],
        better: Mapping[str, str],
        total_steps: int,
        steps_per_epoch: int,
    ) -> None:
        """Starts empty curves for these metrics; `better` says "lower" or "higher" for each."""
        weight = self._controls.smoothing()
        self._begin(Record(metrics, better, total_steps, steps_per_epoch, weight))

    def add_steps(self, first_step: int, values: Mapping[str, Sequence[float]]) -> None:
        """Adds one value a step from `first_step` on; the latest of a name that is no metric is noted."""
        self._record.add_steps(first_step, values)
        self._touch()

    def add_validation(self, step: int, epoch: int, values: Mapping[str, float], best: bool) -> None:
        """Adds validation values measured after `step` steps; `best` marks them on every curve."""
        self._record.add_validation(step, epoch, values, best)
        self._touch()

    def set_overlay(
        self,
        name: str,
        training: Mapping[str, tuple[ArrayLike, ArrayLike]],
        validation: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    ) -> None:
        """Shows a past run faintly behind the curves: metric → (steps, values); with no values, hides it."""
        self._overlays.pop(name, None)
        record = Record([*training, *(validation or {})], weight=self._controls.smoothing())
        for metric, (steps, values) in training.items():
            record.curves[metric].add_steps(steps, values)
        for metric, (steps, values) in (validation or {}).items():
            record.curves[metric].validation.append(steps, values)
        if record.curves:
            self._overlays[name] = record
        self._touch()

    def set_theme(self, theme: Theme) -> None:
        """Draws in this theme's colours from now on."""
        self._theme = theme
        for plot in self._plots:
            plot.set_theme(theme)
        self._glyph.setPixmap(icons.pixmap("chart-line", theme.faint, 32, self.devicePixelRatio()))
        self._touch()

    # --- what is shown ------------------------------------------------------------------

    def refresh(self) -> None:
        """Draws all that was told so far, now."""
        self._dirty = False
        self._timer.stop()
        look = self._look()
        for plot in self._plots:
            overlays = {
                name: record.curves[plot.name] for name, record in self._overlays.items() if plot.name in record.curves
            }
            notes = self._record.notes if plot is self._plots[-1] else {}
            plot.draw(self._record.curves[plot.name], overlays, look, notes)

    def _look(self) -> Look:
        record, epochs = self._record, self._controls.epochs()
        runs = [record, *self._overlays.values()]
        reached = max(max(run.last_step() for run in runs), 1.0)
        unit = float(record.steps_per_epoch) if epochs and record.epochs_known() else 1.0
        smoothing = self._controls.smoothing()
        return Look(_upper(reached, record.total_steps), unit, self._controls.log(), smoothing > 0)

    def _touch(self) -> None:
        self._dirty = True
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _begin(self, record: Record) -> None:
        self._record = record
        for plot in self._plots:
            plot.setParent(None)
            plot.deleteLater()
        self._controls.setParent(self._page)
        self._plots = [self._plot(name) for name in record.curves]
        self._controls.allow_epochs(record.epochs_known())
        self._columns = 0
        self._arrange()
        self._stack.setCurrentIndex(1 if self._plots else 0)
        self._touch()

    def _plot(self, name: str) -> MetricPlot:
        # pyqtgraph takes as long to import as the rest of the window: only once there is something to plot.
        from designer.monitor.plot import MetricPlot

        plot = MetricPlot(name, self._theme, self._page)
        plot.hovered.connect(self._point_at)
        plot.left.connect(self._point_nowhere)
        return plot

    def _point_at(self, step: float) -> None:
        for plot in self._plots:
            plot.point_at(step)

    def _point_nowhere(self) -> None:
        for plot in self._plots:
            plot.point_nowhere()

    def _resmooth(self, weight: float) -> None:
        for record in (self._record, *self._overlays.values()):
            record.resmooth(weight)
        self._touch()

    # --- layout -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._page, self._empty = QWidget(), QWidget()
        self._controls = CurveControls(self._page)
        self._controls.changed.connect(self._touch)
        self._controls.smoothed.connect(self._resmooth)
        self._grid = QGridLayout(self._page)
        self._grid.setContentsMargins(20, 12, 16, 12)
        self._grid.setHorizontalSpacing(32)
        self._grid.setVerticalSpacing(16)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._page)
        self._glyph, words = QLabel(), QLabel(EMPTY)
        words.setProperty("role", "muted")
        column = QVBoxLayout(self._empty)
        column.addStretch(1)
        for label in (self._glyph, words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(scroll)

    def _arrange(self) -> None:
        """Puts the plots in as many columns as fit, the controls over the upper right one."""
        fitting = max(min(self.width() // NARROWEST, len(self._plots)), 1)
        if fitting == self._columns or not self._plots:
            return
        for column in range(max(self._columns, fitting)):
            self._grid.setColumnStretch(column, int(column < fitting))
        for index, plot in enumerate(self._plots):
            self._grid.addWidget(plot, *divmod(index, fitting))
        self._plots[min(fitting, len(self._plots)) - 1].header.addWidget(self._controls)
        self._controls.show()
        self._columns = fitting

    def changeEvent(self, event: QEvent) -> None:
        """Draws as dense as the screen that the window was moved to."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self._theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lets plots go side by side or below one another."""
        super().resizeEvent(event)
        self._arrange()
        self._touch()

    def showEvent(self, event: QShowEvent) -> None:
        """Draws what came while nobody looked."""
        super().showEvent(event)
        self._touch()

    def hideEvent(self, event: QHideEvent) -> None:
        """Draws nothing while nobody looks."""
        self._timer.stop()
        super().hideEvent(event)

    # --- saving -------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """The context menu: what is shown, saved as each kind of file."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for suffix, kind in KINDS.items():
            action = menu.addAction(f"Save as {kind}…")
            action.setEnabled(bool(self._plots))
            action.triggered.connect(lambda _=False, suffix=suffix: self._ask(suffix))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offers to save what is shown."""
        self.menu().popup(event.globalPos())

    def _ask(self, suffix: str) -> None:
        dialog = QFileDialog(self, "Save the curves", f"curves{suffix}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix[1:])
        dialog.setNameFilter(f"{KINDS[suffix]} (*{suffix})")
        dialog.fileSelected.connect(self._save_asked)
        dialog.open()

    def _save_asked(self, path: str) -> None:
        try:
            self.save(Path(path))
        except (CannotSave, ValueError) as problem:
            self.failed.emit(str(problem))
        else:
            self.saved.emit(path)

    def save(self, path: Path) -> None:
        """Writes the curves as the file's ending asks: .png, .svg, or .csv with every value.

        ValueError for another ending, CannotSave where the file cannot be written.
        """
        if path.suffix.lower() == ".csv":
            save(path, self._record.table().encode())
        else:
            self.picture(path, max(self.width(), 640), max(self.height(), 220))

    def picture(self, path: Path, width: int, height: int) -> None:
        """Writes the curves as a picture `width` × `height` px (a PNG has two dots a pixel)."""
        kind = path.suffix.lower()
        if kind not in (".png", ".svg"):
            raise ValueError(f"the curves can be saved as .png, .svg or .csv, not {path.suffix!r}")
        twin = self._twin(QSize(width, height), density=PICTURE_DENSITY if kind == ".png" else 1.0)
        try:
            save(path, _svg(twin) if kind == ".svg" else _png(twin, self._theme))
        finally:
            twin.deleteLater()

    def _twin(self, size: QSize, density: float) -> CurvesView:
        """The same curves at another size, never shown, without controls."""
        twin = CurvesView(self._theme)
        twin.setPalette(palette(self._theme))
        twin._controls.take(self._controls)
        twin.resize(size)
        twin._overlays = self._overlays
        twin._begin(self._record)
        twin._controls.hide()
        for plot in twin._plots:
            plot.set_theme(self._theme, density)
            plot.draw_vectors()
        twin.grab()  # lays out
        twin.refresh()
        return twin


def _upper(reached: float, total: int) -> float:
    """The last step to show: all, or a half, a quarter … so that curves fill half the plot or more.

    Halving keeps the axis still between a few jumps, where following each step would make it crawl.
    """
    upper = float(max(total, 1))
    while upper >= 2 * reached:
        upper /= 2
    return max(upper, reached)


def _png(view: QWidget, theme: Theme) -> bytes:
    image = QImage(view.size() * PICTURE_DENSITY, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PICTURE_DENSITY)
    image.fill(QColor(theme.panel))
    view.render(image)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def _svg(view: QWidget) -> bytes:
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(view.size())
    generator.setViewBox(QRect(QPoint(0, 0), view.size()))
    generator.setResolution(96)  # points into the pixels of the view box
    generator.setTitle("Training curves")
    with QPainter(generator) as painter:
        view.render(painter, QPoint(0, 0))
    return bytes(buffer.data().data())
