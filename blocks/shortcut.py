"""Shortcuts of residual networks that have nothing to learn."""

from __future__ import annotations

from blocks.block import Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, Default, call
from blocks.setting import whole
from blocks.shape import IMAGE, Shape, image


@block("Residual")
class PaddedIdentity(Block):
    """The image itself with zeros for new channels (He et al. 2016, option A): (C, H, W) → (out_channels, H', W').

    Of the pixels every `stride`-th stays: H' = ⌈H / stride⌉. A shortcut that has nothing to learn.
    """

    source = "https://arxiv.org/abs/1512.03385"
    formula = "y = [x[::stride]; 0]"
    keywords = "resnet shortcut skip option a zero padding channels subsample cifar"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels that come out, the last of them zeros.")
    stride: int = whole(1, low=1, short="/{}", doc="2 keeps every second pixel of every second row.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        if x.channels > self.out_channels:
            raise Unfit(
                f"{x.channels} channels",
                f"at most the {self.out_channels} that come out",
                setting="out_channels",
                remedies=(Change({"out_channels": x.channels}),),
            )
        return image(self.out_channels, *(-(-n // self.stride) for n in x.space))

    def module(self, x: Shape) -> Call:
        return call("PaddedIdentity", self.out_channels, stride=Default(self.stride, 1))

    @classmethod
    def trials(cls) -> Trials:
        x = image(4, 7, 5)
        return (((x,), {"out_channels": 6, "stride": 2}), ((x,), {"out_channels": 4, "stride": 3}))
