"""A convolution as the matrix that it is: which weight leads from which number of the input to which of the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from blocks.block import Block
from blocks.call import Default
from blocks.convolution import Convolution
from blocks.geometry import Axes, Sides, pads, per_axis
from blocks.shape import Shape
from blocks.transposed import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

LARGEST = 1_000_000  # entries of a matrix that is worked out
_TRANSPOSED = (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)


@dataclass(frozen=True)
class Unrolled:
    """A sparse matrix of (rows, columns): results by inputs, both flattened, and the weight at each place.

    `entries` are the places of weights in the flattened weight tensor, by (row, column); all others are zero.
    """

    rows: int
    columns: int
    entries: Mapping[tuple[int, int], int]

    def transposed(self) -> Unrolled:
        """The matrix of the transposed convolution with the same weights (Dumoulin & Visin 2016, §4)."""
        return Unrolled(self.columns, self.rows, {(j, i): weight for (i, j), weight in self.entries.items()})

    def times(self, weights: Sequence[float], numbers: Sequence[float]) -> list[float]:
        """The product with a vector, where these are the flattened weights."""
        result = [0.0] * self.rows
        for (row, column), weight in self.entries.items():
            result[row] += weights[weight] * numbers[column]
        return result


def unrolled(block: Block, x: Shape) -> Unrolled | None:
    """The matrix of a convolution, plain or transposed, on an input that fits; None of other blocks, or too large."""
    if isinstance(block, _TRANSPOSED):
        y = block.shape(x)
        back = _matrix(y, x, _transposed_reach(block, x), block.value("groups"))
        return back.transposed() if back is not None else None
    if not isinstance(block, Convolution) or block.value("padding_mode") != "zeros":
        return None
    y = block.shape(x)
    weight = block.parameters(x)["weight"]
    kernel, stride, dilation = (per_axis(block.value(n), block.rank) for n in ("kernel_size", "stride", "dilation"))
    reach = _Reach(kernel, stride, dilation, pads(x.space, block.value("padding"), kernel, stride, dilation))
    return _matrix(x, y, reach, x.channels // weight[1])


@dataclass(frozen=True)
class _Reach:
    """How a kernel slides: its size and step, the distance between its elements, the zeros around."""

    kernel: Axes
    stride: Axes
    dilation: Axes
    sides: Sides


def _transposed_reach(block: Block, x: Shape) -> _Reach:
    """The convolution whose matrix is turned round: it leads from the result back to the input."""
    kernel, stride, dilation = (per_axis(block.value(n), block.rank) for n in ("kernel_size", "stride", "dilation"))
    told = block.module(x)
    cut = told.keywords["padding"] if told is not None else 0
    sides = per_axis(cut.value if isinstance(cut, Default) else cut, block.rank)
    return _Reach(kernel, stride, dilation, tuple((side, side) for side in sides))


def _matrix(x: Shape, y: Shape, reach: _Reach, groups: int) -> Unrolled | None:
    into, out = x.channels // groups, y.channels // groups
    if y.numel * into * prod(reach.kernel) > LARGEST:
        return None
    taps = list(_taps(x.space, y.space, reach))
    area, found = (prod(x.space), prod(y.space), prod(reach.kernel)), {}
    for group, o, i in product(range(groups), range(out), range(into)):
        row, column = (group * out + o) * area[1], (group * into + i) * area[0]
        first = ((group * out + o) * into + i) * area[2]
        found.update({(row + to, column + of): first + weight for to, of, weight in taps})
    return Unrolled(y.numel, x.numel, found)


def _taps(space: Axes, places: Axes, reach: _Reach) -> Iterator[tuple[int, int, int]]:
    """(result, input, kernel element) of one channel, each counted along all axes."""
    for place in product(*map(range, places)):
        for element in product(*map(range, reach.kernel)):
            axes = zip(place, element, reach.stride, reach.dilation, reach.sides, strict=True)
            at = tuple(p * s + e * d - before for p, e, s, d, (before, _) in axes)
            if all(0 <= n < size for n, size in zip(at, space, strict=True)):
                yield _flat(place, places), _flat(at, space), _flat(element, reach.kernel)


def _flat(place: Axes, sizes: Axes) -> int:
    found = 0
    for n, size in zip(place, sizes, strict=True):
        found = found * size + n
    return found
