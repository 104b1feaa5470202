"""Two small boxes over the window: find a node, and give a command by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from blocks.shape import dotted
from designer.canvas.keymap import shown
from designer.commands import Command
from designer.document import OpenDesign
from designer.scene import Place, Scene
from designer.theme import GAP, ROW

_WIDTH, _LINES = 420, 12
_HELD, _KEYS = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class Hit:
    """A node that was found, and where it stands."""

    place: Place
    node: str


def hits(document: OpenDesign, scene: Scene, text: str) -> list[Hit]:
    """The nodes whose name, block, settings, shape or problem hold every word of `text`: those in sight first."""
    words = text.lower().split()
    if not words:
        return []
    found = [Hit(scene.place, node) for node in scene.graph.nodes if _holds(_told(document, scene, node), words)]
    for name in document.design.networks:
        if name != scene.place.network or scene.place.path:
            found += _in_network(document, name, words)
    return found


def _in_network(document: OpenDesign, name: str, words: Sequence[str]) -> list[Hit]:
    problems = tuple(d for d in document.verdict.diagnostics if d.network == name)
    scene = Scene(Place(name), document.verdict.networks[name], {}, problems)
    return [Hit(scene.place, node) for node in scene.graph.nodes if _holds(_told(document, scene, node), words)]


def _holds(told: str, words: Sequence[str]) -> bool:
    return all(word in told for word in words)


def _told(document: OpenDesign, scene: Scene, name: str) -> str:
    """Everything a node can be found by."""
    block = scene.graph.block(name)
    settings = (f"{n} {s.show(block.value(n))}" for n, s in block.settings.items())
    row = scene.checked.rows.get(name)
    shapes = (dotted(shape.sizes) for shape in row.outputs if shape is not None) if row else ()
    problems = (problem.message for problem in scene.problems if problem.node == name)
    return " ".join((name, block.label(), type(block).keywords, *settings, *shapes, *problems)).lower()


class FindBar(QFrame):
    """Finds nodes while one types; Enter goes from one to the next, Shift+Enter back, Esc leaves."""

    found = Signal(object)  # a Hit
    left = Signal()

    def __init__(self, parent: QWidget, search: Callable[[str], list[Hit]]) -> None:
        super().__init__(parent)
        self._parent = parent
        self._search, self._hits, self._at = search, list[Hit](), -1
        self.setProperty("role", "card")
        self.field, self.count = QLineEdit(), QLabel()
        self.field.setPlaceholderText("Find a node: name, block, setting, shape, problem")
        self.field.setAccessibleName("Find a node")
        self.count.setProperty("role", "small")
        self.count.setMinimumWidth(56)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP, GAP, GAP, GAP)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        self.setFixedWidth(_WIDTH)
        self.field.textEdited.connect(self._look)
        self.field.installEventFilter(self)
        self.hide()

    def open(self) -> None:
        """Appears at the top of its parent with the cursor in the field."""
        self.move((self._parent.width() - self.width()) // 2, 12)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _look(self, text: str) -> None:
        self._hits, self._at = self._search(text), -1
        self._go(1)
        if not self._hits:
            self.count.setText("nothing" if text.strip() else "")

    def _go(self, step: int) -> None:
        if self._hits:
            self._at = (self._at + step) % len(self._hits)
            self.count.setText(f"{self._at + 1} of {len(self._hits)}")
            self.found.emit(self._hits[self._at])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in _ENTER:
                self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.hide()
                self.left.emit()
                return True
        return False


class CommandBox(QFrame):
    """Every command by name: type a few letters, Enter gives it. What cannot be done says why."""

    def __init__(self, parent: QWidget, commands: Callable[[], Iterable[tuple[Command, QAction]]]) -> None:
        super().__init__(parent)
        self._parent, self._commands = parent, commands
        self.setProperty("role", "card")
        self.field, self.list, self.why = QLineEdit(), QListWidget(), QLabel()
        self.field.setPlaceholderText("Type a command")
        self.field.setAccessibleName("Type a command")
        self.why.setProperty("role", "small")
        self.why.setWordWrap(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(_KeysAtTheRight(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        for part in (self.field, self.list, self.why):
            column.addWidget(part)
        self.setFixedWidth(_WIDTH)
        self.field.textEdited.connect(self._look)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._give)
        self.list.currentItemChanged.connect(self._tell)
        self.hide()

    def open(self) -> None:
        """Appears at the top of its parent with all commands."""
        self.field.clear()
        self._look("")
        self.move((self._parent.width() - self.width()) // 2, 56)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _look(self, text: str) -> None:
        words = text.lower().split()
        self.list.clear()
        for command, action in self._commands():
            told = f"{command.menu} {command.text} {command.help}".lower()
            if all(word in told for word in words):
                self.list.addItem(self._line(command, action))
        self.list.setFixedHeight(ROW * max(1, min(self.list.count(), _LINES)) + 4)
        self.list.setCurrentRow(0)
        self.adjustSize()

    def _tell(self, item: QListWidgetItem | None) -> None:
        told = item.data(_HELD).toolTip() if item is not None else "No command is called that."
        self.why.setText(told)

    def _give(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(_HELD)
        if action.isEnabled():
            self.hide()
            action.trigger()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _LINES, Qt.Key.Key_PageUp: -_LINES}
        if event.key() in steps:
            row = self.list.currentRow() + steps[Qt.Key(event.key())]
            self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
        elif event.key() in _ENTER and self.list.currentItem() is not None:
            self._give(self.list.currentItem())
        elif event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            return False
        return True

    def _line(self, command: Command, action: QAction) -> QListWidgetItem:
        keys = shown(command.keys)
        item = QListWidgetItem(f"{command.menu} › {command.text}")
        item.setData(_HELD, action)
        item.setData(_KEYS, keys)
        if not action.isEnabled():
            item.setForeground(self.palette().placeholderText())
        return item


class _KeysAtTheRight(QStyledItemDelegate):
    """A command's line, with its keys at the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setPen(option.palette.placeholderText().color())
        room = option.rect.adjusted(0, 0, -10, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, index.data(_KEYS))
        painter.restore()
