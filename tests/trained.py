"""Every sample that trains, and a short form of it: the same step on few examples, so that a test of all is cheap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from runtime.design import Design, Drawn, Phase
from runtime.file import open_design
from runtime.messages import Event, Failed, Stepped
from runtime.model import Program, compiled
from runtime.train import Training

FOLDER = Path(__file__).resolve().parents[1] / "samples"
CPU = torch.device("cpu")


def sample(name: str) -> Design:
    """The design of a sample."""
    return open_design(FOLDER / f"{name}.json")


TRAINED = tuple(sorted(path.stem for path in FOLDER.glob("*.json") if open_design(path).training))


def _way(name: str) -> tuple[str, ...]:
    return tuple(type(phase.plan).__name__ for phase in sample(name).training)


WAYS = tuple({_way(name): name for name in reversed(TRAINED)}.values())  # a sample of each way of learning
EVERY = [pytest.param(name, marks=[] if name in WAYS else pytest.mark.slow) for name in TRAINED]


def lasting(design: Design, epochs: int) -> Design:
    """The same with so many epochs in every phase."""
    return replace(design, training=tuple(_lasting(phase, epochs) for phase in design.training))


def _lasting(phase: Phase, epochs: int) -> Phase:
    drawn = phase.plan
    longer = replace(drawn, epochs=epochs) if isinstance(drawn, Drawn) else drawn.with_settings(epochs=epochs)
    return replace(phase, plan=longer)


def briefly(design: Design, steps: int, epochs: int = 1, batch: int = 6) -> Program:
    """A design as it would run on so few examples that an epoch has `steps` steps, with two examples held out."""
    program = compiled(lasting(_small(design), epochs))
    script = program.script
    load, script.BATCH_SIZE = script.load, min(script.BATCH_SIZE, batch)

    def loaded(device: torch.device) -> Any:
        data, held_out = load(device)
        return _first(data, steps * script.BATCH_SIZE), _first(held_out, 2)

    script.load = loaded
    return program


def _small(design: Design) -> Design:
    """The same with little to make or read, where that can be set."""
    assert design.data is not None
    fewer = {"samples": 200, "limit": 20_000}
    few = {name: number for name, number in fewer.items() if name in design.data.settings}
    return replace(design, data=design.data.with_settings(**few))


def _first(fields: dict[str, Tensor], count: int) -> dict[str, Tensor]:
    kind = torch.get_default_dtype()  # which is that of the networks too
    return {n: field[:count].to(kind if field.is_floating_point() else None) for n, field in fields.items()}


def losses_of_script(program: Program, most: int) -> list[float]:
    """The watched loss of the first steps of every phase, as `train.py` makes them."""
    script = program.script
    networks, (data, held_out) = script.build(), script.load(CPU)
    learners = script.replicated(networks)
    losses: list[float] = []
    for phase in script.PHASES:
        losses += script.train(phase, learners, data, held_out, phase.epochs, most)
    return losses


def losses_of_worker(training: Training, most: float = math.inf) -> list[float]:
    """The watched loss of the first steps, as the training process tells them."""
    told: list[float] = []
    for event in _told(training):
        if isinstance(event, Stepped):
            watched = next(phase.watched for phase in training.program.script.PHASES if phase.name == event.phase)
            told += event.values[watched]
        if len(told) >= most:
            break
    return told


def _told(training: Training) -> Iterator[Event]:
    for event in training.events():
        assert not isinstance(event, Failed), event
        if event is not None:
            yield event
