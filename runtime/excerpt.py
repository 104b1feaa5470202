"""Part of a network as PyTorch code: what the printer gives for some of its nodes, with loose ends as arguments."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from blocks.check import Checked
from blocks.edits import extract, fresh_name
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, Wire
from blocks.shape import Shape
from runtime.source import CannotPrint, print_networks

_NAME = "Excerpt"


class NoCode(Exception):
    """Nodes that cannot be written as code yet, and why, in a sentence."""


def excerpt(checked: Checked, names: Collection[str]) -> str:
    """The text of a module with a class that does what these nodes do; raises NoCode."""
    graph = _closed(checked, names)
    others = {name: each for name, each in checked.networks.items() if name in _used(graph, checked)}
    title = fresh_name(others, _NAME)
    try:
        return print_networks(f"Copied from a design: {', '.join(names)}", {**others, title: graph}).text
    except CannotPrint as why:
        raise NoCode(f"This cannot be written as code yet: {why.message.rstrip('.')}.") from why


def _used(graph: Graph, checked: Checked) -> set[str]:
    """The networks that stand in a graph, and those that stand in them."""
    found: set[str] = set()
    waiting = [graph]
    while waiting:
        blocks = [node.block for node in waiting.pop().nodes.values()]
        for name in (str(block.value("network")) for block in blocks if block.role == "network"):
            if name in checked.networks and name not in found:
                found.add(name)
                waiting.append(checked.networks[name])
    return found


def _closed(checked: Checked, names: Collection[str]) -> Graph:
    """The nodes with an Input for every result that comes from outside, and an Output for all that goes there."""
    graph = checked.graph
    for name, port in graph.structure.missing:
        if name in names:
            raise NoCode(f"{name} has nothing connected to its input {port}, so no code can be written.")
    part = extract(graph, names)
    nodes, wires = dict(part.nodes), list(part.wires)
    entrances: dict[tuple[str, str], str] = {}
    for wire in graph.wires:
        if wire.target in part.nodes and wire.source not in part.nodes:
            end = wire.source, wire.output
            if end not in entrances:
                entrances[end] = fresh_name(nodes, wire.source)
                nodes[entrances[end]] = Node(Input.of(_known(checked, *end)))
            wires.append(wire._replace(source=entrances[end], output="y"))
    for end in dict.fromkeys(_leaving(graph, part)):
        name = fresh_name(nodes, "output")
        nodes[name] = Node(Output())
        wires.append(Wire(*end, name, "x"))
    return replace(part, nodes=nodes, wires=tuple(wires))


def _known(checked: Checked, name: str, port: str) -> Shape:
    shape = checked.shape(name, port)
    if shape is None:
        raise NoCode(f"The shape that {name} gives is not known yet, so no code can be written.")
    return shape


def _leaving(graph: Graph, part: Graph) -> Iterator[tuple[str, str]]:
    """The results that are read outside; where none is, those that nobody reads."""
    outer = [(w.source, w.output) for w in graph.wires if w.source in part.nodes and w.target not in part.nodes]
    if outer or part.outputs():
        yield from outer
        return
    read = {(w.source, w.output) for w in part.wires}
    for name, node in part.nodes.items():
        ends = [(name, port.name) for port in node.block.outputs]
        if ends and not any(end in read for end in ends):
            yield ends[0]
