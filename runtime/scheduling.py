"""What every schedule of the learning rate is: a plain formula of the step, with nothing to save."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, ClassVar

from blocks.definition import Catalogue, Definition
from blocks.headings import last
from blocks.setting import choice, number, whole

SCHEDULES: Catalogue[Schedule] = Catalogue("schedule")

# What torch has and nobody can choose here, and why.
WITHOUT_SCHEDULERS: Mapping[str, str] = {
    "LRScheduler": "it is what the others are made from",
    "MultiplicativeLR": "its rate is a product over all steps before, which Formula says in one",
}
WITHOUT_SETTINGS: Mapping[str, str] = {
    "optimizer": "the printer gives it",
    "last_epoch": "a formula needs nothing to go on",
    "cycle_momentum": "only the rate follows a schedule; a momentum is the optimizer's",
    "base_momentum": "only the rate follows a schedule",
    "max_momentum": "only the rate follows a schedule",
    "OneCycleLR.total_steps": "it is the run's own length",
    "OneCycleLR.epochs": "it is the run's own length",
    "OneCycleLR.steps_per_epoch": "it is the data's own",
    "OneCycleLR.max_lr": "it is the optimizer's lr",
    "CyclicLR.max_lr": "it is the optimizer's lr",
    "CyclicLR.scale_fn": "Formula takes a function of one's own",
    "CyclicLR.scale_mode": "it belongs to scale_fn",
    "ReduceLROnPlateau.mode": "what is watched is a loss, the lower the better",
    "ReduceLROnPlateau.eps": "a fall too small to matter does no harm",
}
BUILTINS = {"min": min, "max": max, "sum": sum, "float": float}


@dataclass(frozen=True)
class Clock:
    """How a formula writes what it counts: all from 0, `progress` being the part of all steps that is done.

    `level` is how many schedules stand around this one, each of which names counts of its own.
    """

    step: str = "step"
    epoch: str = "epoch"
    progress: str = "progress"
    steps: str = "epochs * steps_per_epoch"
    level: int = 1

    def counts(self, unit: str) -> str:
        """The count of epochs or of steps."""
        return self.epoch if unit == "epoch" else self.step


CLOCK = Clock()


@lru_cache(maxsize=64)
def _code(text: str) -> CodeType:
    return compile(text, "<schedule>", "exec")


class Schedule(Definition):
    """The share of the learning rate at a step, as Python over what the script knows there.

    `torch` is the scheduler of torch.optim that does the same; `same` names its settings where ours differ.
    """

    warmup_epochs: float = last(
        number(0.0, low=0.0, high=1000.0, unit="epochs", doc="The rate rises in a line from 0 over so many epochs.")
    )
    warmup_steps: int = last(whole(0, low=0, unit="steps", doc="The warm-up takes so many steps more."))
    torch: ClassVar[str] = ""
    same: ClassVar[Mapping[str, str]] = {}
    functions: ClassVar[tuple[Callable[..., Any], ...]] = ()

    def expression(self, clock: Clock = CLOCK) -> str:
        """The share after warm-up, as Python."""
        return "1.0"

    def statements(self, clock: Clock = CLOCK, name: str = "share") -> list[str]:
        """The lines that give the share after warm-up a name."""
        return [f"{name} = {self.expression(clock)}"]

    def warmth(self, clock: Clock = CLOCK) -> str:
        """The share that warm-up leaves, as Python; empty where there is none."""
        epoch = "steps_per_epoch" if self.warmup_epochs == 1.0 else f"{self.warmup_epochs!r} * steps_per_epoch"
        told = [epoch] * bool(self.warmup_epochs)
        told += [str(self.warmup_steps)] * bool(self.warmup_steps)
        length = " + ".join(told)
        length = f"({length})" if " " in length else length
        return f"min(1.0, ({clock.step} + 1) / {length})" if told else ""

    def warmed(self, clock: Clock, name: str) -> list[str]:
        """The lines that give the share a name, warm-up included, for a schedule that stands inside another."""
        warmth = self.warmth(clock)
        return self.statements(clock, name) + [f"{name} *= {warmth}"] * bool(warmth)

    def carried(self) -> Iterator[Callable[..., Any]]:
        """The functions that the lines call, which travel with the script."""
        yield from self.functions

    def scale(self, step: int, steps_per_epoch: int, total_steps: int, history: list[float] | None = None) -> float:
        """The share of the learning rate at a step, from the very text that is printed.

        `history` are the watched losses, one for each epoch before. Raises ArithmeticError or ValueError where a
        formula of a person's own has no value.
        """
        names: dict[str, Any] = {"__builtins__": BUILTINS, "math": math, "history": history or []}
        names |= {function.__name__: function for function in self.carried()}
        names |= {"step": step, "steps_per_epoch": max(steps_per_epoch, 1), "progress": step / max(total_steps, 1)}
        names |= {"epochs": max(total_steps, 1) / names["steps_per_epoch"], "epoch": step // names["steps_per_epoch"]}
        exec(_code("\n".join([*self.statements(), f"warmth = {self.warmth() or '1.0'}"])), names)
        share = names["share"] * names["warmth"]
        if isinstance(share, complex):
            raise ValueError("the root of a negative number")
        return float(share)


class Counted(Schedule):
    """What the schedules share that count either epochs or steps."""

    by: str = choice("epoch", ("epoch", "step"), doc="Whether it counts epochs or steps.")

    def over(self, length: int, clock: Clock) -> str:
        """The part that is done of so many epochs or steps, from 0 to 1; of the whole run where that is 0."""
        if not length:
            return f"min({clock.progress}, 1.0)"
        return f"min({clock.counts(self.by)} / {length}, 1.0)"
