"""How large a feature map is drawn: in proportion to its channels and to its height and width. Knows no Qt.

The width of a cuboid grows with the logarithm of the channels, its height and depth with a power of the pixels, so that
224 and 7 pixels are told apart and both are seen. A vector is a bar, a sequence a row of strips.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log2
from typing import Literal

from blocks.shape import Meaning, Shape

Sort = Literal["cuboid", "bar", "strips", "rows", "dot", "unknown"]
_POWER = 0.6  # of the pixels of a side in the length it is drawn
_LEAST = 10.0  # px
_TALLEST, _LOWEST = 176.0, 56.0  # the largest picture of a network, by how many pixels it has
_ASLANT = 0.34, 0.26  # how far right and up the depth goes, of its length
_CELLS = 16  # features up to which a bar shows each
_STRIPS = 6  # steps of a sequence that are drawn; more are told by a gap
_STRIP, _APART = 7.0, 4.0
BAND = 4.0  # width of what tells of an activation or a normalization


@dataclass(frozen=True)
class Solid:
    """What is drawn for a shape: its front, how far it goes back to the right and up, and into how many parts."""

    sort: Sort
    width: float
    height: float
    right: float = 0.0
    up: float = 0.0
    cells: int = 1
    more: bool = False  # there are more than the cells drawn

    @property
    def whole(self) -> tuple[float, float]:
        """Width and height of everything."""
        return self.width + self.right, self.height + self.up


class Scale:
    """Draws the shapes of one network to the same scale."""

    def __init__(self, shapes: Iterable[Shape | None]) -> None:
        sides = (max(_pixels(shape)) for shape in shapes if shape is not None and shape.rank > 2)
        self.largest = max(sides, default=1)
        self.tall = min(max(_LOWEST + 22.0 * log2(max(self.largest, 4) / 4), _LOWEST), _TALLEST)

    def side(self, pixels: int) -> float:
        """How long a side of so many pixels is drawn."""
        return max(self.tall * float((pixels / self.largest) ** _POWER), _LEAST)

    def solid(self, shape: Shape | None, bands: int = 0) -> Solid:
        """What is drawn for a shape, wide enough for so many bands."""
        if shape is None:
            return Solid("unknown", 34.0, 34.0)
        if shape.rank > 2:
            return self._cuboid(shape, bands)
        if shape.rank == 2:
            return (
                _rows(shape) if shape.meaning is Meaning.SIGNAL else _strips(shape.sizes[0], features(shape.features))
            )
        if shape.rank == 1:
            return _strips(shape.sizes[0], 14.0) if shape.meaning is Meaning.TOKENS else _bar(shape.sizes[0], bands)
        return Solid("dot", 12.0, 12.0)

    def _cuboid(self, shape: Shape, bands: int) -> Solid:
        high, deep = _pixels(shape)
        depth = self.side(deep)
        front = channels(shape.channels) + bands * BAND
        return Solid("cuboid", front, self.side(high), depth * _ASLANT[0], depth * _ASLANT[1])


def channels(count: int) -> float:
    """How wide a cuboid of so many channels is."""
    return 6.0 + 6.0 * log2(max(count, 1))


def features(count: int) -> float:
    """How high a bar of so many features is."""
    return 12.0 + 10.5 * log2(max(count, 1))


def _pixels(shape: Shape) -> tuple[int, int]:
    """Height and depth of what has more than two axes, in pixels."""
    space = shape.sizes[1:]
    return (space[0], space[1]) if len(space) == 2 else (space[1], max(space[0], space[2]))


def _bar(count: int, bands: int) -> Solid:
    cells = count if count <= _CELLS else 1
    return Solid("bar", 13.0 + bands * BAND, max(features(count), 5.0 * cells), cells=cells)


def _strips(steps: int, height: float) -> Solid:
    count = min(max(steps, 1), _STRIPS)
    more = steps > count
    return Solid(
        "strips", count * _STRIP + (count - 1) * _APART + (_STRIP if more else 0), height, cells=count, more=more
    )


def _rows(shape: Shape) -> Solid:
    count = min(max(shape.channels, 1), _STRIPS)
    height = count * _STRIP + (count - 1) * _APART + (_STRIP if shape.channels > count else 0)
    return Solid("rows", 16.0 + 10.0 * log2(max(shape.features, 1)), height, cells=count, more=shape.channels > count)


def strip_places(solid: Solid) -> list[float]:
    """Where each strip or row begins, from the first on."""
    step = _STRIP + _APART
    last = solid.cells - 1 if solid.more else solid.cells
    return [i * step + (_STRIP if i >= last else 0.0) for i in range(solid.cells)]


STRIP = _STRIP
