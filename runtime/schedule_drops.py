"""Schedules that drop the learning rate, hold it or lead it along a line or a power."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from blocks.definition import catalogued
from blocks.setting import number, sizes, whole
from runtime.scheduling import CLOCK, SCHEDULES, Clock, Counted, Schedule


@catalogued(SCHEDULES)
class Constant(Schedule):
    """The same learning rate throughout."""


@catalogued(SCHEDULES)
class Held(Counted):
    """A share of the learning rate at first, then all of it (torch's ConstantLR)."""

    torch = "ConstantLR"
    factor: float = number(1 / 3, low=0.0, high=1.0, doc="The share of the learning rate at first.")
    total_iters: int = whole(5, low=1, doc="Epochs or steps until all of it.")

    def expression(self, clock: Clock = CLOCK) -> str:
        return f"{self.factor!r} if {clock.counts(self.by)} < {self.total_iters} else 1.0"


@catalogued(SCHEDULES)
class Steps(Counted):
    """Multiplied by gamma every so many epochs (torch's StepLR)."""

    torch = "StepLR"
    same: ClassVar[Mapping[str, str]] = {"step_size": "every"}
    every: int = whole(10, low=1, doc="Epochs or steps between two drops.")
    gamma: float = number(0.1, low=0.0, high=1.0, doc="What the learning rate is multiplied by at each drop.")

    def expression(self, clock: Clock = CLOCK) -> str:
        return f"{self.gamma!r} ** ({clock.counts(self.by)} // {self.every})"


@catalogued(SCHEDULES)
class MultiSteps(Counted):
    """Multiplied by gamma at each of several epochs (torch's MultiStepLR; He et al. 2016 dropped it by 10 at two)."""

    torch = "MultiStepLR"
    milestones: tuple[int, ...] = sizes((30, 60), low=1, doc="The epochs or steps of the drops.")
    gamma: float = number(0.1, low=0.0, high=1.0, doc="What the learning rate is multiplied by at each drop.")

    def expression(self, clock: Clock = CLOCK) -> str:
        stones = ", ".join(map(str, self.milestones)) + "," * (len(self.milestones) == 1)
        return f"{self.gamma!r} ** sum({clock.counts(self.by)} >= drop for drop in ({stones}))"


@catalogued(SCHEDULES)
class Exponential(Counted):
    """Multiplied by gamma every epoch (torch's ExponentialLR)."""

    torch = "ExponentialLR"
    gamma: float = number(0.95, low=0.0, high=1.0, doc="What the learning rate is multiplied by each epoch or step.")

    def expression(self, clock: Clock = CLOCK) -> str:
        return f"{self.gamma!r}**{clock.counts(self.by)}"


@catalogued(SCHEDULES)
class Linear(Counted):
    """In a line from one share of the learning rate to another (torch's LinearLR)."""

    torch = "LinearLR"
    start_factor: float = number(1 / 3, low=0.0, high=1.0, doc="The share at first.")
    end_factor: float = number(1.0, low=0.0, high=1.0, doc="The share in the end.")
    total_iters: int = whole(5, low=0, doc="Epochs or steps that it takes; 0: the whole run, step by step.")

    def expression(self, clock: Clock = CLOCK) -> str:
        rise = self.end_factor - self.start_factor
        sign = "-" if rise < 0 else "+"
        return f"{self.start_factor!r} {sign} {abs(rise)!r} * {self.over(self.total_iters, clock)}"


@catalogued(SCHEDULES)
class Polynomial(Counted):
    """A power of what is left of the run, down to 0 (torch's PolynomialLR)."""

    torch = "PolynomialLR"
    total_iters: int = whole(5, low=0, doc="Epochs or steps that it takes; 0: the whole run, step by step.")
    power: float = number(1.0, low=0.0, high=100.0, doc="1 is a line; more falls faster at first.")

    def expression(self, clock: Clock = CLOCK) -> str:
        left = f"1 - {self.over(self.total_iters, clock)}"
        return left if self.power == 1.0 else f"({left}) ** {self.power!r}"


@catalogued(SCHEDULES)
class InverseSquareRoot(Schedule):
    """Up in a line over the warm-up, then down by the root of the step (Vaswani et al. 2017, section 5.3).

    The learning rate is reached where the warm-up ends; in the paper it is (d_model · warmup)^-0.5.
    """

    warmup: int = whole(4000, low=1, unit="steps", doc="Steps until the full learning rate.")

    def expression(self, clock: Clock = CLOCK) -> str:
        after, warm = f"({clock.step} + 1)", self.warmup
        return f"min({after} / {warm}, math.sqrt({warm} / {after}))"
