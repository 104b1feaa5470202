"""The keys of all commands: those they come with, until a person chooses others, which are kept for the next window."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Signal

from designer.canvas.keymap import Keys, portable

_GROUP = "shortcuts"
# A person would be lost without them: the hand pans with Space, the box of commands is left with Esc.
RESERVED = {"Space": "pans the canvas and opens the search", "Esc": "leaves whatever is open"}


@dataclass(frozen=True)
class Binding:
    """A command that keys can be given to: its name, its words, where it stands, and the keys it comes with."""

    name: str
    text: str
    place: str
    keys: Keys = ()


class Shortcuts(QObject):
    """Says which keys a command has now; `changed` after a person chose others."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bindings: dict[str, Binding] = {}
        self._own: dict[str, Keys] = _kept()

    def offer(self, bindings: Iterable[Binding]) -> None:
        """Takes in the commands there are."""
        self._bindings |= {each.name: each for each in bindings}

    def all(self) -> tuple[Binding, ...]:
        """Every command, in the order of the menus."""
        return tuple(self._bindings.values())

    def keys(self, name: str) -> Keys:
        """The keys of a command now."""
        binding = self._bindings.get(name)
        return self._own.get(name, binding.keys if binding else ())

    def own(self, name: str) -> bool:
        """Whether a person chose the keys of a command."""
        return name in self._own

    def keymap(self) -> Mapping[str, Keys]:
        """The keys of every command."""
        return {name: self.keys(name) for name in self._bindings}

    def refusal(self, key: str) -> str:
        """Why a key can be given to no command, in a sentence; empty where it can."""
        why = RESERVED.get(portable(key), "")
        return f"{portable(key)} {why}, always." if why else ""

    def holder(self, key: str, beside: str) -> Binding | None:
        """The other command that has a key already."""
        wanted = portable(key)
        others = (each for each in self._bindings.values() if each.name != beside)
        return next((each for each in others if wanted in map(portable, self.keys(each.name))), None)

    def choose(self, name: str, key: str) -> None:
        """Gives a key to a command, and takes it from the one that had it."""
        taken = set(_with_pad(portable(key)))
        for other in self._bindings:
            held = self.keys(other)
            if other != name and taken & set(map(portable, held)):
                self._set(other, tuple(k for k in held if portable(k) not in taken))
        self._set(name, _with_pad(portable(key)))
        self.changed.emit()

    def clear(self, name: str) -> None:
        """Leaves a command without a key."""
        self._set(name, ())
        self.changed.emit()

    def reset(self, name: str) -> None:
        """Gives a command the keys it came with; one that has them by now is left without."""
        binding = self._bindings[name]
        for key in binding.keys:
            other = self.holder(key, name)
            if other is not None:
                self._set(other.name, tuple(k for k in self.keys(other.name) if portable(k) != portable(key)))
        self._set(name, binding.keys)
        self.changed.emit()

    def reset_all(self) -> None:
        """Gives every command the keys it came with."""
        self._own = {}
        QSettings().remove(_GROUP)
        self.changed.emit()

    def _set(self, name: str, keys: Keys) -> None:
        if keys == self._bindings[name].keys:
            self._own.pop(name, None)
            QSettings().remove(f"{_GROUP}/{name}")
        else:
            self._own[name] = keys
            QSettings().setValue(f"{_GROUP}/{name}", json.dumps(keys))


def _with_pad(key: str) -> Keys:
    """Return and the Enter of the number pad are one key to people."""
    return (key, key.replace("Return", "Enter")) if "Return" in key else (key,)


def _kept() -> dict[str, Keys]:
    """What was chosen in an earlier window; what cannot be read is as if it had not been chosen."""
    settings = QSettings()
    settings.beginGroup(_GROUP)
    found: dict[str, Keys] = {}
    for name in settings.allKeys():
        try:
            keys = json.loads(str(settings.value(name)))
        except ValueError:
            continue
        if isinstance(keys, list) and all(isinstance(key, str) and portable(key) for key in keys):
            found[name] = tuple(keys)
    settings.endGroup()
    return found
