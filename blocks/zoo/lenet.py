"""LeNet as it is taught, LeNet-5 in its modern and its original form, and what they have in common."""

from __future__ import annotations

from blocks.composite import End
from blocks.connection import SubSampling2d, TableConv2d
from blocks.convolution import Conv2d
from blocks.elementwise import Negate
from blocks.formula import Formula
from blocks.linear import Linear, RadialBasis
from blocks.pooling import AvgPool2d
from blocks.reshape import Flatten
from blocks.setting import choice, flag, number, sizes, whole
from blocks.shape import image
from blocks.units import NONE, ConvUnit, LinearUnit, activation_choice
from blocks.vgg import POOLS
from blocks.zoo.drawing import Drawing
from blocks.zoo.perceptron import numbered
from blocks.zoo.template import Template, template

_TODAY, _ORIGINAL = "today", "1998"
_SQUASH = "1.7159*tanh(x*2/3)"  # appendix A: so that ±1 gives ±1
# Which bars of seven, as on a pocket calculator, are lit for each digit: top, sides, middle, sides, bottom.
_BARS = ("t12b34", "24", "t2m3b", "t2m4b", "12m4", "t1m4b", "t1m34b", "t24", "t1m234b", "t1m24b")
_WIDE, _HIGH = 7, 12


@template("Classic")
class LeNet(Template):
    """Two convolutions, each with a pooling, and three linear layers: LeNet as it is taught, on digits of 28 × 28."""

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    keywords = "digits mnist convolutional handwritten sigmoid"
    activation: str = activation_choice("Sigmoid")
    pool: str = choice("max", tuple(POOLS), doc="What is taken of each 2×2 window.")
    padding: int = whole(0, low=0, unit="px", doc="Zeros around the image; 2 keeps its size in the first layer.")
    classes: int = whole(10, low=1, doc="Classes told apart.")
    channels: int = whole(1, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(28, low=1, unit="px", doc="Height and width of the image.")

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        for stage, (width, padding) in enumerate(((6, self.padding), (16, 0)), 1):
            unit = ConvUnit(width, 5, padding=padding, normalization=NONE, activation=self.activation)
            x = d.below(f"conv{stage}", unit, x)
            x = d.below(f"pool{stage}", POOLS[self.pool](), x)
        x = d.below("flatten", Flatten(), x)
        x = d.below("fc1", LinearUnit(120, activation=self.activation), x)
        x = d.below("fc2", LinearUnit(84, activation=self.activation), x)
        x = d.below("fc3", Linear(self.classes), x)
        d.end("output", x)


@template("Classic")
class LeNet5(Template):
    """Three convolutions with sub-sampling between them, on digits of 32 × 32 (LeCun et al. 1998, fig. 2).

    The original reads only some maps in C3, weighs its sub-sampling, and ends in distances to fixed pictures of the
    digits; today's form connects everything, averages, and ends in a linear layer.
    """

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    keywords = "digits mnist convolutional handwritten 1998 rbf connection table tanh subsampling"
    form: str = choice(
        _TODAY, (_TODAY, _ORIGINAL), doc="As it is built today, or with table C3, trained sub-sampling and RBF output."
    )
    classes: int = whole(10, low=1, doc="Classes told apart.")
    channels: int = whole(1, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(32, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "LeNet-5 of 1998" if self.form == _ORIGINAL else "LeNet-5"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        if self.form == _ORIGINAL:
            self._as_in_1998(d, x)
        else:
            self._as_today(d, x)

    def _as_today(self, d: Drawing, x: End) -> None:
        for name, width, pool in (("C1", 6, "N2"), ("C3", 16, "N4"), ("C5", 120, "")):
            x = d.below(name, ConvUnit(width, 5, padding=0, normalization=NONE, activation="Tanh"), x)
            if pool:
                x = d.below(pool, AvgPool2d(), x)
        x = d.below("flatten", Flatten(), x)
        x = d.below("F6", LinearUnit(84, activation="Tanh"), x)
        x = d.below("scores", Linear(self.classes), x)
        d.end("output", x)

    def _as_in_1998(self, d: Drawing, x: End) -> None:
        layers = {
            "C1": Conv2d(6, 5, padding=0),
            "N2": SubSampling2d(),
            "C3": TableConv2d(),
            "N4": SubSampling2d(),
            "C5": Conv2d(120, 5, padding=0),
        }
        for place, (name, layer) in enumerate(layers.items(), 1):
            x = d.below(f"squash{place}", Formula(_SQUASH), d.below(name, layer, x))
        x = d.below("flatten", Flatten(), x)
        x = d.below("squash6", Formula(_SQUASH), d.below("F6", Linear(_WIDE * _HIGH), x))
        x = d.below("rbf", RadialBasis(self.classes, digit_pictures() if self.classes == 10 else ""), x)
        x = d.below("nearness", Negate(), x)  # so that the largest wins, as everywhere else
        d.end("output", x)


def digit_pictures() -> str:
    """Ten digits of 7 × 12 pixels, row by row, as signs: the fixed points of the original LeNet-5."""
    return " | ".join("".join(_sign(bars, row, column) for row, column in _pixels()) for bars in _BARS)


def _pixels() -> list[tuple[int, int]]:
    return [(row, column) for row in range(_HIGH) for column in range(_WIDE)]


def _sign(bars: str, row: int, column: int) -> str:
    """Whether a pixel lies on a bar that is lit; the bars are two pixels thick."""
    high, low = ("1", "2"), ("3", "4")
    upright = (high if row < _HIGH // 2 else low)[column >= _WIDE // 2]
    lit = upright in bars and not 2 <= column < _WIDE - 2
    across = {0: "t", 1: "t", 5: "m", 6: "m", 10: "b", 11: "b"}.get(row)
    return "+" if lit or (across is not None and across in bars and 1 <= column < _WIDE - 1) else "-"


@template("Classic")
class ConvNet(Template):
    """The general form of a convolutional classifier: an image, n times convolution and pooling, linear layers."""

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    keywords = "cnn convolutional general simple own starter image classifier"
    stages: int = whole(2, low=1, high=16, doc="How many times convolution and pooling stand behind each other.")
    layers: int = whole(1, low=1, high=16, doc="Convolutions before each pooling.")
    width: int = whole(16, low=1, doc="Channels of the first stage.")
    doubling: bool = flag(True, doc="Give every stage twice the channels of the one before; else all have as many.")
    kernel_size: int = whole(3, low=1, unit="px", doc="Height and width of the kernels.")
    pool: str = choice("max", tuple(POOLS), doc="What is taken of each 2×2 window.")
    activation: str = activation_choice("ReLU")
    batch_norm: bool = flag(False, doc="Normalize after every convolution.")
    hidden: tuple[int, ...] = sizes((128,), doc="Neurons of each linear layer before the last; may stay empty.")
    dropout: float = number(0.0, low=0.0, high=1.0, doc="Part of each hidden linear layer set to zero in training.")
    classes: int = whole(10, low=1, doc="Classes told apart.")
    channels: int = whole(1, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(32, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return f"Convolutional network of {self.stages} stage{'s' if self.stages > 1 else ''}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        norm = "BatchNorm" if self.batch_norm else NONE
        for stage in range(1, self.stages + 1):
            width = self.width << (stage - 1) if self.doubling else self.width
            unit = ConvUnit(width, self.kernel_size, normalization=norm, activation=self.activation)
            for place in range(1, self.layers + 1):
                x = d.below(f"conv{stage}" if self.layers == 1 else f"conv{stage}_{place}", unit, x)
            x = d.below(f"pool{stage}", POOLS[self.pool](), x)
        x = d.below("flatten", Flatten(), x)
        for name, features in zip(numbered("hidden", len(self.hidden)), self.hidden, strict=True):
            x = d.below(name, LinearUnit(features, activation=self.activation, dropout=self.dropout), x)
        x = d.below("scores", Linear(self.classes), x)
        d.end("output", x)
