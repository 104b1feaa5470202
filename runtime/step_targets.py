"""What repairs a loss or metric that cannot compare what it gets: another field of the data, or another loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from blocks.block import Block
from blocks.check import Checked
from blocks.edits import Fix, add, connect, name_for
from blocks.graph import Graph, Node, Wire
from blocks.loss import BinaryCrossEntropy, Criterion, CrossEntropy, Judgement, MeanSquaredError
from blocks.measure import measure
from blocks.position import Constant
from blocks.shape import Shape

_USUAL: tuple[type[Criterion], ...] = (CrossEntropy, BinaryCrossEntropy, MeanSquaredError)
_MOST = 3
_ALIKE = {"ones": 1.0, "zeros": 0.0}


def comparisons(checked: Checked, name: str) -> tuple[Fix, ...]:
    """Edits of a step after which a judgement of a result and of what is wanted fits what it gets."""
    block = checked.graph.block(name) if name in checked.graph.nodes else None
    row = checked.rows.get(name)
    if not isinstance(block, Judgement) or row is None or len(row.inputs) != 2:
        return ()
    result, wanted = row.inputs
    if not isinstance(result, Shape):
        return ()
    if wanted is None:
        return tuple(_first(checked, name, block, result))[:_MOST]
    if not isinstance(wanted, Shape):
        return ()
    return (*_others(checked, name, block, result), *_kinds(name, block, result, wanted))[:_MOST]


def _first(checked: Checked, name: str, block: Block, result: Shape) -> Iterator[Fix]:
    """Where nothing is wanted yet: the fields that could be; else the same for all, as for what is true or made up."""
    led = Wire("", "y", name, block.inputs[1].name)
    fields = [field for field in checked.graph.inputs() if _fits(block, result, checked.graph.block(field).shape())]
    for field in fields:
        yield Fix(f"Compare with {field}", partial(connect, wire=led._replace(source=field)))
    for told, value in () if fields or not isinstance(block, Criterion) else _ALIKE.items():
        constant = Constant(sizes_=result.sizes, value_=value)
        if result.sizes and _fits(block, result, constant.shape(result)):
            yield Fix(f"Compare with {told}", partial(_with_constant, wire=led, constant=constant))


def _with_constant(graph: Graph, wire: Wire, constant: Constant) -> Graph:
    """With the same number for all that leads to a loss, as many as results arrive there."""
    judged = next(each for each in graph.into(wire.target) if each.input != wire.input)
    name = name_for(graph, constant)
    placed = connect(add(graph, name, Node(constant)), Wire(judged.source, judged.output, name, "x"))
    return connect(placed, wire._replace(source=name))


def _others(checked: Checked, name: str, block: Block, result: Shape) -> Iterator[Fix]:
    """Every field of the data that could be what is wanted."""
    [wire] = [wire for wire in checked.graph.into(name) if wire.input == block.inputs[1].name]
    for field in checked.graph.inputs():
        if field != wire.source and _fits(block, result, checked.graph.block(field).shape()):
            led = wire._replace(source=field, output="y")
            yield Fix(f"Compare with {field}", lambda graph, led=led: _instead(graph, wire, led))  # type: ignore[misc]


def _instead(graph: Graph, wire: Wire, led: Wire) -> Graph:
    return replace(graph, wires=tuple(led if each == wire else each for each in graph.wires))


def _kinds(name: str, block: Block, result: Shape, wanted: Shape) -> Iterator[Fix]:
    """The usual losses that could compare the two."""
    for kind in _USUAL if isinstance(block, Criterion) else ():
        other = kind()
        if type(block) is not kind and _fits(other, result, wanted):
            yield Fix(f"Replace {name} by {kind.label()}", lambda graph, other=other: _judged_by(graph, name, other))  # type: ignore[misc]


def _judged_by(graph: Graph, name: str, block: Block) -> Graph:
    """With another loss, to which leads port by port what led to the one before."""
    led = dict(
        zip((port.name for port in graph.block(name).inputs), (port.name for port in block.inputs), strict=False)
    )
    wires = tuple(w._replace(input=led.get(w.input, w.input)) if w.target == name else w for w in graph.wires)
    node = replace(graph.nodes[name], block=block, given=())
    return replace(graph.with_node(name, node), wires=wires)


def _fits(block: Block, result: Shape, wanted: Shape) -> bool:
    return measure(Node(block), (result, wanted)).problem is None
