"""Commands as values: words, keys, what they do, and why they cannot at the moment; menus are made from them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from designer.canvas.keymap import shown
from designer.icons import icon
from designer.shortcuts import Binding, Shortcuts
from designer.theme import Theme


def always() -> str:
    """The reason of a command that can be given at any time: none."""
    return ""


@dataclass(frozen=True)
class Command:
    """Something a person can ask for. `why` says, in a sentence, what keeps it from being done, or nothing."""

    menu: str
    text: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    why: Callable[[], str] = always
    on: Callable[[], bool] | None = None  # for a command that switches something: whether it is on
    help: str = ""
    divides: bool = False  # a line stands above it in the menu
    within: str = ""  # the submenu in which it stands
    elsewhere: bool = False  # the keys are the canvas's own, and only shown here
    name: str = ""  # under which the keys that a person gave it are kept; from its words where empty

    @property
    def known_as(self) -> str:
        """Its name among the shortcuts."""
        return self.name or re.sub(r"\W+", "_", self.text.lower()).strip("_")


class Commands:
    """The actions of a window, made from its commands; `refresh` after anything changed."""

    def __init__(self, owner: QWidget, theme: Theme) -> None:
        self._owner, self._theme = owner, theme
        self._held: dict[str, tuple[Command, QAction]] = {}
        self.shortcuts = Shortcuts(owner)
        self.shortcuts.changed.connect(self._rebind)

    def add(self, commands: Iterable[Command]) -> None:
        """Takes commands in."""
        for command in commands:
            action = QAction(command.text, self._owner)
            action.setToolTip(command.help or command.text)
            action.setCheckable(command.on is not None)
            action.triggered.connect(_quietly(command.run))
            self._owner.addAction(action)
            self._held[command.text] = command, action
            binding = Binding(command.known_as, command.text.rstrip("…"), command.menu, command.keys)
            self.shortcuts.offer([binding])
        self.set_theme(self._theme)
        self._rebind()

    def _rebind(self) -> None:
        """Gives every action the keys it has now, in the menus and in its tooltip too."""
        for command, action in self._held.values():
            keys = self.shortcuts.keys(command.known_as)
            if not command.elsewhere:
                action.setShortcuts([QKeySequence(key) for key in keys])
            elif shown(keys):
                action.setText(f"{command.text}\t{shown(keys)}")
            else:
                action.setText(command.text)
        self.refresh()

    def keys(self, command: Command) -> str:
        """A command's first key as people read it."""
        return shown(self.shortcuts.keys(command.known_as))

    def __getitem__(self, text: str) -> QAction:
        return self._held[text][1]

    def all(self) -> list[tuple[Command, QAction]]:
        """Every command with its action, as it can be given now."""
        self.refresh(everything=True)
        return list(self._held.values())

    def set_theme(self, theme: Theme) -> None:
        """The icons in other colours."""
        self._theme = theme
        for command, action in self._held.values():
            if command.icon:
                action.setIcon(icon(command.icon, theme))

    def refresh(self, *, everything: bool = False) -> None:
        """Enables what can be done now; the tooltip of the rest says why not.

        Commands without keys of their own are looked at only where they are about to be seen (`everything`): to know
        whether something can be pasted, another program may have to be asked.
        """
        for command, action in self._held.values():
            if command.elsewhere and not everything:
                continue
            why = command.why()
            action.setEnabled(not why)
            keys = f" ({self.keys(command)})" if self.keys(command) else ""
            text = why or f"{command.help or command.text}{keys}"
            if action.toolTip() != text:
                action.setToolTip(text)
                action.setStatusTip("")
            if command.on is not None:
                action.setChecked(command.on())

    def _refresh_all(self) -> None:
        self.refresh(everything=True)

    def menu(self, name: str, parent: QWidget) -> QMenu:
        """The menu of that name."""
        menu = QMenu(name, parent)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._refresh_all)
        inner: dict[str, QMenu] = {"": menu}
        for command, action in self._held.values():
            if command.menu == name:
                if command.divides:
                    menu.addSeparator()
                if command.within not in inner:
                    inner[command.within] = menu.addMenu(command.within)
                    inner[command.within].setToolTipsVisible(True)
                inner[command.within].addAction(action)
        return menu


def _quietly(run: Callable[[], object]) -> Callable[..., None]:
    def triggered(*_: object) -> None:
        run()

    return triggered


__all__: Sequence[str] = ("Command", "Commands", "always")
