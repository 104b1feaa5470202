"""Run folders for tests: trained by a real worker, or with events written as a worker writes them."""

from __future__ import annotations

import math
import os
from pathlib import Path

from runtime.export import run_files
from runtime.messages import Began, Ended, Event, Log, Measured, PhasePlan, Stepped
from runtime.process import Card, card_of, living, write_card
from runtime.run import Run
from tests.designs import points

STEPS, EPOCHS = 10, 4


def made(runs_dir: Path, title: str = "Moons") -> Run:
    """A run folder in which nothing has happened."""
    return Run.create(runs_dir, title, run_files(points()))


def live(runs_dir: Path) -> Run:
    """A run whose process lives, which is the one that tests."""
    run = made(runs_dir)
    write_card(run.folder, card_of(run.folder, os.getpid()))
    tell(run, began())
    return run


def began(resumed_from: int | None = None) -> Began:
    """What a worker says first."""
    plan = PhasePlan("fit", EPOCHS, STEPS, 32, 320, 80, ("loss",))
    better = {"loss": "lower", "accuracy": "higher"}
    return Began("cpu", (plan,), ("accuracy",), better, 1234, resumed_from)  # type: ignore[arg-type]


def epoch(number: int) -> list[Event]:
    """The events of an epoch, counted from 1: its steps, and what was measured after them."""
    first = (number - 1) * STEPS
    falling = tuple(math.exp(-(first + i) / 20) for i in range(STEPS))
    values = {"loss": falling, "accuracy": tuple(1 - each for each in falling)}
    held_out = {"loss": falling[-1], "accuracy": 1 - falling[-1]}
    return [
        Stepped("fit", number, first, values, 5000.0, 0.01),
        Measured("fit", number, first + STEPS, held_out, best=True),
    ]


def ended() -> Ended:
    """The last word of a training that went well."""
    return Ended("finished", EPOCHS * STEPS, EPOCHS, {"loss": 0.1}, {"loss": 0.1, "accuracy": 0.9})


def finished(runs_dir: Path, title: str = "Moons") -> Run:
    """A run that is over."""
    run = made(runs_dir, title)
    tell(run, began(), *(event for number in range(1, EPOCHS + 1) for event in epoch(number)), ended())
    return run


def tell(run: Run, *events: Event) -> None:
    """Writes events as the worker of a run would."""
    with Log(run.folder / "events.jsonl") as log:
        for event in events:
            log.append(event)


def lives(run: Run) -> bool:
    """Whether the process that trains in a folder lives."""
    card: Card | None = run.worker()
    return card is not None and living(card) is not None
