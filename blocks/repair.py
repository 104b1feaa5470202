"""From a diagnostic to edits that repair it. Every fix offered has been tried: the node fits afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from blocks.block import CATALOGUE, Bridge, Change, Insert, Remedy, Widen
from blocks.check import Checked, Diagnostic, check
from blocks.edits import (
    Fix,
    Refused,
    add,
    checkpoint,
    configure,
    connect,
    freeze,
    insert,
    mute,
    name_for,
    repeat,
    unshare,
)
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire, port
from blocks.setting import BadSetting
from blocks.shape import Shape

_JUDGES = ("loss", "metric")  # what they say is not judged again
MOST = 4  # buttons beside a problem
_MARKING: Mapping[str, Callable[[Graph, str, Any], Graph]] = {  # what may be changed of a node beside its settings
    "repeat": repeat,
    "muted": lambda graph, node, on: mute(graph, [node], on),
    "frozen": lambda graph, node, on: freeze(graph, [node], on),
    "checkpointed": lambda graph, node, on: checkpoint(graph, [node], on),
    "shares": lambda graph, node, _: unshare(graph, [node]),
}
_TITLES = {
    "muted": ("Unmute {}", "Mute {}"),
    "frozen": ("Let {} learn", "Freeze {}"),
    "checkpointed": ("Keep what {} computes", "Checkpoint {}"),
    "shares": ("Give {} weights of its own", "Share the weights of {}"),
}


def fixes(diagnostic: Diagnostic, checked: Checked) -> tuple[Fix, ...]:
    """The edits that repair a diagnostic, best first."""
    good: list[Fix] = []
    for fix in _candidates(diagnostic, checked):
        if fix.title not in {f.title for f in good} and _helps(fix, diagnostic, checked):
            good.append(fix)
        if len(good) == MOST:
            break
    return tuple(good)


def _helps(fix: Fix, diagnostic: Diagnostic, checked: Checked) -> bool:
    """Whether its node has less wrong afterwards, and no node that was right before has anything wrong."""
    try:
        after = check(fix.edit(checked.graph), checked.networks)
    except (Refused, BadSetting):
        return False
    if any(_was_right(d.node, checked) for d in after.errors):
        return False
    if diagnostic.level != "error":
        return len(after.errors) <= len(checked.errors)
    # What the data or the loss find wrong with a network is not among the errors of its own check.
    return _wrong_at(diagnostic.node, after) < max(_wrong_at(diagnostic.node, checked), 1)


def _wrong_at(node: str, checked: Checked) -> int:
    return sum(d.node == node for d in checked.errors)


def _was_right(node: str, checked: Checked) -> bool:
    """Whether a node fitted; one that waited for a shape may turn out wrong once the shape is known."""
    row = checked.rows.get(node)
    return row is not None and row.problem is None and None not in row.outputs and bool(row.outputs)


def _candidates(diagnostic: Diagnostic, checked: Checked) -> Iterator[Fix]:
    if diagnostic.level == "error":
        yield from _unmuting(diagnostic.node, checked.graph)
    for remedy in diagnostic.remedies:
        yield from _from_remedy(remedy, diagnostic, checked)
    node = diagnostic.node
    if diagnostic.port and not diagnostic.remedies and node in checked.graph.nodes:
        yield from _connections(node, diagnostic.port, checked)
    if diagnostic.level == "warning" and node in checked.graph.structure.unused:
        yield from _uses(node, checked)
    if not node:
        yield from _ends(checked)


def _from_remedy(remedy: Remedy, diagnostic: Diagnostic, checked: Checked) -> Iterator[Fix]:
    place = remedy.place if isinstance(remedy, Bridge) and remedy.place is not None else diagnostic.index
    wire = _wire_at(diagnostic, place, checked.graph)
    match remedy:
        case Change(settings, title):
            yield Fix(title or _change_title(diagnostic.node, settings), _change(diagnostic.node, settings))
        case Insert(block, title) if wire:
            yield _insertion(wire, Node(block), title)
        case Bridge(want) if wire:
            have = checked.shape(wire.source, wire.output)
            if have is not None:
                made = (kind.bridge(have, want) for kind in CATALOGUE)
                where = "" if place == diagnostic.index else f" after {wire.source}"
                yield from (_insertion(wire, Node(block), "", where) for block in made if block)
        case Widen(features) if wire:
            yield from _widening(wire.source, features, checked.graph)


def _unmuting(node: str, graph: Graph) -> Iterator[Fix]:
    """Hear again what was muted before a node, the nearest first: it may be what made things fit."""
    muted = {name for name, each in graph.nodes.items() if each.muted}
    feeding: dict[str, list[str]] = {}
    for wire in graph.wires if muted else ():
        feeding.setdefault(wire.target, []).append(wire.source)
    waiting, seen = [node], {node}
    for name in waiting:  # which grows while it is read
        if name in muted and name != node:
            yield Fix(_change_title(name, {"muted": False}), _change(name, {"muted": False}))
        fresh = [source for source in feeding.get(name, ()) if source not in seen]
        seen.update(fresh)
        waiting += fresh


def _change_title(node: str, settings: Mapping[str, object]) -> str:
    if _TITLES.keys() & settings.keys():
        return " and ".join(_TITLES[k][bool(v)].format(node) for k, v in settings.items())
    pairs = " and ".join(f"{k} to {_shown(v)}" for k, v in settings.items())
    return f"Set {pairs} on {node}"


def _shown(value: object) -> str:
    return " × ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)


def _change(node: str, settings: Mapping[str, object]) -> Callable[[Graph], Graph]:
    values: dict[str, Any] = {key: value for key, value in settings.items() if key not in _MARKING}

    def edit(graph: Graph) -> Graph:
        graph = configure(graph, [node], values) if values else graph
        for key, mark in _MARKING.items():
            graph = mark(graph, node, settings[key]) if key in settings else graph
        return graph

    return edit


def _wire_at(diagnostic: Diagnostic, place: int, graph: Graph) -> Wire | None:
    into = graph.into(diagnostic.node) if diagnostic.node in graph.nodes else ()
    ports = [w for w in into if not diagnostic.port or w.input == diagnostic.port]
    exact = [w for w in ports if w.place == place]
    return next(iter(exact or ports), None)


def _insertion(wire: Wire, node: Node, title: str, where: str = "") -> Fix:
    shorthand, label = node.block.shorthand(), node.block.label()
    label = label if label == node.block.kind() else label[0].lower() + label[1:]
    named = f"{label} {shorthand}" if shorthand else label

    def edit(graph: Graph) -> Graph:
        return insert(graph, wire, name_for(graph, node.block), node)

    return Fix(title or f"Insert {named}{where}", edit)


def _widening(source: str, features: int, graph: Graph) -> Iterator[Fix]:
    """Set the size of the nearest block upstream that decides it."""
    while source in graph.nodes:
        block = graph.block(source)
        if block.widens and not graph.nodes[source].muted:
            settings = {block.widens: features}
            yield Fix(_change_title(source, settings), _change(source, settings))
            return
        into = graph.into(source)
        if len(into) != 1 or block.role == "delay":  # beyond which a circle may lead back here
            return
        source = into[0].source


def _connections(node: str, name: str, checked: Checked) -> Iterator[Fix]:
    """Wires to an empty port from results that fit: the unused ones, else the only one there is."""
    graph = checked.graph
    entry, judging = port(graph.block(node).inputs, name), graph.block(node).role in _JUDGES
    fitting = [
        Wire(source, out.name, node, name)
        for source in graph.structure.order
        for out in graph.block(source).outputs
        if not judging or graph.block(source).role not in _JUDGES
        if entry is not None and _takes(checked.shape(source, out.name), entry.meanings)
    ]
    loose = [w for w in fitting if w.source in graph.structure.unused and w.source != node]
    for wire in loose or (fitting if len(fitting) == 1 else []):
        yield Fix(f"Connect {wire.source} to {node}", _connecting(wire))


def _takes(shape: Shape | None, meanings: tuple[object, ...]) -> bool:
    return shape is not None and shape.meaning in meanings


def _connecting(wire: Wire) -> Callable[[Graph], Graph]:
    def edit(graph: Graph) -> Graph:
        return connect(graph, wire)

    return edit


def _uses(node: str, checked: Checked) -> Iterator[Fix]:
    output = checked.graph.block(node).outputs[0].name
    for target, name in checked.graph.structure.missing:
        yield Fix(f"Connect {node} to {target}", _connecting(Wire(node, output, target, name)))
    yield Fix(f"Add an Output after {node}", _ending(node, output))


def _ending(node: str, output: str) -> Callable[[Graph], Graph]:
    def edit(graph: Graph) -> Graph:
        name = name_for(graph, Output())
        return connect(add(graph, name, Node(Output())), Wire(node, output, name, "x"))

    return edit


def _ends(checked: Checked) -> Iterator[Fix]:
    graph = checked.graph
    if not graph.outputs():
        last = [n for n in graph.structure.unused if checked.shape(n) is not None]
        for node in last[-1:]:
            yield Fix(f"Add an Output after {node}", _ending(node, graph.block(node).outputs[0].name))
    if not graph.inputs():
        yield Fix("Add an Input", lambda g: add(g, name_for(g, Input()), Node(Input())))
