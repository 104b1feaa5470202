"""What a node may be beside its block: muted, frozen, checkpointed, sharing weights. Edits that keep these right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from blocks.graph import Graph, Node, Wire
from blocks.naming import Refused
from blocks.recomputing import why_not_again
from blocks.sharing import families, family, owner, weightless


def mute(graph: Graph, names: Collection[str], on: bool) -> Graph:
    """With some nodes muted or not; of nodes that share weights, one that is not muted owns them."""
    for name in names:
        block = graph.block(name)
        if on and block.role == "delay":
            raise Refused(f"{name} cannot be muted: it ends a circle of wires")
        if on and not (block.inputs and block.outputs):
            missing = "output to pass it on" if block.inputs else "input that it could pass on"
            raise Refused(f"{name} cannot be muted: it has no {missing}")
    graph = _with(graph, {name: replace(graph.nodes[name], muted=on) for name in names})
    return elected(graph, (family(graph, name) for name in names)) if graph.sharers else graph


def freeze(graph: Graph, names: Collection[str], on: bool) -> Graph:
    """With the weights of some nodes frozen or not, where they have any, and of all that share them."""
    able = [name for name in names if not weightless(graph.block(name))]
    if on and not able:
        raise Refused(f"{', '.join(names)}: no weights that could be frozen")
    chosen = families(graph, able if on else names)
    return _with(graph, {name: replace(graph.nodes[name], frozen=on) for name in chosen})


def checkpoint(graph: Graph, names: Collection[str], on: bool) -> Graph:
    """With what some nodes have inside computed again in the backward pass or kept, where it can be computed again."""
    able = [name for name in names if not why_not_again(name, graph.nodes[name])] if on else names
    if not able:
        raise Refused(" ".join(why_not_again(name, graph.nodes[name]) for name in names))
    return _with(graph, {name: replace(graph.nodes[name], checkpointed=on) for name in able})


def share(graph: Graph, name: str, with_: str) -> Graph:
    """With a node, and all that share its weights, using those of `with_` instead, and its settings."""
    node, lender = graph.nodes[name], graph.nodes[with_]
    if with_ in family(graph, name):
        told = "itself" if name == with_ else f"{with_} already"
        raise Refused(f"{name} shares its weights with {told}")
    if node.block.kind() != lender.block.kind():
        told = f"{name} is {node.block.kind()}, {with_} is {lender.block.kind()}"
        raise Refused(f"{told}: only nodes of one block can share weights")
    if (node.block.inputs, node.block.outputs) != (lender.block.inputs, lender.block.outputs):
        raise Refused(f"{name} has other inputs or outputs than {with_}, so it cannot share its weights")
    if weightless(node.block):
        raise Refused(f"{name} has no weights to share")
    if max(node.repeat, lender.repeat) > 1:
        raise Refused(f"{name if node.repeat > 1 else with_} is repeated, so its weights cannot be shared")
    first, members = owner(graph.nodes, with_), family(graph, name)
    for member in members:
        own = graph.nodes[member]
        marked = replace(lender, muted=own.muted, checkpointed=own.checkpointed, shares=first)
        graph = graph.with_node(member, marked)
    return elected(graph, [family(graph, first)])


def unshare(graph: Graph, names: Collection[str]) -> Graph:
    """With weights of their own for some nodes; those they shared with go on sharing among themselves."""
    for name in names:
        left = [each for each in family(graph, name) if each != name]
        graph = elected(graph.with_node(name, replace(graph.nodes[name], shares="")), [left])
    return graph


def elected(graph: Graph, groups: Iterable[Collection[str]]) -> Graph:
    """With one owner for the weights of each group: the one there is, or the first, but rather one not muted."""
    for group in groups:
        nodes = graph.nodes
        ranked = sorted(group, key=lambda name: (nodes[name].muted, bool(nodes[name].shares)))
        for place, name in enumerate(ranked):
            shares = ranked[0] if place else ""
            if nodes[name].shares != shares:
                graph = graph.with_node(name, replace(nodes[name], shares=shares))
    return graph


def without(nodes: Mapping[str, Node], gone: Collection[str]) -> dict[str, Node]:
    """The nodes that are left; weights that a removed node lent are owned by the first that used them."""
    kept = Graph({name: node for name, node in nodes.items() if name not in gone})
    heirs: dict[str, list[str]] = {}
    for name in kept.sharers:
        first = owner(nodes, name)
        if first in gone or nodes[name].shares in gone:
            heirs.setdefault(first, []).append(name)
    groups = ([first, *heirs[first]] if first in kept.nodes else heirs[first] for first in heirs)
    return dict(elected(kept, groups).nodes)


def _with(graph: Graph, fresh: Mapping[str, Node]) -> Graph:
    return graph.handing_on(replace(graph, nodes={**graph.nodes, **fresh}))


def renamed(nodes: Mapping[str, Node], names: Mapping[str, str]) -> dict[str, Node]:
    """The nodes under other names, those that share weights with them following."""
    return {
        names.get(name, name): replace(node, shares=names.get(node.shares, node.shares)) if node.shares else node
        for name, node in nodes.items()
    }


def bypassed(graph: Graph) -> Graph:
    """Without its muted nodes: what feeds them feeds what they fed. Wires from where nothing arrives are gone."""
    muted = {name for name, node in graph.nodes.items() if node.muted}
    if not muted:
        return graph
    feeding: dict[str, Wire] = {}
    for name in muted:
        first = graph.block(name).inputs[:1]
        entering = [w for w in graph.into(name) if first and w.input == first[0].name]
        feeding |= {name: entering[0]} if entering else {}
    wires = []
    for wire in graph.wires:
        source = _fed(wire, graph, feeding)
        if source is not None and wire.target not in muted:
            wires.append(wire._replace(source=source.source, output=source.output))
    return replace(graph, nodes={n: node for n, node in graph.nodes.items() if n not in muted}, wires=tuple(wires))


def _fed(wire: Wire, graph: Graph, feeding: Mapping[str, Wire]) -> Wire | None:
    """The wire that brings what a wire out of muted nodes passes on; None where nothing does."""
    for _ in range(len(graph.nodes)):
        if not graph.nodes[wire.source].muted:
            return wire
        entering = feeding.get(wire.source)
        if entering is None or wire.output != graph.block(wire.source).outputs[0].name:
            return None
        wire = entering
    return None
