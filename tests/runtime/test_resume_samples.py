"""Every sample, and so every way of learning and phase: dropped anywhere and resumed, the same to the last bit."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import runtime.train
from runtime.checkpoint import weights_of
from runtime.design import Design
from runtime.messages import Event, Failed, Saved, Stepped
from runtime.model import Program
from runtime.run import Run
from runtime.schedule import Plateau
from runtime.train import Training
from runtime.weights import newest
from tests.designs import points, two_losses
from tests.trained import CPU, EVERY, TRAINED, briefly, lasting, sample
from tests.training import bits, finish, run_of, said, start, until

Values = dict[int, dict[str, float]]  # of every step


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for a command after every step and every batch that is measured: anywhere there may be an end."""
    monkeypatch.setattr(runtime.train, "TICK", 0.0)


def pulled(training: Training, most: int = 10**9) -> tuple[int, Values]:
    """How often a training looked for a command until it was saved and dropped, or ended; and what it told of steps."""
    looks, told = 0, list[Event | None]()
    for event in training.events():
        told.append(event)
        looks += event is None
        if looks == most:
            told += training.save()
            break
    assert not [event for event in told if isinstance(event, Failed)]
    steps = [event for event in told if isinstance(event, Stepped)]
    return looks, {
        event.first_step + i: {name: each[i] for name, each in event.values.items()}
        for event in steps
        for i in range(event.steps)
    }


def dropped_and_resumed(program: Program, folder: Path, looks: int, chance: random.Random) -> tuple[Training, Values]:
    """A training that is dropped twice, goes on from its last checkpoint, and ends; with all that it told at last."""
    told = Values()
    for most in (chance.randrange(1, looks), chance.randrange(1, max(2, looks // 2))):
        begun = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint)
        told |= pulled(begun, most)[1]
        torch.rand(chance.randrange(99))  # the next one finds chance elsewhere
    last = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint)
    assert last.course.step > 0
    return last, told | pulled(last)[1]


def alike(one: Any, other: Any) -> bool:
    """Whether two states are equal, their tensors bit by bit."""
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    return bool(one == other)


def states(training: Training) -> dict[str, Any]:
    """Weights, optimizers, what layers remember, and torch's chance at the end; nothing draws from any other."""
    state = training._state()
    state["course"].pop("total")  # counts the losses that happen to be read; what it was at last is in the history
    return state | {"weights": weights_of(training.networks), "random": state["random"]["torch"]}


def holds(design: Design, folder: Path, seed: int, steps: int = 3, epochs: int = 2) -> None:
    """Asserts that a training in short, dropped at random and resumed, is the same as one that was left alone."""
    program = briefly(design, steps, epochs)
    straight = Training(program, CPU)
    looks, told = pulled(straight)
    resumed, again = dropped_and_resumed(program, folder, looks, random.Random(seed))
    assert again == told
    ends, other = states(straight), states(resumed)
    assert [part for part in ends if not alike(ends[part], other[part])] == []


@pytest.mark.parametrize("name", EVERY)
def test_a_sample_that_is_dropped_and_resumed_ends_in_the_same_bits(name: str, tmp_path: Path) -> None:
    holds(sample(name), tmp_path, seed=len(name))


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
@pytest.mark.parametrize("name", ["distillation_digits", "stacked_digits"])
def test_a_sample_of_several_phases_resumes_wherever_it_was_dropped(name: str, seed: int, tmp_path: Path) -> None:
    holds(sample(name), tmp_path, seed, steps=2)


def test_two_objectives_and_gathered_gradients_resume_wherever_they_were_dropped(tmp_path: Path) -> None:
    gathered = points(epochs=2, accumulate=4, gradient_clip_val=0.1, schedule=Plateau(patience=0, threshold=0.5))
    for seed, design in enumerate((two_losses(), gathered)):
        holds(design, tmp_path / f"{seed}", seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_a_sample_whose_process_is_killed_and_resumed_ends_in_the_same_bits(name: str, tmp_path: Path) -> None:
    """The real worker on all examples, one epoch in every phase."""
    design = lasting(sample(name), 1)
    straight, killed = run_of(design, tmp_path / "straight"), run_of(design, tmp_path / "killed")
    assert finish(straight) == 0, straight.log_tail()
    process = start(killed, "--checkpoint-every", "0.05")
    until(lambda: said(killed, Saved) or process.poll() is not None)
    time.sleep(random.Random(name).uniform(0.0, 0.5))
    process.kill()
    process.wait()
    assert finish(killed, "--resume") == 0, killed.log_tail()
    assert bits(killed) == bits(straight)
    assert steps_of(killed) == steps_of(straight)


def steps_of(run: Run) -> Values:
    """The values of every step, each told once."""
    return {
        event.first_step + i: {name: each[i] for name, each in event.values.items()}
        for event in said(run, Stepped)
        if isinstance(event, Stepped)
        for i in range(event.steps)
    }
