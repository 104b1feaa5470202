"""Stages of generators and critics, and the heads of detectors."""

from __future__ import annotations

from blocks.activation import LeakyReLU
from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.pooling import MaxPool2d
from blocks.reshape import Permute, Reshape
from blocks.setting import choice, number, whole
from blocks.shape import IMAGE, SEQUENCE
from blocks.transposed import ConvTranspose2d
from blocks.units import BIAS, NONE, ConvUnit, activated, normalized, with_bias

_NORMS = (NONE, "BatchNorm", "InstanceNorm")


@block("Context")
class GeneratorStage(Composite):
    """Doubles an image by a transposed convolution (Radford et al. 2016, fig. 1): (C, H, W) → (C', 2H, 2W)."""

    source = "https://arxiv.org/abs/1511.06434"
    formula = "y = activation(norm(w *ᵀ x))"
    keywords = "gan dcgan decoder upsample transposed"
    widens = "out_channels"
    out_channels: int = whole(128, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(4, low=1, short="{0}×{0}", doc="Height and width of the kernels.")
    stride: int = whole(2, low=1, short="×{}", doc="How many times larger the image gets.")
    padding: int = whole(1, low=0, doc="Pixels cut off at each side.")
    normalization: str = choice("BatchNorm", _NORMS, doc="After the convolution, or none.")
    activation: str = choice("ReLU", ("ReLU", "LeakyReLU", "Tanh", "Sigmoid", NONE), short="{}", doc="At the end.")
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        bias = with_bias(self.bias, self.normalization)
        up = ConvTranspose2d(self.out_channels, self.kernel_size, self.stride, self.padding, bias=bias)
        y = normalized(g, self.normalization, g.add(up, ends[0], name="up"))
        return activated(g, self.activation, y)


@block("Context")
class CriticStage(Composite):
    """Halves an image by a convolution with a leaky activation (Radford et al. 2016): (C, H, W) → (C', H', W')."""

    source = "https://arxiv.org/abs/1511.06434"
    formula = "y = leaky(norm(w * x))"
    keywords = "gan dcgan discriminator encoder downsample"
    widens = "out_channels"
    out_channels: int = whole(128, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(4, low=1, short="{0}×{0}", doc="Height and width of the kernels.")
    stride: int = whole(2, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int = whole(1, low=0, doc="Zeros around.")
    normalization: str = choice("BatchNorm", _NORMS, doc="After the convolution, or none; the first stage has none.")
    negative_slope: float = number(0.2, doc="Factor of the activation where x is negative.")
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        bias = with_bias(self.bias, self.normalization)
        conv = Conv2d(self.out_channels, self.kernel_size, self.stride, self.padding, bias=bias)
        y = normalized(g, self.normalization, g.add(conv, ends[0], name="conv"))
        end: End = g.add(LeakyReLU(self.negative_slope), y, name="leaky")
        return end


@block("Context")
class DetectionHead(Composite):
    """Classes and offsets of the boxes at each pixel (Liu et al. 2016): (C, H, W) → (HW·a, classes + 1), (HW·a, 4)."""

    source = "https://arxiv.org/abs/1512.02325"
    formula = "classes: a · (n + 1) maps, boxes: 4 · a maps, laid out box after box"
    keywords = "ssd detector anchors multibox predictor"
    anchors: int = whole(4, low=1, short="{} boxes", always=True, doc="Boxes at each pixel.")
    classes: int = whole(20, low=1, short="{} classes", always=True, doc="Classes beside the background.")
    x = takes(IMAGE)
    scores = gives(SEQUENCE, doc="A score for each class and the background, box after box.")
    offsets = gives(SEQUENCE, doc="Four numbers a box.")

    def body(self, g: Sketch, *ends: End) -> tuple[End, ...]:
        told = {"scores": self.classes + 1, "offsets": 4}
        return tuple(self._laid_out(g, ends[0], name, width) for name, width in told.items())

    def _laid_out(self, g: Sketch, x: End, name: str, width: int) -> End:
        maps = g.add(Conv2d(self.anchors * width, 3, 1, 1), x, name=f"{name}_conv")
        last = g.add(Permute((1, 2, 0)), maps, name=f"{name}_last")
        end: End = g.add(Reshape((-1, width), "sequence"), last, name=f"{name}_rows")
        return end


@block("Context")
class HalvingStage(Composite):
    """Two convolutions and a pooling that halve an image between two scales: (C, H, W) → (C', H / 2, W / 2)."""

    source = "https://arxiv.org/abs/1512.02325"
    formula = "y = pool(conv(conv(x)))"
    keywords = "ssd tiny downsample scale backbone"
    widens = "out_channels"
    out_channels: int = whole(128, low=1, short="{}", always=True, doc="Channels of both convolutions.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        y = ends[0]
        for i in (1, 2):
            y = g.add(ConvUnit(self.out_channels, 3, padding=1, bias="yes"), y, name=f"conv{i}")
        end: End = g.add(MaxPool2d(2), y, name="pool")
        return end
