"""The saved document as a value: networks, data, training, layout and notes. Every change gives a new Design."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from blocks.graph import Graph
from runtime.optimizer import Optimizer
from runtime.recipe import Objective, Recipe
from runtime.schedule import Schedule
from runtime.sources import DataSource

Point = tuple[float, float]
Layout = Mapping[str, Point]


@dataclass(frozen=True)
class Note:
    """A card of Markdown text on the canvas; `at` is its top left corner in canvas pixels."""

    text: str
    at: Point = (0.0, 0.0)
    width: float = 240.0


@dataclass(frozen=True)
class Drawn:
    """A training step drawn by hand: its graph, what is minimized, how long."""

    step: Graph
    objectives: tuple[Objective, ...]
    epochs: int = 10
    patience: int = 0


@dataclass(frozen=True)
class Phase:
    """One stretch of training: a recipe that draws the step graph, or a step graph drawn by hand."""

    name: str
    plan: Recipe | Drawn


@dataclass(frozen=True)
class Design:
    """A whole document. `kept` holds entries of the file that this program does not know, written back untouched."""

    title: str = "Untitled"
    networks: Mapping[str, Graph] = field(default_factory=dict)
    data: DataSource | None = None
    training: tuple[Phase, ...] = ()
    layout: Mapping[str, Layout] = field(default_factory=dict)
    notes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    kept: Mapping[str, object] = field(default_factory=dict)

    def with_network(self, name: str, graph: Graph) -> Design:
        """With a network replaced or added; positions of nodes that are gone are dropped."""
        if self.networks.get(name) is graph:
            return self
        placed = self.layout.get(name, {})
        if any(node not in graph.nodes for node in placed):
            placed = {node: at for node, at in placed.items() if node in graph.nodes}
        return replace(
            self,
            networks={**self.networks, name: graph},
            layout={**self.layout, name: placed},
        )

    def without_network(self, name: str) -> Design:
        """Without a network, its layout and its notes."""
        rest = ({k: v for k, v in held.items() if k != name} for held in (self.networks, self.layout, self.notes))
        networks, layout, notes = rest
        return replace(self, networks=networks, layout=layout, notes=notes)  # type: ignore[arg-type]

    def with_places(self, network: str, places: Mapping[str, Point]) -> Design:
        """With other positions of some nodes."""
        return replace(self, layout={**self.layout, network: {**self.layout.get(network, {}), **places}})

    def with_notes(self, network: str, notes: tuple[Note, ...]) -> Design:
        """With other notes on a network's canvas."""
        return replace(self, notes={**self.notes, network: notes})

    def edited(self, network: str, edit: Callable[[Graph], Graph]) -> Design:
        """With an edit of one network."""
        return self.with_network(network, edit(self.networks[network]))


__all__ = ["Design", "Drawn", "Layout", "Note", "Objective", "Optimizer", "Phase", "Point", "Recipe", "Schedule"]
