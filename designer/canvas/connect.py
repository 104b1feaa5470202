"""Wiring without a mouse: the ports that fit, or the wires that could go, in a list searched by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from blocks.any_length import sizes_text
from blocks.block import Port
from blocks.graph import Wire
from designer import fuzzy
from designer.accessible import announce
from designer.canvas import deeds, words
from designer.canvas.asking import Question
from designer.canvas.fitting import Fitting, Loose
from designer.canvas.intent import Intent
from designer.canvas.ports import Spot
from designer.theme import GAP, ROW
from designer.two_sides import TOLD, TwoSides

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_WIDTH, _ROWS = 380, 9
_MOST = 200  # ports asked whether they fit: the nearest of those that the letters mean
_OFFER = Qt.ItemDataRole(Qt.ItemDataRole.UserRole + 1)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Offer:
    """A line: its words, what it does, and why that does not fit; `never` where not even by force."""

    name: str
    told: str
    right: str
    intent: Intent
    why: str = ""
    never: bool = False


class ConnectBox(Question):
    """Asks where a wire goes. Enter makes it, Shift+Enter also where it does not fit yet; Esc leaves."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas, "Connect")
        self._offers: Callable[[str], list[Offer]] = lambda _: []
        self.head, self.field, self.list, self.why = QLabel(self), QLineEdit(self), QListWidget(self), QLabel(self)
        self.head.setProperty("role", "strong")
        self.why.setProperty("role", "small")
        self.why.setWordWrap(True)
        self.field.setAccessibleName("Search ports")
        self.field.setPlaceholderText("Node or port")
        self.list.setAccessibleName("Ports")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setItemDelegate(TwoSides(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP - 2)
        for part in (self.head, self.field, self.list, self.why):
            column.addWidget(part)
        self.setFixedWidth(_WIDTH)
        self.field.textChanged.connect(self._look_up)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._clicked)
        self.list.currentRowChanged.connect(self._tell)

    def open_to(self, names: tuple[str, ...]) -> None:
        """Asks what a node feeds; of two nodes the upper feeds the lower, at once where there is one way only."""
        source, *others = sorted(names, key=lambda name: self._canvas.sheet.place(name)[1])
        only = others[0] if others else ""
        self._ask(f"Connect {source} to", source, lambda text: list(_ends(self._canvas, source, text, False, only)))

    def open_from(self, name: str) -> None:
        """Asks what feeds a node."""
        self._ask(f"Connect {name} from", name, lambda text: list(_ends(self._canvas, name, text, True, "")))

    def open_wires(self, name: str) -> None:
        """Asks which wire of a node goes."""
        self._ask(f"Disconnect {name}", name, lambda text: list(_wires(self._canvas, name, text)))

    def _ask(self, head: str, node: str, offers: Callable[[str], list[Offer]]) -> None:
        self._offers = offers
        known = offers("")
        if not known:
            self._canvas.say(f"{node} has no port that could be connected so.")
            return
        if len(known) == 1 and not known[0].why and len(self._canvas.selection()) == 2:
            self._canvas.submit(known[0].intent)
            return
        self.head.setText(head)
        self.field.clear()
        self._look_up("")
        self._appear(node, self.field)

    def _look_up(self, text: str) -> None:
        self.list.clear()
        for offer in self._offers(text):
            item = QListWidgetItem(offer.name)
            item.setData(TOLD, (offer.name, offer.why or offer.told, offer.right))
            item.setData(_OFFER, offer)
            item.setToolTip(offer.why)
            if offer.why:
                item.setForeground(self.palette().placeholderText())
            self.list.addItem(item)
        self.list.setFixedHeight(max(1, min(self.list.count(), _ROWS)) * ROW + 4)
        self.list.setCurrentRow(0)
        self._tell()

    def _current(self) -> Offer | None:
        item = self.list.currentItem()
        offer: Offer | None = item.data(_OFFER) if item is not None else None
        return offer

    def _tell(self, *_: object) -> None:
        offer = self._current()
        force = "" if offer is None or offer.never or not offer.why else " Shift+Enter connects it anyway."
        self.why.setText("Nothing is called that." if offer is None else f"{offer.why}{force}")
        announce(self.field, f"{offer.name if offer else ''} {self.why.text()}".strip())
        self.why.setVisible(bool(self.why.text()))
        self.why.setFixedHeight(max(0, self.why.heightForWidth(_WIDTH - 2 * GAP - 2)))  # -1 where nothing is said
        self.adjustSize()

    def _take(self, force: bool) -> None:
        offer = self._current()
        if offer is not None and (not offer.why or (force and not offer.never)):
            self.leave()
            self._canvas.submit(offer.intent)

    def _clicked(self, item: QListWidgetItem) -> None:
        self._take(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            row = self.list.currentRow() + (1 if event.key() == Qt.Key.Key_Down else -1)
            self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
        elif event.key() in _ENTER:
            self._take(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            return event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        return True


def _ends(canvas: Canvas, name: str, text: str, into: bool, only: str) -> Iterator[Offer]:
    """Where a wire from the ports of a node could end, those that fit first, the nearest of them first."""
    sheet = canvas.sheet
    starts = [spot for spot in sheet.spots(name) if spot.port.into == into]
    wanted = text.split()
    x, y = sheet.place(name)
    near = sorted(
        (n for n in ([only] if only else sheet.names) if n != name and _means(canvas, wanted, n)),
        key=lambda n: abs(sheet.place(n)[0] - x) + abs(sheet.place(n)[1] - y),
    )
    found = [
        _offer(canvas, fitting, start, end, len(starts) > 1)
        for start in starts
        for fitting in (Fitting(sheet, Loose(start)),)
        for other in near[:_MOST]
        for end in fitting.spots(other)
    ]
    yield from sorted(found, key=lambda offer: bool(offer.why) + offer.never)


def _means(canvas: Canvas, wanted: list[str], name: str) -> bool:
    return fuzzy.score(wanted, name, words.detail(canvas.sheet.graph.nodes[name])) >= fuzzy.LEAST


def _offer(canvas: Canvas, fitting: Fitting, start: Spot, end: Spot, several: bool) -> Offer:
    sheet = canvas.sheet
    wire, why = fitting.loose.to(sheet, end), fitting.why_not(end)
    before = next((w for w in sheet.graph.into(wire.target) if w.input == wire.input), None)
    replaces = before is not None and not _many(sheet.graph.block(wire.target).inputs, wire.input)
    mine = f"{start.port.name} → " if several and not start.port.into else ""
    theirs = f".{end.port.name}" if len(fitting.spots(end.node)) > 1 else ""
    told = words.detail(sheet.graph.nodes[end.node])
    right = f"instead of {before.source}" if replaces and before is not None else ""
    sentence = f"{why.rstrip('.')}." if why else ""
    known = sheet.checked.shape(wire.source, wire.output) is not None
    return Offer(f"{mine}{end.node}{theirs}", told, right, deeds.wired(wire), sentence, "circle" in why or not known)


def _many(ports: tuple[Port, ...], name: str) -> bool:
    return any(port.many for port in ports if port.name == name)


def _wires(canvas: Canvas, name: str, text: str) -> Iterator[Offer]:
    """The wires of a node, those that come in first."""
    graph = canvas.sheet.graph
    for wire in (*graph.into(name), *graph.out_of(name)):
        other = wire.source if wire.target == name else wire.target
        if fuzzy.score(text.split(), other) >= fuzzy.LEAST:
            told = sizes_text(canvas.sheet.checked, wire.source, wire.output)
            yield Offer(_between(wire, name), told, "", deeds.disconnected([wire]))


def _between(wire: Wire, name: str) -> str:
    return f"from {wire.source}" if wire.target == name else f"to {wire.target}"
