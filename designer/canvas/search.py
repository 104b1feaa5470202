"""The search box at the cursor: a few letters and settings become a block, wired to what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from blocks.block import Block
from blocks.edits import name_for
from blocks.graph import Node, Wire
from blocks.measure import measure
from blocks.setting import BadSetting
from designer.accessible import announce
from designer.canvas import deeds, extras, placing, query, replacing, words
from designer.canvas.fitting import accepts, provides
from designer.canvas.metrics import ROW_PITCH, Point, snapped
from designer.canvas.ports import Spot
from designer.theme import CARD_HEIGHT, CARD_WIDTH, GAP, ROW

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_WIDTH = 336
_EXAMPLE = "Search blocks, for example conv 64 3 /2"
_ROWS = 8  # lines shown at once
_RECENT = 8
_OFFER = Qt.ItemDataRole.UserRole
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class Search(QFrame):
    """Enter adds the highlighted block and wires it; Shift+Enter adds it alone; Esc leaves."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._at = QPointF()
        self._spot: Spot | None = None
        self._instead = ""  # the node that is to be replaced
        self._recent: list[str] = []
        self._known: tuple[query.Offer, ...] = ()
        self._read = query.Query((), ())
        self.setProperty("role", "card")
        self.field, self.list, self.told, self.doc = QLineEdit(self), QListWidget(self), QLabel(self), QLabel(self)
        self._lay_out()
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._look_up)
        self.list.currentRowChanged.connect(self._tell)
        self.list.itemClicked.connect(self._clicked)
        self.hide()

    def _lay_out(self) -> None:
        self.setFixedWidth(_WIDTH)
        self.field.setPlaceholderText(_EXAMPLE)
        self.field.setAccessibleName("Search blocks")
        self.list.setAccessibleName("Blocks that were found")
        self.field.setClearButtonEnabled(False)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setStyleSheet("QListWidget { background: transparent; border: none; }")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(_Line(self._canvas, self.list))
        self.list.setUniformItemSizes(True)
        self.told.setProperty("role", "strong")
        self.doc.setProperty("role", "small")
        for label in (self.told, self.doc):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP - 2)
        for part in (self.field, self.list, self.told, self.doc):
            column.addWidget(part)

    def open(self, at: QPointF, spot: Spot | None = None, instead_of: str = "") -> None:
        """Appears at a point of the canvas; from a port, or for another block in place of one, it offers what fits."""
        self._at, self._spot, self._instead = at, spot, instead_of
        self.field.setPlaceholderText(f"Replace {instead_of} by…" if instead_of else _EXAMPLE)
        sheet = self._canvas.sheet
        self._known = (
            *query.fields(self._canvas.fields),
            *query.offers(sheet.checked.networks, sheet.graph, in_step=self._canvas.in_step),
        )
        self.field.clear()
        self._look_up("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def loose(self) -> tuple[Spot, QPointF] | None:
        """The port from which it was opened, and where the wire was let go; None while it is closed."""
        return (self._spot, self._at) if self._spot is not None and self.isVisible() else None

    def _place(self) -> None:
        area = self._canvas.viewport().rect()
        pixel = self._canvas.mapFromScene(self._at)
        left = max(GAP, min(pixel.x() - 24, area.right() - self.width() - GAP))
        top = max(GAP, min(pixel.y() - 20, area.bottom() - self.sizeHint().height() - GAP))
        self.move(left, top)

    def _look_up(self, text: str) -> None:
        hits, self._read = query.found(query.parse(text), self._known, self._recent, self._fits)
        others = extras.meant(text) if self._spot is None and not self._instead else []
        exact = [extra for extra in others if extra.title.lower() == text.strip().lower()]
        self.list.clear()
        lines: list[query.Offer | extras.Extra] = [*exact, *hits, *(extra for extra in others if extra not in exact)]
        for offer in lines:
            item = QListWidgetItem(offer.title)
            item.setData(_OFFER, offer)
            self.list.addItem(item)
        self.list.setFixedHeight(max(1, min(len(lines), _ROWS)) * (ROW + 2) + 2)
        self.list.setCurrentRow(0 if lines else -1)
        if not lines:
            self._tell(-1)

    def _fits(self, offer: query.Offer) -> bool:
        """Whether a block could be wired to the port from which the search was opened."""
        if self._instead:
            few = self._canvas.offered.get(self._instead) if self._canvas.read_only else None
            return few is None or offer.kind.kind() in few
        if self._spot is None:
            return True
        block = offer.kind(**{offer.kind._fields[n]: v for n, v in offer.preset.items()})
        if self._spot.port.into:
            return provides(block, self._spot.port)
        return accepts(block, self._canvas.sheet.checked.shape(self._spot.node, self._spot.port.name))

    def _node(self) -> Node | None:
        """The node of the highlighted line, None where it is no block; raises BadSetting."""
        offer = self._offer()
        return query.build(offer, self._read.settings, self._read.keras) if isinstance(offer, query.Offer) else None

    def _offer(self) -> query.Offer | extras.Extra | None:
        """What the highlighted line stands for."""
        item = self.list.currentItem()
        offer: query.Offer | extras.Extra | None = None if item is None else item.data(_OFFER)
        return offer

    def current(self) -> type[Block] | None:
        """The kind of block of the highlighted line, where it is one."""
        offer = self._offer()
        return offer.kind if isinstance(offer, query.Offer) else None

    def _tell(self, row: int) -> None:
        """Says below the list what would be added, or why not."""
        offer = self._offer() if row >= 0 else None
        role, told, doc = "strong", "", offer.doc if offer else ""
        try:
            node = self._node() if offer else None
            found = offer.title if offer else "Nothing found that fits here."
            told = self._preview(node) if node else found
        except BadSetting as bad:
            role, told = "error", f"{bad}."
        self.told.setText(told)
        announce(self.field, told)
        self.told.setProperty("role", role)
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)
        self.doc.setText(doc)
        self._fit_height()

    def _fit_height(self) -> None:
        for label in (self.told, self.doc):
            label.setFixedHeight(label.heightForWidth(_WIDTH - 2 * GAP - 2))
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
        self.adjustSize()
        if self.isVisible():
            self._place()

    def _preview(self, node: Node) -> str:
        """What would be added and, where it is known, what would come out."""
        told = words.detail(node) + (f" ×{node.repeat}" if node.repeat > 1 else "")
        shapes = [self._canvas.sheet.checked.shape(*source) for source in self._sources()]
        if not shapes or shapes[-1] is None or not accepts(node.block, shapes[-1]):
            return told
        ports = node.block.inputs
        given = tuple(tuple(shapes) if p.many else shapes[-1] if i == 0 else None for i, p in enumerate(ports))
        out = measure(node, given, self._canvas.sheet.checked.networks).outputs
        return f"{told}  →  {words.shape_text(out[0])}" if out and out[0] is not None else told

    def _sources(self) -> list[tuple[str, str]]:
        """The results that the new block would read; where it takes one, the last."""
        if self._spot is not None:
            return [] if self._spot.port.into else [(self._spot.node, self._spot.port.name)]
        graph = self._canvas.sheet.graph
        giving = [(name, graph.block(name).outputs) for name in self._canvas.selection()]
        return [(name, outputs[0].name) for name, outputs in giving if outputs]

    def _clicked(self, item: QListWidgetItem) -> None:
        self._accept(True)

    def _accept(self, wired: bool) -> None:
        offer = self._offer()
        if isinstance(offer, extras.Extra):
            self._leave()
            offer.add(self._canvas, self._at)
            return
        try:
            node = self._node()
        except BadSetting:
            return  # the line below the list says why
        if node is None or offer is None:
            return
        key = offer.key
        self._recent = [key, *(k for k in self._recent if k != key)][:_RECENT]
        self._leave()
        self._add(node, wired, offer.name)

    def _add(self, node: Node, wired: bool, name: str = "") -> None:
        canvas, sheet = self._canvas, self._canvas.sheet
        if self._instead:
            replacing.put(canvas, self._instead, node.block)
            return
        chosen = canvas.selected_wires()
        if self._spot is None and wired and len(chosen) == 1 and node.block.inputs and node.block.outputs:
            canvas.submit(deeds.inserted(sheet, chosen[0], node))
            return
        name = name or name_for(sheet.graph, node.block)
        wires = self._wires(name, node) if wired else []
        canvas.submit(deeds.added(sheet, node, self._corner(wires, wired), wires, name))
        canvas.reveal(name)

    def _wires(self, name: str, node: Node) -> list[Wire]:
        graph, spot = self._canvas.sheet.graph, self._spot
        if spot is None:
            return deeds.first_wires(graph, self._canvas.selection(), name, node.block)
        if not spot.port.into:
            return [Wire(spot.node, spot.port.name, name, node.block.inputs[0].name)] if node.block.inputs else []
        place = sum(1 for w in graph.into(spot.node) if w.input == spot.port.name) if spot.port.many else 0
        outs = [out for out in node.block.outputs if set(out.meanings) & set(spot.port.meanings)]
        return [Wire(name, outs[0].name, spot.node, spot.port.name, place)] if outs else []

    def _corner(self, wires: list[Wire], wired: bool) -> Point:
        """Under what feeds it; from a port, with that end at the cursor; else in the middle of the cursor."""
        sheet = self._canvas.sheet
        x, y = self._at.x(), self._at.y()
        if self._spot is not None:
            top = y - CARD_HEIGHT if self._spot.port.into else y
            return placing.free_place((snapped(x - CARD_WIDTH / 2), snapped(top)), sheet.shown_layout())
        if wires:
            corners = [sheet.place(w.source) for w in wires]
            middle = (min(a for a, _ in corners) + max(a for a, _ in corners)) / 2
            wish = snapped(middle), max(b for _, b in corners) + ROW_PITCH
            return placing.free_place(wish, sheet.shown_layout())
        return placing.free_place(deeds.centred(x, y), sheet.shown_layout())

    def _leave(self) -> None:
        self.hide()
        self._canvas.setFocus(Qt.FocusReason.PopupFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._canvas.redraw()  # without the wire that was let go

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field's own keys: up and down in the list, Enter, Esc; leaving closes."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()  # what the field leaves over is not meant for the canvas

    def _key(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self._leave()
        elif key in _ENTER:
            self._accept(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        elif key in {Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp}:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _ROWS}.get(Qt.Key(key), -_ROWS)
            self.list.setCurrentRow(max(0, min(self.list.currentRow() + step, self.list.count() - 1)))
        elif key not in {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}:
            return False
        return True


class _Line(QStyledItemDelegate):
    """One offer: its category's colour, its name, its category in small."""

    def __init__(self, canvas: Canvas, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas = canvas

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        inks = self._canvas.inks
        offer: query.Offer | extras.Extra = index.data(_OFFER)
        block = offer.kind if isinstance(offer, query.Offer) else None
        category, composite = (
            (block.category, block.composite or block.role == "network") if block else ("Beside", False)
        )
        rect: QRect = option.rect
        chosen = option.state & QStyle.StateFlag.State_Selected
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen:
            painter.setBrush(inks.accent_tint)
            painter.drawRoundedRect(QRectF(rect).adjusted(0, 1, 0, -1), 5.0, 5.0)
        painter.setBrush(QColor(inks.theme.category_colour(category, composite)))
        painter.drawRoundedRect(QRectF(rect.left() + 8, rect.center().y() - 7, 3, 15), 1.5, 1.5)
        inner = rect.adjusted(20, 0, -10, 0)
        painter.setPen(inks.text)
        painter.setFont(inks.strong)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, offer.title)
        painter.setPen(inks.hint)
        painter.setFont(inks.small)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, category)
        painter.restore()
