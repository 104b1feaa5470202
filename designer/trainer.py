"""Train, pause, stop: what the buttons do, and the sentence why one of them cannot."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from designer.document import OpenDesign
from designer.process import Training
from runtime.messages import Began, Event
from runtime.recipe import CannotPlan
from runtime.run import AlreadyRunning, Run
from runtime.source import CannotPrint
from runtime.sources import NoData
from runtime.store import CannotSave


class Trainer(QObject):
    """Starts and steers the training of the open document; failures are sentences in `said`."""

    said = Signal(str)
    beginning = Signal()  # a run is about to be followed

    def __init__(self, document: OpenDesign, training: Training, runs_dir: Path) -> None:
        super().__init__()
        self._document, self._training, self._runs_dir = document, training, runs_dir
        self.device = ""  # what was chosen; empty for the best there is
        self.found_device = ""  # what the last training ran on
        training.happened.connect(self._note)

    def train(self) -> None:
        """Trains the document as it is now, or goes on with what is paused."""
        if self._training.state == "paused":
            self._training.go_on()
            return
        self.beginning.emit()
        try:
            self._training.start(self._document.design, self._runs_dir, self.device)
        except (CannotPlan, CannotPrint, NoData, CannotSave, AlreadyRunning) as why:
            self.said.emit(f"Training cannot start: {why}")
            return
        self.said.emit(f"Training “{self._document.design.title}”; the run is kept in {self._runs_dir}")

    def resume(self, run: Run) -> None:
        """Goes on with a run from its last checkpoint."""
        self.beginning.emit()
        try:
            self._training.resume_run(run, self.device)
        except (CannotSave, AlreadyRunning) as why:
            self.said.emit(f"The run cannot go on: {why}")

    def pause(self) -> None:
        """Waits after the step under way; pressed again, goes on."""
        (self._training.go_on if self._training.state == "paused" else self._training.pause)()

    def stop(self) -> None:
        """Ends the training after the step under way and keeps what it learned."""
        self._training.stop()

    def why_not_train(self) -> str:
        """Why ▶ cannot be pressed, or nothing."""
        if self._training.state == "paused":
            return ""
        if self._training.live:
            return "A training is under way; stop it before starting another."
        design = self._document.design
        if not any(graph.nodes for graph in design.networks.values()):
            return "There is nothing to train yet: draw a network first."
        if design.data is None:
            return "There is no data to learn from: choose a source in the inspector."
        if not design.training:
            return "Nothing says how to train: add a training in the inspector."
        errors = self._document.verdict.errors
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            return f"Solve this first: {errors[0].message}{more}"
        return ""

    def why_not_pause(self) -> str:
        """Why the training cannot be paused, or nothing."""
        return "" if self._training.state in ("running", "paused") else "No training is under way."

    def why_not_stop(self) -> str:
        """Why the training cannot be stopped, or nothing."""
        if self._training.state == "stopping":
            return "It is stopping: the step under way is finished and saved."
        return "" if self._training.live else "No training is under way."

    def _note(self, event: Event) -> None:
        if isinstance(event, Began):
            self.found_device = event.device
