"""The folder of one training: made, listed, read, talked to, started and stopped."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import psutil

from runtime.history import settled
from runtime.messages import (
    Command,
    Ended,
    Event,
    Failed,
    Log,
    Stop,
    Tail,
    decode_command,
    decode_event,
    encode,
)
from runtime.process import (
    EVENTS,
    AlreadyRunning,
    Card,
    Heart,
    Lock,
    alive,
    card_of,
    kill,
    living,
    read_card,
    write_card,
)
from runtime.progress import Recent, State, best_of, look, plan_of
from runtime.store import DISK, CannotRead, CannotSave, append_line, save

__all__ = [
    "AlreadyRunning",
    "Card",
    "Heart",
    "Lock",
    "Run",
    "RunSummary",
    "State",
    "Stopper",
    "start_worker",
    "stop_escalating",
]

DESIGN, COMMANDS, LOG = "design.json", "commands.jsonl", "worker.log"
LOG_TAIL = 4096
STOP_WAIT, TERMINATE_WAIT = 5.0, 1.0  # seconds for finishing the step and saving; for dying


@dataclass(frozen=True)
class RunSummary:
    """One row of the list of runs.

    `steps` and `epochs` are planned, `step` and `epoch` done; `best` holds the metrics of the best
    measure, `seconds` the time trained, `started` the local time in the folder's name.
    """

    name: str
    title: str
    state: State
    started: datetime
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    best: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    device: str = ""


@dataclass(frozen=True)
class Run:
    """The folder of one training, which is also how the window and the worker talk."""

    folder: Path

    @staticmethod
    def create(runs_dir: Path, slug: str, files: Mapping[str, str]) -> Run:
        """Makes `runs_dir/2026-11-21-101502-lenet/` with these texts; raises CannotSave.

        `slug` may be any title. `files` are plain names, `design.json` among them: it is by that
        file that a folder is known to be a run. Two runs made in one second get two folders.
        """
        for name in files:
            if Path(name).name != name or name in ("", ".", ".."):
                raise ValueError(f"A run's file has a plain name, not {name!r}")
        folder = _new_folder(runs_dir, f"{datetime.now():%Y-%m-%d-%H%M%S}-{slugified(slug)}")
        try:
            for name in ("checkpoints", "pictures"):
                (folder / name).mkdir()
            for name, text in sorted(files.items(), key=lambda item: item[0] == DESIGN):
                save(folder / name, text.encode())
            DISK.fsync_folder(runs_dir)
        except (OSError, CannotSave) as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise CannotSave(folder, error) from error
            raise
        return Run(folder)

    @staticmethod
    def open(folder: Path) -> Run:
        """The run in a folder; raises CannotRead where it holds no design.json."""
        folder = Path(os.path.abspath(folder))
        if not (folder / DESIGN).is_file():
            raise CannotRead(folder, DESIGN, "the design of a run; choose the folder of a run")
        return Run(folder)

    @staticmethod
    def list(runs_dir: Path) -> list[Run]:
        """The runs in a folder, the newest first; none where there is no such folder."""
        try:
            with os.scandir(os.path.abspath(runs_dir)) as found:
                paths = [each.path for each in found if os.path.isfile(f"{each.path}/{DESIGN}")]
        except OSError:
            return []
        return [Run(Path(path)) for path in sorted(paths, key=_age, reverse=True)]

    @property
    def name(self) -> str:
        """The folder's name, with date, time and design."""
        return self.folder.name

    @property
    def state(self) -> State:
        """What the run is doing, from its last events and from its process."""
        return look(self.folder)[1]

    def summary(self) -> RunSummary:
        """The run in one row, read from the ends of its files only."""
        recent, state = look(self.folder)
        began = plan_of(self.folder, recent.card)
        plans = began.phases if began else ()
        return RunSummary(
            name=self.name,
            title=_title(self.folder),
            state=state,
            started=_started(self.folder),
            epoch=recent.epoch or 0,
            epochs=sum(plan.epochs for plan in plans),
            step=recent.step or 0,
            steps=sum(plan.epochs * plan.steps_per_epoch for plan in plans),
            best=best_of(self.folder),
            seconds=recent.last.seconds if recent.last else 0.0,
            device=(began.device if began else "") or (recent.card.device if recent.card else ""),
        )

    def tail(self) -> Tail[Event]:
        """A reader of this run's events, from the first one on and then live."""
        return Tail(self.folder / EVENTS, decode_event)

    def events(self) -> tuple[Event, ...]:
        """The history so far; lines that are no event are passed over (`tail` counts them).

        What a process did that was killed, and what the resumed one did anew, stands there once.
        """
        return settled(self.tail().read().messages)

    def commands(self) -> Tail[Command]:
        """A reader of what was asked since the worker was started."""
        return Tail(self.folder / COMMANDS, decode_command)

    def send(self, command: Command) -> None:
        """Asks the worker for something; raises CannotSave."""
        append_line(self.folder / COMMANDS, encode(command))

    def log(self) -> Log:
        """The writer of this run's events: for the worker, who holds the lock."""
        return Log(self.folder / EVENTS)

    def lock(self) -> Lock:
        """The right to train here, one process at a time."""
        return Lock(self.folder)

    def worker(self) -> Card | None:
        """Who trains or trained here."""
        return read_card(self.folder)

    def checkpoints(self) -> tuple[Path, ...]:
        """What lies in `checkpoints/`, by the number in its name, the newest last."""
        try:
            found = [p for p in (self.folder / "checkpoints").iterdir() if p.name[0] != "."]
        except OSError:
            return ()
        return tuple(sorted(found, key=lambda path: _natural(path.name)))

    def log_tail(self) -> str:
        """The last lines that the worker printed, at most 4 KiB."""
        try:
            with open(self.folder / LOG, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - LOG_TAIL))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return text if size <= LOG_TAIL else text.partition("\n")[2]

    def failure(self, returncode: int | None = None) -> Failed:
        """The death of the worker as an event: how it ended, its log, and what to do."""
        recent = Recent(self.folder)
        repair = "Resume from the last checkpoint" if self.checkpoints() else "Start it again"
        return Failed(
            message=_cause_of_death(returncode),
            repair=f"{repair}; the log says more.",
            step=recent.step or 0,
            log=self.log_tail(),
            sequence=recent.last.sequence + 1 if recent.last else 1,
            seconds=recent.last.seconds if recent.last else 0.0,
        )


def slugified(title: str) -> str:
    """A title as part of a folder's name: `LeNet on digits!` → `lenet-on-digits`."""
    text = unicodedata.normalize("NFKC", title).casefold()
    words = re.sub(r"[\W_]+", "-", text)[:40].strip("-")
    return words or "run"


def _new_folder(runs_dir: Path, name: str) -> Path:
    """Makes a folder that nobody else has, counting on where the name is taken."""
    runs_dir = Path(os.path.abspath(runs_dir))
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        for number in range(1, 10_000):
            folder = runs_dir / (name if number == 1 else f"{name}-{number}")
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
    except OSError as error:
        raise CannotSave(runs_dir, error) from error
    raise CannotSave(runs_dir, FileExistsError(f"10,000 folders are named {name}"))


def _natural(name: str) -> tuple[tuple[str, int], ...]:
    """A key that puts step-9 before step-10."""
    parts = re.findall(r"(\D*)(\d*)", name)
    return tuple((text, int(digits or -1)) for text, digits in parts)


def _age(path: str) -> tuple[tuple[str, int], ...]:
    return _natural(os.path.basename(path))


def _started(folder: Path) -> datetime:
    try:
        return datetime.strptime(folder.name[:17], "%Y-%m-%d-%H%M%S")
    except ValueError:
        return datetime.fromtimestamp(folder.stat().st_mtime)


def _title(folder: Path) -> str:
    """The design's title from the start of its file, which may be long; else the folder's name."""
    with contextlib.suppress(OSError, ValueError):
        with open(folder / DESIGN, "rb") as file:
            head = file.read(8192).decode("utf-8", "replace")
        found = re.search(r'"title":\s*("(?:[^"\\\n]|\\.)*")', head)
        if found:
            return str(json.loads(found[1]))
    return re.sub(r"^[\d-]{18}", "", folder.name)


def _cause_of_death(returncode: int | None) -> str:
    if returncode == -9:
        return "The training process was killed; often because the machine ran out of memory."
    if returncode is not None and returncode < 0:
        return f"The training process was ended by signal {-returncode}."
    if returncode:
        return f"The training process broke off with code {returncode}."
    return "The training process is gone and left no last word."


# --- the worker ---------------------------------------------------------------------------


def start_worker(
    run: Run,
    *,
    resume: bool = False,
    device: str = "",
    arguments: Sequence[str] = (),
    module: str = "runtime.worker",
) -> subprocess.Popen[bytes]:
    """Starts the training process, which outlives this one; raises AlreadyRunning, CannotSave.

    What was asked of an earlier worker is forgotten. The working folder is ours, so that paths of
    data mean what they meant here; nothing in it can be imported (`-P`).
    """
    card = run.worker()
    if card is not None and alive(card):
        raise AlreadyRunning(run.folder, card.pid)
    command = [sys.executable, "-P", "-m", module, os.path.abspath(run.folder)]
    command += ["--resume"] * resume + (["--device", device] if device else []) + [*arguments]
    try:
        (run.folder / COMMANDS).unlink(missing_ok=True)
        with open(run.folder / LOG, "ab") as log:
            process = _detached(command, log.fileno())
    except OSError as error:
        raise CannotSave(run.folder / LOG, error) from error
    _introduce(run, process.pid)
    return process


def _detached(command: list[str], output: int) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that what ends this one does not end it."""
    windows = sys.platform == "win32"
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": search_path()},
        start_new_session=not windows,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if windows else 0,
    )


def search_path() -> str:
    """Where our packages lie, before what the person's own PYTHONPATH names."""
    root, own = os.fspath(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")
    return os.pathsep.join([root, own]) if own else root


def _introduce(run: Run, pid: int) -> None:
    """Writes a first card, so that a worker which dies while it imports torch is seen to die."""
    with contextlib.suppress(psutil.NoSuchProcess, CannotSave):
        own = run.worker()
        if own is None or own.pid != pid:
            write_card(run.folder, card_of(run.folder, pid))


class Stopper:
    """Stops a worker for certain, without making the window wait: call `tick` until it is gone.

    It asks, and the worker finishes its step and saves; after 5 s it is told to terminate, 1 s
    later it is killed, with the processes it started.
    """

    Phase = Literal["asked", "terminated", "killed", "gone"]

    def __init__(self, run: Run, clock: Callable[[], float] = time.monotonic) -> None:
        self._run, self._clock = run, clock
        self._card: Card | None = None
        self._phase: Stopper.Phase | None = None
        self._next = 0.0

    def tick(self) -> Phase:
        """Goes on to the next step where its time has come, and says which was the last."""
        if self._phase is None:
            self._begin()
        elif self._phase != "gone":
            self._go_on()
        assert self._phase is not None
        return self._phase

    def _begin(self) -> None:
        self._card = self._run.worker()
        if self._card is None or living(self._card) is None:
            self._phase = "gone"
            return
        self._phase, self._next = "asked", self._clock() + STOP_WAIT
        try:
            self._run.send(Stop())
        except CannotSave:
            self._next = self._clock()

    def _go_on(self) -> None:
        assert self._card is not None
        process = living(self._card)
        if process is None:
            self._phase = "gone"
            self._note_end()
            return
        now = self._clock()
        if now < self._next:
            return
        if self._phase == "asked":
            self._phase, self._next = "terminated", now + TERMINATE_WAIT
            with contextlib.suppress(psutil.Error):
                process.terminate()
        else:
            self._phase = "killed"
            kill(self._card)

    def _note_end(self) -> None:
        """A run that was stopped the hard way is not one that died: say so in its events."""
        with contextlib.suppress(AlreadyRunning, CannotSave, OSError), self._run.lock():
            if self._run.state == "dead":
                recent, best = Recent(self._run.folder), best_of(self._run.folder)
                with self._run.log() as log:
                    log.append(Ended("stopped", recent.step or 0, recent.epoch or 0, best, {}))


def stop_escalating(run: Run) -> Stopper:
    """Begins to stop a run's worker: tick what you get until it says `gone`."""
    stopper = Stopper(run)
    stopper.tick()
    return stopper
