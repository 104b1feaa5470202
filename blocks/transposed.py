"""Transposed convolutions, which enlarge: the shapes of a convolution run backwards, with learned kernels."""

from __future__ import annotations

from math import prod
from typing import ClassVar

from blocks.block import Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.convolution import refuse_groups
from blocks.geometry import Axes, exact, per_axis, tried
from blocks.setting import flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME, Shape
from blocks.weighted import Weighted


class _Transposed(Weighted):
    """What ConvTranspose1d, ConvTranspose2d and ConvTranspose3d share."""

    source = "https://arxiv.org/abs/1603.07285"
    formula = "n' = (n - 1) · stride - 2 · padding + dilation · (kernel_size - 1) + 1 + output_padding"
    unit = 1
    keywords = "deconvolution upconvolution transposed fractionally strided generator decoder enlarge"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels learned: the channels that come out.")
    kernel_size: int | Axes = axes(4, low=1, short="{}×", always=True, doc="Size of a kernel along each axis.")
    stride: int | Axes = axes(2, low=1, short="·{}", always=True, doc="How many times larger the result is.")
    padding: int | Axes | str = padding(
        "same", doc="Rows cut off each side: 'same' leaves n · stride, 'valid' cuts none, or pixels a side."
    )
    output_padding: int | Axes = axes(
        0, doc="Rows added at the far side, fewer than the stride; 'same' works this out by itself."
    )
    groups: int = whole(
        1, low=1, short="groups {}", doc="Channels are cut into this many groups, each convolved alone."
    )
    bias: bool = flag(True, doc="Add a learned number to every output channel.")
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")

    def _axes(self, name: str) -> Axes:
        return per_axis(self.value(name), self.rank)

    def _reach(self) -> Axes:
        return tuple(d * (k - 1) + 1 for k, d in zip(self._axes("kernel_size"), self._axes("dilation"), strict=True))

    def _cuts(self) -> tuple[Axes, Axes]:
        """Padding and output padding in torch's sense: what 'same' and 'valid' come to."""
        if self.padding != "same":
            return per_axis(0 if self.padding == "valid" else self.padding, self.rank), self._axes("output_padding")
        over = [reach - stride for reach, stride in zip(self._reach(), self._axes("stride"), strict=True)]
        cut = tuple(max(-(-n // 2), 0) for n in over)
        return cut, tuple(2 * c - n for c, n in zip(cut, over, strict=True))

    def shape(self, x: Shape) -> Shape:
        refuse_groups(self.groups, x.channels, self.out_channels)
        cut, extra = self._cuts()
        self._refuse_extra(extra)
        rows = zip(x.space, self._axes("stride"), cut, self._reach(), extra, strict=True)
        space = tuple((n - 1) * stride - 2 * c + reach + e for n, stride, c, reach, e in rows)
        if min(space) < 1:
            raise Unfit(
                x,
                f"an input of which the padding {exact(cut)} leaves something",
                "Use less padding or a larger kernel.",
                setting="padding",
                remedies=(Change({"padding": "same"}), Change({"padding": "valid"})),
            )
        return x.with_sizes(self.out_channels, *space)

    def _refuse_extra(self, extra: Axes) -> None:
        """torch takes an output padding only below the stride or the dilation."""
        limits = tuple(map(max, self._axes("stride"), self._axes("dilation")))
        if self.padding == "same" and self.output_padding != 0:
            raise Unfit(
                f"output_padding {self.output_padding}",
                "output_padding 0 beside padding 'same', which works it out",
                setting="output_padding",
                remedies=(Change({"output_padding": 0}),),
            )
        if any(e >= limit for e, limit in zip(extra, limits, strict=True)):
            raise self._too_much(extra, limits)

    def _too_much(self, extra: Axes, limits: Axes) -> Unfit:
        if self.padding == "same":
            odd = tuple(k + 1 - k % 2 for k in self._axes("kernel_size"))
            return Unfit(
                f"kernel_size {self.kernel_size} at stride {self.stride}",
                "an odd kernel where the stride is 1 and padding is 'same'",
                setting="kernel_size",
                remedies=(Change({"kernel_size": odd}), Change({"padding": "valid"})),
            )
        fitting = tuple(min(e, limit - 1) for e, limit in zip(extra, limits, strict=True))
        return Unfit(
            f"output_padding {exact(extra)}",
            f"an output_padding below {exact(limits)}, the stride or the dilation",
            setting="output_padding",
            remedies=(Change({"output_padding": exact(fitting)}),),
        )

    def parameters(self, x: Shape) -> dict[str, Axes]:
        weight = (x.channels, self.out_channels // self.groups, *self._axes("kernel_size"))
        return {"weight": weight} | ({"bias": (self.out_channels,)} if self.bias else {})

    def macs(self, x: Shape, y: Shape) -> int:
        return x.numel * (self.out_channels // self.groups) * prod(self._axes("kernel_size"))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...]:
        # an output pixel lies under the kernels of at most this many input pixels
        axes = zip(self._reach(), self._axes("stride"), strict=True)
        return tuple(((reach - 1) // stride + 1, 1 / stride) for reach, stride in axes)

    def module(self, x: Shape) -> Call:
        cut, extra = self._cuts()
        return call(
            f"nn.ConvTranspose{self.rank}d",
            x.channels,
            self.out_channels,
            self.kernel_size,
            **unless(1, stride=self.stride),
            **unless(0, padding=exact(cut)),
            **unless(0, output_padding=exact(extra)),
            **unless(1, groups=self.groups),
            **unless(True, bias=self.bias),
            **unless(1, dilation=self.dilation),
        )

    @classmethod
    def trials(cls) -> Trials:
        return tried(
            cls.rank,
            {"kernel_size": 3, "groups": 2, "out_channels": 6},
            {"kernel_size": 2, "stride": 3},
            {"kernel_size": 3, "stride": 1, "dilation": 2},
            {"kernel_size": 3, "padding": 1, "output_padding": 1},
            {"kernel_size": 2, "padding": "valid"},
        )


@block("Convolution")
class ConvTranspose1d(_Transposed):
    """Enlarges a signal with learned kernels: (C, L) → (out_channels, L · stride)."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class ConvTranspose2d(_Transposed):
    """Enlarges an image with learned kernels: (C, H, W) → (out_channels, H · stride, W · stride)."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class ConvTranspose3d(_Transposed):
    """Enlarges a volume with learned kernels: (C, D, H, W) → (out_channels, D · stride, H · stride, W · stride)."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
