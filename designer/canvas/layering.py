"""The rows of a layered layout (Sugiyama et al. 1981): every node under what feeds it, long wires cut at the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]

_MOST_BENDS = 20_000  # beyond this, long wires claim no room of their own


class Edge(NamedTuple):
    """From one node to a later one; where at their cards it leaves and enters, -0.5 (left) to 0.5 (right)."""

    source: int
    target: int
    leaves: float = 0.0
    enters: float = 0.0


class Links(NamedTuple):
    """All that joins neighbouring rows: upper ends, lower ends, where these enter, the row, and each row's first."""

    upper: Numbers
    lower: Numbers
    enters: NDArray[np.float64]
    row: Numbers
    first: list[int]


class Layered:
    """Nodes and the bends of long wires, numbered, in rows; a bend is a node without a card, numbered from `count`.

    `above` and `below` give the neighbours in the rows next to it, `enters` and `leaves` beside them at what place of
    the neighbour the wire is fastened. Wires of one source share their bends. `solid` are cards, and bends of wires
    that are no shortcut: their source has no other reader.
    """

    def __init__(self, count: int, edges: Sequence[Edge], first: Collection[int] = ()) -> None:
        self.count = count
        self.layer = layers(count, edges, first)
        self.above: list[list[int]] = [[] for _ in range(count)]
        self.below: list[list[int]] = [[] for _ in range(count)]
        self.leaves: list[list[float]] = [[] for _ in range(count)]  # beside `above`
        self.enters: list[list[float]] = [[] for _ in range(count)]  # beside `below`
        self.owner: list[tuple[int, float]] = []  # of every bend: its source, and where the wire it was made for enters
        readers = Counter(edge.source for edge in edges)
        self._single = [readers[i] == 1 for i in range(count)]
        self.solid = [True] * count
        self._chains: dict[tuple[int, int], int] = {}
        for edge in edges:
            self._join(edge)
        self.rows: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for i, layer in enumerate(self.layer):
            self.rows[layer].append(i)  # cards before bends: lanes start at the right

    @cached_property
    def links(self) -> Links:
        """What joins the rows, from the top: see `Links`."""
        below, enters = self.below, self.enters
        upper = [i for row in self.rows for i in row for _ in below[i]]
        counts = [sum([len(below[i]) for i in row]) for row in self.rows]
        return Links(
            np.array(upper, np.intp),
            np.array([j for row in self.rows for i in row for j in below[i]], np.intp),
            np.array([e for row in self.rows for i in row for e in enters[i]], np.float64),
            np.repeat(np.arange(len(counts)), counts),
            np.cumsum([0, *counts]).tolist(),
        )

    def _join(self, edge: Edge) -> None:
        a, b = edge.source, edge.target
        if self.layer[b] - self.layer[a] > 1 and len(self.owner) >= _MOST_BENDS:
            return
        last, leaves = a, edge.leaves
        for layer in range(self.layer[a] + 1, self.layer[b]):
            bend = self._chains.get((a, layer))
            if bend is None:
                bend = self._chains[a, layer] = self._bend(layer, a, edge.enters)
                self._link(last, bend, leaves, 0.0)
            last, leaves = bend, 0.0
        self._link(last, b, leaves, edge.enters)

    def _bend(self, layer: int, source: int, enters: float) -> int:
        self.layer.append(layer)
        self.owner.append((source, enters))
        self.solid.append(self._single[source])
        for each in (self.above, self.below):
            each.append([])
        for place in (self.leaves, self.enters):
            place.append([])
        return len(self.layer) - 1

    def _link(self, a: int, b: int, leaves: float, enters: float) -> None:
        self.below[a].append(b)
        self.enters[a].append(enters)
        self.above[b].append(a)
        self.leaves[b].append(leaves)


def layers(count: int, edges: Sequence[Edge], first: Collection[int] = ()) -> list[int]:
    """The row of every node. `edges` lead from lower to higher numbers; `first` are the inputs, which stand on top.

    It is the longest way from above; then what saves wire further down comes down: nodes with more readers than
    sources, and all that no input leads to.
    """
    result = [0] * count
    sources: list[list[int]] = [[] for _ in range(count)]
    readers: list[list[int]] = [[] for _ in range(count)]
    for edge in edges:
        sources[edge.target].append(edge.source)
        readers[edge.source].append(edge.target)
    led = set(first) or set(range(count))
    for i in range(count):
        if sources[i]:
            result[i] = 1 + max([result[j] for j in sources[i]])
            if not led.isdisjoint(sources[i]):
                led.add(i)
    for i in reversed(range(count)):
        if readers[i] and i not in first and (i not in led or len(readers[i]) > len(sources[i])):
            result[i] = min([result[j] for j in readers[i]]) - 1
    return result


def parted(count: int, edges: Iterable[Edge]) -> list[list[int]]:
    """The nodes in groups that no wire joins, each in order."""
    group = list(range(count))

    def head(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    for edge in edges:
        a, b = head(edge.source), head(edge.target)
        if a != b:
            group[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for i in range(count):
        found.setdefault(head(i), []).append(i)
    return list(found.values())
