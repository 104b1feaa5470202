"""Blocks of a package of one's own, as the README shows it: one definition each, beside a module that torch lacks."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import Block, block, gives, takes
from blocks.call import Call, call
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.setting import number, whole
from blocks.shape import IMAGE, Shape


@block("Swirls")
class Swirl(Block):
    """Swish with a slope that each channel learns (Ramachandran et al. 2017): (C, H, W) → (C, H, W)."""

    source = "https://arxiv.org/abs/1710.05941"
    formula = "y = x · σ(slope · x)"
    keywords = "swish activation learned"
    icon = "iteration-cw"
    carried: ClassVar[str] = "swirls.modules"
    start: float = number(1.0, short="{}", doc="The slope before training.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"slope": (x.channels,)}

    def module(self, x: Shape) -> Call:
        return call("Swirl", x.channels, self.start)


@block("Swirls")
class SwirlUnit(Composite):
    """A convolution and a swirl: (C, H, W) → (out_channels, H, W)."""

    source = "https://arxiv.org/abs/1710.05941"
    keywords = "swish convolution"
    out_channels: int = whole(16, low=1, short="{}", always=True, doc="Channels that come out.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        result: End = g.add(Swirl(), g.add(Conv2d(self.out_channels), ends[0], name="conv"), name="swirl")
        return result
