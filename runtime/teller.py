"""Keeps on the device what the steps gave until it is due, and then tells it in one event."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence

import torch
from torch import Tensor

from runtime.messages import Event, Measured, Stepped

TOLD = 0.05  # seconds between two events with what the steps gave
EXPLODED = 1e8  # times the loss of the first step, and nothing will be learned any more
_NORM = "gradient_norm"


class Teller:
    """The losses and metrics of steps between being computed and being told.

    `broken` is the first step whose loss or gradient was no number or beyond all bounds, once that was read.
    """

    def __init__(self) -> None:
        self.pending: list[dict[str, Tensor]] = []  # one dict a step, still on the device
        self.broken: int | None = None
        self._values: dict[str, list[float]] = {}  # read, not yet told
        self._bounds: dict[str, float] = {}  # of each loss, from the first that was read
        self._measures: list[Measured] = []
        self._since = time.perf_counter()

    def is_due(self, now: float) -> bool:
        """Whether an event may be sent again."""
        return now - self._since >= TOLD

    def skip(self, seconds: float) -> None:
        """Does not count a pause as time in which steps were made."""
        self._since += seconds

    def measured(self, event: Measured) -> None:
        """Keeps a measure, to be told after the steps before it."""
        self._measures.append(event)

    def read(self, losses: Sequence[str], step: int, scaled: bool = False) -> dict[str, list[float]]:
        """Takes everything from the device at once: the fresh values of `losses`, of which none may explode.

        `step` is the number of steps done. Gradients that are `scaled` may overflow: no step is made of them.
        """
        if not self.pending:
            return {name: [] for name in losses}
        names = list(self.pending[0])
        flat = torch.stack([values[name] for values in self.pending for name in names]).tolist()
        fresh = {name: flat[i :: len(names)] for i, name in enumerate(names)}
        for name, values in fresh.items():
            self._values.setdefault(name, []).extend(values)
        first = step - len(self.pending)
        self.pending.clear()
        for name in losses:
            self._bounds.setdefault(name, EXPLODED * (1.0 + abs(fresh[name][0])))
        bounds = {name: self._bounds[name] for name in losses} | ({} if scaled else {_NORM: sys.float_info.max})
        told = ((i, value, bound) for name, bound in bounds.items() for i, value in enumerate(fresh.get(name, ())))
        bad = [first + i for i, value, bound in told if not abs(value) <= bound]  # as it is neither of NaN
        if bad and self.broken is None:
            self.broken = min(bad)
        return {name: fresh[name] for name in losses}

    def told(self, phase: str, epoch: int, step: int, rate: float, examples: float) -> list[Event]:
        """The events for what was read: the steps up to one that broke, then the measures.

        `examples` are those of one step on average.
        """
        told: list[Event] = []
        count = len(next(iter(self._values.values()), ()))
        first, now = step - count, time.perf_counter()
        if self.broken is not None:
            count = min(count, max(0, self.broken - first + 1))
        if count:
            values = {name: tuple(each[:count]) for name, each in self._values.items()}
            norm = values.pop(_NORM, ())
            speed = count * examples / max(now - self._since, 1e-9)
            told.append(Stepped(phase, epoch, first, values, speed, rate, norm))
        last = math.inf if self.broken is None else self.broken
        told += (each for each in self._measures if each.step <= last)
        self._values, self._measures, self._since = {}, [], now
        return told
