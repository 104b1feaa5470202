"""Which key means which command on one canvas: those of the table of commands, until a person chose others."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

Keys = tuple[str, ...]


class Keymap:
    """The keys of every command by name, and the other way round."""

    def __init__(self, keys: Mapping[str, Keys]) -> None:
        self._keys: dict[str, Keys] = {}
        self._names: dict[str, str] = {}
        self.rebind(keys)

    def rebind(self, keys: Mapping[str, Keys]) -> None:
        """Other keys from now on, for the commands that are named."""
        self._keys |= keys
        self._names = {portable(key): name for name, held in self._keys.items() for key in held}

    def keys(self, name: str) -> Keys:
        """The keys of a command."""
        return self._keys.get(name, ())

    def name(self, event: QKeyEvent) -> str | None:
        """The command that a key means."""
        return self._names.get(typed(event))


def portable(key: str) -> str:
    """A key as it is compared and kept: `Ctrl+Shift+G`."""
    return QKeySequence(key).toString()


def typed(event: QKeyEvent) -> str:
    """The key of an event in that form; the keys of the number pad are those beside it."""
    keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeySequence(QKeyCombination(keys, Qt.Key(event.key()))).toString()


def shown(keys: Keys) -> str:
    """The first key as people read it; empty where there is none."""
    return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
