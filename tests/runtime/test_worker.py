"""Real training processes: what they say in their folder, and what they do when they are asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from runtime.design import Design
from runtime.messages import (
    Began,
    Continued,
    Ended,
    Failed,
    Measured,
    Pause,
    Paused,
    Resume,
    Save,
    Saved,
    SetLearningRate,
    Stepped,
    Stop,
)
from runtime.optimizer import SGD
from runtime.run import Run
from runtime.weights import best_weights, newest
from tests.designs import digits, points, two_losses
from tests.training import ENVIRONMENT, finish, losses, run_of, said, start, until


@pytest.fixture
def endless(tmp_path: Path) -> tuple[Run, subprocess.Popen[bytes]]:
    """A run that goes on until it is asked not to."""
    run = run_of(points(epochs=100_000), tmp_path)
    process = start(run)
    until(lambda: said(run, Stepped))
    return run, process


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=30)


@pytest.mark.parametrize(
    "design",
    [points(epochs=2), *(pytest.param(d, marks=pytest.mark.slow) for d in (digits(epochs=1), two_losses()))],
    ids=lambda d: d.title,
)
def test_the_script_alone_gives_the_same_losses_bit_for_bit(design: Design, tmp_path: Path) -> None:
    run = run_of(design, tmp_path)
    assert finish(run) == 0, run.log_tail()
    command = [sys.executable, "train.py", "--losses", "losses.json", "--device", "cpu"]
    subprocess.run(command, cwd=run.folder, env=ENVIRONMENT, check=True, capture_output=True)
    alone = json.loads((run.folder / "losses.json").read_text())
    assert alone == losses(run, "draw" if design.title == "Two" else "loss")


def test_a_training_tells_its_whole_story(tmp_path: Path) -> None:
    run = run_of(digits(epochs=3, optimizer=SGD(lr=0.2, momentum=0.9)), tmp_path)
    assert finish(run) == 0
    began, *_, end = run.events()
    measured = [event for event in run.events() if isinstance(event, Measured)]
    assert isinstance(began, Began)
    assert (began.phases[0].steps_per_epoch, began.better) == (23, {"loss": "lower", "accuracy": "higher"})
    assert len(losses(run)) == 69
    assert [event.epoch for event in measured] == [1, 2, 3]
    assert isinstance(end, Ended)
    assert (end.reason, end.step, end.epoch) == ("finished", 69, 3)
    assert end.final == measured[-1].values
    assert run.state == "finished"
    assert set(best_weights(run.folder)) == {"LeNet"}


def test_pause_and_resume_take_effect_at_once(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    start_of_pause = time.monotonic()
    run.send(Pause())
    until(lambda: said(run, Paused))
    assert time.monotonic() - start_of_pause < 2.0  # a busy machine; the benchmark has the figure
    time.sleep(0.2)
    assert isinstance(run.events()[-1], Paused)
    assert run.state == "paused"
    run.send(Resume())
    until(lambda: said(run, Continued) and isinstance(run.events()[-1], Stepped | Measured))
    steps = [event for event in run.events() if isinstance(event, Paused | Continued)]
    assert steps[0].step == steps[1].step
    run.send(Stop())
    assert ended(process) == 0
    assert losses(run)


@pytest.mark.parametrize("paused", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_stop_saves_and_ends(endless: tuple[Run, subprocess.Popen[bytes]], paused: bool) -> None:
    run, process = endless
    if paused:
        run.send(Pause())
        until(lambda: said(run, Paused))
    run.send(Stop())
    assert ended(process) == 0
    *_, saved, end = run.events()
    assert isinstance(saved, Saved)
    assert isinstance(end, Ended)
    assert (end.reason, end.step) == ("stopped", saved.step)
    assert len(losses(run)) == end.step


def test_being_told_to_terminate_is_a_stop(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    process.send_signal(signal.SIGTERM)
    assert ended(process) == 0
    assert run.state == "stopped"
    assert newest(run.folder).checkpoint is not None


def test_a_checkpoint_is_saved_when_asked_for(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    run.send(Save())
    until(lambda: said(run, Saved))
    run.send(Stop())
    assert ended(process) == 0
    assert len(said(run, Saved)) == 2


def test_the_learning_rate_can_be_set_by_hand(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    run.send(SetLearningRate(0.125))
    until(lambda: [e for e in said(run, Stepped) if isinstance(e, Stepped) and e.learning_rate == 0.125])
    run.send(Stop())
    assert ended(process) == 0


def test_a_run_has_one_worker_and_is_begun_once(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    assert finish(run, "--resume") == 2
    assert "is training in" in run.log_tail()
    run.send(Stop())
    assert ended(process) == 0
    assert finish(run) == 2
    assert "--resume" in run.log_tail()


def test_a_loss_that_is_no_number_ends_in_the_node_and_what_to_do(tmp_path: Path) -> None:
    run = run_of(points(epochs=50, optimizer=SGD(lr=1000.0)), tmp_path)
    assert finish(run, "--checkpoint-every", "0") == 1
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert (failed.network, failed.node[:2]) == ("Points", "fc")
    assert f"step {failed.step}" in failed.message
    assert "Lower the learning rate from 1000 to 100" in failed.repair
    assert len(losses(run)) == failed.step + 1
    found = newest(run.folder).checkpoint
    assert found is None or found.manifest.step <= failed.step


@pytest.mark.slow
def test_early_stopping_ends_after_the_patience(tmp_path: Path) -> None:
    run = run_of(points(epochs=500, patience=3, dropout=0.0), tmp_path)
    assert finish(run) == 0
    end = run.events()[-1]
    assert isinstance(end, Ended)
    assert end.reason == "early stopping"
    best = max(event.epoch for event in said(run, Measured) if isinstance(event, Measured) and event.best)
    assert end.epoch == best + 3
    assert newest(run.folder).checkpoint is not None


@pytest.mark.slow
def test_without_held_out_examples_the_training_loss_is_watched(tmp_path: Path) -> None:
    design = points(epochs=3)
    assert design.data is not None
    run = run_of(replace(design, data=design.data.with_settings(validation=0.0)), tmp_path)
    assert finish(run) == 0, run.log_tail()
    assert said(run, Measured) == []
    assert best_weights(run.folder)


def test_texts_that_are_not_what_the_design_prints_are_not_run(tmp_path: Path) -> None:
    run = run_of(points(), tmp_path)
    with open(run.folder / "train.py", "a") as file:
        file.write("open('canary', 'w')\n")
    assert finish(run) == 1
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert "train.py" in failed.message
    assert not (run.folder / "canary").exists()


@pytest.mark.parametrize(
    "words", [("--device", "cuda:9"), pytest.param(("--device", "abacus"), marks=pytest.mark.slow)]
)
def test_a_device_that_is_not_there_is_said(words: tuple[str, ...], tmp_path: Path) -> None:
    run = run_of(points(), tmp_path)
    assert finish(run, *words) == 1
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert "Choose cpu" in failed.message


@pytest.mark.slow
def test_events_come_at_most_every_50_ms(tmp_path: Path) -> None:
    run = run_of(points(epochs=200), tmp_path)
    assert finish(run) == 0
    times = [event.seconds for event in run.events() if isinstance(event, Stepped)]
    gaps = [after - before for before, after in pairwise(times[:-1])]
    assert min(gaps) > 0.045
