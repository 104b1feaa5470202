"""The events of a run as one history: what a resumed process did anew is told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runtime.messages import Began, Ended, Event, Failed, Measured, Saved, Stepped


def settled(events: Iterable[Event]) -> tuple[Event, ...]:
    """The events without what was taken back: a process that goes on from a step does those after it again."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Began) and event.resumed_from is not None:
            step = event.resumed_from
            kept = [part for each in kept for part in _before(each, step)]
        kept.append(event)
    return tuple(kept)


def _before(event: Event, step: int) -> tuple[Event, ...]:
    """What is left of an event when everything from `step` on is done again."""
    if isinstance(event, Stepped) and event.first_step + event.steps > step:
        return _cut(event, step - event.first_step)
    if isinstance(event, Ended | Failed):
        return ()
    if isinstance(event, Measured | Saved) and event.step > step:
        return ()
    return (event,)


def _cut(event: Stepped, count: int) -> tuple[Event, ...]:
    if count <= 0:
        return ()
    values = {name: each[:count] for name, each in event.values.items()}
    return (replace(event, values=values, gradient_norm=event.gradient_norm[:count]),)
