"""The two small questions of the canvas: how often a node is repeated, and with which it shares its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QSpinBox, QVBoxLayout, QWidget

from blocks.sharing import family
from designer.canvas import marking, words
from designer.theme import CARD_HEIGHT, CARD_WIDTH, GAP, ROW, indent

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_AWAY = 12  # px of the screen from the card
_ROWS = 8
_WIDTH = 264
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ALONE = ""  # the lender of a node that has weights of its own


class Question(QFrame):
    """A small card beside a node; Esc leaves it, and so does a press beside it."""

    def __init__(self, canvas: Canvas, name: str) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self.setProperty("role", "card")
        self.setAccessibleName(name)
        self.hide()

    def _appear(self, node: str, field: QWidget) -> None:
        canvas = self._canvas
        canvas.reveal(node)
        x, y = canvas.sheet.place(node)
        right, left = canvas.mapFromScene(QPointF(x + CARD_WIDTH, y)), canvas.mapFromScene(QPointF(x, y))
        self.adjustSize()
        room, at = canvas.viewport().rect(), right + QPoint(_AWAY, 0)
        if at.x() + self.width() > room.right():
            beneath = canvas.mapFromScene(QPointF(x, y + CARD_HEIGHT))
            fits = left.x() - _AWAY - self.width() >= 0
            at = QPoint(left.x() - _AWAY - self.width(), left.y()) if fits else beneath + QPoint(0, _AWAY)
        at.setX(max(min(at.x(), room.right() - self.width()), 0))
        self.move(at.x(), max(min(at.y(), room.bottom() - self.height()), 0))
        self.show()
        self.raise_()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Goes, and gives the keyboard back to the canvas."""
        if self.isVisible():
            self.hide()
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)


class RepeatField(Question):
    """Asks how often the selected nodes are repeated: Enter takes the number."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas, "Repeat")
        self._nodes: tuple[str, ...] = ()
        self.number, self.label, self.unit = QSpinBox(self), QLabel("Repeat"), QLabel("times")
        self.number.setRange(1, 1000)
        self.number.setAccessibleName("How often the block is applied")
        self.number.setFixedWidth(84)
        self.unit.setProperty("role", "muted")
        indent(self.number)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, GAP, 12, GAP)
        row.setSpacing(GAP)
        for widget in (self.label, self.number, self.unit):
            row.addWidget(widget)
        self.number.installEventFilter(self)

    def open(self, nodes: tuple[str, ...]) -> None:
        """Appears beside the last of some nodes."""
        self._nodes = nodes
        self.number.setValue(self._canvas.sheet.graph.nodes[nodes[-1]].repeat)
        self.number.selectAll()
        self._appear(nodes[-1], self.number)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in _ENTER:
            self.number.interpretText()
            self.leave()
            self._canvas.submit(marking.repeated(self._nodes, self.number.value()))
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        return False


class LenderList(Question):
    """Asks whose weights a node uses: a click on a card that could lend them, or a line of the list and Enter."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas, "Share weights with")
        self._node = ""
        self.label, self.list = QLabel(self), QListWidget(self)
        self.label.setWordWrap(True)
        self.list.setAccessibleName("Nodes that could lend their weights")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP // 2)
        column.addWidget(self.label)
        column.addWidget(self.list)
        self.setFixedWidth(_WIDTH)
        self.list.itemClicked.connect(self._take)
        self.list.installEventFilter(self)
        canvas.viewport().installEventFilter(self)

    def open(self, node: str) -> None:
        """Appears beside a node, with the cards that cannot lend it weights dimmed."""
        canvas, graph = self._canvas, self._canvas.sheet.graph
        self._node = node
        able = marking.lenders(canvas.sheet, node)
        alone = [_ALONE] if len(family(graph, node)) > 1 else []
        if not able and not alone:
            canvas.say(f"No other {graph.block(node).label()} stands here once, which could share its weights.")
            return
        self.label.setText(f"Share the weights of {node} with … Click a card, or choose:")
        self.list.clear()
        for lender in (*alone, *able):
            told = f"{lender} · {words.detail(graph.nodes[lender])}" if lender else "None: weights of its own"
            item = QListWidgetItem(told)
            item.setData(Qt.ItemDataRole.UserRole, lender)
            item.setToolTip(told)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setFixedHeight(min(self.list.count(), _ROWS) * ROW + 4)
        lit = {node, *able}
        canvas.cards.dimmed = np.array([name not in lit for name in canvas.sheet.names], np.bool_)
        canvas.redraw()
        self._appear(node, self.list)

    def hideEvent(self, event: object) -> None:
        self._canvas.cards.dimmed = None
        self._canvas.redraw()

    def _take(self, item: QListWidgetItem) -> None:
        self._choose(str(item.data(Qt.ItemDataRole.UserRole)))

    def _choose(self, lender: str) -> None:
        node = self._node
        self.leave()
        self._canvas.submit(marking.shared(node, lender) if lender else marking.alone(node))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.isVisible():
            return False
        if watched is self.list and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._pressed(event)
        if watched is not self.list and isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress:
                self._clicked(event)
            return event.type() != QEvent.Type.MouseMove
        return False

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() in _ENTER and self.list.currentItem() is not None:
            self._take(self.list.currentItem())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        return False

    def _clicked(self, event: QMouseEvent) -> None:
        at = self._canvas.mapToScene(event.position().toPoint())
        name = self._canvas.sheet.node_at(at.x(), at.y())
        if name is None or name == self._node:
            self.leave()
        else:
            self._choose(name)
