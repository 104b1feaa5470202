"""Squeeze and excite: a small network weighs each channel by what all pixels of all channels say."""

from __future__ import annotations

from blocks.block import Block, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.linear import Linear
from blocks.merge import Multiply
from blocks.pooling_global import AdaptiveAvgPool2d, GlobalAvgPool
from blocks.setting import choice, flag, whole
from blocks.shape import IMAGE
from blocks.units import activated, activation_choice


@block("Squeeze and excite")
class SqueezeExcite(Composite):
    """Scales every channel by a learned gate (Hu et al. 2018, fig. 3): (C, H, W) → (C, H, W)."""

    source = "https://arxiv.org/abs/1709.01507"
    formula = "y = x · σ(W₂ relu(W₁ mean(x)))"
    keywords = "channel attention se senet gate mobilenet"
    reduction: int = whole(16, low=1, short="/{}", always=True, doc="How many channels share one number in the middle.")
    activation: str = activation_choice("ReLU")
    gate: str = choice(
        "Sigmoid", ("Sigmoid", "Hardsigmoid"), short="{}", doc="What brings the weights between 0 and 1."
    )
    divisor: int = whole(
        1, low=1, doc="The numbers in the middle are rounded to a multiple of this; MobileNet v3 takes 8."
    )
    convolutions: bool = flag(
        False, doc="1×1 convolutions in place of linear layers, as in torchvision: the same numbers, in other shapes."
    )
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        squeezed = g.add(AdaptiveAvgPool2d(1) if self.convolutions else GlobalAvgPool(), x, name="pool")
        middle = g.add(self._layer(self._width(x.shape.channels)), squeezed, name="reduce")
        middle = activated(g, self.activation, middle)
        gate = activated(g, self.gate, g.add(self._layer(x.shape.channels), middle, name="expand"), "gate")
        result: End = g.add(Multiply(), x, gate, name="scale")
        return result

    def _layer(self, width: int) -> Block:
        return Conv2d(width, 1) if self.convolutions else Linear(width)

    def _width(self, channels: int) -> int:
        return rounded(channels / self.reduction, self.divisor)


def rounded(wanted: float, divisor: int) -> int:
    """The multiple of `divisor` nearest to `wanted`, at least one and never a tenth below it (Sandler et al. 2018)."""
    nearest = max(divisor, int(wanted + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * wanted else nearest + divisor
