"""How far a run is and how it fares, read from the end of its events and from its process."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from runtime.messages import (
    Began,
    Continued,
    Ended,
    Event,
    Failed,
    Measured,
    Paused,
    Stepped,
    Tail,
    backwards,
    decode_event,
)
from runtime.process import EVENTS, alive, read_card, silent

RECENT = 256 * 1024  # bytes of events looked back over: a second of the busiest training

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "dead", "not responding"]


class Recent:
    """What the last events of a run say, read from the end until everything asked is known."""

    def __init__(self, folder: Path, everything: bool = False) -> None:
        self.card = read_card(folder)
        self.last: Event | None = None
        self.turn: Event | None = None  # the last event that says what the run is doing
        self.began: Began | None = None
        self.step: int | None = None
        self.epoch: int | None = None
        self.best: dict[str, float] | None = None
        for event in backwards(folder / EVENTS, RECENT):
            self._note(event)
            if self.turn and not everything:
                break
            if self.turn and None not in (self.step, self.epoch, self.best):
                break

    def _note(self, event: Event) -> None:
        self.last = self.last or event
        if isinstance(event, (Began, Stepped, Measured, Paused, Continued, Ended, Failed)):
            self.turn = self.turn or event
        if isinstance(event, Began):
            self.began = self.began or event
        self._note_progress(event)

    def _note_progress(self, event: Event) -> None:
        if self.step is None:
            self.step = _steps_done(event)
        if self.epoch is None:
            self.epoch = getattr(event, "epoch", None)
        if self.best is None:
            if isinstance(event, Ended):
                self.best = event.best
            elif isinstance(event, Measured) and event.best:
                self.best = event.values

    def state(self) -> State:
        """What the run is doing; the last words of an earlier process do not count for a later."""
        fresh = self.card is not None and (self.last is None or self.last.sequence <= self.card.after)
        if not fresh and isinstance(self.turn, Ended):
            return "stopped" if self.turn.reason == "stopped" else "finished"
        if not fresh and isinstance(self.turn, Failed):
            return "failed"
        if self.card is None:
            return "dead" if self.last else "waiting"
        if not alive(self.card):
            return "dead"
        if silent(self.card):
            return "not responding"
        if fresh:
            return "waiting"
        return "paused" if isinstance(self.turn, Paused) else "running"


def _steps_done(event: Event) -> int | None:
    if isinstance(event, Stepped):
        return event.first_step + event.steps
    if isinstance(event, Failed):
        return event.step or None  # 0 where it is not known
    return getattr(event, "step", None)


def look(folder: Path, everything: bool = False) -> tuple[Recent, State]:
    """What a run last said, with its progress if `everything` is asked, and its state."""
    recent = Recent(folder, everything)
    state = recent.state()
    if state == "dead":  # it may have said its last word after we read and died before we looked
        recent = Recent(folder, everything)
        state = recent.state()
    return recent, state


def first_began(folder: Path) -> Began | None:
    """The event that a run opened with, None where it has not begun."""
    batch = Tail(folder / EVENTS, decode_event).read(limit=1)
    first = batch.messages[0] if batch.messages else None
    return first if isinstance(first, Began) else None
