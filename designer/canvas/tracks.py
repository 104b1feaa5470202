"""The heights at which square wires cross over: apart where they would lie on one another, together for one result."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from designer.canvas.detours import Taken
from designer.canvas.metrics import Point

_APART = 8.0
_MARGIN = 10.0  # from a port, or a row of cards
_SAME = 0.5


class Tracks:
    """The stretches across that are taken."""

    def __init__(self) -> None:
        self._taken = Taken()

    def leave(self, wires: np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
        """Gives up the stretches of some wires."""
        self._taken.leave(wires)

    def levels(self, wire: int, owner: int, stops: list[Point], joining: bool) -> tuple[float, ...]:
        """A height for each time that a wire through these stops crosses over; `owner` is whose result it carries.

        Of wires that join at one card those from further away run lower, of wires that part higher, so that they nest.
        """
        found = []
        for a, b in pairwise(stops):
            if abs(a[0] - b[0]) >= _SAME and b[1] - a[1] > 2 * _MARGIN:
                low, high = min(a[0], b[0]), max(a[0], b[0])
                level = self._free(a[1] + _MARGIN, b[1] - _MARGIN, (low, high), owner, joining)
                self._taken.add(wire, owner, level, low, high)
                found.append(level)
        return tuple(found)

    def _free(self, top: float, bottom: float, across: tuple[float, float], owner: int, joining: bool) -> float:
        rivals = self._taken.between(top - _APART, bottom + _APART, across[0] - _APART, across[1] + _APART)
        others = rivals[rivals[:, 3] != owner, 0]
        own = rivals[(rivals[:, 3] == owner) & (rivals[:, 0] >= top) & (rivals[:, 0] <= bottom), 0]
        for level in (*own.tolist(), *_from_middle(top, bottom, 1.0 if joining else -1.0)):
            if not (np.abs(others - level) < _APART - 1.0).any():
                return float(level)
        return (top + bottom) / 2


def _from_middle(top: float, bottom: float, way: float) -> Iterator[float]:
    """Heights to try: the middle, then away from it, all of one side first."""
    middle = (top + bottom) / 2
    count = int((bottom - middle) / _APART)
    for side in (way, -way):
        for k in range(0 if side == way else 1, count + 1):
            yield middle + side * k * _APART
