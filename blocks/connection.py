"""Convolutions that do not connect everything: by a table, with kernels given as values, blind to what comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from blocks.block import Block, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.convolution import Convolution
from blocks.geometry import Axes, exact, per_axis, slid, symmetric, tried, window_unfit
from blocks.setting import BadSetting, choice, flag, padding, text, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, Shape, image
from blocks.weighted import Weighted

Table = tuple[tuple[int, ...], ...]
Kernel = tuple[tuple[float, ...], ...]

_LENET = (
    "0 1 2 | 1 2 3 | 2 3 4 | 3 4 5 | 0 4 5 | 0 1 5 | 0 1 2 3 | 1 2 3 4 | 2 3 4 5 | 0 3 4 5 | 0 1 4 5 | 0 1 2 5 "
    "| 0 1 3 4 | 1 2 4 5 | 0 2 3 5 | 0 1 2 3 4 5"
)
_SOBEL = "1 0 -1; 2 0 -2; 1 0 -1 | 1 2 1; 0 0 0; -1 -2 -1"
_MODES = ("zeros", "reflect", "replicate", "circular")


def _padding(default: str) -> Any:
    told = "Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side."
    return padding(default, doc=told)


class _Given(Convolution):
    """What they share: arguments as nn.Conv2d has them, for a module of their own."""

    x = takes(IMAGE)
    y = gives(IMAGE)

    def _named(self, x: Shape) -> dict[str, Any]:
        sides = self._sides(x)
        around = tuple(before for before, _ in sides) if symmetric(sides) else (0, 0)
        told = unless(1, stride=self.value("stride")) | unless(0, padding=exact(around))
        return told | unless("zeros", padding_mode=self.padding_mode)


@block("Convolution")
class TableConv2d(Weighted, _Given):
    """A convolution whose maps read only the channels that a table names (LeCun et al. 1998): (C, H, W) → (M, H', W').

    The default is the table of LeNet-5's layer C3: six maps become sixteen.
    """

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    formula = "y_m = Σ w_mc * x_c over the channels c that the table names for map m"
    keywords = "sparse connection table lenet c3 partial convolution"
    table: str = text(_LENET, doc="For every map the channels that it reads, counted from 0: 0 1 2 | 1 2 3.")
    kernel_size: int | Axes = axes(5, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int | Axes | str = _padding("valid")
    bias: bool = flag(True, doc="Add a learned number to every map.")
    padding_mode: str = choice("zeros", _MODES, doc="What the padding holds.")
    if TYPE_CHECKING:
        maps: Table

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "maps", _table(self.table))

    def _axes(self, name: str) -> Axes:
        return (1, 1) if name == "dilation" else super()._axes(name)

    def _width(self, x: Shape) -> tuple[int, int]:
        return len(self.maps), 1

    def _connections(self) -> int:
        return sum(map(len, self.maps))

    def shape(self, x: Shape) -> Shape:
        last = max(map(max, self.maps))
        if last >= x.channels:
            raise Unfit(f"{x.channels} channels", f"at least {last + 1} channels, as the table says", setting="table")
        return super().shape(x)

    def parameters(self, x: Shape) -> dict[str, Axes]:
        weight = (self._connections(), 1, *self._axes("kernel_size"))
        return {"weight": weight} | ({"bias": (len(self.maps),)} if self.bias else {})

    def macs(self, x: Shape, y: Shape) -> int:
        high, wide = self._axes("kernel_size")
        return y.space[0] * y.space[1] * self._connections() * high * wide

    def module(self, x: Shape) -> Call:
        told = self._named(x) | unless(True, bias=self.bias)
        return call("TableConv2d", self.maps, self._axes("kernel_size"), **told)

    def shorthand(self) -> str:
        return f"{len(self.maps)} · {super().shorthand()}"

    @classmethod
    def trials(cls) -> Trials:
        return tried(2, {"table": "0 | 1 3 | 0", "kernel_size": 3, "stride": 2, "padding": "same"})


def _table(told: str) -> Table:
    """The channels of every map as text names them."""
    try:
        rows = tuple(tuple(int(channel) for channel in row.replace(",", " ").split()) for row in told.split("|"))
    except ValueError:
        rows = ()
    if not rows or any(not row or min(row) < 0 or len(set(row)) < len(row) for row in rows):
        raise BadSetting("table", "channels for every map as in 0 1 2 | 1 2 3, each once in a map", told)
    return rows


@block("Convolution")
class FixedConv2d(_Given):
    """A convolution whose kernels are given as numbers and kept, as edge detectors: (C, H, W) → (C · kernels, H', W').

    Summed over the channels a kernel gives one map: (C, H, W) → (kernels, H', W').
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html"
    formula = "y = Σ k · x over each window, k given"
    keywords = "edge detector sobel laplace blur sharpen filter hand-made constant frozen kernel"
    kernels: str = text(
        _SOBEL, short="{}", doc="Numbers of a row with spaces, rows with ;, kernels with |: 0 1 0; 1 -4 1; 0 1 0."
    )
    summed: bool = flag(False, short="summed", doc="Sum over the channels; else every channel is filtered by itself.")
    learned: bool = flag(False, short="learned", doc="Only begin with these kernels, and learn from there.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int | Axes | str = _padding("same")
    padding_mode: str = choice("zeros", _MODES, doc="What the padding holds.")
    if TYPE_CHECKING:
        filters: tuple[Kernel, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "filters", _filters(self.kernels))

    def _axes(self, name: str) -> Axes:
        if name == "kernel_size":
            return len(self.filters[0]), len(self.filters[0][0])
        return (1, 1) if name == "dilation" else super()._axes(name)

    def _width(self, x: Shape) -> tuple[int, int]:
        return (len(self.filters), 1) if self.summed else (len(self.filters) * x.channels, x.channels)

    def _weight(self, x: Shape) -> dict[str, Axes]:
        width, groups = self._width(x)
        return {"weight": (width, x.channels // groups, *self._axes("kernel_size"))}

    def parameters(self, x: Shape) -> dict[str, Axes]:
        return self._weight(x) if self.learned else {}

    def buffers(self, x: Shape) -> dict[str, Axes]:
        return {} if self.learned else self._weight(x)

    def module(self, x: Shape) -> Call:
        told = unless(False, summed=self.summed) | unless(False, learned=self.learned)
        return call("FixedConv2d", x.channels, self.filters, **told, **self._named(x))

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            2,
            {"kernels": "0.5 0.5", "stride": 2},
            {"kernels": "0 1 0; 1 -4 1; 0 1 0", "summed": True, "padding_mode": "replicate"},
            {"learned": True, "summed": True},
        )


def _filters(told: str) -> tuple[Kernel, ...]:
    """The kernels as text writes them, all of one size."""
    try:
        kernels = tuple(
            tuple(tuple(map(float, row.replace(",", " ").split())) for row in kernel.split(";"))
            for kernel in told.split("|")
        )
    except ValueError:
        kernels = ()
    sizes = {(len(kernel), len(row)) for kernel in kernels for row in kernel}
    finite = all(abs(n) < 1e18 for kernel in kernels for row in kernel for n in row)
    if len(sizes) != 1 or 0 in sizes.pop() or not finite:
        raise BadSetting("kernels", "kernels of one size as in 1 0 -1; 2 0 -2; 1 0 -1 | 1 2 1; 0 0 0; -1 -2 -1", told)
    return kernels


@block("Convolution")
class MaskedConv2d(Weighted, Convolution):
    """A convolution that sees no later pixel in reading order (van den Oord et al. 2016): (C, H, W) → (C', H', W')."""

    source = "https://arxiv.org/abs/1601.06759"
    formula = "y = Σ (w ∘ mask) · x + b over each window"
    keywords = "pixelcnn autoregressive causal masked generative"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels learned: the channels that come out.")
    kernel_size: int | Axes = axes(3, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int | Axes | str = _padding("same")
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")
    bias: bool = flag(True, doc="Add a learned number to every output channel.")
    padding_mode: str = choice("zeros", _MODES, doc="What the padding holds.")
    center: bool = flag(
        False, short="type B", doc="See the pixel itself, as all layers but the first may (type B); else type A."
    )
    x = takes(IMAGE)
    y = gives(IMAGE)

    def _width(self, x: Shape) -> tuple[int, int]:
        return self.out_channels, 1

    def buffers(self, x: Shape) -> dict[str, Axes]:
        return {"mask": self._axes("kernel_size")}

    def module(self, x: Shape) -> Call:
        plain = super().module(x)
        return call("MaskedConv2d", *plain.arguments, **plain.keywords, **unless(False, center=self.center))

    @classmethod
    def trials(cls) -> Trials:
        return tried(2, {"kernel_size": (3, 4), "center": True}, {"kernel_size": 5, "dilation": 2, "stride": 2})


@block("Pooling")
class SubSampling2d(Block):
    """Sums windows, weighed and shifted by two learned numbers a channel, as in LeNet-5: (C, H, W) → (C, H', W')."""

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    formula = "y_c = a_c · Σ x_c + b_c over each window"
    keywords = "trainable subsampling pooling lenet s2 coefficient downsampling reduce"
    kernel_size: int | Axes = axes(2, low=1, short="{}×", always=True, doc="Size of a window along each axis.")
    stride: int | Axes | None = axes(None, low=1, optional=True, short="/{}", doc="Step; empty: the size of a window.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def _sliding(self) -> tuple[Axes, Axes]:
        kernel = per_axis(self.kernel_size, 2)
        return kernel, kernel if self.stride is None else per_axis(self.stride, 2)

    def shape(self, x: Shape) -> Shape:
        kernel, stride = self._sliding()
        space = tuple(slid(n, (0, 0), k, s, 1) for n, k, s in zip(x.space, kernel, stride, strict=True))
        if min(space) < 1:
            raise window_unfit(x, ((0, 0),) * 2, kernel, (1, 1))
        return x.with_sizes(x.channels, *space)

    def parameters(self, x: Shape) -> dict[str, Axes]:
        return {"weight": (x.channels,), "bias": (x.channels,)}

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        return tuple(zip(*self._sliding(), strict=True))

    def module(self, x: Shape) -> Call:
        kernel, stride = self._sliding()
        return call("SubSampling2d", x.channels, exact(kernel), **unless(exact(kernel), stride=exact(stride)))

    @classmethod
    def trials(cls) -> Trials:
        return (((image(3, 7, 5),), {"kernel_size": (3, 2), "stride": 1}),)
