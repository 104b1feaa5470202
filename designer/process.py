"""The training that the window follows: started, attached to again, or replayed; all through its folder."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.design import Design
from runtime.file import dumps
from runtime.messages import (
    Began,
    Command,
    Continued,
    Ended,
    Event,
    Failed,
    Measured,
    Pause,
    Paused,
    Resume,
    Save,
    SetLearningRate,
    Stepped,
    Tail,
)
from runtime.run import Run, Stopper, start_worker
from runtime.script import printed

TICK_MS = 50
BUDGET_SECONDS = 0.008  # of each tick for reading events, so that drawing stays smooth
LOOK_EVERY = 10  # ticks between two looks at whether the process lives
LIVE = {"starting", "running", "paused", "stopping", "not responding"}


@dataclass(frozen=True)
class Progress:
    """How far a run is: steps and epochs done and planned, the pace, and the seconds left at that pace."""

    step: int = 0
    steps: int = 0
    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    samples_per_second: float = 0.0
    began_step: int = 0
    began_seconds: float = 0.0

    @property
    def share(self) -> float:
        """The part that is done, from 0 to 1."""
        return min(self.step / self.steps, 1.0) if self.steps else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one."""
        done, taken = self.step - self.began_step, self.seconds - self.began_seconds
        return (self.steps - self.step) * taken / done if done > 0 and taken > 0 else None

    def after(self, event: Event) -> Progress:
        """The progress once an event has happened."""
        match event:
            case Began(phases=phases, resumed_from=resumed):
                steps = sum(plan.epochs * plan.steps_per_epoch for plan in phases)
                epochs = sum(plan.epochs for plan in phases)
                start = resumed or 0
                return Progress(start, steps, 0, epochs, event.seconds, 0.0, start, event.seconds)
            case Stepped():
                step = event.first_step + event.steps
                rate = event.samples_per_second
                return replace(self, step=step, epoch=event.epoch, seconds=event.seconds, samples_per_second=rate)
            case _:
                return replace(self, seconds=max(self.seconds, event.seconds))


class Training(QObject):
    """Follows one run at a time and sends its events on in order. Nothing here waits for the worker."""

    attached = Signal(object)  # Run: forget the one before
    happened = Signal(object)  # Event
    state_changed = Signal(str)
    progressed = Signal(object)  # Progress

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.state = ""
        self.progress = Progress()
        self._tail: Tail[Event] | None = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._stopper: Stopper | None = None
        self._over = False
        self._ticks = 0
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self.tick)

    @property
    def live(self) -> bool:
        """Whether the run that is followed still trains."""
        return self.state in LIVE

    def start(self, design: Design, runs_dir: Path, device: str = "") -> Run:
        """Makes a run folder and starts its worker; raises CannotPrint, CannotPlan, NoData or CannotSave."""
        files = {"design.json": dumps(design), **printed(design)}
        run = Run.create(runs_dir, design.title, files)
        self._worker = start_worker(run, device=device)
        self.attach(run)
        return run

    def resume_run(self, run: Run, device: str = "") -> None:
        """Goes on with a run from its last checkpoint; raises AlreadyRunning or CannotSave."""
        self._worker = start_worker(run, resume=True, device=device)
        self.attach(run)

    def attach(self, run: Run) -> None:
        """Follows a run from its first event on, whoever started it and whether or not it is over."""
        self.run, self._tail = run, run.tail()
        self._stopper, self._over, self._ticks = None, False, 0
        self.progress = Progress()
        self.attached.emit(run)
        self._set_state("starting")
        self._timer.start()
        self.tick()

    def detach(self) -> None:
        """Follows nothing any more; the run itself goes on."""
        self._timer.stop()
        self.run = self._tail = self._stopper = None
        self._set_state("")

    def pause(self) -> None:
        """Asks to wait after the step under way."""
        self._send(Pause())

    def go_on(self) -> None:
        """Asks to go on after a pause."""
        self._send(Resume())

    def save(self) -> None:
        """Asks for a checkpoint now."""
        self._send(Save())

    def set_learning_rate(self, value: float) -> None:
        """Asks to train on with another learning rate."""
        self._send(SetLearningRate(value))

    def stop(self) -> None:
        """Stops the run for certain: asks, and after a while insists."""
        if self.run is not None and self.live and self._stopper is None:
            self._stopper = Stopper(self.run)
            self._set_state("stopping")

    def _send(self, command: Command) -> None:
        if self.run is not None and self.live:
            self.run.send(command)

    def tick(self) -> None:
        """Reads what happened since the last tick."""
        if self._tail is None:
            return
        batch = self._tail.read(seconds=BUDGET_SECONDS)
        for event in batch.messages:
            self._take(event)
        if batch.messages:
            self.progressed.emit(self.progress)
        if batch.more:
            return
        if self._over:
            self._timer.stop()
            return
        self._ticks += 1
        if self._stopper is not None and self._stopper.tick() == "gone":
            self._stopper = None
        if self._ticks % LOOK_EVERY == 0:
            self._look()

    def _take(self, event: Event) -> None:
        self.progress = self.progress.after(event)
        self.happened.emit(event)
        match event:
            case Began():
                self._over = False
                self._set_state("running")
            case Stepped() | Measured() if self.state == "starting":
                self._set_state("running")
            case Paused():
                self._set_state("paused")
            case Continued():
                self._set_state("running")
            case Ended(reason=reason):
                self._over = True
                self._set_state("stopped" if reason == "stopped" else "finished")
            case Failed():
                self._over = True
                self._set_state("failed")

    def _look(self) -> None:
        """Notices a worker that died or hangs, which no event would tell."""
        assert self.run is not None
        code = self._worker.poll() if self._worker is not None else None
        state = self.run.state
        if state == "dead":
            self._take(self.run.failure(code))
        elif state == "not responding" or self.state == "not responding":
            self._set_state(state)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
