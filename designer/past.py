"""The values of other runs, read from their folders a slice at a time, so that a long one does not hold up drawing."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from runtime.messages import Event, Measured, Stepped, Tail
from runtime.run import Run
from runtime.store import CannotRead

_SLICE_SECONDS, _SLICE_EVERY_MS = 0.008, 20
Values = dict[str, tuple[list[float], list[float]]]  # metric → (steps, values)


@dataclass(frozen=True)
class Past:
    """What a run measured, for training and for validation, up to when it was read."""

    run: Run
    training: Values = field(default_factory=dict)
    validation: Values = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Adds what an event tells; steps trained again replace what stood there."""
        if isinstance(event, Stepped):
            for name, values in event.values.items():
                steps = [float(event.first_step + i) for i in range(len(values))]
                _put(self.training, name, steps, list(values))
        elif isinstance(event, Measured):
            for name, value in event.values.items():
                _put(self.validation, name, [float(event.step)], [value])


def _put(held: Values, name: str, steps: list[float], values: list[float]) -> None:
    xs, ys = held.setdefault(name, ([], []))
    while steps and xs and xs[-1] >= steps[0]:
        xs.pop()
        ys.pop()
    xs += steps
    ys += values


class PastReader(QObject):
    """Reads runs one after the other; `done` brings each as a Past."""

    done = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[tuple[Past, Tail[Event]]] = []
        self._timer = QTimer(self, interval=_SLICE_EVERY_MS)
        self._timer.timeout.connect(self._read_on)

    def read(self, run: Run) -> None:
        """Begins to read a run."""
        self._waiting.append((Past(run), run.tail()))
        self._timer.start()

    def forget(self, run: Run) -> None:
        """Reads a run no further."""
        self._waiting = [(past, tail) for past, tail in self._waiting if past.run != run]

    def _read_on(self) -> None:
        if not self._waiting:
            self._timer.stop()
            return
        past, tail = self._waiting[0]
        try:
            batch = tail.read(seconds=_SLICE_SECONDS)
        except CannotRead:
            del self._waiting[0]
            return
        for event in batch.messages:
            past.take(event)
        if not batch.more:
            del self._waiting[0]
            self.done.emit(past)
