"""The block of VGG networks: a few 3×3 convolutions, then a pooling that halves the image."""

from __future__ import annotations

from blocks.block import Block, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.normalization import LocalResponseNorm
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.setting import choice, flag, whole
from blocks.shape import IMAGE
from blocks.units import BIAS, NONE, activated, activation_choice, normalization_choice, normalized, with_bias

POOLS: dict[str, type[Block]] = {"max": MaxPool2d, "mean": AvgPool2d}


@block("Units")
class VGGBlock(Composite):
    """3×3 convolutions in a row, then 2×2 pooling (Simonyan & Zisserman 2015, table 1): (C, H, W) → (C', H/2, W/2)."""

    source = "https://arxiv.org/abs/1409.1556"
    formula = "y = pool(relu(w_n * … relu(w_1 * x)))"
    keywords = "vgg vgg16 vgg19 convolutions pooling stage"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels of every convolution.")
    layers: int = whole(2, low=1, high=64, short="×{}", always=True, doc="Convolutions in a row.")
    pointwise: bool = flag(False, short="last 1×1", doc="Make the last convolution 1×1, as in configuration C.")
    pool: str = choice("max", (*POOLS, NONE), short="{}", doc="Halve height and width by 2×2 windows, or keep them.")
    normalization: str = normalization_choice(NONE)
    activation: str = activation_choice("ReLU")
    response_norm: bool = flag(
        False, short="LRN", doc="Damp by neighbouring channels before the pooling, as configuration A-LRN."
    )
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        for place in range(1, self.layers + 1):
            x = g.add(self._convolution(place), x, name=f"conv{place}")
            x = normalized(g, self.normalization, x, f"norm{place}")
            x = activated(g, self.activation, x, f"{self.activation.lower()}{place}")
        if self.response_norm:
            x = g.add(alexnet_response_norm(), x, name="lrn")
        if self.pool != NONE:
            x = g.add(POOLS[self.pool](), x, name="pool")
        return x

    def _convolution(self, place: int) -> Conv2d:
        last = self.pointwise and place == self.layers
        bias = with_bias(self.bias, self.normalization)
        return Conv2d(self.out_channels, 1 if last else 3, padding=0 if last else 1, bias=bias)


def alexnet_response_norm() -> LocalResponseNorm:
    """The response normalization of AlexNet's paper, section 3.3: n = 5, k = 2, α = 10⁻⁴ (5 times that in torch)."""
    return LocalResponseNorm(5, 5e-4, 0.75, 2.0)
