"""The phases of a training as a list: renamed, moved, duplicated, removed; what names one follows, what it can name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from blocks.edits import Refused, fresh_name
from designer.document import Edit
from runtime.by_hand import fields_of
from runtime.design import Design, Phase, canvas_of
from runtime.places import Around

_HELD = ("layout", "notes", "frames", "bends")  # by the name of a canvas


def around(design: Design, name: str) -> Around:
    """What settings of a phase can name."""
    names = [phase.name for phase in design.training]
    return Around(design.networks, tuple(fields_of(design)), tuple(names[: names.index(name)]))


def renamed(old: str, new: str) -> Edit:
    """A phase under another name; raises Refused."""

    def edit(design: Design) -> Design:
        if new == old:
            return design
        if not new.strip() or not new.isprintable():
            raise Refused("a phase needs a name")
        if any(phase.name == new for phase in design.training):
            raise Refused(f"there is already a phase named {new}; choose another name")
        phases = tuple(_naming(replace(p, name=new) if p.name == old else p, old, new) for p in design.training)
        return _on_canvas(replace(design, training=phases), lambda held: _moved(held, canvas_of(old), canvas_of(new)))

    return edit


def removed(name: str) -> Edit:
    """One phase less, with what stood on its canvas."""

    def edit(design: Design) -> Design:
        after = replace(design, training=tuple(phase for phase in design.training if phase.name != name))
        return _on_canvas(after, lambda held: {key: of for key, of in held.items() if key != canvas_of(name)})

    return edit


def moved(name: str, by: int) -> Edit:
    """A phase earlier (-1) or later (1) than it was."""

    def edit(design: Design) -> Design:
        phases = list(design.training)
        place = next(i for i, phase in enumerate(phases) if phase.name == name)
        if not 0 <= place + by < len(phases):
            return design
        phases.insert(place + by, phases.pop(place))
        return replace(design, training=tuple(phases))

    return edit


def duplicated(name: str) -> Edit:
    """The same phase once more, right after it and under a name of its own."""

    def edit(design: Design) -> Design:
        copy = fresh_name({phase.name for phase in design.training}, name)
        twice = [(p, replace(p, name=copy)) if p.name == name else (p,) for p in design.training]
        after = replace(design, training=tuple(phase for each in twice for phase in each))
        mine = canvas_of(name)
        return _on_canvas(after, lambda held: {**held, canvas_of(copy): held[mine]} if mine in held else held)

    return edit


def _naming(phase: Phase, old: str, new: str) -> Phase:
    """A phase that begins with the weights of another one, by that one's new name."""
    known = "weights" in phase.plan.settings and phase.plan.value("weights") == old
    return replace(phase, plan=phase.plan.with_settings(weights=new)) if known else phase


def _moved(held: Mapping[str, Any], old: str, new: str) -> Mapping[str, Any]:
    return {new if key == old else key: of for key, of in held.items()}


def _on_canvas(design: Design, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Design:
    told: dict[str, Any] = {name: change(getattr(design, name)) for name in _HELD}
    return replace(design, **told)
