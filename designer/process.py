"""The training that the window follows: started, attached to again, or replayed; all through its folder."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.design import Design
from runtime.export import run_files
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
from runtime.store import CannotRead, CannotSave

TICK_MS, CATCH_UP_MS = 25, 10  # an event is drawn within 100 ms: read in 25, drawn 50 later
BUDGET_SECONDS = 0.004  # of each tick for reading events; showing them takes as long again
LOOK_EVERY = 20  # ticks between two looks at whether the process lives
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
    paused_seconds: float = 0.0

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
            case Paused():
                return replace(self, seconds=event.seconds, paused_seconds=event.seconds)
            case Continued():  # a pause is no part of the pace
                waited = event.seconds - self.paused_seconds
                return replace(self, seconds=event.seconds, began_seconds=self.began_seconds + waited)
            case _:
                return replace(self, seconds=max(self.seconds, event.seconds))


class Training(QObject):
    """Follows one run at a time and sends its events on in order. Nothing here waits for the worker."""

    attached = Signal(object)  # Run: forget the one before
    happened = Signal(object)  # Event
    state_changed = Signal(str)
    progressed = Signal(object)  # Progress
    said = Signal(str)  # why something that was asked for could not be sent

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self.state = ""
        self.progress = Progress()
        self._tail: Tail[Event] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []  # those started here and not gone yet
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
        run = Run.create(runs_dir, design.title, run_files(design))
        self._workers.append(start_worker(run, device=device))
        self.attach(run)
        return run

    def resume_run(self, run: Run, device: str = "") -> None:
        """Goes on with a run from its last checkpoint; raises AlreadyRunning or CannotSave."""
        self._workers.append(start_worker(run, resume=True, device=device))
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
            try:
                self.run.send(command)
            except CannotSave as error:
                self.said.emit(str(error))

    def tick(self) -> None:
        """Reads what happened since the last tick, and looks now and then whether the process lives."""
        if self._tail is None:
            return
        more = self._read_on(self._tail)
        self._ticks += 1
        if self._stopper is not None and self._stopper.tick() == "gone":
            self._stopper = None
        if self._ticks % LOOK_EVERY == 0 and not more:
            self._look()
        self._timer.setInterval(CATCH_UP_MS if more else TICK_MS)
        if self._over and not more and self._stopper is None:
            self._rest()

    def _rest(self) -> None:
        """Stops looking once a run is over, unless its last words are those of a process before this one."""
        if self.run is not None and self.run.worker() is not None and self.run.state == "waiting":
            self._over = False
            self._set_state("starting")
        elif not self._workers:
            self._timer.stop()

    def _read_on(self, tail: Tail[Event]) -> bool:
        """Sends on what is there, for as long as the budget lasts; True where more is left."""
        try:
            batch = tail.read(seconds=BUDGET_SECONDS)
        except CannotRead:
            return False
        for event in batch.messages:
            self._take(event)
            if self._tail is not tail:  # somebody who was told follows another run now
                return False
        if batch.messages:
            self.progressed.emit(self.progress)
        return batch.more

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
        """Notices a worker that died or hangs, which no event would tell, and lets the dead go."""
        codes = {worker.pid: worker.poll() for worker in self._workers}
        self._workers = [worker for worker in self._workers if codes[worker.pid] is None]
        if self.run is None or self._over or self._stopper is not None:
            return
        state, card = self.run.state, self.run.worker()
        if state == "dead" or (state == "waiting" and card is None):
            self._take(self.run.failure(codes.get(card.pid) if card else None))
        elif state == "not responding" or self.state == "not responding":
            self._set_state(state)

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
