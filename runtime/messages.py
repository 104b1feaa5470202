"""What the training process says and is told: one JSON object a line, never pickle."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, ClassVar, Generic, Literal, NoReturn, TypeVar

from runtime.codec import from_plain, to_plain
from runtime.store import CannotRead, Lines

MAX_LINE = 16 * 1024 * 1024
_BLOCK = 64 * 1024

Better = Literal["lower", "higher"]
Reason = Literal["finished", "stopped", "early stopping"]


class BadMessage(Exception):
    """A line that is no message of ours: the line, its number where known, and why."""

    def __init__(self, line: str, reason: str, number: int | None = None) -> None:
        self.line, self.reason, self.number = line, reason, number
        where = "A line" if number is None else f"Line {number:,}"
        start = ascii(line[:80]) + ("…" if len(line) > 80 else "")
        super().__init__(f"{where} {reason}: {start}.")

    def __reduce__(self) -> tuple[type[BadMessage], tuple[str, str, int | None]]:
        return BadMessage, (self.line, self.reason, self.number)


# --- commands: imperative -----------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """Something the person asks of a running training."""

    kinds: ClassVar[dict[str, type[Command]]] = {}

    def __init_subclass__(cls) -> None:
        Command.kinds[cls.__name__] = cls


@dataclass(frozen=True)
class Pause(Command):
    """Wait after the step under way."""


@dataclass(frozen=True)
class Resume(Command):
    """Go on after a pause."""


@dataclass(frozen=True)
class Stop(Command):
    """Finish the step under way, save a checkpoint and end."""


@dataclass(frozen=True)
class Save(Command):
    """Save a checkpoint now."""


@dataclass(frozen=True)
class SetLearningRate(Command):
    """Train on with this learning rate."""

    value: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value >= 0):
            raise ValueError(f"a learning rate is a number from 0 up, not {self.value}")


# --- events: past tense -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a training; `Log` fills in when.

    `sequence` counts the events of a run from 1; `seconds` is the time trained since Began, which
    goes on counting where a resumed run left off.
    """

    kinds: ClassVar[dict[str, type[Event]]] = {}

    sequence: int = 0
    seconds: float = 0.0

    def __init_subclass__(cls) -> None:
        Event.kinds[cls.__name__] = cls


@dataclass(frozen=True)
class PhasePlan:
    """How long one phase of a training will be, in epochs, steps and samples."""

    name: str
    epochs: int
    steps_per_epoch: int
    batch_size: int
    samples_train: int
    samples_validation: int
    objectives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Began(Event):
    """The training started, or went on from the step it was resumed from."""

    device: str
    phases: tuple[PhasePlan, ...]
    metrics: tuple[str, ...]
    better: dict[str, Better]
    parameters: int
    resumed_from: int | None = None


@dataclass(frozen=True)
class Stepped(Event):
    """Steps were done: for each name one value a step, from `first_step` (0 for the first) on.

    `gradient_norm` has one value a step too, or none at all where it was not taken.
    """

    phase: str
    epoch: int
    first_step: int
    values: dict[str, tuple[float, ...]]
    samples_per_second: float
    learning_rate: float
    gradient_norm: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(each) for each in self.values.values()}
        if len(lengths) > 1 or (self.gradient_norm and len(self.gradient_norm) != self.steps):
            raise ValueError("has not one value a step under every name")

    @property
    def steps(self) -> int:
        """How many steps the event carries."""
        return max((len(each) for each in self.values.values()), default=0)


@dataclass(frozen=True)
class Measured(Event):
    """The validation samples were measured; `best` where no earlier measure was better."""

    phase: str
    epoch: int
    step: int
    values: dict[str, float]
    best: bool


@dataclass(frozen=True)
class Gauged(Event):
    """How large the gradients and the results of nodes were, by network and node: roots of their mean squares."""

    step: int
    gradients: dict[str, dict[str, float]]
    activations: dict[str, dict[str, float]]


@dataclass(frozen=True)
class Sampled(Event):
    """A picture, table or text was left in the run folder, at `file` relative to it."""

    phase: str
    epoch: int
    step: int
    name: str
    file: str

    def __post_init__(self) -> None:
        _stay_inside(self.file)


@dataclass(frozen=True)
class Saved(Event):
    """A checkpoint was saved, at `file` relative to the run folder."""

    step: int
    epoch: int
    file: str
    best: bool

    def __post_init__(self) -> None:
        _stay_inside(self.file)


@dataclass(frozen=True)
class Paused(Event):
    """The training waits, with `step` steps done."""

    step: int


@dataclass(frozen=True)
class Continued(Event):
    """The training goes on after a pause."""

    step: int


@dataclass(frozen=True)
class Ended(Event):
    """The training is over: the best and the last values of its metrics."""

    reason: Reason
    step: int
    epoch: int
    best: dict[str, float]
    final: dict[str, float]


@dataclass(frozen=True)
class Failed(Event):
    """The training broke off: what happened, what to do, and where it began if that is known."""

    message: str
    repair: str = ""
    network: str = ""
    node: str = ""
    step: int = 0
    log: str = ""


def _stay_inside(file: str) -> None:
    """Refuses a path that could lead out of the run folder, on whichever system reads it."""
    for path in (PurePosixPath(file), PureWindowsPath(file)):
        if path.is_absolute() or path.drive or path.root or ".." in path.parts or not path.parts:
            raise ValueError("names a file outside of the run folder")


# --- writing ------------------------------------------------------------------------------


def encode(message: Event | Command) -> str:
    """The message as one line of JSON, ASCII only and without the line's end."""
    tag = "event" if isinstance(message, Event) else "command"
    content = {tag: type(message).__name__, **to_plain(message)}
    return json.dumps(content, allow_nan=False, separators=(",", ":"))


# --- reading ------------------------------------------------------------------------------


def decode_event(line: str) -> Event:
    """The event in a line; raises BadMessage. Fields not known here are passed over."""
    return _decode(line, "event", Event.kinds)


def decode_command(line: str) -> Command:
    """The command in a line; raises BadMessage. Fields not known here are passed over."""
    return _decode(line, "command", Command.kinds)


E = TypeVar("E", bound=Event)
M = TypeVar("M", bound=Event | Command)


def _decode(line: str, tag: str, kinds: dict[str, type[M]]) -> M:
    try:
        content = json.loads(line, parse_constant=_refuse_constant)
        if type(content) is not dict:
            raise ValueError("is not a JSON object")
        kind = content.get(tag)
        if type(kind) is not str or kind not in kinds:
            raise ValueError(f"is no {tag} known here")
        return from_plain(kinds[kind], content)
    except json.JSONDecodeError as error:
        raise BadMessage(line, f"is not JSON at column {error.colno}") from error
    except RecursionError as error:
        raise BadMessage(line, "is nested too deeply") from error
    except (ValueError, OverflowError) as error:
        raise BadMessage(line, f"{error}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which JSON does not know")


# --- the files ----------------------------------------------------------------------------


class Log:
    """The growing file of a run's events: numbers them, dates them, and keeps what was there.

    The clock starts at the first event, or where the file's last event stands. A line reaches
    the system at once; `sync` and `close` wait for the medium. Raises CannotSave.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        last = next(backwards(path), None)
        self._sequence = last.sequence if last else 0
        self._before = last.seconds if last else 0.0
        self._clock = clock
        self._start = clock() if last else None
        self._lines = Lines(path)

    def append(self, event: E) -> E:
        """Writes the event as the next of its run and returns it with its number and time."""
        if self._start is None:
            self._start = self._clock()
        seconds = round(self._before + self._clock() - self._start, 6)
        event = dataclasses.replace(event, sequence=self._sequence + 1, seconds=seconds)
        self._lines.append(encode(event))
        self._sequence += 1
        return event

    def sync(self) -> None:
        """Waits until every event is on the medium."""
        self._lines.sync()

    def close(self) -> None:
        """Waits until every event is on the medium, and closes the file."""
        try:
            self._lines.sync()
        finally:
            self._lines.close()

    def __enter__(self) -> Log:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class Batch(Generic[M]):
    """What `Tail.read` found: the messages, the lines that are none, and whether more waits."""

    messages: list[M]
    bad: list[BadMessage]
    more: bool


class Tail(Generic[M]):
    """Reads on in a file that another process writes: every whole line once, in order.

    A line still being written waits for its end. A file that is not there yet is empty; one that
    became shorter or was replaced is read again from its start.
    """

    def __init__(self, path: Path, decode: Callable[[str], M]) -> None:
        self._path, self._decode = path, decode
        self._forget(None)

    def _forget(self, identity: tuple[int, int] | None) -> None:
        self._identity = identity
        self._offset = self._number = 0
        self._overlong = False

    def read(self, seconds: float | None = None, limit: int | None = None) -> Batch[M]:
        """The messages since the last call, stopping soon after so many seconds or bytes.

        Raises CannotRead where the file is there but cannot be opened.
        """
        batch: Batch[M] = Batch([], [], more=False)
        try:
            with open(self._path, "rb") as file:
                more = self._read_on(file, batch, seconds, limit)
        except FileNotFoundError:
            return batch
        except OSError as error:
            raise CannotRead(self._path, "the file itself", "one that can be opened") from error
        return dataclasses.replace(batch, more=more)

    def _read_on(self, file: BinaryIO, batch: Batch[M], seconds: float | None, limit: int | None) -> bool:
        self._notice_change(os.fstat(file.fileno()))
        end = None if seconds is None else time.perf_counter() + seconds
        stop = None if limit is None else self._offset + limit
        file.seek(self._offset)
        while self._take(file.readline(MAX_LINE), batch):
            late = end is not None and time.perf_counter() >= end
            if late or (stop is not None and self._offset >= stop):
                return self._offset < os.fstat(file.fileno()).st_size
        return False

    def _notice_change(self, found: os.stat_result) -> None:
        identity = (found.st_dev, found.st_ino)
        if self._identity != identity or found.st_size < self._offset:
            self._forget(identity)

    def _take(self, line: bytes, batch: Batch[M]) -> bool:
        """Handles one line, or a part of one; False where its end is still to be written."""
        whole = line.endswith(b"\n")
        if not whole and len(line) < MAX_LINE:
            return False
        self._offset += len(line)
        self._number += whole
        if self._overlong or not whole:
            if whole:
                batch.bad.append(BadMessage("", "is longer than 16 MiB", self._number))
            self._overlong = not whole
        elif line.strip():
            self._add(line, batch)
        return True

    def _add(self, line: bytes, batch: Batch[M]) -> None:
        try:
            batch.messages.append(self._decode(line[:-1].decode("utf-8", "replace")))
        except BadMessage as bad:
            batch.bad.append(BadMessage(bad.line, bad.reason, self._number))


def backwards(path: Path, limit: int | None = None, kinds: tuple[type[Event], ...] = ()) -> Iterator[Event]:
    """The events of a file from the last one on, looking at no more than its last `limit` bytes.

    With `kinds` only those, ten times as fast, since other lines are not decoded. Lines that are no
    event are passed over, and so is one that another process is writing.
    """
    named = re.compile("|".join(f'"{kind.__name__}"' for kind in kinds).encode())
    try:
        with open(path, "rb") as file:
            for line in _lines_backwards(file, limit):
                if not named.search(line):
                    continue
                with contextlib.suppress(BadMessage):
                    event = decode_event(line.decode("utf-8", "replace"))
                    if not kinds or isinstance(event, kinds):
                        yield event
    except FileNotFoundError:
        return


def _lines_backwards(file: BinaryIO, limit: int | None) -> Iterator[bytes]:
    position = file.seek(0, os.SEEK_END)
    floor = 0 if limit is None else max(0, position - limit)
    rest, block = b"", _BLOCK
    while position > floor:
        block = min(block, position - floor)
        position -= block
        file.seek(position)
        rest, *lines = (file.read(block) + rest).split(b"\n")
        yield from reversed(lines)
        block *= 2  # a line longer than a block is not joined block by block
    if position == 0:
        yield rest
