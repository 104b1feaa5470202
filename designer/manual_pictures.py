"""The pictures on a page of the manual: what a composite is made of, or a plain block between its ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtGui import QImage

from blocks.block import Block
from blocks.check import check
from blocks.example import example_of
from designer.canvas.arrange import arrange
from designer.figures import Choice, Subject, figure, image
from designer.theme import Theme

_HIGHEST = 1100.0  # px of a page that a picture takes at most


def inside(kind: type[Block], theme: Theme, width: float, ratio: float) -> tuple[str, QImage] | None:
    """What a block is made of in its worked example, else the block with what arrives and leaves."""
    example = example_of(kind)
    if example is None:
        return None
    graph = example.inside or example.graph
    checked = check(graph) if example.inside else example.checked
    drawn = figure(Subject(kind.label(), graph, checked, arrange(graph)), Choice(colors=theme.name))
    size = drawn.area.size()
    scale = min(1.0, width / size.width(), _HIGHEST / size.height())
    made = image(drawn, scale * ratio, transparent=True)
    made.setDevicePixelRatio(ratio)
    return "Inside" if example.inside else "On the canvas", made


# Each gives a title and a picture for a block, or None where it has nothing to show; they stand in this order.
PICTURES: tuple[Callable[[type[Block], Theme, float, float], tuple[str, QImage] | None], ...] = (inside,)


def pictures_of(kind: type[Block], theme: Theme, width: float, ratio: float) -> Iterator[tuple[str, QImage]]:
    """Every picture of a block, at most so many pixels of the page wide, sharp on a screen of that ratio."""
    for picture in PICTURES:
        made = picture(kind, theme, width, ratio)
        if made is not None:
            yield made


__all__ = ["PICTURES", "inside", "pictures_of"]
