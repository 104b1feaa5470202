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
from runtime.process import EVENTS, Card, alive, read_card, silent

RECENT = 256 * 1024  # bytes of events looked back over: a second of the busiest training

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "dead", "not responding"]


class Recent:
    """What the last events of a run say: what it is doing, and how far it is."""

    def __init__(self, folder: Path) -> None:
        self.card = read_card(folder)
        self.last: Event | None = None
        self.turn: Event | None = None  # the last event that says what the run is doing
        self.step: int | None = None
        self.epoch: int | None = None
        for event in backwards(folder / EVENTS, RECENT):
            self.last = self.last or event
            if isinstance(event, (Began, Stepped, Measured, Paused, Continued, Ended, Failed)):
                self.turn = self.turn or event
            self.step = _steps_done(event) if self.step is None else self.step
            self.epoch = getattr(event, "epoch", None) if self.epoch is None else self.epoch
            if self.turn and self.step is not None and self.epoch is not None:
                break

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


def look(folder: Path) -> tuple[Recent, State]:
    """What a run last said, and its state."""
    recent = Recent(folder)
    state = recent.state()
    if state == "dead":  # it may have said its last word after we read and died before we looked
        recent = Recent(folder)
        state = recent.state()
    return recent, state


def best_of(folder: Path) -> dict[str, float]:
    """The metrics of a run's best measure; none where the last 256 KiB of events have none."""
    for event in backwards(folder / EVENTS, RECENT, kinds=(Ended, Measured)):
        if isinstance(event, Ended):
            return event.best
        if isinstance(event, Measured) and event.best:
            return event.values
    return {}


def plan_of(folder: Path, card: Card | None) -> Began | None:
    """The event with which a run last began, None where it has not yet."""
    if card is not None and card.after:  # resumed, so the file's first event may be out of date
        for event in backwards(folder / EVENTS, RECENT, kinds=(Began,)):
            return event if isinstance(event, Began) else None
    first = next(iter(Tail(folder / EVENTS, decode_event).read(limit=1).messages), None)
    return first if isinstance(first, Began) else None
