from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runtime.messages import Pause, Resume, Stepped, Stop
from runtime.process import write_card
from runtime.run import (
    AlreadyRunning,
    Card,
    Heart,
    Lock,
    Run,
    Stopper,
    start_worker,
    stop_escalating,
)
from runtime.store import CannotSave
from tests.folders import BEGAN, ENDED, new_run, said

# A worker that keeps to the protocol and trains nothing: told by its words to misbehave.
WORKER = """
import os, signal, subprocess, sys, time
from pathlib import Path
from runtime.messages import *
from runtime.run import Heart, Run
run, words = Run.open(Path(sys.argv[1])), sys.argv[2:]
print("words", *words, flush=True)
if "crash" in words:
    raise SystemExit("no such device")
if "stubborn" in words:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child = subprocess.Popen(["sleep", "60"])
    print("child", child.pid, flush=True)
with run.lock(), run.log() as log:
    heart, commands = Heart(run.folder, "cpu", {"torch": "2"}), run.commands()
    heart.beat()
    if "quiet" in words:
        time.sleep(60)
    log.append(Began("cpu", (), (), {}, 1))
    step, paused = 0, False
    while step < 100_000:
        heart.beat()
        for command in commands.read().messages:
            if isinstance(command, Stop) and "deaf" not in words and "stubborn" not in words:
                log.append(Ended("stopped", step, 1, {}, {}))
                raise SystemExit
            if isinstance(command, Pause):
                paused = True
                log.append(Paused(step))
            if isinstance(command, Resume):
                paused = False
                log.append(Continued(step))
        if not paused:
            log.append(Stepped("fit", 1, step, {"loss": (0.5,)}, 1.0, 0.1))
            step += 1
        time.sleep(0.005)
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return new_run(tmp_path)


Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "tiny_worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path / "modules"))
    started = []

    def begin(run: Run, *words: str, resume: bool = False) -> subprocess.Popen[bytes]:
        process = start_worker(run, resume=resume, arguments=words, module="tiny_worker")
        started.append(process)
        return process

    yield begin
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.005)


def test_a_worker_runs_in_a_group_of_its_own_and_writes_what_it_prints(run: Run, start: Start) -> None:
    process = start(run, "loud", resume=True)
    assert run.state == "waiting"
    until(lambda: run.state == "running")
    card = run.worker()
    assert card is not None
    assert (card.pid, card.versions["torch"]) == (process.pid, "2")
    assert os.getpgid(process.pid) == process.pid
    assert "words --resume loud" in run.log_tail()


def test_pause_resume_and_stop_reach_the_worker(run: Run, start: Start) -> None:
    process = start(run)
    until(lambda: run.state == "running")
    run.send(Pause())
    until(lambda: run.state == "paused")
    run.send(Resume())
    until(lambda: run.state == "running")
    run.send(Stop())
    assert process.wait(20) == 0
    assert run.state == "stopped"
    kinds = [type(event).__name__ for event in run.events() if not isinstance(event, Stepped)]
    assert kinds == ["Began", "Paused", "Continued", "Ended"]


def test_a_killed_worker_is_dead_before_anyone_reaps_it(run: Run, start: Start) -> None:
    process = start(run)
    until(lambda: run.state == "running")
    process.kill()
    until(lambda: run.state == "dead", 0.25)
    failed = run.failure(process.wait())
    assert "killed" in failed.message
    assert failed.sequence == run.events()[-1].sequence + 1


def test_a_worker_that_dies_before_it_began_shows_its_log(run: Run, start: Start) -> None:
    process = start(run, "crash")
    assert process.wait(20) == 1
    assert run.state == "dead"
    assert "no such device" in run.failure(1).log
    assert "code 1" in run.failure(1).message


def test_two_workers_never_run_in_one_folder(run: Run, start: Start, tmp_path: Path) -> None:
    start(run)
    until(lambda: run.state == "running")
    with pytest.raises(AlreadyRunning, match="Stop that training first"):
        start(run)
    with pytest.raises(AlreadyRunning), Lock(run.folder):
        pass


def test_the_lock_is_free_once_its_holder_was_killed(run: Run, start: Start) -> None:
    process = start(run)
    until(lambda: run.state == "running")
    process.kill()
    process.wait()
    with Lock(run.folder):
        pass
    start(run)
    until(lambda: run.state == "running")


def test_a_lock_that_cannot_be_made_is_a_typed_error(run: Run) -> None:
    (run.folder / "worker.lock").mkdir()
    with pytest.raises(CannotSave, match=r"worker\.lock"), run.lock():
        pass


def test_what_was_asked_of_an_earlier_worker_is_forgotten(run: Run, start: Start) -> None:
    run.send(Stop())
    start(run)
    until(lambda: run.state == "running")
    until(lambda: len(run.events()) > 5)
    assert run.state == "running"


def test_a_file_in_the_working_folder_is_not_imported_by_the_worker(
    run: Run, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('code found in a folder ran')")
    monkeypatch.chdir(tmp_path)
    start(run)
    until(lambda: run.state == "running")


def test_a_worker_outlives_the_process_that_started_it(run: Run, start: Start) -> None:
    root = os.fspath(Path(__file__).parents[2])
    code = (
        f"import sys; sys.path.insert(0, {root!r}); from pathlib import Path; import os\n"
        "from runtime.run import Run, start_worker\n"
        f"start_worker(Run(Path({os.fspath(run.folder)!r})), module='tiny_worker')\n"
        "os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, start_new_session=True)
    until(lambda: run.state == "running")
    stopper = stop_escalating(run)
    until(lambda: stopper.tick() == "gone")
    assert run.state == "stopped"


def test_a_stop_that_is_obeyed_escalates_no_further(run: Run, start: Start) -> None:
    start(run)
    until(lambda: run.state == "running")
    stopper = stop_escalating(run)
    until(lambda: stopper.tick() != "asked", 4)
    assert stopper.tick() == "gone"
    assert run.state == "stopped"


def test_a_worker_that_does_not_answer_is_told_to_terminate_after_5_s(run: Run, start: Start) -> None:
    process, clock = start(run, "deaf"), [0.0]
    until(lambda: run.state == "running")
    stopper = Stopper(run, clock=lambda: clock[0])
    for clock[0], phase in [(0.0, "asked"), (4.9, "asked"), (5.0, "terminated")]:
        assert stopper.tick() == phase
    assert process.wait(20) == -signal.SIGTERM
    assert stopper.tick() == "gone"
    assert run.state == "stopped"
    assert run.summary().step > 0


def test_a_worker_that_does_not_terminate_is_killed_with_what_it_started(run: Run, start: Start) -> None:
    process, clock = start(run, "stubborn"), [0.0]
    until(lambda: run.state == "running")
    child = psutil.Process(int(run.log_tail().split("child ")[1].split()[0]))
    stopper = Stopper(run, clock=lambda: clock[0])
    for clock[0], phase in [(0, "asked"), (5, "terminated"), (5.9, "terminated"), (6, "killed")]:
        assert stopper.tick() == phase
    assert process.wait(20) == -signal.SIGKILL
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
    assert (stopper.tick(), run.state) == ("gone", "stopped")


def test_a_hung_worker_does_not_respond_and_can_be_stopped(run: Run, start: Start) -> None:
    process, clock = start(run, "quiet"), [0.0]
    until(lambda: (card := run.worker()) is not None and card.device == "cpu")
    card = run.worker()
    assert card is not None
    write_card(run.folder, replace(card, heartbeat=card.heartbeat - 61))
    assert run.state == "not responding"
    stopper = Stopper(run, clock=lambda: clock[0])
    for clock[0] in (0, 5):
        stopper.tick()
    assert process.wait(20) == -signal.SIGTERM
    assert (stopper.tick(), run.state) == ("gone", "stopped")


def test_stopping_a_run_that_nobody_trains_is_done_at_once(run: Run) -> None:
    assert stop_escalating(run).tick() == "gone"
    assert said(run, BEGAN, ENDED).state == "finished"
    assert stop_escalating(run).tick() == "gone"


def test_a_heart_writes_at_most_twice_a_second_and_learns_the_longest_step(run: Run) -> None:
    heart = Heart(run.folder, "cpu")
    heart.beat()
    first = run.worker()
    heart.beat()
    assert run.worker() == first
    time.sleep(0.6)
    heart.beat()
    second = run.worker()
    assert isinstance(first, Card)
    assert isinstance(second, Card)
    assert second.heartbeat - first.heartbeat >= 0.5
    assert 0.5 <= second.longest < 3


def test_a_heart_beats_on_where_it_cannot_write(run: Run) -> None:
    heart = Heart(run.folder, "cpu")
    (run.folder / "worker.json").mkdir()
    heart.beat()
    assert run.worker() is None


def test_a_request_that_cannot_be_written_is_a_typed_error(run: Run) -> None:
    (run.folder / "commands.jsonl").mkdir()
    with pytest.raises(CannotSave) as caught:
        run.send(Stop())
    assert isinstance(caught.value.cause, OSError)
    assert caught.value.cause.errno == errno.EISDIR
