"""What one drag carries: cards, frames with all they hold, notes, and the bend points of wires between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blocks.graph import Wire
from designer.canvas import frames as framing
from designer.canvas.cards import Box
from designer.canvas.intent import Intent
from designer.canvas.metrics import Point
from designer.canvas.snap import Boxes, stacked
from designer.decor import Decor
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.stage import Stage
    from designer.canvas.view import Canvas

_CARD = np.array([0.0, 0.0, CARD_WIDTH, CARD_HEIGHT])


class Cargo:
    """Taken up at a press from what is selected; shown anywhere without a change of the document."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._decor = canvas, canvas.decor
        sheet, picked = canvas.sheet, canvas.picked
        self.frames = set(picked.frames) | set(_inner_frames(canvas, picked.frames))
        self.notes = set(picked.notes) | set(_inner_notes(canvas, self.frames))
        carried = sheet.selected.copy()
        for number in self.frames:
            carried[framing.cards_within(canvas.decor.frames[number], sheet.at)] = True
        self.nodes = np.flatnonzero(carried)
        self._origin = sheet.at[self.nodes].copy()
        self._wires = _inner_wires(canvas, carried)

    def put(self, way: Point) -> None:
        """Shows all of it so far from where it was taken up, wherever it is seen now."""
        sheet = self._canvas.sheet
        by = self._origin + np.array(way) - sheet.at[self.nodes]
        if by.any():
            sheet.move(self.nodes, by)
        if self.frames or self.notes or self._wires:
            self._canvas.show_decor(self._moved(self._decor, way))

    def names(self) -> list[str]:
        """The nodes on board."""
        return [self._canvas.sheet.names[i] for i in self.nodes.tolist()]

    def intent(self, label: str, way: Point) -> Intent:
        """All of it at its new places, as one step."""
        places = self._canvas.sheet.places(self.names())
        return Intent(label, layout=places, decor=lambda decor: self._moved(decor, way))

    def _moved(self, decor: Decor, way: Point) -> Decor:
        dx, dy = way
        bends = dict(decor.bends)
        for wire in self._wires:
            bends[wire] = tuple((x + dx, y + dy) for x, y in bends.get(wire, ()))
        return replace(
            decor,
            frames=tuple(framing.moved(f, way) if i in self.frames else f for i, f in enumerate(decor.frames)),
            notes=tuple(
                replace(n, at=(n.at[0] + dx, n.at[1] + dy)) if i in self.notes else n for i, n in enumerate(decor.notes)
            ),
            bends=bends if self._wires else decor.bends,
        )

    def others(self) -> Boxes:
        """The boxes in sight of what stays where it is, to stand in line with."""
        canvas = self._canvas
        seen = canvas.sheet.within(canvas.camera.seen())
        cards = canvas.sheet.at[np.setdiff1d(seen, self.nodes, assume_unique=True)]
        frames = [framing.corners(f) for i, f in enumerate(canvas.decor.frames) if i not in self.frames]
        notes = [canvas.notes.box(i) for i in range(len(canvas.decor.notes)) if i not in self.notes]
        return np.concatenate([np.tile(cards, 2) + _CARD, stacked([*frames, *notes])])


def _inner_frames(canvas: Canvas, numbers: Iterable[int]) -> Iterable[int]:
    every = canvas.decor.frames
    for outer in numbers:
        yield from (i for i, f in enumerate(every) if i != outer and framing.holds(every[outer], framing.corners(f)))


def _inner_notes(canvas: Canvas, frames: Iterable[int]) -> Iterable[int]:
    for number in frames:
        frame = canvas.decor.frames[number]
        yield from (i for i in range(len(canvas.decor.notes)) if framing.holds(frame, canvas.notes.box(i)))


def _inner_wires(canvas: Canvas, carried: NDArray[np.bool_]) -> list[Wire]:
    """The wires with bend points whose both ends are carried."""
    index = canvas.sheet.index
    return [w for w in canvas.decor.bends if carried[index[w.source]] and carried[index[w.target]]]


def box_of(canvas: Stage, name: str) -> Box:
    """The box of a card."""
    x, y = canvas.sheet.place(name)
    return x, y, x + CARD_WIDTH, y + CARD_HEIGHT
