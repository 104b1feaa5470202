"""The training process: `python -m runtime.worker RUN_FOLDER` trains what lies there and tells it in the folder."""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from blocks.catalogue import BROKEN
from runtime.course import Cadence
from runtime.failure import failure_of
from runtime.file import open_design
from runtime.messages import (
    Command,
    Continued,
    Event,
    Failed,
    Log,
    Pause,
    Paused,
    Resume,
    Save,
    SetLearningRate,
    Stop,
    Tail,
)
from runtime.model import Program, best_device, opened
from runtime.parallel import LeadingTraining
from runtime.process import EVENTS, AlreadyRunning, Heart
from runtime.run import DESIGN, Run
from runtime.store import CannotRead, CannotSave
from runtime.strict_json import BadDesign
from runtime.team import NoRoom, Team, leave, refuse_too_many, share_threads
from runtime.train import Training
from runtime.weights import newest

LOOK = 0.02  # seconds between two looks at the commands during a pause
NICE = 5
FINISHED, FAILED, REFUSED = 0, 1, 2


def main(words: Sequence[str] | None = None) -> int:
    """Trains in the folder named in `words`; gives 0 at the end, 1 after a failure, 2 where nothing was begun."""
    options = _options(words)
    for broken in BROKEN:
        print(broken, file=sys.stderr)
    try:
        run = Run.open(options.folder)
        if options.nproc > 1:
            refuse_too_many(options.nproc, options.device)
        with run.lock():
            _refuse_second_start(run, options.resume)
            with run.log() as log:
                status = Worker(run, options, log).work()
    except (CannotRead, AlreadyRunning, CannotSave, NoRoom) as error:
        print(error, file=sys.stderr)
        return REFUSED
    if options.nproc > 1:
        leave(status)
    return status


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m runtime.worker", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the last whole checkpoint")
    parser.add_argument("--device", default="", help="cuda, mps or cpu; the fastest there is where none is named")
    parser.add_argument("--epochs", type=int, default=0, help="epochs of each phase instead of its own")
    parser.add_argument("--nproc", type=int, default=1, help="train in so many processes, each with its share")
    parser.add_argument("--checkpoint-every", type=float, metavar="SECONDS", help="for tests: save this often")
    return parser.parse_args(words)


def _refuse_second_start(run: Run, resume: bool) -> None:
    """Keeps a training from beginning anew over what lies there; raises CannotRead."""
    if not resume and (run.folder / EVENTS).exists():
        raise CannotRead(run.folder, EVENTS, "a run that was not begun yet; go on with --resume, or start a new run")


def be_polite() -> None:
    """Lets what the person works on go first."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)


class Worker:
    """Pulls the events of a training, writes them down, and does what the person asks in between."""

    def __init__(self, run: Run, options: argparse.Namespace, log: Log) -> None:
        self._run, self._options, self._log = run, options, log
        self._heart = Heart(run.folder, options.device or best_device().type, {"torch": torch.__version__})
        self._commands: Tail[Command] = run.commands()
        self._paused = self._terminated = False

    def work(self) -> int:
        """Trains to the end; gives the exit status."""
        be_polite()
        faulthandler.enable()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._terminate)
        self._heart.beat()
        program: Program | None = None
        try:
            program = opened(self._run.folder, open_design(self._run.folder / DESIGN))
            return self.pull(self._prepared(program))
        except BadDesign as error:
            return self._failed(Failed(f"{error}"))
        except Exception as error:
            return self._failed(failure_of(error, program))

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self._terminated = True

    def _failed(self, event: Failed) -> int:
        """Writes down how it broke off, with the traceback in the log of the process."""
        print(event.log or event.message, file=sys.stderr, flush=True)
        with contextlib.suppress(CannotSave):
            self._log.append(event)
        return FAILED

    def _prepared(self, program: Program) -> Training:
        program.script.limit_threads()
        checkpoint = None
        if self._options.resume:
            found = newest(self._run.folder)
            for damaged in found.damaged:
                print(f"{damaged} Going on from an earlier checkpoint.", file=sys.stderr, flush=True)
            checkpoint = found.checkpoint
        every = self._options.checkpoint_every
        kind = Training if self._options.nproc == 1 else self._in_processes
        training = kind(
            program,
            best_device(self._options.device),
            epochs=self._options.epochs,
            folder=self._run.folder,
            checkpoint=checkpoint,
            cadence=None if every is None else Cadence(every, every),
        )
        if self._options.resume:  # from the very start where no checkpoint had been saved
            training.resumed_from = training.course.step
        return training

    def _in_processes(self, program: Program, device: torch.device, **options: Any) -> Training:
        """A training that is shared with processes which it starts."""
        size = self._options.nproc
        share_threads(size)
        words = [*(["--resume"] * self._options.resume), "--epochs", f"{options['epochs']}"]
        team = Team(self._run, size, device, words, self._log.append)
        return LeadingTraining(program, device, team, **options)

    def pull(self, training: Training) -> int:
        """Trains to the end; gives the exit status."""
        last: Event | None = None
        for event in training.events():
            last = event or last
            self.take(event, training)
        return FAILED if isinstance(last, Failed) else FINISHED

    def take(self, event: Event | None, training: Training) -> None:
        """Writes down what happened, or does what was asked meanwhile and comes back when the training is to go on."""
        if event is not None:  # more of what belongs to it may follow, a checkpoint be half made
            self._write([event])
            return
        self._obey(training)
        while self._paused:
            time.sleep(LOOK)
            self._obey(training)

    def _write(self, events: Iterable[Event]) -> None:
        for event in events:
            self._log.append(event)
            if isinstance(event, Failed):
                print(event.log or event.message, file=sys.stderr, flush=True)
        self._heart.beat()

    def _obey(self, training: Training) -> None:
        """Does what was asked since the last look."""
        self._heart.beat()
        for command in self._commands.read().messages:
            self._do(command, training)
        if self._terminated:
            self._do(Stop(), training)

    def _do(self, command: Command, training: Training) -> None:
        match command:
            case Pause() if not self._paused:
                self._paused = True
                self._write([*training.flush(), Paused(training.course.step)])
            case Resume() if self._paused:
                self._paused = False
                self._write([Continued(training.course.step)])
            case Stop():
                self._paused = False
                training.stop()
            case Save():
                self._write(training.save())
            case SetLearningRate(value):
                training.set_learning_rate(value)
                self._write(training.save())  # a wish is not lost with the process


if __name__ == "__main__":
    sys.exit(main())
