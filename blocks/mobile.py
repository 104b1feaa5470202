"""Units of small and fast networks: Xception, SqueezeNet, ShuffleNet, MBConv."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.block import Change, Trials, Unfit, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.headings import last
from blocks.indexing import Chunk
from blocks.merge import Add, Concat
from blocks.noise import DropPath
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.setting import choice, flag, number, whole
from blocks.shape import IMAGE, image
from blocks.shuffle import ChannelShuffle
from blocks.squeeze_excite import SqueezeExcite
from blocks.units import NONE, ConvUnit, normalized


class _Unit(Composite):
    """What the units share: convolutions named by what they are for."""

    normalization: str = last(choice("BatchNorm", (NONE, "BatchNorm"), doc="After every convolution, or none."))
    x = takes(IMAGE)
    y = gives(IMAGE)

    def _conv(
        self,
        g: Sketch,
        x: End,
        name: str,
        channels: int,
        *,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        act: str = NONE,
    ) -> End:
        unit = ConvUnit(
            channels,
            kernel,
            stride,
            kernel // 2,
            groups=groups,
            normalization=self.normalization,
            activation=act,
        )
        end: End = g.add(unit, x, name=name)
        return end


@block("Mobile")
class XceptionModule(Composite):
    """Separable convolutions with a shortcut (Chollet 2017, fig. 5): (C, H, W) → (out_channels, H', W')."""

    source = "https://arxiv.org/abs/1610.02357"
    formula = "y = shortcut(x) + separable convolutions of relu(x)"
    keywords = "xception depthwise separable residual skip mobile"
    widens = "out_channels"
    out_channels: int = whole(128, low=1, short="{}", always=True, doc="Channels that come out.")
    layers: int = whole(2, low=1, high=16, short="{} layers", doc="Separable convolutions in a row.")
    stride: int = whole(1, low=1, high=2, short="/{}", doc="2 ends in a pooling that halves height and width.")
    starts_with_relu: bool = flag(True, doc="Begin with an activation; the first module of the network does not.")
    grows_first: bool = flag(True, doc="Let the first layer change the channels; else the last one does.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = y = ends[0]
        for i in range(1, self.layers + 1):
            grown = self.out_channels if self.grows_first or i == self.layers else x.shape.channels
            if i > 1 or self.starts_with_relu:
                y = g.add(ReLU(), y, name=f"relu{i}")
            y = g.add(DepthwiseConv2d(3, 1, 1, bias=False), y, name=f"depthwise{i}")
            y = g.add(Conv2d(grown, 1, 1, 0, bias=False), y, name=f"pointwise{i}")
            y = normalized(g, "BatchNorm", y, f"norm{i}")
        if self.stride > 1:
            y = g.add(MaxPool2d(3, 2, 1), y, name="pool")
        if x.shape is not y.shape:
            x = g.add(Conv2d(self.out_channels, 1, self.stride, 0, bias=False), x, name="project")
            x = normalized(g, "BatchNorm", x, "project_norm")
        end: End = g.add(Add(), y, x, name="add")
        return end


@block("Mobile")
class MBConv(_Unit):
    """MobileNet's inverted residual with squeeze and excite on it (Tan & Le 2019): (C, H, W) → (C', H', W').

    The gate is computed from the channels that arrive, as EfficientNet and MnasNet-A1 do.
    """

    source = "https://arxiv.org/abs/1905.11946"
    formula = "y = x + narrow(gate(depthwise(widen(x))))"
    keywords = "efficientnet mnasnet mobile inverted residual bottleneck depthwise"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(3, low=1, short="{0}×{0}", doc="Height and width of the depthwise kernels.")
    stride: int = whole(1, low=1, short="/{}", doc="Step of the depthwise convolution.")
    expansion: float = number(
        6.0, low=0.1, short="×{}", always=True, doc="Channels in the middle, by those that arrive."
    )
    activation: str = choice("SiLU", ("SiLU", "ReLU", "ReLU6", "Hardswish"), short="{}", doc="What bends the result.")
    squeeze_excite: float = number(
        0.25, low=0.0, high=1.0, short="excite {}", doc="Width of the gate, by the channels that arrive; 0: no gate."
    )
    drop_path: float = number(0.0, low=0.0, high=1.0, doc="How often the branch is left out while training.")

    def body(self, g: Sketch, *ends: End) -> End:
        x = y = ends[0]
        middle = max(1, round(x.shape.channels * self.expansion))
        if middle != x.shape.channels:
            y = self._conv(g, y, "expand", middle, act=self.activation)
        y = self._conv(
            g, y, "depthwise", middle, kernel=self.kernel_size, stride=self.stride, groups=middle, act=self.activation
        )
        if self.squeeze_excite:
            width = max(1, int(x.shape.channels * self.squeeze_excite))
            gate = SqueezeExcite(max(1, middle // width), self.activation, convolutions=True)
            y = g.add(gate, y, name="squeeze_excite")
        y = self._conv(g, y, "project", self.out_channels)
        if x.shape is not y.shape:
            return y
        if self.drop_path:
            y = g.add(DropPath(self.drop_path), y, name="drop_path")
        end: End = g.add(Add(), x, y, name="add")
        return end


@block("Mobile")
class Fire(Composite):
    """Squeezes by 1×1, expands by 1×1 beside 3×3 (Iandola et al. 2016): (C, H, W) → (e1x1 + e3x3, H, W)."""

    source = "https://arxiv.org/abs/1602.07360"
    formula = "y = [1×1(s); 3×3(s)], s = relu(1×1(x))"
    keywords = "squeezenet mobile concat"
    squeeze: int = whole(16, low=1, short="{}", always=True, doc="Channels in the middle.")
    e1x1: int = whole(64, low=1, short="{}", always=True, doc="Channels of the 1×1 branch.")
    e3x3: int = whole(64, low=1, short="{}", always=True, doc="Channels of the 3×3 branch.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        squeezed = g.add(ConvUnit(self.squeeze, 1, normalization=NONE), ends[0], name="squeeze")
        one = g.add(ConvUnit(self.e1x1, 1, normalization=NONE), squeezed, name="expand1x1")
        three = g.add(ConvUnit(self.e3x3, 3, normalization=NONE), squeezed, name="expand3x3")
        end: End = g.add(Concat(), one, three, name="join")
        return end


@block("Mobile")
class ShuffleUnit(_Unit):
    """Grouped 1×1, shuffle, depthwise, grouped 1×1 (Zhang et al. 2018, fig. 2): (C, H, W) → (out_channels, H', W').

    At stride 2 the input is averaged and joined on, so the branch brings only the channels that are missing.
    """

    source = "https://arxiv.org/abs/1707.01083"
    formula = "y = relu(x + branch(x)), at stride 2 relu([pool(x); branch(x)])"
    keywords = "shufflenet v1 channel shuffle grouped mobile"
    widens = "out_channels"
    out_channels: int = whole(240, low=1, short="{}", always=True, doc="Channels that come out.")
    groups: int = whole(3, low=1, short="groups {}", always=True, doc="Groups of the 1×1 convolutions.")
    stride: int = whole(1, low=1, high=2, short="/{}", doc="2 halves height and width.")
    first_groups: int = whole(0, low=0, doc="Groups of the first 1×1 convolution; 0: as many as of the others.")

    @classmethod
    def trials(cls) -> Trials:
        x = image(12, 6, 5)
        return (((x,), {"out_channels": 12}), ((x,), {"out_channels": 24, "stride": 2, "first_groups": 1}))

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        bottleneck = self.out_channels // 4
        brought = self.out_channels - (x.shape.channels if self.stride > 1 else 0)
        if brought < 1 or bottleneck < 1:
            raise Unfit(
                f"{x.shape.channels} channels",
                f"fewer than the {self.out_channels} that come out",
                setting="out_channels",
                remedies=(Change({"out_channels": 2 * x.shape.channels}),),
            )
        y = self._conv(g, x, "reduce", bottleneck, groups=self.first_groups or self.groups, act="ReLU")
        y = g.add(ChannelShuffle(self.groups), y, name="shuffle")
        y = self._conv(g, y, "depthwise", bottleneck, kernel=3, stride=self.stride, groups=bottleneck)
        y = self._conv(g, y, "expand", brought, groups=self.groups)
        if self.stride > 1:
            joined = g.add(Concat(), g.add(AvgPool2d(3, 2, 1), x, name="pool"), y, name="join")
        else:
            joined = g.add(Add(), x, y, name="add")
        end: End = g.add(ReLU(), joined, name="relu")
        return end


@block("Mobile")
class ShuffleUnitV2(_Unit):
    """Half of the channels pass, half are convolved, all are shuffled (Ma et al. 2018): (C, H, W) → (C', H', W').

    At stride 2 both halves are made from the whole input, and the channels become `out_channels`.
    """

    source = "https://arxiv.org/abs/1807.11164"
    formula = "y = shuffle([half; branch(other half)])"
    keywords = "shufflenet v2 channel split shuffle mobile"
    widens = "out_channels"
    out_channels: int = whole(116, low=2, short="{}", always=True, doc="Channels that come out; an even number.")
    stride: int = whole(1, low=1, high=2, short="/{}", doc="2 halves height and width.")

    @classmethod
    def trials(cls) -> Trials:
        return (((image(8, 6, 5),), {"out_channels": 8}), ((image(6, 6, 5),), {"out_channels": 16, "stride": 2}))

    def body(self, g: Sketch, *ends: End) -> End:
        x, half = ends[0], self.out_channels // 2
        if self.out_channels % 2 or (self.stride == 1 and x.shape.channels != self.out_channels):
            even = x.shape.channels + x.shape.channels % 2
            raise Unfit(
                f"{x.shape.channels} channels",
                f"out_channels that are even and, at stride 1, as many as arrive, not {self.out_channels}",
                setting="out_channels",
                remedies=(Change({"out_channels": even}),),
            )
        if self.stride == 1:
            kept, y = g.add(Chunk(None, 2), x, name="split")
        else:
            y = x
            kept = self._conv(g, x, "pass_depthwise", x.shape.channels, kernel=3, stride=2, groups=x.shape.channels)
            kept = self._conv(g, kept, "pass_project", half, act="ReLU")
        y = self._conv(g, y, "reduce", half, act="ReLU")
        y = self._conv(g, y, "depthwise", half, kernel=3, stride=self.stride, groups=half)
        y = self._conv(g, y, "expand", half, act="ReLU")
        end: End = g.add(ChannelShuffle(2), g.add(Concat(), kept, y, name="join"), name="shuffle")
        return end
