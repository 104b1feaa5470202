"""How far a training is: what a resumed one must know beside weights, optimizers and chance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Cadence:
    """How often checkpoints are saved, in seconds: at the end of an epoch, and in the middle of a long one."""

    epoch: float = 5.0
    longest: float = 30.0


@dataclass
class Best:
    """The lowest watched loss so far, when it was, and everything measured then."""

    loss: float = math.inf
    step: int = 0
    epoch: int = 0
    values: dict[str, float] = field(default_factory=dict)


@dataclass
class Course:
    """Where a training stands; it moves on with every step.

    `phase`, `epoch` and `position` count phases, the epochs of this one and the batches of this epoch that are done,
    `step` all steps; `rate` multiplies every learning rate since one was set by hand, `total` sums the watched loss
    over the epoch, `waited` counts the epochs since the best, `history` holds the watched loss of every epoch of this
    phase, which some schedules ask for.
    """

    phase: int = 0
    epoch: int = 0
    position: int = 0
    step: int = 0
    rate: float = 1.0
    total: float = 0.0
    waited: int = 0
    best: Best = field(default_factory=Best)
    measured: dict[str, float] = field(default_factory=dict)
    history: list[float] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """As what a checkpoint can hold."""
        return {**vars(self), "best": dict(vars(self.best)), "history": list(self.history)}

    @staticmethod
    def of(plain: dict[str, Any]) -> Course:
        """Back from there."""
        return Course(**{**plain, "best": Best(**plain["best"])})

    def begin_phase(self) -> None:
        """Moves on to the next phase, in which another loss may be watched."""
        self.phase, self.epoch, self.position = self.phase + 1, 0, 0
        self.total, self.waited, self.best, self.history = 0.0, 0, Best(), []

    def end_epoch(self, watched: float, values: dict[str, float], number: int) -> bool:
        """Moves on to the next epoch; gives whether the one that ends was the best. `number` counts it from 1."""
        better = watched < self.best.loss
        self.history.append(watched)
        if better:
            self.best = Best(watched, self.step, number, values)
        self.waited = 0 if better else self.waited + 1
        self.epoch, self.position, self.total = self.epoch + 1, 0, 0.0
        self.measured = values or self.measured
        return better
