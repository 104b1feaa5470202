"""The training under way: its curves over those of past runs, where it stands, what went wrong, the learning rate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from blocks.setting import BadSetting, Number
from designer.monitor.curves import CurvesView
from designer.monitor.fitting import Fitting
from designer.panels.compared import Compared
from designer.panels.elided import Elided
from designer.panels.empty import Empty
from designer.panels.failure import FailureCard
from designer.process import Training
from designer.theme import Theme, fonts
from runtime.messages import Began, Ended, Event, Failed, Measured, Saved, Stepped
from runtime.run import Run

_RATE = Number(0.001, "Learning rate from now on.", name="learning rate", low=0.0, high=1e3)
_WORDS = {
    "": "No training yet",
    "starting": "Starting",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Stopping",
    "stopped": "Stopped",
    "finished": "Finished",
    "failed": "Broken off",
    "not responding": "Not responding",
}
_ROLES = {"failed": "error", "not responding": "warning", "paused": "warning"}
_HINTS = {
    "stopping": "the step under way is finished and saved",
    "not responding": "the training process is silent; it may be in a long step, or stuck",
}
_FITS = {"over-fit": "warning", "under-fit": "warning"}
_STARTING = "The training process is starting. Loading PyTorch and the data takes some seconds."


class TrainingPanel(QWidget):
    """Shows the run that `Training` follows. `revealed(network, node)` leads to the node that caused a failure."""

    revealed = Signal(str, str)

    def __init__(self, training: Training, theme: Theme) -> None:
        super().__init__()
        self._training = training
        self._about = self._known_rate = ""
        self._steps: list[Stepped] = []  # told since the last tick, to be drawn together
        self.curves, self.failure = CurvesView(theme), FailureCard(theme)
        self._compared = Compared(self.curves)
        self.waiting = Empty("chart-line", _STARTING, theme)
        self.status, self.detail = QLabel(), Elided()
        self.fit, self._fitting = QLabel(), Fitting()
        self.rate, self.save_now = QLineEdit(), QPushButton("Save now")
        self._lay_out()
        self.save_now.clicked.connect(training.save)
        self.rate.returnPressed.connect(self._set_rate)
        self.rate.installEventFilter(self)
        self.failure.revealed.connect(self.revealed)
        training.attached.connect(self._begin)
        training.happened.connect(self._take)
        training.progressed.connect(self._add_steps)
        training.state_changed.connect(self._show_state)
        self._show_state(training.state)

    # --- layout -------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._head, rate = QWidget(), QLabel("learning rate")
        for label in (self.detail, rate):
            label.setProperty("role", "small")
        self.status.setFont(fonts().strong)
        self.rate.setAccessibleName("Learning rate from now on")
        self.rate.setFixedWidth(96)
        head = QHBoxLayout(self._head)
        head.setContentsMargins(20, 8, 16, 0)
        head.setSpacing(8)
        left: tuple[QWidget, ...] = (self.status, self.fit, self.detail)
        right: tuple[QWidget, ...] = (rate, self.rate, self.save_now)
        for widget in left:
            head.addWidget(widget)
        for widget in right:
            head.addWidget(widget)
        card = QHBoxLayout()
        card.setContentsMargins(20, 8, 16, 0)
        card.addWidget(self.failure)
        self._stack = QStackedLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addLayout(card)
        column.addLayout(self._stack, 1)
        for page in (self.curves, self.waiting):  # now that they have a parent: a page without one shows as a window
            self._stack.addWidget(page)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        for part in (self.curves, self.failure, self.waiting):
            part.set_theme(theme)

    # --- what happens -------------------------------------------------------------------

    def _begin(self, run: Run) -> None:
        self._steps, self._fitting = [], Fitting()
        self._tell_fit()
        self.curves.clear()
        self._compared.begin(run)
        self.failure.hide()
        self._known_rate = ""
        self._show_rate()
        self._stack.setCurrentWidget(self.waiting)
        self._tell("")

    def _take(self, event: Event) -> None:
        self._fitting.take(event)
        match event:
            case Began():
                self._plan(event)
            case Stepped():
                self._steps.append(event)
            case Measured():
                self.curves.add_validation(event.step, event.epoch, event.values, event.best)
                self._tell_fit()
            case Saved() if event.best:
                self._tell(f"best kept at epoch {event.epoch}")
            case Ended(final=final):
                self._tell("  ".join(f"{name} {value:.4g}" for name, value in final.items()))
            case Failed():
                self._stack.setCurrentWidget(self.curves)
                self.failure.show_failure(event)

    def _add_steps(self, *_: object) -> None:
        """Hands the steps of a tick to the curves, those that follow each other as one piece."""
        steps, self._steps = self._steps, []
        for first, values in _joined(steps):
            self.curves.add_steps(first, values)
        if steps:
            self._known_rate = f"{steps[-1].learning_rate:.4g}"
            self._show_rate()

    def _plan(self, began: Began) -> None:
        self._add_steps()
        self.failure.hide()
        if began.resumed_from is None:
            names = [name for plan in began.phases for name in plan.objectives]
            total = sum(plan.epochs * plan.steps_per_epoch for plan in began.phases)
            first = began.phases[0].steps_per_epoch if began.phases else 0
            self.curves.begin(list(dict.fromkeys([*names, *began.metrics])), began.better, total, first)
        self._stack.setCurrentWidget(self.curves)
        if began.phases:
            plan = began.phases[0]
            counts = f"{plan.samples_train:,} examples, {plan.samples_validation:,} held out"
            self._tell(f"{began.device} · {counts}")

    def _tell_fit(self) -> None:
        """Says how well the phase under way fits, in a word whose tooltip says why and what helps."""
        fit = self._fitting.fit()
        since = f" since epoch {fit.epoch}" if fit is not None and fit.epoch else ""
        self.fit.setText(f"{fit.kind}{since}" if fit is not None else "")
        self.fit.setToolTip(fit.message if fit is not None else "")
        self.fit.setVisible(fit is not None)
        _give_role(self.fit, _FITS.get(fit.kind, "muted") if fit is not None else "muted")

    def _tell(self, words: str) -> None:
        """What is known beside the state, after the name of the run."""
        self._about = words
        run = self._training.run
        parts = (_HINTS.get(self._training.state, ""), run.name if run else "", words)
        told = "  ·  ".join(part for part in parts if part)
        self.detail.setText(told)
        self.detail.setToolTip(told)

    def _show_state(self, state: str) -> None:
        self._head.setVisible(bool(state))
        if state == "starting":
            self.failure.hide()
        self.status.setText(_WORDS.get(state, state))
        _give_role(self.status, _ROLES.get(state, ""))
        live = self._training.live
        why = "" if live else "Nothing is training: there is no rate to change and nothing to save"
        self.rate.setEnabled(live)
        self.save_now.setEnabled(live)
        self.rate.setToolTip(why or "Learning rate from now on: Enter applies it to the training under way")
        self.save_now.setToolTip(why or "Write a checkpoint now")
        self._tell(self._about)

    # --- the learning rate --------------------------------------------------------------

    def _set_rate(self) -> None:
        try:
            value = _RATE.read(self.rate.text())
        except BadSetting as wrong:
            self._mark_rate(str(wrong))
            return
        self._mark_rate("")
        self._training.set_learning_rate(float(value or 0.0))
        self._known_rate = self.rate.text()
        self.rate.clearFocus()

    def _show_rate(self) -> None:
        """Shows the rate as it is, unless somebody types another."""
        if not self.rate.hasFocus():
            self.rate.setText(self._known_rate)
            self._mark_rate("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What was typed but not taken is given up when the field is left, and at Esc."""
        escaped = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escaped and event.type() == QEvent.Type.KeyPress:
            self.rate.clearFocus()
            return True
        if event.type() == QEvent.Type.FocusOut:
            self._show_rate()
        return super().eventFilter(watched, event)

    def _mark_rate(self, complaint: str) -> None:
        if bool(complaint) == bool(self.rate.property("invalid")) and not complaint:
            return
        self.rate.setProperty("invalid", bool(complaint))
        self.rate.setToolTip(complaint or "Learning rate from now on: Enter applies it to the training under way")
        self.rate.style().polish(self.rate)

    def set_compared(self, runs: list[Run]) -> None:
        """Shows these runs faintly behind the curves, each as soon as it has been read."""
        self._compared.set_runs(runs)

    def save_picture(self, path: Path) -> None:
        """Writes the curves as a picture."""
        self.curves.save(path)


def _joined(steps: Sequence[Stepped]) -> Iterator[tuple[int, dict[str, list[float]]]]:
    """The values of events, those of steps that follow each other under the same names put together."""
    first, after, values = 0, -1, dict[str, list[float]]()
    for event in steps:
        if event.first_step != after or event.values.keys() != values.keys():
            if values:
                yield first, values
            first, values = event.first_step, {name: [] for name in event.values}
        for name, more in event.values.items():
            values[name] += more
        after = event.first_step + event.steps
    if values:
        yield first, values


def _give_role(label: QLabel, role: str) -> None:
    if label.property("role") != role:
        label.setProperty("role", role)
        label.style().unpolish(label)
        label.style().polish(label)
