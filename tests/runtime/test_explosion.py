"""What breaks a training, in several ways of learning: told with node and step, and the last good checkpoint kept."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from runtime.design import Design
from runtime.messages import Ended, Event, Failed, Stepped
from runtime.model import Program
from runtime.optimizer import SGD
from runtime.recipe import Recipe
from runtime.teller import EXPLODED, Teller
from runtime.train import Training
from runtime.weights import newest
from tests.designs import points
from tests.trained import CPU, briefly, sample

LEARNING: dict[str, dict[str, Any]] = {
    "adding_lstm": {},
    "character_lstm": {"accumulate": 2},
    "distillation_digits": {"gradient_clip_val": 1e6},
    "siamese_digits": {},
    "unet_shapes": {"accumulate": 3},
}


def wild(design: Design, rate: float = 1e9, **settings: Any) -> Design:
    """The same with a rate at which everything runs away."""
    phases = []
    for phase in design.training:
        assert isinstance(phase.plan, Recipe)
        phases.append(replace(phase, plan=phase.plan.with_settings(optimizer=SGD(lr=rate), **settings)))
    return replace(design, training=tuple(phases))


def broken(program: Program, folder: Path) -> tuple[Failed, list[Event]]:
    """How a training fails that is saved after its first two steps."""
    training, told = Training(program, CPU, folder=folder), list[Event]()
    training.set_learning_rate(0.0)
    for event in training.events():
        if training.course.step >= 2 and not newest(folder).checkpoint:
            told += training.save()
            training.set_learning_rate(1e9)
        told += [event] if event else []
    assert isinstance(told[-1], Failed)
    return told[-1], told


@pytest.fixture(autouse=True)
def every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.train.TICK", 0.0)


@pytest.mark.parametrize("name", LEARNING)
def test_a_training_that_explodes_names_node_and_step_and_keeps_the_last_good_checkpoint(
    name: str, tmp_path: Path
) -> None:
    program = briefly(wild(sample(name), **LEARNING[name]), 8, 3)
    failed, told = broken(program, tmp_path)
    places = [(n, node) for n, graph in program.design.networks.items() for node in graph.nodes]
    steps = [node for stretch in program.stretches for node in stretch.graph.nodes]
    assert (failed.network, failed.node) in places or failed.node in steps, failed
    assert f"at step {failed.step}" in failed.message
    kept = newest(tmp_path).checkpoint
    assert kept is not None
    assert kept.manifest.step == 2 < failed.step
    again = Training(program, CPU, checkpoint=kept)
    assert all(bool(torch.isfinite(p).all()) for n in again.networks.values() for p in n.parameters())
    assert max(event.first_step + event.steps for event in told if isinstance(event, Stepped)) == failed.step + 1


def test_a_gradient_that_explodes_is_told_where_it_is_longest(tmp_path: Path) -> None:
    failed, _ = broken(briefly(wild(sample("adding_lstm")), 8, 3), tmp_path)
    assert failed.message.startswith("The gradient of loss exploded at step 3, most at sum of Adder, where it is ")
    assert failed.node == "sum"
    assert "clip the gradients" in failed.repair


def test_losses_are_bounded_by_the_first_one_and_gradients_by_what_is_a_number() -> None:
    for values, found in (
        ({"loss": 2.9 * EXPLODED}, None),
        ({"loss": -3.1 * EXPLODED}, 1),
        ({"loss": math.nan}, 1),
        ({"loss": 1.0, "gradient_norm": math.inf}, 1),
        ({"loss": 1.0, "accuracy": math.nan}, None),
    ):
        teller = Teller()
        first = {name: torch.tensor(2.0) for name in values}
        teller.pending += [first, {name: torch.tensor(value) for name, value in values.items()}]
        teller.read(["loss"], 2)
        assert teller.broken == found, values


def test_a_rough_but_sound_training_goes_on() -> None:
    rough = points(epochs=2, optimizer=SGD(lr=5.0))
    assert isinstance([event for event in Training(briefly(rough, 4), CPU).events() if event][-1], Ended)


@pytest.mark.parametrize("name", LEARNING)
def test_memory_that_runs_out_in_a_later_step_names_the_node_and_keeps_the_last_good_checkpoint(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = briefly(sample(name), 4, 2)
    training, told = Training(program, CPU, folder=tmp_path), list[Event]()
    for event in training.events():
        if training.course.step == 3 and not newest(tmp_path).checkpoint:
            told += training.save()
            monkeypatch.setattr(nn.Module, "__call__", _exhausted)
        told += [event] if event else []
    failed, kept = told[-1], newest(tmp_path).checkpoint
    assert isinstance(failed, Failed)
    assert failed.message == f"The memory was not enough at {failed.node} of {failed.network}."
    assert failed.node
    assert (failed.step, kept and kept.manifest.step) == (3, 3)


def _exhausted(module: nn.Module, *inputs: Any) -> Any:
    """What torch says when a layer asks for more than there is."""
    if type(module).__module__.startswith("torch."):
        raise torch.OutOfMemoryError("CUDA out of memory.")
    return module.forward(*inputs)
