"""What is true of a whole network: shapes everywhere, counts, cost, and what is wrong with it, kept up edit by edit."""

from __future__ import annotations

import heapq
from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from blocks.block import Change, Remedy, Unfit
from blocks.graph import Graph, Structure
from blocks.measure import NO_NETWORKS, Networks, Row, flow, gather, measure
from blocks.over_time import misheld
from blocks.shape import Shape
from blocks.sharing import misfit, owner

Level = Literal["error", "warning", "advice"]
_CONSOLIDATE = 256  # changed rows kept beside the others before they are merged


@dataclass(frozen=True)
class Diagnostic:
    """One thing wrong or worth saying: where, what was received and expected, how to repair it.

    `remedies` are data; `blocks.repair.fixes` turns them into edits that were tried.
    """

    level: Level
    node: str
    message: str
    setting: str = ""
    port: str = ""
    index: int = 0
    network: str = ""
    remedies: tuple[Remedy, ...] = ()


class Rows(Mapping[str, Row]):
    """The rows of all nodes: a large dict shared by many checks, and a small one of what changed since."""

    __slots__ = ("_base", "_changed")

    def __init__(self, base: dict[str, Row], changed: dict[str, Row] | None = None) -> None:
        self._base, self._changed = base, changed or {}

    def __getitem__(self, name: str) -> Row:
        row = self._changed.get(name)
        return row if row is not None else self._base[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._base)

    def __len__(self) -> int:
        return len(self._base)

    def get(self, name: str, default: Any = None) -> Any:
        """The row of a node, or the default where it could not be reached."""
        row = self._changed.get(name)
        return row if row is not None else self._base.get(name, default)

    def values(self) -> ValuesView[Row]:
        """The rows in order, faster than one by one."""
        return ({**self._base, **self._changed} if self._changed else self._base).values()

    def items(self) -> ItemsView[str, Row]:
        """Names and rows in order, faster than one by one."""
        return ({**self._base, **self._changed} if self._changed else self._base).items()

    def with_rows(self, rows: dict[str, Row]) -> Rows:
        """With other rows for some names that exist."""
        changed = {**self._changed, **rows}
        if len(changed) > _CONSOLIDATE:
            return Rows({**self._base, **changed})
        return Rows(self._base, changed)


@dataclass(frozen=True, eq=False)
class Checked:
    """A checked network: a row for every node that could be reached, totals, and diagnostics when asked for."""

    graph: Graph
    rows: Rows
    networks: Networks
    parameters: int
    buffers: int
    macs: int
    activations: int
    unfit: frozenset[str]
    changed: frozenset[str] = frozenset()  # the nodes whose row differs from the check before

    def shape(self, node: str, port: str = "") -> Shape | None:
        """The shape at an output port of a node (its first where none is named); None where it is unknown."""
        row: Row | None = self.rows.get(node)
        if row is None or not row.outputs:
            return None
        names = [p.name for p in self.graph.block(node).outputs]
        return row.outputs[names.index(port) if port in names else 0]

    @property
    def order(self) -> tuple[str, ...]:
        """The nodes in the order in which they run."""
        return self.graph.structure.order

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything wrong or worth saying, errors first, in the order of the network."""
        found = [*_wiring(self.graph), *_unfit(self), *_loose(self.graph)]
        place = self.graph.structure.position
        ranks = {"error": 0, "warning": 1, "advice": 2}
        return tuple(sorted(found, key=lambda d: (ranks[d.level], place.get(d.node, -1))))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """Only what keeps the network from running."""
        return tuple(d for d in self.diagnostics if d.level == "error")


def check(graph: Graph, networks: Networks = NO_NETWORKS) -> Checked:
    """Checks a whole network; `networks` are the others of the design that it may use."""
    rows = flow(graph, networks)
    parameters = buffers = macs = activations = 0
    unfit = []
    for name, row in rows.items():
        parameters += row.parameters
        buffers += row.buffers
        macs += row.macs
        activations += row.activations
        if row.problem is not None:
            unfit.append(name)
    return Checked(graph, Rows(rows), networks, parameters, buffers, macs, activations, frozenset(unfit))


def recheck(before: Checked, graph: Graph, touched: Iterable[str]) -> Checked:
    """The check of `graph`, which differs from the one before in the settings of the nodes `touched`.

    Only they and what is downstream are measured again, and it stops where nothing changed.
    """
    structure = graph.structure
    if structure is not before.graph.structure:
        return check(graph, before.networks)
    fresh = _spread(before, graph, structure, touched)
    if graph.sharers:
        fresh |= _lent(before, graph, fresh)
    if structure.late:
        fresh |= _held(before, graph, fresh)
    if not fresh:
        return replace(before, graph=graph, changed=frozenset())
    old = [before.rows[name] for name in fresh]
    new = list(fresh.values())
    unfit = before.unfit
    if unfit or any(row.problem for row in new):
        unfit = (unfit - fresh.keys()) | {n for n, row in fresh.items() if row.problem is not None}
    return Checked(
        graph,
        before.rows.with_rows(fresh),
        before.networks,
        before.parameters + sum(r.parameters for r in new) - sum(r.parameters for r in old),
        before.buffers + sum(r.buffers for r in new) - sum(r.buffers for r in old),
        before.macs + sum(r.macs for r in new) - sum(r.macs for r in old),
        before.activations + sum(r.activations for r in new) - sum(r.activations for r in old),
        unfit,
        frozenset(fresh),
    )


def _spread(before: Checked, graph: Graph, structure: Structure, touched: Iterable[str]) -> dict[str, Row]:
    position, order = structure.position, structure.order
    heap = sorted({position[name] for name in touched if name in position})
    queued = set(heap)
    fresh: dict[str, Row] = {}
    seen = _Overlay(fresh, before.rows)
    while heap:
        name = order[heapq.heappop(heap)]
        node, old = graph.nodes[name], before.rows[name]
        row = measure(node, gather(structure, name, node.block.inputs, seen), before.networks)
        if row is old:
            continue
        fresh[name] = row
        if row.outputs != old.outputs:
            for consumer in structure.consumers[name]:
                place = position.get(consumer)
                if place is not None and place not in queued:
                    queued.add(place)
                    heapq.heappush(heap, place)
    return fresh


def _lent(before: Checked, graph: Graph, fresh: dict[str, Row]) -> dict[str, Row]:
    """The rows of nodes whose right to the weights that they share may have changed."""
    rows, found = _Overlay(fresh, before.rows), {}
    for name in graph.sharers:
        pair = name, owner(graph.nodes, name)
        if name not in before.rows or not any(_touched(each, before, graph, fresh) for each in pair):
            continue
        row = measure(graph.nodes[name], rows[name].inputs, before.networks)
        problem = None if row.problem else misfit(graph, name, rows)
        found[name] = replace(row, problem=problem) if problem else row
    return found


def _held(before: Checked, graph: Graph, fresh: dict[str, Row]) -> dict[str, Row]:
    """The rows of delays to which something else may arrive now."""
    rows = _Overlay(fresh, before.rows)
    sound = {name: measure(graph.nodes[name], (None,), before.networks) for name in graph.delays()}
    found = {**sound, **misheld(graph, {**{w.source: rows[w.source] for w in graph.structure.late}, **sound})}
    return {name: row for name, row in found.items() if row != before.rows[name]}


def _touched(name: str, before: Checked, graph: Graph, fresh: Mapping[str, Row]) -> bool:
    return name in fresh or graph.nodes[name] is not before.graph.nodes.get(name)


class _Overlay(Mapping[str, Row]):
    """Rows as they are becoming: the fresh ones before the old."""

    def __init__(self, fresh: dict[str, Row], old: Rows) -> None:
        self._fresh, self._old = fresh, old

    def __getitem__(self, name: str) -> Row:
        return self._fresh.get(name) or self._old[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._old)

    def __len__(self) -> int:
        return len(self._old)


def described(node: str, problem: Unfit) -> str:
    """A problem as a sentence: who expects what, what arrived, how to repair it."""
    sentence = f"{node} expects {problem.expected}, received {problem.received}"
    return f"{sentence}. {problem.repair}" if problem.repair else sentence


def _unfit(checked: Checked) -> Iterator[Diagnostic]:
    for name in checked.unfit:
        problem = checked.rows[name].problem
        assert problem is not None
        yield Diagnostic(
            "error",
            name,
            described(name, problem),
            setting=problem.setting,
            port=problem.port,
            index=problem.index,
            remedies=problem.remedies,
        )


def _wiring(graph: Graph) -> Iterator[Diagnostic]:
    structure = graph.structure
    for circle in structure.circles:
        path = " → ".join((*circle, circle[0]))
        for name in circle:
            yield Diagnostic(
                "error", name, f"{path} is a circle; only what goes through a Delay may feed itself. Remove a wire."
            )
    for name, port in structure.missing:
        if graph.nodes[name].muted and port != graph.block(name).inputs[0].name:
            continue  # only what it passes on must arrive
        message = f"{name} has nothing connected to its input {port}. Drag a wire to it."
        yield Diagnostic("error", name, message, port=port)
    for name, node in graph.nodes.items():
        if node.block.role == "unknown" and not node.muted:
            yield Diagnostic(
                "error",
                name,
                f"{name} is an {node.block.shorthand()}; it is kept but cannot run. Replace it.",
            )
    if any(node.muted for node in graph.nodes.values()):
        yield from _silent(graph)


def _silent(graph: Graph) -> Iterator[Diagnostic]:
    """Results of muted nodes that something reads although nothing is passed on there."""
    for wire in graph.wires:
        node, reader = graph.nodes[wire.source], graph.nodes[wire.target]
        if not node.muted or wire.output == node.block.outputs[0].name:
            continue
        if not reader.muted or wire.input == reader.block.inputs[0].name:
            message = f"{wire.source} is muted and gives no {wire.output}, which {wire.target} reads. Unmute it."
            yield Diagnostic("error", wire.source, message, "muted", remedies=(Change({"muted": False}),))


def _loose(graph: Graph) -> Iterator[Diagnostic]:
    if not graph.inputs():
        yield Diagnostic("error", "", "The network has no Input. Add one to say what comes in.")
    if not graph.outputs():
        yield Diagnostic("error", "", "The network has no Output. Add one to say what goes out.")
    for name in graph.structure.unused:
        yield Diagnostic("warning", name, f"Nothing uses the result of {name}. Connect it or delete it.")
