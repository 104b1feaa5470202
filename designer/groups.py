"""The headings of a form: settings that say under which one they stand, folded away until they are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSettings, QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton

from blocks.setting import Setting
from designer.icons import icon
from designer.theme import Theme
from runtime.sources import BATCHES
from runtime.terms import LEARNING

_OPENED, _SHUT = "form/opened", "form/shut"
_OPEN_AT_FIRST = (LEARNING, BATCHES)


def by_group(settings: Iterable[Setting]) -> list[Setting]:
    """The settings without a heading, then those of each heading: open ones first, else in the order they came in."""
    held = list(settings)
    names = dict.fromkeys(setting.group for setting in held)
    order = sorted(names, key=lambda name: (name != "", name not in _OPEN_AT_FIRST))
    return sorted(held, key=lambda setting: order.index(setting.group))


def is_open(group: str) -> bool:
    """Whether what stands under a heading is in sight: as it was left, in whichever form that was."""
    return group in _kept(_OPENED) or (group in _OPEN_AT_FIRST and group not in _kept(_SHUT))


def remember(group: str, opened: bool) -> None:
    """Keeps whether a heading is open."""
    for key, among in ((_OPENED, opened), (_SHUT, not opened)):
        others = [each for each in _kept(key) if each != group]
        QSettings().setValue(key, [*others, group] if among else others)


def _kept(key: str) -> list[str]:
    stored = QSettings().value(key)
    return [str(each) for each in stored] if isinstance(stored, list) else [str(stored)] if stored else []


class Heading(QToolButton):
    """A heading that folds away what stands under it; while it is shut it says what differs from the defaults."""

    turned = Signal()

    def __init__(self, group: str, theme: Theme) -> None:
        super().__init__()
        self.words, self._theme = group, theme
        self._changed = False
        self.setCheckable(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(12, 12))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        plain = "padding: 2px 0; border: none; background: transparent; text-align: left;"
        self.setStyleSheet(f"QToolButton, QToolButton:checked {{ {plain} color: {theme.muted}; }}")
        self.clicked.connect(self._turn)
        self.open(is_open(group))

    def open(self, opened: bool) -> None:
        """Says that what stands under it is in sight, or folded away."""
        self.setChecked(opened)
        self.setIcon(icon("chevron-down" if opened else "chevron-right", self._theme, "muted"))
        self._name()

    def _name(self) -> None:
        self.setText(self.words if self.isChecked() or not self._changed else f"{self.words}  •")

    def tell(self, changed: Sequence[str]) -> None:
        """Says in its tooltip and by a dot that some settings differ from their defaults."""
        self._changed = bool(changed)
        self._name()
        told = f"Changed: {', '.join(changed)}." if changed else "All as they are by default."
        self.setToolTip(told)
        self.setAccessibleName(self.words)
        self.setAccessibleDescription(told)

    def _turn(self, opened: bool) -> None:
        remember(self.words, opened)
        self.open(opened)
        self.turned.emit()
