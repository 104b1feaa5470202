"""The outline: the whole design as a table that opens, for those who would rather read and type than look and drag."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from designer import actions
from designer.document import OpenDesign
from designer.panels.outline_model import HEADINGS, PROBLEM, WIDTHS, OutlineModel
from designer.panels.sight import Sight
from designer.scene import Place
from designer.sought import test_of
from designer.theme import GAP, Theme

_SETTLE_MS = 60  # dragging a number settles before the table is worked out again
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class OutlinePanel(QWidget):
    """Every network, node and inside of the document, with filter, selection and names to be edited."""

    chosen = Signal(object, object)  # the Place, and the names of the nodes selected by hand
    opened = Signal(object, str)  # a node that should be looked at on the canvas
    applied = Signal(str, object, str)  # words, an edit of the design, and what it may merge with

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document = document
        self._stale = True
        self._wish: tuple[Place, tuple[str, ...]] = Place(), ()
        self.model = OutlineModel(theme, self)
        self.view, self.field, self.count = OutlineView(), QLineEdit(), QLabel()
        self._lay_out()
        self._sight = Sight(self)
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._connect()

    def _lay_out(self) -> None:
        self.field.setPlaceholderText("Filter: name, block, kernel_size=5, 64x28x28, error")
        self.field.setAccessibleName("Filter the outline")
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(420)
        self.count.setProperty("role", "small")
        self.view.setModel(self.model)
        header = self.view.header()
        for column, width in enumerate(WIDTHS):
            self.view.setColumnWidth(column, width)
        header.setSectionResizeMode(PROBLEM, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(72)
        head = QHBoxLayout()
        head.setContentsMargins(8, GAP, 12, GAP - 2)
        head.setSpacing(12)
        head.addWidget(self.field, 1)
        head.addWidget(self.count)
        head.addStretch(1)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(12, 0, 0, 0)
        column_.setSpacing(0)
        column_.addLayout(head)
        column_.addWidget(self.view, 1)

    def _connect(self) -> None:
        self._sight.changed.connect(self._catch_up)
        self._settle.timeout.connect(self.refresh)
        self._document.changed.connect(self._later)
        self.field.textEdited.connect(self._filter)
        self.field.returnPressed.connect(self._into_list)
        self.view.handled.connect(self._tell)
        self.view.entered_on.connect(self._open)
        self.model.rename_wanted.connect(self._rename)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.model.set_theme(theme)
        self.view.viewport().update()

    # Keeping up

    def _later(self, *_: object) -> None:
        self._stale = True
        if self._sight.now and not self._settle.isActive():
            self._settle.start()

    def _catch_up(self, seen: bool) -> None:
        if seen and self._stale:
            self.refresh()

    def refresh(self) -> None:
        """Shows the design as it is now; what was opened and selected stays so."""
        self._stale = False
        before = set(self.model.shown())
        verdict = self._document.verdict
        self.model.show(verdict.networks, verdict.diagnostics)
        for row, name in enumerate(self.model.shown()):
            if name not in before:
                self.view.setExpanded(self.model.index(row, 0), True)
        self._mark()
        self._count()

    def _open_networks(self) -> None:
        for row in range(self.model.rowCount()):
            self.view.setExpanded(self.model.index(row, 0), True)

    def _count(self) -> None:
        shown, plural = self.model.matching(), self.model.rowCount() != 1
        nodes = f"{shown:,} node" + ("s" if shown != 1 else "")
        where = f" in {self.model.rowCount():,} networks" if plural else ""
        self.count.setText(f"{nodes} {'found' if self.field.text().strip() else ''}{where}".replace("  ", " ").strip())

    def _filter(self, text: str) -> None:
        self._catch_up(True)
        self.model.filter(test_of(text))
        self._open_networks()
        self._count()

    def _into_list(self) -> None:
        """Enter goes from the filter to the first node that was found."""
        for row in range(self.model.rowCount()):
            first = self.model.index(0, 0, self.model.index(row, 0))
            if first.isValid():
                self.view.setCurrentIndex(first)
                self.view.setFocus(Qt.FocusReason.OtherFocusReason)
                self._tell()
                return

    # Selection, one way and the other

    def select(self, place: Place, nodes: Sequence[str]) -> None:
        """Marks the rows of what is selected on the canvas, and brings the first into view."""
        self._wish = place, tuple(nodes)
        if self._sight.now and not self._stale:
            self._mark()

    def _mark(self) -> None:
        place, nodes = self._wish
        path = (place.network, *place.path)
        at, marked = self.selected()
        if not place.network or (at == place and set(marked) == set(nodes)):
            return
        rows = self.model.places(path, nodes)
        parent = self.model.find(path)
        chosen = QItemSelection()
        for row in rows:
            chosen.select(self.model.index(row, 0, parent), self.model.index(row, len(HEADINGS) - 1, parent))
        model = self.view.selectionModel()
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            first = self.model.index(rows[0], 0, parent)
            model.setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(first)

    def selected(self) -> tuple[Place, tuple[str, ...]]:
        """The place and nodes of the rows that are marked: those beside the row at hand."""
        model = self.view.selectionModel()
        rows = model.selectedRows()
        if not rows:
            return Place(), ()
        at = (
            model.currentIndex()
            if model.isRowSelected(model.currentIndex().row(), model.currentIndex().parent())
            else rows[0]
        )
        path = self.model.path(at)
        if len(path) == 1:
            return Place(path[0]), ()
        beside = [row for row in rows if row.parent() == at.parent()]
        names = tuple(self.model.told(row).name for row in sorted(beside, key=QModelIndex.row))
        return Place(path[0], path=path[1:-1]), names

    def _tell(self) -> None:
        place, nodes = self.selected()
        if place.network:
            self._wish = place, nodes
            self.chosen.emit(place, nodes)

    def _open(self) -> None:
        place, nodes = self.selected()
        if place.network:
            self.opened.emit(place, nodes[0] if nodes else "")

    def _rename(self, path: tuple[str, ...], name: str) -> None:
        if len(path) == 1:
            self.applied.emit(f"Rename the network {path[0]} to {name}", actions.renamed_network(path[0], name), "")
        else:
            self.applied.emit(f"Rename {path[1]} to {name}", actions.renamed(path[0], path[1], name), "")


class OutlineView(QTreeView):
    """A tree that says when a hand or a key was in it, and Enter."""

    handled = Signal()
    entered_on = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(18)
        self.setIconSize(QSize(14, 14))
        self.setAccessibleName("Outline of the design")
        self.header().setStretchLastSection(False)
        self.header().setSectionsMovable(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.state() != QAbstractItemView.State.EditingState:
            self.entered_on.emit()
            return
        super().keyPressEvent(event)
        self.handled.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.handled.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        self.entered_on.emit()
