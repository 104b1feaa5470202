"""Every change a person can make to a network, as functions on Graphs. A refusal is a sentence, not a crash."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import networkx as nx

from blocks.block import Block
from blocks.check import check, described
from blocks.graph import Graph, Node, Wire, port
from blocks.measure import NO_NETWORKS, Networks, Row

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class Refused(Exception):
    """An edit that cannot be done, and why; nothing has changed."""


@dataclass(frozen=True)
class Fix:
    """A ready edit with the words on its button."""

    title: str
    edit: Callable[[Graph], Graph]


def fresh_name(taken: Collection[str], wanted: str) -> str:
    """`wanted`, or the first of wanted2, wanted3, … that is free."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", wanted) or "node"
    base = base if NAME.match(base) else f"n_{base}"
    stem = base.rstrip("0123456789") or base
    if base not in taken:
        return base
    number = 2
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def name_for(graph: Graph, block: Block) -> str:
    """A fitting free name for a block: `conv1`, `conv2`, … as people write them."""
    words = re.sub(r"[^a-z0-9]", "", type(block).kind().lower())
    stem = re.sub(r"[0-9]d$", "", words)
    if block.role in {"input", "output"} and stem not in graph.nodes:
        return stem
    number = 1
    while f"{stem}{number}" in graph.nodes:
        number += 1
    return f"{stem}{number}"


def add(graph: Graph, name: str, node: Node) -> Graph:
    """With one more node, not connected."""
    _refuse_name(graph, name)
    return replace(graph, nodes={**graph.nodes, name: node})


def configure(graph: Graph, names: Collection[str], settings: Mapping[str, object]) -> Graph:
    """With other settings of some nodes; raises BadSetting."""
    for name in names:
        node = graph.nodes[name]
        graph = graph.with_node(name, replace(node, block=node.block.with_settings(**settings)))
    return graph


def repeat(graph: Graph, name: str, times: int) -> Graph:
    """With a node repeated so many times in a row."""
    if not 1 <= times <= 1000:
        raise Refused(f"{name} can be repeated 1 to 1,000 times, not {times}")
    return graph.with_node(name, replace(graph.nodes[name], repeat=times))


def replace_block(graph: Graph, name: str, block: Block) -> Graph:
    """With another block under the same name; wires to ports that it lacks are dropped."""
    nodes = {**graph.nodes, name: Node(block, graph.nodes[name].repeat)}
    return replace(graph, nodes=nodes, wires=tuple(w for w in graph.wires if _has_ports(nodes, w)))


def rename(graph: Graph, old: str, new: str) -> Graph:
    """With a node under another name, its wires with it."""
    if old == new:
        return graph
    _refuse_name(graph, new)
    nodes = {new if name == old else name: node for name, node in graph.nodes.items()}
    wires = (
        w._replace(source=new if w.source == old else w.source, target=new if w.target == old else w.target)
        for w in graph.wires
    )
    return replace(graph, nodes=nodes, wires=tuple(wires))


def connect(graph: Graph, wire: Wire) -> Graph:
    """With a wire; one already at a single port gives way, at a `many` port it takes the place it names or the next."""
    why = refusal(graph, wire)
    if why:
        raise Refused(why)
    entry = port(graph.block(wire.target).inputs, wire.input)
    if entry is not None and entry.many:
        taken = [w.place for w in graph.wires if (w.target, w.input) == (wire.target, wire.input)]
        wire = wire._replace(place=max(taken, default=-1) + 1) if wire.place in taken else wire
        return graph.with_wires((*graph.wires, wire))
    kept = [w for w in graph.wires if (w.target, w.input) != (wire.target, wire.input)]
    return graph.with_wires((*kept, wire._replace(place=0)))


def refusal(graph: Graph, wire: Wire) -> str:
    """Why a wire may not be, or nothing: unknown ports, a circle."""
    if not _has_ports(graph.nodes, wire):
        return f"{wire.source} and {wire.target} have no such ports"
    if wire.source == wire.target or nx.has_path(graph.nx, wire.target, wire.source):
        return f"{wire.target} already feeds {wire.source}: a circle is only legal through a recurrent block"
    return ""


def unfit(graph: Graph, wire: Wire, networks: Networks = NO_NETWORKS) -> str:
    """Why the target cannot take what the wire would bring, or nothing. A target that waits for more wires is fine."""
    why = refusal(graph, wire)
    if why:
        return why
    problem = check(connect(graph, wire), networks).rows[wire.target].problem
    return described(wire.target, problem) if problem else ""


def disconnect(graph: Graph, wires: Collection[Wire]) -> Graph:
    """Without some wires; those after them at a `many` port move up."""
    gone = set(wires)
    return graph.with_wires(_renumbered(w for w in graph.wires if w not in gone))


def remove(graph: Graph, names: Collection[str], *, heal: bool = True, networks: Networks = NO_NETWORKS) -> Graph:
    """Without some nodes; where shapes allow, what fed them now feeds what they fed."""
    gone = set(names)
    nodes = {n: node for n, node in graph.nodes.items() if n not in gone}
    kept = [w for w in graph.wires if w.source not in gone and w.target not in gone]
    healed = list(_healed(graph, gone)) if heal else []
    while healed:
        left = replace(graph, nodes=nodes, wires=tuple(_renumbered([*kept, *healed])))
        wrong = check(left, networks).unfit
        if not any(w.target in wrong for w in healed):
            return left
        healed = [w for w in healed if w.target not in wrong]
    return replace(graph, nodes=nodes, wires=tuple(_renumbered(kept)))


def insert(graph: Graph, wire: Wire, name: str, node: Node) -> Graph:
    """With a node put into a wire, at its first ports."""
    if not node.block.inputs or not node.block.outputs:
        raise Refused(f"{node.block.label()} cannot stand in a wire: it needs an input and an output")
    grown = add(graph, name, node)
    into = Wire(wire.source, wire.output, name, node.block.inputs[0].name)
    out = Wire(name, node.block.outputs[0].name, wire.target, wire.input, wire.place)
    return grown.with_wires((*(out if w == wire else w for w in grown.wires), into))


def extract(graph: Graph, names: Collection[str]) -> Graph:
    """Some nodes with the wires among them, as copied."""
    kept = {n: node for n, node in graph.nodes.items() if n in names}
    return Graph(kept, tuple(w for w in graph.wires if w.source in kept and w.target in kept))


def paste(graph: Graph, fragment: Graph) -> tuple[Graph, dict[str, str]]:
    """With a copied fragment put beside what is there; also the new name of each of its nodes."""
    nodes, named = dict(graph.nodes), {}
    for old, node in fragment.nodes.items():
        named[old] = fresh_name(nodes, old)
        nodes[named[old]] = node
    wires = tuple(w._replace(source=named[w.source], target=named[w.target]) for w in fragment.wires)
    return replace(graph, nodes=nodes, wires=graph.wires + wires), named


def expand(graph: Graph, name: str, row: Row) -> tuple[Graph, dict[str, str]]:
    """With a composite replaced by what is inside; also the new name of each inner node."""
    if row.inside is None:
        raise Refused(f"{name} has no inside that could be shown")
    body = row.inside.graph
    ends = {*body.inputs(), *body.outputs()}
    inner = extract(body, [n for n in body.nodes if n not in ends])
    renamed = {n: f"{name}_{n}" for n in inner.nodes}
    inner = Graph(
        {renamed[n]: node for n, node in inner.nodes.items()},
        tuple(w._replace(source=renamed[w.source], target=renamed[w.target]) for w in inner.wires),
    )
    left = Graph({n: node for n, node in graph.nodes.items() if n != name}, graph.wires)
    grown, fresh = paste(Graph(left.nodes, ()), inner)
    inside = {n: fresh[renamed[n]] for n in renamed}
    wires = [w for w in graph.wires if name not in (w.source, w.target)]
    wires += _rewired(graph, name, body, inside)
    return replace(graph, nodes=grown.nodes, wires=grown.wires + tuple(wires)), inside


def _rewired(graph: Graph, name: str, body: Graph, inside: Mapping[str, str]) -> list[Wire]:
    """The wires of a composite, led to the nodes of its body."""
    block = graph.block(name)
    ports = [p.name for p in block.inputs]
    # a network's inputs answer its ports in order, a composite's bear their names
    entrances = dict(zip(ports, body.inputs() if block.role == "network" else ports, strict=False))
    feeding = {entrances[w.input]: (w.source, w.output) for w in graph.into(name)}
    giving = {p.name: body.into(out)[0] for p, out in zip(block.outputs, body.outputs(), strict=False)}
    wires = [
        w._replace(source=feeding[w.source][0], output=feeding[w.source][1], target=inside[w.target])
        for w in body.wires
        if w.source in feeding and w.target in inside
    ]
    for wire in graph.out_of(name):
        end = giving.get(wire.output) or next(iter(giving.values()))
        source = feeding.get(end.source) or (inside[end.source], end.output)
        wires.append(wire._replace(source=source[0], output=source[1]))
    return wires


def _healed(graph: Graph, gone: set[str]) -> Iterator[Wire]:
    """For every wire out of the removed nodes one from what fed them: followed back along their first inputs."""
    first: dict[str, Wire] = {}
    ports = {name: [p.name for p in graph.block(name).inputs] for name in gone}
    for wire in graph.wires:
        if wire.target in gone:
            first[wire.target] = min(
                first.get(wire.target, wire), wire, key=lambda w: (ports[w.target].index(w.input), w.place)
            )
    for wire in graph.wires:
        if wire.source in gone and wire.target not in gone:
            feeder, passed = first.get(wire.source), {wire.source}
            while feeder is not None and feeder.source in gone and feeder.source not in passed:
                passed.add(feeder.source)
                feeder = first.get(feeder.source)
            if feeder is not None and feeder.source not in gone:
                yield Wire(feeder.source, feeder.output, wire.target, wire.input, wire.place)


def _renumbered(wires: Iterable[Wire]) -> list[Wire]:
    counts: dict[tuple[str, str], int] = {}
    result = []
    for wire in sorted(wires, key=lambda w: w.place):
        place = counts.get((wire.target, wire.input), 0)
        counts[wire.target, wire.input] = place + 1
        result.append(wire._replace(place=place))
    return result


def _has_ports(nodes: Mapping[str, Node], wire: Wire) -> bool:
    if wire.source not in nodes or wire.target not in nodes:
        return False
    leaves = port(nodes[wire.source].block.outputs, wire.output)
    return leaves is not None and port(nodes[wire.target].block.inputs, wire.input) is not None


def _refuse_name(graph: Graph, name: str) -> None:
    if not NAME.fullmatch(name):
        raise Refused(f"{name!a} is not a name: letters, digits and _ , not beginning with a digit, 64 at most")
    if name in graph.nodes:
        raise Refused(f"there is already a node named {name}; choose another name")
