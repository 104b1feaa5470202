"""Inception: an image read at three scales at once, the readings joined."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.linear import Linear
from blocks.merge import Concat
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.pooling_global import AdaptiveAvgPool2d
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.setting import choice, number, whole
from blocks.shape import IMAGE, VECTOR
from blocks.units import BIAS, NONE, ConvUnit, activation_choice, eps_number, normalization_choice


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
    eps: float = eps_number()
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
            eps=self.eps,
        )
        end: End = g.add(unit, x, name=name)
        return end


@block("Inception")
class AuxiliaryHead(Composite):
    """Classifies from the middle of a deep network, so that gradients reach its beginning: (C, H, W) → (classes,).

    Szegedy et al. 2015, section 5: a mean over 5×5 windows three apart, a 1×1 convolution, two linear layers.
    """

    source = "https://arxiv.org/abs/1409.4842"
    formula = "y = W₂ dropout(relu(W₁ conv(pool(x))))"
    keywords = "auxiliary classifier side output googlenet aux logits"
    widens = "classes"
    classes: int = whole(1000, low=1, short="{}", always=True, doc="Classes told apart: the numbers that come out.")
    channels: int = whole(128, low=1, doc="Channels of the 1×1 convolution.")
    features: int = whole(1024, low=1, doc="Numbers between the two linear layers.")
    dropout: float = number(0.7, low=0.0, high=1.0, doc="Part of those numbers set to zero in training.")
    windows: str = choice(
        "5×5 each 3",
        ("5×5 each 3", "4×4 in all"),
        doc="What is averaged: windows of a fixed size, or, at any input size, 4×4 of them.",
    )
    normalization: str = normalization_choice(NONE)
    eps: float = eps_number()
    x = takes(IMAGE)
    y = gives(VECTOR)

    def body(self, g: Sketch, *ends: End) -> End:
        pool = AvgPool2d(5, 3) if self.windows == "5×5 each 3" else AdaptiveAvgPool2d(4)
        x = g.add(pool, ends[0], name="pool")
        conv = ConvUnit(self.channels, 1, 1, 0, normalization=self.normalization, eps=self.eps)
        x = g.add(conv, x, name="conv")
        x = g.add(Linear(self.features), g.add(Flatten(), x, name="flatten"), name="fc1")
        x = g.add(Dropout(self.dropout), g.add(ReLU(), x, name="relu"), name="dropout")
        y: End = g.add(Linear(self.classes), x, name="fc2")
        return y
