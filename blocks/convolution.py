"""Convolutions over signals, images and volumes; transposed, depthwise and separable ones."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from blocks.block import At, Block, Change, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.geometry import Axes, exact, pad_text, pads, per_axis, slid, symmetric, window_unfit
from blocks.setting import choice, flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape

_PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Block):
    """What Conv1d, Conv2d and Conv3d share."""

    source = "https://docs.pytorch.org/docs/stable/nn.html#convolution-layers"
    formula = "y = Σ w · x + b over each window"
    keywords = "conv convolution kernel filter"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels learned: the channels that come out.")
    kernel_size: int | Axes = axes(3, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int | Axes | str = padding(
        "same", doc="Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side."
    )
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")
    groups: int = whole(
        1, low=1, short="groups {}", doc="Channels are cut into this many groups, each convolved alone."
    )
    bias: bool = flag(True, doc="Add a learned number to every output channel.")
    padding_mode: str = choice("zeros", _PADDING_MODES, doc="What the padding holds.")

    def _sides(self, x: Shape) -> tuple[tuple[int, int], ...]:
        return pads(x.space, self.padding, self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"))

    def _axes(self, name: str) -> Axes:
        return per_axis(getattr(self, name), self.rank)

    def shape(self, x: Shape) -> Shape:
        self._refuse_groups(x)
        kernel, dilation = self._axes("kernel_size"), self._axes("dilation")
        sides = self._sides(x)
        self._refuse_mode(x, sides)
        space = tuple(slid(*axis) for axis in zip(x.space, sides, kernel, self._axes("stride"), dilation, strict=True))
        if min(space) < 1:
            raise window_unfit(x, kernel, dilation)
        return x.with_sizes(self.out_channels, *space)

    def _refuse_groups(self, x: Shape) -> None:
        for name, channels in (("input", x.channels), ("output", self.out_channels)):
            if channels % self.groups:
                raise Unfit(
                    f"{channels} {name} channels",
                    f"{name} channels that {self.groups} groups divide",
                    setting="groups",
                    remedies=(Change({"groups": 1}),),
                )

    def _refuse_mode(self, x: Shape, sides: tuple[tuple[int, int], ...]) -> None:
        limit = {"zeros": None, "replicate": None, "reflect": -1, "circular": 0}[self.padding_mode]
        if limit is not None and any(max(side) > n + limit for side, n in zip(sides, x.space, strict=True)):
            raise Unfit(
                x,
                f"an input larger than its {self.padding_mode} padding {sides}",
                setting="padding_mode",
                remedies=(Change({"padding_mode": "zeros"}),),
            )

    def parameters(self, x: Shape) -> dict[str, Axes]:
        weight = (self.out_channels, x.channels // self.groups, *self._axes("kernel_size"))
        return {"weight": weight} | ({"bias": (self.out_channels,)} if self.bias else {})

    def macs(self, x: Shape, y: Shape) -> int:
        return prod(y.sizes) * (x.channels // self.groups) * prod(self._axes("kernel_size"))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        axes = zip(self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"), strict=True)
        return tuple((d * (k - 1) + 1, s) for k, s, d in axes)

    def module(self, x: Shape) -> Call:
        sides = self._sides(x)
        around = tuple(before for before, _ in sides) if symmetric(sides) else (0,) * self.rank
        return call(
            f"nn.Conv{self.rank}d",
            x.channels,
            self.out_channels,
            self.kernel_size,
            **unless(1, stride=self.stride),
            **unless(0, padding=exact(around)),
            **unless(1, dilation=self.dilation),
            **unless(1, groups=self.groups),
            **unless(True, bias=self.bias),
            **unless("zeros", padding_mode=self.padding_mode),
        )

    def forward(self, at: At) -> str:
        sides = self._sides(at.shape)
        if symmetric(sides):
            return f"{at.module}({at.x})"
        mode = "" if self.padding_mode == "zeros" else f', mode="{self.padding_mode}"'
        return f"{at.module}(F.pad({at.x}, {pad_text(sides)}{mode}))"

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """A 1×1 projection to the channels and stride that lead to the wanted shape."""
        if not isinstance(want, Shape) or want.meaning is not have.meaning or have.rank != cls.rank + 1:
            return None
        strides = tuple(-(-n // m) for n, m in zip(have.space, want.space, strict=True))
        if any(-(-n // s) != m for n, m, s in zip(have.space, want.space, strides, strict=True)):
            return None
        return cls(want.channels, 1, exact(strides), bias=False)


@block("Convolution")
class Conv1d(_Convolution):
    """Slides learned kernels over a signal: (C, L) → (out_channels, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class Conv2d(_Convolution):
    """Slides learned kernels over an image: (C, H, W) → (out_channels, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class Conv3d(_Convolution):
    """Slides learned kernels over a volume: (C, D, H, W) → (out_channels, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
