"""The heat of a network: which nodes hold its parameters, do its arithmetic, or keep its memory. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blocks.measure import Row
from designer.canvas.words import compact, in_bytes

DECADES = 3.0  # a node with a thousandth of the hottest is cold
WIDE = 4.0  # the decades of what a training tells: colder is what vanishes


@dataclass(frozen=True)
class Measure:
    """Something that is counted for every node: its name, the words of its legend, the number, the number in words."""

    name: str
    title: str
    of: Callable[[Row], int]
    text: Callable[[int], str]


def _size(value: float) -> str:
    return f"{value:.2g}" if value else "0"


@dataclass(frozen=True)
class Told:
    """Something that a training tells of the nodes."""

    name: str
    title: str
    text: Callable[[float], str] = _size


GRADIENT = Told("gradient", "Gradient of a weight, measured")
NOTHING_TOLD = "Gradient: press ▶ to measure it"


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

    measure: Measure | Told
    values: NDArray[np.float64]
    share: NDArray[np.float64]

    def text(self, i: int) -> str:
        """The number of a node in words; empty where there is none."""
        value = self._whole(self.values[i])
        return self.measure.text(value) if value else ""

    def _whole(self, value: float) -> Any:
        return float(value) if isinstance(self.measure, Told) else int(value)

    @property
    def title(self) -> str:
        """What is seen, and how it is known."""
        if isinstance(self.measure, Told):
            return self.measure.title if self.hottest else NOTHING_TOLD
        return f"{self.measure.title}, computed"

    @property
    def hottest(self) -> float:
        """The largest number."""
        return float(self.values.max(initial=0.0))

    def ends(self) -> tuple[str, str]:
        """The numbers at the cold and at the hot end of the scale, in words."""
        if isinstance(self.measure, Told):
            return self.measure.text(self.hottest / 10**WIDE), self.measure.text(self.hottest)
        return self.measure.text(round(self.hottest / 10**DECADES)), self.measure.text(int(self.hottest))


def heat(measure: Measure, rows: Sequence[Row | None]) -> Heat:
    """The heat of nodes by their rows; what is not known counts as none."""
    counted = (measure.of(row) if row is not None else 0 for row in rows)
    values = np.fromiter(counted, np.float64, len(rows))
    top = log10(max(float(values.max(initial=0.0)), 1.0))
    below = np.log10(np.maximum(values, 1e-9)) - top
    return Heat(measure, values, np.where(values > 0, np.clip(1.0 + below / DECADES, 0.0, 1.0), 0.0))


def heat_of(names: Sequence[str], told: Mapping[str, float]) -> Heat:
    """The heat of nodes by what a training told of them; what is no number is the hottest."""
    values = np.nan_to_num(np.array([told.get(name, 0.0) for name in names], np.float64), nan=1e12, posinf=1e12)
    top = log10(max(float(values.max(initial=0.0)), 1e-300))
    below = np.log10(np.maximum(values, 1e-300)) - top
    return Heat(GRADIENT, values, np.where(values > 0, np.clip(1.0 + below / WIDE, 0.0, 1.0), 0.0))
