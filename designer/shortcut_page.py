"""The page on which keys are chosen: all commands, a key pressed is recorded, and who had it before is said."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer import fuzzy
from designer.canvas.keymap import Keys, typed
from designer.shortcuts import Binding, Shortcuts
from designer.theme import GAP, ROW

_NAME = Qt.ItemDataRole.UserRole
_MODIFIERS = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}
_HINT = "Enter records a new key for the command, Delete takes its key away."
_PRESS = "Press the new key. Esc leaves it as it is."


class ShortcutPage(QDialog):
    """Every command with its keys, to be changed; it does not block the window behind it."""

    def __init__(self, shortcuts: Shortcuts, parent: QWidget) -> None:
        super().__init__(parent)
        self._shortcuts = shortcuts
        self.recording = ""  # the command that waits for its new key
        self._offered: tuple[str, str] | None = None  # a command, and the key that another one has
        self.setWindowTitle("Keyboard shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.field, self.list, self.told = QLineEdit(), QTreeWidget(), QLabel(_HINT)
        self.record, self.clear, self.reset = QPushButton("Record"), QPushButton("Remove"), QPushButton("Reset")
        self.reset_all, self.replace, self.keep = QPushButton("Reset all"), QPushButton("Replace"), QPushButton("Keep")
        self._lay_out()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        self.field.setPlaceholderText("Search by name or key")
        self.field.setAccessibleName("Search commands")
        self.list.setAccessibleName("Commands and their keys")
        self.list.setColumnCount(2)
        self.list.setHeaderLabels(["Command", "Key"])
        self.list.setUniformRowHeights(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(12)
        self.list.setExpandsOnDoubleClick(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setMinimumSectionSize(140)
        self.told.setProperty("role", "small")
        self.told.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(GAP)
        column.addWidget(self.field)
        column.addWidget(self.list, 1)
        column.addLayout(self._row(self.told, self.replace, self.keep))
        column.addLayout(self._row(self.record, self.clear, self.reset, None, self.reset_all))
        self.resize(520, 600)

    @staticmethod
    def _row(*parts: QWidget | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for part in parts:
            if part is None:
                row.addStretch(1)
            else:
                row.addWidget(part, 1 if isinstance(part, QLabel) else 0)
        return row

    def _connect(self) -> None:
        self.field.textEdited.connect(self.refresh)
        self.list.itemDoubleClicked.connect(self._begin)
        self.list.currentItemChanged.connect(self._choose)
        self.list.installEventFilter(self)
        self.record.clicked.connect(self._begin)
        self.clear.clicked.connect(self._clear)
        self.reset.clicked.connect(self._reset)
        self.reset_all.clicked.connect(self._shortcuts.reset_all)
        self.replace.clicked.connect(self._replace)
        self.keep.clicked.connect(self._keep)
        self._shortcuts.changed.connect(self.refresh)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)

    # What is shown

    def refresh(self, *_: object) -> None:
        """Lists the commands that the search means, with their keys as they are now."""
        at = self._current()
        words = self.field.text().split()
        self.list.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for binding in self._shortcuts.all():
            if self._means(words, binding):
                group = groups.get(binding.place) or self._group(binding.place)
                groups[binding.place] = group
                group.addChild(self._line(binding))
        self.list.expandAll()
        self._go_to(at)
        self._tell_none()

    def _means(self, words: list[str], binding: Binding) -> bool:
        keys = _shown(self._shortcuts.keys(binding.name)).lower()
        named = fuzzy.score(words, binding.text, binding.place) >= fuzzy.LEAST
        return named or (bool(words) and "+".join(words).lower() in keys)

    def _group(self, place: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([place])
        font = QFont(self.list.font())
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(0, font)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
        item.setSizeHint(0, QSize(0, ROW))
        self.list.addTopLevelItem(item)
        return item

    def _line(self, binding: Binding) -> QTreeWidgetItem:
        own = self._shortcuts.own(binding.name)
        item = QTreeWidgetItem([binding.text, _shown(self._shortcuts.keys(binding.name))])
        item.setData(0, _NAME, binding.name)
        item.setSizeHint(0, QSize(0, ROW))
        if own:
            font = QFont(self.list.font())
            font.setWeight(QFont.Weight.DemiBold)
            item.setFont(1, font)
            item.setToolTip(1, f"Your own; it came with {_shown(binding.keys) or 'no key'}")
        return item

    def _items(self) -> list[QTreeWidgetItem]:
        groups = (self.list.topLevelItem(i) for i in range(self.list.topLevelItemCount()))
        lines = (group.child(i) for group in groups if group is not None for i in range(group.childCount()))
        return [line for line in lines if line is not None]

    def _go_to(self, name: str) -> None:
        items = self._items()
        at = next((item for item in items if item.data(0, _NAME) == name), items[0] if items else None)
        if at is not None:
            self.list.setCurrentItem(at)

    def _show_key(self, name: str, text: str) -> None:
        for item in self._items():
            if item.data(0, _NAME) == name:
                item.setText(1, text)

    def _current(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, _NAME) or "") if item is not None else ""

    def _choose(self, *_: object) -> None:
        if self.recording or self._offered:
            self._keep()
        name = self._current()
        for button in (self.record, self.clear, self.reset):
            button.setEnabled(bool(name))
        self.reset.setEnabled(self._shortcuts.own(name))

    def _tell(self, text: str, role: str = "small", asks: bool = False) -> None:
        self.told.setText(text)
        self.told.setProperty("role", role)
        self.told.style().unpolish(self.told)
        self.told.style().polish(self.told)
        for button in (self.replace, self.keep):
            button.setVisible(asks)

    def _tell_none(self) -> None:
        self.recording, self._offered = "", None
        self._tell(_HINT if self._items() else "No command is called that, and none has that key.")

    # Recording

    def _begin(self, *_: object) -> None:
        name = self._current()
        if not name:
            return
        self._offered = None
        self.recording = name
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_key(name, "…")
        self._tell(_PRESS, "strong")

    def _pressed(self, key: str) -> None:
        """Takes the key that was pressed, or asks where another command has it."""
        name, holder = self.recording, self._shortcuts.holder(key, self.recording)
        refusal = self._shortcuts.refusal(key)
        if refusal:
            self._tell(f"{refusal} Press another key.", "error")
        elif holder is None:
            self._shortcuts.choose(name, key)
        else:
            self.recording, self._offered = "", (name, key)
            self._show_key(name, _shown((key,)))
            self._tell(f"{_shown((key,))} is the key of “{holder.text}”.", "error", asks=True)
            self.replace.setFocus(Qt.FocusReason.OtherFocusReason)

    def _replace(self) -> None:
        if self._offered is not None:
            self._shortcuts.choose(*self._offered)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        name = self._offered[0] if self._offered else self.recording
        self._tell_none()
        self._show_key(name, _shown(self._shortcuts.keys(name)))
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clear(self) -> None:
        if self._current():
            self._shortcuts.clear(self._current())

    def _reset(self) -> None:
        if self._current():
            self._shortcuts.reset(self._current())

    # Keys of its own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            if self.recording:
                event.accept()  # not a command of the window behind: it is to be recorded
            return bool(self.recording)
        if event.type() != QEvent.Type.KeyPress:
            return False
        return self._record(event) if self.recording else self._command(event)

    def _record(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self._keep()
        elif event.key() not in _MODIFIERS:
            key = typed(event)
            if key:
                self._pressed(key)
        return True

    def _command(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            return self._walk(event.key() == Qt.Key.Key_Down)
        acts = {Qt.Key.Key_Return: self._begin, Qt.Key.Key_Enter: self._begin, Qt.Key.Key_Delete: self._clear}
        act = acts.get(Qt.Key(event.key()))
        if act is not None:
            act()
        return act is not None

    def _walk(self, down: bool) -> bool:
        """Goes to the next command, over the headings."""
        items, at = self._items(), self.list.currentItem()
        place = items.index(at) + (1 if down else -1) if at in items else 0
        if 0 <= place < len(items):
            self.list.setCurrentItem(items[place])
        return True


def _shown(keys: Keys) -> str:
    """Keys as people read them."""
    native = (QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)
    return ",  ".join(native)
