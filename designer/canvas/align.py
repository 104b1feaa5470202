"""Bringing selected cards and notes into line, or to equal distances."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from designer.canvas.cards import Box
from designer.canvas.gestures.cargo import box_of
from designer.canvas.intent import Intent
from designer.canvas.metrics import Point
from designer.decor import Decor

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

Edge = Literal["left", "center", "right", "top", "middle", "bottom"]
Thing = str | int  # a node by name, a note by number
_EDGES: Mapping[Edge, tuple[int, float]] = {
    "left": (0, 0.0),
    "center": (0, 0.5),
    "right": (0, 1.0),
    "top": (1, 0.0),
    "middle": (1, 0.5),
    "bottom": (1, 1.0),
}


def things(canvas: Stage) -> dict[Thing, Box]:
    """The boxes of the selected cards and notes."""
    cards: dict[Thing, Box] = {name: box_of(canvas, name) for name in canvas.selection()}
    return cards | {number: canvas.notes.box(number) for number in sorted(canvas.picked.notes)}


def aligned(canvas: Stage, edge: Edge) -> Intent:
    """All that is selected with one edge, or the middle, on the line of the outermost, or of all together."""
    axis, share = _EDGES[edge]
    boxes = things(canvas)
    low, high = min(b[axis] for b in boxes.values()), max(b[axis + 2] for b in boxes.values())
    line = low + share * (high - low)
    starts = {each: line - share * (b[axis + 2] - b[axis]) for each, b in boxes.items()}
    return _placed(f"Align {len(boxes)} at the {edge}", boxes, axis, starts)


def distributed(canvas: Stage, axis: int) -> Intent:
    """All that is selected at equal distances along an axis; the first and the last stay."""
    boxes = things(canvas)
    row = sorted(boxes, key=lambda each: boxes[each][axis] + boxes[each][axis + 2])
    low, high = boxes[row[0]][axis], boxes[row[-1]][axis + 2]
    sizes = [boxes[each][axis + 2] - boxes[each][axis] for each in row]
    gap = (high - low - sum(sizes)) / (len(row) - 1)
    starts, start = {}, low
    for each, size in zip(row, sizes, strict=True):
        starts[each] = start
        start += size + gap
    return _placed(f"Distribute {len(row)} {'down' if axis else 'across'}", boxes, axis, starts)


def _placed(label: str, boxes: Mapping[Thing, Box], axis: int, starts: Mapping[Thing, float]) -> Intent:
    corners = {each: _at(boxes[each], axis, float(round(start))) for each, start in starts.items()}
    nodes = {each: at for each, at in corners.items() if isinstance(each, str)}
    notes = {each: at for each, at in corners.items() if isinstance(each, int)}
    return Intent(label, layout=nodes, decor=_moving(notes))


def _moving(notes: Mapping[int, Point]) -> Callable[[Decor], Decor]:
    def edit(decor: Decor) -> Decor:
        for number, at in notes.items():
            decor = decor.with_note(number, replace(decor.notes[number], at=at))
        return decor

    return edit


def _at(box: Box, axis: int, start: float) -> Point:
    return (box[0], start) if axis else (start, box[1])


__all__: Sequence[str] = ("Edge", "aligned", "distributed", "things")
