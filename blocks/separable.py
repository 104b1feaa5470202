"""A convolution in two cheap halves: each channel by itself, then all channels at each pixel."""

from __future__ import annotations

from typing import ClassVar

from blocks.activation import ReLU
from blocks.block import Block, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv1d, Conv2d, Conv3d, DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d
from blocks.geometry import Axes
from blocks.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from blocks.setting import flag, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SIGNAL, VOLUME

_PARTS: dict[int, tuple[type[Block], type[Block], type[Block]]] = {
    1: (DepthwiseConv1d, BatchNorm1d, Conv1d),
    2: (DepthwiseConv2d, BatchNorm2d, Conv2d),
    3: (DepthwiseConv3d, BatchNorm3d, Conv3d),
}


class _Separable(Composite):
    """What SeparableConv1d, SeparableConv2d and SeparableConv3d share."""

    source = "https://arxiv.org/abs/1704.04861"
    formula = "cost ÷ cost of a convolution = 1 / out_channels + 1 / numbers in a kernel"
    keywords = "depthwise separable pointwise mobilenet xception conv convolution"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int | Axes = axes(3, low=1, short="{}×", always=True, doc="Size of the depthwise kernels.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of a depthwise kernel.")
    padding: int | Axes | str = padding(
        "same", doc="Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side."
    )
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")
    between: bool = flag(True, doc="Norm and ReLU between the halves too, as in MobileNet; Xception has nothing there.")

    def body(self, g: Sketch, *ends: End) -> End:
        depthwise, norm, pointwise = _PARTS[self.rank]
        slid = depthwise(self.kernel_size, self.stride, self.padding, self.dilation, bias=False)
        y = g.add(slid, *ends, name="depthwise")
        if self.between:
            y = g.add(ReLU(), g.add(norm(), y, name="norm1"), name="relu1")
        y = g.add(pointwise(self.out_channels, 1, bias=False), y, name="pointwise")
        last = "2" if self.between else ""
        end: End = g.add(ReLU(), g.add(norm(), y, name=f"norm{last}"), name=f"relu{last}")
        return end


@block("Convolution")
class SeparableConv1d(_Separable):
    """Depthwise and pointwise convolution, with norm and ReLU: (C, L) → (out_channels, L')."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Convolution")
class SeparableConv2d(_Separable):
    """Depthwise and pointwise convolution, with norm and ReLU: (C, H, W) → (out_channels, H', W')."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Convolution")
class SeparableConv3d(_Separable):
    """Depthwise and pointwise convolution, with norm and ReLU: (C, D, H, W) → (out_channels, D', H', W')."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)
