"""Where nodes stand in the rows of a layered layout: chains straight, branches about their middle.

Brandes & Köpf 2002: four layouts, aligned to what is above or below and packed to the left or right; each node then
stands between the middle two of its four places. Wires between cards come before lanes, so that a shortcut never bends
a chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

import numpy as np

from designer.canvas.layering import Layered
from designer.canvas.metrics import COLUMN_PITCH
from designer.canvas.ordering import places

_LANES = 16.0  # between wires that pass cards side by side
_BETWEEN = float(COLUMN_PITCH) / 2  # from the middle of a card to a lane, and to the middle of the gap beside it


def columns(net: Layered) -> list[float]:
    """The middle of every node and bend."""
    place = places(net, net.rows)
    barred = _barred(net, place)
    found = []
    for down in (True, False):
        sides = _preferred(net, place, down)
        for left in (True, False):
            found.append(_packed(net, _aligned(net, place, sides, barred, down, left), left))
    layouts = np.array(found)
    widths = layouts.max(axis=1) - layouts.min(axis=1)
    slim = layouts[int(widths.argmin())]
    for k, layout in enumerate(layouts):
        layout += slim.max() - layout.max() if k % 2 else slim.min() - layout.min()
    layouts.sort(axis=0)
    result: list[float] = ((layouts[1] + layouts[2]) / 2).tolist()
    return result


def _preferred(net: Layered, place: Sequence[float], down: bool) -> list[list[int]]:
    """What every node would stand under (or over) best, left to right: a shortcut only where there is nothing else."""
    solid, result = net.solid, []
    for side in net.above if down else net.below:
        kept = side
        if len(side) > 1:
            kept = [j for j in side if solid[j]] or side
            kept = sorted(kept, key=place.__getitem__) if len(kept) > 1 else kept
        result.append(kept)
    return result


def _barred(net: Layered, place: Sequence[float]) -> set[tuple[int, int]]:
    """Links that must not be straight: they cross one that comes before them, or part from a chain."""
    solid, found = net.solid, set()
    for row in net.rows[:-1]:
        links = [(place[i], place[j], i, j) for i in row for j in net.below[i]]
        loose = False
        for _, _, i, j in links:
            if solid[i] != solid[j]:
                loose = True
                chain = net.below[i] if solid[i] else net.above[j]
                if len(chain) > 1 and any(solid[k] for k in chain):
                    found.add((i, j))
            elif not solid[i]:
                loose = True
        if loose and len(links) > 1:
            found |= _crossed(sorted(links), solid)
    return found


def _crossed(links: list[tuple[float, float, int, int]], solid: Sequence[bool]) -> set[tuple[int, int]]:
    """Links that cross one of more weight: in a chain most, where a shortcut leaves or enters least."""
    found = set()
    ranked = [(a, b, (i, j), (solid[i] and solid[j]) * 2 or int(solid[i] == solid[j])) for a, b, i, j in links]
    for heavy in (1, 2):
        for ordered, sign in ((ranked, 1.0), (ranked[::-1], -1.0)):
            most = held = -inf  # the furthest end of a heavy link that begins before this one, and at its own start
            last = None
            for a, b, link, rank in ordered:
                if a != last:
                    most, last = max(most, held), a
                if rank < heavy:
                    if most > b * sign:
                        found.add(link)
                elif b * sign > held:
                    held = b * sign
    return found


def _aligned(
    net: Layered,
    place: Sequence[float],
    sides: Sequence[Sequence[int]],
    barred: set[tuple[int, int]],
    down: bool,
    left: bool,
) -> list[int]:
    """The block of every node, named by one of its nodes: what stands in one straight column."""
    root = list(range(len(net.layer)))
    rows = net.rows[1:] if down else net.rows[-2::-1]
    for row in rows:
        reached = -1.0 if left else inf
        for i in row if left else reversed(row):
            side = sides[i]
            if not side:
                continue
            size = len(side)
            middles = ((size - 1) // 2, size // 2) if left else (size // 2, (size - 1) // 2)
            for m in middles if size % 2 == 0 else middles[:1]:
                j = side[m]
                at = place[j]
                free = at > reached if left else at < reached
                if free and ((j, i) if down else (i, j)) not in barred:
                    root[i], reached = root[j], at
                    break
    return root


def _packed(net: Layered, root: list[int], left: bool) -> list[float]:
    """The places of all nodes when their blocks stand as far left, or right, as they can; then close to the rest."""
    after: dict[int, dict[int, float]] = {}
    waits = dict.fromkeys(root, 0)
    for row in net.rows:
        for a, b in pairwise(row if left else row[::-1]):
            gaps = after.setdefault(root[a], {})
            block, gap = root[b], gap_between(net, a, b)
            known = gaps.get(block)
            if known is None:
                waits[block] += 1
                gaps[block] = gap
            elif gap > known:
                gaps[block] = gap
    x = dict.fromkeys(waits, 0.0)
    ready = [block for block, n in waits.items() if not n]
    for block in ready:
        at = x[block]
        for other, gap in after.get(block, {}).items():
            x[other] = max(x[other], at + gap)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    for block in reversed(ready):
        beside = after.get(block)
        if beside:
            x[block] = max(x[block], min(x[other] - gap for other, gap in beside.items()))
    return [x[block] for block in root] if left else [-x[block] for block in root]


def gap_between(net: Layered, a: int, b: int) -> float:
    """The least distance of the middles of two neighbours in a row."""
    if a >= net.count and b >= net.count:
        return _LANES
    return (_BETWEEN if a < net.count else 0.0) + (_BETWEEN if b < net.count else 0.0)
