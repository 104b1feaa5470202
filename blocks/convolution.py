"""Convolutions over signals, images and volumes: across all channels, in groups, or each channel by itself."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.geometry import (
    Axes,
    Sides,
    both_of_rank,
    exact,
    pad_text,
    pads,
    per_axis,
    slid,
    symmetric,
    tried,
    window_unfit,
)
from blocks.setting import choice, flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape
from blocks.weighted import Weighted, init_or_identity

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
_PAGE = "https://docs.pytorch.org/docs/stable/nn.html#convolution-layers"


def _kernel() -> Any:
    return axes(3, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")


def _stride() -> Any:
    return axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")


def _padding() -> Any:
    return padding("same", doc="Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side.")


def _dilation() -> Any:
    return axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")


def _bias() -> Any:
    return flag(True, doc="Add a learned number to every output channel.")


def _padding_mode() -> Any:
    return choice("zeros", _PADDING_MODES, doc="What the padding holds.")


class Convolution(Block):
    """What every convolution shares: kernels that slide. A subclass says how many there are, and in how many groups."""

    source = _PAGE
    formula = "y = Σ w · x + b over each window"
    if TYPE_CHECKING:  # declared by the subclasses, each in torch's order
        padding: int | Axes | str
        bias: bool
        padding_mode: str

    def _width(self, x: Shape) -> tuple[int, int]:
        """Output channels, and the groups that input and output channels are cut into."""
        raise TypeError(f"{type(self).__name__} does not say how many kernels it has")

    def _sides(self, x: Shape) -> Sides:
        return pads(x.space, self.padding, self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"))

    def _axes(self, name: str) -> Axes:
        return per_axis(self.value(name), self.rank)

    def shape(self, x: Shape) -> Shape:
        kernel, dilation, sides = self._axes("kernel_size"), self._axes("dilation"), self._sides(x)
        self._refuse_mode(x, sides)
        space = tuple(slid(*axis) for axis in zip(x.space, sides, kernel, self._axes("stride"), dilation, strict=True))
        if min(space) < 1:
            raise window_unfit(x, sides, kernel, dilation)
        return x.with_sizes(self._width(x)[0], *space)

    def _refuse_mode(self, x: Shape, sides: Sides) -> None:
        limit = {"zeros": None, "replicate": None, "reflect": -1, "circular": 0}[self.padding_mode]
        if limit is not None and any(max(side) > n + limit for side, n in zip(sides, x.space, strict=True)):
            raise Unfit(
                x,
                f"an input larger than its {self.padding_mode} padding {sides}",
                setting="padding_mode",
                remedies=(Change({"padding_mode": "zeros"}),),
            )

    def parameters(self, x: Shape) -> dict[str, Axes]:
        width, groups = self._width(x)
        weight = (width, x.channels // groups, *self._axes("kernel_size"))
        return {"weight": weight} | ({"bias": (width,)} if self.bias else {})

    def macs(self, x: Shape, y: Shape) -> int:
        return prod(y.sizes) * (x.channels // self._width(x)[1]) * prod(self._axes("kernel_size"))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        axes = zip(self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"), strict=True)
        return tuple((d * (k - 1) + 1, s) for k, s, d in axes)

    def module(self, x: Shape) -> Call:
        width, groups = self._width(x)
        sides = self._sides(x)
        around = tuple(before for before, _ in sides) if symmetric(sides) else (0,) * self.rank
        return call(
            f"nn.Conv{self.rank}d",
            x.channels,
            width,
            self.value("kernel_size"),
            **unless(1, stride=self.value("stride")),
            **unless(0, padding=exact(around)),
            **unless(1, dilation=self.value("dilation")),
            **unless(1, groups=groups),
            **unless(True, bias=self.bias),
            **unless("zeros", padding_mode=self.padding_mode),
        )

    def forward(self, at: At) -> str:
        sides = self._sides(at.shape) if self.padding == "same" else ()  # nothing else is uneven
        if symmetric(sides):
            return f"{at.module}({at.x})"
        mode = "" if self.padding_mode == "zeros" else f', mode="{self.padding_mode}"'
        return f"{at.module}(F.pad({at.x}, {pad_text(sides)}{mode}))"


class _Passing(Weighted, Convolution):
    """A convolution that may begin by giving back what it gets."""

    init: str = init_or_identity()

    def _groups(self, x: Shape) -> int:
        return self._width(x)[1]


class _Full(_Passing):
    """What Conv1d, Conv2d and Conv3d share."""

    keywords = "conv convolution kernel filter pointwise grouped"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels learned: the channels that come out.")
    kernel_size: int | Axes = _kernel()
    stride: int | Axes = _stride()
    padding: int | Axes | str = _padding()
    dilation: int | Axes = _dilation()
    groups: int = whole(
        1, low=1, short="groups {}", doc="Channels are cut into this many groups, each convolved alone."
    )
    bias: bool = _bias()
    padding_mode: str = _padding_mode()

    def _width(self, x: Shape) -> tuple[int, int]:
        return self.out_channels, self.groups

    def shape(self, x: Shape) -> Shape:
        refuse_groups(self.groups, x.channels, self.out_channels)
        return super().shape(x)

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """A 1×1 projection to the channels and stride that lead to the wanted shape."""
        if not isinstance(want, Shape) or not both_of_rank(cls.rank, have, want):
            return None
        strides = tuple(-(-n // m) for n, m in zip(have.space, want.space, strict=True))
        if any(-(-n // s) != m for n, m, s in zip(have.space, want.space, strides, strict=True)):
            return None
        return cls(want.channels, 1, exact(strides), bias=False)

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            cls.rank,
            {"stride": 2, "out_channels": 6, "groups": 2},
            {"stride": 2, "kernel_size": 4, "padding_mode": "reflect"},
            {"stride": 3, "kernel_size": 2, "padding_mode": "circular"},
            {"stride": 2, "kernel_size": 5, "padding_mode": "replicate"},
            {"padding": "valid", "dilation": 2},
        )


class _Depthwise(_Passing):
    """What DepthwiseConv1d, DepthwiseConv2d and DepthwiseConv3d share."""

    source = "https://arxiv.org/abs/1704.04861"
    formula = "y_c = Σ w_c · x_c + b_c over each window, channel by channel"
    keywords = "depthwise separable mobilenet grouped conv convolution"
    kernel_size: int | Axes = _kernel()
    stride: int | Axes = _stride()
    padding: int | Axes | str = _padding()
    dilation: int | Axes = _dilation()
    multiplier: int = whole(1, low=1, short="×{}", doc="Kernels for each channel: C becomes C · multiplier channels.")
    bias: bool = _bias()
    padding_mode: str = _padding_mode()

    def _width(self, x: Shape) -> tuple[int, int]:
        return x.channels * self.multiplier, x.channels

    @classmethod
    def trials(cls) -> Trials:
        return tried(cls.rank, {"stride": 2, "multiplier": 3}, {"kernel_size": 2, "padding_mode": "circular"})


def refuse_groups(groups: int, into: int, out: int) -> None:
    """Raises Unfit where the input or output channels cannot be cut into that many groups."""
    for name, channels in (("input", into), ("output", out)):
        if channels % groups:
            raise Unfit(
                f"{channels} {name} channels",
                f"{name} channels that {groups} groups divide",
                setting="groups",
                remedies=(Change({"groups": 1}),),
            )


@block("Convolution")
class Conv1d(_Full):
    """Slides learned kernels over a signal: (C, L) → (out_channels, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class Conv2d(_Full):
    """Slides learned kernels over an image: (C, H, W) → (out_channels, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class Conv3d(_Full):
    """Slides learned kernels over a volume: (C, D, H, W) → (out_channels, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Convolution")
class DepthwiseConv1d(_Depthwise):
    """Slides a kernel of its own over each channel of a signal: (C, L) → (C · multiplier, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class DepthwiseConv2d(_Depthwise):
    """Slides a kernel of its own over each channel of an image: (C, H, W) → (C · multiplier, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class DepthwiseConv3d(_Depthwise):
    """Slides a kernel of its own over each channel of a volume: (C, D, H, W) → (C · multiplier, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
