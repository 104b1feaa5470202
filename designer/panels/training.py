"""The training under way: its curves, where it stands, what went wrong, and the learning rate by hand."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from blocks.setting import BadSetting, Number
from designer.monitor.curves import CurvesView
from designer.process import Training
from designer.theme import Theme
from runtime.messages import Began, Ended, Event, Failed, Measured, Saved, Stepped
from runtime.run import Run

_RATE = Number(0.001, "Learning rate from now on.", name="learning rate", low=0.0, high=1e3)
_WORDS = {
    "": "No training yet",
    "starting": "Starting …",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Stopping: the step under way is finished and saved",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Broken off",
    "not responding": "The training process does not respond",
}


class TrainingPanel(QWidget):
    """Shows the run that `Training` follows. `revealed(network, node)` leads to the node that caused a failure."""

    revealed = Signal(str, str)

    def __init__(self, training: Training, theme: Theme) -> None:
        super().__init__()
        self._training = training
        self.curves = CurvesView(theme)
        self.status = QLabel(_WORDS[""])
        self.status.setProperty("role", "strong")
        self.detail = QLabel()
        self.detail.setProperty("role", "small")
        self.rate = QLineEdit()
        self.rate.setPlaceholderText("learning rate")
        self.rate.setToolTip("Learning rate from now on; Enter applies it to the training under way")
        self.rate.setAccessibleName("Learning rate from now on")
        self.rate.setFixedWidth(120)
        self.rate.returnPressed.connect(self._set_rate)
        self.save_now = QPushButton("Save now")
        self.save_now.setToolTip("Write a checkpoint now")
        self.save_now.clicked.connect(training.save)
        self.failure = _Failure()
        self.failure.revealed.connect(self.revealed)
        self._lay_out()
        training.attached.connect(self._begin)
        training.happened.connect(self._take)
        training.state_changed.connect(self._show_state)
        self._show_state(training.state)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(self.status)
        head.addWidget(self.detail, 1)
        head.addWidget(self.rate)
        head.addWidget(self.save_now)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.failure)
        layout.addWidget(self.curves, 1)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self.curves.set_theme(theme)

    def _begin(self, run: Run) -> None:
        self.curves.clear()
        self.failure.hide()
        self.detail.setText(run.name)

    def _take(self, event: Event) -> None:
        match event:
            case Began():
                self._plan(event)
            case Stepped():
                self.curves.add_steps(event.first_step, event.values)
                if not self.rate.hasFocus():
                    self.rate.setText(f"{event.learning_rate:.4g}")
            case Measured():
                self.curves.add_validation(event.step, event.epoch, event.values, event.best)
            case Saved() if event.best:
                self.detail.setText(f"{self._name()} · best kept at epoch {event.epoch + 1}")
            case Ended(final=final):
                told = "  ".join(f"{name} {value:.4g}" for name, value in final.items())
                self.detail.setText(f"{self._name()} · {told}")
            case Failed():
                self.failure.show_failure(event)

    def _plan(self, began: Began) -> None:
        plan = began.phases[0]
        total = sum(p.epochs * p.steps_per_epoch for p in began.phases)
        if began.resumed_from is None:
            self.curves.begin(began.metrics, began.better, total, plan.steps_per_epoch)
        counts = f"{plan.samples_train:,} examples, {plan.samples_validation:,} held out"
        self.detail.setText(f"{self._name()} · {began.device} · {counts}")

    def _name(self) -> str:
        return self._training.run.name if self._training.run else ""

    def _show_state(self, state: str) -> None:
        self.status.setText(_WORDS.get(state, state))
        live = self._training.live
        for widget in (self.rate, self.save_now):
            widget.setEnabled(live)
        why = "" if live else " (nothing is training)"
        self.save_now.setToolTip(f"Write a checkpoint now{why}")

    def _set_rate(self) -> None:
        try:
            value = _RATE.read(self.rate.text())
        except BadSetting as wrong:
            self.rate.setProperty("invalid", True)
            self.rate.setToolTip(str(wrong))
        else:
            self.rate.setProperty("invalid", False)
            self._training.set_learning_rate(float(value or 0.0))
            self.rate.clearFocus()
        self.rate.style().polish(self.rate)

    def save_picture(self, path: Path) -> None:
        """Writes the curves as a picture."""
        self.curves.save(path)


class _Failure(QFrame):
    """A calm card: what happened, what to do, and the way to the node."""

    revealed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.message, self.repair = QLabel(), QLabel()
        self.message.setProperty("role", "error")
        self.repair.setProperty("role", "muted")
        for label in (self.message, self.repair):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_node = QPushButton("Show the node")
        self.show_node.clicked.connect(self._reveal)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 8, 12, 8)
        words = QVBoxLayout()
        words.addWidget(self.message)
        words.addWidget(self.repair)
        layout.addLayout(words, 1)
        layout.addWidget(self.show_node)
        self._event: Failed | None = None
        self.hide()

    def show_failure(self, event: Failed) -> None:
        """Says what a run broke off with."""
        self._event = event
        self.message.setText(event.message)
        self.repair.setText(event.repair)
        self.show_node.setVisible(bool(event.node))
        self.show()

    def _reveal(self) -> None:
        if self._event is not None:
            self.revealed.emit(self._event.network, self._event.node)
