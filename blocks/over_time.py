"""A network used at every step of what arrives, with the same weights: frames of a film, words of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from blocks.block import At, Block, Change, Unfit
from blocks.graph import Graph
from blocks.row import Inputs, Row
from blocks.shape import Meaning, Shape, meaning_of_rank, shape_of

_ALONG = {1: Meaning.VECTOR, 2: Meaning.SEQUENCE}  # what results of so many axes are, the steps counted


def one_step(inputs: Inputs) -> Inputs:
    """What arrives at a single step: the first axis, which counts the steps, taken off; raises Unfit."""
    steps = {shape.sizes[0] for shape in inputs if shape.sizes}
    if len(steps) != 1 or any(not shape.sizes for shape in inputs):
        received = ", ".join(map(str, inputs)) or "nothing"
        remedies = (Change({"over_time": False}),)
        raise Unfit(received, "inputs with one number of steps as their first axis", remedies=remedies)
    return tuple(_without_steps(shape) for shape in inputs)


def _without_steps(shape: Shape) -> Shape:
    rest = shape.sizes[1:]
    return shape_of(rest, meaning_of_rank(len(rest)), shape.dtype, shape.classes)


def at_all_steps(row: Row, inputs: Inputs) -> Row:
    """The row of a network used at every step, from that of a single step: weights count once, work every time."""
    inside = row.inside
    if len(row.outputs) != 1 and not (inside and inside.graph.delays()):
        raise Unfit(f"{len(row.outputs)} outputs", "one output of a network used at every step", setting="over_time")
    steps = inputs[0].sizes[0]
    outputs = tuple(shape and _with_steps(shape, steps) for shape in row.outputs)
    costs = {name: steps * getattr(row, name) for name in ("macs", "activations", "again")}
    return replace(row, inputs=inputs, outputs=outputs, **costs)


def _with_steps(shape: Shape, steps: int) -> Shape:
    sizes = (steps, *shape.sizes)
    meaning = _ALONG.get(len(sizes), Meaning.TENSOR)
    if shape.dtype == "int64" and len(sizes) == 1:
        meaning = Meaning.TOKENS
    return shape_of(sizes, meaning, shape.dtype, shape.classes)


def only_over_time(network: str, networks: Mapping[str, Graph]) -> None:
    """Raises Unfit for a network that remembers the step before, where there are no steps."""
    if network in networks and networks[network].delays():
        expected = f"{network}, which holds a delay, to be used at every step of a sequence"
        raise Unfit("a single use", expected, setting="over_time", remedies=(Change({"over_time": True}),))


def misheld(graph: Graph, rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows of delays at which something else arrives than they hold, which is known only when all else is."""
    found = {}
    for wire in graph.structure.late:
        row, arriving = rows.get(wire.target), rows.get(wire.source)
        slot = [port.name for port in graph.block(wire.source).outputs].index(wire.output)
        shape = arriving.outputs[slot] if arriving is not None else None
        if row is None or row.problem is not None or shape is None or _alike(shape, row.outputs[0]):
            continue
        fits = () if shape.dtype != "float32" else (Change({"shape": shape.sizes}),)
        problem = Unfit(shape, f"what it holds, {row.outputs[0]}", port="x", setting="shape", remedies=fits)
        found[wire.target] = replace(row, problem=problem)
    return found


def _alike(one: Shape, other: Shape | None) -> bool:
    return other is not None and (one.sizes, one.dtype) == (other.sizes, other.dtype)


def called(block: Block, at: At, row: Row) -> str:
    """How a node is called in code; a network that holds delays takes all the steps and goes through them itself."""
    stepping = block.role == "network" and row.inside is not None and bool(row.inside.graph.delays())
    if stepping and block.value("over_time"):
        return block.with_settings(over_time=False).forward(at)
    return Block.forward(block, at) if block.composite else block.forward(at)


def each_step(at: At, call: Callable[[At], str]) -> str:
    """The call for all steps at once: they join the examples of the batch, and leave it again."""
    names = {port: f"{name}.flatten(0, 1)" for port, name in at.names.items()}
    return f"{call(replace(at, names=names))}.unflatten(0, {at.x}.shape[:2])"
