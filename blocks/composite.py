"""Blocks made of blocks: a composite has only a body, and everything else follows from it."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import Block, Port, Unfit
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.measure import NO_NETWORKS, Networks, Row, measure
from blocks.setting import BadSetting
from blocks.shape import Shape


class End:
    """A result while a body is being sketched: the node and port it comes from, and its shape."""

    __slots__ = ("node", "port", "shape")

    def __init__(self, node: str, port: str, shape: Shape) -> None:
        self.node, self.port, self.shape = node, port, shape


class Sketch:
    """A graph in the making: every `add` checks at once, so a body can ask for the shape it has reached.

    `networks` are those that it may use as blocks.
    """

    def __init__(self, networks: Networks = NO_NETWORKS) -> None:
        self._networks = networks
        self._nodes: dict[str, Node] = {}
        self._wires: list[Wire] = []

    def input(self, name: str, shape: Shape) -> End:
        """An entrance of the graph."""
        self._nodes[name] = Node(Input.of(shape))
        return End(name, "y", shape)

    def output(self, name: str, end: End) -> None:
        """An exit of the graph."""
        self._nodes[name] = Node(Output())
        self._wires.append(Wire(end.node, end.port, name, "x"))

    def feed(self, delay: End, end: End) -> None:
        """Leads a result back into a delay that stands already: it gives it at the next step."""
        self._wires.append(Wire(end.node, end.port, delay.node, "x"))

    def add(self, block: Block, *ends: End, name: str = "", repeat: int = 1, **optional: End) -> Any:
        """Places `block` fed by `ends`, port by port, and gives its End (a tuple of them if it has several results)."""
        name = self._fresh(name or type(block).__name__.lower())
        row = self._place(name, Node(block, repeat), _fed(block, ends, optional))
        results = tuple(
            End(name, port.name, shape)
            for port, shape in zip(block.outputs, row.outputs, strict=True)
            if shape is not None
        )
        return results[0] if len(results) == 1 else results

    def _place(self, name: str, node: Node, fed: list[tuple[Port, tuple[End, ...]]]) -> Row:
        shapes = tuple(
            tuple(e.shape for e in ends) if port.many else (ends[0].shape if ends else None) for port, ends in fed
        )
        row = measure(node, shapes, self._networks)
        if row.problem is not None:
            raise row.problem.within(name)
        self._nodes[name] = node
        for port, ends in fed:
            self._wires += [Wire(e.node, e.port, name, port.name, i) for i, e in enumerate(ends)]
        return row

    def graph(self) -> Graph:
        """What has been sketched so far."""
        return Graph(dict(self._nodes), tuple(self._wires))

    def _fresh(self, wanted: str) -> str:
        if wanted not in self._nodes:
            return wanted
        number = 2
        while f"{wanted}{number}" in self._nodes:
            number += 1
        return f"{wanted}{number}"


class Composite(Block):
    """A block whose `body` is a graph of other blocks; shape, parameters, cost and code all follow from that graph."""

    composite: ClassVar[bool] = True

    def body(self, g: Sketch, *ends: End) -> End | tuple[End, ...]:
        """Draws the inside on `g` from the inputs and gives the results; may raise Unfit."""
        return ends[0]

    def opened(self, *inputs: Any) -> Graph:
        """The inside for these input shapes: an Input for every port that is fed, an Output for every result."""
        g = Sketch()
        ends = [g.input(port.name, shape) for port, shape in zip(self.inputs, inputs, strict=True) if shape is not None]
        try:
            results = self.body(g, *ends)
        except BadSetting as bad:  # a product of settings, such as a width times an expansion, can be too large
            raise Unfit(bad.received, f"{bad.expected} ({bad.setting} of a block inside)") from bad
        results = results if isinstance(results, tuple) else (results,)
        for port, end in zip(self.outputs, results, strict=True):
            g.output(port.name, end)
        return g.graph()


def _fed(block: Block, ends: tuple[End, ...], optional: dict[str, End]) -> list[tuple[Port, tuple[End, ...]]]:
    """Which ends go to which port: one each in order, all that remain to a `many` port."""
    left = list(ends)
    fed: list[tuple[Port, tuple[End, ...]]] = []
    for port in block.inputs:
        if port.name in optional:
            fed.append((port, (optional[port.name],)))
        elif port.many:
            fed.append((port, tuple(left)))
            left = []
        else:
            fed.append((port, (left.pop(0),) if left else ()))
    return fed
