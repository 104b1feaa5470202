"""A training followed on the terminal: a bar while it runs, a line for every measure, and how it ended."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import fsum

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

from runtime.messages import Began, Ended, Event, Failed, Measured, PhasePlan, Stepped
from runtime.run import Run, Stopper

TICK = 0.05  # seconds between two looks at the events
STOPPED = 130  # the exit status of a program that Ctrl+C ended


@contextmanager
def _interrupts(noted: Callable[..., None]) -> Iterator[None]:
    """Notes Ctrl+C where it would else break off whatever is being done, and leave the training without a word."""
    before = signal.signal(signal.SIGINT, noted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class TimeLeft(ProgressColumn):
    """The time left, from all steps so far."""

    def render(self, task: Task) -> Text:
        """The text in the bar's line."""
        seconds = task.fields.get("left")
        return Text("" if seconds is None else f"{seconds:.0f} s left", "cyan")


class Follower:
    """Tells the events of one run as they come, until it is over. Made before the worker, it leaves out what was."""

    def __init__(self, run: Run, console: Console) -> None:
        self._run, self._console = run, console
        self._tail = run.tail()
        self._tail.read()
        self._live = console.is_terminal
        self._epochs = 0  # of all phases together
        self._steps = 0
        self._start = (0, 0.0)  # steps and seconds where this process began
        self._values: dict[int, dict[str, float]] = {}  # by step, of those since the last measure
        self._unmeasured = False  # no examples are held out, so that no event tells of an epoch's end
        self._name = ""  # of the epoch of the last step
        self._last: Event | None = None
        self._asked = False  # Ctrl+C was pressed
        self._stopper: Stopper | None = None

    def follow(self, worker: subprocess.Popen[bytes]) -> int:
        """Waits for the end of the worker; gives 0, 1 after a failure, or 130 where the person stopped it."""
        self._worker = worker
        with self._bar(), _interrupts(self._ask):
            while not self._over():
                if self._asked:
                    self._stop()
                if self._stopper is not None:
                    self._stopper.tick()
                time.sleep(TICK)
        return self._end()

    def _ask(self, *_: object) -> None:
        self._asked = True

    def _over(self) -> bool:
        """Tells what has happened since; True once there is no more to come."""
        gone = self._worker.poll() is not None  # asked first: what it wrote before it went is read below
        for event in self._tail.read().messages:
            self._last = event
            self._tell(event)
        return gone or isinstance(self._last, Ended | Failed)

    def _stop(self) -> None:
        if self._stopper is None:
            self._say("Stopping after this step; a checkpoint is saved.")
            self._stopper = Stopper(self._run)

    # --- what is told ---------------------------------------------------------------------

    @contextmanager
    def _bar(self) -> Iterator[None]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("[dim]{task.fields[told]}"),
            TimeLeft(),
        )
        self._progress = Progress(*columns, console=self._console, transient=True, disable=not self._live)
        with self._progress:
            self._task = self._progress.add_task("starting", total=None, told="", left=None)
            yield

    def _say(self, text: str) -> None:
        self._progress.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def _tell(self, event: Event) -> None:
        match event:
            case Began(phases=phases):
                self._began(event, phases)
            case Stepped():
                self._stepped(event)
            case Measured():
                self._measured(event)

    def _began(self, event: Began, phases: tuple[PhasePlan, ...]) -> None:
        self._epochs = sum(plan.epochs for plan in phases)
        self._steps = sum(plan.epochs * plan.steps_per_epoch for plan in phases)
        self._start = (event.resumed_from or 0, event.seconds)
        first = phases[0] if phases else None
        resumed = f", going on from step {event.resumed_from:,}" if event.resumed_from is not None else ""
        self._unmeasured = first is not None and first.samples_validation == 0
        examples = f", {first.samples_train:,} + {first.samples_validation:,} examples" if first else ""
        self._say(f"Training {event.parameters:,} parameters on {event.device}{examples}{resumed}")
        self._progress.update(self._task, description="training", total=self._steps, completed=self._start[0])

    def _stepped(self, event: Stepped) -> None:
        values: dict[str, float] = {}
        done = event.first_step + event.steps
        for place in range(event.steps):
            values = {name: each[place] for name, each in event.values.items()}
            self._values[event.first_step + place] = values
        name = f"{event.phase} {event.epoch}/{self._epochs}"
        if self._unmeasured and self._name not in ("", name):
            self._say_epoch(self._name, event.first_step)
        self._name, latest = name, told(values)
        taken, steps = event.seconds - self._start[1], done - self._start[0]
        left = (self._steps - done) * taken / steps if steps > 0 and taken > 0 else None
        self._progress.update(self._task, description=name, completed=done, told=latest, left=left)

    def _measured(self, event: Measured) -> None:
        best = "  best so far" if event.best else ""
        name = f"{event.phase} {event.epoch}/{self._epochs}"
        self._say_epoch(name, event.step, f"  validation: {told(event.values)}{best}")

    def _say_epoch(self, name: str, end: int, measured: str = "") -> None:
        """A line on the steps since the last one and before `end`, with what was measured then, if anything was."""
        steps = [self._values.pop(step) for step in sorted(self._values) if step < end]
        trained = {name: fsum(values[name] for values in steps) / len(steps) for name in (steps[0] if steps else ())}
        self._say(f"{name}  {told(trained)}{measured}")

    def _end(self) -> int:
        """Says how it ended, and gives the exit status."""
        last = self._last
        if not isinstance(last, Ended | Failed):
            last = self._run.failure(self._worker.wait())
        self._worker.wait()
        if isinstance(last, Failed):
            self._say_failure(last)
            return 1
        if self._unmeasured and self._values:
            self._say_epoch(self._name, max(self._values) + 1)
        best = f" Best: {told(last.best)}" if last.best else ""
        how = "stopped early" if last.reason == "early stopping" else last.reason
        self._say(f"Training {how} after {last.step:,} step{'s' * (last.step != 1)} in {last.seconds:.1f} s.{best}")
        self._say(f"Run folder: {self._run.folder}")
        return STOPPED if last.reason == "stopped" and self._stopper is not None else 0

    def _say_failure(self, failed: Failed) -> None:
        place = ".".join(part for part in (failed.network, failed.node) if part)
        sentence = " ".join(part for part in (f"{place}:" if place else "", failed.message, failed.repair) if part)
        errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        errors.print(sentence)
        errors.print(f"Run folder: {self._run.folder}")


def told(values: Mapping[str, float]) -> str:
    """Losses and metrics in one line."""
    return "  ".join(f"{name} {value:.4f}" for name, value in values.items())
