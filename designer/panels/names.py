"""Names with their values, as rows: the variables of a design, the own settings of a network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from blocks.setting import Setting
from designer.fields import TextField
from designer.icons import icon
from designer.panels.parts import Title
from designer.theme import FIELD, GAP, Theme

_FIELD_WIDTH = 136  # px, as in a form


class NameRow(QWidget):
    """One name, its value, and a button that takes it away."""

    def __init__(self, setting: Setting, theme: Theme, what: str) -> None:
        super().__init__()
        self.name = Title(f"Name of the {what}")
        self.name.setProperty("role", "name")
        self.name.setFixedHeight(FIELD)
        self.name.show_name(setting.name)
        self.remove = QToolButton()
        self.remove.setIcon(icon("x", theme, "muted"))
        self.remove.setIconSize(QSize(12, 12))
        self.remove.setFixedSize(20, 24)
        self.remove.setStyleSheet("QToolButton { padding: 0; }")
        self.remove.setToolTip(f"Remove {setting.name}: what follows from it keeps its value")
        self.remove.setAccessibleName(f"Remove {setting.name}")
        self.field = TextField(setting, theme)
        self.field.setFixedWidth(_FIELD_WIDTH)
        self.complaint = QLabel()
        self.complaint.setProperty("role", "complaint")
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self.field.refused.connect(self._complain)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP // 2)
        row.addWidget(self.name, 1)
        row.addWidget(self.remove)
        row.addWidget(self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP // 2)
        column.addLayout(row)
        column.addWidget(self.complaint)

    def _complain(self, problem: str) -> None:
        self.complaint.setText(problem)
        self.complaint.setVisible(bool(problem))

    def show_value(self, setting: Setting, value: Any) -> None:
        """Shows a value and what it feeds."""
        self.field.show_value(value)
        told = f"<p><b>{setting.name}</b> — {setting.doc}</p><p>Takes {setting.expected}.</p>"
        self.field.setToolTip(told)
        self.name.setToolTip(f"{told}<p>Click to rename it.</p>")


class NamesList(QWidget):
    """Rows of names with values; what a person wants leaves through signals. `what` they are is said to ears."""

    changed = Signal(str, object)  # a name and its new value
    renamed = Signal(str, str)  # from, to
    removed = Signal(str)

    def __init__(self, theme: Theme, what: str) -> None:
        super().__init__()
        self._theme, self._what = theme, what
        self._shown: tuple[Any, ...] = ()
        self.rows: dict[str, NameRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP // 2)

    def show_names(self, held: Mapping[Setting, Any]) -> None:
        """Shows each setting with its value; rows are made anew only where names or bounds changed."""
        alike = tuple(_plain(setting) for setting in held)
        if alike != self._shown:
            self._rebuild(tuple(held))
            self._shown = alike
        for setting, value in held.items():
            self.rows[setting.name].show_value(setting, value)
        self.setVisible(bool(held))

    def focus_name(self, name: str) -> None:
        """Puts the cursor into a name, all of it selected."""
        if name in self.rows:
            self.rows[name].name.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.rows[name].name.selectAll()

    def _rebuild(self, settings: tuple[Setting, ...]) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = {}
        for setting in settings:
            row = self.rows[setting.name] = NameRow(setting, self._theme, self._what)
            row.field.edited.connect(partial(self._change, setting.name))
            row.name.renamed.connect(partial(self._rename, setting.name))
            row.remove.clicked.connect(partial(self._remove, setting.name))
            self._column.addWidget(row)

    def _change(self, name: str, value: object) -> None:
        self.changed.emit(name, value)

    def _rename(self, old: str, new: str) -> None:
        self.rows[old].name.show_name(new)  # or leaving the field would ask for it once more
        self.renamed.emit(old, new)
        if old in self.rows:
            self.rows[old].name.show_name(old)

    def _remove(self, name: str, *_: object) -> None:
        self.removed.emit(name)


def _plain(setting: Setting) -> Any:
    """What makes a field another one: name, kind and bounds, not what it feeds or its present value."""
    bounds = getattr(setting, "low", None), getattr(setting, "high", None)
    return setting.name, type(setting), setting.unit, *bounds
