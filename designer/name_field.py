"""A field for what names networks, nodes, data or phases of the design: typed, or chosen from those that there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu

from blocks.setting import Setting
from designer.fields import MIXED, TextField, field_button, told_name
from designer.theme import Theme
from runtime.places import Around, Offering

_NONE = "Nothing to name yet"


def nothing_around() -> Around:
    """What there is to name where no design is looked at."""
    return Around({})


class NameField(TextField):
    """Text with a list of what can be named, which opens with the button or with Down; names turn on and off in it."""

    wide = True

    def __init__(self, setting: Setting, theme: Theme) -> None:
        assert isinstance(setting, Offering)
        self.offering: Offering = setting
        self.around: Callable[[], Around] = nothing_around
        super().__init__(setting, theme)

    def _extra(self) -> None:
        self.menu = QMenu(self)
        button = field_button("chevron-down", f"Names for {told_name(self.setting)}", self.theme)
        button.setStyleSheet("QToolButton { padding: 0; }")
        button.clicked.connect(self.open_menu)
        self._put_inside(button)

    def open_menu(self) -> None:
        """Shows what can be named, that which is named ticked."""
        self.menu.clear()
        value = self._shown if self._shown is not MIXED else self.setting.default
        offered = self.offering.offered(self.around())
        for head, inner in _by_head(offered):
            into = self.menu.addMenu(head) if inner else self.menu
            self._add(into, head, f"All of {head}" if inner else head, value)
            for name in inner:
                self._add(into, name, name.partition(".")[2], value)
        if not offered and not self.offering.files:
            self.menu.addAction(_NONE).setEnabled(False)
        if self.offering.files:
            self.menu.addAction("Choose a file…", self._choose_file)
        if value != self.setting.default:
            self.menu.addSeparator()
            self.menu.addAction("Leave empty", partial(self._choose, self.setting.show(self.setting.default)))
        self.menu.popup(self.mapToGlobal(QPoint(0, self.height())))

    def _add(self, menu: QMenu, name: str, told: str, value: object) -> QAction:
        turned = self.setting.show(self.offering.turned(value, name))
        action = menu.addAction(told.replace("&", "&&"), partial(self._choose, turned))
        action.setCheckable(True)
        action.setChecked(name in self.offering.named(value))
        return action

    def _choose(self, text: str) -> None:
        super()._choose(text)
        self.line.setCursorPosition(0)  # of several names the first are seen

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose weights", self.line.text(), "Weights (*.safetensors)")
        if path:
            self._choose(path)

    def _step(self, by: int) -> None:
        self.open_menu()


def _by_head(names: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Names in order, each with those that stand under it: `Net` with `Net.body`."""
    found: dict[str, list[str]] = {}
    for name in names:
        head = name.partition(".")[0]
        if head in found and head != name:
            found[head].append(name)
        else:
            found[name] = []
    return list(found.items())
