"""The architectures of the literature under their families, found by a few letters."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from blocks.zoo import TEMPLATES, Template
from designer import fuzzy
from designer.accessible import announce
from designer.theme import GAP, ROW, fonts
from runtime.beginning import meant, near, plain

_KIND = Qt.ItemDataRole.UserRole
_PAGE = 8  # lines
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _PAGE, Qt.Key.Key_PageUp: -_PAGE}
_KNOWN, _TOLD = 50.0, 15.0  # points of a keyword, and of what only its description tells
_NAMED = 200.0  # of an exact name
Kind = type[Template]


class TemplateList(QWidget):
    """A search line over the templates. `chosen` gives the template that is marked, with what the words say of it."""

    chosen = Signal(object)  # a Template, as it begins; None where nothing is found

    def __init__(self) -> None:
        super().__init__()
        self.search, self.list = QLineEdit(), QTreeWidget()
        self.search.setPlaceholderText("Search architectures")
        self.search.setAccessibleName("Search architectures")
        self.search.setToolTip("Find one by its name, its family or other words for it; Up and Down go through them.")
        self.list.setAccessibleName("Architectures")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys of the search go through it
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(0)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.list.itemClicked.connect(self._click)
        self._fill()

    @property
    def kind(self) -> Kind | None:
        """The template that is marked; None where nothing is found."""
        item = self.list.currentItem()
        return None if item is None else item.data(0, _KIND)

    @property
    def template(self) -> Template | None:
        """The one that is marked, as it begins: with what the words say of its settings."""
        kind = self.kind
        named = meant(self.search.text()) if self.search.text() else None
        return named if kind is not None and type(named) is kind else kind() if kind is not None else None

    def _fill(self) -> None:
        """Lists what the search means under its families, the best hit marked; without words what was marked before."""
        text, before = self.search.text().strip(), self.kind
        points = {kind: _points(text, kind) for kind in TEMPLATES}
        points |= {type(named): _NAMED for named in (meant(text),) if named is not None}
        found = [kind for kind in points if points[kind] >= fuzzy.LEAST]
        self.list.clear()
        self.list.addTopLevelItems([*_headed(found)] or [_nothing(text), *map(_line, near(text))])
        best = max(found, key=lambda kind: points[kind], default=None)
        wanted = before if not text and before in found else best
        self._go(next((line for line in self._lines() if line.data(0, _KIND) is wanted), None))

    def _lines(self) -> list[QTreeWidgetItem]:
        items = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        return [item for item in items if item is not None and item.data(0, _KIND) is not None]

    def _go(self, item: QTreeWidgetItem | None, *_: object) -> None:
        """Marks a line and tells its template; None where nothing was found."""
        kind: Kind | None = None if item is None else item.data(0, _KIND)
        if item is None or kind is None:
            self.chosen.emit(None)
            return
        self.list.setCurrentItem(item)
        self.list.scrollToItem(item)
        announce(self.search, f"{item.text(0)}: {kind.summary()}")
        self.chosen.emit(self.template)

    def _click(self, item: QTreeWidgetItem) -> None:
        if item.data(0, _KIND) is not None:
            self._go(item)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, Down and their larger sisters go through the list while the keyboard is in the search."""
        if event.type() is not QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        step, lines = _STEPS.get(Qt.Key(event.key()), 0), self._lines()
        if step and lines:
            item = self.list.currentItem()
            at = lines.index(item) + step if item in lines else 0
            self._go(lines[max(0, min(at, len(lines) - 1))])
        return bool(step)


def _points(text: str, kind: Kind) -> float:
    """How well words name a template: by its name, then by keywords and family, last by what is told of it."""
    words, joined = text.lower().split(), plain(text)  # joined as it is written elsewhere: ResNet-50
    named = max(fuzzy.score(each, kind.kind()) for each in (words, [joined] if joined else words))
    known = f"{kind.kind()} {kind.keywords} {kind.family}".lower().split()
    if _begun(words, known) or _begun([joined], known):
        named = max(named, _KNOWN)
    return max(named, _TOLD if _begun(words, kind.summary().lower().split()) else 0.0)


def _begun(words: list[str], known: list[str]) -> bool:
    """Whether each of the words begins a known one."""
    return all(any(each.startswith(word) for each in known) for word in words if word)


def _headed(kinds: list[Kind]) -> Iterator[QTreeWidgetItem]:
    """Lines for templates, each family under its name."""
    families = dict.fromkeys(kind.family for kind in kinds)
    for family in families:
        head = QTreeWidgetItem([family])
        head.setFont(0, fonts().strong)
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        head.setSizeHint(0, QSize(0, ROW + 6))
        yield head
        yield from (_line(kind) for kind in kinds if kind.family == family)


def _line(kind: Kind) -> QTreeWidgetItem:
    line = QTreeWidgetItem([kind.kind()])
    line.setData(0, _KIND, kind)
    line.setSizeHint(0, QSize(0, ROW))
    line.setToolTip(0, kind.summary())
    return line


def _nothing(words: str) -> QTreeWidgetItem:
    """What stands in place of what was sought, above the names that are most like it."""
    nothing = QTreeWidgetItem([f"No architecture is called “{words.strip()}”"])
    nothing.setFlags(Qt.ItemFlag.NoItemFlags)
    return nothing
