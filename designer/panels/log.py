"""What happened, in words: edits, trainings, files, and the last lines of the training process."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from designer.process import Training
from designer.theme import Theme, fonts
from runtime.messages import Began, Continued, Ended, Event, Failed, Measured, Paused, Saved
from runtime.run import Run

_MOST_LINES = 5000


class LogPanel(QWidget):
    """A list of lines that only grows, oldest dropped after some thousands."""

    def __init__(self, training: Training) -> None:
        super().__init__()
        self._lines: list[str] = []  # of this tick
        self.view = QPlainTextEdit(readOnly=True)
        self.view.setMaximumBlockCount(_MOST_LINES)
        self.view.setFont(fonts().code)
        self.view.setProperty("role", "code")
        self.view.setPlaceholderText("Nothing has happened yet.")
        self.view.setAccessibleName("Log")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 0, 8)
        layout.addWidget(self.view)
        training.attached.connect(self._attached)
        training.happened.connect(self._take)
        training.progressed.connect(self._write)

    def set_theme(self, theme: Theme) -> None:
        """Colours come from the style sheet; nothing of its own to change."""
        self.view.update()

    def tell(self, words: str) -> None:
        """One more line, with the time."""
        self._lines.append(f"{datetime.now():%H:%M:%S}  {words}")
        self._write()

    def _attached(self, run: Run) -> None:
        self.tell(f"Following {run.folder}")

    def _take(self, event: Event) -> None:
        """A run tells its own time: that of a run from last week is not the time of day."""
        words = describe(event)
        if words:
            self._lines.append(f"{f'+{event.seconds:.1f} s':>8}  {words}")
        if isinstance(event, Failed):
            self._lines += event.log.rstrip().splitlines()
            self._write()

    def _write(self, *_: object) -> None:
        """Shows the lines of a tick together."""
        if self._lines:
            self.view.appendPlainText("\n".join(self._lines[-_MOST_LINES:]))
            self._lines = []


def describe(event: Event) -> str:
    """An event in words, or nothing for those that come by the thousand."""
    match event:
        case Began(device=device, resumed_from=None):
            return f"Training began on {device}"
        case Began(device=device, resumed_from=step):
            return f"Training went on from step {step:,} on {device}"
        case Measured(epoch=epoch, values=values, best=best):
            told = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
            return f"Epoch {epoch}: {told}{'  (best so far)' if best else ''}"
        case Saved(file=file, step=step):
            return f"Checkpoint of step {step:,} saved in {file}"
        case Paused(step=step):
            return f"Paused after step {step:,}"
        case Continued():
            return "Went on"
        case Ended(reason=reason, step=step):
            return f"Training ended ({reason}) after {step:,} steps"
        case Failed(message=message, repair=repair):
            return f"Broken off: {message} {repair}"
        case _:
            return ""
