"""Rarer pooling of torch.nn: by power, at random places, and undone with the places of the largest."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Argument, Call, call, unless
from blocks.geometry import MEANING, Axes, exact, per_axis, slid, tried, window_unfit
from blocks.setting import flag, number
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape, shape_of


class _PowerPool(Block):
    """What LPPool1d, LPPool2d and LPPool3d share."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.LPPool2d.html"
    formula = "y = (Σ x^p)^(1/p) over each window"
    keywords = "lp power average pooling subsampling downsampling reduce"
    norm_type: float = number(
        2.0, low=1.0, short="p {}", always=True, doc="The power p: 1 sums, large p nears the largest."
    )
    kernel_size: int | Axes = axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")
    stride: int | Axes | None = axes(None, low=1, optional=True, short="/{}", doc="Step; empty: the size of a window.")
    ceil_mode: bool = flag(False, short="ceil", doc="Keep a last window that reaches beyond the edge.")

    def _sliding(self) -> tuple[Axes, Axes]:
        kernel = per_axis(self.kernel_size, self.rank)
        return kernel, kernel if self.stride is None else per_axis(self.stride, self.rank)

    def shape(self, x: Shape) -> Shape:
        kernel, stride = self._sliding()
        rows = zip(x.space, kernel, stride, strict=True)
        space = tuple(slid(n, (0, 0), k, s, 1, ceil=self.ceil_mode) for n, k, s in rows)
        if min(space) < 1:
            raise window_unfit(x, ((0, 0),) * self.rank, kernel, (1,) * self.rank)
        return x.with_sizes(x.channels, *space)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return tuple(zip(*self._sliding(), strict=True))

    def module(self, x: Shape) -> Call:
        power = int(self.norm_type) if self.norm_type.is_integer() else self.norm_type
        kernel, stride = self._sliding()
        told = unless(exact(kernel), stride=exact(stride)) | unless(False, ceil_mode=self.ceil_mode)
        return call(f"nn.LPPool{self.rank}d", power, exact(kernel), **told)


@block("Pooling")
class LPPool1d(_PowerPool):
    """The power mean of each window, without the division: (C, L) → (C, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Pooling")
class LPPool2d(_PowerPool):
    """The power mean of each window, without the division: (C, H, W) → (C, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class LPPool3d(_PowerPool):
    """The power mean of each window, without the division: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


class _FractionalPool(Block):
    """What FractionalMaxPool2d and FractionalMaxPool3d share."""

    source = "https://arxiv.org/abs/1412.6071"
    formula = "y = max of x over windows whose places are drawn at random"
    keywords = "fractional maximum pooling random subsampling reduce"
    kernel_size: int | Axes = axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")
    output_size: int | Axes = axes(4, low=1, short="to {}", always=True, doc="Size of the result.")

    def shape(self, x: Shape) -> Shape:
        kernel, size = per_axis(self.kernel_size, self.rank), per_axis(self.output_size, self.rank)
        spare = 1 if self.rank == 2 else 0  # torch's two kinds differ by one place
        most = tuple(n - k + spare for n, k in zip(x.space, kernel, strict=True))
        if any(m > limit for m, limit in zip(size, most, strict=True)):
            fits = min(most) >= 1
            raise Unfit(
                x,
                f"an input from which {exact(size)} windows of {exact(kernel)} can be taken",
                setting="output_size",
                remedies=(Change({"output_size": exact(tuple(min(m, n) for m, n in zip(size, most, strict=True)))}),)
                if fits
                else (),
            )
        return x.with_sizes(x.channels, *size)

    def module(self, x: Shape) -> Call:
        return call(f"nn.FractionalMaxPool{self.rank}d", self.kernel_size, output_size=self.output_size)


@block("Pooling")
class FractionalMaxPool2d(_FractionalPool):
    """The largest of windows at random places, so that any size can come out: (C, H, W) → (C, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class FractionalMaxPool3d(_FractionalPool):
    """The largest of windows at random places, so that any size can come out: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


class _Windows(Block):
    """What pooling that tells its places and its undoing share: how the windows lie."""

    kernel_size: int | Axes = axes(2, low=1, short="window {}", always=True, doc="Size of a window along each axis.")
    stride: int | Axes | None = axes(None, low=1, optional=True, short="/{}", doc="Step; empty: the size of a window.")
    padding: int | Axes = axes(0, low=0, short="padding {}", doc="Pixels at each side that are never the largest.")

    def _laid(self) -> tuple[Axes, Axes, Axes]:
        """Kernel, stride and padding along each axis; raises Unfit."""
        kernel, padding = per_axis(self.kernel_size, self.rank), per_axis(self.padding, self.rank)
        if any(2 * p > k for k, p in zip(kernel, padding, strict=True)):
            raise Unfit(
                f"padding {self.padding} with kernel_size {self.kernel_size}",
                "a padding of at most half the window",
                setting="padding",
                remedies=(Change({"padding": 0}),),
            )
        return kernel, kernel if self.stride is None else per_axis(self.stride, self.rank), padding

    def _told(self) -> dict[str, Argument]:
        kernel, stride, padding = self._laid()
        return unless(exact(kernel), stride=exact(stride)) | unless(0, padding=exact(padding))


class _Places(_Windows):
    """What MaxPoolPlaces1d, MaxPoolPlaces2d and MaxPoolPlaces3d share."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html"
    formula = "y = max of x over each window, places = its index in the channel"
    keywords = "maximum pooling indices argmax segnet unpool"
    targets = "{y}, {places}"

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        kernel, stride, padding = self._laid()
        rows = zip(x.space, kernel, stride, padding, strict=True)
        space = tuple(slid(n, (p, p), k, s, 1) for n, k, s, p in rows)
        if min(space) < 1:
            raise window_unfit(x, tuple((p, p) for p in padding), kernel, (1,) * self.rank)
        sizes = (x.channels, *space)
        return x.with_sizes(*sizes), shape_of(sizes, Meaning.TENSOR, "int64", prod(x.space))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        kernel, stride, _ = self._laid()
        return tuple(zip(kernel, stride, strict=True))

    def module(self, x: Shape) -> Call:
        return call(f"nn.MaxPool{self.rank}d", self.kernel_size, **self._told(), return_indices=True)

    @classmethod
    def trials(cls) -> Trials:
        return tried(cls.rank, {"kernel_size": 3, "stride": 2, "padding": 1})


class _Unpool(_Windows):
    """What MaxUnpool1d, MaxUnpool2d and MaxUnpool3d share."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html"
    keywords = "maximum unpooling indices segnet decoder upsample"
    formula = "y at places = x, else 0"
    output_size: int | Axes | None = axes(
        None,
        low=1,
        optional=True,
        short="to {}",
        doc="Size before the pooling; empty: the least that it can have been.",
    )

    def shape(self, x: Shape, places: Shape) -> Shape:
        if places.sizes != x.sizes or places.dtype != "int64":
            raise Unfit(places, f"the places of {x}, as MaxPoolPlaces{self.rank}d gives them", port="places")
        space = self._space(x)
        if places.classes and prod(space) < places.classes:
            raise Unfit(
                f"places among {places.classes}",
                f"places among the {prod(space)} of {space}",
                "Set output_size to the size before the pooling.",
                setting="output_size",
            )
        return x.with_sizes(x.channels, *space)

    def _space(self, x: Shape) -> Axes:
        if self.output_size is not None:
            return self._asked(x)
        space = self._least(x)
        if min(space) < 1:
            raise Unfit(x, "places that a pooling with such a padding leaves", setting="padding")
        return space

    def _asked(self, x: Shape) -> Axes:
        """The size that is asked for, which torch takes within a step of what the windows span."""
        _, stride, _ = self._laid()
        asked = per_axis(self.output_size or 1, self.rank)
        rows = list(zip(asked, self._least(x), stride, strict=True))
        if any(not least - step < size < least + step for size, least, step in rows):
            fits = tuple(min(max(size, least - step + 1, 1), least + step - 1) for size, least, step in rows)
            raise Unfit(
                f"output_size {self.output_size}",
                f"less than a step of {exact(stride)} from {exact(self._least(x))}",
                setting="output_size",
                remedies=(Change({"output_size": None}), Change({"output_size": exact(fits)})),
            )
        return asked

    def _least(self, x: Shape) -> Axes:
        rows = zip(x.space, *self._laid(), strict=True)
        return tuple((n - 1) * stride - 2 * padding + kernel for n, kernel, stride, padding in rows)

    def module(self, x: Shape, places: Shape) -> Call:
        return call(f"nn.MaxUnpool{self.rank}d", self.kernel_size, **self._told())

    def forward(self, at: At) -> str:
        size = f", output_size={self._space(at.shape)}" if self.output_size is not None else ""
        return f"{at.module}({at.x}, {at.names['places']}{size})"

    @classmethod
    def trials(cls) -> Trials:
        small, large = (2, 3, 3, 4)[: cls.rank + 1], (7, 7, 9)[: cls.rank]
        x = shape_of(small, MEANING[cls.rank][0])
        pair = x, shape_of(small, Meaning.TENSOR, "int64", prod(x.space))
        overlapping = {"kernel_size": 3, "stride": 2, "padding": 1}
        return ((pair, {}), (pair, {"output_size": large}), (pair, overlapping))


@block("Pooling")
class MaxPoolPlaces1d(_Places):
    """The largest of each window, and where it stood, for MaxUnpool1d: (C, L) → (C, L'), places."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)
    places = gives((Meaning.TENSOR,), doc="Whole numbers: the index within each channel.")


@block("Pooling")
class MaxPoolPlaces2d(_Places):
    """The largest of each window, and where it stood, for MaxUnpool2d: (C, H, W) → (C, H', W'), places."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)
    places = gives((Meaning.TENSOR,), doc="Whole numbers: the index within each channel.")


@block("Pooling")
class MaxPoolPlaces3d(_Places):
    """The largest of each window, and where it stood, for MaxUnpool3d: (C, D, H, W) → (C, D', H', W'), places."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
    places = gives((Meaning.TENSOR,), doc="Whole numbers: the index within each channel.")


@block("Pooling")
class MaxUnpool1d(_Unpool):
    """Puts numbers back where they stood before a pooling, zeros elsewhere: (C, L), places → (C, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    places = takes((Meaning.TENSOR, Meaning.TOKENS), doc="What MaxPoolPlaces1d gave beside its result.")
    y = gives(SIGNAL)


@block("Pooling")
class MaxUnpool2d(_Unpool):
    """Puts numbers back where they stood before a pooling, zeros elsewhere: (C, H, W), places → (C, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    places = takes((Meaning.TENSOR, Meaning.TOKENS), doc="What MaxPoolPlaces2d gave beside its result.")
    y = gives(IMAGE)


@block("Pooling")
class MaxUnpool3d(_Unpool):
    """Puts numbers back where they stood before a pooling, zeros elsewhere: (C, D, H, W), places → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    places = takes((Meaning.TENSOR, Meaning.TOKENS), doc="What MaxPoolPlaces3d gave beside its result.")
    y = gives(VOLUME)
