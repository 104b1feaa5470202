"""Residual blocks: a branch that is added to its own input, so that a deep network begins as a shallow one."""

from __future__ import annotations

from blocks.block import block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.headings import last
from blocks.merge import Add
from blocks.regularization import Dropout
from blocks.setting import choice, flag, number, whole
from blocks.shape import IMAGE
from blocks.shortcut import PaddedIdentity
from blocks.squeeze_excite import SqueezeExcite
from blocks.units import (
    BIAS,
    NONE,
    ConvUnit,
    activated,
    activation_choice,
    eps_number,
    has_factor,
    normalization_choice,
    normalized,
    with_bias,
)

_STRIDE = "Step of the branch: 2 halves height and width."
_SHORTCUTS = ("projected", "projected without norm", "always projected", "padded")
_SHORTCUT = (
    "How the input reaches the sum where the shape changes: by a 1×1 convolution and norm (option B of the paper), by "
    "the convolution alone, by both in every block (option C), or as it is, with zeros for new channels (option A)."
)
_ZERO = (
    "Begin with branches that add nothing, so that a deeper network starts as a shallower one: the factor of the last "
    "norm is 0, or the last convolution where no norm with a factor follows (Goyal et al. 2017)."
)
_NOTHING = {"init": "constant", "init_scale": 0.0}  # of a convolution from which nothing comes out yet
_REDUCTION = "Ends the branch in a squeeze-and-excite gate with this reduction; 0: none."


@block("Residual")
class Residual(Composite):
    """Two 3×3 convolutions added to the input (He et al. 2016, fig. 5 left): (C, H, W) → (out_channels, H', W').

    Where the shape changes, and only there, the input is projected by a 1×1 convolution (the paper's option B).
    """

    source = "https://arxiv.org/abs/1512.03385"
    formula = "y = relu(x + F(x))"
    keywords = "resnet basic block skip shortcut identity"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels of both convolutions.")
    stride: int = whole(1, low=1, short="/{}", doc=_STRIDE)
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    squeeze_excite: int = whole(0, low=0, short="excite /{}", doc=_REDUCTION)
    shortcut: str = choice("projected", _SHORTCUTS, short="{}", doc=_SHORTCUT)
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    zero_init_residual: bool = last(flag(False, short="from zero", doc=_ZERO))
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        branch = _Branch(g, self.normalization, self.activation, self.bias)
        y = branch.layer(ends[0], 1, self.out_channels, 3, self.stride)
        y = branch.layer(branch.activation(y, 1), 2, self.out_channels, 3, zero=self.zero_init_residual)
        return branch.joined(ends[0], y, self.stride, self.shortcut, self.squeeze_excite, 2)


@block("Residual")
class Bottleneck(Composite):
    """A 1×1, a 3×3 and a 1×1 convolution added to the input (He et al. 2016, fig. 5 right): (C, H, W) → (C', H', W').

    C' = expansion · width, or `out_channels`. Groups make it the block of ResNeXt (Xie et al. 2017), a larger width
    that of Wide ResNet.
    """

    source = "https://arxiv.org/abs/1512.03385"
    formula = "y = relu(x + F(x))"
    keywords = "resnet resnext skip shortcut identity"
    width: int = whole(64, low=1, short="{}", always=True, doc="Channels of the first two convolutions.")
    stride: int = whole(1, low=1, short="/{}", doc=_STRIDE)
    expansion: int = whole(
        4, low=1, short="×{}", always=True, doc="Channels that come out, as a multiple of the width."
    )
    groups: int = whole(1, low=1, short="groups {}", doc="Groups of the 3×3 convolution, each convolved alone.")
    stride_at: str = choice(
        "3×3", ("3×3", "1×1"), doc="Which convolution takes the step: the 3×3 as torchvision, or the 1×1 as the paper."
    )
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    squeeze_excite: int = whole(0, low=0, short="excite /{}", doc=_REDUCTION)
    shortcut: str = choice("projected", _SHORTCUTS, short="{}", doc=_SHORTCUT)
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    out_channels: int = whole(0, low=0, short="→ {}", doc="Channels that come out; 0: expansion times the width.")
    zero_init_residual: bool = last(flag(False, short="from zero", doc=_ZERO))
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        branch = _Branch(g, self.normalization, self.activation, self.bias)
        early, late = (self.stride, 1) if self.stride_at == "1×1" else (1, self.stride)
        y = branch.layer(ends[0], 1, self.width, 1, early)
        y = branch.layer(branch.activation(y, 1), 2, self.width, 3, late, self.groups)
        channels = self.out_channels or self.expansion * self.width
        y = branch.layer(branch.activation(y, 2), 3, channels, 1, zero=self.zero_init_residual)
        return branch.joined(ends[0], y, self.stride, self.shortcut, self.squeeze_excite, 3)


@block("Residual")
class PreActivation(Composite):
    """Norm and activation before each convolution, none after the sum (He et al. 2016): (C, H, W) → (C', H', W').

    The input passes untouched where the shape stays; where it changes the activated input is projected, with no norm.
    More channels and dropout between the convolutions make it the block of Wide ResNet (Zagoruyko & Komodakis 2016).
    """

    source = "https://arxiv.org/abs/1603.05027"
    formula = "y = x + conv(relu(norm(conv(relu(norm(x))))))"
    keywords = "resnet v2 pre-activation preresnet wide wrn full skip shortcut identity mapping"
    widens = "out_channels"
    out_channels: int = whole(64, low=1, short="{}", always=True, doc="Channels that come out.")
    stride: int = whole(1, low=1, short="/{}", doc=_STRIDE)
    bottleneck: int = whole(
        0,
        low=0,
        short="bottleneck /{}",
        doc="Divides the channels of a 3×3 between two 1×1, 4 in the paper; 0: two 3×3.",
    )
    dropout: float = number(
        0.0, low=0.0, high=1.0, short="dropout {}", doc="Part set to zero in training before the second convolution."
    )
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    starts_activated: bool = flag(
        False,
        short="starts activated",
        doc="What arrives is normalized and activated, as after a stem: the first convolution reads it as it is.",
    )
    zero_init_residual: bool = last(
        flag(False, short="from zero", doc="Begin with a last convolution of 0, so that the branch adds nothing yet.")
    )
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = y = first = ends[0]
        bias = with_bias("auto", self.normalization)
        layers = self._layers()
        for i, (channels, kernel, stride) in enumerate(layers, 1):
            if i > 1 or not self.starts_activated:
                y = normalized(g, self.normalization, y, f"norm{i}")
                y = activated(g, self.activation, y, f"{self.activation.lower()}{i}")
            first = y if i == 1 else first
            if i == 2 and self.dropout:
                y = g.add(Dropout(self.dropout), y, name="dropout")
            conv = Conv2d(channels, kernel, stride, kernel // 2, bias=bias)
            zero = self.zero_init_residual and i == len(layers)
            y = g.add(conv.with_settings(**_NOTHING) if zero else conv, y, name=f"conv{i}")
        if x.shape is not y.shape:
            x = g.add(Conv2d(self.out_channels, 1, self.stride, 0, bias=bias), first, name="project")
        end: End = g.add(Add(), y, x, name="add")
        return end

    def _layers(self) -> tuple[tuple[int, int, int], ...]:
        """Channels, kernel and stride of each convolution."""
        if not self.bottleneck:
            return (self.out_channels, 3, self.stride), (self.out_channels, 3, 1)
        middle = max(1, self.out_channels // self.bottleneck)
        return (middle, 1, 1), (middle, 3, self.stride), (self.out_channels, 1, 1)


class _Branch:
    """Draws the layers of a residual branch, numbered as in torchvision: conv1, norm1, relu1, conv2, …"""

    def __init__(self, g: Sketch, normalization: str, activation: str, bias: str) -> None:
        self._g, self._normalization, self._activation, self._wish = g, normalization, activation, bias

    def layer(
        self, x: End, number: int, channels: int, kernel: int, stride: int = 1, groups: int = 1, zero: bool = False
    ) -> End:
        """A convolution with zeros on both sides alike, and its normalization; where `zero`, nothing comes out yet."""
        bias = with_bias(self._wish, self._normalization)
        conv = Conv2d(channels, kernel, stride, kernel // 2, groups=groups, bias=bias)
        conv = conv.with_settings(**_NOTHING) if zero and not has_factor(self._normalization) else conv
        end = self._g.add(conv, x, name=f"conv{number}")
        return normalized(self._g, self._normalization, end, f"norm{number}", zero=zero)

    def activation(self, x: End, number: int) -> End:
        """The activation after a layer."""
        return activated(self._g, self._activation, x, f"{self._activation.lower()}{number}")

    def joined(self, x: End, y: End, stride: int, shortcut: str, reduction: int, number: int) -> End:
        """The branch, gated where wished, added to the input, which is led there as `shortcut` says."""
        if reduction:
            y = self._g.add(SqueezeExcite(reduction), y, name="squeeze_excite")
        if x.shape is not y.shape or shortcut == "always projected":
            x = self._led(x, y.shape.channels, stride, shortcut)
        return self.activation(self._g.add(Add(), y, x, name="add"), number)

    def _led(self, x: End, channels: int, stride: int, shortcut: str) -> End:
        if shortcut == "padded":
            end: End = self._g.add(PaddedIdentity(channels, stride), x, name="identity")
            return end
        norm = NONE if shortcut == "projected without norm" else self._normalization
        conv = Conv2d(channels, 1, stride, 0, bias=with_bias(self._wish, norm))
        return normalized(self._g, norm, self._g.add(conv, x, name="project"), "project_norm")


@block("Residual")
class InvertedResidual(Composite):
    """Widens, convolves each channel, narrows, adds the input (Sandler et al. 2018): (C, H, W) → (C', H', W').

    The input is added where the shape stays. MobileNet v3 gates the widened channels by squeeze and excite.
    """

    source = "https://arxiv.org/abs/1801.04381"
    formula = "y = x + narrow(depthwise(widen(x)))"
    keywords = "mobilenet mbconv depthwise linear bottleneck skip"
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Channels that come out.")
    kernel_size: int = whole(3, low=1, short="{0}×{0}", doc="Height and width of the depthwise kernels.")
    stride: int = whole(1, low=1, short="/{}", doc=_STRIDE)
    expansion: float = number(
        6.0, low=0.0, short="×{}", always=True, doc="Channels in the middle, as a multiple of those that arrive."
    )
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU6")
    squeeze_excite: int = whole(0, low=0, short="excite /{}", doc="Gates the middle with this reduction; 0: not.")
    always_expands: bool = flag(False, doc="Keep the first 1×1 convolution where it would not widen, too.")
    eps: float = eps_number()
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = y = ends[0]
        middle = max(1, round(x.shape.channels * self.expansion))
        if middle != x.shape.channels or self.always_expands:
            y = g.add(self._unit(middle, 1, self.activation), y, name="expand")
        y = g.add(self._unit(middle, self.kernel_size, self.activation, self.stride, middle), y, name="depthwise")
        if self.squeeze_excite:
            gate = SqueezeExcite(self.squeeze_excite, "ReLU", "Hardsigmoid", 8, convolutions=True)
            y = g.add(gate, y, name="squeeze_excite")
        narrow: End = g.add(self._unit(self.out_channels, 1, NONE), y, name="project")
        if x.shape is narrow.shape:
            narrow = g.add(Add(), x, narrow, name="add")
        return narrow

    def _unit(self, channels: int, kernel: int, activation: str, stride: int = 1, groups: int = 1) -> ConvUnit:
        return ConvUnit(
            channels,
            kernel,
            stride,
            kernel // 2,
            groups=groups,
            normalization=self.normalization,
            activation=activation,
            eps=self.eps,
        )
