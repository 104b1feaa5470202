"""A recurrent layer laid out in time, a cell for every step, for the one selected node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blocks import in_time
from blocks.graph import Graph
from blocks.naming import fresh_name
from blocks.shape import vector
from designer.canvas.intent import Intent, same_design
from designer.canvas.metrics import Layout, Point
from designer.canvas.placing import opened_at
from designer.canvas.sheet import Sheet
from runtime.design import Design
from runtime.linking import still_trained

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


def lay_out(canvas: Canvas) -> None:
    """Puts the steps of the selected layer in its place; what stands lower makes room."""
    canvas.submit(laid_out(canvas.sheet, canvas.selection()[0]))


def why_not_lay_out(canvas: Canvas) -> str:
    """Why the selected node cannot be laid out in time, or nothing."""
    name = canvas.selection()[0]
    row = canvas.sheet.checked.rows.get(name)
    return in_time.why_not(canvas.sheet.graph, name, row.inputs[0] if row is not None and row.inputs else None)


def laid_out(sheet: Sheet, name: str) -> Intent:
    """The steps of a recurrent layer in its place, with the network of a step where torch has no cell for it."""
    block, x = sheet.graph.block(name), sheet.checked.rows[name].inputs[0]
    step = in_time.step_of(block, vector(x.features))
    title = fresh_name(sheet.checked.networks, f"{block.kind()}Step")
    grown = in_time.laid_out(sheet.graph, name, x, title)
    steps = tuple(node for node in grown.nodes if node not in sheet.graph.nodes)
    corner = sheet.place(name)

    def with_step(design: Design) -> Design:
        assert step is not None
        return still_trained(design, design.with_network(title, step), next(iter(design.networks)))

    def places(graph: Graph, layout: Layout) -> dict[str, Point]:
        return opened_at(graph, steps, corner, layout)

    return Intent(
        f"Lay {name} out in time",
        lambda graph: in_time.laid_out(graph, name, x, title),
        places,
        steps,
        beyond=same_design if step is None else with_step,
    )
