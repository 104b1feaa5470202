"""Dense blocks: every layer reads all results before it, so that few new channels a layer suffice."""

from __future__ import annotations

from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.merge import Concat
from blocks.pooling import AvgPool2d
from blocks.regularization import Dropout
from blocks.setting import choice, flag, number, whole
from blocks.shape import IMAGE
from blocks.units import activated, activation_choice, normalization_choice, normalized

_BIAS = "Add a learned number to every channel of a convolution."
_GROWTH = "Channels that a layer adds (the paper's k)."
_BOTTLENECK = "Narrow by a 1×1 convolution to this many times the growth before the 3×3; 0: no bottleneck."
_DROPOUT = "Part of the new channels set to zero in training."


@block("Dense")
class DenseLayer(Composite):
    """New channels from all that arrive, joined on (Huang et al. 2017, sect. 3): (C, H, W) → (C + growth, H, W)."""

    source = "https://arxiv.org/abs/1608.06993"
    formula = "y = [x; H(x)]"
    keywords = "densenet concat growth"
    growth: int = whole(32, low=1, short="+{}", always=True, doc=_GROWTH)
    bottleneck: int = whole(4, low=0, short="bottleneck {}", doc=_BOTTLENECK)
    dropout: float = number(0.0, low=0.0, high=1.0, short="dropout {}", doc=_DROPOUT)
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    bias: bool = flag(False, doc=_BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        y = ends[0]
        if self.bottleneck:
            y = self._read(g, y, 1, Conv2d(self.bottleneck * self.growth, 1, padding=0, bias=self.bias))
        y = self._read(g, y, 2 if self.bottleneck else 1, Conv2d(self.growth, 3, padding=1, bias=self.bias))
        if self.dropout:
            y = g.add(Dropout(self.dropout), y, name="dropout")
        joined: End = g.add(Concat(), ends[0], y, name="join")
        return joined

    def _read(self, g: Sketch, x: End, number: int, conv: Conv2d) -> End:
        x = normalized(g, self.normalization, x, f"norm{number}")
        x = activated(g, self.activation, x, f"{self.activation.lower()}{number}")
        end: End = g.add(conv, x, name=f"conv{number}")
        return end


@block("Dense")
class DenseBlock(Composite):
    """Layers that each read all before them (Huang et al. 2017, fig. 1): (C, H, W) → (C + layers · growth, H, W)."""

    source = "https://arxiv.org/abs/1608.06993"
    formula = "x_i = H([x_0; x_1; …; x_(i-1)])"
    keywords = "densenet concat growth"
    growth: int = whole(32, low=1, short="+{}", always=True, doc=_GROWTH)
    layers: int = whole(6, low=1, high=128, short="{} layers", always=True, doc="Layers in the block.")
    bottleneck: int = whole(4, low=0, short="bottleneck {}", doc=_BOTTLENECK)
    dropout: float = number(0.0, low=0.0, high=1.0, short="dropout {}", doc=_DROPOUT)
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    bias: bool = flag(False, doc=_BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        layer = DenseLayer(self.growth, self.bottleneck, self.dropout, self.normalization, self.activation, self.bias)
        for place in range(1, self.layers + 1):
            x = g.add(layer, x, name=f"layer{place}")
        return x


@block("Dense")
class Transition(Composite):
    """Cuts channels and halves the image (Huang et al. 2017, table 1): (C, H, W) → (θ·C, H/2, W/2)."""

    source = "https://arxiv.org/abs/1608.06993"
    formula = "y = pool(w * relu(norm(x)))"
    keywords = "densenet compression pooling"
    compression: float = number(
        0.5, low=0.0, high=1.0, short="×{}", always=True, doc="Share θ of the channels that stays, rounded down."
    )
    pool: str = choice("mean", ("mean", "none"), doc="Halve height and width by the mean of 2×2 pixels, or keep them.")
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    bias: bool = flag(False, doc=_BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = activated(g, self.activation, normalized(g, self.normalization, ends[0]))
        channels = max(1, int(ends[0].shape.channels * self.compression))
        y: End = g.add(Conv2d(channels, 1, padding=0, bias=self.bias), x, name="conv")
        if self.pool == "mean":
            y = g.add(AvgPool2d(2), y, name="pool")
        return y
