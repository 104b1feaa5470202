"""Following a training through its folder: real workers, and folders written as a worker writes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from designer.process import Progress, Training
from runtime.messages import Continued, Ended, Event, Failed, Measured, Paused, Stepped
from runtime.process import card_of, write_card
from runtime.run import Run
from tests.designer.runs import EPOCHS, STEPS, began, ended, epoch, finished, live, lives, made, tell
from tests.designs import points

LONG = 60_000  # ms for a worker to import torch on a busy machine
WINDOW = """
import sys, time
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from designer.process import Training
from tests.designs import points
app = QCoreApplication([])
training = Training()
training.happened.connect(lambda event: print(type(event).__name__, flush=True))
print(training.start(points(epochs=5000), Path(sys.argv[1])).folder, flush=True)
app.exec()
"""


@pytest.fixture
def training(qtbot: QtBot) -> Iterator[Training]:
    """Something that follows; the run it follows last is killed in the end."""
    made = Training()
    yield made
    run = made.run
    made.detach()
    if run is not None:
        kill(run)
    for worker in made._workers:
        worker.wait()


def kill(run: Run) -> None:
    card = run.worker()
    if card is not None and lives(run) and card.pid != os.getpid():
        os.kill(card.pid, signal.SIGKILL)


def heard(training: Training) -> list[Event]:
    """What happens from now on."""
    events: list[Event] = []
    training.happened.connect(events.append)
    return events


def test_a_run_that_is_over_is_replayed_in_order(training: Training, qtbot: QtBot, tmp_path: Path) -> None:
    events = heard(training)
    training.attach(finished(tmp_path))
    qtbot.waitUntil(lambda: training.state == "finished")
    assert [event.sequence for event in events] == list(range(1, 2 * EPOCHS + 3))
    assert (training.progress.step, training.progress.share, training.progress.epoch) == (EPOCHS * STEPS, 1.0, EPOCHS)
    qtbot.waitUntil(lambda: not training._timer.isActive())


def test_what_happens_is_heard_without_asking(training: Training, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    training.attach(run)
    for number in range(1, EPOCHS + 1):
        with qtbot.waitSignal(training.progressed):
            tell(run, *epoch(number))
        assert training.progress.step == number * STEPS


def test_a_long_run_is_replayed_a_slice_at_a_time(training: Training, qtbot: QtBot, tmp_path: Path) -> None:
    run = made(tmp_path)
    tell(run, began(), *(event for number in range(1, 3001) for event in epoch(number)), ended())
    training.attach(run)
    assert training.progress.step < 3000 * STEPS
    qtbot.waitUntil(lambda: training.state == "finished", timeout=LONG)
    assert training.progress.step == 3000 * STEPS


def test_progress_knows_pace_and_time_left_without_pauses() -> None:
    progress = Progress().after(began())
    step = Stepped("fit", 1, 0, {"loss": (1.0,) * STEPS}, 100.0, 0.1, seconds=2.0)
    progress = progress.after(step)
    assert (progress.share, progress.seconds_left) == (1 / EPOCHS, 6.0)
    progress = progress.after(Paused(STEPS, seconds=2.0)).after(Continued(STEPS, seconds=102.0))
    assert progress.seconds_left == 6.0


def test_a_run_that_nobody_ever_started_is_not_waited_for(training: Training, qtbot: QtBot, tmp_path: Path) -> None:
    training.attach(made(tmp_path))
    qtbot.waitUntil(lambda: training.state == "failed")


def test_a_worker_trains_pauses_goes_on_and_stops(training: Training, qtbot: QtBot, tmp_path: Path) -> None:
    events = heard(training)
    run = training.start(points(epochs=5000), tmp_path)
    qtbot.waitUntil(lambda: any(isinstance(event, Measured) for event in events), timeout=LONG)
    assert training.live
    training.pause()
    qtbot.waitUntil(lambda: training.state == "paused")
    training.set_learning_rate(0.125)
    training.go_on()
    qtbot.waitUntil(lambda: training.state == "running")
    qtbot.waitUntil(lambda: any(isinstance(e, Stepped) and abs(e.learning_rate - 0.125) < 1e-6 for e in events))
    training.stop()
    qtbot.waitUntil(lambda: training.state == "stopped", timeout=LONG)
    assert isinstance(events[-1], Ended)
    qtbot.waitUntil(lambda: not lives(run) and not training._workers, timeout=LONG)


def test_a_killed_worker_is_a_failure_from_which_the_run_goes_on(
    training: Training, qtbot: QtBot, tmp_path: Path
) -> None:
    events = heard(training)
    run = training.start(points(epochs=5000), tmp_path)
    qtbot.waitUntil(lambda: any(isinstance(event, Stepped) for event in events), timeout=LONG)
    kill(run)
    qtbot.waitUntil(lambda: training.state == "failed", timeout=LONG)
    failure = events[-1]
    assert isinstance(failure, Failed)
    assert ("killed" in failure.message, bool(failure.repair)) == (True, True)
    training.resume_run(run)
    assert training.state in ("starting", "running")
    qtbot.waitUntil(lambda: training.state == "running", timeout=LONG)


@pytest.mark.slow
def test_a_run_survives_its_window_and_the_next_window_stops_it(
    training: Training, qtbot: QtBot, tmp_path: Path, repository: Path
) -> None:
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=repository
    )
    assert window.stdout is not None
    run = Run.open(Path(window.stdout.readline().strip()))
    assert any("Stepped" in line for line in window.stdout)
    window.kill()
    window.wait()
    window.stdout.close()
    assert run in Run.list(tmp_path)
    assert run.state == "running"
    training.attach(run)
    qtbot.waitUntil(lambda: training.state == "running")
    reached = training.progress.step
    qtbot.waitUntil(lambda: training.progress.step > reached, timeout=LONG)
    training.stop()
    qtbot.waitUntil(lambda: training.state == "stopped", timeout=LONG)
    qtbot.waitUntil(lambda: not lives(run), timeout=LONG)


def test_the_last_words_of_an_earlier_process_do_not_end_a_run_that_goes_on(
    training: Training, qtbot: QtBot, tmp_path: Path
) -> None:
    run = finished(tmp_path)
    write_card(run.folder, card_of(run.folder, os.getpid()))
    training.attach(run)
    assert training.state == "starting"
    with run.log() as log:
        log.append(began(resumed_from=20))
    qtbot.waitUntil(lambda: training.state == "running")
    assert training.progress.step == 20
    (run.folder / "worker.json").unlink()
