"""What keeps an objective from being followed: settings that cannot hold together, each with its repair."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from blocks.check import check
from blocks.graph import Graph
from runtime.factors import strangers
from runtime.places import lost
from runtime.recipe import Objective
from runtime.terms import Terms


def contradictions(objectives: tuple[Objective, ...], networks: Mapping[str, Graph]) -> Iterator[tuple[str, str]]:
    """What is wrong with the objectives of a phase: (node that is minimized, sentence)."""
    for objective in objectives:
        name, batches = objective.minimize, objective.accumulate
        if batches > 1 and len(objectives) > 1:
            told = f"{name} gathers the gradients of {batches} batches, which the other losses would clear in between."
            yield name, f"{told} Let it follow every batch, or give it a phase of its own."
        if batches > 1 and objective.every > 1:
            yield name, f"{name} is followed at every {objective.every}th step and gathers batches too. Choose one."
        for place in sparse_tables(objective.networks, networks):
            yield from _of_rows(objective, place)
        if objective.optimizer.evaluates:
            yield from _of_search(objective, len(objectives))
        if objective.parts and objective.rates:
            yield name, f"{name} has factors of its rate and parts that learn. Choose one, or freeze the rest instead."
        for told in lost(objective.parts, {n: networks[n] for n in objective.networks if n in networks}):
            yield name, f"What learns from {name}: {told}"
        yield from _rates(objective, {n: networks[n] for n in objective.networks if n in networks})


def sparse_tables(used: Iterable[str], networks: Mapping[str, Graph]) -> Iterator[str]:
    """The nodes with sparse gradients in networks and in those that they hold, as Net.node."""
    for network in (name for name in used if name in networks):
        for name, node in networks[network].nodes.items():
            if "sparse" in node.block.settings and node.block.value("sparse") and not node.frozen:
                yield f"{network}.{name}"
        yield from sparse_tables(networks[network].uses, networks)


def _of_rows(objective: Objective, place: str) -> Iterator[tuple[str, str]]:
    """What cannot be done with gradients of single rows."""
    kind = objective.optimizer.kind()
    if not objective.optimizer.takes_rows:
        told = f"{place} has sparse gradients, which {kind} does not take"
        yield objective.minimize, f"{told}. Choose SparseAdam, or let {place} not be sparse."
    if objective.gradient_clip_val:
        told = f"{place} has sparse gradients, which cannot be clipped"
        yield objective.minimize, f"{told}. Set the clipping to 0, or let {place} not be sparse."


def _of_search(objective: Objective, count: int) -> Iterator[tuple[str, str]]:
    """What an optimizer cannot do that takes the loss as often as it needs."""
    kind, name = objective.optimizer.kind(), objective.minimize
    wrong = {
        "needs a phase of its own, for it moves the weights several times a step. Give each loss its own phase.": count
        > 1,
        "looks for a step with the gradients of one batch. Let it not gather several.": objective.accumulate > 1,
        "learns from the step before. Let it follow every step.": objective.every > 1,
        "finds by the gradients how far it goes: they cannot be clipped. Set the clipping to 0.": bool(
            objective.gradient_clip_val
        ),
        "has one rate for all weights: no node can have a factor. Choose AdamW.": bool(objective.rates),
    }
    yield from ((name, f"{kind} {told}") for told, holds in wrong.items() if holds)


def all_frozen(
    terms: Terms, objectives: tuple[Objective, ...], networks: Mapping[str, Graph]
) -> Iterator[tuple[str, str]]:
    """Objectives of which nothing can learn because all of it is frozen: (node that is minimized, sentence)."""
    for objective in objectives if terms.frozen else ():
        if objective.networks and not any(_learns(p, terms.frozen, networks) for p in objective.places):
            told = f"Nothing is left to learn from {objective.minimize}: {', '.join(terms.frozen)} is frozen."
            yield objective.minimize, f"{told} Leave a node with weights free."


def too_coarse(terms: Terms, objectives: tuple[Objective, ...], step: Graph) -> Iterator[tuple[str, str]]:
    """What cannot be computed in 16 bits where a phase asks for them: (node, sentence)."""
    for objective in objectives if terms.precision == "16-mixed" else ():
        if objective.optimizer.evaluates:
            told = f"{objective.optimizer.kind()} compares losses that were scaled with ones that were not"
            yield objective.minimize, f"{told}. Choose bf16-mixed, which needs no scale."
    for name, node in step.nodes.items() if terms.precision != "32-true" else ():
        if not getattr(node.block, "halved", True):
            told = f"{name} takes logarithms of probabilities, which 16 bits round to 0 or 1."
            yield name, f"{told} Use BinaryCrossEntropy of the logits before the Sigmoid, or 32-true precision."


def _learns(place: str, frozen: Sequence[str], networks: Mapping[str, Graph]) -> bool:
    """Whether any node of a place has weights and is not frozen."""
    network, _, node = place.partition(".")
    if network in frozen or place in frozen or network not in networks:
        return False
    rows = check(networks[network], networks).rows
    free = {name for name in rows if f"{network}.{name}" not in frozen}
    return any(rows[name].parameters for name in (free & {node} if node else free))


def misplaced(terms: Terms, earlier: Sequence[str], networks: Mapping[str, Graph]) -> Iterator[str]:
    """What is wrong with the terms of a phase: what stays as it is, and where its weights come from."""
    for told in lost(terms.frozen, networks):
        yield f"frozen: {told}"
    if terms.weights and terms.weights not in earlier and not Path(terms.weights).exists():
        phases = f" such as {earlier[-1]}" if earlier else ", but this is the first one"
        told = f"The weights are to come from {terms.weights}: there is no such file, folder or earlier phase"
        yield f"{told}. Name an earlier phase{phases}, or a file or folder that there is."


def _rates(objective: Objective, learning: Mapping[str, Graph]) -> Iterator[tuple[str, str]]:
    if objective.rates and objective.optimizer.takes_networks:
        kind = objective.optimizer.kind()
        yield objective.minimize, f"{kind} sorts the parameters itself: no node can have a factor. Choose AdamW."
    for path in strangers(objective.rates, learning):
        told = f"The learning rate has a factor for {path}, but there is no such node in {' or '.join(learning)}."
        yield objective.minimize, f"{told} Name one that there is."
