"""Tells when a hand, or the keyboard, is at a button, and when it leaves it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

_COMES = (QEvent.Type.Enter, QEvent.Type.FocusIn)
_GOES = (QEvent.Type.Leave, QEvent.Type.FocusOut, QEvent.Type.Hide)


class Hovering(QObject):
    """Watches one widget; `tell` hears True when something is at it, False when it has left."""

    def __init__(self, watched: QWidget, tell: Callable[[bool], None]) -> None:
        super().__init__(watched)
        self._tell = tell
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _COMES:
            self._tell(True)
        elif event.type() in _GOES:
            self._tell(False)
        return False
