"""A recurrent layer of several layers or directions drawn as single ones, which read each other's steps."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from blocks.block import Block
from blocks.graph import Graph, Node, Wire
from blocks.indexing import Select, Stack
from blocks.merge import Concat
from blocks.naming import fresh_name
from blocks.position import Reverse
from blocks.regularization import Dropout

_Port = tuple[str, str]  # a node and one of its outputs


def count_of(block: Block) -> tuple[int, int]:
    """Layers and directions of a recurrent layer."""
    told = block.settings
    layers = block.value("num_layers") if "num_layers" in told else 1
    return layers, 2 if "bidirectional" in told and block.value("bidirectional") else 1


def single(block: Block) -> Block:
    """One layer in one direction, else like a recurrent layer."""
    alone = {"num_layers": 1, "bidirectional": False, "dropout": 0.0}
    return block.with_settings(**{name: value for name, value in alone.items() if name in block.settings})


def apart(graph: Graph, node: str) -> tuple[Graph, dict[str, int]]:
    """The same with single layers in the place of one, and each of them with the layer that it is of, from 0.

    The first keeps the name. A backward one stands between two Reverse; its last state is that of the first step.
    """
    drawing = _Drawing(graph, node)
    return drawing.draw(), drawing.singles


@dataclass
class _Drawing:
    graph: Graph
    node: str
    singles: dict[str, int] = field(default_factory=dict)
    nodes: dict[str, Node] = field(init=False)
    wires: list[Wire] = field(init=False)

    def __post_init__(self) -> None:
        self.nodes = dict(self.graph.nodes)
        self.wires = [wire for wire in self.graph.wires if self.node not in (wire.source, wire.target)]
        self.fed = {wire.input: (wire.source, wire.output) for wire in self.graph.into(self.node)}

    def draw(self) -> Graph:
        block = self.graph.block(self.node)
        layers, directions = count_of(block)
        y, dropout = self.fed["x"], block.value("dropout")
        for layer in range(layers):
            ways = [self.one(layer, way, directions, y) for way in range(directions)]
            y = ways[0] if directions == 1 else self.put(f"both_{layer}", Concat(), "parts", *ways)
            if dropout and layer < layers - 1:
                y = self.put(f"dropout_{layer}", Dropout(dropout), "x", y)
        self.lead_on(y)
        return replace(self.graph, nodes=self.nodes, wires=tuple(self.wires))

    def put(self, name: str, block: Block, port: str, *ends: _Port) -> _Port:
        name = fresh_name(self.nodes, f"{self.node}_{name}")
        self.nodes[name] = Node(block)
        self.wires += [Wire(*end, name, port, place) for place, end in enumerate(ends)]
        return name, block.outputs[0].name

    def one(self, layer: int, way: int, directions: int, x: _Port) -> _Port:
        """A single layer in one direction, reading `x`; all its steps."""
        whole = self.graph.nodes[self.node]
        block = single(whole.block)
        x = self.put(f"turned_{layer}", Reverse(), "x", x) if way else x
        if layer == way == 0:
            name = self.node
            self.wires.append(Wire(*x, name, "x"))
        else:
            name, _ = self.put(f"{'back' if way else 'layer'}_{layer}", block, "x", x)
        self.nodes[name] = replace(whole, block=block, given=())
        self.singles[name] = layer
        for port in [port for port in self.fed if port in ("h0", "c0")]:
            state = self.put(f"{port}_{layer}_{way}", Select(0, layer * directions + way), "x", self.fed[port])
            self.wires.append(Wire(*state, name, port))
        return self.put(f"back_again_{layer}", Reverse(), "x", (name, "y")) if way else (name, "y")

    def lead_on(self, y: _Port) -> None:
        """The wires to those that read the layer: the last steps, or the last states of all of them."""
        known = {"y": y}
        for wire in self.graph.out_of(self.node):
            if wire.output not in known:
                ends = [(name, wire.output) for name in self.singles]
                known[wire.output] = self.put(f"{wire.output}_all", Stack(), "parts", *ends)
            source, output = known[wire.output]
            self.wires.append(wire._replace(source=source, output=output))
