"""The heat of a network: which nodes hold its parameters, do its arithmetic, or keep its memory. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from blocks.measure import Row
from designer.canvas.words import compact, in_bytes

DECADES = 3.0  # a node with a thousandth of the hottest is cold


@dataclass(frozen=True)
class Measure:
    """Something that is counted for every node: its name, the words of its legend, the number, the number in words."""

    name: str
    title: str
    of: Callable[[Row], int]
    text: Callable[[int], str]


MEASURES = {
    measure.name: measure
    for measure in (
        Measure("parameters", "Parameters", lambda row: row.parameters, compact),
        Measure("macs", "MACs of one example", lambda row: row.macs, compact),
        Measure("memory", "Activations of one example", lambda row: row.activations, in_bytes),
    )
}


@dataclass(frozen=True, eq=False)
class Heat:
    """How hot every node of a sheet is by one measure: `share` from 0 to 1 on a logarithmic scale of three decades."""

    measure: Measure
    values: NDArray[np.float64]
    share: NDArray[np.float64]

    def text(self, i: int) -> str:
        """The number of a node in words; empty where there is none."""
        value = int(self.values[i])
        return self.measure.text(value) if value else ""

    @property
    def hottest(self) -> int:
        """The largest number."""
        return int(self.values.max(initial=0.0))

    def ends(self) -> tuple[str, str]:
        """The numbers at the cold and at the hot end of the scale, in words."""
        cold = round(self.hottest / 10**DECADES)
        return self.measure.text(cold), self.measure.text(self.hottest)


def heat(measure: Measure, rows: Sequence[Row | None]) -> Heat:
    """The heat of nodes by their rows; what is not known counts as none."""
    counted = (measure.of(row) if row is not None else 0 for row in rows)
    values = np.fromiter(counted, np.float64, len(rows))
    top = log10(max(float(values.max(initial=0.0)), 1.0))
    below = np.log10(np.maximum(values, 1e-9)) - top
    return Heat(measure, values, np.where(values > 0, np.clip(1.0 + below / DECADES, 0.0, 1.0), 0.0))
