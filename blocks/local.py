"""Locally connected layers: windows as a convolution has them, with kernels of their own at every place."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from blocks.block import At, Trials, block, gives, takes
from blocks.call import Call, call, unless
from blocks.convolution import Convolution
from blocks.geometry import Axes, pad_text, tried
from blocks.setting import choice, flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Shape
from blocks.weighted import Weighted


class _Local(Weighted, Convolution):
    """What LocallyConnected1d, LocallyConnected2d and LocallyConnected3d share."""

    source = "https://keras.io/2.15/api/layers/locally_connected_layers/"
    formula = "y_p = Σ w_p · x + b_p over the window at each place p"
    keywords = "unshared local convolution untied kernel position face"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels at every place: the channels made.")
    kernel_size: int | Axes = axes(3, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two places.")
    padding: int | Axes | str = padding(
        "valid", doc="Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side."
    )
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")
    bias: bool = flag(True, doc="Add a learned number to every channel at every place.")
    padding_mode: str = choice("zeros", ("zeros", "reflect", "replicate", "circular"), doc="What the padding holds.")

    def _width(self, x: Shape) -> tuple[int, int]:
        return self.out_channels, 1

    def parameters(self, x: Shape) -> dict[str, Axes]:
        places = self.shape(x).space
        weight = (self.out_channels, x.channels, prod(places), prod(self._axes("kernel_size")))
        return {"weight": weight} | ({"bias": (self.out_channels, *places)} if self.bias else {})

    def module(self, x: Shape) -> Call:
        return call(
            "LocallyConnected",
            x.channels,
            self.out_channels,
            self.shape(x).space,
            self._axes("kernel_size"),
            **unless(1, stride=self.value("stride")),
            **unless(1, dilation=self.value("dilation")),
            **unless(True, bias=self.bias),
        )

    def forward(self, at: At) -> str:
        sides = self._sides(at.shape)
        if not any(map(any, sides)):
            return f"{at.module}({at.x})"
        mode = "" if self.padding_mode == "zeros" else f', mode="{self.padding_mode}"'
        return f"{at.module}(F.pad({at.x}, {pad_text(sides)}{mode}))"

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            cls.rank,
            {"stride": 2, "padding": "same", "out_channels": 3},
            {"padding": 1, "padding_mode": "circular", "out_channels": 2},
            {"dilation": 2, "bias": False, "out_channels": 2},
        )


@block("Convolution")
class LocallyConnected1d(_Local):
    """Kernels of their own at every place of a signal: (C, L) → (out_channels, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class LocallyConnected2d(_Local):
    """Kernels of their own at every place of an image: (C, H, W) → (out_channels, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class LocallyConnected3d(_Local):
    """Kernels of their own at every place of a volume: (C, D, H, W) → (out_channels, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
