"""SqueezeNet: fire modules that squeeze before they expand, in any number, proportion and with any bypass."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.composite import End
from blocks.merge import Add
from blocks.mobile import Fire
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.setting import choice, number, sizes, whole
from blocks.units import NONE, ConvUnit
from blocks.zoo.classifier import Classifier
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import template

_POOLS = {"1.0": (1, 4, 8), "1.1": (1, 3, 5)}
_FIRST = {"1.0": (96, 7), "1.1": (64, 3)}  # channels and kernel of conv1


@template("Mobile")
class SqueezeNet(Classifier):
    """Fire modules between two convolutions, and no linear layer (Iandola et al. 2016, table 1 and figure 2).

    The settings from `base` on are the paper's metaparameters (section 5): its figure 3 is drawn by varying them.
    """

    source = "https://arxiv.org/abs/1602.07360"
    keywords = "squeezenet squeezenet1_0 squeezenet1_1 squeeze expand fire bypass residual metaparameters"
    version: str = choice("1.0", tuple(_POOLS), doc="1.0 as the paper; 1.1 pools sooner and begins with a smaller 3×3.")
    bypass: str = choice(
        NONE,
        (NONE, "simple", "complex"),
        doc="Wires around fire modules: simple where the channels stay, complex around all, by 1×1 where they change.",
    )
    fires: int = whole(8, low=1, doc="Fire modules.")
    pools: tuple[int, ...] = sizes((), doc="Numbers of the layers that a pooling follows; empty: as the version.")
    base: int = whole(128, low=2, doc="Channels that the first fire modules give.")
    increase: int = whole(128, low=0, doc="Channels by which they grow.")
    every: int = whole(2, low=1, doc="Fire modules between two growths.")
    squeeze_ratio: float = number(
        0.125, low=0.001, high=1.0, doc="Channels of the squeeze, by those of both expansions."
    )
    wide_part: float = number(0.5, low=0.01, high=0.99, doc="Part of the expansion that is 3×3; the rest is 1×1.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part set to zero in training before the last convolution.")

    def title(self) -> str:
        bypass = "" if self.bypass == NONE else f" with {self.bypass} bypass"
        return f"SqueezeNet {self.version}{bypass}"

    def draw(self, d: Drawing) -> None:
        channels, kernel = _FIRST[self.version]
        x = d.below("conv1", ConvUnit(channels, kernel, 2, "valid", normalization=NONE), self._begun(d))
        x = self._pooled(d, x, 1)
        for layer in range(2, self.fires + 2):
            x = self._pooled(d, self._bypassed(d, x, layer), layer)
        if self.dropout:
            x = d.below("dropout", Dropout(self.dropout), x)
        x = d.below(self._last(), ConvUnit(self.classes, 1, normalization=NONE), x)
        d.end("output", d.below("avgpool", GlobalAvgPool(), x))

    def _bypassed(self, d: Drawing, x: End, number: int) -> End:
        """A fire module, and the wire around it where there is one."""
        fire = self._fire(number - 2)
        same = x.shape.channels == fire.e1x1 + fire.e3x3
        if self.bypass == NONE or (self.bypass == "simple" and not same):
            return d.below(f"fire{number}", fire, x)
        if same:
            return d.below(f"add{number}", Add(), x, d.below(f"fire{number}", fire, x))
        around = ConvUnit(fire.e1x1 + fire.e3x3, 1, normalization=NONE, activation=NONE)
        ends = d.beside([[(f"fire{number}", fire)], [(f"bypass{number}", around)]], x)
        return d.below(f"add{number}", Add(), *ends)

    def _fire(self, place: int) -> Fire:
        expanded = self.base + self.increase * (place // self.every)
        three = min(expanded - 1, max(1, round(expanded * self.wide_part)))
        return Fire(max(1, round(expanded * self.squeeze_ratio)), expanded - three, three)

    def _pooled(self, d: Drawing, x: End, number: int) -> End:
        if number not in self._pools():
            return x
        return d.below(f"pool{number}", MaxPool2d(3, 2, ceil_mode=True), x)

    def _pools(self) -> tuple[int, ...]:
        return self.pools or _POOLS[self.version]

    def _last(self) -> str:
        return f"conv{self.fires + 2}"

    def torchvision(self) -> Mapping[str, str]:
        if self.bypass != NONE:
            return {}
        names, place = {"conv1.conv": "features.0", f"{self._last()}.conv": "classifier.1"}, 2
        for layer in range(1, self.fires + 2):
            if layer > 1:
                parts = ("squeeze", "expand1x1", "expand3x3")
                names |= {f"fire{layer}.{part}.conv": f"features.{place}.{part}" for part in parts}
                place += 1
            place += layer in self._pools()
        return names
