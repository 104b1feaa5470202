"""What an edit of a network is to its uses: they get its inputs and outputs, and it may not come to stand in itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from blocks.ends import Use
from blocks.graph import Graph, Wire
from blocks.naming import Refused, fresh_name
from blocks.nesting import circle
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
    nodes, entries, exits = dict(graph.nodes), dict[str, dict[str, str]](), dict[str, dict[str, str]]()
    for name, node in graph.nodes.items():
        block = node.block
        turn = turned.get(block.network) if isinstance(block, Use) else None
        if turn is None or not isinstance(block, Use) or _differs(block, turn):
            continue
        entries[name], exits[name] = _labels(block.takes_, *turn.inputs), _labels(block.gives_, *turn.outputs)
        takes, gives = (
            _named(entries[name], block.takes_, *turn.inputs),
            _named(exits[name], block.gives_, *turn.outputs),
        )
        nodes[name] = replace(node, block=block.with_settings(takes=takes, gives=gives))
    moved = {wire: _moved(wire, entries, exits) for wire in graph.wires}
    kept = {wire: after for wire, after in moved.items() if after is not None}
    return replace(graph, nodes=nodes, wires=tuple(kept.values())), kept


def _differs(block: Use, turn: _Turned) -> bool:
    """Whether a use was out of step before, so that nothing says which of its ports is which."""
    return len(block.takes_) != len(turn.inputs[0]) or len(block.gives_) != len(turn.outputs[0])


def _successors(old: Ends, new: Ends) -> dict[str, str]:
    """What each input or output is called now; one that was renamed stands where it stood."""
    gone, come = [n for n in old if n not in new], [n for n in new if n not in old]
    same_place = len(old) == len(new) and [old.index(n) for n in gone] == [new.index(n) for n in come]
    return {**{n: n for n in old if n in new}, **(dict(zip(gone, come, strict=True)) if same_place else {})}


def _labels(labels: Ends, old: Ends, new: Ends) -> dict[str, str]:
    """The new name of each port that is left, by its old one: a name of its own stays, that of the network follows."""
    successors = _successors(old, new)
    pairs = ((label, name, successors.get(name)) for label, name in zip(labels, old, strict=True))
    return {label: now if label == name else label for label, name, now in pairs if now is not None}


def _named(kept: Mapping[str, str], labels: Ends, old: Ends, new: Ends) -> Sequence[str]:
    """The names of all ports, in the order of the network's inputs or outputs."""
    successors = _successors(old, new)
    by_name = {successors[n]: kept[label] for label, n in zip(labels, old, strict=True) if n in successors}
    told: list[str] = []
    for name in new:
        told.append(by_name.get(name) or fresh_name({*told, *by_name.values()}, name))
    return told


def _moved(wire: Wire, entries: Mapping[str, Mapping[str, str]], exits: Mapping[str, Mapping[str, str]]) -> Wire | None:
    """A wire at the ports as they are named now; None where one of them is gone."""
    entry = entries[wire.target].get(wire.input) if wire.target in entries else wire.input
    leaving = exits[wire.source].get(wire.output) if wire.source in exits else wire.output
    return wire._replace(input=entry, output=leaving) if entry is not None and leaving is not None else None
