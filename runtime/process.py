"""The process behind a run: its card `worker.json`, its lock, and whether it lives."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import psutil

from runtime.codec import from_plain, to_plain
from runtime.messages import backwards
from runtime.store import CannotRead, CannotSave, read, save

CARD, LOCK, EVENTS = "worker.json", "worker.lock", "events.jsonl"
BEAT = 0.5  # seconds between two written heartbeats
PATIENCE = 3.0  # seconds beyond the longest known step
FIRST_PATIENCE = 60.0  # seconds for importing torch and building the model, before any step
_SAME_START = 2.0  # seconds: the system derives start times from a clock that is being corrected
_LARGEST_CARD = 64 * 1024


@dataclass(frozen=True)
class Card:
    """Who trains in a run folder, written by the process itself and by whoever started it.

    `started` and `heartbeat` are seconds since 1970, `longest` the longest time between two
    heartbeats so far, `after` the number of the last event that an earlier process left.
    """

    pid: int
    started: float
    host: str
    device: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    heartbeat: float = 0.0
    longest: float = 0.0
    after: int = 0


class AlreadyRunning(Exception):
    """A run folder in which another process is training."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.folder, self.pid = folder, pid
        who = "Another process" if pid is None else f"Process {pid}"
        super().__init__(f"{who} is training in {folder}. Stop that training first.")


def read_card(folder: Path) -> Card | None:
    """The card of the last process in a run folder; None where there is none that can be read."""
    try:
        card = from_plain(Card, json.loads(read(folder / CARD, _LARGEST_CARD)))
    except (CannotRead, ValueError, RecursionError, OverflowError):
        return None
    return card if card.pid > 1 else None


def write_card(folder: Path, card: Card) -> None:
    """Replaces the card, without waiting for the disk; raises CannotSave."""
    text = json.dumps(to_plain(card), indent=2) + "\n"
    save(folder / CARD, text.encode(), durable=False)


def card_of(folder: Path, pid: int) -> Card:
    """A first card for a living process of this machine that is about to train in a folder."""
    last = next(backwards(folder / EVENTS), None)
    return Card(
        pid=pid,
        started=float(psutil.Process(pid).create_time()),
        host=socket.gethostname(),
        versions={"python": platform.python_version()},
        heartbeat=time.time(),
        after=last.sequence if last else 0,
    )


def living(card: Card) -> psutil.Process | None:
    """The card's process if it lives on this machine: the same number and the same start."""
    if card.host != socket.gethostname():
        return None
    try:
        process = psutil.Process(card.pid)
        same = abs(process.create_time() - card.started) < _SAME_START
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return None
    except psutil.AccessDenied:
        return psutil.Process(card.pid)


def alive(card: Card) -> bool:
    """Whether the process lives; of another machine's we only know its heartbeat."""
    if card.host != socket.gethostname():
        return not silent(card)
    return living(card) is not None


def silent(card: Card) -> bool:
    """Whether the last heartbeat is longer ago than the longest known step explains."""
    wait = card.longest + PATIENCE if card.longest else FIRST_PATIENCE
    return time.time() - card.heartbeat > wait


def kill(card: Card) -> None:
    """Ends the card's process at once, with the processes it started."""
    process = living(card)
    if process is None:
        return
    with contextlib.suppress(psutil.Error, OSError):
        if sys.platform != "win32" and os.getpgid(card.pid) == card.pid:
            os.killpg(card.pid, signal.SIGKILL)
            return
        for each in [*process.children(recursive=True), process]:
            with contextlib.suppress(psutil.Error):
                each.kill()


class Heart:
    """Keeps the card of this process fresh: `beat` after every step, in validation and pauses too.

    A heartbeat that cannot be written is left out, for a full disk is no reason to stop training.
    """

    def __init__(self, folder: Path, device: str = "", versions: Mapping[str, str] | None = None) -> None:
        card = card_of(folder, os.getpid())
        self._folder = folder
        self._card = replace(card, device=device, versions={**card.versions, **(versions or {})})
        self._last: float | None = None
        self._written = -BEAT

    def beat(self) -> None:
        """Says that the process is alive: every half second in the file, else only noted."""
        now = time.monotonic()
        if self._last is not None and now - self._last > self._card.longest:
            self._card = replace(self._card, longest=now - self._last)
        self._last = now
        if now - self._written >= BEAT:
            self._written = now
            self._card = replace(self._card, heartbeat=time.time())
            with contextlib.suppress(CannotSave):
                write_card(self._folder, self._card)


class Lock:
    """The right to train in a run folder, held by one process at a time and freed by its death."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: BinaryIO | None = None

    def acquire(self) -> None:
        """Takes the lock; raises AlreadyRunning where another process holds it, or CannotSave."""
        try:
            file = open(self._folder / LOCK, "a+b")  # noqa: SIM115 - open as long as we hold it
        except OSError as error:
            raise CannotSave(self._folder / LOCK, error) from error
        try:
            _lock(file)
        except OSError as error:
            file.close()
            if error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                raise CannotSave(self._folder / LOCK, error) from error
            card = read_card(self._folder)
            raise AlreadyRunning(self._folder, card.pid if card else None) from error
        self._file = file

    def release(self) -> None:
        """Gives the lock back; the file stays, since removing it would let two hold it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _lock(file: BinaryIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        # lockf, not flock: processes forked for loading data must not hold on to it.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
