from __future__ import annotations

import json
import socket
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from runtime.messages import Continued, Event, Failed, Paused, Saved, Stepped
from runtime.run import Run, slugified
from runtime.store import CannotRead, CannotSave
from tests.folders import BEGAN, ENDED, FILES, MEASURED, carded, new_run, said


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return new_run(tmp_path)


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
