"""The runs of a folder as rows of a table, each with a box to compare it by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from designer.numbers import duration
from designer.theme import Theme
from runtime.run import Run, RunSummary

Index = QModelIndex | QPersistentModelIndex
ALIVE = {"waiting", "running", "paused", "not responding"}
WORDS = {"waiting": "starting", "dead": "broken off", "failed": "broken off"}
_INKS = {
    "running": "good_text",
    "waiting": "good_text",
    "paused": "warning_text",
    "not responding": "warning_text",
    "dead": "error_text",
    "failed": "error_text",
}
STATE = 2  # the column that has a colour


@dataclass(frozen=True)
class Column:
    """A column: heading, what it tells, its text, what it is sorted by, its width in px."""

    heading: str
    tip: str
    show: Callable[[RunSummary], str]
    key: Callable[[RunSummary], Any]
    width: int
    number: bool = False


def _started(row: RunSummary) -> str:
    today = row.started.date() == date.today()
    return f"today {row.started:%H:%M:%S}" if today else f"{row.started:%Y-%m-%d %H:%M}"


def _epochs(row: RunSummary) -> str:
    return f"{row.epoch} of {row.epochs}" if row.epochs else ""


def _best(row: RunSummary) -> str:
    return "   ".join(f"{name} {value:.4g}" for name, value in row.best.items())


def _seconds(row: RunSummary) -> str:
    return f"{row.seconds:.1f} s" if row.seconds < 60 else duration(row.seconds)


COLUMNS = (
    Column("Started", "When; tick a run to compare its curves", _started, lambda r: r.name, 160),
    Column("Design", "The title of the design, as it was trained", lambda r: r.title,
           lambda r: r.title.casefold(), 240),
    Column("State", "What the run is doing, or how it ended", lambda r: WORDS.get(r.state, r.state),
           lambda r: r.state, 110),
    Column("Epochs", "Reached, of those planned", _epochs, lambda r: r.epoch, 90, True),
    Column("Best", "Measured on the examples held out, at the best epoch", _best,
           lambda r: next(iter(r.best.values()), float("inf")), 280),
    Column("Time", "Time trained", _seconds, lambda r: r.seconds, 90, True),
    Column("Device", "What it was trained on", lambda r: r.device, lambda r: r.device, 90),
)  # fmt: skip


@dataclass
class Records:
    """The summaries of runs, read again only where files of a run have changed or it lives."""

    _held: dict[Path, tuple[tuple[int, ...], RunSummary]] = field(default_factory=dict)
    _rows: list[tuple[Run, RunSummary]] = field(default_factory=list)
    _stamp: int = 0  # when the folder changed last

    def read(self, runs_dir: Path) -> list[tuple[Run, RunSummary]]:
        """The runs of a folder, the newest first."""
        self._stamp = _changed(runs_dir)
        runs = Run.list(runs_dir)
        self._held = {run.folder: self._one(run) for run in runs}
        self._rows = [(run, self._held[run.folder][1]) for run in runs]
        return self._rows

    def read_living(self, runs_dir: Path) -> list[tuple[Run, RunSummary]]:
        """The same, looking only at runs that lived and for new ones: quick among a thousand."""
        if _changed(runs_dir) != self._stamp:
            return self.read(runs_dir)
        fresh = {place: _summary(run) for place, (run, row) in enumerate(self._rows) if row.state in ALIVE}
        if fresh:
            self._rows = [(run, fresh.get(place, row)) for place, (run, row) in enumerate(self._rows)]
        return self._rows

    def _one(self, run: Run) -> tuple[tuple[int, ...], RunSummary]:
        stamp = tuple(_changed(run.folder / name) for name in ("events.jsonl", "worker.json"))
        old = self._held.get(run.folder)
        if old is not None and old[0] == stamp and old[1].state not in ALIVE:
            return old
        return stamp, _summary(run)


def _summary(run: Run) -> RunSummary:
    """The row of a run; a folder in which nothing was ever started does not wait for anything."""
    row = run.summary()
    return replace(row, state="dead") if row.state == "waiting" and run.worker() is None else row


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


class RunsModel(QAbstractTableModel):
    """Rows of runs; only rows that changed are repainted, and what was ticked stays ticked."""

    ticked = Signal(object)  # the list of runs to compare

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self.rows: list[tuple[Run, RunSummary]] = []
        self._given: list[tuple[Run, RunSummary]] = []
        self._ticked: list[Path] = []

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme

    def show(self, rows: list[tuple[Run, RunSummary]]) -> None:
        """Takes the runs as they are now: new ones at the top, as their list has them; else the rows are reset."""
        if rows is self._given:
            return
        self._given = rows
        old, new = [run.name for run, _ in self.rows], [run.name for run, _ in rows]
        more = len(new) - len(old)
        if more > 0 and new[more:] == old:
            self.beginInsertRows(QModelIndex(), 0, more - 1)
            self.rows = rows[:more] + self.rows
            self.endInsertRows()
        elif new != old:
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
        for place, row in enumerate(rows):
            if self.rows[place][1] != row[1]:
                self.rows[place] = row
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(COLUMNS) - 1))

    def compared(self) -> list[Run]:
        """The runs that are ticked."""
        return [run for run, _ in self.rows if run.folder in self._ticked]

    # --- what Qt asks -------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        tickable = Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else Qt.ItemFlag.NoItemFlags
        return super().flags(index) | tickable

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section].heading
            case Qt.ItemDataRole.ToolTipRole:
                return COLUMNS[section].tip
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(COLUMNS[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, (run, row) = COLUMNS[index.column()], self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.show(row)
            case Qt.ItemDataRole.UserRole:
                return column.key(row)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0:
                return Qt.CheckState.Checked if run.folder in self._ticked else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ForegroundRole if index.column() == STATE and row.state in _INKS:
                return QColor(str(getattr(self._theme, _INKS[row.state])))
            case Qt.ItemDataRole.ToolTipRole:
                return column.tip if index.column() == 0 else str(run.folder)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole:
            return False
        folder = self.rows[index.row()][0].folder
        if Qt.CheckState(value) is Qt.CheckState.Checked:
            self._ticked.append(folder)
        else:
            self._ticked.remove(folder)
        self.dataChanged.emit(index, index)
        self.ticked.emit(self.compared())
        return True


def _alignment(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
