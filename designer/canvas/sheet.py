"""What the canvas shows, as arrays: where cards stand, how they look, which are meant. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from operator import is_not

import numpy as np
from numpy.typing import NDArray

from blocks.block import Block
from blocks.check import Checked, Diagnostic, check
from blocks.graph import Graph, Node, Wire
from blocks.measure import Row
from designer.canvas.metrics import BACK, Layout, Point
from designer.canvas.placing import missing_places
from designer.canvas.ports import Spot, spots
from designer.canvas.wires import Wires
from designer.decor import Laid, not_laid
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from runtime.design import Bends

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

FINE, ADVICE, WARNING, ERROR = 0, 1, 2, 3
LEVELS = {"advice": ADVICE, "warning": WARNING, "error": ERROR}
_EMPTY = Graph()


class Sheet:
    """One network laid out. `show` takes over a new state and touches only what differs from the one before."""

    def __init__(self) -> None:
        self.graph, self.checked = _EMPTY, check(_EMPTY)
        self.layout: Layout = {}
        self.names: list[str] = []
        self.nodes: list[Node] = []
        self.rows: list[Row | None] = []
        self.index: dict[str, int] = {}
        self.kinds: list[tuple[str, bool, str]] = []  # (category, composite, own icon) behind every `kind`
        self._kind: dict[type[Block], int] = {}
        self.at: Floats = np.zeros((0, 2))
        self.problems: dict[str, list[Diagnostic]] = {}
        self.wires = Wires()
        self.bends: Bends = {}
        self.channels_last = False  # in the shapes that are written beside wires
        self.uses: Mapping[str, int] = {}  # how often each network stands in the design
        self.laid: Callable[[str], Laid] = not_laid  # how the networks of the design are laid out
        self.revision = 0  # counts lasting changes of places or levels, for those who keep pictures
        self._blank()

    def _blank(self) -> None:
        count = len(self.names)
        self.kind: NDArray[np.uint8] = np.zeros(count, np.uint8)
        self.level: NDArray[np.uint8] = np.zeros(count, np.uint8)
        self.selected: Flags = np.zeros(count, np.bool_)

    def show(self, graph: Graph, checked: Checked, layout: Layout, problems: Sequence[Diagnostic]) -> None:
        """Takes over a network, its check, the places of its nodes and what is wrong with it."""
        self.revision += 1
        rewired = self._take_nodes(graph)
        rewired = rewired or graph.wires is not self.wires.all
        self.graph = graph
        if rewired:
            self.wires.connect(graph, self.index)
        self._take_layout(layout, rewired)
        self._take_rows(checked, rewired)
        self._take_problems(problems)

    def times_used(self, node: Node) -> int:
        """How often the network that stands at a node is used; none where there is no network."""
        return self.uses.get(str(node.block.value("network")), 0) if node.block.role == "network" else 0

    def _take_nodes(self, graph: Graph) -> bool:
        """Whether wires have to be led anew, because nodes came or went or changed their ports."""
        names, nodes = list(graph.nodes), list(graph.nodes.values())
        if names == self.names:
            changed = [i for i, new in enumerate(map(is_not, self.nodes, nodes)) if new]
            ports = any(_ports(self.nodes[i]) != _ports(nodes[i]) for i in changed)
            self.nodes = nodes
            for i in changed:
                self.kind[i] = self._kind_of(type(nodes[i].block))
            return ports
        before, chosen = self.index, self.selection()
        corners = self.at
        self.names, self.nodes = names, nodes
        self.index = {name: i for i, name in enumerate(names)}
        self._blank()
        self.rows = [None] * len(names)
        old = np.fromiter((before.get(n, -1) for n in names), np.intp, len(names))
        self.at = np.zeros((len(names), 2))
        self.at[old >= 0] = corners[old[old >= 0]]
        kinds = (self._kind_of(type(node.block)) for node in nodes)
        self.kind = np.fromiter(kinds, np.uint8, len(nodes))
        self.select(chosen)
        self.layout = {}
        return True

    def _kind_of(self, block: type[Block]) -> int:
        """The number of the look of a block: its place in `kinds`."""
        kind = self._kind.get(block)
        if kind is None:
            look = (block.category, block.composite or block.role == "network", block.icon)
            if look not in self.kinds:
                self.kinds.append(look)
            kind = self._kind[block] = self.kinds.index(look)
        return kind

    def _take_layout(self, layout: Layout, rewired: bool) -> None:
        if layout is self.layout and not rewired:
            return
        self.layout = layout
        if any(name not in layout for name in self.names):
            layout = {**layout, **missing_places(self.graph, layout)}
        corners = np.array([layout[name] for name in self.names], np.float64).reshape(-1, 2)
        if rewired or not np.array_equal(corners, self.at):
            self.at = corners
            self.wires.place(self.at)

    def _take_rows(self, checked: Checked, rewired: bool) -> None:
        fetch = checked.rows.get
        rows = [fetch(name) for name in self.names]
        changed = [i for i, new in enumerate(map(is_not, self.rows, rows)) if new]
        self.checked, self.rows = checked, rows
        self.wires.carry(checked, rows, None if rewired or len(changed) > len(rows) // 2 else changed)

    def _take_problems(self, problems: Sequence[Diagnostic]) -> None:
        self.level[:] = FINE
        self.problems = {}
        for problem in problems:
            self.problems.setdefault(problem.node, []).append(problem)
            i = self.index.get(problem.node)
            if i is not None:
                self.level[i] = max(int(self.level[i]), LEVELS[problem.level])

    def move(self, moved: Ints, by: Floats) -> None:
        """Shows some nodes elsewhere for now, by one way or one each; the next `show` says where they stay."""
        self.at[moved] += by
        self.wires.place(self.at, moved)
        self.layout = {}

    def bend(self, bends: Bends) -> None:
        """Leads some wires through points; while one of them is dragged this is called at every step of the hand."""
        self.bends = bends
        self.wires.lead(bends)

    def select(self, names: Collection[str]) -> None:
        """Marks exactly these nodes; names that are not there are passed over."""
        self.selected[:] = False
        self.selected[[self.index[n] for n in names if n in self.index]] = True

    @property
    def composite(self) -> Flags:
        """Which nodes have an inside."""
        looks: Flags = np.array([look[1] for look in self.kinds], np.bool_)
        return looks[self.kind] if len(self.kind) else np.zeros(0, np.bool_)

    def selection(self) -> tuple[str, ...]:
        """The marked nodes, in the order they were placed."""
        return tuple(self.names[i] for i in np.flatnonzero(self.selected).tolist())

    def place(self, name: str) -> Point:
        """The top left corner of a node."""
        x, y = self.at[self.index[name]].tolist()
        return x, y

    def places(self, names: Collection[str]) -> dict[str, Point]:
        """The top left corners of some nodes."""
        return {name: self.place(name) for name in names}

    def shown_layout(self) -> dict[str, Point]:
        """Where every node is seen at this moment."""
        return dict(zip(self.names, map(tuple, self.at.tolist()), strict=True))

    def extent(self, some: Ints | None = None) -> tuple[float, float, float, float] | None:
        """The box x1, y1, x2, y2 around all nodes with their wires, or some nodes; None where there is none."""
        corners = self.at if some is None else self.at[some]
        if not len(corners):
            return None
        (x1, y1), (x2, y2) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
        box = x1, y1, x2 + CARD_WIDTH + BACK, y2 + CARD_HEIGHT + BACK
        return box if some is not None else self.wires.around(box)

    def within(self, box: tuple[float, float, float, float]) -> Ints:
        """The nodes whose cards touch a box x1, y1, x2, y2."""
        x, y = self.at[:, 0], self.at[:, 1]
        return np.flatnonzero(
            (x < box[2]) & (x + CARD_WIDTH + BACK > box[0]) & (y < box[3]) & (y + CARD_HEIGHT + BACK > box[1])
        )

    def node_at(self, x: float, y: float) -> str | None:
        """The topmost node under a point."""
        hit = self.within((x, y, x, y))
        exact = [i for i in hit.tolist() if x <= self.at[i, 0] + CARD_WIDTH and y <= self.at[i, 1] + CARD_HEIGHT]
        return self.names[exact[-1]] if exact else None

    def spots(self, name: str) -> list[Spot]:
        """The ports of a node, those that take first."""
        block, at = self.graph.block(name), self.place(name)
        i, wires = self.index[name], self.wires
        into = out = [""]
        if len(block.inputs) > 1 or any(p.many for p in block.inputs):
            into = [wires.all[k].input for k in np.flatnonzero(wires.target == i).tolist()]
        if len(block.outputs) > 1:
            out = [wires.all[k].output for k in np.flatnonzero(wires.source == i).tolist()]
        arriving = tuple(into.count(p.name) for p in block.inputs)
        leaving = tuple(out.count(p.name) for p in block.outputs)
        return spots(name, at, block.inputs, arriving) + spots(name, at, block.outputs, leaving)

    def spot_at(self, x: float, y: float, reach: float) -> Spot | None:
        """The port nearest to a point, if one is within `reach`."""
        close = self.within((x - reach, y - reach, x + reach, y + reach)).tolist()
        found = [spot for i in close for spot in self.spots(self.names[i])]
        best = min(found, key=lambda s: (s.x - x) ** 2 + (s.y - y) ** 2, default=None)
        return best if best and (best.x - x) ** 2 + (best.y - y) ** 2 <= reach**2 else None

    def wire_at(self, x: float, y: float, reach: float) -> Wire | None:
        """The wire nearest to a point, if one is within `reach`."""
        found = self.wires.nearest(self.at, x, y, reach)
        return None if found is None else self.wires.all[found]

    def problem(self, name: str) -> Diagnostic | None:
        """The worst thing said of a node."""
        said: Mapping[str, list[Diagnostic]] = self.problems
        return max(said.get(name, []), key=lambda d: LEVELS[d.level], default=None)


def _ports(node: Node) -> tuple[object, object]:
    return node.block.inputs, node.block.outputs
