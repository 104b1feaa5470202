"""All runs of a folder: what they were, how they ended, those still alive; follow, compare, stop, resume, open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMargins, QSortFilterProxyModel, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from designer.panels.empty import Empty
from designer.panels.flow import Flow
from designer.panels.runs_model import ALIVE, COLUMNS, Records, RunsModel
from designer.panels.sight import Sight
from designer.theme import ROW, Theme
from runtime.run import Run, RunSummary

_REFRESH_MS, _THOROUGH = 1000, 10  # every tenth look is at all runs
_EMPTY = "No runs yet. Press ▶ Train, and every training stays here with its curves."
_CHOOSE = "Choose a run first"


class RunsPanel(QWidget):
    """The table of runs and what can be done with the chosen one."""

    followed = Signal(object)  # Run: show its curves, live where it is alive
    compared = Signal(object)  # list of Runs: show their curves behind
    resumed = Signal(object)  # Run: go on from the last checkpoint
    stopped = Signal(object)  # Run
    opened = Signal(object)  # Run: open the design as it was

    def __init__(self, runs_dir: Path, theme: Theme) -> None:
        super().__init__()
        self.runs_dir = runs_dir
        self._records, self._looks = Records(), 0
        self.model = RunsModel(theme, self)
        self.model.ticked.connect(self.compared)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(Qt.ItemDataRole.UserRole)
        self.view = self._make_view()
        self.empty = Empty("history", _EMPTY, theme)
        self.buttons = {
            "follow": self._button("Show curves", "Show the curves of this run, live while it trains", self.followed),
            "stop": self._button("Stop", "Finish the step under way, save and end", self.stopped),
            "resume": self._button("Resume", "Go on from the last checkpoint", self.resumed),
            "open": self._button("Open design", "Open the design as it was trained", self.opened),
        }
        self.folder = QPushButton("Show folder")
        self.folder.setToolTip("Show the files of this run: design, code, checkpoints, events")
        self.folder.clicked.connect(self._show_folder)
        self._lay_out()
        self._timer = QTimer(self, interval=_REFRESH_MS)
        self._timer.timeout.connect(self._look_again)
        self._sight = Sight(self)
        self._sight.changed.connect(self._watch)
        self.refresh()

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setModel(self._sorted)
        view.setSortingEnabled(True)
        view.sortByColumn(0, Qt.SortOrder.DescendingOrder)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(ROW)
        head = view.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setHighlightSections(False)
        for place, column in enumerate(COLUMNS):
            view.setColumnWidth(place, column.width)
        head.setStretchLastSection(True)
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
        table = QWidget()
        actions = Flow(QMargins(8, 8, 16, 6), 8)
        for button in (*self.buttons.values(), self.folder):
            actions.addWidget(button)
        layout = QVBoxLayout(table)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(actions)
        layout.addWidget(self.view, 1)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(table)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.model.set_theme(theme)
        self.empty.set_theme(theme)
        self.view.viewport().update()

    # --- keeping up ---------------------------------------------------------------------

    def refresh(self) -> None:
        """Reads the folder again."""
        self._show(self._records.read(self.runs_dir))

    def _look_again(self) -> None:
        """Looks at the living runs every second, at all of them now and then: somebody may have resumed one."""
        self._looks += 1
        every = self._looks % _THOROUGH == 0
        self._show((self._records.read if every else self._records.read_living)(self.runs_dir))

    def _show(self, rows: list[tuple[Run, RunSummary]]) -> None:
        chosen = self.chosen
        self.model.show(rows)
        if chosen is not None and self.chosen is None:
            self.choose(chosen[0])
        self._stack.setCurrentIndex(1 if self.model.rows else 0)
        self._enable()

    def _watch(self, seen: bool) -> None:
        if seen:
            self.refresh()
            self._timer.start()
        else:
            self._timer.stop()

    # --- the chosen run -----------------------------------------------------------------

    @property
    def chosen(self) -> tuple[Run, RunSummary] | None:
        """The selected run."""
        rows = self.view.selectionModel().selectedRows()
        return self.model.rows[self._sorted.mapToSource(rows[0]).row()] if rows else None

    def choose(self, run: Run) -> None:
        """Selects a run."""
        for place, (each, _) in enumerate(self.model.rows):
            if each.folder == run.folder:
                self.view.selectRow(self._sorted.mapFromSource(self.model.index(place, 0)).row())

    def alive(self) -> list[Run]:
        """The runs that still train, whoever started them."""
        return [run for run, row in self.model.rows if row.state in ALIVE]

    def _enable(self, *_: object) -> None:
        chosen = self.chosen
        state = chosen[1].state if chosen else ""
        ended_early = bool(state) and state not in ALIVE and state != "finished"
        why = {
            "follow": "" if chosen else _CHOOSE,
            "open": "" if chosen else _CHOOSE,
            "stop": "" if state in ALIVE else "Only a run that still trains can be stopped" if chosen else _CHOOSE,
            "resume": "" if ended_early else "Only a run that ended early can go on" if chosen else _CHOOSE,
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
