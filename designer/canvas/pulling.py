"""Columns for tangled networks: every row goes where its neighbours pull it, as near as the distances allow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from designer.canvas.layering import Layered

_YIELDING = 0.02  # how much the wish of a shortcut counts beside that of a card


def pulled(net: Layered, gaps: Sequence[Sequence[float]]) -> list[float]:
    """The middle of every node and bend; `gaps` are the least distances between neighbours, row by row."""
    steps = [list(accumulate(row, initial=0.0)) for row in gaps]
    xs = [0.0] * len(net.layer)
    for row, step in zip(net.rows, steps, strict=True):
        for i, x in zip(row, step, strict=True):
            xs[i] = x - step[-1] / 2
    above, below = _wished(net, net.above), _wished(net, net.below)
    both = [up + down for up, down in zip(above, below, strict=True)]
    for sides, down in ((above, True), (below, False)) * 2 + ((both, True), (both, False), (above, True)):
        for layer in range(len(net.rows)) if down else reversed(range(len(net.rows))):
            _pull(net, net.rows[layer], steps[layer], sides, xs)
    return xs


def width(gaps: Sequence[Sequence[float]]) -> float:
    """How wide the widest row is at least, from the middle of its first to that of its last."""
    return max((sum(row) for row in gaps), default=0.0)


def gaps_of(net: Layered, gap: float, lane: float) -> list[list[float]]:
    """The least distances in every row: `gap` from card to card, half of it from card to bend, `lane` between bends."""
    count = net.count
    return [
        [lane if a >= count and b >= count else gap / 2 * ((a < count) + (b < count)) for a, b in pairwise(row)]
        for row in net.rows
    ]


def _wished(net: Layered, sides: Sequence[Sequence[int]]) -> list[list[int]]:
    """Whom every node wants to be near: shortcuts only where there is nothing else, so that they bend no chain."""
    solid = net.solid
    return [[j for j in side if solid[j]] or list(side) for side in sides]


def _pull(net: Layered, row: list[int], step: list[float], sides: list[list[int]], xs: list[float]) -> None:
    """Moves a row to where its neighbours want it, least squares under the distances (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for i, offset in zip(row, step, strict=True):
        side = sides[i]
        mean = (sum([xs[j] for j in side]) / len(side) if side else xs[i]) - offset
        weight, size = 1.0 if net.solid[i] else _YIELDING, 1
        while pools and pools[-1][0] > mean:
            before, held, more = pools.pop()
            mean, weight, size = (before * held + mean * weight) / (held + weight), held + weight, size + more
        pools.append((mean, weight, size))
    at = 0
    for mean, _, size in pools:
        for k in range(at, at + size):
            xs[row[k]] = mean + step[k]
        at += size
