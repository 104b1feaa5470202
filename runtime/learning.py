"""How many numbers learn in a phase of training, and how many that it uses stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from blocks.check import check
from blocks.graph import Graph
from runtime.places import network_of
from runtime.planning import Planned


class Learning(NamedTuple):
    """Numbers that learn in a phase, and those that are used in it and do not."""

    learns: int
    stays: int


def learning(planned: Planned, networks: Mapping[str, Graph]) -> Learning:
    """What learns of the networks that the step of a phase uses; nothing where it cannot be drawn."""
    step = planned.step
    used = [name for name in (step.uses if step is not None else ()) if name in networks]
    counts = {place: count for name in used for place, count in _counts(name, networks)}
    told = {place for objective in planned.objectives for place in objective.places}
    frozen = set(planned.phase.plan.frozen)
    free = [place for place in counts if _in(place, told) and not _in(place, frozen)]
    learns = sum(counts[place] for place in free)
    return Learning(learns, sum(counts.values()) - learns)


def learning_text(planned: Planned, networks: Mapping[str, Graph]) -> str:
    """The same in a line that begins with the name of the phase."""
    learns, stays = learning(planned, networks)
    kept = f", {stays:,} stay as they are" if stays else ""
    return f"{planned.name}: {learns:,} parameters learn{kept}"


def _counts(network: str, networks: Mapping[str, Graph]) -> Iterator[tuple[str, int]]:
    rows = check(networks[network], networks).rows
    yield from ((f"{network}.{node}", row.parameters) for node, row in rows.items())


def _in(place: str, places: set[str]) -> bool:
    return place in places or network_of(place) in places
