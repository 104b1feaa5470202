"""Nodes that share their weights: who lends them to whom, and why they could not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from blocks.block import At, Block, Change, Unfit
from blocks.graph import Graph, Node
from blocks.row import Row

_ALONE = "Give it weights of its own."
_UNSHARE = Change({"shares": ""})


def path(nodes: Mapping[str, Node], name: str) -> tuple[str, ...]:
    """From a node to the one that owns its weights; ends at a name twice in a circle, or at one that is not there."""
    passed = [name]
    while passed[-1] in nodes and nodes[passed[-1]].shares:
        passed.append(nodes[passed[-1]].shares)
        if passed[-1] in passed[:-1]:
            break
    return tuple(passed)


def owner(nodes: Mapping[str, Node], name: str) -> str:
    """The node whose weights a node uses: itself where it shares none, or none that are there."""
    end = path(nodes, name)[-1]
    return end if end in nodes and not nodes[end].shares else name


def family(graph: Graph, name: str) -> tuple[str, ...]:
    """A node and all that use the same weights, in the order they were placed."""
    if not graph.sharers:
        return (name,)
    first = owner(graph.nodes, name)
    members = {first, *(each for each in graph.sharers if owner(graph.nodes, each) == first)}
    return tuple(each for each in graph.nodes if each in members)


def families(graph: Graph, names: Iterable[str]) -> tuple[str, ...]:
    """The families of some nodes, each node once."""
    return tuple(dict.fromkeys(member for name in names for member in family(graph, name)))


def misfits(graph: Graph, rows: Mapping[str, Row]) -> dict[str, Row]:
    """The rows of the nodes that cannot use the weights they name, each with its problem."""
    found: dict[str, Row] = {}
    for name in graph.sharers:
        row = rows.get(name)
        if row is not None and row.problem is None and (problem := misfit(graph, name, rows)):
            found[name] = replace(row, problem=problem)
    return found


def misfit(graph: Graph, name: str, rows: Mapping[str, Row]) -> Unfit | None:
    """Why a node cannot use the weights that it names, if it cannot; a muted one uses none."""
    node, passed = graph.nodes[name], path(graph.nodes, name)
    first = passed[-1]
    if node.muted or node.block.role == "unknown":
        return None
    if first not in graph.nodes:
        return _told(f"{first}, which is not there", "the name of a node that lends it weights")
    if graph.nodes[first].shares:
        return _told(f"a circle, {' → '.join(passed)}", "a node with weights of its own to lend it some")
    return _unlike(node, graph.nodes[first], first) or _elsewhere(graph, name, first, rows)


def _unlike(node: Node, lender: Node, first: str) -> Unfit | None:
    block, other = node.block, lender.block
    if other.kind() != block.kind():
        return _told(f"{first}, a {other.kind()}", f"another {block.kind()} to lend it weights")
    if max(node.repeat, lender.repeat) > 1:
        received = f"{max(node.repeat, lender.repeat):,} times"
        return _told(received, f"to stand once, as {first} does, since they share weights", Change({"repeat": 1}))
    made = [name for name in block.settings if name not in block.calling]
    wanted = {n: other.value(n) for n in made if block.value(n) != other.value(n)}
    if wanted:
        received = ", ".join(f"{n} {block.value(n)}" for n in wanted)
        told = ", ".join(f"{n} {value}" for n, value in wanted.items())
        return _told(received, f"{told}, as {first}, whose weights it uses", Change(wanted))
    if lender.muted:
        return _told(f"{first}, which is muted", "a node that is not muted to lend it weights")
    if lender.frozen != node.frozen:
        states = ("one that learns", "a frozen one")
        expected = f"to be {states[lender.frozen]}, as {first}, whose weights it uses"
        return _told(states[node.frozen], expected, Change({"frozen": lender.frozen}))
    return None


def _elsewhere(graph: Graph, name: str, first: str, rows: Mapping[str, Row]) -> Unfit | None:
    """What arrives would make another module than what arrives at the node that lends its own."""
    row, lending = rows[name], rows.get(first)
    if lending is None or lending.problem is not None or None in (*lending.outputs, *row.outputs):
        return None
    if row.inputs == lending.inputs or plan(graph.block(name), row) == plan(graph.block(first), lending):
        return None
    there, here = (next((s for s in each.inputs if s is not None), "nothing") for each in (lending, row))
    return _told(here, f"an input that suits the weights of {first}, which receives {there}")


def _told(received: str, expected: str, *remedies: Change) -> Unfit:
    return Unfit(received, expected, _ALONE, setting="shares", remedies=(*remedies, _UNSHARE))


def plan(block: Block, row: Row) -> Any:
    """What the module of a node is made of: two nodes of one plan can be one module."""
    if row.inside is None:
        return str(block.construct(*row.inputs))
    if not block.composite:
        return None  # a network is made of itself
    graph, rows = row.inside.graph, row.inside.rows
    inner = ((name, node.block, rows[name]) for name, node in graph.nodes.items() if node.block.inputs)
    return graph.wires, tuple((name, *_parts(block, row)) for name, block, row in inner)


def _parts(block: Block, row: Row) -> Iterator[Any]:
    """The module of each copy of an inner node, and how it is called, which may hang on the size of what arrives."""
    for copy in row.copies or (row,):
        yield plan(block, copy)
        if not block.composite:
            fed = [(port.name, shape) for port, shape in zip(block.inputs, copy.inputs, strict=True)]
            yield block.forward(At("m", {name: _names(name, shape) for name, shape in fed}, dict(fed)))


def _names(port: str, arriving: Any) -> Any:
    if isinstance(arriving, tuple):
        return tuple(f"{port}{i}" for i in range(len(arriving)))
    return None if arriving is None else port


def weightless(block: Block) -> bool:
    """Whether a block has no weights whatever arrives."""
    if block.composite or block.role == "network":
        return False
    return type(block).parameters is Block.parameters and type(block).buffers is Block.buffers
