"""MobileNet: v1 of separable convolutions, v2 of inverted residuals, v3 with gates, found by search; any width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from blocks.block import Block
from blocks.linear import Linear
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import InvertedResidual
from blocks.separable import SeparableConv2d
from blocks.setting import choice, flag, number, whole
from blocks.squeeze_excite import rounded
from blocks.units import ConvUnit, LinearUnit
from blocks.zoo.classifier import Classifier, copies, scaled, span
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import template

_ALPHA = "Width multiplier: channels of every layer, as a multiple of the paper's."


@template("Mobile")
class MobileNetV1(Classifier):
    """A depthwise and a 1×1 convolution in place of every convolution (Howard et al. 2017, table 1).

    The paper's resolution multiplier is the resolution: 224, 192, 160 or 128 pixels.
    """

    source = "https://arxiv.org/abs/1704.04861"
    keywords = "mobilenet v1 mobilenet_v1 depthwise separable width multiplier alpha resolution multiplier rho beta"
    alpha: float = number(1.0, low=0.05, high=8.0, doc=_ALPHA)
    middle: int = whole(
        5, low=0, doc="Equal layers of 512 channels in the middle; none in the shallow network of the paper's table 5."
    )
    separable: bool = flag(True, doc="Separable convolutions; else ordinary ones, as in the paper's table 4.")

    def title(self) -> str:
        return scaled("MobileNet v1" if self.separable else "Conv MobileNet v1", self.alpha)

    def draw(self, d: Drawing) -> None:
        x = d.below("conv1", ConvUnit(self._width(32), 3, 2, 1), self._begun(d))
        number = 1
        for channels, stride, count in self._layers():
            name = span("dw_pw", number, count) if self.separable else span("conv", number + 1, count)
            x = d.below(name, self._layer(self._width(channels), stride), x, repeat=count)
            number += count
        self._ended(d, x)

    def _layers(self) -> Iterator[tuple[int, int, int]]:
        """Channels, stride and how many, from the top."""
        yield from ((64, 1, 1), (128, 2, 1), (128, 1, 1), (256, 2, 1), (256, 1, 1), (512, 2, 1))
        if self.middle:
            yield 512, 1, self.middle
        yield from ((1024, 2, 1), (1024, 1, 1))

    def _layer(self, channels: int, stride: int) -> Block:
        return SeparableConv2d(channels, 3, stride, 1) if self.separable else ConvUnit(channels, 3, stride, 1)

    def _width(self, channels: int) -> int:
        return max(1, int(channels * self.alpha))


_V2 = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))


@template("Mobile")
class MobileNetV2(Classifier):
    """Bottlenecks that widen, convolve each channel and narrow without bending (Sandler et al. 2018, table 2)."""

    source = "https://arxiv.org/abs/1801.04381"
    keywords = "mobilenet v2 mobilenet_v2 inverted residual linear bottleneck width multiplier alpha"
    alpha: float = number(1.0, low=0.05, high=8.0, doc=_ALPHA + " Rounded to multiples of 8.")
    first_expands: bool = flag(
        False,
        doc="Keep the 1×1 that would not widen in the first bottleneck: 54 weight layers by the table, 53 as released.",
    )
    dropout: float = number(0.2, low=0.0, high=1.0, doc="Part of the last features set to zero in training.")

    def title(self) -> str:
        return scaled("MobileNet v2", self.alpha)

    def draw(self, d: Drawing) -> None:
        x = d.below("conv1", ConvUnit(self._width(32), 3, 2, 1, activation="ReLU6"), self._begun(d))
        for node, block, count in self._bottlenecks():
            x = d.below(node, block, x, repeat=count)
        last = rounded(1280 * max(1.0, self.alpha), 8)  # a narrow network keeps its last layer
        self._ended(d, d.below("conv2", ConvUnit(last, 1, activation="ReLU6"), x), self.dropout)

    def _bottlenecks(self) -> Iterator[tuple[str, InvertedResidual, int]]:
        number = 1
        for expansion, channels, count, stride in _V2:
            for step, copied in ((stride, 1), (1, count - 1)):
                if copied:
                    block = InvertedResidual(self._width(channels), 3, step, expansion)
                    if expansion == 1 and self.first_expands:
                        block = block.with_settings(always_expands=True)
                    yield span("bottleneck", number, copied), block, copied
                    number += copied

    def _width(self, channels: int) -> int:
        return rounded(channels * self.alpha, 8)

    def torchvision(self) -> Mapping[str, str]:
        names = {"conv1.conv": "features.0.0", "conv1.norm": "features.0.1", "fc": "classifier.1"}
        modules = [(m, block) for node, block, count in self._bottlenecks() for m in copies(node, count)]
        for place, (module, block) in enumerate(modules, 1):
            parts = ["expand"] * (block.expansion != 1 or block.always_expands) + ["depthwise"]
            for i, part in enumerate(parts):
                names |= _pair(f"{module}.{part}", f"features.{place}.conv.{i}")
            names[f"{module}.project.conv"] = f"features.{place}.conv.{len(parts)}"
            names[f"{module}.project.norm"] = f"features.{place}.conv.{len(parts) + 1}"
        return names | _pair("conv2", f"features.{len(modules) + 1}")


# Kernel, channels in the middle, channels that come out, gate, activation, stride
_LARGE = (
    (3, 16, 16, False, "ReLU", 1),
    (3, 64, 24, False, "ReLU", 2),
    (3, 72, 24, False, "ReLU", 1),
    (5, 72, 40, True, "ReLU", 2),
    (5, 120, 40, True, "ReLU", 1),
    (5, 120, 40, True, "ReLU", 1),
    (3, 240, 80, False, "Hardswish", 2),
    (3, 200, 80, False, "Hardswish", 1),
    (3, 184, 80, False, "Hardswish", 1),
    (3, 184, 80, False, "Hardswish", 1),
    (3, 480, 112, True, "Hardswish", 1),
    (3, 672, 112, True, "Hardswish", 1),
    (5, 672, 160, True, "Hardswish", 2),
    (5, 960, 160, True, "Hardswish", 1),
    (5, 960, 160, True, "Hardswish", 1),
)
_SMALL = (
    (3, 16, 16, True, "ReLU", 2),
    (3, 72, 24, False, "ReLU", 2),
    (3, 88, 24, False, "ReLU", 1),
    (5, 96, 40, True, "Hardswish", 2),
    (5, 240, 40, True, "Hardswish", 1),
    (5, 240, 40, True, "Hardswish", 1),
    (5, 120, 48, True, "Hardswish", 1),
    (5, 144, 48, True, "Hardswish", 1),
    (5, 288, 96, True, "Hardswish", 2),
    (5, 576, 96, True, "Hardswish", 1),
    (5, 576, 96, True, "Hardswish", 1),
)
_FORMS = {"Large": (_LARGE, 1280), "Small": (_SMALL, 1024)}
_EPS = 0.001  # in every normalization, as released


@template("Mobile")
class MobileNetV3(Classifier):
    """Inverted residuals with gates and hard swish, found by search (Howard et al. 2019, tables 1 and 2)."""

    source = "https://arxiv.org/abs/1905.02244"
    keywords = "mobilenet v3 mobilenet_v3 large small squeeze excite hard swish nas width multiplier alpha"
    form: str = choice("Large", tuple(_FORMS), doc="The network of the paper's table 1, or that of table 2.")
    alpha: float = number(1.0, low=0.05, high=8.0, doc=_ALPHA + " Rounded to multiples of 8.")
    dropout: float = number(0.2, low=0.0, high=1.0, doc="Part of the last features set to zero in training.")

    def title(self) -> str:
        return scaled(f"MobileNet v3 {self.form}", self.alpha)

    def draw(self, d: Drawing) -> None:
        bent = "Hardswish"
        x = d.below("conv1", ConvUnit(self._width(16), 3, 2, 1, activation=bent, eps=_EPS), self._begun(d))
        for node, block, count in self._bottlenecks():
            x = d.below(node, block, x, repeat=count)
        x = d.below("conv2", ConvUnit(6 * x.shape.channels, 1, activation=bent, eps=_EPS), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        width = rounded(_FORMS[self.form][1] * max(1.0, self.alpha), 8)  # a narrow network keeps its last layer
        x = d.below("fc1", LinearUnit(width, activation=bent, dropout=self.dropout), x)
        d.end("output", d.below("fc2", Linear(self.classes), x))

    def _bottlenecks(self) -> Iterator[tuple[str, InvertedResidual, int]]:
        number = 1
        for (block, _), equal in groupby(self._blocks()):
            count = len(list(equal))
            yield span("bneck", number, count), block, count
            number += count

    def _blocks(self) -> Iterator[tuple[InvertedResidual, bool]]:
        """Each in turn, and whether as many channels leave as arrive: only such are copies of each other."""
        before = 16  # channels that arrive at alpha 1
        for kernel, middle, channels, gated, activation, stride in _FORMS[self.form][0]:
            arriving = self._width(before)
            block = InvertedResidual(
                self._width(channels),
                kernel,
                stride,
                rounded(arriving * middle / before, 8) / arriving,
                activation=activation,
                squeeze_excite=4 if gated else 0,
                eps=_EPS,
            )
            yield block, before == channels
            before = channels

    def _width(self, channels: int) -> int:
        return rounded(channels * self.alpha, 8)

    def torchvision(self) -> Mapping[str, str]:
        names = _pair("conv1", "features.0") | {"fc1.linear": "classifier.0", "fc2": "classifier.3"}
        modules = [(m, block) for node, block, count in self._bottlenecks() for m in copies(node, count)]
        for place, (module, block) in enumerate(modules, 1):
            gate = ["squeeze_excite"] * bool(block.squeeze_excite)
            parts = ["expand"] * (block.expansion != 1) + ["depthwise", *gate, "project"]
            for i, part in enumerate(parts):
                names |= _pair(f"{module}.{part}", f"features.{place}.block.{i}")
            if gate:
                theirs = f"features.{place}.block.{parts.index('squeeze_excite')}"
                names |= {f"{module}.squeeze_excite.{a}": f"{theirs}.{b}" for a, b in _GATE.items()}
        return names | _pair("conv2", f"features.{len(modules) + 1}")


_GATE = {"reduce": "fc1", "expand": "fc2"}


def _pair(unit: str, theirs: str) -> dict[str, str]:
    """Where a convolution and its normalization stand, which torchvision numbers."""
    return {f"{unit}.conv": f"{theirs}.0", f"{unit}.norm": f"{theirs}.1"}
