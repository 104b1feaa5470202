"""What is said about a design, and where: a problem of a training step is told in the network that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from blocks.block import Bridge, Change, Insert, Remedy, Widen
from blocks.check import Checked, Diagnostic
from blocks.edits import Fix
from blocks.ends import Input, Use
from blocks.graph import Graph, Wire
from blocks.linear import Linear
from blocks.lints import double_softmax, scored
from blocks.measure import DEEPEST
from blocks.shape import VECTOR
from runtime.design import Design

Networks = Mapping[str, Checked]


@dataclass(frozen=True)
class Finding(Diagnostic):
    """A diagnostic with the phase of training it came up in, if it did; `ready` are fixes beside its remedies."""

    phase: str = ""
    ready: tuple[DesignFix, ...] = ()


@dataclass(frozen=True)
class DesignFix:
    """A ready edit of the whole design with the words on its button."""

    title: str
    edit: Callable[[Design], Design]

    def __iter__(self) -> Iterator[object]:
        return iter((self.title, self.edit))


def found(diagnostic: Diagnostic, network: str = "", ready: tuple[DesignFix, ...] = ()) -> Finding:
    """A diagnostic with the names of its network and phase."""
    return Finding(**{**vars(diagnostic), "network": network, "ready": ready})


def in_network(network: str, fix: Fix) -> DesignFix:
    """An edit of a network as an edit of the design."""
    return DesignFix(fix.title, lambda design: design.edited(network, fix.edit))


def translated(diagnostic: Diagnostic, checked: Checked, networks: Networks) -> Finding | None:
    """A problem of a training step told where a person can repair it: in the network, if it comes from there."""
    step = checked.graph
    block = step.block(diagnostic.node)
    if diagnostic.node not in checked.unfit:
        return None
    if isinstance(block, Use) and block.network in networks:
        told = _at_entrance(diagnostic, block, checked, networks)
        if told is not None:
            return told
    wires = sorted(step.into(diagnostic.node), key=lambda wire: wire.input != diagnostic.port)
    for wire in wires:  # first the one that is complained of
        source = step.block(wire.source)
        if isinstance(source, Use) and source.network in networks:
            place = [port.name for port in source.outputs].index(wire.output)
            return _at_exit(diagnostic, source.network, place, networks)
    return None


def of_field(diagnostic: Diagnostic, step: Graph) -> bool:
    """Whether a node of a step complains of what a field of the data gives: no network can help that."""
    wires = [wire for wire in step.into(diagnostic.node) if wire.input == diagnostic.port]
    return bool(wires) and not diagnostic.remedies and step.block(wires[0].source).role == "input"


def _at_entrance(diagnostic: Diagnostic, block: Use, checked: Checked, networks: Networks) -> Finding | None:
    """The data has another shape than the network's Input."""
    ports = [port.name for port in block.inputs]
    graph = networks[block.network].graph
    entrances = graph.inputs()
    place = ports.index(diagnostic.port) if diagnostic.port in ports else -1
    have = checked.rows[diagnostic.node].inputs[place]
    if place < 0 or place >= len(entrances) or have is None:
        return None
    name = entrances[place]
    block_there = graph.block(name)
    fitting = Input.of(have).with_settings(varies=block_there.value("varies"))
    differing = {n: fitting.value(n) for n in fitting.settings if fitting.value(n) != block_there.value(n)}
    message = f"{name} expects {block_there.shape()}, the data gives {have}. Set its shape to that of the data."
    return Finding("error", name, message, "shape", network=block.network, remedies=(Change(differing),))


def _at_exit(diagnostic: Diagnostic, network: str, place: int, networks: Networks) -> Finding | None:
    """What a network gives does not suit the loss: told at its last layer, or at its Output."""
    graph = networks[network].graph
    exits = graph.outputs()
    if place >= len(exits):
        return None
    widened = next((r for r in diagnostic.remedies if isinstance(r, Widen)), None)
    node, setting = _widening(graph, exits[place]) if widened else ("", "")
    if widened and node:
        have, remedy = graph.block(node).value(setting), Change({setting: widened.features})
        message = f"{node} gives {have} results, {diagnostic.node} needs {widened.features}. Set {setting} on {node}."
        return Finding("error", node, message, setting, network=network, remedies=(remedy,))
    remedies: tuple[Remedy, ...] = diagnostic.remedies
    if widened:
        remedies = (Insert(Linear(widened.features)),)
    elif not remedies:
        remedies = (Bridge(VECTOR),)
    message = diagnostic.message
    return Finding("error", exits[place], message, port="x", network=network, remedies=remedies)


def _widening(graph: Graph, output: str) -> tuple[str, str]:
    """The nearest node before an output that decides its size, and the setting by which it does."""
    into = graph.into(output)
    while len(into) == 1:
        block = graph.block(into[0].source)
        if block.widens and not graph.nodes[into[0].source].muted:
            return into[0].source, block.widens
        into = graph.into(into[0].source) if block.role != "delay" else ()  # a circle may lead back here
    return "", ""


def double_softmaxes(step: Graph, networks: Networks) -> Iterator[Finding]:
    """Advice on every network that ends in a softmax or sigmoid before a loss that takes scores."""
    for name in step.nodes:
        for wire in scored(step, name):
            place = _end(step, wire, networks)
            advice = double_softmax(networks[place[0]].graph, place[1], step.block(name).label()) if place else None
            if place and advice:
                diagnostic, fix = advice
                yield found(diagnostic, place[0], (in_network(place[0], fix),))


def _end(graph: Graph, wire: Wire, networks: Networks) -> tuple[str, str] | None:
    """The network, and the node in it, from which comes what a use gives: through uses within it to the innermost."""
    network = ""
    for _ in range(DEEPEST):
        use = graph.block(wire.source)
        if not isinstance(use, Use) or use.network not in networks:
            return (network, wire.source) if network else None
        network, graph = use.network, networks[use.network].graph
        place = [port.name for port in use.outputs].index(wire.output)
        exits = graph.outputs()
        ends = graph.into(exits[place]) if place < len(exits) else ()
        if not ends:
            return None
        wire = ends[0]
    return None
