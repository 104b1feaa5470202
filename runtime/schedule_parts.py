"""Schedules of a person's own: a formula, several after one another or at once, and one that waits for the loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from blocks.definition import catalogued
from blocks.formula import NotAFormula
from blocks.setting import BadSetting, choice, number, part, text, whole
from runtime.rate_formula import told_in_python
from runtime.rates import plateau
from runtime.schedule_drops import Exponential, Linear
from runtime.schedule_waves import Cosine
from runtime.scheduling import CLOCK, SCHEDULES, Clock, Counted, Schedule


@catalogued(SCHEDULES)
class Formula(Schedule):
    """A formula of one's own, over t (steps), n (epochs) and p (the part of the run that is done), as torch's LambdaLR.

    Steps and epochs count from 0.
    """

    torch = "LambdaLR"
    same: ClassVar[Mapping[str, str]] = {"lr_lambda": "formula"}
    formula: str = text("0.95**n", doc="The share of the learning rate over t, n and p.")

    def __post_init__(self) -> None:
        super().__post_init__()
        self._told(CLOCK)

    def expression(self, clock: Clock = CLOCK) -> str:
        return self._told(clock)

    def _told(self, clock: Clock) -> str:
        names = {"t": clock.step, "n": clock.epoch, "p": clock.progress}
        try:
            return told_in_python(self.formula, names)
        except NotAFormula as bad:
            raise BadSetting("formula", f"a formula such as 0.95**n; {bad}", self.formula) from bad


@catalogued(SCHEDULES)
class Sequential(Counted):
    """One schedule up to an epoch, then another that counts from there (torch's SequentialLR).

    The progress of each is that of its own stretch. For three, let the second be one of these too.
    """

    torch = "SequentialLR"
    same: ClassVar[Mapping[str, str]] = {"schedulers": "first", "milestones": "at"}
    at: int = whole(5, low=1, doc="The epoch or step from which the second one holds.")
    first: Schedule = part(Linear(total_iters=5), SCHEDULES, doc="What holds before.")
    second: Schedule = part(Cosine(), SCHEDULES, doc="What holds from there on.")

    def carried(self) -> Iterator[Callable[..., Any]]:
        yield from (*self.first.carried(), *self.second.carried())

    def statements(self, clock: Clock = CLOCK, name: str = "share") -> list[str]:
        level = clock.level + 1
        ahead = str(self.at) if self.by == "step" else f"{self.at} * steps_per_epoch"
        steps = f"{self.at}" if self.by == "step" else f"({ahead})"
        before = Clock(clock.step, clock.epoch, f"progress{level}", ahead, level)
        after = Clock(f"step{level}", f"epoch{level}", f"progress{level}", f"({clock.steps} - {ahead})", level)
        first, second = self.first.warmed(before, name), self.second.warmed(after, name)
        epoch = f"{clock.epoch} - {self.at}" if self.by == "epoch" else f"step{level} // steps_per_epoch"
        counts = {
            f"step{level}": f"{clock.step} - {ahead}",
            f"epoch{level}": epoch,
            f"progress{level}": f"step{level} / max({clock.steps} - {ahead}, 1)",
        }
        return [
            f"if {clock.counts(self.by)} < {self.at}:",
            *_indented(_with({f"progress{level}": f"{clock.step} / {steps}"}, first)),
            "else:",
            *_indented(_with(counts, second)),
        ]


@catalogued(SCHEDULES)
class Product(Schedule):
    """Two schedules at once, their shares multiplied (torch's ChainedScheduler)."""

    torch = "ChainedScheduler"
    same: ClassVar[Mapping[str, str]] = {"schedulers": "first"}
    first: Schedule = part(Linear(total_iters=5), SCHEDULES, doc="One of the two.")
    second: Schedule = part(Exponential(), SCHEDULES, doc="The other.")

    def carried(self) -> Iterator[Callable[..., Any]]:
        yield from (*self.first.carried(), *self.second.carried())

    def statements(self, clock: Clock = CLOCK, name: str = "share") -> list[str]:
        inner = replace(clock, level=clock.level + 1)
        other = f"{name}{inner.level}"
        return [*self.first.warmed(inner, name), *self.second.warmed(inner, other), f"{name} *= {other}"]


@catalogued(SCHEDULES)
class Plateau(Schedule):
    """Multiplied by a factor when the watched loss has stood still for some epochs (torch's ReduceLROnPlateau).

    It follows from the losses of the epochs before, which a training keeps.
    """

    torch = "ReduceLROnPlateau"
    same: ClassVar[Mapping[str, str]] = {"min_lr": "lowest"}
    functions = (plateau,)
    factor: float = number(0.1, low=0.0, high=1.0, doc="What the learning rate is multiplied by.")
    patience: int = whole(10, low=0, unit="epochs", doc="Epochs without a better loss that are borne.")
    threshold: float = number(1e-4, low=0.0, high=0.999, doc="How much lower a loss must be to count as better.")
    threshold_mode: str = choice("rel", ("rel", "abs"), doc="By this part of the best loss, or by this number.")
    cooldown: int = whole(0, low=0, unit="epochs", doc="Epochs after a fall in which none are counted.")
    lowest: float = number(0.0, low=0.0, high=1.0, doc="The share of the learning rate below which it never falls.")

    def expression(self, clock: Clock = CLOCK) -> str:
        told = f"factor={self.factor!r}, patience={self.patience}, threshold={self.threshold!r}"
        told += ", relative=False" * (self.threshold_mode == "abs")
        told += f", cooldown={self.cooldown}" * bool(self.cooldown) + f", lowest={self.lowest!r}" * bool(self.lowest)
        return f"plateau(history, {told})"


def _with(counts: dict[str, str], lines: list[str]) -> list[str]:
    """The lines, before them the counts that they or later counts are made from."""
    for name, value in reversed(counts.items()):
        if any(name in line for line in lines):
            lines = [f"{name} = {value}", *lines]
    return lines


def _indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
