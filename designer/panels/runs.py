"""All runs of a folder: what they were, how they ended, those still alive; follow, stop, resume, open as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.process import LIVE
from designer.theme import Theme
from runtime.run import Run, RunSummary

_REFRESH_MS = 1000
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class _Column:
    heading: str
    show: Callable[[RunSummary], str]
    key: Callable[[RunSummary], Any]
    number: bool = False


def _best(row: RunSummary) -> str:
    return "  ".join(f"{name} {value:.4g}" for name, value in row.best.items())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} m" if hours else f"{minutes} m {rest:02} s" if minutes else f"{seconds:.1f} s"


_COLUMNS = (
    _Column("Run", lambda r: r.name, lambda r: r.name),
    _Column("Design", lambda r: r.title, lambda r: r.title),
    _Column("State", lambda r: r.state, lambda r: r.state),
    _Column("Epochs", lambda r: f"{r.epoch} of {r.epochs}", lambda r: r.epoch, True),
    _Column("Best", _best, lambda r: next(iter(r.best.values()), 0.0)),
    _Column("Time", lambda r: _duration(r.seconds), lambda r: r.seconds, True),
    _Column("Device", lambda r: r.device, lambda r: r.device),
)


class _Table(QAbstractTableModel):
    """Runs as rows; only rows that changed are repainted."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[Run, RunSummary]] = []

    def show(self, rows: list[tuple[Run, RunSummary]]) -> None:
        if [run for run, _ in rows] != [run for run, _ in self.rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return
        for i, (old, new) in enumerate(zip(self.rows, rows, strict=True)):
            if old[1] != new[1]:
                self.rows[i] = new
                self.dataChanged.emit(self.index(i, 0), self.index(i, len(_COLUMNS) - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return _COLUMNS[section].heading
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, (_, row) = _COLUMNS[index.column()], self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.show(row)
            case Qt.ItemDataRole.UserRole:
                return column.key(row)
            case Qt.ItemDataRole.TextAlignmentRole if column.number:
                return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{row.name}: {row.state}"
        return None


class RunsPanel(QWidget):
    """The table of runs and what can be done with the chosen one."""

    followed = Signal(object)  # Run: show its curves, live where it is alive
    resumed = Signal(object)  # Run: go on from the last checkpoint
    stopped = Signal(object)  # Run
    opened = Signal(object)  # Run: open the design as it was

    def __init__(self, runs_dir: Path, theme: Theme) -> None:
        super().__init__()
        self.runs_dir = runs_dir
        self._table = _Table()
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._table)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.view = self._make_view()
        self.empty = QLabel("No runs yet. Press ▶ Train, and every training appears here.")
        self.empty.setProperty("role", "muted")
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.buttons = {
            "follow": self._button("Show curves", "Show the curves of this run, live while it trains", self.followed),
            "stop": self._button("Stop", "Finish the step under way, save and end", self.stopped),
            "resume": self._button("Resume", "Go on from the last checkpoint", self.resumed),
            "open": self._button("Open design", "Open the design as it was trained", self.opened),
        }
        self.folder = QPushButton("Show folder")
        self.folder.clicked.connect(self._show_folder)
        self._lay_out()
        self._timer = QTimer(self, interval=_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.refresh()

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self._sorted)
        view.setSortingEnabled(True)
        view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(26)
        view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        view.horizontalHeader().setStretchLastSection(True)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((260, 220, 110, 80, 260, 80)):
            view.setColumnWidth(column, width)
        view.setAccessibleName("Runs")
        view.doubleClicked.connect(lambda _: self._emit(self.followed))
        view.selectionModel().selectionChanged.connect(self._enable)
        return view

    def _button(self, words: str, tip: str, signal: Any) -> QPushButton:
        button = QPushButton(words)
        button.setProperty("tip", tip)
        button.clicked.connect(lambda: self._emit(signal))
        return button

    def _lay_out(self) -> None:
        actions = QHBoxLayout()
        actions.setContentsMargins(12, 6, 12, 6)
        actions.setSpacing(8)
        for button in (*self.buttons.values(), self.folder):
            actions.addWidget(button)
        actions.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(actions)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)

    def set_theme(self, theme: Theme) -> None:
        """Colours come from the style sheet; nothing of its own to change."""
        self.view.viewport().update()

    def refresh(self) -> None:
        """Reads the folder again."""
        self._table.show([(run, run.summary()) for run in Run.list(self.runs_dir)])
        self.empty.setVisible(not self._table.rows)
        self.view.setVisible(bool(self._table.rows))
        self._enable()

    @property
    def chosen(self) -> tuple[Run, RunSummary] | None:
        """The selected run."""
        rows = self.view.selectionModel().selectedRows()
        return self._table.rows[self._sorted.mapToSource(rows[0]).row()] if rows else None

    def choose(self, run: Run) -> None:
        """Selects a run."""
        for i, (each, _) in enumerate(self._table.rows):
            if each == run:
                self.view.selectRow(self._sorted.mapFromSource(self._table.index(i, 0)).row())

    def alive(self) -> list[Run]:
        """The runs that still train."""
        return [run for run, row in self._table.rows if row.state in LIVE]

    def _enable(self) -> None:
        chosen = self.chosen
        state = chosen[1].state if chosen else ""
        why = {
            "follow": "" if chosen else "Choose a run first",
            "open": "" if chosen else "Choose a run first",
            "stop": "" if state in LIVE else "Only a run that still trains can be stopped",
            "resume": "" if chosen and state not in LIVE | {"finished"} else "Only a run that ended early can go on",
        }
        for name, button in self.buttons.items():
            button.setEnabled(not why[name])
            button.setToolTip(why[name] or str(button.property("tip")))
        self.folder.setEnabled(chosen is not None)

    def _emit(self, signal: Any) -> None:
        if self.chosen is not None:
            signal.emit(self.chosen[0])

    def _show_folder(self) -> None:
        if self.chosen is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.chosen[0].folder)))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
