"""Inception: an image read at three scales at once, the readings joined."""

from __future__ import annotations

from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.merge import Concat
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.setting import choice, whole
from blocks.shape import IMAGE
from blocks.units import BIAS, NONE, ConvUnit, activation_choice, normalization_choice


@block("Inception")
class Inception(Composite):
    """Reads an image at three scales and joins the readings (Szegedy et al. 2015, fig. 2b): (C, H, W) → (C', H, W).

    C' = ch1x1 + ch3x3 + ch5x5 + pool_proj. 1×1 convolutions narrow the image before the larger kernels read it.
    At stride 2 there is no 1×1 branch and the pool is not projected: C' = ch3x3 + ch5x5 + C (Ioffe & Szegedy 2015).
    """

    source = "https://arxiv.org/abs/1409.4842"
    formula = "y = [1×1; 1×1 → 3×3; 1×1 → 5×5; pool → 1×1]"
    keywords = "googlenet multi scale branches parallel concat"
    ch1x1: int = whole(64, low=1, short="{}", always=True, doc="Channels of the 1×1 branch.")
    ch3x3red: int = whole(96, low=1, doc="Channels to which the 3×3 branch first narrows.")
    ch3x3: int = whole(128, low=1, short="{}", always=True, doc="Channels of the 3×3 branch.")
    ch5x5red: int = whole(16, low=1, doc="Channels to which the 5×5 branch first narrows.")
    ch5x5: int = whole(32, low=1, short="{}", always=True, doc="Channels of the 5×5 branch.")
    pool_proj: int = whole(32, low=1, short="{}", always=True, doc="Channels of the branch that pools.")
    widest: str = choice(
        "5×5",
        ("5×5", "3×3", "two 3×3"),
        short="widest {}",
        doc="The widest branch: the paper's 5×5, 3×3 as torchvision.",
    )
    normalization: str = normalization_choice(NONE)
    activation: str = activation_choice("ReLU")
    pool: str = choice("max", ("max", "mean"), short="{} pool", doc="What pools: the largest, or BN-Inception's mean.")
    stride: int = whole(1, low=1, high=2, short="/{}", doc="2 halves height and width, as between two grids.")
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        branches = [self._read(g, x, self.ch1x1, 1, "one")] if self.stride == 1 else []
        middle = self._read(g, x, self.ch3x3red, 1, "three_reduce")
        middle = self._read(g, middle, self.ch3x3, 3, "three", self.stride)
        wide = self._read(g, x, self.ch5x5red, 1, "five_reduce")
        if self.widest == "two 3×3":
            wide = self._read(g, wide, self.ch5x5, 3, "five_first")
        wide = self._read(g, wide, self.ch5x5, 5 if self.widest == "5×5" else 3, "five", self.stride)
        pooled = g.add((MaxPool2d if self.pool == "max" else AvgPool2d)(3, self.stride, 1), x, name="pool")
        if self.stride == 1:
            pooled = self._read(g, pooled, self.pool_proj, 1, "pool_project")
        joined: End = g.add(Concat(), *branches, middle, wide, pooled, name="join")
        return joined

    def _read(self, g: Sketch, x: End, channels: int, kernel: int, name: str, stride: int = 1) -> End:
        unit = ConvUnit(
            channels,
            kernel,
            stride,
            kernel // 2,
            normalization=self.normalization,
            activation=self.activation,
            bias=self.bias,
        )
        end: End = g.add(unit, x, name=name)
        return end
