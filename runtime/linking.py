"""What an edit of a network is to its uses: they get its inputs and outputs, and it may not come to stand in itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from blocks.arithmetic import Scope
from blocks.ends import Use
from blocks.graph import Graph, Wire, led_on, successors
from blocks.naming import Refused, fresh_name
from blocks.nesting import circle, within
from blocks.sharing import families
from blocks.sums import OF_NETWORK, welcomed
from runtime.design import Design, Drawn, Phase

Ends = tuple[str, ...]


@dataclass(frozen=True)
class _Turned:
    """What became of the inputs and outputs of a network."""

    inputs: tuple[Ends, Ends]  # before and after
    outputs: tuple[Ends, Ends]


def linked(before: Design, after: Design) -> Design:
    """A design whose uses have the inputs and outputs that an edit gave their networks; raises Refused for a circle.

    Wires to an input or output that is gone are gone; those of one that was renamed stay.
    """
    changed = [name for name, graph in after.networks.items() if before.networks.get(name) is not graph]
    _refuse_circles(before, after, changed)
    turned = dict(_turned(before, after, changed))
    if not turned:
        return after
    for name, graph in after.networks.items():
        if turned.keys() & graph.uses.keys():
            after = _relinked_in(after, name, turned)
    return replace(after, training=tuple(_in_step(phase, turned) for phase in after.training))


def _refuse_circles(before: Design, after: Design, changed: Iterable[str]) -> None:
    for name in changed:
        old = before.networks.get(name)
        if old is not None and after.networks[name].uses == old.uses:
            continue
        way = circle(name, after.networks)
        if way and not circle(name, before.networks):
            told = "itself" if len(way) == 2 else f"{way[-2]}, which stands in it ({' → '.join(way)})"
            raise Refused(f"{way[0]} cannot hold {told}: it would never end")


def _turned(before: Design, after: Design, changed: Iterable[str]) -> Iterator[tuple[str, _Turned]]:
    for name in changed:
        old, new = before.networks.get(name), after.networks[name]
        if old is None or old.structure is new.structure:
            continue
        turned = _Turned((old.inputs(), new.inputs()), (old.outputs(), new.outputs()))
        if turned.inputs[0] != turned.inputs[1] or turned.outputs[0] != turned.outputs[1]:
            yield name, turned


def _relinked_in(design: Design, name: str, turned: Mapping[str, _Turned]) -> Design:
    graph, moved = _relinked(design.networks[name], turned)
    bends = {moved.get(wire, wire): points for wire, points in design.bends.get(name, {}).items()}
    after = replace(design, bends={**design.bends, name: bends}) if bends else design
    return after.with_network(name, graph)


def _in_step(phase: Phase, turned: Mapping[str, _Turned]) -> Phase:
    if not isinstance(phase.plan, Drawn) or not turned.keys() & phase.plan.step.uses.keys():
        return phase
    return replace(phase, plan=replace(phase.plan, step=_relinked(phase.plan.step, turned)[0]))


def _relinked(graph: Graph, turned: Mapping[str, _Turned]) -> tuple[Graph, dict[Wire, Wire]]:
    """A graph with the ports of its uses as their networks have them now, and what became of its wires."""
    moved = {wire: wire for wire in graph.wires}
    for name, node in graph.nodes.items():
        block = node.block
        turn = turned.get(block.network) if isinstance(block, Use) else None
        if turn is None or not isinstance(block, Use) or not _in_order(block, turn):
            continue
        takes, gives = _ports(block.takes_, *turn.inputs), _ports(block.gives_, *turn.outputs)
        ported = block.with_settings(takes=takes, gives=gives)
        led = led_on(graph, name, ported)
        moved = {wire: led[now] for wire, now in moved.items() if now in led}
        graph = graph.with_node(name, replace(node, block=ported))
    return graph, moved


def _in_order(block: Use, turn: _Turned) -> bool:
    """Whether a use was in step before; else nothing says which of its ports is which."""
    return len(block.takes_) == len(turn.inputs[0]) and len(block.gives_) == len(turn.outputs[0])


def _ports(labels: Ends, old: Ends, new: Ends) -> tuple[str, ...]:
    """The ports for the new inputs or outputs: a name of the use's own stays, one of the network's follows it."""
    now = successors(old, new)
    kept = {now[n]: now[n] if label == n else label for label, n in zip(labels, old, strict=True) if n in now}
    told: list[str] = []
    for name in new:
        told.append(kept.get(name) or fresh_name({*told, *kept.values()}, name))
    return tuple(told)


def switched(design: Design, network: str, names: Iterable[str], used: str) -> Design:
    """With another network standing at some uses: its inputs and outputs, and those of the values that it knows."""
    graph, inner = design.networks[network], design.networks[used]
    for name in families(graph, names):
        node = graph.nodes[name]
        known = {n: value for n, value in dict(node.block.value("settings")).items() if n in inner.settings}
        sums = tuple((key, text) for key, text in node.given if key.removeprefix(OF_NETWORK) in inner.settings)
        block = node.block.with_settings(network=used, takes=inner.inputs(), gives=inner.outputs(), settings=known)
        graph = graph.with_node(name, replace(node, block=block, given=sums))
    return design.with_network(network, graph)


def brought(
    networks: Mapping[str, Graph], here: Mapping[str, Graph], variables: Scope
) -> tuple[dict[str, Graph], dict[str, str]]:
    """What networks from elsewhere add to those that are here, and what each of them is called here.

    One that is here already, of the same name and alike, is the one that is used; another of that name is renamed.
    Sums over variables that are not known here become plain.
    """
    added, named = dict[str, Graph](), dict[str, str]()
    for name in _innermost_first(networks):
        graph = replace(reusing(networks[name], named), variables=variables)
        graph = welcomed(graph, graph)
        if name in here and _alike(welcomed(here[name], here[name]), graph):
            named[name] = name
        else:
            named[name] = fresh_name({*here, *added}, name)
            added[named[name]] = graph
    return added, named


def _alike(one: Graph, other: Graph) -> bool:
    return (one.nodes, set(one.wires), one.settings) == (other.nodes, set(other.wires), other.settings)


def reusing(graph: Graph, named: Mapping[str, str]) -> Graph:
    """A graph whose uses stand for the networks under their other names."""
    for name, node in graph.nodes.items():
        block = node.block
        if isinstance(block, Use) and named.get(block.network, block.network) != block.network:
            graph = graph.with_node(name, replace(node, block=block.with_settings(network=named[block.network])))
    return graph


def _innermost_first(networks: Mapping[str, Graph]) -> list[str]:
    """The names of networks, each after those that stand in it."""
    return sorted(networks, key=lambda name: (len(within(networks[name], networks)), name))


def still_trained(before: Design, after: Design, network: str) -> Design:
    """A design with more networks than before, in which the phases go on training the one that was the only one."""
    if len(before.networks) > 1:
        return after
    return replace(after, training=tuple(_still_of(phase, network) for phase in after.training))


def _still_of(phase: Phase, network: str) -> Phase:
    plan = phase.plan
    if isinstance(plan, Drawn) or plan.network:
        return phase
    return replace(phase, plan=plan.with_settings(network=network))
