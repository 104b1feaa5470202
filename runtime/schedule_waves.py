"""Schedules that follow a cosine or go up and down again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from blocks.definition import catalogued
from blocks.setting import choice, flag, number, whole
from runtime.rates import cosine_restarts, cycle, one_cycle
from runtime.scheduling import CLOCK, SCHEDULES, Clock, Counted, Schedule


@catalogued(SCHEDULES)
class Cosine(Counted):
    """Half a cosine from the full learning rate down to a share of it (Loshchilov and Hutter 2017)."""

    torch = "CosineAnnealingLR"
    same: ClassVar[Mapping[str, str]] = {"T_max": "period", "eta_min": "lowest"}
    lowest: float = number(0.0, low=0.0, high=1.0, doc="The share of the learning rate that is left at the end.")
    period: int = whole(
        0, low=0, doc="Epochs or steps down, after which it rises again; 0: the whole run, step by step."
    )

    def expression(self, clock: Clock = CLOCK) -> str:
        done = f"{clock.counts(self.by)} / {self.period}" if self.period else self.over(0, clock)
        wave = f"(1 + math.cos(math.pi * {done})) / 2"
        return f"{self.lowest!r} + {1 - self.lowest!r} * {wave}" if self.lowest else wave


@catalogued(SCHEDULES)
class CosineRestarts(Counted):
    """Half a cosine down, again and again, each longer than the one before (SGDR, Loshchilov and Hutter 2017)."""

    torch = "CosineAnnealingWarmRestarts"
    same: ClassVar[Mapping[str, str]] = {"T_0": "first", "T_mult": "growth", "eta_min": "lowest"}
    functions = (cosine_restarts,)
    first: int = whole(10, low=1, doc="Epochs or steps of the first cosine.")
    growth: int = whole(1, low=1, high=100, doc="Each is so many times as long as the one before.")
    lowest: float = number(0.0, low=0.0, high=1.0, doc="The share of the learning rate before each restart.")

    def expression(self, clock: Clock = CLOCK) -> str:
        told = f"first={self.first}, growth={self.growth}, lowest={self.lowest!r}"
        return f"cosine_restarts({clock.counts(self.by)}, {told})"


@catalogued(SCHEDULES)
class Cyclic(Counted):
    """Up in a line from a share of the learning rate to all of it and down again, for ever (Smith 2017)."""

    torch = "CyclicLR"
    same: ClassVar[Mapping[str, str]] = {"step_size_up": "up", "step_size_down": "down", "base_lr": "lowest"}
    functions = (cycle,)
    by: str = choice("step", ("epoch", "step"), doc="Whether it counts epochs or steps.")
    up: int = whole(2000, low=1, doc="Epochs or steps up.")
    down: int = whole(0, low=0, doc="Epochs or steps down; 0: as many.")
    lowest: float = number(0.1, low=0.0, high=1.0, doc="The share of the learning rate where a cycle begins.")
    mode: str = choice(
        "triangular",
        ("triangular", "triangular2", "exp_range"),
        doc="All cycles alike, each half as high as the one before, or shrinking by gamma with every count.",
    )
    gamma: float = number(1.0, low=0.0, high=1.0, doc="What the height is multiplied by in exp_range.")

    def expression(self, clock: Clock = CLOCK) -> str:
        extra = ", halving=True" if self.mode == "triangular2" else ""
        extra = f", gamma={self.gamma!r}" if self.mode == "exp_range" else extra
        told = f"up={self.up}, down={self.down or self.up}, lowest={self.lowest!r}"
        return f"cycle({clock.counts(self.by)}, {told}{extra})"


@catalogued(SCHEDULES)
class OneCycle(Schedule):
    """Up once and far down over the whole run, step by step (super-convergence, Smith and Topin 2018)."""

    torch = "OneCycleLR"
    functions = (one_cycle,)
    pct_start: float = number(0.3, low=0.0, high=1.0, doc="The part of the run in which the rate rises.")
    anneal_strategy: str = choice("cos", ("cos", "linear"), doc="Along a cosine or in lines.")
    div_factor: float = number(25.0, low=1.0, high=1e6, doc="The rate begins at lr divided by this.")
    final_div_factor: float = number(1e4, low=1.0, high=1e12, doc="It ends at that, divided by this.")
    three_phase: bool = flag(False, doc="Down to where it began as fast as up, and only then to the end.")

    def expression(self, clock: Clock = CLOCK) -> str:
        start, end = 1 / self.div_factor, 1 / self.div_factor / self.final_div_factor
        told = f"start={start!r}, end={end!r}, rise={self.pct_start!r}"
        told += ", mirrored=True" * self.three_phase + ", line=True" * (self.anneal_strategy == "linear")
        return f"one_cycle({clock.step}, {clock.steps}, {told})"
