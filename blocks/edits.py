"""Every change a person can make to a network, as functions on Graphs. A refusal is a sentence, not a crash."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import networkx as nx

from blocks.block import Block
from blocks.check import check, described
from blocks.graph import Graph, Node, Wire, port
from blocks.grouping import Grouped, group
from blocks.marks import checkpoint, freeze, mute, renamed, share, unshare, without
from blocks.measure import NO_NETWORKS, Networks, Row
from blocks.naming import NAME, Refused, fresh_name, name_for, refuse_name
from blocks.sharing import families, family, owner, weightless
from blocks.sums import configured, laid_open, welcomed

__all__ = [
    "NAME",
    "Fix",
    "Grouped",
    "Refused",
    "add",
    "checkpoint",
    "configure",
    "connect",
    "detach",
    "disconnect",
    "expand",
    "extract",
    "freeze",
    "fresh_name",
    "group",
    "insert",
    "mute",
    "name_for",
    "paste",
    "refusal",
    "remove",
    "rename",
    "repeat",
    "replace_block",
    "share",
    "thread",
    "unfit",
    "unshare",
]


@dataclass(frozen=True)
class Fix:
    """A ready edit with the words on its button."""

    title: str
    edit: Callable[[Graph], Graph]


def add(graph: Graph, name: str, node: Node) -> Graph:
    """With one more node, not connected."""
    refuse_name(graph, name)
    return replace(graph, nodes={**graph.nodes, name: node})


def configure(graph: Graph, names: Collection[str], settings: Mapping[str, object]) -> Graph:
    """With other settings of some nodes, and of all that share weights with them; raises BadSetting."""
    for name in families(graph, names):
        node = graph.nodes[name]
        graph = graph.with_node(name, configured(node, settings))
    return graph


def repeat(graph: Graph, name: str, times: int) -> Graph:
    """With a node repeated so many times in a row."""
    if not 1 <= times <= 1000:
        raise Refused(f"{name} can be repeated 1 to 1,000 times, not {times}")
    if times > 1 and len(family(graph, name)) > 1:
        others = ", ".join(each for each in family(graph, name) if each != name)
        raise Refused(f"{name} shares weights with {others}, so it cannot be repeated; give it weights of its own")
    return graph.with_node(name, replace(graph.nodes[name], repeat=times))


def replace_block(graph: Graph, name: str, block: Block) -> Graph:
    """With another block under the same name, also where its weights are shared; wires to ports it lacks are gone."""
    nodes = dict(graph.nodes)
    for each in family(graph, name):
        nodes[each] = replace(nodes[each], block=block, given=())
    return replace(graph, nodes=nodes, wires=tuple(w for w in graph.wires if _has_ports(nodes, w)))


def rename(graph: Graph, old: str, new: str) -> Graph:
    """With a node under another name, its wires with it."""
    if old == new:
        return graph
    refuse_name(graph, new)
    nodes = renamed(graph.nodes, {old: new})
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
    if wire._replace(place=0) in graph.wires:
        return graph  # it is led there already
    kept = [w for w in graph.wires if (w.target, w.input) != (wire.target, wire.input)]
    return graph.with_wires((*kept, wire._replace(place=0)))


def refusal(graph: Graph, wire: Wire) -> str:
    """Why a wire may not be, or nothing: unknown ports, a circle."""
    if not _has_ports(graph.nodes, wire):
        return f"{wire.source} and {wire.target} have no such ports"
    if wire.source == wire.target or nx.has_path(graph.nx, wire.target, wire.source):
        return f"{wire.target} already feeds {wire.source}: a circle is only legal through a Delay"
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
    nodes = without(graph.nodes, gone)
    kept = [w for w in graph.wires if w.source not in gone and w.target not in gone]
    healed = list(_healed(graph, gone)) if heal else []
    while healed:
        left = replace(graph, nodes=nodes, wires=tuple(_renumbered([*kept, *healed])))
        wrong = check(left, networks).unfit
        if not any(w.target in wrong for w in healed):
            return left
        healed = [w for w in healed if w.target not in wrong]
    return replace(graph, nodes=nodes, wires=tuple(_renumbered(kept)))


def detach(graph: Graph, names: Collection[str], *, heal: bool = True, networks: Networks = NO_NETWORKS) -> Graph:
    """With some nodes taken out of their wires, which heal as if the nodes were removed."""
    return graph.with_wires(remove(graph, names, heal=heal, networks=networks).wires)


def insert(graph: Graph, wire: Wire, name: str, node: Node) -> Graph:
    """With a node put into a wire, at its first ports."""
    return thread(add(graph, name, node), wire, name)


def thread(graph: Graph, wire: Wire, name: str) -> Graph:
    """With a node that is there already and not connected put into a wire, at its first ports."""
    node = graph.nodes[name]
    if not node.block.inputs or not node.block.outputs:
        raise Refused(f"{node.block.label()} cannot stand in a wire: it needs an input and an output")
    into = Wire(wire.source, wire.output, name, node.block.inputs[0].name)
    out = Wire(name, node.block.outputs[0].name, wire.target, wire.input, wire.place)
    return graph.with_wires((*(out if w == wire else w for w in graph.wires), into))


def extract(graph: Graph, names: Collection[str]) -> Graph:
    """Some nodes with the wires among them, as copied; of those that share weights left out, the first owns them."""
    kept = without(graph.nodes, graph.nodes.keys() - set(names))
    return replace(graph, nodes=kept, wires=tuple(w for w in graph.wires if w.source in kept and w.target in kept))


def paste(graph: Graph, fragment: Graph) -> tuple[Graph, dict[str, str]]:
    """With a copied fragment put beside what is there; also the new name of each of its nodes."""
    nodes, named = dict(graph.nodes), {}
    fragment = welcomed(fragment, graph)
    for old, node in fragment.nodes.items():
        named[old] = fresh_name(nodes, old)
        nodes[named[old]] = node
    nodes |= renamed(fragment.nodes, named)
    wires = tuple(w._replace(source=named[w.source], target=named[w.target]) for w in fragment.wires)
    return replace(graph, nodes=nodes, wires=graph.wires + wires), named


def expand(graph: Graph, name: str, row: Row) -> tuple[Graph, dict[str, str]]:
    """With a composite replaced by what is inside; also the new name of each inner node.

    Composites that share their weights are all expanded, and share them node by node. A frozen one leaves its parts so.
    """
    if row.inside is None:
        raise Refused(f"{name} has no inside that could be shown")
    if graph.block(name).role == "network" and graph.block(name).value("over_time"):
        raise Refused(f"{name} is used at every step, which its parts could not be by themselves")
    if any(word in graph.block(name).changed() for word in graph.block(name).calling):
        raise Refused(f"{name} runs in a mode of its own or without gradient, as its parts by themselves would not")
    first, insides = owner(graph.nodes, name), dict[str, dict[str, str]]()
    members = sorted(family(graph, name), key=lambda member: member != first)
    for member in members:
        if not graph.nodes[member].muted:
            graph, insides[member] = _opened(graph, member, row.inside.graph, insides.get(first, {}))
    return graph, insides[name]


def _opened(graph: Graph, name: str, body: Graph, lending: Mapping[str, str]) -> tuple[Graph, dict[str, str]]:
    """With one node replaced by a body, whose weights are those of the nodes `lending` them, if any."""
    body, ends = laid_open(body, graph.nodes[name]), {*body.inputs(), *body.outputs()}
    inner = extract(body, [n for n in body.nodes if n not in ends])
    names = {n: f"{name}_{n}" for n in inner.nodes}
    inner = Graph(
        renamed(inner.nodes, names),
        tuple(w._replace(source=names[w.source], target=names[w.target]) for w in inner.wires),
    )
    grown, fresh = paste(replace(graph, nodes=without(graph.nodes, [name]), wires=()), inner)
    inside = {n: fresh[names[n]] for n in names}
    nodes = dict(grown.nodes)
    for n, new in inside.items():
        nodes[new] = _as_part(nodes[new], graph.nodes[name].frozen, lending.get(owner(body.nodes, n), ""))
    wires = [w for w in graph.wires if name not in (w.source, w.target)]
    wires += _rewired(graph, name, body, inside)
    return replace(graph, nodes=nodes, wires=grown.wires + tuple(wires)), inside


def _as_part(node: Node, frozen: bool, shares: str) -> Node:
    """An inner node with what was said of all that it was part of."""
    if weightless(node.block):
        return node
    return replace(node, frozen=node.frozen or frozen, shares=shares or node.shares)


def _rewired(graph: Graph, name: str, body: Graph, inside: Mapping[str, str]) -> list[Wire]:
    """The wires of a composite, led to the nodes of its body."""
    block = graph.block(name)
    ports = [p.name for p in block.inputs]
    # a network's inputs answer its ports in order, a composite's bear their names
    entrances = dict(zip(ports, body.inputs() if block.role == "network" else ports, strict=False))
    feeding = {entrances[w.input]: (w.source, w.output) for w in graph.into(name)}
    ends = zip(block.outputs, body.outputs(), strict=False)
    giving = {p.name: body.into(out)[0] for p, out in ends if body.into(out)}
    wires = [
        w._replace(source=feeding[w.source][0], output=feeding[w.source][1], target=inside[w.target])
        for w in body.wires
        if w.source in feeding and w.target in inside
    ]
    for wire in graph.out_of(name):
        end = giving.get(wire.output)
        if end is None or (end.source not in feeding and end.source not in inside):
            continue  # nothing arrives at that result
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
