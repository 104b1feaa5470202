"""What a picture shows and how it is to look, as values."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from blocks.check import Checked
from blocks.edits import extract
from blocks.graph import Graph
from designer.canvas.metrics import Layout
from designer.decor import Decor, decor_of
from designer.figures.printed import PRINT
from designer.theme import CARD_HEIGHT, CARD_WIDTH, THEMES
from runtime.design import Design, Frame, Point
from runtime.verdict import Verdict

STYLES = ("cards", "stack")
COLORS = {**THEMES, "print": PRINT}
_TOLD = 12  # names that a sentence lists


class CannotPicture(Exception):
    """A picture that cannot be made, and why."""


@dataclass(frozen=True)
class Choice:
    """How a picture is to look. `scale` is the pixels of a PNG for one of the drawing, 0 for as many as are sensible.

    `nodes` are the only ones shown, all where none is named; `shapes`, `counts` and `notes` (with frames) can be left
    away, and of feature maps all `words`, for a picture so small that none could be read.
    """

    style: str = "cards"
    colors: str = "light"
    scale: float = 0.0
    transparent: bool = False
    nodes: tuple[str, ...] = ()
    shapes: bool = True
    counts: bool = True
    notes: bool = True
    words: bool = True


@dataclass(frozen=True, eq=False)
class Subject:
    """A network as it stands on a canvas; `checked` may know more nodes than `graph` shows."""

    name: str
    graph: Graph
    checked: Checked
    layout: Layout = field(default_factory=dict)
    decor: Decor = field(default_factory=Decor)

    def only(self, names: Collection[str]) -> Subject:
        """Only some nodes, the wires among them and the frames that hold nothing else; raises CannotPicture."""
        for name in names:
            if name not in self.graph.nodes:
                raise CannotPicture(f"{self.name} has no node {name!a}. Its nodes are {_listed(self.graph.nodes)}.")
        graph = extract(self.graph, names)
        wires = set(graph.wires)
        frames = tuple(frame for frame in self.decor.frames if self._holds_only(frame, names))
        bends = {wire: points for wire, points in self.decor.bends.items() if wire in wires}
        return replace(self, graph=graph, decor=Decor((), frames, bends))

    def _holds_only(self, frame: Frame, names: Collection[str]) -> bool:
        held = [name for name, at in self.layout.items() if name in self.graph.nodes and _within(at, frame)]
        return bool(held) and all(name in names for name in held)


def subject_of(design: Design, verdict: Verdict, network: str = "") -> Subject:
    """A network of a design, the first where none is named; raises CannotPicture."""
    if not design.networks:
        raise CannotPicture(f"{design.title} has no network yet: there is nothing to picture.")
    name = network or next(iter(design.networks))
    if name not in design.networks:
        raise CannotPicture(f"There is no network {name!a}. The networks are {_listed(design.networks)}.")
    layout = design.layout.get(name, {})
    return Subject(name, design.networks[name], verdict.networks[name], layout, decor_of(design, name))


def _within(at: Point, frame: Frame) -> bool:
    (x, y), (left, top), (width, height) = at, frame.at, frame.size
    return left <= x and top <= y and x + CARD_WIDTH <= left + width and y + CARD_HEIGHT <= top + height


def _listed(names: Collection[str]) -> str:
    told = list(names)[:_TOLD]
    return ", ".join(told) + (f" and {len(names) - len(told)} more" if len(names) > len(told) else "")
