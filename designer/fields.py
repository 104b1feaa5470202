"""One field for each kind of setting: typed text in, canonical values out, and a calm word where it does not fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from blocks.arithmetic import Scope
from blocks.setting import BadSetting, Choice, Flag, Part, PerAxis, Setting, Text, Whole
from blocks.sums import OF_NETWORK, Given, takes_sums, typed
from designer.icons import icon
from designer.theme import FIELD, GAP, Theme

# What a text setting of that name holds can be chosen in a dialog.
_BROWSED: dict[str, Callable[..., str | tuple[str, str]]] = {
    "folder": QFileDialog.getExistingDirectory,
    "file": QFileDialog.getOpenFileName,
}


class Mixed:
    """The value of a setting that differs among what is selected."""


MIXED = Mixed()


class Field(QWidget):
    """The field of one setting. `show_value` paints; a person's edits leave through `edited`, never the other way."""

    edited = Signal(object)  # the canonical value
    refused = Signal(str)  # what is wrong with the text, empty once it is right

    form: QWidget | None = None  # what stands beneath it, over the whole width
    wide = False  # what is chosen in it has a longer name than a number

    def __init__(self, setting: Setting, theme: Theme) -> None:
        super().__init__()
        self.setting, self.theme = setting, theme

    def show_value(self, value: Any) -> None:
        """Shows a value, or MIXED; what a person is typing stays while it means the same."""
        raise TypeError(f"{type(self).__name__} does not say how it shows a value")


def told_name(setting: Setting) -> str:
    """A setting's name as people read it: `width` of `settings.width`, which a use hands to its network."""
    return setting.name.rpartition(".")[2]


class Line(QLineEdit):
    """A line of text that leaves undo to the document and tells Up and Down."""

    stepped = Signal(int)
    asked = Signal(QPoint)  # by the menu key: what can be done with the setting

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.asked.emit(self.mapToGlobal(self.rect().bottomLeft()))
        else:
            super().contextMenuEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            standard = QKeySequence.StandardKey
            if event.matches(standard.Undo) or event.matches(standard.Redo):
                event.ignore()
                return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if step and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.stepped.emit(step)
        else:
            super().keyPressEvent(event)


class TextField(Field):
    """Typed text with its unit, or what a sum works out to, at the right."""

    def __init__(self, setting: Setting, theme: Theme) -> None:
        super().__init__(setting, theme)
        self._shown: Any = None
        self.scope: Scope = {}  # the names that a sum may be over
        self.line = Line(self)
        self.line.setFixedHeight(FIELD)
        self.line.setAccessibleName(told_name(setting))
        self.line.setAccessibleDescription(f"{setting.doc} Takes {setting.expected}.")
        self.line.textEdited.connect(self._typed)
        self.line.stepped.connect(self._step)
        self.hint = QLabel(self.line)
        self.hint.setProperty("role", "hint")
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self.line)
        self.setFocusProxy(self.line)
        self._inside: QToolButton | None = None
        self._extra()

    def _extra(self) -> None:
        """What can be chosen instead of typed: words within the line, a path beside it."""
        setting = self.setting
        if isinstance(setting, PerAxis) and setting.words:
            self._put_inside(self._words(setting.words))
        if isinstance(setting, Text) and setting.name in _BROWSED:
            self._row.addWidget(self._browser(setting.name))

    def _put_inside(self, button: QToolButton) -> None:
        self._inside = button
        button.setParent(self.line)

    def _words(self, words: tuple[str, ...]) -> QToolButton:
        menu = QMenu(self)
        for word in words:
            menu.addAction(word, partial(self._choose, word))
        button = field_button("chevron-down", f"Words that {self.setting.name} takes", self.theme)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def _browser(self, sort: str) -> QToolButton:
        button = field_button("folder-open", f"Choose a {sort}…", self.theme)
        button.clicked.connect(self._browse)
        return button

    def _browse(self) -> None:
        sort = self.setting.name
        found = _BROWSED[sort](self, f"Choose a {sort}", self.line.text())
        path = found[0] if isinstance(found, tuple) else found
        if path:
            self._choose(path)

    def _choose(self, text: str) -> None:
        self.line.setText(text)
        self._typed(text)

    def show_value(self, value: Any) -> None:
        if value is self._shown or (type(value) is type(self._shown) and value == self._shown):
            return
        self._shown = value
        if value is not MIXED and self._means(self.line.text()) == (value,):
            self._hint(value)
            return
        self.line.setPlaceholderText("mixed" if value is MIXED else "none" if value is None else "")
        self.line.setText(self._told(value))
        self.line.setCursorPosition(0)
        self._judge("")
        self._hint(value)

    def _told(self, value: Any) -> str:
        if isinstance(value, Given):
            return value.text
        return "" if value is MIXED else self.setting.show(value)

    def _means(self, text: str) -> tuple[Any] | None:
        try:
            return (typed(self.setting, text, self.scope),)
        except BadSetting:
            return None

    def _typed(self, text: str) -> None:
        try:
            value = typed(self.setting, text, self.scope)
        except BadSetting as bad:
            self._judge(str(bad).removeprefix(OF_NETWORK))
            self._hint(self._shown)
            return
        self._judge("")
        self._hint(value)
        self.edited.emit(value)

    def _step(self, by: int) -> None:
        means = self._means(self.line.text())
        if means is None or not isinstance(self.setting, Whole | PerAxis) or type(means[0]) is not int:
            return
        text = str(means[0] + by)
        if self._means(text) is not None:
            self._choose(text)

    def _judge(self, problem: str) -> None:
        if self.line.property("invalid") != bool(problem):
            self.line.setProperty("invalid", bool(problem))
            self.line.style().unpolish(self.line)
            self.line.style().polish(self.line)
        self.refused.emit(problem)

    def _hint(self, value: Any) -> None:
        """A sum's result where a sum stands, else the unit where a value stands."""
        text = self.line.text().strip()
        means = self._means(text)
        result = means[0].value if means and isinstance(means[0], Given) else means[0] if means else None
        is_sum = isinstance(value, Given) or (takes_sums(self.setting) and any(c in text for c in "+*/-%"))
        plain = not is_sum or means is None or self.setting.show(result) == text
        self.hint.setText("" if not text else self.setting.unit if plain else f"= {self.setting.show(result)}")
        self._place_hint()

    def _place_hint(self) -> None:
        self.hint.adjustSize()
        width = self.hint.width() if self.hint.text() else 0
        inner = self._inside.width() - 4 if self._inside is not None else 0
        self.line.setTextMargins(0, 0, (width + GAP if width else 0) + inner, 0)
        self.hint.move(self.line.width() - width - 9 - inner, (self.line.height() - self.hint.height()) // 2)
        if self._inside is not None:
            self._inside.move(self.line.width() - self._inside.width() - 1, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._row.activate()
        self._place_hint()


class FlagField(Field):
    """A box to tick."""

    def __init__(self, setting: Setting, theme: Theme) -> None:
        super().__init__(setting, theme)
        self.box = QCheckBox(self)
        self.box.setAccessibleName(setting.name)
        self.box.setAccessibleDescription(setting.doc)
        self.box.clicked.connect(self._clicked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.setMinimumHeight(FIELD)
        self.setFocusProxy(self.box)

    def show_value(self, value: Any) -> None:
        self.box.setTristate(value is MIXED)
        state = Qt.CheckState.PartiallyChecked if value is MIXED else _ticked(bool(value))
        self.box.setCheckState(state)
        self.box.setText("mixed" if value is MIXED else "yes" if value else "no")

    def _clicked(self) -> None:
        ticked = self.box.checkState() is not Qt.CheckState.Unchecked
        self.box.setTristate(False)
        self.edited.emit(ticked)


class Combo(QComboBox):
    """A list to choose from that the wheel passes over, so that scrolling the form changes nothing."""

    def __init__(self, name: str, doc: str) -> None:
        super().__init__()
        self.setFixedHeight(FIELD)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setAccessibleName(name)
        self.setAccessibleDescription(doc)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ChoiceField(Field):
    """One of a few words."""

    def __init__(self, setting: Setting, theme: Theme) -> None:
        super().__init__(setting, theme)
        assert isinstance(setting, Choice)
        self.combo = Combo(setting.name, setting.doc)
        self.combo.addItems(list(setting.options))
        self.combo.setPlaceholderText("mixed")
        self.combo.activated.connect(self._chosen)
        _only(self, self.combo)

    def show_value(self, value: Any) -> None:
        self.combo.setCurrentIndex(-1 if value is MIXED else self.combo.findText(value))

    def _chosen(self, index: int) -> None:
        self.edited.emit(self.combo.itemText(index))


class PartField(Field):
    """A definition chosen out of a catalogue; `form` holds its own settings and is placed by who shows the field."""

    form: QWidget
    wide = True

    def __init__(self, setting: Setting, theme: Theme, form: Callable[[Theme], Any]) -> None:
        super().__init__(setting, theme)
        assert isinstance(setting, Part)
        self._kinds = [known.kind() for known in setting.catalogue]
        self._value: Any = None
        self.combo = Combo(setting.name, setting.doc)
        self.combo.setPlaceholderText("mixed")
        for place, known in enumerate(setting.catalogue):
            self.combo.addItem(str(getattr(known, "title", "") or known.kind()))
            self.combo.setItemData(place, known.summary(), Qt.ItemDataRole.ToolTipRole)
        self.combo.activated.connect(self._chosen)
        self.form = self._settings = form(theme)
        self._settings.edited.connect(self._edited)
        _only(self, self.combo)

    def show_value(self, value: Any) -> None:
        mixed = value is MIXED or value is None
        self._value = None if mixed else value
        self.combo.setCurrentIndex(-1 if mixed else self._kinds.index(value.kind()))
        self.combo.setPlaceholderText("mixed" if value is MIXED else "none")
        self.combo.setToolTip("" if mixed else value.summary())
        self._settings.look_at(() if mixed else (value,))

    def look_around(self, around: object) -> None:
        """Tells its form what settings there can name."""
        self._settings.around = around

    def _chosen(self, index: int) -> None:
        if self._value is None or self._value.kind() != self._kinds[index]:
            self.edited.emit(self.setting.parse({"kind": self._kinds[index]}))

    def _edited(self, name: str, value: object) -> None:
        if self._value is not None:
            self.edited.emit(self._value.with_settings(**{name: value}))


def _only(field: Field, widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(field)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(widget)
    field.setFocusProxy(widget)
    return column


def _ticked(yes: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if yes else Qt.CheckState.Unchecked


def field_button(name: str, help_: str, theme: Theme) -> QToolButton:
    """A small button within a field, or beside it."""
    button = QToolButton()
    button.setIcon(icon(name, theme, "muted"))
    button.setIconSize(QSize(14, 14))
    button.setFixedSize(24, FIELD)
    button.setToolTip(help_)
    button.setAccessibleName(help_)
    return button


__all__ = ["MIXED", "ChoiceField", "Field", "Flag", "FlagField", "PartField", "TextField", "field_button"]
