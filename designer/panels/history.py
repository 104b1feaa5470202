"""The history: every step in words, where it happened and when; a click goes there, over many steps at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QWidget

from designer.document import Change, OpenDesign
from designer.icons import icon
from designer.panels.sight import Sight
from designer.theme import ROW, Theme, fonts

Index = QModelIndex | QPersistentModelIndex
_HEADINGS = ("Step", "Network", "Time")
_STEP, _NETWORK, _TIME = range(3)
_WIDTHS = {_NETWORK: 200, _TIME: 96}  # the words have the rest
_START = "The beginning"
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class HistoryModel(QAbstractTableModel):
    """A row for the beginning and one for each step; the row of what is done last is `position`."""

    def __init__(self, document: OpenDesign, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._document, self._theme = document, theme
        self._steps: tuple[Change, ...] = ()
        self.position, self.saved = 0, document.saved_position

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self._repaint()

    def refresh(self) -> None:
        """Takes the history as it is now: rows come and go only at the end, so that the list stays where it is."""
        old, new = self._steps, self._document.steps
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a is not b), min(len(old), len(new)))
        if len(old) > same:
            self.beginRemoveRows(QModelIndex(), same + 1, len(old))
            self._steps = old[:same]
            self.endRemoveRows()
        if len(new) > same:
            self.beginInsertRows(QModelIndex(), same + 1, len(new))
            self._steps = new
            self.endInsertRows()
        self.position, self.saved = self._document.position, self._document.saved_position
        self._repaint()

    def _repaint(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._steps), len(_HEADINGS) - 1))

    # --- what Qt asks -------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._steps) + 1

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(_HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        horizontal = orientation is Qt.Orientation.Horizontal
        return _HEADINGS[section] if horizontal and role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(row, column)
            case Qt.ItemDataRole.DecorationRole if column == _STEP:
                return self._mark(row)
            case Qt.ItemDataRole.ForegroundRole if row > self.position or column != _STEP:
                return QColor(self._theme.hint)
            case Qt.ItemDataRole.FontRole:
                return self._font(row)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._state(row)
        return None

    def _words(self, row: int, column: int) -> str:
        if row == 0:
            return _START if column == _STEP else ""
        step = self._steps[row - 1]
        if column == _STEP:
            return step.label
        if column == _TIME:
            return f"{datetime.fromtimestamp(step.at):%H:%M:%S}"
        return ", ".join(step.networks)

    def _mark(self, row: int) -> QIcon | QColor:
        if row == self.position:
            return icon("chevron-right", self._theme, "accent_text")
        return icon("save", self._theme, "muted") if row == self.saved else QColor(Qt.GlobalColor.transparent)

    def _font(self, row: int) -> QFont:
        font = fonts().strong if row == self.position else fonts().body
        font.setItalic(row > self.position)
        return font

    def _state(self, row: int) -> str:
        here = "The design is here now." if row == self.position else "Undone." if row > self.position else "Done."
        saved = " The file holds it like this." if row == self.saved else ""
        way = (
            ""
            if row == self.position
            else f" Click or press Enter to go {'on' if row > self.position else 'back'} here."
        )
        return f"{here}{saved}{way}"


class HistoryPanel(QWidget):
    """The list of steps. Where a person wants to be leaves through `wanted`: how many steps are to be done."""

    wanted = Signal(int)

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self.model = HistoryModel(document, theme, self)
        self.view = _List(self._want)
        self.view.setModel(self.model)
        for column, width in _WIDTHS.items():
            self.view.setColumnWidth(column, width)
        self.view.horizontalHeader().setSectionResizeMode(_STEP, QHeaderView.ResizeMode.Stretch)
        self.view.clicked.connect(self._clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 0, 0)
        row.addWidget(self.view)
        self._sight = Sight(self)
        self._sight.changed.connect(self._follow)
        document.history_changed.connect(self._follow)
        document.file_changed.connect(self._follow)
        self._follow()

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.model.set_theme(theme)

    def _follow(self, *_: object) -> None:
        """Shows the history as it is now; a list that nobody sees waits until it is looked at."""
        if not self._sight.now:
            return
        self.model.refresh()
        here = self.model.index(self.model.position, 0)
        self.view.setCurrentIndex(here)
        self.view.scrollTo(here)

    def _clicked(self, index: QModelIndex) -> None:
        self._want(index.row())

    def _want(self, position: int) -> None:
        if position != self.model.position:
            self.wanted.emit(position)


class _List(QTableView):
    """Rows of one height; the arrows look about, Enter and Space go there."""

    def __init__(self, want: Callable[[int], None]) -> None:
        super().__init__()
        self._want = want
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setHighlightSections(False)
        self.setAccessibleName("History")
        self.setAccessibleDescription("Every step; the arrows look about, Enter goes there.")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _KEYS:
            self._want(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
