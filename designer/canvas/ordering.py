"""The order within the rows of a layered layout: sweeps to the middle of the neighbours, then swaps of two."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from designer.canvas.layering import Layered

Rows = list[list[int]]
Floats = NDArray[np.float64]

_SWEEPS = 12
_PATIENCE = 4  # sweeps without a gain
_EFFORT = 18_000  # nodes and bends to be looked at in all sweeps together
_SWAPPED = 6_000  # the most nodes and bends for which swaps are tried
_FEW = 400  # wires that are counted without regard to their rows
_COMPARED = 1_500  # the most lines of which each is compared with each
_WORTH = 0.8  # the order that stands is given up for one with fewer crossings than this part of its own


def order_rows(net: Layered, seeds: Sequence[float] | None = None) -> None:
    """Orders every row of `net` so that few wires cross.

    `seeds` are the places of the cards, left to right, as they are now: the order stays as it is, but for swaps of
    neighbours, unless another has clearly fewer crossings.
    """
    if max(map(len, net.rows), default=0) <= 1:
        return
    rows = net.rows if seeds is None else _seeded(net, seeds)
    count = _swap(net, rows) if seeds is not None else crossings(net, rows)
    if count:
        other, fewer = _swept(net, rows, count)
        if fewer < (count if seeds is None else min(count * _WORTH, count - 1)):
            rows = other
    net.rows = rows


def _seeded(net: Layered, seeds: Sequence[float]) -> Rows:
    """Rows from left to right as the cards stand; lanes between, on the way from source to reader."""
    x = [*seeds, *(seeds[source] for source, _ in net.owner)]
    lanes = range(net.count, len(net.layer))
    for order in (lanes, reversed(lanes), lanes):
        for i in order:
            around = [x[j] for j in net.above[i]] + [x[j] for j in net.below[i]]
            x[i] = sum(around) / len(around)
    key = [(at, 0.0) for at in seeds]
    key += [(round(x[net.count + k]), enters or 0.1) for k, (_, enters) in enumerate(net.owner)]
    return [sorted(row, key=key.__getitem__) for row in net.rows]


def _swept(net: Layered, rows: Rows, count: int) -> tuple[Rows, int]:
    """The order with the fewest crossings that sweeps down and up find, and how many those are."""
    best, fewest, idle = rows, count, 0
    size = len(net.layer)
    for sweep in range(max(2, min(_SWEEPS, _EFFORT // size))):
        rows = _sorted_rows(net, rows, sweep % 2 == 0)
        count = crossings(net, rows)
        idle = 0 if count < fewest else idle + 1
        if count < fewest:
            best, fewest = rows, count
        if not fewest or idle >= _PATIENCE:
            break
    best = [list(row) for row in best]
    return best, (_swap(net, best) if fewest else 0)


def _sorted_rows(net: Layered, rows: Rows, down: bool) -> Rows:
    place = places(net, rows)
    sides, fastened = (net.above, net.leaves) if down else (net.below, net.enters)
    result: Rows = [[] for _ in rows]
    for layer in range(len(rows)) if down else reversed(range(len(rows))):
        row = rows[layer]
        if len(row) > 1:
            keys = {}
            for i in row:
                side = sides[i]
                if len(side) == 1:
                    keys[i] = place[side[0]] + fastened[i][0]
                else:
                    keys[i] = (sum(place[j] for j in side) + sum(fastened[i])) / len(side) if side else place[i]
            row = sorted(row, key=keys.__getitem__)
            for at, i in enumerate(row):
                place[i] = float(at)
        result[layer] = row
    return result


def places(net: Layered, rows: Rows) -> list[float]:
    """The number of every node and bend in its row."""
    place = [0.0] * len(net.layer)
    for row in rows:
        for at, i in enumerate(row):
            place[i] = float(at)
    return place


def crossings(net: Layered, rows: Rows) -> int:
    """How many pairs of wires cross between the rows."""
    place = np.array(places(net, rows))
    links = net.links
    tops, feet = place[links.upper], place[links.lower] + links.enters
    if len(tops) <= _FEW:  # all at once, apart by more than any row is wide
        apart = links.row * (2.0 * len(place))
        return _inversions(tops + apart, feet + apart)
    spans = [(a, b) for a, b in pairwise(links.first) if b - a > 1]
    return sum([_inversions(tops[a:b], feet[a:b]) for a, b in spans])


def _inversions(tops: Floats, feet: Floats) -> int:
    """How many pairs of lines cross whose tops and feet are at these places."""
    if len(tops) <= _COMPARED:
        return int(np.count_nonzero((tops[:, None] < tops) & (feet[:, None] > feet)))
    order = np.lexsort((feet, tops))
    seen: list[float] = []
    total = 0
    for foot in feet[order].tolist():
        total += len(seen) - bisect_right(seen, foot)
        insort(seen, foot)
    return total


def _swap(net: Layered, rows: Rows) -> int:
    """Swaps neighbours in `rows` as long as that saves crossings; gives how many are left."""
    if len(net.layer) <= _SWAPPED:
        place = places(net, rows)
        waiting = set(range(len(rows)))
        for _ in range(8 if len(place) <= _SWAPPED // 6 else 2):
            changed = {layer for layer in sorted(waiting) if _swap_row(net, rows[layer], place)}
            if not changed:
                break
            waiting = {layer + step for layer in changed for step in (-1, 0, 1) if 0 <= layer + step < len(rows)}
    return crossings(net, rows)


def _swap_row(net: Layered, row: list[int], place: list[float]) -> bool:
    if len(row) < 2:
        return False
    ups = [sorted(place[j] + o for j, o in zip(net.above[i], net.leaves[i], strict=True)) for i in row]
    downs = [sorted(place[j] + o for j, o in zip(net.below[i], net.enters[i], strict=True)) for i in row]
    changed = False
    for k in range(len(row) - 1):
        if _gain(ups[k], ups[k + 1]) + _gain(downs[k], downs[k + 1]) > 0:
            row[k : k + 2] = row[k + 1], row[k]
            ups[k : k + 2] = ups[k + 1], ups[k]
            downs[k : k + 2] = downs[k + 1], downs[k]
            changed = True
    if changed:
        for at, i in enumerate(row):
            place[i] = float(at)
    return changed


def _gain(left: list[float], right: list[float]) -> int:
    """Crossings saved where two neighbours with wires to these places change sides."""
    if not left or not right or left[-1] <= right[0]:
        return 0
    saved = 0
    for a in left:
        for b in right:
            saved += (a > b) - (a < b)
    return saved
