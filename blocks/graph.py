"""The network as a frozen value: nodes by name and wires between their ports, with its order worked out once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import heappop, heappush
from operator import itemgetter
from typing import Any, NamedTuple

import networkx as nx

from blocks.block import Block, Port

_PLACE = itemgetter(4)  # of a wire
_MEMOS: dict[tuple[Block, int, bool, bool, bool, bool], dict[Any, Any]] = {}
_END = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,63})(?:\.([A-Za-z_][A-Za-z0-9_]*)(?:\[(\d{1,6})\])?)?", re.ASCII)


class BadWire(ValueError):
    """A wire that cannot be read: it names a node, a port or a place that is not there."""


class Wire(NamedTuple):
    """From an output port of one node to an input port of another; `place` counts the wires of a `many` port."""

    source: str
    output: str
    target: str
    input: str
    place: int = 0


@dataclass(frozen=True, slots=True)
class Node:
    """A block in a network, `repeat` times in a row. `memo` remembers, for equal nodes together, what was checked.

    A `muted` node passes on what arrives; a `frozen` one keeps its weights; one that `shares` uses those of the node
    it names; what a `checkpointed` one has inside is computed again in the backward pass, and not kept. `given` are
    the settings that follow from a sum over names, as text: `(("out_channels", "2*width"),)`.
    """

    block: Block
    repeat: int = 1
    muted: bool = False
    frozen: bool = False
    shares: str = ""
    given: tuple[tuple[str, str], ...] = ()
    checkpointed: bool = False
    memo: dict[Any, Any] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        key = (self.block, self.repeat, self.muted, self.frozen, bool(self.shares), self.checkpointed)
        object.__setattr__(self, "memo", _MEMOS.setdefault(key, {}))

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return Node, (self.block, self.repeat, self.muted, self.frozen, self.shares, self.given, self.checkpointed)


class Step(NamedTuple):
    """One node's turn in the order. `source`/`slot` where one wire feeds a single port, else `feeds` port by port."""

    name: str
    source: str | None
    slot: int
    feeds: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(frozen=True, eq=False)
class Structure:
    """What follows from the wires alone: order, who feeds whom, what is not connected, what runs in a circle."""

    order: tuple[str, ...]
    plan: tuple[Step, ...]
    position: Mapping[str, int]
    consumers: Mapping[str, tuple[str, ...]]
    missing: tuple[tuple[str, str], ...]  # (node, input port) without a wire
    unused: tuple[str, ...]  # nodes whose results go nowhere
    circles: tuple[tuple[str, ...], ...]
    late: tuple[Wire, ...]  # into delays: what they carry is read at the next step
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)  # the nodes of each, once asked for


@dataclass(frozen=True)
class Graph:
    """A network: nodes by name in the order they were placed, and wires. Every change gives a new Graph.

    `settings` are its own: names and their values, over which settings of its nodes may be sums. `variables` are those
    of the design around it, which keeps them so; sums look for a name there next.
    """

    nodes: Mapping[str, Node] = field(default_factory=dict)
    wires: tuple[Wire, ...] = ()
    settings: Mapping[str, float] = field(default_factory=dict)
    variables: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def structure(self) -> Structure:
        """Order and connections, worked out once for all graphs that differ only in settings."""
        return _structure(self.nodes, self.wires)

    @cached_property
    def sharers(self) -> tuple[str, ...]:
        """The nodes that use the weights of another."""
        return tuple(name for name, node in self.nodes.items() if node.shares)

    @cached_property
    def uses(self) -> Mapping[str, int]:
        """The networks of the design that stand in it, and how often."""
        blocks = (node.block for node in self.nodes.values())
        return Counter(str(block.value("network")) for block in blocks if block.role == "network")

    @cached_property
    def nx(self) -> nx.MultiDiGraph:
        """The same as a networkx graph, for reachability and cycles within one step: nothing gets past a delay."""
        graph: nx.MultiDiGraph = nx.MultiDiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from((w.source, w.target) for w in self.wires if self.block(w.target).role != "delay")
        return graph

    def block(self, name: str) -> Block:
        """The block of a node."""
        return self.nodes[name].block

    def inputs(self) -> tuple[str, ...]:
        """The nodes where data enters, in the order they were placed."""
        return self._of_role("input")

    def outputs(self) -> tuple[str, ...]:
        """The nodes where results leave, in the order they were placed."""
        return self._of_role("output")

    def delays(self) -> tuple[str, ...]:
        """The nodes that give what arrived at the step before, in the order they were placed."""
        return self._of_role("delay")

    def _of_role(self, role: str) -> tuple[str, ...]:
        """The nodes of a role; kept with the structure, for nothing else changes them."""
        roles: dict[str, tuple[str, ...]] = self.structure.roles if "structure" in self.__dict__ else {}
        if role not in roles:
            roles[role] = tuple(n for n, node in self.nodes.items() if node.block.role == role)
        return roles[role]

    def into(self, name: str) -> tuple[Wire, ...]:
        """The wires that end at a node, by port and index."""
        ports = {p.name: i for i, p in enumerate(self.nodes[name].block.inputs)}
        wires = (w for w in self.wires if w.target == name)
        return tuple(sorted(wires, key=lambda w: (ports.get(w.input, 0), w.place)))

    def out_of(self, name: str) -> tuple[Wire, ...]:
        """The wires that start at a node."""
        return tuple(w for w in self.wires if w.source == name)

    def with_node(self, name: str, node: Node) -> Graph:
        """With another node under a name that exists; the order is kept where the ports are the same.

        Wires follow ports that have another name, and are gone with those that are gone.
        """
        before = self.nodes[name]
        same_ports = before.block.inputs == node.block.inputs and before.block.outputs == node.block.outputs
        wires = self.wires if same_ports else tuple(led_on(self, name, node.block).values())
        after = replace(self, nodes={**self.nodes, name: node}, wires=wires)
        if same_ports and before.block.role == node.block.role and "structure" in self.__dict__:
            after.__dict__["structure"] = self.structure
        if not before.shares and not node.shares and "sharers" in self.__dict__:
            after.__dict__["sharers"] = self.sharers
        if "network" not in (before.block.role, node.block.role) and "uses" in self.__dict__:
            after.__dict__["uses"] = self.uses
        return after

    def knowing(self, variables: Mapping[str, float]) -> Graph:
        """The same among other variables, of which sums are not worked out anew."""
        if self.variables is variables or not (self.variables or variables):
            return self
        return self.handing_on(replace(self, variables=variables))

    def handing_on(self, after: Graph) -> Graph:
        """A graph of the same names, ports and wires, to which what was worked out from them is handed on."""
        kept = ("structure", "sharers", "uses")
        after.__dict__.update({name: self.__dict__[name] for name in kept if name in self.__dict__})
        return after

    def with_wires(self, wires: Iterable[Wire]) -> Graph:
        """With other wires between the same nodes."""
        return replace(self, wires=tuple(wires))


def led_on(graph: Graph, name: str, block: Block) -> dict[Wire, Wire]:
    """What each wire is where another block stands at a node; those whose port is gone are left out."""
    before = graph.block(name)
    entries = successors([p.name for p in before.inputs], [p.name for p in block.inputs])
    exits = successors([p.name for p in before.outputs], [p.name for p in block.outputs])
    found = {}
    for wire in graph.wires:
        entry = entries.get(wire.input) if wire.target == name else wire.input
        leaving = exits.get(wire.output) if wire.source == name else wire.output
        if entry is not None and leaving is not None:
            found[wire] = wire._replace(input=entry, output=leaving)
    return found


def successors(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """What each of some names is called now; one that was given another name stands where it stood."""
    gone, come = [n for n in old if n not in new], [n for n in new if n not in old]
    renamed = len(old) == len(new) and [old.index(n) for n in gone] == [new.index(n) for n in come]
    return {**{n: n for n in old if n in new}, **(dict(zip(gone, come, strict=True)) if renamed else {})}


def port(ports: tuple[Port, ...], name: str) -> Port | None:
    """The port of that name, or None."""
    return next((p for p in ports if p.name == name), None)


def wire_text(wire: Wire, nodes: Mapping[str, Node]) -> str:
    """A wire as the file writes it: `left -> join.parts[0]`; the only port of a node is not named."""
    source, target = nodes[wire.source].block, nodes[wire.target].block
    out = "" if source.outputs and source.outputs[0].name == wire.output else f".{wire.output}"
    entry = port(target.inputs, wire.input)
    if entry is not None and entry.many:
        return f"{wire.source}{out} -> {wire.target}.{wire.input}[{wire.place}]"
    into = "" if target.inputs and target.inputs[0].name == wire.input else f".{wire.input}"
    return f"{wire.source}{out} -> {wire.target}{into}"


def split_wire(text: str) -> tuple[str, str | None, str, str | None, int | None]:
    """Source, its port, target, its port and place as a line of a file names them; raises BadWire."""
    halves = [_END.fullmatch(half.strip()) for half in text.split("->")]
    if len(halves) != 2 or halves[0] is None or halves[1] is None or halves[0][3]:
        raise BadWire(f"wire {_brief(text)} is not of the form 'node -> node' or 'node.port -> node.port[0]'")
    (source, out, _), (target, into, index) = halves[0].groups(), halves[1].groups()
    return source, out, target, into, None if index is None else int(index)


def read_wire(text: str, nodes: Mapping[str, Node]) -> Wire:
    """The wire that a line of a file means; raises BadWire naming what is not there."""
    source, out, target, into, index = split_wire(text)
    for name in (source, target):
        if name not in nodes:
            raise BadWire(f"wire {_brief(text)} names the node {name}, which is not in the network")
    entry = _port(nodes[target].block.inputs, into, target, text)
    if index is not None and not entry.many:
        raise BadWire(f"wire {_brief(text)} counts the wires of {target}.{entry.name}, which takes one")
    return Wire(source, _port(nodes[source].block.outputs, out, source, text).name, target, entry.name, index or 0)


def _brief(text: str) -> str:
    """A wire as an error quotes it: escaped, never a wall of text."""
    return ascii(text if len(text) <= 160 else f"{text[:157]}...")


def _port(ports: tuple[Port, ...], name: str | None, node: str, text: str) -> Port:
    for known in ports:
        if name is None or known.name == name:
            return known
    listed = ", ".join(p.name for p in ports) or "none"
    raise BadWire(f"wire {_brief(text)} names a port that {node} does not have; its ports there: {listed}")


def _structure(nodes: Mapping[str, Node], wires: tuple[Wire, ...]) -> Structure:
    arriving: dict[str, list[Wire]] = {name: [] for name in nodes}
    leaving: dict[str, list[str]] = {name: [] for name in nodes}
    for wire in wires:
        arriving[wire[2]].append(wire)
        leaving[wire[0]].append(wire[2])
    late = frozenset(name for name, node in nodes.items() if node.block.role == "delay")
    order = _order({name: 0 if name in late else len(into) for name, into in arriving.items()}, leaving)
    plan = tuple(_step(name, nodes, [] if name in late else arriving[name]) for name in order)
    return Structure(
        order=order,
        plan=plan,
        position={name: i for i, name in enumerate(order)},
        consumers={name: tuple(dict.fromkeys(targets)) for name, targets in leaving.items()},
        missing=tuple(_missing(nodes, arriving)),
        unused=tuple(n for n, to in leaving.items() if not to and nodes[n].block.outputs),
        circles=_circles([w for w in wires if w.target not in late]) if len(order) < len(nodes) else (),
        late=tuple(w for w in wires if w.target in late) if late else (),
    )


def _order(waiting: dict[str, int], leaving: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Topological order: each way to its end, then on with what was placed first; nodes in circles are left out."""
    names = list(waiting)
    place = {name: i for i, name in enumerate(names)}
    ready = [place[name] for name in names if not waiting[name]]
    order: list[str] = []
    freed: list[str] = []
    while ready or freed:
        name = freed[0] if freed else names[heappop(ready)]
        order.append(name)
        for other in freed[1:]:
            heappush(ready, place[other])
        freed = []
        for target in leaving[name]:
            waiting[target] -= 1
            if not waiting[target]:
                freed.append(target)
    return tuple(order)


def _step(name: str, nodes: Mapping[str, Node], arriving: list[Wire]) -> Step:
    ports = nodes[name].block.inputs
    if len(arriving) == 1 and len(ports) == 1 and not ports[0].many:
        wire = arriving[0]
        return Step(name, wire.source, _slot(nodes, wire), ())
    by_port: dict[str, list[Wire]] = {p.name: [] for p in ports}
    for wire in sorted(arriving, key=_PLACE):
        by_port.setdefault(wire.input, []).append(wire)
    feeds = tuple(tuple((w.source, _slot(nodes, w)) for w in into) for into in by_port.values())
    return Step(name, None, 0, feeds)


def _slot(nodes: Mapping[str, Node], wire: Wire) -> int:
    outputs = nodes[wire.source].block.outputs
    if len(outputs) < 2:
        return 0
    return next((i for i, p in enumerate(outputs) if p.name == wire.output), 0)


def _missing(nodes: Mapping[str, Node], arriving: Mapping[str, list[Wire]]) -> Iterable[tuple[str, str]]:
    for name, node in nodes.items():
        fed = [w[3] for w in arriving[name]]
        for entry in node.block.inputs:
            if entry.name not in fed and not entry.optional:
                yield name, entry.name


def _circles(wires: Iterable[Wire]) -> tuple[tuple[str, ...], ...]:
    graph: nx.DiGraph = nx.DiGraph((w.source, w.target) for w in wires)
    groups = nx.strongly_connected_components(graph)
    return tuple(tuple(sorted(group)) for group in groups if len(group) > 1 or graph.has_edge(*(2 * tuple(group))))
