from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import psutil
import pytest

from runtime.messages import (
    Began,
    Continued,
    Ended,
    Event,
    Failed,
    Measured,
    Pause,
    Paused,
    PhasePlan,
    Resume,
    Saved,
    Stepped,
    Stop,
)
from runtime.process import card_of, write_card
from runtime.run import (
    AlreadyRunning,
    Card,
    Heart,
    Lock,
    Run,
    Stopper,
    slugified,
    start_worker,
    stop_escalating,
)
from runtime.store import CannotRead, CannotSave

FILES = {"design.json": '{\n  "format": 1,\n  "title": "LeNet on digits"\n}\n', "model.py": ""}
BEGAN = Began("cpu", (PhasePlan("fit", 2, 10, 8, 80, 20),), ("accuracy",), {}, 7)
ENDED = Ended("finished", 20, 2, {"accuracy": 0.9}, {"accuracy": 0.8})
MEASURED = Measured("fit", 1, 10, {"accuracy": 0.7}, best=True)

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
    return Run.create(tmp_path / "runs", "LeNet", FILES)


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


def said(run: Run, *events: Event) -> Run:
    with run.log() as log:
        for event in events:
            log.append(event)
    return run


def carded(run: Run, **changes: object) -> Run:
    card = replace(card_of(run.folder, os.getpid()), after=0)
    write_card(run.folder, replace(card, **changes))  # type: ignore[arg-type]
    return run


# --- the folder ---------------------------------------------------------------------------


def test_a_new_run_holds_its_files_and_is_named_after_time_and_design(run: Run) -> None:
    started = datetime.strptime(run.name[:17], "%Y-%m-%d-%H%M%S")
    assert abs((datetime.now() - started).total_seconds()) < 60
    assert run.name[17:] == "-lenet"
    assert (run.folder / "design.json").read_text() == FILES["design.json"]
    assert {each.name for each in run.folder.iterdir()} == {*FILES, "checkpoints", "pictures"}
    assert (run.state, run.summary().title) == ("waiting", "LeNet on digits")


def test_runs_made_in_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    runs = [Run.create(tmp_path, "x", FILES) for _ in range(12)]
    assert len({each.folder for each in runs}) == 12
    assert Run.list(tmp_path) == list(reversed(runs))


@pytest.mark.parametrize(
    "title, slug",
    [
        ("LeNet on digits!", "lenet-on-digits"),
        ("../../etc/passwd", "etc-passwd"),
        ("手写数字", "手写数字"),
        ("\u202e\x00\n", "run"),
        ("", "run"),
        ("a" * 300, "a" * 40),
    ],
)
def test_any_title_gives_a_plain_folder_name(tmp_path: Path, title: str, slug: str) -> None:
    assert slugified(title) == slug
    assert Run.create(tmp_path, title, FILES).folder.parent == tmp_path


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc/x"])
def test_a_runs_file_cannot_lie_outside_of_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        Run.create(tmp_path, "x", {name: ""})
    assert list(tmp_path.iterdir()) == []


def test_where_no_run_can_be_made_the_error_is_typed_and_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotSave, match="file"):
        Run.create(tmp_path / "file", "x", FILES)
    with pytest.raises(CannotSave):
        Run.create(tmp_path / "runs", "x", {"n" * 300: ""})
    assert Run.list(tmp_path / "runs") == []
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_folder_without_a_design_is_no_run(tmp_path: Path, run: Run) -> None:
    assert Run.open(run.folder) == run
    with pytest.raises(CannotRead, match="folder of a run"):
        Run.open(tmp_path)
    assert Run.list(tmp_path / "nowhere") == []


def test_checkpoints_come_in_the_order_of_their_steps(run: Run) -> None:
    for name in ("step-10", "step-9", "step-100", ".step-11-abc.saving"):
        (run.folder / "checkpoints" / name).write_text("")
    assert [each.name for each in run.checkpoints()] == ["step-9", "step-10", "step-100"]


# --- its state ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "events, state",
    [
        ([], "waiting"),
        ([BEGAN], "running"),
        ([BEGAN, Paused(3), Saved(3, 1, "checkpoints/3", best=False)], "paused"),
        ([BEGAN, Paused(3), Continued(3)], "running"),
        ([BEGAN, ENDED], "finished"),
        ([BEGAN, replace(ENDED, reason="early stopping")], "finished"),
        ([BEGAN, replace(ENDED, reason="stopped")], "stopped"),
        ([BEGAN, Failed("the loss is not a number")], "failed"),
        ([BEGAN, replace(ENDED, reason="stopped"), BEGAN], "running"),
    ],
)
def test_the_state_follows_the_last_events_of_a_live_worker(run: Run, events: list[Event], state: str) -> None:
    assert said(carded(run), *events).state == state


@pytest.mark.parametrize(
    "changes", [{"started": 1e9}, {"pid": 2**22 - 1}, {"pid": 2**80}, {"host": "elsewhere", "heartbeat": 1.0}]
)
def test_without_its_process_a_run_that_has_not_ended_is_dead(run: Run, changes: dict[str, object]) -> None:
    assert said(carded(run, **changes), BEGAN).state == "dead"
    assert said(run, ENDED).state == "finished"


def test_a_run_on_another_machine_lives_as_long_as_its_heart_beats(run: Run) -> None:
    assert said(carded(run, host=f"not-{socket.gethostname()}"), BEGAN).state == "running"


def test_a_live_worker_without_heartbeat_does_not_respond(run: Run) -> None:
    now = time.time()
    said(run, BEGAN)
    assert carded(run, heartbeat=now - 4, longest=0.1).state == "not responding"
    assert carded(run, heartbeat=now - 4, longest=2.0).state == "running"
    assert carded(run, heartbeat=now - 4).state == "running"  # still importing, building
    assert carded(run, heartbeat=now - 61).state == "not responding"


def test_the_words_of_an_earlier_worker_do_not_count_for_a_resumed_one(run: Run) -> None:
    said(run, BEGAN, replace(ENDED, reason="stopped"))
    assert carded(run, after=2).state == "waiting"
    assert carded(run, after=2, started=1e9).state == "dead"
    assert said(carded(run, after=2), BEGAN).state == "running"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 0}', "[" * 9999, '{"pid": true}'])
def test_a_damaged_card_is_no_card(run: Run, text: str) -> None:
    (run.folder / "worker.json").write_text(text)
    assert run.worker() is None
    assert said(run, BEGAN).state == "dead"


def test_a_summary_has_the_run_in_one_row(run: Run) -> None:
    said(run, BEGAN, Stepped("fit", 1, 0, {"loss": (1.0,) * 10}, 1, 0.1), MEASURED)
    said(run, Stepped("fit", 2, 10, {"loss": (1.0,) * 3}, 1, 0.1))
    row = run.summary()
    assert (row.name, row.title, row.state, row.device) == (run.name, "LeNet on digits", "dead", "cpu")
    assert (row.epoch, row.epochs, row.step, row.steps) == (2, 2, 13, 20)
    assert row.best == {"accuracy": 0.7}
    assert said(run, ENDED).summary().best == {"accuracy": 0.9}


def test_a_summary_finds_its_way_through_a_long_file(run: Run) -> None:
    long = Stepped("fit", 1, 0, {"loss": tuple(map(float, range(5000)))}, 1, 0.1)
    said(run, BEGAN, *[long] * 30, MEASURED, long, ENDED)
    row = run.summary()
    assert (row.step, row.epochs, row.state) == (20, 2, "finished")
    assert row.seconds == run.events()[-1].seconds


def test_a_run_resumed_for_longer_shows_its_later_plan(run: Run) -> None:
    longer = replace(BEGAN, phases=(replace(BEGAN.phases[0], epochs=9),), resumed_from=20)
    said(run, BEGAN, ENDED, longer)
    assert carded(run, after=2).summary().epochs == 9


def test_a_run_without_a_title_is_called_after_its_folder(run: Run) -> None:
    for text in ("", '{"format": 1}', '{"title": 3}', '{"title": "\\ud8'):
        (run.folder / "design.json").write_text(text)
        assert run.summary().title == "lenet"


def test_a_thousand_runs_are_listed_with_their_rows(tmp_path: Path) -> None:
    events = said(Run.create(tmp_path, "first", FILES), BEGAN, MEASURED, ENDED).folder
    lines = (events / "events.jsonl").read_text()
    card = json.dumps({"pid": 99, "started": 1.0, "host": socket.gethostname()})
    for number in range(999):
        folder = tmp_path / f"2026-01-01-{number:06}-x"
        folder.mkdir()
        for name, text in {**FILES, "events.jsonl": lines, "worker.json": card}.items():
            (folder / name).write_text(text)
    rows = [each.summary() for each in Run.list(tmp_path)]
    assert len(rows) == 1000
    assert {row.state for row in rows} == {"finished"}
    assert [row.name for row in rows] == sorted((row.name for row in rows), reverse=True)


# --- its worker ---------------------------------------------------------------------------


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
