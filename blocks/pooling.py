"""Pooling over sliding windows: one number for each window of a channel. Nothing is learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Argument, Call, call, unless
from blocks.geometry import (
    Axes,
    Sides,
    both_of_rank,
    exact,
    pad_text,
    pads,
    per_axis,
    slid,
    symmetric,
    tried,
    window_unfit,
)
from blocks.setting import flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Meaning, Shape

_PAGE = "https://docs.pytorch.org/docs/stable/nn.html#pooling-layers"


def _kernel() -> Any:
    return axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")


def _stride() -> Any:
    return axes(None, low=1, optional=True, short="/{}", doc="Step between two windows; empty: the size of a window.")


def _padding(beyond: str) -> Any:
    return padding(
        "valid",
        doc=f"{beyond} around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side.",
    )


def _ceil() -> Any:
    return flag(False, short="ceil", doc="Keep a last window that reaches beyond the edge.")


class _Pool(Block):
    """What max and average pooling share: windows that slide."""

    source = _PAGE
    if TYPE_CHECKING:  # declared by the subclasses, each in torch's order
        padding: int | Axes | str
        ceil_mode: bool

    def _axes(self, name: str) -> Axes:
        value = self.value(name) if name in self.settings else 1
        return self._axes("kernel_size") if value is None else per_axis(value, self.rank)

    def _sides(self, x: Shape) -> Sides:
        return pads(x.space, self.padding, self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"))

    def shape(self, x: Shape) -> Shape:
        kernel, stride, dilation = self._axes("kernel_size"), self._axes("stride"), self._axes("dilation")
        sides = self._sides(x)
        self._refuse_padding(sides, kernel, dilation)
        rows = zip(x.space, sides, kernel, stride, dilation, strict=True)
        space = tuple(slid(*row, ceil=self.ceil_mode) for row in rows)
        if min(space) < 1:
            raise window_unfit(x, sides, kernel, dilation)
        return x.with_sizes(x.channels, *space)

    def _refuse_padding(self, sides: Sides, kernel: Axes, dilation: Axes) -> None:
        """A window wholly in the padding would see nothing, so torch takes half a window at most."""
        most = tuple((d * (k - 1) + 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        if self.padding not in {"same", "valid"} and any(
            before > limit for (before, _), limit in zip(sides, most, strict=True)
        ):
            fitting = tuple(min(before, limit) for (before, _), limit in zip(sides, most, strict=True))
            raise Unfit(
                f"padding {self.padding}",
                f"padding of at most {exact(most)}, half the kernel",
                setting="padding",
                remedies=(Change({"padding": exact(fitting)}), Change({"padding": "same"})),
            )

    def _plain(self, sides: Sides) -> bool:
        """Whether torch pads so by itself: as much before as after, and half a kernel, its gaps left out, at most."""
        kernel = self._axes("kernel_size")
        return symmetric(sides) and all(before <= k // 2 for (before, _), k in zip(sides, kernel, strict=True))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        axes = zip(self._axes("kernel_size"), self._axes("stride"), self._axes("dilation"), strict=True)
        return tuple((d * (k - 1) + 1, s) for k, s, d in axes)

    def _call(self, name: str, x: Shape, **more: Argument) -> Call:
        sides = self._sides(x)
        around = tuple(before for before, _ in sides) if self._plain(sides) else (0,) * self.rank
        kernel = self.value("kernel_size")
        return call(
            f"nn.{name}Pool{self.rank}d",
            kernel,
            **unless(kernel, stride=exact(self._axes("stride"))),
            **unless(0, padding=exact(around)),
            **more,
            **unless(False, ceil_mode=self.ceil_mode),
        )


class _MaxPool(_Pool):
    """What MaxPool1d, MaxPool2d and MaxPool3d share."""

    formula = "y = max of x over each window"
    keywords = "maximum pooling subsampling downsampling reduce"
    kernel_size: int | Axes = _kernel()
    stride: int | Axes | None = _stride()
    padding: int | Axes | str = _padding("Nothing (−∞)")
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring pixels of a window.")
    ceil_mode: bool = _ceil()

    def module(self, x: Shape) -> Call:
        return self._call("Max", x, **unless(1, dilation=self.dilation))

    def forward(self, at: At) -> str:
        sides = self._sides(at.shape)
        if self._plain(sides):
            return f"{at.module}({at.x})"
        return f'{at.module}(F.pad({at.x}, {pad_text(sides)}, value=float("-inf")))'

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Windows side by side that shrink an image to the wanted one, where a whole number of them fits."""
        if not isinstance(want, Shape) or not both_of_rank(cls.rank, have, want):
            return None
        factors = tuple(n // m for n, m in zip(have.space, want.space, strict=True))
        reached = tuple(m * f for m, f in zip(want.space, factors, strict=True))
        if have.channels != want.channels or reached != have.space or max(factors) == 1:
            return None
        return cls(exact(factors))

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            cls.rank,
            {"padding": "same"},
            {"kernel_size": 3, "stride": 2, "padding": "same"},
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
            {"dilation": 2, "ceil_mode": True},
            {"dilation": 3, "padding": 2},
        )


class _AvgPool(_Pool):
    """What AvgPool1d, AvgPool2d and AvgPool3d share."""

    formula = "y = mean of x over each window"
    keywords = "average mean pooling subsampling downsampling reduce"
    kernel_size: int | Axes = _kernel()
    stride: int | Axes | None = _stride()
    padding: int | Axes | str = _padding("Zeros")
    ceil_mode: bool = _ceil()
    count_include_pad: bool = flag(True, doc="Count the zeros of the padding when dividing.")

    def _divisor(self) -> int | None:
        return None

    def module(self, x: Shape) -> Call:
        divisor = {} if self._divisor() is None else unless(None, divisor_override=self._divisor())
        called = self._call("Avg", x)
        keywords = {**called.keywords, **unless(True, count_include_pad=self.count_include_pad), **divisor}
        return Call(called.name, called.arguments, keywords)

    def forward(self, at: At) -> str:
        sides = self._sides(at.shape)
        if self._plain(sides):
            return f"{at.module}({at.x})"
        padded = f"{at.module}(F.pad({at.x}, {pad_text(sides)}))"
        if self.count_include_pad or self._divisor() is not None:
            return padded
        # the mean over the padded window, divided by the part of it that is not padding
        ones = f"torch.ones_like({at.x}[:1, :1])"
        return f"{padded} / {at.module}(F.pad({ones}, {pad_text(sides)}))"

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            cls.rank,
            {"padding": "same"},
            {"kernel_size": 3, "stride": 2, "padding": "same", "count_include_pad": False},
            {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True},
        )


class _AvgPoolDivided(_AvgPool):
    """What AvgPool2d and AvgPool3d have beyond AvgPool1d."""

    divisor_override: int | None = whole(
        None, low=1, optional=True, doc="Divide by this instead of the size of a window; empty: do not."
    )

    def _divisor(self) -> int | None:
        return self.divisor_override

    @classmethod
    def trials(cls) -> Trials:
        return (*super().trials(), *tried(cls.rank, {"padding": "same", "divisor_override": 3}))


@block("Pooling")
class MaxPool1d(_MaxPool):
    """Keeps the largest value of each window: (C, L) → (C, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Pooling")
class MaxPool2d(_MaxPool):
    """Keeps the largest value of each window: (C, H, W) → (C, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class MaxPool3d(_MaxPool):
    """Keeps the largest value of each window: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Pooling")
class AvgPool1d(_AvgPool):
    """Takes the mean of each window: (C, L) → (C, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Pooling")
class AvgPool2d(_AvgPoolDivided):
    """Takes the mean of each window: (C, H, W) → (C, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Pooling")
class AvgPool3d(_AvgPoolDivided):
    """Takes the mean of each window: (C, D, H, W) → (C, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
