"""The layer table of the current network, kept up while drawing: shapes, parameters, cost, and the totals beneath."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QStackedLayout,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from blocks.check import Checked
from blocks.cost import training_memory
from designer import numbers
from designer.document import OpenDesign
from designer.panels.elided import Elided
from designer.panels.empty import Empty
from designer.panels.sight import Sight
from designer.panels.summary_model import COLUMNS, Layer, SummaryModel
from designer.theme import Theme

_EMPTY = "Nothing to count yet. Every block appears here with its shape and its cost."
_TEXT_KEY, _CSV_KEY = "Ctrl+C", "Ctrl+Shift+C"
_SETTLE_MS = 60  # dragging a number settles before the table is worked out again


class SummaryPanel(QWidget):
    """Shows one network of the document. `revealed(network, node)` is sent when a row is clicked."""

    revealed = Signal(str, str)

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._network = document, ""
        self._shown: Checked | None = None
        self._stale = True
        self.model = SummaryModel(theme, self)
        self.view = self._make_view()
        self.totals = Elided()
        self._empty = Empty(
            "table", "Nothing to count yet. Every block appears here with its shape and its cost.", theme
        )
        self._sight = Sight(self)
        self._sight.changed.connect(self._catch_up)
        self._lay_out()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        document.changed.connect(self._later)
        self.refresh()

    def _make_view(self) -> QTreeView:
        view = QTreeView()
        view.setModel(self.model)
        view.setUniformRowHeights(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setIconSize(QSize(14, 14))
        view.setIndentation(18)
        view.setAccessibleName("Layers")
        view.header().setStretchLastSection(False)
        view.header().setSectionsMovable(False)
        for place, column in enumerate(COLUMNS):
            view.setColumnWidth(place, column.width)
        view.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        view.header().setMinimumSectionSize(64)
        view.clicked.connect(self._reveal)
        view.activated.connect(self._reveal)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._offer)
        for key, act in ((_TEXT_KEY, self.copy), (_CSV_KEY, self.copy_csv)):
            shortcut = QShortcut(QKeySequence(key), view)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        return view

    def _lay_out(self) -> None:
        table = QWidget()
        column = QVBoxLayout(table)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        rule = QFrame()
        rule.setProperty("role", "line")
        foot = QHBoxLayout()
        foot.setContentsMargins(8, 7, 12, 7)
        foot.addWidget(self.totals, 1)
        column.addWidget(rule)
        column.addLayout(foot)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(table)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.model.set_theme(theme)
        self._empty.set_theme(theme)
        self.view.viewport().update()

    def set_document(self, document: OpenDesign) -> None:
        """Shows a network of another document."""
        self._document.changed.disconnect(self._later)
        self._document = document
        document.changed.connect(self._later)
        self.refresh()

    def set_network(self, network: str) -> None:
        """Shows another network of the document."""
        if network and network != self._network:
            self._network = network
            self._later()

    @property
    def network(self) -> str:
        """The name of the network that is shown: the one asked for, else the first."""
        names = self._document.design.networks
        return self._network if self._network in names else next(iter(names), "")

    # --- keeping up ---------------------------------------------------------------------

    def _later(self, *_: object) -> None:
        self._stale = True
        if self._sight.now and not self._settle.isActive():
            self._settle.start()

    def refresh(self) -> None:
        """Shows the network as it is now; what was opened and selected stays so."""
        self._stale = False
        checked = self._document.verdict.networks.get(self.network)
        self.totals.setText("  ·  ".join(self._totals(checked)) if checked else "")
        if checked is self._shown:
            return
        self._shown = checked
        opened, chosen = self._opened(), self._chosen()
        if self.model.show(checked):
            self._open_again(opened)
            self._choose(chosen)
        self._stack.setCurrentIndex(1 if self.model.rowCount() else 0)

    def _totals(self, checked: Checked) -> Iterator[str]:
        data = self._document.design.data
        batch = data.at_once() if data is not None else 1
        yield f"{checked.parameters:,} trainable of {checked.parameters + checked.buffers:,} parameters"
        yield f"{checked.macs:,} MACs an example"
        memory = training_memory(checked, batch)
        yield f"{numbers.in_bytes(memory.weights)} of weights in float32"
        yield f"{numbers.in_bytes(memory.total)} training memory at batch {batch:,} (estimated)"
        self.totals.setToolTip(
            f"Estimated for float32 and Adam: weights {numbers.in_bytes(memory.parameters)}, gradients as much, "
            f"the optimizer's moments {numbers.in_bytes(memory.optimizer)}, results kept for the backward pass "
            f"{numbers.in_bytes(memory.activations)}"
        )

    def _catch_up(self, seen: bool) -> None:
        if seen and self._stale:
            self.refresh()

    # --- selection ----------------------------------------------------------------------

    def select(self, network: str, nodes: Sequence[str]) -> None:
        """Marks the rows of these nodes, and brings the first into view."""
        self.set_network(network)
        self._catch_up(self._sight.now)
        self._choose([(node,) for node in nodes])

    def _choose(self, paths: Sequence[tuple[str, ...]]) -> None:
        selection = self.view.selectionModel()
        rows = [index for index in map(self.model.find, paths) if index.isValid()]
        selection.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for index in rows:
            selection.select(index, flags)
        if rows:
            self.view.scrollTo(rows[0])

    def _chosen(self) -> list[tuple[str, ...]]:
        return [self.model.path(index) for index in self.view.selectionModel().selectedRows()]

    def _reveal(self, index: QModelIndex) -> None:
        self.revealed.emit(self.network, self.model.outermost(index).name)

    # --- what is open -------------------------------------------------------------------

    def _indexes(self, parent: QModelIndex = QModelIndex()) -> Iterator[QModelIndex]:  # noqa: B008
        """The rows that can be seen by scrolling, from top to bottom."""
        for place in range(self.model.rowCount(parent)):
            index = self.model.index(place, 0, parent)
            yield index
            if self.view.isExpanded(index):
                yield from self._indexes(index)

    def _opened(self) -> set[tuple[str, ...]]:
        return {self.model.path(index) for index in self._indexes() if self.view.isExpanded(index)}

    def _open_again(self, paths: set[tuple[str, ...]]) -> None:
        for path in sorted(paths, key=len):
            index = self.model.find(path)
            if index.isValid():
                self.view.setExpanded(index, True)

    # --- copying ------------------------------------------------------------------------

    # Text only: a QMimeData of Python's that is still on the clipboard at the end brings Qt down.

    def copy(self) -> None:
        """Puts the selected rows, or all where none or one is selected, on the clipboard as text."""
        QApplication.clipboard().setText(self._text())

    def copy_csv(self) -> None:
        """The same as CSV, every number in full."""
        QApplication.clipboard().setText(self._csv())

    def _offer(self, at: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, key, act in (("Copy as text", _TEXT_KEY, self.copy), ("Copy as CSV", _CSV_KEY, self.copy_csv)):
            action = menu.addAction(words)
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(act)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _copied(self) -> list[tuple[int, Layer]]:
        """How deep they lie, and the rows."""
        chosen = set(self._chosen())
        rows = [(self.model.path(index), self.model.layer(index)) for index in self._indexes()]
        return [(len(path) - 1, layer) for path, layer in rows if len(chosen) < 2 or path in chosen]

    def _text(self) -> str:
        """Columns of equal width, numbers at the right."""
        rows = [[column.heading for column in COLUMNS]]
        for depth, layer in self._copied():
            rows.append(["  " * depth + layer.name, *(column.show(layer) for column in COLUMNS[1:])])
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = []
        for row in rows:
            cells = zip(row, widths, COLUMNS, strict=True)
            lines.append("  ".join(t.rjust(w) if column.number else t.ljust(w) for t, w, column in cells).rstrip())
        return "\n".join(lines) + "\n"

    def _csv(self) -> str:
        """Every number in full; memory in bytes."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([column.heading for column in COLUMNS])
        for _, layer in self._copied():
            writer.writerow([(column.value or column.show)(layer) for column in COLUMNS])
        return text.getvalue()
