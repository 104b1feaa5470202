"""A layer that begins as the identity, after the one selected node or in the selected wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blocks import deepening
from blocks.graph import Wire
from blocks.shape import Shape
from designer.canvas.intent import Intent
from designer.canvas.sheet import Sheet

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_ALONE = "The layer stands without another {0}: {0} of {0} gives something else than {0}."


def insert(canvas: Canvas) -> None:
    """Puts the layer in, and says so where no activation can follow it."""
    source, output, wires = _place(canvas)
    canvas.submit(deepened(canvas.sheet, source, output, wires))
    block = canvas.sheet.graph.block(source)
    if block.category == "Activation" and not block.idempotent:
        canvas.say(_ALONE.format(block.label()))


def why_not(canvas: Canvas) -> str:
    """Why no such layer can be put in where the selection is, or nothing."""
    wires = canvas.selected_wires()
    if len({(w.source, w.output) for w in wires}) > 1:
        return "Select one wire, or wires that begin at one output."
    if not wires and len(canvas.selection()) != 1:
        return "Select one node, or a wire, first."
    source, output, _ = _place(canvas)
    return deepening.why_not(canvas.sheet.graph, source, _shape(canvas.sheet, source, output))


def deepened(sheet: Sheet, source: str, output: str, wires: tuple[Wire, ...]) -> Intent:
    """With a layer that begins as the identity between an output and what these wires lead to."""
    shape = _shape(sheet, source, output)
    assert shape is not None
    grown = deepening.deepened(sheet.graph, wires, source, output, shape)
    fresh = tuple(name for name in grown.nodes if name not in sheet.graph.nodes)
    return Intent(
        f"Insert the identity {fresh[0]} after {source}",
        lambda graph: deepening.deepened(graph, wires, source, output, shape),
        select=fresh[:1],
    )


def _place(canvas: Canvas) -> tuple[str, str, tuple[Wire, ...]]:
    """The output after which the layer goes, and the wires that are to come from it."""
    wires = canvas.selected_wires()
    if wires:
        return wires[0].source, wires[0].output, tuple(wires)
    name, graph = canvas.selection()[0], canvas.sheet.graph
    outputs = graph.block(name).outputs
    output = outputs[0].name if outputs else ""
    return name, output, tuple(w for w in graph.out_of(name) if w.output == output)


def _shape(sheet: Sheet, source: str, output: str) -> Shape | None:
    return sheet.checked.shape(source, output) if output else None
