"""What all gestures have in common: they begin with a press, follow the hand, and end in at most one intent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from designer.canvas.cards import Box

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

SLACK = 4.0  # pixels of the screen that a click may wander


@dataclass(frozen=True)
class Touch:
    """Where the hand is: on the canvas, on the viewport, and the keys held with it."""

    at: QPointF
    pixel: QPointF
    keys: Qt.KeyboardModifier

    def held(self, *keys: Qt.KeyboardModifier) -> bool:
        """Whether one of these keys is held."""
        return any(self.keys & key for key in keys)

    def far_from(self, other: Touch) -> bool:
        """Whether the hand has come further than a click wanders."""
        return (self.pixel - other.pixel).manhattanLength() > SLACK


class Gesture:
    """One movement of the hand, from press to release. Made where it begins; nothing happens before `released`."""

    cursor: Qt.CursorShape | None = None
    pulls = True  # whether the view comes along where it is held at the edge

    def __init__(self, canvas: Canvas, touch: Touch) -> None:
        self.canvas, self.began, self._told = canvas, touch, False

    def refused(self) -> bool:
        """Whether nothing may be changed here, which is said once."""
        if self.canvas.read_only and not self._told:
            self._told = True
            self.canvas.say(self.canvas.why_read_only)
        return self.canvas.read_only

    def moved(self, touch: Touch) -> None:
        """The hand is here now."""

    def released(self, touch: Touch) -> None:
        """The hand lets go here."""

    def cancelled(self) -> None:
        """Esc, or the window lost the hand: as if it had not begun."""

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Draws over the canvas while the gesture lasts."""
