"""A recurrent layer that was laid out in time, as one block again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from blocks.block import Block
from blocks.cell import GRUCell, LSTMCell, RNNCell
from blocks.ends import Use
from blocks.graph import Graph, Node, Wire
from blocks.in_time import laid_out, step_of
from blocks.layers_drawn import layers_like
from blocks.naming import Refused
from blocks.recurrent import GRU, LSTM, RNN
from blocks.shape import Shape, sequence, vector
from blocks.sharing import owner

_LAYERS: Mapping[type[Block], type[Block]] = {RNNCell: RNN, GRUCell: GRU, LSTMCell: LSTM}
_STEP = re.compile(r"(.+?)_(?:\d+_)?(?:back_)?\d+")
_ONCE = ("x", "h0", "c0")


def is_step(networks: Mapping[str, Graph], graph: Graph, node: str) -> bool:
    """Whether a node stands where a cell of a layer laid out in time does, and is called so."""
    block = graph.block(node)
    drawn = networks.get(str(block.value("network"))) if isinstance(block, Use) else None
    like = type(block) in _LAYERS or (drawn is not None and "h" in drawn.inputs() and not block.value("over_time"))
    return like and _STEP.fullmatch(owner(graph.nodes, node)) is not None


def why_not_roll(networks: Mapping[str, Graph], graph: Graph, node: str) -> str:
    """Why the steps that a node is one of are no single block, or nothing."""
    try:
        rolled(networks, graph, node)
    except Refused as refusal:
        return f"{refusal}."
    return ""


def rolled(networks: Mapping[str, Graph], graph: Graph, node: str) -> tuple[Graph, str]:
    """With one layer in the place of the steps that a node is one of, and the network of a step, if they have one.

    Raises Refused where they were changed: laid out again, the layer has to be what stands there.
    """
    found = _STEP.fullmatch(owner(graph.nodes, node))
    assert found is not None
    steps = _Steps(networks, graph, found[1], graph.block(node))
    for block in steps.candidates():
        whole = steps.with_layer(block)
        if whole is not None and steps.is_what(whole):
            return whole, steps.title
    raise Refused(f"the steps of {found[1]} were changed, so no block does what they do; they stay as they are")


@dataclass(frozen=True)
class _Steps:
    """The nodes whose names begin with that of the layer they were."""

    networks: Mapping[str, Graph]
    graph: Graph
    layer: str
    cell: Block

    @property
    def title(self) -> str:
        return str(self.cell.value("network")) if isinstance(self.cell, Use) else ""

    @property
    def names(self) -> set[str]:
        return {name for name in self.graph.nodes if name.startswith(f"{self.layer}_")}

    @property
    def x(self) -> Shape:
        """What arrived at the layer, as far as it matters here."""
        steps = sum(re.fullmatch(f"{re.escape(self.layer)}_x_\\d+", name) is not None for name in self.graph.nodes)
        drawn = self.networks.get(self.title)
        return sequence(max(steps, 1), drawn.block("x").shape().features if drawn is not None else 1)

    def candidates(self) -> Iterator[Block]:
        """The layers that it may have been."""
        drawn = self.networks.get(self.title)
        if drawn is not None:
            size = drawn.block("h").shape().features
            same = (layer for layer in layers_like(drawn, size) if _alike(layer, self.x, drawn))
            yield from same
            return
        kind = _LAYERS[type(self.cell)]
        settings = {name: self.cell.value(name) for name in kind.settings if name in self.cell.settings}
        cells = [name for name in self.names if type(self.graph.block(name)) is type(self.cell)]
        owners = [name for name in cells if not self.graph.nodes[name].shares]
        directions = 2 if any("_back_" in name for name in owners) else 1
        more = {"num_layers": max(len(owners) // directions, 1), "bidirectional": directions == 2}
        yield kind(**settings, **more)

    def with_layer(self, block: Block) -> Graph | None:
        """The network with a layer in the place of the steps; None where their name is taken."""
        if self.layer in self.graph.nodes:
            return None
        frozen = any(self.graph.nodes[name].frozen for name in self.names)
        nodes = {name: node for name, node in self.graph.nodes.items() if name not in self.names}
        wires = [w for w in self.graph.wires if w.source in nodes and w.target in nodes]
        wires += {self._fed(w) for w in self.graph.wires if w.source in nodes and w.target in self.names}
        wires += [self._read(w, block) for w in self.graph.wires if w.source in self.names and w.target in nodes]
        return replace(self.graph, nodes={**nodes, self.layer: Node(block, frozen=frozen)}, wires=tuple(wires))

    def _fed(self, wire: Wire) -> Wire:
        """A wire from outside, to the input of the layer that it came from."""
        inner = wire.target.removeprefix(f"{self.layer}_")
        state = wire.input if wire.input in _ONCE else f"{wire.input}0"
        port = next((name for name in _ONCE if inner.startswith(f"{name}_")), state)
        return Wire(wire.source, wire.output, self.layer, "x" if inner.endswith("_zero") else port)

    def _read(self, wire: Wire, block: Block) -> Wire:
        inner = wire.source.removeprefix(f"{self.layer}_")
        state = next((name for name in ("h", "c") if inner == f"{name}_last"), wire.output.removesuffix("_out"))
        return wire._replace(source=self.layer, output="y" if inner == "steps" else state)

    def is_what(self, whole: Graph) -> bool:
        """Whether a network is this one, when its layer is laid out."""
        try:
            again = laid_out(whole, self.layer, self.x, self.title)
        except Refused:
            return False
        return dict(again.nodes) == dict(self.graph.nodes) and set(again.wires) == set(self.graph.wires)


def _alike(layer: Block, x: Shape, drawn: Graph) -> bool:
    try:
        step = step_of(layer, vector(x.features))
    except Refused:
        return False
    return step is not None and dict(step.nodes) == dict(drawn.nodes) and set(step.wires) == set(drawn.wires)
