"""What keys do on the canvas in place of the pointer: go along nodes and wires, move things, and zoom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from blocks.graph import Wire
from designer.canvas import deeds, walk
from designer.canvas.gestures.cargo import Cargo
from designer.canvas.metrics import GRID

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

ZOOM = 1.25  # a press


def step(way: walk.Way, canvas: Canvas, wired: bool) -> None:
    """Selects the next node in a direction; from a selected wire the end, or the wire, that lies there."""
    chosen, wires = canvas.selection(), canvas.selected_wires()
    if not chosen and len(wires) == 1:
        _from_wire(way, wires[0], canvas)
        return
    if not chosen:
        goal = walk.first(canvas.sheet)
    else:
        goal = (walk.along if wired else walk.across)(canvas.sheet, chosen[-1], way)
    if goal is not None:
        canvas.select((goal,))
        canvas.reveal(goal)


def _from_wire(way: walk.Way, wire: Wire, canvas: Canvas) -> None:
    if way[0]:
        next_wire(way[0], canvas)
        return
    goal = wire.source if way == walk.UP else wire.target
    canvas.select((goal,))
    canvas.reveal(goal)


def next_wire(by: int, canvas: Canvas) -> None:
    """Selects a wire: from a node the first that leaves it or else comes in, from a wire the next in order."""
    graph, chosen = canvas.sheet.graph, canvas.selected_wires()
    known = walk.wires(canvas.sheet)
    if len(chosen) == 1:
        goal = known[(known.index(chosen[0]) + by) % len(known)]
    else:
        name = canvas.selection()[-1] if canvas.selection() else known[0].source
        goal = next(iter((*graph.out_of(name), *graph.into(name))), known[0])
    canvas.select(())
    canvas.select_wires((goal,))
    canvas.reveal(goal.target)


def why_no_wire(canvas: Canvas) -> str:
    """What keeps a wire from being selected."""
    return "" if canvas.sheet.graph.wires else "There are no wires yet."


def nudge(way: walk.Way, canvas: Canvas) -> None:
    """Moves what is selected by a step of the grid; presses in a row are one step of the history."""
    cargo, by = Cargo(canvas), (way[0] * GRID, way[1] * GRID)
    cargo.put(by)
    names = cargo.names()
    intent = cargo.intent(f"Move {deeds.counted(names) if names else 'a frame or note'}", by)
    canvas.submit(replace(intent, merge_key=f"nudge {','.join(names)} {canvas.picked}"))


def zoom(factor: float, canvas: Canvas) -> None:
    """Nearer or farther, about the middle of what is seen."""
    canvas.zoom_to(canvas.camera.zoom * factor)
