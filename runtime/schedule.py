"""Schedules of the learning rate as plain formulas of the step: nothing to save, the same in every script."""

from __future__ import annotations

import math

from blocks.definition import Catalogue, Definition, catalogued
from blocks.setting import number, whole

SCHEDULES: Catalogue[Schedule] = Catalogue("schedule")


class Schedule(Definition):
    """The share of the learning rate at a step. `lines` is the body of `scale(step, epoch, progress)` in the script.

    `step` counts from 0, `epoch` is step // steps_per_epoch, `progress` is step / total steps, from 0 to 1.
    """

    warmup_epochs: float = number(
        0.0, low=0.0, high=1000.0, unit="epochs", doc="The learning rate rises in a line from 0 over so many epochs."
    )

    def expression(self) -> str:
        """The share after warm-up, as Python over `epoch` and `progress`."""
        return "1.0"

    def scale(self, step: int, steps_per_epoch: int, total_steps: int) -> float:
        """The share of the learning rate at a step, from the very text that is printed."""
        names = {
            "math": math,
            "epoch": step // max(steps_per_epoch, 1),
            "progress": step / max(total_steps, 1),
        }
        share = float(eval(self.expression(), {"__builtins__": {}, "min": min, "max": max}, names))
        warm = self.warmup_epochs * steps_per_epoch
        return share * min(1.0, (step + 1) / warm) if warm else share


@catalogued(SCHEDULES)
class Constant(Schedule):
    """The same learning rate throughout."""


@catalogued(SCHEDULES)
class Steps(Schedule):
    """Multiplied by gamma every so many epochs."""

    every: int = whole(10, low=1, unit="epochs", doc="Epochs between two drops.")
    gamma: float = number(0.1, low=0.0, high=1.0, doc="What the learning rate is multiplied by at each drop.")

    def expression(self) -> str:
        return f"{self.gamma!r} ** (epoch // {self.every})"


@catalogued(SCHEDULES)
class Exponential(Schedule):
    """Multiplied by gamma every epoch."""

    gamma: float = number(0.95, low=0.0, high=1.0, doc="What the learning rate is multiplied by each epoch.")

    def expression(self) -> str:
        return f"{self.gamma!r}**epoch"


@catalogued(SCHEDULES)
class Cosine(Schedule):
    """Half a cosine from the full learning rate down to a share of it (Loshchilov and Hutter 2017)."""

    lowest: float = number(0.0, low=0.0, high=1.0, doc="The share of the learning rate that is left at the end.")

    def expression(self) -> str:
        return f"{self.lowest!r} + {1 - self.lowest!r} * (1 + math.cos(math.pi * min(progress, 1.0))) / 2"
