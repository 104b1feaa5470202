"""A design as a tree: its networks, their nodes, and what is inside of composites; it changes row by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon

from blocks.any_length import Sizes, lengths
from blocks.check import Checked, Diagnostic
from blocks.graph import Graph, Node
from blocks.measure import Row
from blocks.shape import dotted
from designer import icons
from designer.sought import Found, Test
from designer.theme import ROW, Theme

Index = QModelIndex | QPersistentModelIndex
Problems = Mapping[str, Sequence[Diagnostic]]
HEADINGS = ("Name", "Block", "Settings", "Output shape", "Parameters", "Problem")
WIDTHS = (220, 130, 170, 120, 100, 320)
NAME, BLOCK, SETTINGS, SHAPE, PARAMETERS, PROBLEM = range(len(HEADINGS))
_RANKS = {"advice": 0, "warning": 1, "error": 2}


@dataclass(frozen=True)
class Told:
    """What a row says: of a node, or where there is none, of a network."""

    name: str
    node: Node | None = None
    row: Row | None = None
    problems: tuple[Diagnostic, ...] = ()
    checked: Checked | None = None
    shape: str = ""  # what leaves the node, where that goes with the length of a row

    def same(self, other: Told) -> bool:
        """Whether nothing that is shown differs."""
        known = self.node is other.node and self.row is other.row and self.checked is other.checked
        return known and (self.name, self.problems, self.shape) == (other.name, other.problems, other.shape)


@dataclass
class Entry:
    """A row: what it says, where it stands, and the rows inside, made when they are asked for."""

    told: Told
    parent: int
    place: int = 0
    inside: list[int] | None = None


class OutlineModel(QAbstractItemModel):
    """The rows of a design. `show` touches only what differs from what is shown."""

    rename_wanted = Signal(object, str)  # the path to a row, from its network on, and the name typed

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: dict[int, Entry] = {0: Entry(Told(""), -1, 0, [])}
        self._next = 1
        self._networks: Mapping[str, Checked] = {}
        self._problems: dict[str, dict[str, list[Diagnostic]]] = {}
        self._test: Test | None = None
        self._calm: set[str] = set()  # networks of which nothing else is said than before

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme

    def show(self, networks: Mapping[str, Checked], problems: Sequence[Diagnostic]) -> None:
        """Shows the networks of a design with what is wrong with them."""
        before, self._networks, self._problems = self._problems, networks, {}
        for problem in problems:
            self._problems.setdefault(problem.network, {}).setdefault(problem.node, []).append(problem)
        self._calm = {name for name in networks if self._problems.get(name) == before.get(name)}
        self._sync(0)

    def filter(self, test: Test | None) -> None:
        """Shows only the nodes that pass a test, and what they are in; all of them where there is none."""
        self._test, self._calm = test, set()
        self._sync(0)

    def shown(self) -> list[str]:
        """The names of the networks, in order."""
        return [self._entries[number].told.name for number in self._entries[0].inside or ()]

    def matching(self) -> int:
        """How many nodes of the networks are shown."""
        return sum(len(self._children(number)) for number in self._children(0))

    def _wanted(self, number: int) -> list[Told]:
        """What the rows inside a row have to say now."""
        told = self._entries[number].told
        if number == 0:
            return [Told(name, checked=checked) for name, checked in self._networks.items()]
        if told.checked is not None:
            said = self._problems.get(told.name, {})
            varying = lengths(told.checked).sizes
            return [_lettered(each, varying) for each in self._nodes(told.checked.graph, told.checked.rows, said)]
        inside = told.row.inside if told.row is not None else None
        return list(self._nodes(inside.graph, inside.rows, {})) if inside is not None else []

    def _nodes(self, graph: Graph, rows: Mapping[str, Row], said: Problems) -> Iterator[Told]:
        order = graph.structure.order
        names = order if len(order) == len(graph.nodes) else (*order, *(n for n in graph.nodes if n not in set(order)))
        for name in names:
            told = Told(name, graph.nodes[name], rows.get(name), tuple(said.get(name, ())))
            if self._test is None or self._holds(told):
                yield told

    def _holds(self, told: Told) -> bool:
        """Whether a node passes the test, or one within it."""
        assert self._test is not None
        assert told.node is not None
        if self._test(Found(told.name, told.node, told.row, told.problems)):
            return True
        inside = told.row.inside if told.row is not None and told.node.block.composite else None
        if inside is None:
            return False
        return any(self._holds(Told(n, each, inside.rows.get(n))) for n, each in inside.graph.nodes.items())

    # Keeping up, row by row

    def _sync(self, number: int) -> None:
        """Brings the rows inside a row up to what they have to say, where they were ever made."""
        entry = self._entries[number]
        if entry.inside is None:
            return
        wanted = self._wanted(number)
        old = [self._entries[child].told.name for child in entry.inside]
        new = [told.name for told in wanted]
        first, last = _differing(old, new)
        if last[0] - first != 1 or last[1] - first != 1:  # one for one is a name that changed
            self._remove(number, first, last[0])
            self._insert(number, first, wanted[first : last[1]])
        self._retell(number, wanted)

    def _remove(self, number: int, first: int, end: int) -> None:
        if first == end:
            return
        entry = self._entries[number]
        assert entry.inside is not None
        self.beginRemoveRows(self._index_of(number), first, end - 1)
        gone, entry.inside[first:end] = entry.inside[first:end], []
        self._renumber(number, first)
        self.endRemoveRows()
        for child in gone:
            self._forget(child)

    def _forget(self, number: int) -> None:
        for child in self._entries.pop(number).inside or ():
            self._forget(child)

    def _insert(self, number: int, first: int, told: Sequence[Told]) -> None:
        if not told:
            return
        entry = self._entries[number]
        assert entry.inside is not None
        self.beginInsertRows(self._index_of(number), first, first + len(told) - 1)
        entry.inside[first:first] = self._made(number, told)
        self._renumber(number, first)
        self.endInsertRows()

    def _made(self, number: int, told: Sequence[Told]) -> list[int]:
        numbers = list(range(self._next, self._next + len(told)))
        self._next += len(told)
        for child, each in zip(numbers, told, strict=True):
            self._entries[child] = Entry(each, number)
        return numbers

    def _renumber(self, number: int, first: int) -> None:
        inside = self._entries[number].inside or []
        for place in range(first, len(inside)):
            self._entries[inside[place]].place = place

    def _retell(self, number: int, wanted: Sequence[Told]) -> None:
        """Says what changed in rows that stay, in as few words as there are runs of them."""
        inside, changed = self._entries[number].inside or [], list[int]()
        for place, (child, told) in enumerate(zip(inside, wanted, strict=True)):
            entry = self._entries[child]
            if number == 0 and told.name in self._calm and entry.told.same(told):
                continue
            if not entry.told.same(told):
                entry.told = told
                changed.append(place)
            if entry.inside is not None:
                self._sync(child)
        parent = self._index_of(number)
        for first, last in _runs(changed):
            self.dataChanged.emit(self.index(first, 0, parent), self.index(last, len(HEADINGS) - 1, parent))

    # Where

    def path(self, index: Index) -> tuple[str, ...]:
        """The names from the network down to a row."""
        names: list[str] = []
        number = index.internalId() if index.isValid() else 0
        while number > 0:
            names.append(self._entries[number].told.name)
            number = self._entries[number].parent
        return tuple(reversed(names))

    def told(self, index: Index) -> Told:
        """What the row at an index says."""
        return self._entries[index.internalId()].told

    def find(self, path: Sequence[str]) -> QModelIndex:
        """The row at a path of names; one that is not valid where there is none."""
        number = 0
        for name in path:
            children = self._children(number)
            number = next((child for child in children if self._entries[child].told.name == name), -1)
            if number < 0:
                return QModelIndex()
        return self._index_of(number)

    def places(self, path: Sequence[str], names: Sequence[str]) -> list[int]:
        """The rows of some nodes within a row, in order."""
        parent = self.find(path)
        wanted = set(names)
        if not parent.isValid() or not wanted:
            return []
        children = self._children(parent.internalId())
        return [place for place, child in enumerate(children) if self._entries[child].told.name in wanted]

    def _index_of(self, number: int) -> QModelIndex:
        return self.createIndex(self._entries[number].place, 0, number) if number > 0 else QModelIndex()

    def _children(self, number: int) -> list[int]:
        entry = self._entries[number]
        if entry.inside is None:
            entry.inside = self._made(number, self._wanted(number))
            self._renumber(number, 0)
        return entry.inside

    # What Qt asks

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        rows = self._children(parent.internalId() if parent.isValid() else 0)
        return self.createIndex(row, column, rows[row]) if 0 <= row < len(rows) else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        return self._index_of(self._entries[index.internalId()].parent) if index.isValid() else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if parent.column() > 0:
            return 0
        return len(self._children(parent.internalId() if parent.isValid() else 0))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(HEADINGS)

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        if not parent.isValid():
            return bool(self._networks)
        told = self.told(parent)
        if told.checked is not None:
            return parent.column() == 0 and bool(told.checked.graph.nodes)
        opens = told.node is not None and told.node.block.composite and told.row is not None
        return parent.column() == 0 and opens and told.row is not None and told.row.inside is not None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        named = index.column() == NAME and len(self.path(index)) <= 2
        return plain | Qt.ItemFlag.ItemIsEditable if named else plain

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Asks for the name that was typed; the row changes when the design has."""
        if role == Qt.ItemDataRole.EditRole and str(value).strip() not in ("", self.told(index).name):
            self.rename_wanted.emit(self.path(index), str(value).strip())
        return False

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return HEADINGS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        told, column = self.told(index), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return _text(told, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(WIDTHS[column], ROW)
            case Qt.ItemDataRole.DecorationRole if column == NAME and told.node is not None:
                return self._icon(told.node)
            case Qt.ItemDataRole.ForegroundRole:
                return self._ink(told, column)
            case Qt.ItemDataRole.FontRole if told.node is None and column == NAME:
                return _bold()
            case Qt.ItemDataRole.ToolTipRole:
                return _tip(told, column)
        return None

    def _icon(self, node: Node) -> QIcon:
        colour = self._theme.category_colour(node.block.category, node.block.composite)
        return QIcon(icons.pixmap(icons.block_icon(node.block), colour, 14, 2.0))

    def _ink(self, told: Told, column: int) -> QColor | None:
        worst = _worst(told)
        if column == PROBLEM and worst is not None:
            return QColor(
                {"error": self._theme.error_text, "warning": self._theme.warning}.get(worst.level, self._theme.muted)
            )
        if told.node is not None and told.node.muted:
            return QColor(self._theme.hint)
        return QColor(self._theme.muted) if column in (BLOCK, SETTINGS) else None


def _differing(old: Sequence[str], new: Sequence[str]) -> tuple[int, tuple[int, int]]:
    """Where two lists begin to differ, and where in each they end to."""
    first, shorter = 0, min(len(old), len(new))
    while first < shorter and old[first] == new[first]:
        first += 1
    same = 0
    while same < shorter - first and old[-1 - same] == new[-1 - same]:
        same += 1
    return first, (len(old) - same, len(new) - same)


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rows in a row, from the first to the last."""
    begin = 0
    for i in range(1, len(places) + 1):
        if i == len(places) or places[i] != places[i - 1] + 1:
            yield places[begin], places[i - 1]
            begin = i


def _text(told: Told, column: int) -> str:
    if told.node is None:
        return _of_network(told, column)
    block = told.node.block
    match column:
        case 0:
            return told.name
        case 1:
            return block.label() + (f"  ×{told.node.repeat}" if told.node.repeat > 1 else "")
        case 2:
            return block.shorthand()
        case 3:
            return told.shape or _shape(told.row)
        case 4:
            return f"{told.row.parameters:,}" if told.row is not None and told.row.parameters else ""
    worst = _worst(told)
    return worst.message if worst is not None else ""


def _of_network(told: Told, column: int) -> str:
    checked = told.checked
    if column == NAME or checked is None:
        return told.name if column == NAME else ""
    count = len(checked.graph.nodes)
    words = {BLOCK: f"{count:,} node" + ("s" if count != 1 else ""), PARAMETERS: f"{checked.parameters:,}"}
    return words.get(column, "")


def _lettered(told: Told, varying: Mapping[tuple[str, int], Sizes]) -> Told:
    """The same with letters in the shapes that go with the length of a row."""
    outputs = told.row.outputs if told.row is not None else ()
    if not varying or not any((told.name, slot) in varying for slot in range(len(outputs))):
        return told
    plain = (shape.sizes if shape is not None else ("unknown",) for shape in outputs)
    sizes = (varying.get((told.name, slot), known) for slot, known in enumerate(plain))
    return replace(told, shape=",  ".join(map(dotted, sizes)))


def _shape(row: Row | None) -> str:
    if row is None or not row.outputs:
        return ""
    return ",  ".join(dotted(shape.sizes) if shape is not None else "unknown" for shape in row.outputs)


def _worst(told: Told) -> Diagnostic | None:
    if told.problems:
        return max(told.problems, key=lambda problem: _RANKS[problem.level])
    broken = told.row.problem if told.row is not None else None
    return Diagnostic("error", told.name, f"expects {broken.expected}, received {broken.received}") if broken else None


def _tip(told: Told, column: int) -> str:
    if column == PROBLEM:
        return "\n".join(problem.message for problem in told.problems)
    return type(told.node.block).summary() if told.node is not None and column == BLOCK else ""


def _side(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in (SHAPE, PARAMETERS) else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _bold() -> QFont:
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold)
    return font
