"""Whether several processes can train a design together, each with its share of every batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from blocks.graph import Graph
from runtime.objective_check import sparse_tables
from runtime.plan import Stretch


def alone(stretches: Iterable[Stretch], networks: Mapping[str, Graph]) -> str:
    """Why only one process can train it, as a sentence; empty where several can, and learn what one would."""
    graphs = [*networks.values(), *(stretch.graph for stretch in stretches)]
    searched = [told for stretch in stretches for told in _searched(stretch)]
    return next((told for graph in graphs for told in _told(graph)), next(iter(searched), ""))


def _searched(stretch: Stretch) -> Iterator[str]:
    """What objectives do that only one process can."""
    for objective in stretch.objectives:
        for place in sparse_tables(objective.networks, stretch.checked.networks):
            told = f"{place} has sparse gradients, which processes do not average"
            yield f"{told}. Train in one process."
        if objective.optimizer.evaluates:
            told = f"{objective.optimizer.kind()} takes {objective.minimize} of a whole batch"
            yield f"{told}, of which no process sees all. Train in one process."


def _told(graph: Graph) -> Iterator[str]:
    for name, node in graph.nodes.items():
        if node.block.alone():
            yield f"{name} {node.block.alone()}, of which no process sees all. Train in one process."
