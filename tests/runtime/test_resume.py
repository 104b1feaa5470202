"""Killed at any moment and resumed, a training ends in the very weights of one that was left alone."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from runtime.design import Design
from runtime.history import settled
from runtime.messages import Began, Ended, Event, Failed, Measured, Saved, Stepped
from runtime.optimizer import SGD, Adam, AdamW, RMSprop
from runtime.run import Run
from runtime.schedule import Constant, Cosine, Exponential, Steps
from runtime.weights import newest
from tests.designs import points, two_losses
from tests.training import bits, finish, losses, run_of, said, start, until

OPTIMIZERS = (SGD(lr=0.05, momentum=0.9, nesterov=True), Adam(lr=0.01), AdamW(lr=0.01), RMSprop(lr=0.01, momentum=0.5))
SCHEDULES = (Constant(), Cosine(warmup_epochs=1.5), Exponential(), Steps(every=2))
OFTEN = ("--checkpoint-every", "0.05")


def long(optimizer: object = OPTIMIZERS[1], schedule: object = SCHEDULES[0], epochs: int = 40) -> Design:
    """About a second of training, with dropout and batch normalization."""
    return points(epochs=epochs, optimizer=optimizer, schedule=schedule, gradient_clip_val=1.0)


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
    straight = run_of(long(), tmp_path / "straight")
    assert finish(straight) == 0, straight.log_tail()
    resumed = killed_and_resumed(long(), tmp_path / "killed", kills=3, seed=1)
    assert bits(resumed) == bits(straight)
    assert losses(resumed) == losses(straight)


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.kind())
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.kind())
def test_every_optimizer_and_schedule_resumes_to_the_same_bits(
    optimizer: object, schedule: object, tmp_path: Path
) -> None:
    design = long(optimizer, schedule)
    straight = run_of(design, tmp_path / "straight")
    assert finish(straight) == 0
    for seed in range(2):
        resumed = killed_and_resumed(design, tmp_path / f"killed{seed}", kills=2, seed=seed)
        assert bits(resumed) == bits(straight)


@pytest.mark.slow
def test_two_phases_with_two_losses_resume_to_the_same_bits(tmp_path: Path) -> None:
    drawn = two_losses()
    phases = tuple(replace(p, plan=replace(p.plan, epochs=150)) for p in drawn.training)  # type: ignore[type-var]
    design = replace(drawn, training=phases)
    straight = run_of(design, tmp_path / "straight")
    assert finish(straight) == 0
    resumed = killed_and_resumed(design, tmp_path / "killed", kills=3, seed=2)
    assert bits(resumed) == bits(straight)


def test_a_damaged_checkpoint_falls_back_to_the_one_before_and_to_the_same_bits(tmp_path: Path) -> None:
    run = run_of(long(), tmp_path / "damaged")
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
    straight = run_of(long(), tmp_path / "straight")
    finish(straight)
    assert bits(run) == bits(straight)


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
