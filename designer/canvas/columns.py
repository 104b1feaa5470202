"""Where nodes stand in the rows of a layered layout: chains straight, branches about their middle.

Brandes & Köpf 2002: four layouts, aligned to what is above or below and packed to the left or right; each node then
stands between the middle two of its four places. Shortcuts are left out of it, so that none bends a chain.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from designer.canvas.layering import Layered
from designer.canvas.metrics import COLUMN_PITCH
from designer.canvas.ordering import places
from designer.canvas.pulling import gaps_of, pulled, width

_LANES = 16.0  # between wires that pass cards side by side
_SPRAWL = 2.0  # how much wider than its widest row a network may get for the sake of straight chains


def columns(net: Layered) -> list[float]:
    """The middle of every node and bend."""
    gaps = gaps_of(net, float(COLUMN_PITCH), _LANES)
    most = _SPRAWL * width(gaps)
    place = places(net, net.rows)
    found: list[list[float]] = []
    for down in (True, False):
        sides = _preferred(net, place, down)
        for left in (True, False):
            found.append(_packed(net, _aligned(net, place, sides, down, left), gaps, left))
            if max(found[-1]) - min(found[-1]) > most + COLUMN_PITCH:
                return pulled(net, gaps)  # chains in all directions, which make each other give way
    return _middles(np.array(found))


def _middles(layouts: NDArray[np.float64]) -> list[float]:
    """Between the middle two of four places, where the four layouts are put on the slimmest of them."""
    widths = layouts.max(axis=1) - layouts.min(axis=1)
    slim = layouts[int(widths.argmin())]
    for k, layout in enumerate(layouts):
        layout += slim.max() - layout.max() if k % 2 else slim.min() - layout.min()
    layouts.sort(axis=0)
    result: list[float] = ((layouts[1] + layouts[2]) / 2).tolist()
    return result


def _preferred(net: Layered, place: Sequence[float], down: bool) -> list[list[int]]:
    """What every node would stand under (or over) best, left to right; shortcuts neither have nor are a wish."""
    solid = net.solid
    found: list[list[int]] = []
    for i, side in enumerate(net.above if down else net.below):
        wished = [j for j in side if solid[j]] if solid[i] else []
        found.append(sorted(wished, key=place.__getitem__) if len(wished) > 1 else wished)
    return found


def _aligned(net: Layered, place: Sequence[float], sides: Sequence[Sequence[int]], down: bool, left: bool) -> list[int]:
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
                if at > reached if left else at < reached:
                    root[i], reached = root[j], at
                    break
    return root


def _packed(net: Layered, root: list[int], gaps: Sequence[Sequence[float]], left: bool) -> list[float]:
    """The places of all nodes when their blocks stand as far left, or right, as they can; then close to the rest."""
    after: dict[int, dict[int, float]] = {}
    waits = dict.fromkeys(root, 0)
    for row, distances in zip(net.rows, gaps, strict=True):
        for (a, b), gap in zip(pairwise(row), distances, strict=True):
            first, block = (root[a], root[b]) if left else (root[b], root[a])
            beside = after.setdefault(first, {})
            known = beside.get(block)
            if known is None:
                waits[block] += 1
                beside[block] = gap
            elif gap > known:
                beside[block] = gap
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
        others = after.get(block)
        if others:
            x[block] = max(x[block], min([x[other] - gap for other, gap in others.items()]))
    return [x[block] for block in root] if left else [-x[block] for block in root]
