"""Dragging nodes: moves the selection on the grid, inserts a loose node where it is dropped on a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt

from blocks.graph import Wire
from designer.canvas import deeds
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.metrics import Point, snapped
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_ALT = Qt.KeyboardModifier.AltModifier
_CTRL, _SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Move(Gesture):
    """Drags a node and all others selected with it; one undo step at release. Alt at the press takes it out."""

    def __init__(self, canvas: Canvas, touch: Touch, name: str) -> None:
        super().__init__(canvas, touch)
        self._name = name
        self._was_selected = name in canvas.selection()
        self._more = touch.held(_CTRL, _SHIFT)
        self._pull = touch.held(_ALT)
        self._choose()
        sheet = canvas.sheet
        self._moving = np.flatnonzero(sheet.selected)
        self._from: Point = sheet.place(name)
        self._origin = sheet.at[self._moving].copy()
        self._by = np.zeros(2)
        self._wire: Wire | None = None

    def _choose(self) -> None:
        chosen = self.canvas.selection()
        if self._more and not self._was_selected:
            self.canvas.select((*chosen, self._name))
        elif not self._was_selected or self._pull:
            self.canvas.select((self._name,))

    def moved(self, touch: Touch) -> None:
        if not self._by.any() and not touch.far_from(self.began):
            return
        if self.canvas.read_only:
            self.canvas.say(self.canvas.why_read_only)
            return
        way = touch.at - self.began.at
        wanted = np.array([snapped(self._from[0] + way.x()), snapped(self._from[1] + way.y())]) - self._from
        self._by = wanted
        self._put(wanted)
        self._aim(touch)
        self.canvas.redraw()

    def _put(self, by: NDArray[np.float64]) -> None:
        """Shows what is moved so far from where it was, wherever it is seen now."""
        sheet = self.canvas.sheet
        way = self._origin + by - sheet.at[self._moving]
        if way.any():
            sheet.move(self._moving, way)

    def _aim(self, touch: Touch) -> None:
        """Lights the wire into which the node would go."""
        self._wire = None if touch.held(_ALT) else self._wire_below()
        self.canvas.light({self._wire} if self._wire else ())

    def _wire_below(self) -> Wire | None:
        if len(self._moving) != 1:
            return None
        graph, block = self.canvas.sheet.graph, self.canvas.sheet.graph.block(self._name)
        used = graph.into(self._name) or graph.out_of(self._name)
        if used or not block.inputs or not block.outputs:
            return None
        x, y = self.canvas.sheet.place(self._name)
        return self.canvas.sheet.wire_at(x + CARD_WIDTH / 2, y + CARD_HEIGHT / 2, CARD_HEIGHT / 2)

    def released(self, touch: Touch) -> None:
        if self._by.any():
            self._aim(touch)
        self.canvas.light(())
        if not self._by.any():
            self._click()
            return
        sheet = self.canvas.sheet
        if self._wire is not None:
            self.canvas.submit(deeds.threaded(sheet, self._wire, self._name))
        elif self._pull:
            self.canvas.submit(deeds.pulled_out(sheet, self._name, sheet.place(self._name)))
        else:
            self.canvas.submit(deeds.moved(sheet.places([sheet.names[i] for i in self._moving.tolist()])))

    def _click(self) -> None:
        if self._more and self._was_selected:
            self.canvas.select(n for n in self.canvas.selection() if n != self._name)
        elif not self._more:
            self.canvas.select((self._name,))

    def cancelled(self) -> None:
        self._put(np.zeros(2))
        self.canvas.light(())
        self.canvas.redraw()
