"""What tests of a run's folder and of its worker share: a folder, and events and a card put into it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from runtime.messages import Began, Ended, Event, Measured, PhasePlan
from runtime.process import card_of, write_card
from runtime.run import Run

FILES = {"design.json": '{\n  "format": 1,\n  "title": "LeNet on digits"\n}\n', "model.py": ""}
BEGAN = Began("cpu", (PhasePlan("fit", 2, 10, 8, 80, 20),), ("accuracy",), {}, 7)
ENDED = Ended("finished", 20, 2, {"accuracy": 0.9}, {"accuracy": 0.8})
MEASURED = Measured("fit", 1, 10, {"accuracy": 0.7}, best=True)


def new_run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "runs", "LeNet", FILES)


def said(run: Run, *events: Event) -> Run:
    with run.log() as log:
        for event in events:
            log.append(event)
    return run


def carded(run: Run, **changes: object) -> Run:
    card = replace(card_of(run.folder, os.getpid()), after=0)
    write_card(run.folder, replace(card, **changes))  # type: ignore[arg-type]
    return run
