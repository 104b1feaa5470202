"""A layered layout, top to bottom (Sugiyama et al. 1981): layers, order within them, then positions."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Collection, Sequence
from itertools import accumulate, pairwise

from blocks.graph import Graph
from designer.canvas.metrics import BRANCH_PITCH, COLUMN_PITCH, ROW_PITCH, Layout, Point, snapped

_LANE = 64.0  # room for a wire that passes between cards
_SWEEPS = 4
_MOST_BENDS = 20_000  # beyond this, long wires claim no room of their own
_ALIGNED = 1.0
_YIELDING = 0.01  # how much the wish of a bend counts beside that of a card


class _Layered:
    """Nodes and the bends of long wires, numbered, in layers. A bend is a node without a card."""

    def __init__(self, graph: Graph, names: Sequence[str]) -> None:
        self.count = len(names)
        number = {name: i for i, name in enumerate(names)}
        pairs = ((number.get(w.source), number.get(w.target)) for w in graph.wires)
        edges = list(dict.fromkeys((a, b) for a, b in pairs if a is not None and b is not None and a < b))
        self.layer = _layers(self.count, edges)
        self.above: list[list[int]] = [[] for _ in names]
        self.below: list[list[int]] = [[] for _ in names]
        self._chains: dict[tuple[int, int], int] = {}
        for a, b in edges:
            self._join(a, b)
        self.rows: list[list[int]] = [[] for _ in range(max(self.layer, default=-1) + 1)]
        for i, layer in enumerate(self.layer):
            self.rows[layer].append(i)  # cards before bends: lanes start at the right

    def _join(self, a: int, b: int) -> None:
        """An edge, through bends in the layers it crosses; edges of one source share their bends."""
        last = a
        if len(self.layer) - self.count < _MOST_BENDS:
            for layer in range(self.layer[a] + 1, self.layer[b]):
                bend = self._chains.get((a, layer))
                if bend is None:
                    bend = self._chains[a, layer] = self._bend(layer)
                    self._link(last, bend)
                last = bend
        self._link(last, b)

    def _bend(self, layer: int) -> int:
        self.layer.append(layer)
        self.above.append([])
        self.below.append([])
        return len(self.layer) - 1

    def _link(self, a: int, b: int) -> None:
        self.below[a].append(b)
        self.above[b].append(a)

    def width(self, i: int) -> float:
        """The room a node or bend takes in its row."""
        return COLUMN_PITCH if i < self.count else _LANE


def arrange(graph: Graph, names: Collection[str] | None = None, origin: Point = (0.0, 0.0)) -> dict[str, Point]:
    """Places for all nodes, or only `names`: top left corners, the first row centred at `origin`'s card."""
    wanted = set(graph.nodes if names is None else names)
    order = [n for n in graph.structure.order if n in wanted]
    order += [n for n in graph.nodes if n in wanted and n not in graph.structure.position]  # those in circles
    if not order:
        return {}
    layered = _Layered(graph, order)
    _order_rows(layered)
    xs = _columns(layered)
    ys = _heights(layered, xs)
    first = layered.rows[0]
    middle = sum(xs[i] for i in first) / len(first)
    return {
        name: (snapped(xs[i] - middle + origin[0]), snapped(ys[layered.layer[i]] + origin[1]))
        for i, name in enumerate(order)
    }


def rearranged(graph: Graph, names: Collection[str], layout: Layout) -> dict[str, Point]:
    """New places for some nodes, or all, that leave the topmost of them where it is."""
    top = min(names, key=lambda n: layout[n][1], default=None)
    if top is None:
        return {}
    placed = arrange(graph, names)
    dx, dy = layout[top][0] - placed[top][0], layout[top][1] - placed[top][1]
    return {n: (snapped(x + dx), snapped(y + dy)) for n, (x, y) in placed.items()}


def _layers(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """The longest way from above; what nothing feeds comes down to just above its first reader."""
    layer = [0] * count
    for a, b in sorted(edges):
        layer[b] = max(layer[b], layer[a] + 1)
    fed = {b for _, b in edges}
    nearest: dict[int, int] = {}
    for a, b in edges:
        if a not in fed:
            nearest[a] = min(nearest.get(a, layer[b]), layer[b])
    for a, b in nearest.items():
        layer[a] = b - 1
    return layer


def _order_rows(net: _Layered) -> None:
    """Sorts every row by the middle of its neighbours, above and below in turn; keeps what crosses least."""
    if max(map(len, net.rows)) == 1:
        return
    best, fewest = [list(row) for row in net.rows], _crossings(net, net.rows)
    rows = net.rows
    for sweep in range(_SWEEPS):
        if fewest == 0:
            break
        down = sweep % 2 == 0
        rows = _sorted_rows(net, rows, down)
        crossings = _crossings(net, rows)
        if crossings < fewest:
            best, fewest = rows, crossings
    net.rows = best


def _sorted_rows(net: _Layered, rows: list[list[int]], down: bool) -> list[list[int]]:
    place = [0.0] * len(net.layer)
    for row in rows:
        for at, i in enumerate(row):
            place[i] = float(at)
    sides = net.above if down else net.below
    result: list[list[int]] = [[] for _ in rows]
    for layer in range(len(rows)) if down else reversed(range(len(rows))):
        row = rows[layer]
        if len(row) > 1:
            keys = {i: sum(place[j] for j in sides[i]) / len(sides[i]) if sides[i] else place[i] for i in row}
            row = sorted(row, key=keys.__getitem__)
            for at, i in enumerate(row):
                place[i] = float(at)
        result[layer] = row
    return result


def _crossings(net: _Layered, rows: list[list[int]]) -> int:
    total = 0
    for upper, lower in pairwise(rows):
        if len(upper) == 1 or len(lower) == 1:
            continue
        place = {i: at for at, i in enumerate(lower)}
        seen: list[int] = []
        for i in upper:
            ends = [place[j] for j in net.below[i]]
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _columns(net: _Layered) -> list[float]:
    """The middle of every node: as near its neighbours as the order and the widths allow."""
    xs = [0.0] * len(net.layer)
    steps = [_steps(net, row) for row in net.rows]
    for row, step in zip(net.rows, steps, strict=True):
        for i, x in zip(row, step, strict=True):
            xs[i] = x - step[-1] / 2
    both = [up + down for up, down in zip(net.above, net.below, strict=True)]
    for sides, down in ((net.above, True), (net.below, False)) * 2 + ((both, True), (both, False), (net.above, True)):
        for layer in range(len(net.rows)) if down else reversed(range(len(net.rows))):
            _pull(net, net.rows[layer], steps[layer], sides, xs)
    return xs


def _steps(net: _Layered, row: list[int]) -> list[float]:
    """How far right of the first each of a row stands when they are packed."""
    gaps = ((net.width(a) + net.width(b)) / 2 for a, b in pairwise(row))
    return list(accumulate(gaps, initial=0.0))


def _pull(net: _Layered, row: list[int], step: list[float], sides: list[list[int]], xs: list[float]) -> None:
    """Moves a row to where its neighbours want it, least squares under the distances (pool adjacent violators)."""
    if len(row) == 1:
        xs[row[0]] = _wished(net, row[0], sides[row[0]], xs)
        return
    pools: list[tuple[float, float, int]] = []
    for i, offset in zip(row, step, strict=True):
        mean, weight, size = _wished(net, i, sides[i], xs) - offset, 1.0 if i < net.count else _YIELDING, 1
        while pools and pools[-1][0] > mean:
            before, held, more = pools.pop()
            mean, weight, size = (before * held + mean * weight) / (held + weight), held + weight, size + more
        pools.append((mean, weight, size))
    at = 0
    for mean, _, size in pools:
        for k in range(at, at + size):
            xs[row[k]] = mean + step[k]
        at += size


def _wished(net: _Layered, i: int, sides: list[int], xs: list[float]) -> float:
    """The mean of the neighbours; bends count only where there is no card, so that skips do not pull a chain aside."""
    cards = [j for j in sides if j < net.count]
    wish = cards or sides
    return sum(xs[j] for j in wish) / len(wish) if wish else xs[i]


def _heights(net: _Layered, xs: list[float]) -> list[float]:
    """The top of every row: nearer where all wires run straight down."""
    tops = [0.0]
    for row in net.rows[1:]:
        straight = all(abs(xs[i] - xs[j]) < _ALIGNED for i in row if i < net.count for j in net.above[i])
        tops.append(tops[-1] + (ROW_PITCH if straight else BRANCH_PITCH))
    return tops
