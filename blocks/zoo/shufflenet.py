"""ShuffleNet: v1 of grouped 1×1 convolutions with any number of groups, v2 of split channels; any width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from blocks.composite import End
from blocks.mobile import ShuffleUnit, ShuffleUnitV2
from blocks.pooling import MaxPool2d
from blocks.setting import BadSetting, number, whole
from blocks.units import ConvUnit
from blocks.zoo.classifier import Classifier, copies, scaled
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import template

_UNITS = (4, 8, 4)  # of stages 2, 3 and 4
_STAGE2 = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}  # channels by groups
_SCALE = "Channels of every layer, as a multiple of those of the 1× network."


class _ShuffleNet(Classifier):
    """What both versions share: a convolution and a pooling, then three stages."""

    def _stem(self, d: Drawing, channels: int) -> End:
        x = d.below("conv1", ConvUnit(channels, 3, 2, 1), self._begun(d))
        return d.below("maxpool", MaxPool2d(3, 2, 1), x)


@template("Mobile")
class ShuffleNetV1(_ShuffleNet):
    """Grouped 1×1 convolutions that hear of each other by a shuffle (Zhang et al. 2018, table 1).

    The paper widens the network with the number of groups, so that its cost stays about the same.
    """

    source = "https://arxiv.org/abs/1707.01083"
    keywords = "shufflenet v1 shufflenet_v1 grouped pointwise channel shuffle"
    groups: int = whole(3, low=1, doc="Groups of the 1×1 convolutions; the paper has 1, 2, 3, 4 and 8.")
    scale: float = number(1.0, low=0.05, high=8.0, doc=_SCALE + " Rounded to multiples that the groups divide.")
    width: int = whole(
        0, low=0, doc="Channels of stage 2 at scale 1; 0: those of table 1, which has them for the paper's groups."
    )

    def title(self) -> str:
        return f"{scaled('ShuffleNet v1', self.scale)} (g = {self.groups})"

    def draw(self, d: Drawing) -> None:
        x = self._stem(d, self._multiple(24, self.groups))
        channels = self._multiple(self._stage2(), 4 * self.groups)  # a quarter of them is grouped, too
        for stage, count in enumerate(_UNITS, 2):
            first = 1 if stage == 2 else 0  # the first 1×1 has too few channels for groups
            x = d.below(f"stage{stage}_1", ShuffleUnit(channels, self.groups, 2, first), x)
            x = d.below(f"stage{stage}_x", ShuffleUnit(channels, self.groups), x, repeat=count - 1)
            channels *= 2
        self._ended(d, x)

    def _stage2(self) -> int:
        if not self.width and self.groups not in _STAGE2:
            wanted = f"the channels of stage 2, which table 1 has only for {', '.join(map(str, _STAGE2))} groups"
            raise BadSetting("width", wanted, self.width)
        return self.width or _STAGE2[self.groups]

    def _multiple(self, channels: int, divisor: int) -> int:
        return max(1, round(channels * self.scale / divisor)) * divisor


_WIDTHS = ((0.0, 0.0), (0.5, 48.0), (1.0, 116.0), (1.5, 176.0), (2.0, 244.0))  # scales and channels of stage 2


@template("Mobile")
class ShuffleNetV2(_ShuffleNet):
    """Units that convolve half of the channels and shuffle all (Ma et al. 2018, table 5).

    Between the four widths of the table those of any other scale are on the lines from each to the next.
    """

    source = "https://arxiv.org/abs/1807.11164"
    keywords = "shufflenet v2 shufflenet_v2 channel split shuffle x0_5 x1_0 x1_5 x2_0"
    scale: float = number(1.0, low=0.05, high=8.0, doc="Width as the paper counts it: its table has 0.5, 1, 1.5 and 2.")
    width: int = whole(0, low=0, doc="Channels of stage 2, an even number; 0: as many as the scale says.")
    last: int = whole(0, low=0, doc="Channels of the last convolution; 0: 1024, and 2048 from scale 2 on.")

    def title(self) -> str:
        return scaled("ShuffleNet v2", self.scale)

    def draw(self, d: Drawing) -> None:
        x, channels = self._stem(d, 24), self._stage2()
        for stage, count in enumerate(_UNITS, 2):
            x = d.below(f"stage{stage}_1", ShuffleUnitV2(channels, 2), x)
            x = d.below(f"stage{stage}_x", ShuffleUnitV2(channels), x, repeat=count - 1)
            channels *= 2
        self._ended(d, d.below("conv5", ConvUnit(self.last or (1024 if self.scale < 2 else 2048), 1), x))

    def _stage2(self) -> int:
        if self.width % 2:
            raise BadSetting("width", "an even number, half of which passes each unit untouched", self.width)
        return self.width or max(2, 2 * round(_between(self.scale) / 2))

    def torchvision(self) -> Mapping[str, str]:
        names = {"fc": "fc"} | _pair("conv1", "conv1", 0) | _pair("conv5", "conv5", 0)
        for stage, count in enumerate(_UNITS, 2):
            modules = [f"stage{stage}_1", *copies(f"stage{stage}_x", count - 1)]
            for i, module in enumerate(modules):
                for part, theirs, place in _parts(first=i == 0):
                    names |= _pair(f"{module}.{part}", f"stage{stage}.{i}.{theirs}", place)
        return names


def _between(scale: float) -> float:
    """Channels of stage 2 on the line between the nearest scales of the table; beyond, on the last line."""
    lines = list(pairwise(_WIDTHS))
    (low, narrow), (high, wide) = next((line for line in lines if scale <= line[1][0]), lines[-1])
    return narrow + (wide - narrow) * (scale - low) / (high - low)


def _parts(first: bool) -> Iterator[tuple[str, str, int]]:
    """Where torchvision has the convolutions of a unit: branch and number."""
    if first:
        yield from (("pass_depthwise", "branch1", 0), ("pass_project", "branch1", 2))
    yield from (("reduce", "branch2", 0), ("depthwise", "branch2", 3), ("expand", "branch2", 5))


def _pair(unit: str, theirs: str, place: int) -> dict[str, str]:
    return {f"{unit}.conv": f"{theirs}.{place}", f"{unit}.norm": f"{theirs}.{place + 1}"}
