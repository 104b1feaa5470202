"""The saved document as a value: networks, data, training, layout and notes. Every change gives a new Design."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.graph import Graph, Wire
from runtime.optimizer import Optimizer
from runtime.recipe import Objective, Recipe
from runtime.schedule import Schedule
from runtime.sources import DataSource
from runtime.terms import Terms

Point = tuple[float, float]
Layout = Mapping[str, Point]
Bends = Mapping[Wire, tuple[Point, ...]]


@dataclass(frozen=True)
class Note:
    """A card of Markdown text on the canvas; `at` is its top left corner in canvas pixels."""

    text: str
    at: Point = (0.0, 0.0)
    width: float = 240.0


@dataclass(frozen=True)
class Frame:
    """A titled area behind the nodes that it holds and carries; `at` is its top left corner in canvas pixels.

    `color` is a name of the theme: blue, green, amber, red, violet or grey.
    """

    title: str
    at: Point = (0.0, 0.0)
    size: Point = (320.0, 240.0)
    color: str = "grey"


class Drawn(Terms):
    """A training step drawn by hand: its graph and what is minimized, on the terms of every phase."""

    step: Graph = field(default_factory=Graph)
    objectives: tuple[Objective, ...] = ()

    def with_settings(self, **values: object) -> Drawn:
        """The same on other terms; raises BadSetting."""
        told = super().with_settings(**values)
        return replace(told, step=self.step, objectives=self.objectives)

    @classmethod
    def on(cls, terms: Terms, step: Graph, objectives: tuple[Objective, ...]) -> Drawn:
        """A step drawn by hand in place of another one, on its terms."""
        return cls(**{name: terms.value(name) for name in Terms.settings}, step=step, objectives=objectives)


@dataclass(frozen=True)
class Phase:
    """One stretch of training: a recipe that draws the step graph, or a step graph drawn by hand."""

    name: str
    plan: Recipe | Drawn


def canvas_of(phase: str) -> str:
    """The name under which a design keeps what stands on the canvas of a step; no network can have it."""
    return f"step of {phase}"


def drawn_steps(training: tuple[Phase, ...]) -> dict[str, Graph]:
    """The steps that are drawn by hand, by the name of their canvas."""
    return {canvas_of(phase.name): phase.plan.step for phase in training if isinstance(phase.plan, Drawn)}


@dataclass(frozen=True)
class Design:
    """A whole document. `kept` holds entries of the file that this program does not know, written back untouched.

    `variables` are names over which settings may be sums; `bends` are the points through which a wire is led, in order.
    """

    title: str = "Untitled"
    networks: Mapping[str, Graph] = field(default_factory=dict)
    data: DataSource | None = None
    training: tuple[Phase, ...] = ()
    layout: Mapping[str, Layout] = field(default_factory=dict)
    notes: Mapping[str, tuple[Note, ...]] = field(default_factory=dict)
    frames: Mapping[str, tuple[Frame, ...]] = field(default_factory=dict)
    bends: Mapping[str, Bends] = field(default_factory=dict)
    variables: Mapping[str, float] = field(default_factory=dict)
    kept: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Lets every network know the variables, over which its sums are; whoever changes them works the sums out."""
        held = self.networks.values()
        if any(g.variables is not self.variables and (g.variables or self.variables) for g in held):
            networks = {name: graph.knowing(self.variables) for name, graph in self.networks.items()}
            object.__setattr__(self, "networks", networks)

    def with_network(self, name: str, graph: Graph) -> Design:
        """With a network replaced or added; positions of nodes that are gone are dropped."""
        if self.networks.get(name) is graph:
            return self
        placed = self.layout.get(name, {})
        if any(node not in graph.nodes for node in placed):
            placed = {node: at for node, at in placed.items() if node in graph.nodes}
        bent = self.bends.get(name)
        if bent:
            bent = _still_bent(bent, graph)
        return replace(
            self,
            networks={**self.networks, name: graph},
            layout={**self.layout, name: placed},
            bends={**self.bends, name: bent} if bent is not None else self.bends,
        )

    def without_network(self, name: str) -> Design:
        """Without a network, and what is on its canvas."""
        held: dict[str, Any] = {
            each: getattr(self, each) for each in ("networks", "layout", "notes", "frames", "bends")
        }
        left = {each: {k: v for k, v in of.items() if k != name} for each, of in held.items()}
        return replace(self, **left)  # type: ignore[arg-type]

    def with_places(self, network: str, places: Mapping[str, Point]) -> Design:
        """With other positions of some nodes."""
        return replace(self, layout={**self.layout, network: {**self.layout.get(network, {}), **places}})

    def with_notes(self, network: str, notes: tuple[Note, ...]) -> Design:
        """With other notes on a network's canvas."""
        return replace(self, notes={**self.notes, network: notes})

    def with_frames(self, network: str, frames: tuple[Frame, ...]) -> Design:
        """With other frames on a network's canvas."""
        return replace(self, frames={**self.frames, network: frames})

    def with_bends(self, network: str, bends: Bends) -> Design:
        """With other bend points of a network's wires."""
        return replace(self, bends={**self.bends, network: bends})

    def edited(self, network: str, edit: Callable[[Graph], Graph]) -> Design:
        """With an edit of one network."""
        return self.with_network(network, edit(self.networks[network]))


def _still_bent(bends: Bends, graph: Graph) -> Bends:
    """The points of the wires that are left; they follow one that only moved up at its port."""
    wires = set(graph.wires)
    kept = {wire: points for wire, points in bends.items() if wire in wires}
    if len(kept) < len(bends):
        now = {wire[:4]: wire for wire in reversed(graph.wires) if wire not in kept}
        followed = ((now.pop(wire[:4], None), points) for wire, points in bends.items() if wire not in kept)
        kept |= {wire: points for wire, points in followed if wire is not None}
    return kept


__all__ = [
    "Bends",
    "Design",
    "Drawn",
    "Frame",
    "Layout",
    "Note",
    "Objective",
    "Optimizer",
    "Phase",
    "Point",
    "Recipe",
    "Schedule",
    "canvas_of",
    "drawn_steps",
]
