"""What screen readers are told of the parts that a widget paints itself: each a child with a name, words and a place.

readable(canvas, parts)     # once
tell_current(canvas)        # when the keyboard has gone to another part
announce(field, words)      # when something else is to be said
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary, ref

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QColor,
    QWindow,
)
from PySide6.QtWidgets import QAccessibleWidget, QWidget

_Text, _Role = QAccessible.Text, QAccessible.Role


class Parts(Protocol):
    """The painted parts of a widget, each under a key that stays its own."""

    def keys(self) -> Sequence[str]:
        """All parts in the order in which they are read."""

    def index(self, key: str) -> int:
        """Where a part stands among the keys; -1 where it is gone."""

    def name(self, key: str) -> str:
        """What a part is, in a few words."""

    def description(self, key: str) -> str:
        """The rest that is to be known of it."""

    def rect(self, key: str) -> QRect:
        """Where it is on the widget, px."""

    def key_at(self, at: QPoint) -> str | None:
        """The part under a point of the widget."""

    def chosen(self, key: str) -> bool:
        """Whether it is selected."""

    def current(self) -> str | None:
        """The part that the keyboard is at."""


_PARTS: WeakKeyDictionary[QWidget, Parts] = WeakKeyDictionary()
_HEARD: WeakKeyDictionary[QWidget, QAccessibleInterface] = WeakKeyDictionary()
_installed = False


def readable(widget: QWidget, parts: Parts) -> None:
    """Lets screen readers walk over the painted parts of a widget from now on."""
    global _installed
    if not _installed:
        _installed = True
        QAccessible.installFactory(_made)
    _PARTS[widget] = parts
    if QAccessible.isActive():
        _replace_stranger(widget)


def _replace_stranger(widget: QWidget) -> None:
    """A reader that listens already may have been given Qt's own interface while the widget was made."""
    found = QAccessible.queryAccessibleInterface(widget)
    if found is not None and not isinstance(found, _Whole):
        QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(found))


def tell_current(widget: QWidget) -> None:
    """Says that the keyboard has come to another part, which is then read."""
    parts = _PARTS.get(widget)
    key = parts.current() if parts is not None else None
    if parts is None or key is None or not QAccessible.isActive():
        return
    for kind in (QAccessible.Event.Selection, QAccessible.Event.Focus):
        event = QAccessibleEvent(widget, kind)
        event.setChild(parts.index(key))
        QAccessible.updateAccessibility(event)


def announce(widget: QWidget, words: str) -> None:
    """Has a reader say what changed beside the keyboard, as the line of a list that is marked."""
    if words and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))


def _made(_: str, of: QObject) -> QAccessibleInterface | None:
    if not isinstance(of, QWidget) or of not in _PARTS:
        return None
    held = _HEARD[of] = _Whole(of, _PARTS[of])  # Qt would not keep it
    return held


class _Whole(QAccessibleWidget):
    """A widget with painted parts: they are its first children, its widgets come after them."""

    def __init__(self, widget: QWidget, parts: Parts) -> None:
        super().__init__(widget, _Role.List)
        self._widget = ref(widget)  # Qt keeps the interface for good
        self._parts = ref(parts)
        self._made: dict[str, _Part] = {}

    def _keys(self) -> Sequence[str]:
        parts = self._parts()
        return parts.keys() if parts is not None else ()

    def childCount(self) -> int:
        return len(self._keys()) + super().childCount()

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        keys = self._keys()
        if index >= len(keys):
            return super().child(index - len(keys))
        return self.part(keys[index]) if index >= 0 else None

    def part(self, key: str) -> _Part:
        """The interface of a part, made when first asked for."""
        part = self._made.get(key)
        if part is None:
            self._forget()
            part = self._made[key] = _Part(self._widget, self._parts, key)
            QAccessible.registerAccessibleInterface(part)
        return part

    def _forget(self) -> None:
        """Lets go of parts that are gone, now and then."""
        parts = self._parts()
        if parts is None or len(self._made) < 2 * len(parts.keys()) + 64:
            return
        for key in [key for key in self._made if parts.index(key) < 0]:
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(self._made.pop(key)))

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        parts = self._parts()
        if isinstance(child, _Part) and parts is not None:
            return parts.index(child.key)
        index = super().indexOfChild(child)
        return index if index < 0 else index + len(self._keys())

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        widget, parts = self._widget(), self._parts()
        if widget is None or parts is None:
            return None
        at = widget.mapFromGlobal(QPoint(x, y))
        key = parts.key_at(at)
        return self.part(key) if key is not None else super().childAt(x, y)

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        widget, parts = self._widget(), self._parts()
        key = parts.current() if parts is not None else None
        if widget is not None and widget.hasFocus() and key is not None:
            return self.part(key)
        return super().focusChild()


class _Part(QAccessibleInterface):
    """One painted part: a line of a list, for a screen reader."""

    def __init__(self, widget: ref[QWidget], parts: ref[Parts], key: str) -> None:
        super().__init__()
        self._widget, self._parts, self.key = widget, parts, key

    def _held(self) -> tuple[QWidget, Parts] | None:
        widget, parts = self._widget(), self._parts()
        alive = widget is not None and parts is not None and shiboken6.isValid(widget)
        return (widget, parts) if alive and parts.index(self.key) >= 0 else None  # type: ignore[union-attr,return-value]

    def isValid(self) -> bool:
        return self._held() is not None

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        held = self._held()
        return held[0].window().windowHandle() if held else None

    def parent(self) -> QAccessibleInterface | None:  # type: ignore[override]
        widget = self._widget()
        return QAccessible.queryAccessibleInterface(widget) if widget is not None else None

    def childCount(self) -> int:
        return 0

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    def relations(self, match: Any = None) -> list[Any]:
        return []

    def text(self, kind: QAccessible.Text) -> str:
        held = self._held()
        if held is None:
            return ""
        if kind == _Text.Name:
            return held[1].name(self.key)
        return held[1].description(self.key) if kind == _Text.Description else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """A reader cannot write here."""

    def rect(self) -> QRect:
        held = self._held()
        if held is None:
            return QRect()
        place = held[1].rect(self.key)
        return QRect(held[0].mapToGlobal(place.topLeft()), place.size())

    def role(self) -> QAccessible.Role:
        return _Role.ListItem

    def state(self) -> QAccessible.State:
        state, held = QAccessible.State(), self._held()
        if held is None:
            state.invalid = 1
            return state
        widget, parts = held
        state.selectable = state.focusable = state.multiSelectable = 1
        state.selected = int(parts.chosen(self.key))
        state.focused = int(widget.hasFocus() and parts.current() == self.key)
        state.offscreen = int(not widget.rect().intersects(parts.rect(self.key)))
        return state

    def foregroundColor(self) -> QColor:
        return QColor()

    def backgroundColor(self) -> QColor:
        return QColor()
