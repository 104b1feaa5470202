"""What keeps an objective from being followed: settings that cannot hold together, each with its repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blocks.graph import Graph
from runtime.factors import strangers
from runtime.recipe import Objective


def contradictions(objectives: tuple[Objective, ...], networks: Mapping[str, Graph]) -> Iterator[tuple[str, str]]:
    """What is wrong with the objectives of a phase: (node that is minimized, sentence)."""
    for objective in objectives:
        name, batches = objective.minimize, objective.accumulate
        if batches > 1 and len(objectives) > 1:
            told = f"{name} gathers the gradients of {batches} batches, which the other losses would clear in between."
            yield name, f"{told} Let it follow every batch, or give it a phase of its own."
        if batches > 1 and objective.every > 1:
            yield name, f"{name} is followed at every {objective.every}th step and gathers batches too. Choose one."
        yield from _rates(objective, {n: networks[n] for n in objective.networks if n in networks})


def _rates(objective: Objective, learning: Mapping[str, Graph]) -> Iterator[tuple[str, str]]:
    if objective.rates and objective.optimizer.takes_networks:
        kind = objective.optimizer.kind()
        yield objective.minimize, f"{kind} sorts the parameters itself: no node can have a factor. Choose AdamW."
    for path in strangers(objective.rates, learning):
        told = f"The learning rate has a factor for {path}, but there is no such node in {' or '.join(learning)}."
        yield objective.minimize, f"{told} Name one that there is."
