"""A layered layout, top to bottom (Sugiyama et al. 1981): rows, order within them, then columns; parts side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np

from blocks.graph import Graph, Wire
from designer.canvas.columns import columns
from designer.canvas.layering import Edge, Layered, parted
from designer.canvas.metrics import BRANCH_PITCH, COLUMN_PITCH, GRID, ROW_PITCH, Layout, Point, snapped
from designer.canvas.ordering import order_rows
from designer.theme import CARD_HEIGHT, CARD_WIDTH

_ALIGNED = 1.0
_STEEP = 20.0  # a wire that goes so many times as far aside as down gets more height
_MOST_HEIGHT = 1.5 * BRANCH_PITCH
_TRIES = 64  # steps aside before nodes are let lie on others
_LANE = 24.0  # beside the outermost lane
_BETWEEN_PARTS = 2 * GRID  # beside what neighbouring columns keep apart anyway


class _Part(NamedTuple):
    """Nodes that hang together: the middle and top of each, and how far their cards and lanes reach to either side."""

    places: Mapping[int, Point]
    left: float
    right: float


def arrange(
    graph: Graph, names: Collection[str] | None = None, origin: Point = (0.0, 0.0), seeds: Layout | None = None
) -> dict[str, Point]:
    """Places for all nodes, or only `names`: top left corners, the first row centred at `origin`'s card.

    `seeds` is where nodes stand now, if that matters: what is left of what then stays so, unless many wires cross.
    """
    wanted = set(graph.nodes if names is None else names)
    order = [n for n in graph.structure.order if n in wanted]
    order += [n for n in graph.nodes if n in wanted and n not in graph.structure.position]  # those in circles
    if not order:
        return {}
    edges = _edges(graph, order)
    groups = parted(len(order), edges)
    known = seeds is not None and all(name in seeds for name in order)
    xs = [seeds[name][0] for name in order] if known and seeds is not None else None
    tops = {i for i, name in enumerate(order) if graph.block(name).role == "input"}
    alone = [group[0] for group in groups if len(group) == 1]
    joined = [group for group in groups if len(group) > 1]
    parts = [_part(group, edges_of, tops, xs) for group, edges_of in zip(joined, _by_group(joined, edges), strict=True)]
    if alone:
        parts.append(_grid(sorted(alone, key=xs.__getitem__) if xs else alone))
    if xs is not None:
        parts.sort(key=lambda part: sum(xs[i] for i in part.places) / len(part.places))
    placed = _side_by_side(parts)
    first = [x for x, y in placed.values() if y == 0]
    middle = sum(first) / len(first)
    return {
        name: (snapped(placed[i][0] - middle + origin[0]), snapped(placed[i][1] + origin[1]))
        for i, name in enumerate(order)
    }


def rearranged(graph: Graph, names: Collection[str], layout: Layout) -> dict[str, Point]:
    """New places for some nodes, or all, in the order in which they stand.

    The topmost of them stays where it is; where those that are not meant would be covered, all stand aside.
    """
    top = min(names, key=lambda n: (layout[n][1], layout[n][0]), default=None)
    if top is None:
        return {}
    placed = arrange(graph, names, seeds=layout)
    dx, dy = layout[top][0] - placed[top][0], layout[top][1] - placed[top][1]
    found = {n: (snapped(x + dx), snapped(y + dy)) for n, (x, y) in placed.items()}
    aside = _aside(found, [at for n, at in layout.items() if n not in found and n in graph.nodes])
    return {n: (x + aside, y) for n, (x, y) in found.items()}


def _edges(graph: Graph, order: Sequence[str]) -> list[Edge]:
    """The wires between these nodes, that lead onwards, in the order of their targets' ports."""
    number = {name: i for i, name in enumerate(order)}
    onwards = [
        wire
        for wire in graph.wires
        if wire.source in number and wire.target in number and number[wire.source] < number[wire.target]
    ]
    enters = _fastened(graph, onwards, True)
    leaves = _fastened(graph, onwards, False)
    found: dict[tuple[int, int], Edge] = {}
    for wire in sorted(onwards, key=lambda w: number[w.source]):
        pair = number[wire.source], number[wire.target]
        found.setdefault(pair, Edge(*pair, leaves.get(wire, 0.0), enters.get(wire, 0.0)))
    return list(found.values())


def _fastened(graph: Graph, wires: Sequence[Wire], into: bool) -> dict[Wire, float]:
    """Where along a card's edge the wires of those with several are fastened: -0.45 at its left, 0.45 at its right."""
    many = Counter(w.target if into else w.source for w in wires)
    several: dict[str, list[Wire]] = {}
    for wire in wires:
        node = wire.target if into else wire.source
        if many[node] > 1 and (into or len(graph.block(node).outputs) > 1):
            several.setdefault(node, []).append(wire)
    found: dict[Wire, float] = {}
    for node, some in several.items():
        ports = graph.block(node).inputs if into else graph.block(node).outputs
        rank = {port.name: k for k, port in enumerate(ports)}
        some.sort(key=lambda w: (rank.get(w.input if into else w.output, 0), w.place if into else 0))
        for k, wire in enumerate(some):
            found[wire] = 0.9 * (k / (len(some) - 1) - 0.5)
    return found


def _by_group(groups: Sequence[Sequence[int]], edges: Sequence[Edge]) -> list[list[Edge]]:
    group_of = {i: k for k, group in enumerate(groups) for i in group}
    found: list[list[Edge]] = [[] for _ in groups]
    for edge in edges:
        found[group_of[edge.source]].append(edge)
    return found


def _part(group: Sequence[int], edges: Sequence[Edge], tops: Collection[int], xs: Sequence[float] | None) -> _Part:
    """Nodes that hang together, laid out."""
    number = {i: k for k, i in enumerate(group)}
    own = [Edge(number[e.source], number[e.target], e.leaves, e.enters) for e in edges]
    net = Layered(len(group), own, {number[i] for i in group if i in tops})
    order_rows(net, None if xs is None else [xs[i] for i in group])
    middles = columns(net)
    heights = _heights(net, middles)
    places = {i: (middles[k], heights[net.layer[k]]) for k, i in enumerate(group)}
    cards, lanes = middles[: net.count], middles[net.count :]
    left, right = min(cards) - COLUMN_PITCH / 2, max(cards) + COLUMN_PITCH / 2
    return _Part(places, min([left, *(x - _LANE for x in lanes)]), max([right, *(x + _LANE for x in lanes)]))


def _heights(net: Layered, xs: Sequence[float]) -> list[float]:
    """The top of every row: nearer where all wires run straight down, further where they go far aside."""
    tops = [0.0]
    for row in net.rows[1:]:
        links = ((i, j) for i in row for j in net.above[i] if i < net.count or j < net.count)
        aside = max((abs(xs[i] - xs[j]) for i, j in links), default=0.0)
        pitch = ROW_PITCH if aside < _ALIGNED else BRANCH_PITCH + min(aside / _STEEP, _MOST_HEIGHT - BRANCH_PITCH)
        tops.append(tops[-1] + ceil(pitch / GRID) * GRID)
    return tops


def _grid(alone: Sequence[int]) -> _Part:
    """Nodes without any wire, row by row."""
    across = ceil(sqrt(len(alone)))
    places = {i: (float(k % across * COLUMN_PITCH), float(k // across * ROW_PITCH)) for k, i in enumerate(alone)}
    return _Part(places, -COLUMN_PITCH / 2, (across - 0.5) * COLUMN_PITCH)


def _side_by_side(parts: Sequence[_Part]) -> dict[int, Point]:
    """All parts from left to right, their first rows level."""
    placed: dict[int, Point] = {}
    edge = 0.0
    for part in parts:
        placed.update({i: (x - part.left + edge, y) for i, (x, y) in part.places.items()})
        edge = snapped(edge + part.right - part.left + _BETWEEN_PARTS)
    return placed


def _aside(placed: Mapping[str, Point], others: Sequence[Point]) -> float:
    """How far right nodes have to stand to cover none of the others."""
    if not others:
        return 0.0
    mine, theirs = np.array(list(placed.values())), np.array(others)
    width, height = CARD_WIDTH + GRID, CARD_HEIGHT + GRID
    low, high = mine.min(axis=0), mine.max(axis=0)
    level = (theirs[:, 1] > low[1] - height) & (theirs[:, 1] < high[1] + height)
    near = theirs[level & (theirs[:, 0] > low[0] - width)]
    step = 0.0
    for _ in range(_TRIES):
        push = -np.inf
        for x, y in mine.tolist():
            hit = near[(np.abs(near[:, 1] - y) < height) & (np.abs(near[:, 0] - x - step) < width), 0]
            push = max(push, float(hit.max()) + width - x - step) if len(hit) else push
        if push <= 0:
            break
        step += ceil(push / GRID) * GRID
    return step
