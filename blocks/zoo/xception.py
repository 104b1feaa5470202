"""Xception: depthwise separable convolutions with shortcuts, Inception taken to its extreme."""

from __future__ import annotations

from blocks.linear import Linear
from blocks.mobile import XceptionModule
from blocks.pooling_global import GlobalAvgPool
from blocks.separable import SeparableConv2d
from blocks.setting import number, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template


@template("Inception")
class Xception(Template):
    """Entry, middle and exit flow of separable convolutions (Chollet 2017, figure 5)."""

    source = "https://arxiv.org/abs/1610.02357"
    keywords = "extreme inception depthwise separable convolutions"
    width: float = number(1.0, low=0.01, high=16.0, doc="Multiplies the channels of every layer.")
    middle: int = whole(8, low=0, high=1000, doc="Modules of the middle flow.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(299, low=1, unit="px", doc="Height and width of the image.")

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(self._wide(32), 3, 2, 0), x)
        x = d.below("conv2", ConvUnit(self._wide(64), 3, 1, 0), x)
        for i, channels in enumerate((128, 256, 728), 1):
            x = d.below(f"block{i}", XceptionModule(self._wide(channels), 2, 2, starts_with_relu=i > 1), x)
        if self.middle:
            x = d.below("middle", XceptionModule(self._wide(728), 3), x, repeat=self.middle)
        x = d.below(f"block{4 + self.middle}", XceptionModule(self._wide(1024), 2, 2, grows_first=False), x)
        x = d.below("conv3", SeparableConv2d(self._wide(1536), between=False), x)
        x = d.below("conv4", SeparableConv2d(self._wide(2048), between=False), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        d.end("output", d.below("fc", Linear(self.classes), x))

    def _wide(self, channels: int) -> int:
        return max(1, round(self.width * channels))
