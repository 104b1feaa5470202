"""What the canvas looks at: a network, the step of a training phase, or the inside of a composite."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from blocks.check import Checked, Diagnostic, check
from blocks.composite import Composite
from blocks.ends import Use
from blocks.graph import Graph
from blocks.sums import at
from designer.decor import Decor, decor_of
from designer.place import Place, Through
from runtime.by_recipe import offered, recipe_of
from runtime.design import Design, Drawn, Layout, canvas_of
from runtime.verdict import Planned, Verdict

_FROM_RECIPE = "This step is drawn from the recipe, the data and the networks. Edit it by hand to change it."

__all__ = ["Place", "Scene", "Through", "inside", "nothing", "scene_at"]


@dataclass(frozen=True, eq=False)
class Scene:
    """What is seen at a place. Networks and steps drawn by hand can be edited; the rest is drawn from them.

    `layout` holds where cards stand as far as the design says; the canvas places the others. `way` are the uses
    through which one has come; `used` is the network of which this is seen as a use has it.
    """

    place: Place
    checked: Checked
    layout: Layout
    problems: tuple[Diagnostic, ...] = ()
    decor: Decor = field(default_factory=Decor)
    trouble: str = field(default="")  # why there is nothing to see
    way: tuple[Through, ...] = ()
    used: str = ""
    by_hand: bool = False  # a step that is drawn by hand
    offered: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # what a recipe lets stand at its nodes

    @property
    def canvas(self) -> str:
        """The name under which the design keeps what stands on this canvas."""
        return self.place.network or (canvas_of(self.place.step) if self.place.step else "")

    @property
    def graph(self) -> Graph:
        """The network that is seen."""
        return self.checked.graph

    @property
    def editable(self) -> bool:
        """Whether a hand may change it."""
        return (bool(self.place.network) or self.by_hand) and not self.place.path

    @property
    def locked(self) -> str:
        """Why it cannot be edited, in a sentence; empty where it can."""
        if self.used:
            node = self.place.path[-1]
            return f"This is {self.used} with what {node} gives it. Go back (Esc) and open {node} (Enter) to edit it."
        if self.place.path:
            return f"This is the inside of {self.place.path[-1]}. Expand the block to edit it."
        return "" if self.editable else _FROM_RECIPE


def nothing() -> Scene:
    """The scene before there is one."""
    return Scene(Place(), check(Graph()), {})


def scene_at(place: Place, design: Design, verdict: Verdict) -> Scene:
    """What is seen at a place of a design; where the place is gone, what is seen at the nearest one that is left."""
    scene = _outermost(place, design, verdict)
    for depth, node in enumerate(place.path, start=1):
        graph = inside(scene.checked, node)
        if graph is None:
            break
        scene = _inner(replace(scene.place, path=place.path[:depth]), graph, scene, design)
    return scene


def inside(checked: Checked, node: str) -> Graph | None:
    """The graph within a composite, or within a use as it has it; also where something in it does not fit."""
    row, placed = checked.rows.get(node), checked.graph.nodes.get(node)
    if row is None or placed is None:
        return None
    if row.inside is not None:
        known: Graph = row.inside.graph
        return known
    if row.problem is None or not row.problem.way:
        return None
    block = placed.block
    if isinstance(block, Use) and block.network in checked.networks:
        return at(checked.networks[block.network], block.settings_)
    if not isinstance(block, Composite):
        return None
    opened: Graph = block.opened(*row.inputs)
    return opened


def _inner(place: Place, graph: Graph, outer: Scene, design: Design) -> Scene:
    """The inside of a composite; that of a use is laid out as its network is."""
    block, checked = outer.graph.block(place.path[-1]), check(graph, outer.checked.networks)
    used = str(block.value("network")) if block.role == "network" else ""
    wrong = tuple(d for d in checked.diagnostics if d.level == "error")
    if not used:
        return Scene(place, checked, {}, wrong)
    return Scene(place, checked, design.layout.get(used, {}), wrong, decor_of(design, used), used=used)


def _outermost(place: Place, design: Design, verdict: Verdict) -> Scene:
    planned = next((p for p in verdict.phases if place.step and p.name == place.step), None)
    if planned is not None:
        return _step(planned, design, verdict)
    name = place.network if place.network in design.networks else next(iter(design.networks), "")
    if not name:
        return Scene(Place(), check(Graph()), {}, trouble="The design has no network yet.")
    problems = tuple(d for d in verdict.diagnostics if d.network == name)
    decor = decor_of(design, name)
    return Scene(Place(name), verdict.networks[name], design.layout.get(name, {}), problems, decor)


def _step(planned: Planned, design: Design, verdict: Verdict) -> Scene:
    """A step with the counts of today: its plan is kept while the networks look the same from outside."""
    checked, by_hand = check(planned.step or Graph(), design.networks), isinstance(planned.phase.plan, Drawn)
    told = [d for d in verdict.diagnostics if d.phase == planned.name and not d.network and d.node]
    known = {d.node for d in told}
    problems = (*told, *(d for d in checked.errors if d.node and d.node not in known))
    layout, decor = design.layout.get(canvas_of(planned.name), {}), decor_of(design, canvas_of(planned.name))
    trouble, recipe = "" if by_hand else planned.problem, recipe_of(design, planned.name)
    kinds = {name: offered(recipe, name) for name in checked.graph.nodes} if recipe else {}
    able = {name: each for name, each in kinds.items() if each}
    return Scene(Place(step=planned.name), checked, layout, problems, decor, trouble, by_hand=by_hand, offered=able)
