"""The learning rate over a whole run before there is one: what the schedule of a phase comes to, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from runtime.optimizer import Optimizer
from runtime.schedule import Schedule
from runtime.sources import DataSource

POINTS = 320  # more than a small plot has pixels across
_GUESSED = 100  # steps of an epoch where nobody knows how many examples there are


@dataclass(frozen=True)
class RateCurve:
    """Rates at some steps, which are counted in epochs, and what a reader must know to judge them.

    `steps` is the length of an epoch, 0 where only the data could tell; `waits` says that the rate falls when the loss
    stands still, which nobody knows before; `broken` names the first epoch for which the formula has no value.
    """

    epochs: tuple[float, ...]
    rates: tuple[float, ...]
    length: int
    steps: int
    waits: bool = False
    broken: str = ""

    def told(self) -> str:
        """The curve in words."""
        length = f"{self.length:,} epoch{'s' * (self.length != 1)}"
        length += f" of {self.steps:,} step{'s' * (self.steps != 1)}" if self.steps else ""
        if self.broken:
            return self.broken
        if not self.rates:
            return ""
        first, top, last = (_short(rate) for rate in (self.rates[0], max(self.rates), self.rates[-1]))
        way = dict.fromkeys((first, top, last))
        wait = "; falls when the loss stands still" if self.waits else ""
        return f"Learning rate {' → '.join(way)} over {length}{wait}."


def rate_curve(optimizer: Optimizer, schedule: Schedule, epochs: int, data: DataSource | None) -> RateCurve:
    """What the learning rate will be over the run."""
    return _curve(optimizer.lr, schedule, epochs, steps_per_epoch(data))


@lru_cache(maxsize=32)
def _curve(rate: float, schedule: Schedule, epochs: int, known: int) -> RateCurve:
    steps = known or _GUESSED
    total = epochs * steps
    every = max(1.0, (total - 1) / (POINTS - 1))
    places = sorted({min(total - 1, round(i * every)) for i in range(min(POINTS, total))})
    found: list[float] = []
    broken = ""
    for step in places:
        try:
            found.append(rate * schedule.scale(step, steps, total))
        except (ArithmeticError, ValueError):
            broken = f"The formula has no value in epoch {step // steps}."
            break
    waits = any("history" in line for line in schedule.statements())
    shown = tuple(step / steps for step in places[: len(found)])
    return RateCurve(shown, tuple(found), epochs, known, waits, broken)


def steps_per_epoch(data: DataSource | None) -> int:
    """How many steps an epoch has; 0 where only reading the data could tell."""
    examples = data.samples() if data is not None else None
    if data is None or not examples or data.in_order:
        return 0
    held = max(round(examples * data.validation), int(data.validation > 0))
    kept = examples - min(held, examples - 1)
    size = data.batch_size or kept
    return max(1, kept // size + (kept % size > 1))


def _short(rate: float) -> str:
    return f"{rate:.3g}"
