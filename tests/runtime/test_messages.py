from __future__ import annotations

import contextlib
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import messages
from runtime.messages import (
    BadMessage,
    Began,
    Command,
    Continued,
    Ended,
    Event,
    Failed,
    Gauged,
    Log,
    Measured,
    Pause,
    Paused,
    PhasePlan,
    Sampled,
    Saved,
    SetLearningRate,
    Stepped,
    Tail,
    backwards,
    decode_command,
    decode_event,
    encode,
)

ROOT = Path(__file__).parents[2]
PLAN = PhasePlan("fit", 20, 23, 64, 1437, 360, ("loss",))
BEGAN = Began("cpu", (PLAN,), ("accuracy",), {"accuracy": "higher"}, 61_706)
ENDED = Ended("early stopping", 46, 2, {"accuracy": 0.99}, {"accuracy": 0.98})
EVENTS: list[Event] = [
    BEGAN,
    Began("cuda", (PLAN, PLAN), (), {}, 1, resumed_from=40),
    Stepped("fit", 1, 0, {"loss": (2.3, 2.1), "accuracy": (0.1, 0.2)}, 900.0, 0.01, (1.0, 0.5)),
    Measured("fit", 1, 23, {"loss": 0.5}, best=True),
    Gauged(23, {"Net": {"conv1": 0.02}}, {"Net": {"conv1": math.inf}}),
    Sampled("fit", 1, 23, "confusion", "pictures/confusion-1.png"),
    Saved(23, 1, "checkpoints/step-23", best=True),
    Paused(24),
    Continued(24),
    ENDED,
    Failed("the loss is not a number", "lower the learning rate", "LeNet", "conv1", 30, "log\n"),
]
WRITER = """
import sys
from pathlib import Path
from runtime.messages import Log, Stepped
with Log(Path(sys.argv[1])) as log:
    print("ready", flush=True)
    step = 0
    while True:
        log.append(Stepped("fit", 1, step, {"loss": (0.5,) * 50}, 1.0, 0.1))
        step += 50
"""


def paused(count: int) -> list[Event]:
    return [Paused(step) for step in range(count)]


def written(path: Path, events: list[Event]) -> Path:
    with Log(path) as log:
        for event in events:
            log.append(event)
    return path


def steps(found: list[Event]) -> list[int]:
    return [event.step for event in found if isinstance(event, Paused)]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    line = encode(event)
    assert decode_event(line) == event
    assert "\n" not in line
    assert line.isascii()


def test_every_kind_of_message_is_among_the_examples() -> None:
    assert {type(event).__name__ for event in EVENTS} == set(Event.kinds)
    assert set(Command.kinds) == {"Pause", "Resume", "Stop", "Save", "SetLearningRate"}


@pytest.mark.parametrize("name", sorted(Command.kinds))
def test_a_command_comes_back_as_it_was(name: str) -> None:
    kind = Command.kinds[name]
    command = SetLearningRate(3e-4) if kind is SetLearningRate else kind()
    assert decode_command(encode(command)) == command


def test_numbers_that_are_not_finite_are_spelled_out_and_come_back() -> None:
    event = Measured("fit", 1, 1, {"a": math.nan, "b": math.inf, "c": -math.inf}, best=False)
    values = json.loads(encode(event))["values"]
    assert values == {"a": "NaN", "b": "Infinity", "c": "-Infinity"}
    back = decode_event(encode(event))
    assert isinstance(back, Measured)
    assert math.isnan(back.values["a"])
    assert (back.values["b"], back.values["c"]) == (math.inf, -math.inf)


@given(st.lists(st.floats(allow_nan=False)), st.text(), st.floats(allow_nan=False))
def test_every_float_and_every_text_survives_to_the_last_bit(losses: list[float], phase: str, rate: float) -> None:
    event = Stepped(phase, 1, 0, {"loss": tuple(losses)}, 1.0, rate)
    assert decode_event(encode(event)) == event


def test_fields_from_a_later_version_are_passed_over_and_whole_numbers_are_floats() -> None:
    line = '{"event": "Paused", "step": 3, "mood": "calm", "seconds": 2}'
    assert decode_event(line) == Paused(3, seconds=2.0)


@pytest.mark.parametrize(
    "line, reason",
    [
        ("", "not JSON at column 1"),
        ('{"event": "Paused", "step": 3', "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no event known here"),
        ('{"event": "Exploded"}', "no event known here"),
        ('{"event": ["Paused"]}', "no event known here"),
        ('{"event": "Paused"}', "lacks step"),
        ('{"event": "Paused", "step": true}', "has True where int is expected, in step"),
        ('{"event": "Paused", "step": 3.0}', "has 3.0 where int is expected"),
        ('{"event": "Paused", "step": 3, "seconds": NaN}', "holds NaN"),
        ('{"event": "Paused", "step": 3, "seconds": "nan"}', "where a number is expected"),
        ('{"event": "Paused", "step": 3, "seconds": 1' + "0" * 400 + "}", "too large"),
        ('{"event": "Paused", "step": 1' + "0" * 5000 + "}", "4300 digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"event": "Saved", "step": 1, "epoch": 1, "file": "../x", "best": true}', "outside"),
        ('{"event": "Saved", "step": 1, "epoch": 1, "file": "C:\\\\x", "best": true}', "outside"),
        ('{"event": "Saved", "step": 1, "epoch": 1, "file": "/etc", "best": true}', "outside"),
        (encode(ENDED).replace("early stopping", "boredom"), "where one of"),
        (encode(EVENTS[2]).replace("[2.3,2.1]", "[2.3]"), "one value a step"),
        (encode(EVENTS[2]).replace("[2.3,2.1]", "2.3"), "where list is expected"),
        (encode(BEGAN).replace('"epochs":20', '"epochs":null'), "in epochs, in phases"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(line: str, reason: str) -> None:
    with pytest.raises(BadMessage, match=reason) as caught:
        decode_event(line)
    assert caught.value.line == line
    assert f"{pickle.loads(pickle.dumps(caught.value))}" == f"{caught.value}"


@pytest.mark.parametrize("value", ['"NaN"', "-1", '"fast"'])
def test_a_learning_rate_is_a_number_from_0_up(value: str) -> None:
    with pytest.raises(BadMessage):
        decode_command(f'{{"command": "SetLearningRate", "value": {value}}}')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(EVENTS), st.data())
def test_whatever_stands_in_a_field_the_answer_is_an_event_or_a_bad_message(event: Event, data: st.DataObject) -> None:
    content = json.loads(encode(event))
    content[data.draw(st.sampled_from(sorted(content)))] = data.draw(JSON)
    with contextlib.suppress(BadMessage):
        assert isinstance(decode_event(json.dumps(content)), Event)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(EVENTS), st.integers(0), st.characters())
def test_one_changed_character_gives_an_event_or_a_bad_message(event: Event, place: int, character: str) -> None:
    line = encode(event)
    place %= len(line)
    with contextlib.suppress(BadMessage):
        assert isinstance(decode_event(line[:place] + character + line[place + 1 :]), Event)


def test_the_log_numbers_and_dates_what_it_writes(tmp_path: Path) -> None:
    times = iter([100.0, 100.0, 100.5, 107.25])
    log = Log(tmp_path / "events.jsonl", clock=lambda: next(times))
    stamped = [log.append(Paused(1)), log.append(Continued(1)), log.append(ENDED)]
    log.close()
    assert [(each.sequence, each.seconds) for each in stamped] == [(1, 0.0), (2, 0.5), (3, 7.25)]
    assert Tail(tmp_path / "events.jsonl", decode_event).read().messages == stamped


def test_a_resumed_log_goes_on_counting_where_it_left_off(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(encode(Paused(9, sequence=41, seconds=60.0)) + '\n{"event": "Step')
    times = iter([5.0, 6.5])
    with Log(path, clock=lambda: next(times)) as log:
        event = log.append(Continued(9))
    assert (event.sequence, event.seconds) == (42, 61.5)
    batch = Tail(path, decode_event).read()
    assert batch.messages == [Paused(9, sequence=41, seconds=60.0), event]
    assert [(bad.line, bad.number) for bad in batch.bad] == [('{"event": "Step', 2)]


def test_a_tail_gives_each_event_once_and_waits_for_the_end_of_a_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path, decode_event)
    assert tail.read().messages == []
    line = encode(Paused(1)) + "\n"
    with path.open("a") as file:
        for part in (line, line[:10], line[10:] + line[:5]):
            file.write(part)
            file.flush()
            seen = tail.read()
            assert (len(seen.messages), seen.bad, seen.more) == (
                0 if part == line[:10] else 1,
                [],
                False,
            )
    assert tail.read().messages == []


def test_a_tail_keeps_to_its_budget_and_says_that_more_waits(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", paused(1000))
    tail = Tail(path, decode_event)
    first = tail.read(limit=1000)
    assert 0 < len(first.messages) < 40
    assert first.more
    some = tail.read(seconds=0.0)
    assert (len(some.messages), some.more) == (1, True)
    rest = tail.read()
    assert not rest.more
    assert steps(first.messages + some.messages + rest.messages) == list(range(1000))


def test_a_tail_starts_again_where_the_file_became_shorter_or_another(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", paused(5))
    tail = Tail(path, decode_event)
    assert len(tail.read().messages) == 5
    path.write_text(encode(Paused(7)) + "\n")
    assert steps(tail.read().messages) == [7]
    written(tmp_path / "other", paused(9)).replace(path)
    assert len(tail.read().messages) == 9


def test_a_bad_line_is_counted_and_the_next_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n\xff\xfe\n" + encode(Paused(1)).encode() + b"\n")
    batch = Tail(path, decode_event).read()
    assert steps(batch.messages) == [1]
    assert [bad.number for bad in batch.bad] == [2]


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_LINE", 1000)
    path = tmp_path / "events.jsonl"
    path.write_text("x" * 5500)
    tail = Tail(path, decode_event)
    assert tail.read().messages == []
    with path.open("a") as file:
        file.write("x" * 100 + "\n" + encode(Paused(1)) + "\n")
    batch = tail.read()
    assert steps(batch.messages) == [1]
    assert [bad.reason for bad in batch.bad] == ["is longer than 16 MiB"]


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_backwards_gives_the_events_from_the_last_on(tmp_path: Path, count: int) -> None:
    path = written(tmp_path / "events.jsonl", paused(count))
    with path.open("a") as file:
        file.write('{"torn')
    found = steps(list(backwards(path)))
    assert found == list(reversed(range(count)))


def test_backwards_gives_only_the_kinds_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", [*EVENTS, Failed('"Paused"'), *paused(2)])
    assert steps(list(backwards(path, kinds=(Paused,)))) == [1, 0, 24]
    assert len(list(backwards(path, kinds=(Paused, Failed)))) == 5


def test_backwards_looks_no_further_than_its_limit(tmp_path: Path) -> None:
    path = written(tmp_path / "events.jsonl", paused(5000))
    found = steps(list(backwards(path, limit=1000)))
    assert found == list(reversed(range(5000 - len(found), 5000)))
    assert 5 < len(found) < 40


def test_a_writer_killed_at_random_leaves_a_log_that_reads_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    for delay in (0.01, 0.03, 0.05):
        command = [sys.executable, "-c", WRITER, os.fspath(path)]
        environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
    batch = Tail(path, decode_event).read()
    numbers = [event.sequence for event in batch.messages]
    assert numbers == list(range(1, len(numbers) + 1))
    assert batch.bad == []


def test_reading_a_live_log_misses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    command = [sys.executable, "-c", WRITER, os.fspath(path)]
    environment = {**os.environ, "PYTHONPATH": os.fspath(ROOT)}
    tail, found = Tail(path, decode_event), list[Event]()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        while len(found) < 2000:
            found += tail.read(seconds=0.002).messages
        child.kill()
    firsts = [event.first_step for event in found if isinstance(event, Stepped)]
    assert firsts == list(range(0, 50 * len(firsts), 50))


def test_the_pause_command_is_not_the_paused_event() -> None:
    with pytest.raises(BadMessage):
        decode_event(encode(Pause()))
    with pytest.raises(BadMessage):
        decode_command(encode(Paused(1)))
