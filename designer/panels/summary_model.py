"""The layers of a network as a table that opens: composites and repeated blocks show what is inside when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QIcon

from blocks.check import Checked
from blocks.cost import LayerRow, field_text, share_text, summary
from blocks.graph import Node
from blocks.measure import Row
from designer import icons, numbers
from designer.theme import ROW, Theme

Index = QModelIndex | QPersistentModelIndex
NONE = "–"  # for a count of nothing, so that the numbers stand out


@dataclass(frozen=True)
class Column:
    """A column: heading, what it tells and how it is known, the text of a row in it, and its width in px."""

    heading: str
    tip: str
    show: Callable[[Layer], str]
    width: int
    number: bool = False
    value: Callable[[Layer], object] | None = None  # the same in full, for CSV


@dataclass
class Layer:
    """A row: what is told of it, where it stands, and the rows inside, made when they are asked for."""

    told: LayerRow
    node: Node
    row: Row
    name: str
    parent: int = -1  # -1 for the outermost
    place: int = 0
    inside: list[int] | None = None


def _count(number: int) -> str:
    return f"{number:,}" if number else NONE


def _block(layer: Layer) -> str:
    block, shorthand = layer.node.block, layer.node.block.shorthand()
    times = f"  ×{layer.node.repeat}" if layer.node.repeat > 1 else ""
    if block.role == "network":  # called by its network, as on its card
        return f"{shorthand or 'no network'}{times}"
    return f"{block.label()}  {shorthand}{times}" if shorthand else f"{block.label()}{times}"


COLUMNS = (
    Column("Layer", "The node's name, which is also its name in the code", lambda r: r.name, 220),
    Column("Block", "What it is, with its telling settings", _block, 220),
    Column("Output shape", "Sizes of the result for one example, without the batch. Computed",
           lambda r: r.told.written or "unknown", 130, True),
    Column("Parameters", "Trainable numbers. Computed, shared weights counted where they stand",
           lambda r: _count(r.told.parameters), 110, True, lambda r: r.told.parameters),
    Column("Share", "Of all trainable numbers of the network. Computed",
           lambda r: share_text(r.told.share) or NONE, 80, True, lambda r: r.told.share),
    Column("MACs", "Multiply-accumulates for one example, forward. Computed",
           lambda r: _count(r.told.macs), 120, True, lambda r: r.told.macs),
    Column("Memory", "Results kept for the backward pass, for one example. Computed",
           lambda r: numbers.in_bytes(r.told.activations) if r.told.activations else NONE, 100, True,
           lambda r: r.told.activations),
    Column("Receptive field", "Pixels of the input that one result depends on. Computed; the widest branch counts",
           lambda r: field_text(r.told.field) or NONE, 120, True, lambda r: field_text(r.told.field)),
)  # fmt: skip


class SummaryModel(QAbstractItemModel):
    """The rows of a checked network, in the order in which they run."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._layers: list[Layer] = []
        self._roots: list[int] = []
        self._places: dict[str, int] = {}

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme

    def show(self, checked: Checked | None) -> bool:
        """Shows a network. True where the rows are others than before, and what was opened is closed."""
        told = _outermost(checked) if checked is not None else []
        if self._refreshed(told):
            return False
        self.beginResetModel()
        self._layers, self._roots = [], []
        self._roots = self._added(told, -1)
        self._places = {layer.name: place for place, layer in enumerate(told)}
        self.endResetModel()
        return True

    def _refreshed(self, told: list[Layer]) -> bool:
        """Puts new numbers into the rows that are there, if they are the same rows and none that changed is open."""
        old = [self._layers[i] for i in self._roots]
        if [layer.name for layer in old] != [layer.name for layer in told]:
            return False
        if any(was.inside is not None and was.row is not now.row for was, now in zip(old, told, strict=True)):
            return False
        for was, now in zip(old, told, strict=True):
            if (was.told, was.node) != (now.told, now.node) or was.row is not now.row:
                was.told, was.node, was.row = now.told, now.node, now.row
                self.dataChanged.emit(self.index(was.place, 0), self.index(was.place, len(COLUMNS) - 1))
        return True

    def _added(self, told: list[Layer], parent: int) -> list[int]:
        first = len(self._layers)
        for place, layer in enumerate(told):
            layer.parent, layer.place = parent, place
            self._layers.append(layer)
        return list(range(first, len(self._layers)))

    # --- what Qt asks -------------------------------------------------------------------

    def layer(self, index: Index) -> Layer:
        """The row at an index."""
        return self._layers[index.internalId()]

    def outermost(self, index: Index) -> Layer:
        """The row of the network itself that a row is in."""
        layer = self.layer(index)
        while layer.parent >= 0:
            layer = self._layers[layer.parent]
        return layer

    def find(self, path: Sequence[str]) -> QModelIndex:
        """The row at a path of names; one that is not valid where there is none."""
        found = QModelIndex()
        for depth, name in enumerate(path):
            if depth == 0:
                place = self._places.get(name, -1)
            else:
                places = (
                    self._layers[number].place for number in self._inside(found) if self._layers[number].name == name
                )
                place = next(places, -1)
            found = self.index(place, 0, found)
            if not found.isValid():
                break
        return found

    def path(self, index: Index) -> tuple[str, ...]:
        """The names from the network down to a row."""
        layer, names = self.layer(index), [self.layer(index).name]
        while layer.parent >= 0:
            layer = self._layers[layer.parent]
            names.append(layer.name)
        return tuple(reversed(names))

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        rows = self._inside(parent)
        return self.createIndex(row, column, rows[row]) if 0 <= row < len(rows) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        if not index.isValid() or self.layer(index).parent < 0:
            return QModelIndex()
        number = self.layer(index).parent
        return self.createIndex(self._layers[number].place, 0, number)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self._inside(parent)) if parent.column() <= 0 else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        if not parent.isValid():
            return bool(self._roots)
        row = self.layer(parent).row
        return parent.column() == 0 and bool(row.copies or row.inside)

    def _inside(self, parent: Index) -> list[int]:
        if not parent.isValid():
            return self._roots
        layer = self.layer(parent)
        if layer.inside is None:
            layer.inside = self._added(list(_opened(layer)), parent.internalId())
        return layer.inside

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = COLUMNS[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.heading
            case Qt.ItemDataRole.ToolTipRole:
                return column.tip
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column, layer = COLUMNS[index.column()], self.layer(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.show(layer)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(column.width, ROW)
            case Qt.ItemDataRole.DecorationRole if index.column() == 0:
                return self._icon(layer)
            case Qt.ItemDataRole.ForegroundRole:
                return self._ink(index.column(), layer)
            case Qt.ItemDataRole.ToolTipRole:
                return _told(column, layer)
        return None

    def _icon(self, layer: Layer) -> QIcon:
        block = layer.node.block
        colour = self._theme.category_colour(block.category, block.composite or block.role == "network")
        return QIcon(icons.pixmap(icons.block_icon(block), colour, 14, 2.0))

    def _ink(self, column: int, layer: Layer) -> QColor | None:
        if layer.row.problem is not None and column in (0, 2):
            return QColor(self._theme.error_text)
        quiet = column == 1 or COLUMNS[column].show(layer) in (NONE, "unknown")
        return QColor(self._theme.muted) if quiet else None


def _alignment(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _told(column: Column, layer: Layer) -> str:
    problem = layer.row.problem
    if problem is not None:
        return f"{layer.name} expects {problem.expected}, received {problem.received}"
    if column.heading == "Parameters" and layer.told.total != layer.told.parameters:
        return f"{layer.told.total - layer.told.parameters:,} more are kept but not trained"
    return ""


def _outermost(checked: Checked) -> list[Layer]:
    rows, nodes = checked.rows, checked.graph.nodes
    return [Layer(told, nodes[told.node], rows[told.node], told.node) for told in summary(checked)]


def _opened(layer: Layer) -> Iterator[Layer]:
    """The copies of a repeated block, or the nodes inside a composite or network."""
    part = layer.told.share / layer.row.parameters if layer.row.parameters else 0.0  # of one number
    for number, copy in enumerate(layer.row.copies, start=1):
        yield _inner(layer.told.node, Node(layer.node.block), copy, f"copy {number}", part)
    inside = layer.row.inside
    if inside is not None:
        for name in inside.graph.structure.order:
            node = inside.graph.nodes[name]
            if node.block.role not in ("input", "output"):
                yield _inner(name, node, inside.rows[name], name, part)


def _inner(node: str, placed: Node, row: Row, name: str, part: float) -> Layer:
    """A row inside another. Its receptive field would not be counted from the network's input, so none is told."""
    shape, total = row.outputs[0] if row.outputs else None, row.parameters + row.buffers
    counts = row.parameters, total, row.macs, row.activations
    told = LayerRow(node, placed.block.kind(), shape, *counts, None, part * row.parameters)
    return Layer(told, placed, row, name)
