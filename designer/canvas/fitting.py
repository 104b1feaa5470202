"""Which ports can take, or give, what a wire in the hand would carry; nothing here checks a whole network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx

from blocks.block import Block, Port
from blocks.check import described
from blocks.edits import refusal
from blocks.graph import Node, Wire
from blocks.measure import measure
from blocks.shape import Shape
from designer.canvas.ports import Spot
from designer.canvas.sheet import Sheet


@dataclass(frozen=True)
class Loose:
    """A wire with one end in the hand: the port where it begins, and a wire it would replace."""

    spot: Spot
    instead_of: Wire | None = None

    @property
    def forward(self) -> bool:
        """Whether the hand holds the end that goes into a node."""
        return not self.spot.port.into

    def to(self, sheet: Sheet, other: Spot) -> Wire:
        """The wire there would be with its loose end at a port; at a `many` port after those already there."""
        source, target = (self.spot, other) if self.forward else (other, self.spot)
        into = (w for w in sheet.graph.into(target.node) if w.input == target.port.name)
        place = sum(1 for w in into if w != self.instead_of) if target.port.many else 0
        return Wire(source.node, source.port.name, target.node, target.port.name, place)


class Fitting:
    """Answers for one wire in the hand, each worked out once."""

    def __init__(self, sheet: Sheet, loose: Loose) -> None:
        self._sheet, self.loose = sheet, loose
        self._answers: dict[tuple[str, str], str] = {}
        walk = nx.ancestors if loose.forward else nx.descendants
        self._circle = {loose.spot.node, *walk(sheet.graph.nx, loose.spot.node)}

    def why_not(self, spot: Spot) -> str:
        """Why the wire may not end at a port, in a sentence; empty where it may."""
        key = (spot.node, spot.port.name)
        if key not in self._answers:
            self._answers[key] = self._asked(spot)
        return self._answers[key]

    def _asked(self, spot: Spot) -> str:
        wire = self.loose.to(self._sheet, spot)
        if spot.node in self._circle:
            return refusal(self._sheet.graph, wire) or "that would make a circle"
        return problem_with(self._sheet, wire)

    def spots(self, name: str) -> list[Spot]:
        """The ports of a node on the side at which the wire could end."""
        return [spot for spot in self._sheet.spots(name) if spot.port.into == self.loose.forward]

    def best(self, name: str, x: float) -> Spot | None:
        """The port of a node that fits: an empty one that must be connected first, then the one nearest to `x`."""
        fit = [spot for spot in self.spots(name) if not self.why_not(spot)]
        return min(fit, key=lambda s: (self._taken(s), s.port.optional, abs(s.x - x)), default=None)

    def _taken(self, spot: Spot) -> bool:
        if not spot.port.into or spot.port.many:
            return False
        return any(w.input == spot.port.name for w in self._sheet.graph.into(spot.node))

    def nodes(self, names: Iterator[str]) -> set[str]:
        """Which of some nodes have a port that fits."""
        return {name for name in names if any(not self.why_not(spot) for spot in self.spots(name))}


def accepts(block: Block, shape: Shape | None) -> bool:
    """Whether a new block could be fed with a shape at its first input; the others may come later."""
    if not block.inputs:
        return False
    first, *rest = block.inputs
    if shape is None:
        return True
    if shape.meaning not in first.meanings:
        return False
    given = ((shape,) if first.many else shape, *((() if p.many else None) for p in rest))
    return measure(Node(block), given).problem is None


def provides(block: Block, port: Port) -> bool:
    """Whether a result of a block may be what a port takes."""
    return any(set(out.meanings) & set(port.meanings) for out in block.outputs)


def problem_with(sheet: Sheet, wire: Wire) -> str:
    """What the target would say of the wire, measured alone with what else arrives at it."""
    shape = sheet.checked.shape(wire.source, wire.output)
    row = sheet.checked.rows.get(wire.target)
    node = sheet.graph.nodes[wire.target]
    if shape is None or row is None:
        return ""
    inputs = list(row.inputs)
    for k, port in enumerate(node.block.inputs):
        if port.name == wire.input:
            inputs[k] = (*inputs[k][: wire.place], shape, *inputs[k][wire.place + 1 :]) if port.many else shape
    problem = measure(node, tuple(inputs), sheet.checked.networks).problem
    return described(wire.target, problem) if problem else ""
