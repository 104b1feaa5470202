"""A form over any definition: one row a setting, made from the setting alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QDrag, QKeySequence, QMouseEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from blocks.arithmetic import Scope
from blocks.definition import Definition
from blocks.setting import Choice, Flag, Names, Number, Part, PerAxis, Setting, Sizes, Text, Whole
from blocks.sums import Given, takes_sums
from designer.fields import MIXED, ChoiceField, Field, FlagField, PartField, TextField, told_name
from designer.groups import Heading, by_group
from designer.handing import of_setting
from designer.name_field import NameField, nothing_around
from designer.theme import FIELD, GAP, Theme
from runtime.places import Around, Offering

_FIELD_WIDTHS = {300: 136, 0: 108}  # px of a field in a form from so many px on: all in sight stand in one line
_PART_WIDTH = 160  # of what is chosen out of a catalogue
_LEAST_WIDTH = 60  # beside a very long name
_MARK = 12  # px beside a name
NO_NAMES: Scope = {}
PROMOTE = "Alt+P"


def _part_field(setting: Setting, theme: Theme) -> Field:
    return PartField(setting, theme, Form)


# A new kind of setting costs one entry here.
FIELDS: dict[type[Setting], Callable[[Setting, Theme], Field]] = {
    Whole: TextField,
    Number: TextField,
    PerAxis: TextField,
    Sizes: TextField,
    Text: TextField,
    Names: TextField,
    Offering: NameField,
    Flag: FlagField,
    Choice: ChoiceField,
    Part: _part_field,
}


def field_for(setting: Setting, theme: Theme) -> Field:
    """The field that edits a setting; one of an unknown kind is typed as text."""
    kinds = (FIELDS[kind] for kind in type(setting).__mro__ if kind in FIELDS)
    return next(kinds, TextField)(setting, theme)


class Name(QLabel):
    """The name of a setting, which tells where a menu is wanted for it."""

    asked = Signal(QPoint)
    carried = Signal(bool)  # the hand has taken it along, and has let it go

    def __init__(self, setting: Setting) -> None:
        super().__init__(told_name(setting))
        self.setting, self._from = setting, QPoint()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.asked.emit(event.globalPos())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = (event.position().toPoint() - self._from).manhattanLength() >= QApplication.startDragDistance()
        if far and event.buttons() & Qt.MouseButton.LeftButton:
            drag = QDrag(self)
            drag.setMimeData(of_setting(self.setting.name))
            drag.setPixmap(self.grab())
            self.carried.emit(True)
            drag.exec(Qt.DropAction.CopyAction)
            self.carried.emit(False)


class Row:
    """A setting's label, mark, field and complaint, in the grid of a form."""

    def __init__(self, setting: Setting, theme: Theme, grid: QGridLayout, line: int) -> None:
        self.setting, self.shown = setting, True
        self.field = field_for(setting, theme)
        self.label = Name(setting)
        self.label.setProperty("role", "muted")
        self.label.setBuddy(self.field.focusProxy() or self.field)  # the one a reader asks for its label
        self.label.setMinimumWidth(1)  # a long name gives way to the field
        self.mark = _mark(theme)
        self.complaint = QLabel()
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self.field.refused.connect(self.complain)
        self._place(grid, line)
        self._help()

    def _place(self, grid: QGridLayout, line: int) -> None:
        head = QWidget()
        head.setFixedHeight(FIELD)
        beside = QHBoxLayout(head)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(1)
        beside.addWidget(self.label)
        beside.addWidget(self.mark)
        beside.addStretch(1)
        top = Qt.AlignmentFlag.AlignTop
        if not self.field.wide:
            grid.addWidget(head, 3 * line, 0, alignment=top)
            grid.addWidget(self.field, 3 * line, 1, alignment=top)
        else:
            beside.addWidget(self.field)
            grid.addWidget(head, 3 * line, 0, 1, 2, alignment=top)
        grid.addWidget(self.complaint, 3 * line + 1, 0, 1, 2)
        self.widgets = [head, self.field]  # what is folded away with it
        if self.field.form is not None:
            self.widgets.append(_nested(self.field.form))
            grid.addWidget(self.widgets[-1], 3 * line + 2, 0, 1, 2)

    def _help(self) -> None:
        setting = self.setting
        text = f"<p><b>{told_name(setting)}</b> — {setting.doc}</p><p>Takes {setting.expected}.</p>"
        for widget in (self.label, self.field):
            widget.setToolTip(text)

    def show_all(self, shown: bool) -> None:
        """Shows the row, or folds it away."""
        if shown is not self.shown:
            self.shown = shown
            for widget in self.widgets:
                widget.setVisible(shown)
            self.complaint.setVisible(shown and bool(self.complaint.text()))

    def complain(self, problem: str) -> None:
        """Says beneath the field what is wrong with it; nothing takes that away."""
        self.complaint.setText(problem)
        self.complaint.setVisible(self.shown and bool(problem))

    def show_value(self, value: Any, scope: Scope, around: Callable[[], Around] = nothing_around) -> None:
        """Shows a value, Given where it follows from a sum over the names in scope, and whether it is the default."""
        if isinstance(self.field, TextField):
            self.field.scope = scope
        if isinstance(self.field, NameField):
            self.field.around = around
        self.field.show_value(value)
        changed = value is not MIXED and value != self.setting.default
        self.mark.setVisible(changed)
        if changed:
            default = self.setting.show(self.setting.default) or "none"
            self.mark.setToolTip(f"Changed from its default, {default}. Click to go back to it.")
            self.mark.setAccessibleName(f"Set {told_name(self.setting)} back to {default}")


class Form(QWidget):
    """The settings of one definition, or those that several share."""

    edited = Signal(str, object)  # a setting's name and its new value, Given where it is a sum
    refused = Signal(str, str)  # a setting's name and what is wrong with its text, empty once it is right
    promoted = Signal(str)  # by key: the setting of that name is to be one of the network
    carried = Signal(bool)  # the name of a setting is in the hand, or no more
    asked = Signal(str, QPoint)  # what can be done with the setting of that name, at this point of the screen

    def __init__(self, theme: Theme, more: str = "") -> None:
        super().__init__()
        self._theme, self._more = theme, more
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(0, 1)
        self._settings: tuple[Setting, ...] = ()
        self.around: Callable[[], Around] = nothing_around  # what settings can name
        self._idle: set[str] = set()  # settings without an effect beside the others
        self.rows: dict[str, Row] = {}
        self.headings: dict[str, Heading] = {}
        if more:
            within = Qt.ShortcutContext.WidgetWithChildrenShortcut
            QShortcut(QKeySequence(PROMOTE), self, self._promote, context=within)

    def look_at(
        self,
        subjects: Sequence[Definition],
        extras: Sequence[tuple[Setting, Sequence[Any]]] = (),
        sums: Sequence[Mapping[str, str]] = (),
        scope: Scope = NO_NAMES,
        hidden: Collection[str] = (),
    ) -> None:
        """Shows the settings that all subjects have, and `extras`: further settings with their value for each.

        `sums` are those that settings of each subject follow from, over the names in `scope`; those `hidden` are not
        shown. The rows are made anew only where the settings differ from those shown.
        """
        held: dict[Setting, Sequence[Any]] = {
            s: [subject.value(s.name) for subject in subjects] for s in shared(subjects) if s.name not in hidden
        }
        held.update(extras)
        held = {setting: held[setting] for setting in by_group(held)}
        if tuple(held) != self._settings:
            self._rebuild(tuple(held))
        for setting, values in held.items():
            shown = [_given(setting, value, sums[i] if sums else {}) for i, value in enumerate(values)]
            self.rows[setting.name].show_value(common(shown), scope, self.around)
        self._idle = idle(held)
        self._show_rows()
        for heading in self.headings.values():
            under = [(s, of) for s, of in held.items() if s.group == heading.words and s.name not in self._idle]
            heading.tell([s.name for s, of in under if any(v != s.default for v in of)])

    def _rebuild(self, settings: tuple[Setting, ...]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._settings, self.rows, self.headings = settings, {}, {}
        lines = iter(range(2 * len(settings)))
        for setting in settings:
            self._head(setting.group, lines)
            row = self.rows[setting.name] = Row(setting, self._theme, self._grid, next(lines))
            row.field.edited.connect(partial(self._edit, setting.name))
            row.field.refused.connect(partial(self._refuse, setting.name))
            row.mark.clicked.connect(partial(self._reset, setting))
            row.label.asked.connect(partial(self._ask, setting.name))
            row.label.carried.connect(self.carried)
            if self._more and takes_sums(setting):
                row.label.setToolTip(f"{row.label.toolTip()}<p>{self._more}</p>")
            if isinstance(row.field, TextField):
                row.field.line.asked.connect(partial(self._ask, setting.name))

    def _head(self, group: str, lines: Iterator[int]) -> None:
        """The heading of a group, made where it is the first time that one comes."""
        if group and group not in self.headings:
            heading = self.headings[group] = Heading(group, self._theme)
            heading.turned.connect(self._show_rows)
            self._grid.addWidget(heading, 3 * next(lines), 0, 1, 2)

    def _show_rows(self) -> None:
        """Puts the rows in sight that are not folded away and have an effect; a row is never made anew for that."""
        shut = {each.words for each in self.headings.values() if not each.isChecked()}
        for row in self.rows.values():
            row.show_all(row.setting.group not in shut and row.setting.name not in self._idle)
        self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_out()
        super().resizeEvent(event)

    def _share_out(self) -> None:
        """Gives all fields one width, less where the longest name needs the room: no name is cut."""
        plain = (row for row in self.rows.values() if not row.field.wide and row.shown)
        longest = max((row.label.sizeHint().width() for row in plain), default=0)
        wished = next(wide for least, wide in _FIELD_WIDTHS.items() if self.width() >= least)
        wide = min(max(self.width() - longest - _MARK - GAP, _LEAST_WIDTH), wished)
        for row in self.rows.values():
            left = self.width() - row.label.sizeHint().width() - _MARK - 2 * GAP
            row.field.setFixedWidth(wide if not row.field.wide else max(wide, min(left, _PART_WIDTH)))

    def _promote(self) -> None:
        """Asks for the setting in whose field the keyboard is to be one of the network."""
        focus = self.focusWidget()
        fields = {name: row.field for name, row in self.rows.items()}
        name = next((n for n, field in fields.items() if focus and (focus is field or field.isAncestorOf(focus))), "")
        if name:
            self.promoted.emit(name)

    def _edit(self, name: str, value: object) -> None:
        self.edited.emit(name, value)

    def _refuse(self, name: str, problem: str) -> None:
        self.refused.emit(name, problem)

    def _ask(self, name: str, at: QPoint) -> None:
        self.asked.emit(name, at)

    def _reset(self, setting: Setting, *_: object) -> None:
        self.edited.emit(setting.name, setting.default)


def _given(setting: Setting, value: Any, sums: Mapping[str, str]) -> Any:
    text = sums.get(setting.name)
    return value if text is None else Given(text, value)


def shared(subjects: Sequence[Definition]) -> tuple[Setting, ...]:
    """The settings that every subject has under the same name, of the same kind and with the same bounds."""
    if not subjects:
        return ()
    first, *others = subjects
    return tuple(s for n, s in first.settings.items() if all(_alike(s, o.settings.get(n)) for o in others))


def idle(held: Mapping[Setting, Sequence[Any]]) -> set[str]:
    """The names of those among settings, with their values, that have no effect beside the others."""
    values = {setting.name: of for setting, of in held.items()}
    said = [(s.name, s.where) for s in held if s.where is not None and s.where.name in values]
    return {name for name, where in said if not any(map(where.holds, values[where.name]))}


def _alike(one: Setting, other: Setting | None) -> bool:
    """Whether one field can edit both, whatever their help and defaults."""
    words: dict[str, Any] = {"default": None, "doc": "", "unit": "", "short": "", "always": False}
    return other is not None and replace(one, **words) == replace(other, **words)


def common(values: Sequence[Any]) -> Any:
    """The value that all have, or MIXED."""
    return values[0] if all(value == values[0] for value in values) else MIXED


def _nested(form: QWidget) -> QWidget:
    """A form within a form: set off by a line at its left."""
    holder = QWidget()
    holder.setProperty("role", "nested")
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(holder)
    column.setContentsMargins(10, 0, 0, 4)
    column.addWidget(form)
    return holder


def _mark(theme: Theme) -> QToolButton:
    mark = QToolButton()
    mark.setText("•")
    mark.setFixedSize(10, 20)
    mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    mark.setStyleSheet(f"QToolButton {{ color: {theme.accent}; padding: 0; font-weight: 700; }}")
    mark.hide()
    return mark
