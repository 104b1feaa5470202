"""Follows the losses of a phase epoch by epoch, for the verdict on how well it fits; no Qt."""

from __future__ import annotations

from runtime.fit import Fit, fit_of
from runtime.messages import Began, Event, Measured, Stepped


class Fitting:
    """Takes the events of a training as they come; `fit` is the verdict on the phase under way."""

    def __init__(self) -> None:
        self._losses: dict[str, str] = {}  # the loss by which each phase is watched
        self._forget("")

    def _forget(self, phase: str) -> None:
        self._phase, self._first = phase, 0.0
        self._fresh: list[float] = []
        self._epochs: dict[int, tuple[float, float]] = {}  # the loss of training and of what is held out

    def take(self, event: Event) -> None:
        """Takes one event; an epoch that is trained again counts anew."""
        if isinstance(event, Began):
            self._losses = {plan.name: plan.objectives[0] for plan in event.phases if plan.objectives}
            self._fresh = []
        elif isinstance(event, Stepped):
            self._step(event)
        elif isinstance(event, Measured) and event.phase == self._phase and self._fresh:
            loss = event.values.get(self._losses.get(event.phase, ""))
            if loss is not None:
                kept = {number: pair for number, pair in self._epochs.items() if number < event.epoch}
                self._epochs = {**kept, event.epoch: (sum(self._fresh) / len(self._fresh), loss)}
            self._fresh = []

    def _step(self, event: Stepped) -> None:
        if event.phase != self._phase:
            self._forget(event.phase)
        values = event.values.get(self._losses.get(event.phase, ""), ())
        if values and not self._epochs and not self._fresh:
            self._first = values[0]
        self._fresh += values

    def fit(self) -> Fit | None:
        """How well the phase fits; None while it is too early to tell."""
        pairs = self._epochs.values()
        return fit_of(self._first, [train for train, _ in pairs], [held for _, held in pairs])
