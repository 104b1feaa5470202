"""What keys do on the canvas in place of the pointer: go along nodes and wires, move things, and zoom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from blocks.graph import Wire
from designer.canvas import deeds, walk
from designer.canvas.gestures.cargo import Cargo
from designer.canvas.metrics import GRID
from designer.theme import CARD_HEIGHT, CARD_WIDTH

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


def amid_chosen(canvas: Canvas) -> QPointF:
    """The pixel amid what is selected, which comes into sight; amid the view where nothing is."""
    chosen, wires = canvas.selection(), canvas.selected_wires()
    if chosen:
        canvas.reveal(chosen[-1])
        x, y = canvas.sheet.place(chosen[-1])
        return QPointF(canvas.mapFromScene(QPointF(x + CARD_WIDTH / 2, y + CARD_HEIGHT / 2)))
    if wires:
        line = canvas.sheet.wires.line(canvas.sheet.wires.all.index(wires[0]))
        (x1, y1), (x2, y2) = line[(len(line) - 1) // 2].tolist(), line[len(line) // 2].tolist()
        return QPointF(canvas.mapFromScene(QPointF((x1 + x2) / 2, (y1 + y2) / 2)))
    if canvas.picked.frames:
        frame = canvas.decor.frames[min(canvas.picked.frames)]
        return QPointF(canvas.mapFromScene(QPointF(frame.at[0] + GRID, frame.at[1] + GRID)))
    if canvas.picked.notes:
        note = canvas.decor.notes[min(canvas.picked.notes)]
        return QPointF(canvas.mapFromScene(QPointF(note.at[0] + 2 * GRID, note.at[1] + GRID)))
    return QPointF(canvas.viewport().rect().center())
