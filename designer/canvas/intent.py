"""What a hand on the canvas wants done: an edit in words, which the window turns into one undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from blocks.edits import Fix
from blocks.graph import Graph
from designer.canvas.metrics import Layout, Point
from designer.canvas.placing import missing_places
from designer.decor import Decor, as_it_was
from runtime.design import Design

Places = Mapping[str, Point] | Callable[[Graph, Layout], Mapping[str, Point]]


def unchanged(graph: Graph) -> Graph:
    """The edit of a gesture that only moves things."""
    return graph


def same_design(design: Design) -> Design:
    """What most gestures do to the design around the network: nothing."""
    return design


@dataclass(frozen=True)
class Intent:
    """One thing a person did, as a value.

    `edit` gives the new network and may raise Refused or BadSetting with a sentence for the person. `layout` holds
    new positions (top left corners, px) or works them out from the new network and the old layout. `select` names the
    nodes selected afterwards, None leaves the selection. Intents in a row with one `merge_key` become one undo step.
    `decor` changes notes, frames and bend points; it sees those of the network before. `beyond` changes the design
    around the network first: what it needs there.
    """

    label: str
    edit: Callable[[Graph], Graph] = unchanged
    layout: Places = field(default_factory=dict)
    select: tuple[str, ...] | None = None
    merge_key: str = ""
    decor: Callable[[Decor], Decor] = as_it_was
    beyond: Callable[[Design], Design] = same_design


@dataclass(frozen=True)
class Repair(Fix):
    """A fix that is an edit of the whole design."""

    beyond: Callable[[Design], Design] = same_design


def applied(intent: Intent, graph: Graph, layout: Layout) -> tuple[Graph, dict[str, Point]]:
    """The network and layout after an intent; every node has a place, none is left of a node that is gone.

    Raises what `intent.edit` raises.
    """
    after = intent.edit(graph)
    places = intent.layout(after, layout) if callable(intent.layout) else intent.layout
    return after, settled(after, {**layout, **places})


def settled(graph: Graph, layout: Layout) -> dict[str, Point]:
    """A layout for exactly the nodes of `graph`: for edits made elsewhere, which know nothing of places."""
    kept = {name: layout[name] for name in graph.nodes if name in layout}
    return kept | missing_places(graph, kept)
