"""A recurrent layer laid out in time: a copy of its cell for every step, all with the weights of the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from blocks.apart import count_of
from blocks.block import Block
from blocks.cell import GRUCell, LSTMCell, RNNCell
from blocks.ends import Input, Output, Use
from blocks.gates import cell_of, drawable
from blocks.graph import Graph, Node, Wire
from blocks.indexing import Select, Stack
from blocks.merge import Concat
from blocks.naming import Refused, fresh_name
from blocks.position import Constant
from blocks.recurrent import GRU, LSTM, RNN
from blocks.shape import Shape, vector

MOST = 256  # cells drawn at once: of more no picture is left
_CELLS: Mapping[type[Block], type[Block]] = {RNN: RNNCell, GRU: GRUCell, LSTM: LSTMCell}
_BEYOND = {"proj_size": 0, "forget_bias": None, "stateful": False}  # what torch's cells lack
_Port = tuple[str, str]  # a node and one of its outputs


def step_of(block: Block, x: Shape) -> Graph | None:
    """One step of a layer as a network that takes and gives its states; None where torch has a cell for it.

    Raises Refused where it cannot be drawn.
    """
    if not drawable(block):
        raise Refused(f"{block.label()} has no steps that could be drawn")
    lacking = any(name in block.settings and block.value(name) != plain for name, plain in _BEYOND.items())
    if type(block) in _CELLS and not lacking:
        return None
    cell = cell_of(block, x)
    nodes = {name: node for name, node in cell.nodes.items() if name not in cell.outputs()}
    wires = [wire for wire in cell.wires if wire.target in nodes and wire.target not in cell.delays()]
    for name in cell.delays():
        [fed] = cell.into(name)
        nodes |= {name: Node(Input(cell.block(name).shape().sizes)), f"{name}_out": Node(Output())}
        wires.append(fed._replace(target=f"{name}_out", input="x"))
    return Graph(nodes, tuple(wires))


def why_not(graph: Graph, node: str, x: Shape | None) -> str:
    """Why a node cannot be laid out in time, or nothing; `x` is what arrives at it."""
    placed = graph.nodes[node]
    block = placed.block
    if not drawable(block):
        return f"{node} is {block.label()}; only a recurrent layer has steps."
    if placed.repeat > 1 or placed.muted or placed.shares:
        return f"{node} is repeated, muted or shares its weights; make it a single layer of its own first."
    if any(wire.input == "mask" for wire in graph.into(node)):
        return f"{node} is given a mask; only rows of one length can be laid out."
    if x is None:
        return f"What arrives at {node} is not known yet; connect its input first."
    layers, directions = count_of(block)
    if layers > 1 and block.value("dropout"):
        return f"{node} has dropout between its layers; set it to 0 first."
    if x.sizes[0] * layers * directions > MOST:
        return f"{node} reads {x.sizes[0]:,} steps; at most {MOST // (layers * directions):,} are drawn."
    try:
        step_of(block, vector(x.features))
    except Refused as refusal:
        return f"{node}: {refusal}."
    return ""


def laid_out(graph: Graph, node: str, x: Shape | None, title: str = "") -> Graph:
    """With a copy of the cell for every step in the place of a recurrent layer; raises Refused.

    Where `step_of` draws a step, the network of that title in the design is that step.
    """
    why = why_not(graph, node, x)
    if why or x is None:
        raise Refused(why)
    block = graph.block(node)
    step = step_of(block, vector(x.features))
    drawing = _Drawing(graph, node, _with_torchs(block) if step is None else _as_network(step, title))
    return drawing.draw(x.sizes[0])


@dataclass(frozen=True)
class _Cell:
    """What stands at a step, and by which ports its states go from one to the next."""

    block: Block
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    begins_empty: bool  # whether nothing at its states stands for zeros


def _with_torchs(block: Block) -> _Cell:
    kind = _CELLS[type(block)]
    settings = {name: block.value(name) for name in kind.settings if name in block.settings}
    gives = tuple(port.name for port in kind.outputs)
    return _Cell(kind(**settings), tuple(f"{name}0" for name in gives), gives, True)


def _as_network(step: Graph, title: str) -> _Cell:
    takes, gives = step.inputs(), step.outputs()
    return _Cell(Use(title, takes, gives), takes[1:], gives, False)


@dataclass
class _Drawing:
    """A network while a layer of it is laid out."""

    graph: Graph
    node: str
    cell: _Cell
    nodes: dict[str, Node] = field(default_factory=dict)
    wires: list[Wire] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fed = {wire.input: (wire.source, wire.output) for wire in self.graph.into(self.node)}
        self.nodes = {name: node for name, node in self.graph.nodes.items() if name != self.node}
        self.wires = [wire for wire in self.graph.wires if self.node not in (wire.source, wire.target)]

    def draw(self, steps: int) -> Graph:
        layers, directions = count_of(self.graph.block(self.node))
        rows = [self.put(f"x_{t}", Select(0, t), {"x": [self.fed["x"]]}) for t in range(steps)]
        last: list[dict[str, _Port]] = []
        several = layers * directions > 1
        for layer in range(layers):
            ways = []
            for way in range(directions):
                mark = f"{layer}_" * (layers > 1) + "back_" * way
                states = self.first(layer * directions + way, several, rows[0])
                results, states = self.run(rows[::-1] if way else rows, states, mark)
                ways.append(results[::-1] if way else results)
                last.append(states)
            rows = ways[0] if directions == 1 else self.joined(ways, f"{layer}_" * (layers > 1))
        self.lead_on(rows, last)
        return replace(self.graph, nodes=self.nodes, wires=tuple(self.wires))

    def put(self, name: str, block: Block, fed: Mapping[str, list[_Port]], shares: str = "") -> _Port:
        """A new node with its wires; its first result."""
        name = fresh_name(self.nodes, f"{self.node}_{name}")
        frozen = self.graph.nodes[self.node].frozen and isinstance(block, type(self.cell.block))
        self.nodes[name] = Node(block, frozen=frozen, shares=shares)
        self.wires += [Wire(*end, name, port, place) for port, ends in fed.items() for place, end in enumerate(ends)]
        return name, block.outputs[0].name

    def first(self, place: int, several: bool, row: _Port) -> dict[str, _Port]:
        """What the cells of a layer and direction begin with, by the port that takes it."""
        found: dict[str, _Port] = {}
        for taken, name in zip(self.cell.takes, ("h0", "c0"), strict=False):
            if name in self.fed:
                state = self.fed[name]
                found[taken] = self.put(f"{name}_{place}", Select(0, place), {"x": [state]}) if several else state
            elif not self.cell.begins_empty:
                size = self.graph.block(self.node).value("hidden_size")
                found[taken] = self.put(f"{name}_zero", Constant((size,), 0.0), {"x": [row]})
        return found

    def run(self, rows: list[_Port], states: dict[str, _Port], mark: str) -> tuple[list[_Port], dict[str, _Port]]:
        """A cell a row, each with the states of the one before; what they give, and the last states."""
        owner, results = "", []
        for t, row in enumerate(rows):
            fed = {"x": [row]} | {port: [state] for port, state in states.items()}
            name, _ = self.put(f"{mark}{t}", self.cell.block, fed, owner)
            owner = owner or name
            states = {taken: (name, given) for taken, given in zip(self.cell.takes, self.cell.gives, strict=True)}
            results.append((name, self.cell.gives[0]))
        return results, states

    def joined(self, ways: list[list[_Port]], mark: str) -> list[_Port]:
        pairs = enumerate(zip(*ways, strict=True))
        return [self.put(f"{mark}both_{t}", Concat(), {"parts": list(ends)}) for t, ends in pairs]

    def lead_on(self, rows: list[_Port], last: list[dict[str, _Port]]) -> None:
        """The wires to those that read the layer: all steps, or its last states."""
        known: dict[str, _Port] = {}
        for wire in self.graph.out_of(self.node):
            if wire.output not in known:
                place = ("h", "c").index(wire.output) if wire.output != "y" else -1
                ends = rows if wire.output == "y" else [states[self.cell.takes[place]] for states in last]
                alone = wire.output != "y" and len(ends) == 1
                name = "steps" if wire.output == "y" else f"{wire.output}_last"
                known[wire.output] = ends[0] if alone else self.put(name, Stack(), {"parts": ends})
            source, output = known[wire.output]
            self.wires.append(wire._replace(source=source, output=output))
