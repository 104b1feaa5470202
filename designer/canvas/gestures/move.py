"""Dragging nodes: moves the selection, inserts a loose node where it is dropped on a wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blocks.graph import Wire
from designer.canvas import deeds
from designer.canvas.gestures.cargo import box_of
from designer.canvas.gestures.carry import ALT, MORE, Carry
from designer.canvas.gestures.gesture import Touch
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


class Move(Carry):
    """Drags a node and all else that is selected with it. Alt at the press takes it out of its wires."""

    def __init__(self, canvas: Canvas, touch: Touch, name: str) -> None:
        self._name = name
        self._was_selected = name in canvas.selection()
        self._more, self._pull = touch.held(*MORE), touch.held(ALT)
        self._wire: Wire | None = None
        self._choose(canvas)
        super().__init__(canvas, touch, box_of(canvas, name))

    def _choose(self, canvas: Canvas) -> None:
        if self._more and not self._was_selected:
            canvas.select((*canvas.selection(), self._name), canvas.picked)
        elif not self._was_selected or self._pull:
            canvas.select((self._name,))

    def moved(self, touch: Touch) -> None:
        super().moved(touch)
        if self._going and not self.canvas.read_only:
            self._aim(touch)

    def _aim(self, touch: Touch) -> None:
        """Lights the wire into which the node would go."""
        self._wire = None if touch.held(ALT) else self._wire_below()
        self.canvas.light({self._wire} if self._wire else ())

    def _wire_below(self) -> Wire | None:
        if len(self.cargo.nodes) != 1:
            return None
        graph, block = self.canvas.sheet.graph, self.canvas.sheet.graph.block(self._name)
        used = graph.into(self._name) or graph.out_of(self._name)
        if used or not block.inputs or not block.outputs:
            return None
        x, y = self.canvas.sheet.place(self._name)
        return self.canvas.sheet.wire_at(x + CARD_WIDTH / 2, y + CARD_HEIGHT / 2, CARD_HEIGHT / 2)

    def released(self, touch: Touch) -> None:
        if self.far:
            self._aim(touch)
        self.canvas.light(())
        sheet = self.canvas.sheet
        if self.far and self._wire is not None:
            before = sheet.shown_layout()
            self.canvas.submit(deeds.threaded(sheet, self._wire, self._name))
            self.canvas.glide.begin(before)
        elif self.far and self._pull:
            self.canvas.submit(deeds.pulled_out(sheet, self._name, sheet.place(self._name)))
        else:
            super().released(touch)

    def label(self) -> str:
        return f"Move {deeds.counted(self.cargo.names())}"

    def clicked(self) -> None:
        if self._more and self._was_selected:
            self.canvas.select((n for n in self.canvas.selection() if n != self._name), self.canvas.picked)
        elif not self._more:
            self.canvas.select((self._name,))

    def cancelled(self) -> None:
        super().cancelled()
        self.canvas.light(())
