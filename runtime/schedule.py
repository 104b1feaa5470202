"""Schedules of the learning rate as plain formulas of the step: nothing to save, the same in every script."""

from __future__ import annotations

from runtime.schedule_drops import (
    Constant,
    Exponential,
    Held,
    InverseSquareRoot,
    Linear,
    MultiSteps,
    Polynomial,
    Steps,
)
from runtime.schedule_parts import Formula, Plateau, Product, Sequential
from runtime.schedule_waves import Cosine, CosineRestarts, Cyclic, OneCycle
from runtime.scheduling import SCHEDULES, WITHOUT_SCHEDULERS, WITHOUT_SETTINGS, Clock, Schedule

__all__ = [
    "SCHEDULES",
    "WITHOUT_SCHEDULERS",
    "WITHOUT_SETTINGS",
    "Clock",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Cyclic",
    "Exponential",
    "Formula",
    "Held",
    "InverseSquareRoot",
    "Linear",
    "MultiSteps",
    "OneCycle",
    "Plateau",
    "Polynomial",
    "Product",
    "Schedule",
    "Sequential",
    "Steps",
]
