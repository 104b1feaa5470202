"""The box of commands: every command by its name, with its key; what cannot be done says why."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable

import shiboken6
from PySide6.QtCore import QEvent, QObject, QSettings, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from designer import fuzzy
from designer.accessible import announce
from designer.commands import Command
from designer.theme import GAP, ROW
from designer.two_sides import TOLD, TwoSides

_WIDTH, _LINES, _RECENT = 460, 12, 8
_ACTION, _COMMAND = (Qt.ItemDataRole(Qt.ItemDataRole.UserRole + i) for i in (1, 2))
_KEPT = "commands/recent"
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
Given = tuple[Command, QAction]


class CommandBox(QFrame):
    """Every command by name: type a few letters, Enter gives it; those given last stand first."""

    def __init__(
        self, parent: QWidget, commands: Callable[[], Iterable[Given]], keys: Callable[[Command], str]
    ) -> None:
        super().__init__(parent)
        self._parent, self._commands, self._keys = parent, commands, keys
        self._known: list[Given] = []
        self._meant: list[Given] = []  # made for what is typed, beside those that are always there
        self.more: Callable[[str], Iterable[Command]] = lambda text: ()  # commands that a text stands for
        self._before: QWidget | None = None  # had the keyboard before
        self._recent = _kept()
        self.setProperty("role", "card")
        self.field, self.list, self.why = QLineEdit(), QListWidget(), QLabel()
        self._lay_out()
        self.field.textEdited.connect(self._look)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._give)
        self.list.currentItemChanged.connect(self._tell)
        self.hide()

    def _lay_out(self) -> None:
        self.field.setPlaceholderText("Type a command, or a setting of what is selected: filters 64")
        self.field.setAccessibleName("Type a command")
        self.why.setProperty("role", "small")
        self.why.setWordWrap(True)
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(TwoSides(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP - 2)
        for part in (self.field, self.list, self.why):
            column.addWidget(part)
        self.setFixedWidth(_WIDTH)

    def open(self) -> None:
        """Appears at the top of its parent with all commands."""
        held = self._parent.focusWidget()
        self._before = self._before if held is self.field else held
        self.field.clear()
        self._known = list(self._commands())
        self._look("")
        self.move((self._parent.width() - self.width()) // 2, 56)
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _look(self, text: str) -> None:
        words = text.split()
        points = {id(c): self._points(words, c) for c, _ in self._known}
        hits = sorted(
            (given for given in self._known if points[id(given[0])] >= fuzzy.LEAST), key=lambda g: -points[id(g[0])]
        )
        self._mean(text)
        hits = [*self._meant, *hits]
        self.list.clear()
        for command, action in hits:
            self.list.addItem(self._line(command, action))
        self.list.setFixedHeight(ROW * max(1, min(self.list.count(), _LINES)) + 4)
        self.list.setCurrentRow(0)
        if not hits:
            self._tell(None)
        self.adjustSize()

    def _mean(self, text: str) -> None:
        """Makes the commands that a text stands for, in the place of those of the text before."""
        for _, action in self._meant:
            action.deleteLater()
        self._meant = []
        for command in self.more(text):
            action, why = QAction(command.text, self), command.why()
            action.setToolTip(why or command.help)
            action.setEnabled(not why)
            action.triggered.connect(command.run)
            self._meant.append((command, action))

    def _points(self, words: list[str], command: Command) -> float:
        """How well words name a command; among equals those given last come first."""
        plain = command.text.rstrip("…").removesuffix("...")
        points = fuzzy.score(words, plain, f"{command.menu} {command.help}")
        if command.known_as not in self._recent or points < fuzzy.LEAST:
            return points
        return points + (4.0 if words else 100.0) - self._recent.index(command.known_as) / 10

    def _tell(self, item: QListWidgetItem | None) -> None:
        action: QAction | None = item.data(_ACTION) if item is not None else None
        told = action.toolTip() if action is not None else "No command is called that."
        self.why.setText(told)
        announce(self.field, f"{item.text()}: {told}" if item is not None else told)
        self.why.setFixedHeight(self.why.heightForWidth(_WIDTH - 2 * GAP - 2))
        self.adjustSize()

    def _give(self, item: QListWidgetItem) -> None:
        action: QAction = item.data(_ACTION)
        if action.isEnabled():
            if all(action is not made for _, made in self._meant):
                self._remember(item.data(_COMMAND))
            self._leave()
            action.trigger()

    def _remember(self, name: str) -> None:
        self._recent = [name, *(n for n in self._recent if n != name)][:_RECENT]
        QSettings().setValue(_KEPT, json.dumps(self._recent))

    def _leave(self) -> None:
        """Goes, and gives the keyboard back to what had it."""
        self.hide()
        if self._before is not None and shiboken6.isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _LINES, Qt.Key.Key_PageUp: -_LINES}
        if event.key() in steps:
            row = self.list.currentRow() + steps[Qt.Key(event.key())]
            self.list.setCurrentRow(max(0, min(row, self.list.count() - 1)))
        elif event.key() in _ENTER:
            if self.list.currentItem() is not None:
                self._give(self.list.currentItem())
        elif event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            return False
        return True

    def _line(self, command: Command, action: QAction) -> QListWidgetItem:
        item = QListWidgetItem(f"{command.menu} › {command.text}")
        why = "" if action.isEnabled() else action.toolTip()
        item.setData(TOLD, (f"{command.menu} › {command.text}", why, self._keys(command)))
        item.setData(_ACTION, action)
        item.setData(_COMMAND, command.known_as)
        item.setToolTip(action.toolTip())
        if why:
            item.setForeground(self.palette().placeholderText())
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.text()}, not now: {why}")
        return item


def _kept() -> list[str]:
    """The commands given last, in this window or one before."""
    try:
        names = json.loads(str(QSettings().value(_KEPT, "[]")))
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)][:_RECENT] if isinstance(names, list) else []
