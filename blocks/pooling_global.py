"""Pooling to a size that does not depend on the input's: adaptive windows, and one number for a whole channel."""

from __future__ import annotations

from math import gcd, inf
from typing import ClassVar

from blocks.block import At, Block, block, gives, takes
from blocks.call import Call, call
from blocks.geometry import Axes, per_axis
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SEQUENCE, SIGNAL, VECTOR, VOLUME, Meaning, Shape, shape_of

_PAGE = "https://docs.pytorch.org/docs/stable/nn.html#pooling-layers"
_SPATIAL = SIGNAL + IMAGE + VOLUME


_OF_WINDOWS = "y_i = {} of x from ⌊i n / m⌋ to ⌈(i + 1) n / m⌉"


class _Adaptive(Block):
    """What adaptive pooling shares: windows chosen so that the result has a given size."""

    source = _PAGE
    keywords = "adaptive pooling any input size"
    output_size: int | Axes = axes(1, low=1, short="{}×", always=True, doc="Size of the result along each axis.")

    def shape(self, x: Shape) -> Shape:
        return x.with_sizes(x.channels, *per_axis(self.output_size, self.rank))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        sizes = zip(x.space, per_axis(self.output_size, self.rank), strict=True)
        return tuple((inf if m == 1 else _widest(n, m), n / m) for n, m in sizes)

    def module(self, x: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", self.output_size)


def _widest(n: int, places: int) -> int:
    """The largest of the windows that torch lays over `n` pixels: from floor(i·n/m) to ceil((i+1)·n/m)."""
    return -(-(n + places - gcd(n, places)) // places)  # the window that begins farthest within a pixel


class _Global(Block):
    """What global pooling shares: one number a channel, whatever the size."""

    source = "https://arxiv.org/abs/1312.4400"
    x = takes(_SPATIAL + SEQUENCE)
    y = gives(VECTOR)

    def shape(self, x: Shape) -> Shape:
        return shape_of((x.features if x.meaning in SEQUENCE else x.channels,), Meaning.VECTOR, x.dtype)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return tuple((inf, n) for n in x.space)

    @staticmethod
    def _axes(x: Shape) -> str:
        """The axes to pool, as torch counts them: after the batch and, but for a sequence, the channels."""
        first = 1 if x.meaning in SEQUENCE else 2
        axes = range(first, first + (1 if x.meaning in SEQUENCE else x.rank - 1))
        return str(axes[0]) if len(axes) == 1 else str(tuple(axes))


@block("Pooling")
class AdaptiveAvgPool1d(_Adaptive):
    """Means over as many windows as the result has places, at any input size: (C, L) → (C, output_size)."""

    formula = _OF_WINDOWS.format("mean")
    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Pooling")
class AdaptiveAvgPool2d(_Adaptive):
    """Means over as many windows as the result has places, at any input size: (C, H, W) → (C, H', W')."""

    formula = _OF_WINDOWS.format("mean")
    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class AdaptiveAvgPool3d(_Adaptive):
    """Means over as many windows as the result has places, at any input size: (C, D, H, W) → (C, D', H', W')."""

    formula = _OF_WINDOWS.format("mean")
    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Pooling")
class AdaptiveMaxPool1d(_Adaptive):
    """Maxima over as many windows as the result has places, at any input size: (C, L) → (C, output_size)."""

    formula = _OF_WINDOWS.format("max")
    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Pooling")
class AdaptiveMaxPool2d(_Adaptive):
    """Maxima over as many windows as the result has places, at any input size: (C, H, W) → (C, H', W')."""

    formula = _OF_WINDOWS.format("max")
    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class AdaptiveMaxPool3d(_Adaptive):
    """Maxima over as many windows as the result has places, at any input size: (C, D, H, W) → (C, D', H', W')."""

    formula = _OF_WINDOWS.format("max")
    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Pooling")
class GlobalAvgPool(_Global):
    """The mean of each channel, at any input size: (C, H, W) → (C,), (time, features) → (features,)."""

    title = "Global average pooling"
    formula = "y_c = mean of x_c over all places"
    keywords = "gap mean spatial average"

    def forward(self, at: At) -> str:
        return f"{at.x}.mean(dim={self._axes(at.shape)})"

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Turns an image, signal or volume into the vector that is wanted."""
        fits = want.sizes == have.sizes[:1] if isinstance(want, Shape) else Meaning.VECTOR in want
        return cls() if fits and have.meaning in _SPATIAL else None


@block("Pooling")
class GlobalMaxPool(_Global):
    """The maximum of each channel, at any input size: (C, H, W) → (C,), (time, features) → (features,)."""

    title = "Global max pooling"
    formula = "y_c = max of x_c over all places"
    keywords = "maximum spatial"

    def forward(self, at: At) -> str:
        return f"{at.x}.amax(dim={self._axes(at.shape)})"
