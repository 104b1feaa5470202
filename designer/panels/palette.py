"""The palette: every block of the catalogue by category, to search, drag or add."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.ends import Input, Use
from blocks.graph import Graph
from blocks.nesting import within
from designer.document import OpenDesign
from designer.icons import pixmap
from designer.theme import GAP, ROW, Theme, fonts
from runtime.by_hand import fields_left, fits_step
from runtime.design import Design
from runtime.variables import uses

MIME = "application/x-layerwright-block"
RECENT, NETWORKS, FIELDS = "Recent", "Networks of this design", "Fields of the data"
ORDER = (
    "Input and output",
    "Convolution",
    "Pooling",
    "Normalization",
    "Activation",
    "Linear",
    "Recurrent",
    "Attention",
    "Join and reshape",
    "Arithmetic",
    "Regularization",
    "Units",
    "Residual",
    "Inception",
    "Dense",
    "Squeeze and excite",
    "Mobile",
    "Context",
    "Energy",
    "Sampling",
    "Loss and metric",
    NETWORKS,
)
# What a training step is made of, in order; what has weights of its own would be refused in it.
_IN_STEP = (
    FIELDS,
    NETWORKS,
    "Sampling",
    "Loss and metric",
    "Arithmetic",
    "Join and reshape",
    "Activation",
    "Regularization",
)
_OPEN_IN_STEP = _IN_STEP[:4]
_OPEN_AT_FIRST = ("Convolution", "Residual")
_MOST_RECENT = 5
_NARROWEST = 176  # px
_ENTRY = Qt.ItemDataRole.UserRole
_CHEVRON, _BAR = QSize(16, 16), QSize(26, 16)


@dataclass(frozen=True)
class Entry:
    """One line of the palette: a block with the settings it is placed with."""

    block: Block
    label: str
    category: str
    used: int = 0  # times that the network stands in others
    name: str = ""  # the one that its node must have

    @property
    def told(self) -> str:
        """Its line: a network says how often it is used."""
        often = "once" if self.used == 1 else f"{self.used:,} times"
        return f"{self.label} · used {often}" if self.used else self.label

    @property
    def words(self) -> str:
        """Everything it can be found by."""
        kind = type(self.block)
        return f"{self.label} {kind.kind()} {kind.keywords} {self.category}".lower()

    def mime(self) -> QMimeData:
        """What is dragged: the block's kind and its settings as JSON."""
        held = {"block": type(self.block).kind(), "settings": self.block.stored()}
        held |= {"name": self.name} if self.name else {}
        data = QMimeData()
        data.setData(MIME, json.dumps(held).encode())
        return data


def _use_of(name: str, graph: Graph) -> Use:
    """A network as a block; one that holds delays can only be used at every step."""
    return Use(name, graph.inputs() or ("x",), graph.outputs() or ("y",), over_time=bool(graph.delays()))


def entries(design: Design, network: str, step: str = "") -> list[Entry]:
    """Everything that can be placed into `network`, in the order of the palette: no network in which it stands.

    Without one, what the training step of the phase `step` can be made of.
    """
    often = uses(design)
    known = [Entry(made(), made.label(), made.category) for made in CATALOGUE if made.role != "network"]
    used = [
        Entry(_use_of(name, graph), name, NETWORKS, often.get(name, 0))
        for name, graph in design.networks.items()
        if name != network and network not in within(graph, design.networks)
    ]
    everything = known + used + ([] if network else _fields(design, step))
    able = everything if network else [entry for entry in everything if _in_step(entry)]
    return sorted(able, key=lambda entry: _rank(entry.category, in_step=not network))


def _in_step(entry: Entry) -> bool:
    own = entry.category in (FIELDS, NETWORKS)
    return own or (entry.category in _IN_STEP and fits_step(type(entry.block)))


def _fields(design: Design, step: str) -> list[Entry]:
    """The fields of the data that do not stand yet in a step that is drawn by hand."""
    left = fields_left(design, step)
    return [Entry(Input.of(shape), name, FIELDS, name=name) for name, shape in left.items()]


def matching(all_: Iterable[Entry], text: str) -> list[Entry]:
    """The entries that hold every word of `text`, best first: by name, then by the beginnings of words."""
    words = text.lower().split()
    found = [entry for entry in all_ if all(word in entry.words for word in words)]
    return sorted(found, key=lambda entry: _distance(entry, words))


def _distance(entry: Entry, words: Sequence[str]) -> tuple[int, int]:
    label, first = entry.label.lower(), words[0]
    starts = label.startswith(first)
    inside = any(part.startswith(first) for part in entry.words.split())
    return (0 if starts else 1 if first in label else 2 if inside else 3, len(label) if starts else 0)


def _rank(category: str, in_step: bool) -> int:
    if in_step and category in _IN_STEP:
        return _IN_STEP.index(category) - len(_IN_STEP)
    return ORDER.index(category) if category in ORDER else len(ORDER)


class Palette(QWidget):
    """A search line over the tree of blocks. `chosen` says what a person wants placed."""

    chosen = Signal(object, str)  # the Block, and the name that its node must have, if it must

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._theme, self._network, self._in_step = document, theme, "", False
        self._step = ""  # the phase whose step is in sight
        self._bars: dict[tuple[str, bool], QIcon] = {}  # few, of many lines
        self._recent = [str(kind) for kind in _listed(QSettings().value("palette/recent"))]
        self._shut = {c for c in (*ORDER, RECENT) if c not in _OPEN_AT_FIRST}
        self._shut_in_step = {c for c in (*ORDER, RECENT) if c not in _OPEN_IN_STEP}
        self.search = _Search(theme)
        self.tree = Tree()
        self.tree.setAccessibleName("Blocks")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(_indented(self.search))
        column.addWidget(self.tree, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._take_first)
        self.search.descended.connect(self._descend)
        self.tree.picked.connect(self._take)
        self.tree.toggled.connect(self._remember_shut)
        document.changed.connect(self._follow)
        self.setMinimumWidth(_NARROWEST)
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self._fill()

    def look_at(self, network: str, step: str = "") -> None:
        """Offers what can be placed into another network, or where none is named into the step of a phase."""
        if (network, step) != (self._network, self._step):
            self._network, self._step, self._in_step = network, step, not network
            self._fill()

    def focus_search(self) -> None:
        """Puts the cursor into the search line."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def current(self) -> Block | None:
        """The block of the line where the keyboard is, or of the best hit of the search."""
        line = self.tree.currentItem()
        entry = None if line is None else line.data(0, _ENTRY)
        return entry.block if isinstance(entry, Entry) else None

    def _follow(self, before: Design, after: Design) -> None:
        added = _added(before, after) if self._document.history else []  # none while a file is opened
        if len(added) == 1:
            self._note(added[0])
        steps = self._in_step and (before.training is not after.training or before.data is not after.data)
        if steps or _faces(before) != _faces(after) or len(added) == 1:
            self._fill()

    def _note(self, kind: str) -> None:
        self._recent = [kind, *(k for k in self._recent if k != kind)][:_MOST_RECENT]
        QSettings().setValue("palette/recent", self._recent)

    def _fill(self) -> None:
        text = self.search.text().strip()
        everything = entries(self._document.design, self._network, self._step)
        self.tree.clear()
        if text:
            self._add_found(matching(everything, text))
            return
        recent = [e for kind in self._recent for e in everything if type(e.block).kind() == kind]
        groups = {RECENT: recent} if recent else {}
        for entry in everything:
            groups.setdefault(entry.category, []).append(entry)
        font = fonts().strong
        for category, members in groups.items():
            self._add_category(category, members, font)

    def _add_category(self, category: str, members: list[Entry], font: QFont) -> None:
        head = QTreeWidgetItem([category])
        head.setFont(0, font)
        head.setSizeHint(0, QSize(0, ROW))
        self.tree.addTopLevelItem(head)
        head.addChildren([self._line(entry) for entry in members])
        head.setExpanded(category not in self._closed)
        head.setIcon(0, self._chevron(head.isExpanded()))

    def _add_found(self, found: list[Entry]) -> None:
        if not found:
            nothing = QTreeWidgetItem([f"No block is called “{self.search.text().strip()}”"])
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.tree.addTopLevelItem(nothing)
        self.tree.addTopLevelItems([self._line(entry) for entry in found])
        self.tree.go_first()

    def _line(self, entry: Entry) -> QTreeWidgetItem:
        block = entry.block
        composite = block.composite or block.role == "network"
        line = QTreeWidgetItem([entry.told])
        line.setIcon(0, self._bar(self._theme.category_colour(entry.category, composite), composite))
        line.setSizeHint(0, QSize(0, ROW))
        line.setData(0, _ENTRY, entry)
        made_of = "<p>Made of other blocks: open it to look inside.</p>" if composite else ""
        line.setToolTip(0, f"<p><b>{entry.label}</b> · {entry.category}</p><p>{_escaped(block.summary())}</p>{made_of}")
        return line

    def _bar(self, colour: str, doubled: bool) -> QIcon:
        if (colour, doubled) not in self._bars:
            self._bars[colour, doubled] = bar(colour, doubled)
        return self._bars[colour, doubled]

    def _chevron(self, opened: bool) -> QIcon:
        return _steady(pixmap("chevron-down" if opened else "chevron-right", self._theme.muted, 14, 2.0), _CHEVRON)

    @property
    def _closed(self) -> set[str]:
        """The categories that are shut now: those of a training step are opened and shut by themselves."""
        return self._shut_in_step if self._in_step else self._shut

    def _remember_shut(self, item: QTreeWidgetItem, opened: bool) -> None:
        (self._closed.discard if opened else self._closed.add)(item.text(0))
        item.setIcon(0, self._chevron(opened))

    def _take_first(self) -> None:
        item = self.tree.currentItem() or self.tree.topLevelItem(0)
        if item is not None and item.data(0, _ENTRY) is not None:
            self._take(item.data(0, _ENTRY))
            self.search.clear()

    def _take(self, entry: Entry) -> None:
        self.chosen.emit(entry.block, entry.name)

    def _descend(self) -> None:
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)
        if self.tree.currentItem() is None:
            self.tree.go_first()


class Tree(QTreeWidget):
    """Categories that open at a click, and blocks that can be dragged or picked."""

    picked = Signal(object)  # an Entry
    toggled = Signal(QTreeWidgetItem, bool)

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setIconSize(_BAR)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setDragEnabled(True)
        self.setDragDropMode(QTreeWidget.DragDropMode.DragOnly)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.itemClicked.connect(self._clicked)
        self.itemDoubleClicked.connect(self._pick)
        self.itemExpanded.connect(self._opened)
        self.itemCollapsed.connect(self._closed)

    def go_first(self) -> None:
        """Makes the first line the current one."""
        first = self.topLevelItem(0)
        if first is not None:
            self.setCurrentItem(first)

    def mimeData(self, items: Sequence[QTreeWidgetItem]) -> QMimeData:
        held = [item.data(0, _ENTRY) for item in items]
        return held[0].mime() if held and held[0] is not None else QMimeData()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._clicked(item)
            self._pick(item)
        else:
            super().keyPressEvent(event)

    def _clicked(self, item: QTreeWidgetItem) -> None:
        if item.childCount():
            item.setExpanded(not item.isExpanded())

    def _pick(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _ENTRY) is not None:
            self.picked.emit(item.data(0, _ENTRY))

    def _opened(self, item: QTreeWidgetItem) -> None:
        self.toggled.emit(item, True)

    def _closed(self, item: QTreeWidgetItem) -> None:
        self.toggled.emit(item, False)


class _Search(QLineEdit):
    """The search line, with the key that opens the same search on the canvas."""

    descended = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setPlaceholderText("Search blocks")
        self.setAccessibleName("Search blocks")
        self.setToolTip("Find a block by its name, category or other words for it; Enter adds it.")
        self.setClearButtonEnabled(False)
        self._key = QLabel("Tab", self)
        self._key.setProperty("role", "hint")
        self._key.setToolTip("On the canvas, Tab opens a search box at the cursor.")
        self.textChanged.connect(self._hide_key)

    def _hide_key(self, text: str) -> None:
        self._key.setVisible(not text)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._key.adjustSize()
        self._key.move(self.width() - self._key.width() - 12, (self.height() - self._key.height()) // 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down:
            self.descended.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


def bar(colour: str, doubled: bool) -> QIcon:
    """The coloured bar before a block's name; a composite has a second edge, as its card has."""
    picture = QPixmap(_BAR * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(QRectF(17, 0, 3, 16), 1.5, 1.5)
        if doubled:
            painter.setOpacity(0.4)
            painter.drawRoundedRect(QRectF(21.5, 2, 1.5, 14), 0.75, 0.75)
    return _steady(picture, _BAR)


def _steady(picture: QPixmap, size: QSize) -> QIcon:
    """An icon that looks the same however its line is."""
    room = QPixmap(size * 2)
    room.setDevicePixelRatio(2.0)
    room.fill(Qt.GlobalColor.transparent)
    with QPainter(room) as painter:
        painter.drawPixmap(0, round((size.height() - picture.height() / picture.devicePixelRatio()) / 2), picture)
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Active):
        icon.addPixmap(room, mode)
    return icon


def _indented(widget: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(12, 0, 12, 0)
    column.addWidget(widget)
    return holder


def _added(before: Design, after: Design) -> list[str]:
    """The kinds of the blocks that stand in the networks anew."""
    kinds = []
    for name, graph in after.networks.items():
        old = before.networks.get(name)
        if graph is not old:
            fresh = graph.nodes.keys() - old.nodes.keys() if old else graph.nodes.keys()
            kinds += [type(graph.block(node)).kind() for node in graph.nodes if node in fresh] if fresh else []
    return kinds


def _faces(design: Design) -> list[tuple[object, ...]]:
    """What the palette shows of the networks."""
    return [(name, graph.inputs(), graph.outputs(), graph.uses) for name, graph in design.networks.items()]


def _listed(stored: object) -> list[object]:
    return list(stored) if isinstance(stored, list) else [stored] if stored else []


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
