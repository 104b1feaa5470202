"""Pixels and channels exchanged: depth into space and back, shuffled groups, windows laid out and put together."""

from __future__ import annotations

from math import gcd, prod

from blocks.block import Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Argument, Call, Default, call
from blocks.geometry import Axes, largest_divisor, largest_square_root, per_axis, slid
from blocks.setting import per_axis as axes
from blocks.setting import whole
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape, image, shape_of

_SPATIAL = SIGNAL + IMAGE + VOLUME


@block("Join and reshape")
class PixelShuffle(Block):
    """Lays groups of channels out as finer pixels: (C · r², H, W) → (C, H · r, W · r)."""

    source = "https://arxiv.org/abs/1609.05158"
    formula = "y_(c, r i + a, r j + b) = x_(c r² + a r + b, i, j)"
    keywords = "sub-pixel superresolution depth to space upsample enlarge"
    upscale_factor: int = whole(2, low=1, short="×{}", always=True, doc="How many times larger the image gets.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        r = self.upscale_factor
        if x.channels % r**2:
            fitting = largest_square_root(x.channels, r)
            raise Unfit(
                f"{x.channels} channels",
                f"channels that {r}² = {r**2} divides",
                setting="upscale_factor",
                remedies=(Change({"upscale_factor": fitting}),),
            )
        return image(x.channels // r**2, x.space[0] * r, x.space[1] * r)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return ((1, 1 / self.upscale_factor),) * 2

    def module(self, x: Shape) -> Call:
        return call("nn.PixelShuffle", self.upscale_factor)


@block("Join and reshape")
class PixelUnshuffle(Block):
    """Lays neighbouring pixels into channels: (C, H · r, W · r) → (C · r², H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html"
    formula = "y_(c r² + a r + b, i, j) = x_(c, r i + a, r j + b)"
    keywords = "space to depth downsample focus patch"
    downscale_factor: int = whole(2, low=1, short="/{}", always=True, doc="How many times smaller the image gets.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        r = self.downscale_factor
        if any(n % r for n in x.space):
            fitting = largest_divisor(gcd(*x.space), r)
            raise Unfit(
                x,
                f"a height and a width that {r} divides",
                setting="downscale_factor",
                remedies=(Change({"downscale_factor": fitting}),),
            )
        return image(x.channels * r**2, x.space[0] // r, x.space[1] // r)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return ((self.downscale_factor, self.downscale_factor),) * 2

    def module(self, x: Shape) -> Call:
        return call("nn.PixelUnshuffle", self.downscale_factor)


@block("Join and reshape")
class ChannelShuffle(Block):
    """Deals the channels of groups out in turn, so that groups hear of each other: (C, H, W) → (C, H, W)."""

    source = "https://arxiv.org/abs/1707.01083"
    formula = "y = x with channels (groups, n) read as (n, groups)"
    keywords = "shufflenet grouped convolution mix permute"
    groups: int = whole(2, low=1, short="{} groups", always=True, doc="Groups of the convolution before.")
    x = takes(_SPATIAL)
    y = gives(_SPATIAL)

    def shape(self, x: Shape) -> Shape:
        if x.channels % self.groups:
            fitting = largest_divisor(x.channels, self.groups)
            raise Unfit(
                f"{x.channels} channels",
                f"channels that {self.groups} groups divide",
                setting="groups",
                remedies=(Change({"groups": fitting}),),
            )
        return x

    def module(self, x: Shape) -> Call:
        return call("nn.ChannelShuffle", self.groups)


def _sliding(block: Block) -> dict[str, Argument]:
    """How the windows slide, as keywords."""
    plain = {"dilation": 1, "padding": 0, "stride": 1}
    return {name: Default(block.value(name), default) for name, default in plain.items()}


@block("Join and reshape")
class Unfold(Block):
    """Lays the windows of an image side by side as columns: (C, H, W) → (C · kernel, windows)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html"
    formula = "column k of y = the k-th window of x"
    keywords = "im2col patches windows sliding blocks"
    kernel_size: int | Axes = axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring pixels of a window.")
    padding: int | Axes = axes(0, low=0, short="pad {}", doc="Zeros added at each side.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two windows.")
    x = takes(IMAGE)
    y = gives(SIGNAL)

    def _places(self, space: Axes) -> Axes:
        told = [per_axis(self.value(n), 2) for n in ("padding", "kernel_size", "stride", "dilation")]
        rows = zip(space, *told, strict=True)
        return tuple(slid(n, (p, p), k, s, d) for n, p, k, s, d in rows)

    def shape(self, x: Shape) -> Shape:
        places = self._places(x.space)
        if min(places) < 1:
            raise Unfit(
                x,
                "an input at least as large as a window",
                setting="kernel_size",
                remedies=(Change({"kernel_size": 1}),),
            )
        return shape_of((x.channels * prod(per_axis(self.kernel_size, 2)), prod(places)), Meaning.SIGNAL)

    def module(self, x: Shape) -> Call:
        return Call("nn.Unfold", (self.kernel_size,), _sliding(self))

    @classmethod
    def trials(cls) -> Trials:
        return (((image(2, 7, 6),), {"kernel_size": (3, 2), "stride": (2, 1), "padding": 1, "dilation": (1, 2)}),)


@block("Join and reshape")
class Fold(Block):
    """Adds columns up to the image whose windows they are, the inverse of Unfold: (C · kernel, windows) → (C, H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html"
    formula = "y = the sum of all windows, each at its place"
    keywords = "col2im patches windows sliding blocks assemble"
    output_size: int | Axes = axes(28, low=1, short="to {}", always=True, doc="Height and width of the image.")
    kernel_size: int | Axes = axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring pixels of a window.")
    padding: int | Axes = axes(0, low=0, short="pad {}", doc="Zeros that had been added at each side.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two windows.")
    x = takes(SIGNAL)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        space, kernel = per_axis(self.output_size, 2), prod(per_axis(self.kernel_size, 2))
        told = [per_axis(self.value(n), 2) for n in ("padding", "kernel_size", "stride", "dilation")]
        places = prod(max(slid(n, (p, p), k, s, d), 0) for n, p, k, s, d in zip(space, *told, strict=True))
        if x.channels % kernel or x.sizes[1] != places:
            raise Unfit(
                x,
                f"({kernel} · channels, {places}), the {places} windows of an image of {space}",
                setting="output_size",
            )
        return image(x.channels // kernel, *space)

    def module(self, x: Shape) -> Call:
        return Call("nn.Fold", (per_axis(self.output_size, 2), self.kernel_size), _sliding(self))

    @classmethod
    def trials(cls) -> Trials:
        columns = shape_of((8, 20), Meaning.SIGNAL)
        halves = shape_of((8, 6), Meaning.SIGNAL)
        return (((columns,), {"output_size": (6, 5)}), ((halves,), {"output_size": (4, 6), "stride": 2}))
