"""The worked example of a block: settings and inputs on which it fits, as a network of its own, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

from blocks.block import Block, Port
from blocks.check import Checked, check
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.measure import Row, measure
from blocks.naming import fresh_name, name_for
from blocks.shape import Meaning, Shape, image, labels, sequence, shape_of, tokens, vector

# What arrives in an example, the first that fits: what people meet in the middle of a network, then its beginning.
_ARRIVING: Mapping[Meaning, tuple[Shape, ...]] = {
    Meaning.IMAGE: (image(64, 28, 28), image(3, 224, 224)),
    Meaning.SIGNAL: (shape_of((64, 100), Meaning.SIGNAL),),
    Meaning.VOLUME: (shape_of((16, 8, 28, 28), Meaning.VOLUME),),
    Meaning.VECTOR: (vector(128), vector(1)),
    Meaning.SEQUENCE: (sequence(20, 64),),
    Meaning.TOKENS: (tokens(20, 1000),),
    Meaning.SCALAR: (labels(10), shape_of(())),
    Meaning.TENSOR: (shape_of((2, 4, 8, 8, 8), Meaning.TENSOR),),
}
# Which meaning an example is about where a block takes several.
_FIRST = (Meaning.IMAGE, Meaning.VECTOR, Meaning.SEQUENCE, Meaning.SIGNAL, Meaning.VOLUME, Meaning.TOKENS)
Inputs = tuple[Any, ...]
_JUDGED: tuple[Inputs, ...] = (
    (vector(10), labels(10)),
    (vector(1), labels(2)),
    (vector(10), vector(10)),
)  # what losses and metrics compare


@dataclass(frozen=True, eq=False)
class Example:
    """A network of one block: an Input for every wire, the block at `node`, an Output for every result."""

    node: str
    graph: Graph
    checked: Checked

    @property
    def block(self) -> Block:
        """The block with the settings of the example."""
        return self.graph.block(self.node)

    @property
    def row(self) -> Row:
        """What the checker says of it."""
        return self.checked.rows[self.node]

    @property
    def inputs(self) -> tuple[Shape, ...]:
        """The shape on every wire that arrives."""
        return tuple(shape for given in self.row.inputs for shape in _each(given))

    @property
    def inside(self) -> Graph | None:
        """What it is made of, where it is made of blocks."""
        return self.row.inside.graph if self.row.inside else None


_KNOWN: WeakKeyDictionary[type[Block], Example | None] = WeakKeyDictionary()


def example_of(kind: type[Block]) -> Example | None:
    """The worked example of a kind of block; None where it says nothing without a design around it."""
    if kind not in _KNOWN:
        _KNOWN[kind] = _worked(kind)
    return _KNOWN[kind]


def _worked(kind: type[Block]) -> Example | None:
    if kind.of_weights or kind.role in {"network", "unknown", "delay"}:
        return None
    judged = _JUDGED if kind.role in {"loss", "metric"} else ()
    usual = (inputs for inputs in chain(judged, _arriving(kind.inputs)) if len(inputs) == len(kind.inputs))
    tries: Iterator[tuple[Inputs, Mapping[str, object]]] = chain(((inputs, {}) for inputs in usual), kind.trials())
    for inputs, settings in tries:
        block = kind(**{kind._fields[name]: value for name, value in settings.items()})
        row = measure(Node(block), inputs)
        if row.problem is None and None not in row.outputs:
            return _drawn(block, inputs)
    return None


def _arriving(ports: tuple[Port, ...]) -> Iterator[Inputs]:
    """Inputs to try: all of one meaning where the ports take it, each of its own where they do not."""
    if not ports:
        yield ()
        return
    first = sorted(ports[0].meanings, key=lambda m: _FIRST.index(m) if m in _FIRST else len(_FIRST))
    for shape in (shape for meaning in first for shape in _ARRIVING[meaning]):
        given = [_given(port, shape) for port in ports]
        yield tuple((s, s) if port.many else s for port, s in zip(ports, given, strict=True))


def _given(port: Port, shape: Shape) -> Shape | None:
    if port.optional:
        return None
    return shape if shape.meaning in port.meanings else _ARRIVING[port.meanings[0]][0]


def _drawn(block: Block, inputs: Inputs) -> Example:
    """The network around the block."""
    node = name_for(Graph(), block)
    nodes: dict[str, Node] = {}
    wires: list[Wire] = []
    for port, given in zip(block.inputs, inputs, strict=True):
        for place, shape in enumerate(_each(given)):
            name = fresh_name({node, *nodes}, port.name)
            nodes[name] = Node(Input.of(shape))
            wires.append(Wire(name, "y", node, port.name, place))
    nodes[node] = Node(block)
    for port in block.outputs:
        name = fresh_name(nodes, port.name)
        nodes[name] = Node(Output())
        wires.append(Wire(node, port.name, name, "x"))
    graph = Graph(nodes, tuple(wires))
    return Example(node, graph, check(graph))


def _each(given: Any) -> tuple[Shape, ...]:
    return given if isinstance(given, tuple) else () if given is None else (given,)
