"""Killed at any moment and resumed, a training ends in the very weights of one that was left alone."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from runtime.checkpoint import Weights, weights_of
from runtime.course import Cadence
from runtime.design import Design
from runtime.history import settled
from runtime.messages import Began, Ended, Event, Failed, Measured, Saved, Stepped
from runtime.model import compiled
from runtime.optimizer import OPTIMIZERS as KINDS
from runtime.optimizer import SGD, Adam, AdamW, Muon, RMSprop
from runtime.run import Run
from runtime.schedule import SCHEDULES as ALL_SCHEDULES
from runtime.schedule import Constant, Cosine, Exponential, Plateau, Steps
from runtime.train import Training
from runtime.weights import last_weights, newest
from tests.designs import points, two_losses
from tests.training import finish, losses, run_of, said, start, until

OPTIMIZERS = (SGD(lr=0.05, momentum=0.9, nesterov=True), Adam(lr=0.01), AdamW(lr=0.01), RMSprop(lr=0.01, momentum=0.5))
SCHEDULES = (Constant(), Cosine(warmup_epochs=1.5), Exponential(), Steps(every=2))
OTHERS = [kind(lr=0.01) for kind in KINDS if not any(type(each) is kind for each in OPTIMIZERS)]
MORE = [kind() for kind in ALL_SCHEDULES if not any(type(each) is kind for each in SCHEDULES)]
PAIRS = [  # each of both once; the others take their time
    *(
        pytest.param(optimizer, schedule, marks=[] if i == j else pytest.mark.slow)
        for i, optimizer in enumerate(OPTIMIZERS)
        for j, schedule in enumerate(SCHEDULES)
    ),
    pytest.param(Muon(lr=0.01), Plateau(patience=0, factor=0.9, threshold=0.5)),
    *(pytest.param(optimizer, SCHEDULES[1], marks=pytest.mark.slow) for optimizer in OTHERS),
    *(pytest.param(OPTIMIZERS[1], schedule, marks=pytest.mark.slow) for schedule in MORE),
]
CPU = torch.device("cpu")
OFTEN = ("--checkpoint-every", "0.05")


def long(optimizer: object = OPTIMIZERS[1], schedule: object = SCHEDULES[0], epochs: int = 40) -> Design:
    """About a second of training, with dropout and batch normalization."""
    clip = 0.0 if getattr(optimizer, "evaluates", False) else 1.0
    return points(epochs=epochs, optimizer=optimizer, schedule=schedule, gradient_clip_val=clip)


def left_alone(design: Design) -> Weights:
    """The weights of a training that nothing happens to."""
    straight = Training(compiled(design), CPU)
    assert [type(event) for event in straight.events()][-1] is Ended
    return weights_of(straight.networks)


def saved(run: Run) -> Weights:
    """The last weights in a run folder."""
    return {network: load_file(path) for network, path in last_weights(run.folder).items()}


def same(some: Weights, others: Weights) -> bool:
    """Whether weights are equal bit by bit."""
    pairs = [(tensor, others[made][name]) for made, tensors in some.items() for name, tensor in tensors.items()]
    return all(torch.equal(one, other) for one, other in pairs)


def killed_and_resumed(design: Design, folder: Path, kills: int, seed: int) -> Run:
    """A run whose worker is killed at random moments until, at last, it is let alone."""
    chance, run = random.Random(seed), run_of(design, folder)
    for attempt in range(kills):
        told = len(said(run, Began))
        process = start(run, *OFTEN, *(["--resume"] if attempt else []))
        until(partial(lambda before: len(said(run, Began)) > before, told))
        time.sleep(chance.uniform(0.0, 0.4))
        process.kill()
        process.wait()
    assert finish(run, *OFTEN, "--resume") == 0, run.log_tail()
    return run


def test_a_killed_training_ends_in_the_same_bits(tmp_path: Path) -> None:
    resumed = killed_and_resumed(long(), tmp_path, kills=1, seed=1)
    assert same(saved(resumed), left_alone(long()))
    assert len(losses(resumed)) == 240


def abandoned_and_resumed(design: Design, folder: Path, seed: int) -> Weights:
    """The weights of a training that is dropped at random steps, and gone on with from its last checkpoint."""
    chance, program = random.Random(seed), compiled(design)
    for _ in range(3):
        drawn = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint, cadence=Cadence(0.0, 0.02))
        stop = drawn.course.step + chance.randrange(60)
        for _ in drawn.events():
            if drawn.course.step > stop:
                break
        torch.rand(chance.randrange(99))  # the next one finds chance elsewhere
    last = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint)
    assert last.course.step > 0
    assert [type(event) for event in last.events()][-1] is Ended
    return weights_of(last.networks)


@pytest.mark.parametrize(("optimizer", "schedule"), PAIRS, ids=lambda each: each.kind())
def test_every_optimizer_and_schedule_resumes_to_the_same_bits(
    optimizer: object, schedule: object, tmp_path: Path
) -> None:
    design = long(optimizer, schedule, epochs=30)
    assert same(abandoned_and_resumed(design, tmp_path, seed=1), left_alone(design))


def test_gradients_that_are_being_gathered_resume_to_the_same_bits(tmp_path: Path) -> None:
    settings: dict[str, Any] = {
        "accumulate": 4,
        "rates": (("fc1", 0.5),),
        "clip_by": "value",
    }
    design = points(epochs=30, optimizer=OPTIMIZERS[0], gradient_clip_val=0.1, **settings)
    assert same(abandoned_and_resumed(design, tmp_path, seed=4), left_alone(design))


def test_two_phases_with_two_losses_resume_to_the_same_bits(tmp_path: Path) -> None:
    drawn = two_losses()
    phases = tuple(replace(p, plan=replace(p.plan, epochs=25)) for p in drawn.training)
    design = replace(drawn, training=phases)
    assert same(abandoned_and_resumed(design, tmp_path, seed=2), left_alone(design))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", range(4))
def test_killed_again_and_again_a_training_ends_in_the_same_bits(seed: int, tmp_path: Path) -> None:
    design = long(OPTIMIZERS[seed], SCHEDULES[seed])
    assert same(saved(killed_and_resumed(design, tmp_path, kills=6, seed=seed)), left_alone(design))


@pytest.mark.slow
def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_to_the_same_bits(tmp_path: Path) -> None:
    run = run_of(long(), tmp_path)
    process = start(run, *OFTEN)
    until(lambda: len(said(run, Saved)) > 2)
    process.kill()
    process.wait()
    found = newest(run.folder).checkpoint
    assert found is not None
    (found.folder / "state.pt").write_bytes(b"damaged")
    assert finish(run, "--resume") == 0
    began = said(run, Began)[-1]
    assert isinstance(began, Began)
    assert 0 < (began.resumed_from or 0) < found.manifest.step
    assert "SHA-256" in run.log_tail()
    assert same(saved(run), left_alone(long()))


@pytest.mark.slow
def test_a_finished_training_can_be_made_longer(tmp_path: Path) -> None:
    run = run_of(long(epochs=2), tmp_path)
    assert finish(run) == 0
    assert finish(run, "--resume", "--epochs", "4") == 0
    ended = said(run, Ended)
    assert [event.step for event in ended if isinstance(event, Ended)] == [24]
    assert len(losses(run)) == 24


def test_what_a_resumed_process_does_anew_is_told_once() -> None:
    first = Stepped("fit", 1, 0, {"loss": (4.0, 3.0, 2.0)}, 1.0, 0.1, gradient_norm=(1.0, 1.0, 1.0))
    later = Stepped("fit", 1, 3, {"loss": (1.0,)}, 1.0, 0.1)
    again = Stepped("fit", 1, 2, {"loss": (2.0, 1.0)}, 1.0, 0.1)
    plain = Began("cpu", (), (), {}, 1)
    lost: list[Event] = [Measured("fit", 1, 4, {}, best=True), Saved(4, 1, "checkpoints/step-4", best=True)]
    resumed = replace(plain, resumed_from=2)
    told = settled([plain, first, later, *lost, Failed("killed"), resumed, again])
    cut = replace(first, values={"loss": (4.0, 3.0)}, gradient_norm=(1.0, 1.0))
    assert told == (plain, cut, resumed, again)
