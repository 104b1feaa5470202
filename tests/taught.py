"""What the samples of ways of learning share: designs of several networks with their notes, and what they promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from blocks.block import Block
from blocks.graph import Graph
from blocks.measure import NO_NETWORKS
from blocks.shape import Shape, image
from blocks.zoo.drawing import COLUMN, Drawing
from runtime.beginning import NOTE
from runtime.design import Design, Note, Phase
from runtime.sources import DataSource

DIGIT = image(1, 8, 8)


@dataclass(frozen=True)
class Taught:
    """A sample and its promise: at the end this metric of the held-out examples is at least, or at most, so much."""

    draw: Callable[[], Design]
    metric: str
    bound: float
    at_most: bool = False

    @property
    def file(self) -> str:
        """The name of the sample's file."""
        return self.draw.__name__

    def keeps(self, values: Mapping[str, float]) -> bool:
        """Whether the promise is kept by what was measured."""
        value = values[self.metric]
        return value <= self.bound if self.at_most else value >= self.bound


def column(
    begin: str, start: Shape, end: str, *nodes: tuple[str, Block], networks: Mapping[str, Graph] = NO_NETWORKS
) -> Drawing:
    """Blocks one below the other; `networks` are those that stand among them."""
    d = Drawing(networks)
    x = d.begin(begin, start)
    for name, block in nodes:
        x = d.below(name, block, x)
    d.end(end, x)
    return d


def design(title: str, data: DataSource, training: tuple[Phase, ...], **networks: tuple[Drawing, str]) -> Design:
    """A design of networks, each with the note beside it."""
    layouts = {name: drawing.layout() for name, (drawing, _) in networks.items()}
    right = {name: max(x for x, _ in layout.values()) + COLUMN + 40 for name, layout in layouts.items()}
    return Design(
        title,
        {name: drawing.graph() for name, (drawing, _) in networks.items()},
        data,
        training,
        layouts,
        {name: (Note(note, (right[name], 0.0), NOTE),) for name, (_, note) in networks.items()},
    )
