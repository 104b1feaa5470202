"""Normalization: values brought to mean 0 and deviation 1 over a batch, an example, a channel or groups of channels."""

from __future__ import annotations

from dataclasses import replace
from math import gcd, prod
from typing import Any, ClassVar

from blocks.block import Block, Change, Unfit, block, gives, takes
from blocks.call import Call, call, settings_told, unless
from blocks.headings import last
from blocks.setting import flag, number, whole
from blocks.shape import IMAGE, SEQUENCE, SIGNAL, VECTOR, VOLUME, Meaning, Shape

_FORMULA = "y = γ (x - mean) / √(variance + eps) + β"
_SPATIAL = SIGNAL + IMAGE + VOLUME
_ZERO = "nn.init.zeros_({}.weight)"
_EPS = "Added to the variance, so that nothing is divided by zero."
_BIAS = "Learn the offset β too, where the factor γ is learned."


def _affine(x: Shape, affine: bool, bias: bool) -> dict[str, tuple[int, ...]]:
    """The factor and the offset of each channel, as far as they are learned."""
    names = ("weight", "bias") if bias else ("weight",)
    return {name: (x.channels,) for name in names if affine}


class _Factored(Block):
    """What normalizations with a learned factor share: it may begin at zero."""

    zero_init: bool = last(
        flag(
            False,
            short="from zero",
            doc="Begin with a factor γ of 0, so that nothing passes at first: a residual branch that ends so begins as "
            "if it were not there (Goyal et al. 2017).",
        )
    )

    def construct(self, *inputs: Any) -> Call | None:
        plain = self.module(*inputs)
        begun = self.zero_init and plain is not None and "weight" in self.parameters(*inputs)
        return replace(plain, then=(_ZERO,)) if plain is not None and begun else plain


class _Statistics(_Factored):
    """What batch and instance normalization share: two learned numbers and two running averages a channel."""

    formula = _FORMULA

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return _affine(x, self.value("affine"), self.value("bias"))

    def buffers(self, x: Shape) -> dict[str, tuple[int, ...]]:
        if not self.value("track_running_stats"):
            return {}
        return {"running_mean": (x.channels,), "running_var": (x.channels,), "num_batches_tracked": ()}

    def module(self, x: Shape) -> Call:
        told = settings_told(self)
        del told["zero_init"]
        return call(f"nn.{type(self).__name__}", x.channels, **told)


class _BatchNorm(_Statistics):
    """What BatchNorm1d, BatchNorm2d and BatchNorm3d share."""

    source = "https://arxiv.org/abs/1502.03167"
    keywords = "batch normalization normalisation bn"
    eps: float = number(1e-5, low=1e-12, doc=_EPS)
    momentum: float | None = number(
        0.1,
        low=0.0,
        high=1.0,
        optional=True,
        doc="Weight of a new batch in the running averages; empty: all alike.",
    )
    affine: bool = flag(True, doc="Learn a factor γ and an offset β for every channel.")
    track_running_stats: bool = flag(
        True, doc="Keep running averages for use after training; without them every batch counts for itself."
    )
    bias: bool = flag(True, doc=_BIAS)


class _InstanceNorm(_Statistics):
    """What InstanceNorm1d, InstanceNorm2d and InstanceNorm3d share."""

    source = "https://arxiv.org/abs/1607.08022"
    keywords = "instance normalization normalisation style contrast"
    eps: float = number(1e-5, low=1e-12, doc=_EPS)
    momentum: float | None = number(
        0.1, low=0.0, high=1.0, doc="Weight of a new batch in the running averages, where there are any."
    )
    affine: bool = flag(False, doc="Learn a factor γ and an offset β for every channel.")
    track_running_stats: bool = flag(False, doc="Keep running averages and use them after training.")
    bias: bool = flag(True, doc=_BIAS)

    def shape(self, x: Shape) -> Shape:
        if prod(x.space) == 1:
            raise Unfit(x, "more than one pixel a channel, over which to take mean and deviation")
        return x


@block("Normalization")
class BatchNorm1d(_BatchNorm):
    """Normalizes each feature over the batch, or each channel over batch and length: (F,) → (F,), (C, L) → (C, L)."""

    rank: ClassVar[int] = 1
    x = takes(VECTOR + SIGNAL)
    y = gives(VECTOR + SIGNAL)


@block("Normalization")
class BatchNorm2d(_BatchNorm):
    """Normalizes each channel over the batch and all pixels: (C, H, W) → (C, H, W)."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Normalization")
class BatchNorm3d(_BatchNorm):
    """Normalizes each channel over the batch and all places: (C, D, H, W) → (C, D, H, W)."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Normalization")
class InstanceNorm1d(_InstanceNorm):
    """Normalizes each channel of each example over its length: (C, L) → (C, L)."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Normalization")
class InstanceNorm2d(_InstanceNorm):
    """Normalizes each channel of each example over its pixels: (C, H, W) → (C, H, W)."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Normalization")
class InstanceNorm3d(_InstanceNorm):
    """Normalizes each channel of each example over its places: (C, D, H, W) → (C, D, H, W)."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Normalization")
class LayerNorm(_Factored):
    """Normalizes each example over its last axes: (time, features) → (time, features), (C, H, W) → (C, H, W)."""

    source = "https://arxiv.org/abs/1607.06450"
    formula = _FORMULA
    keywords = "layer normalization normalisation transformer"
    axes: int | None = whole(
        None,
        low=1,
        high=8,
        optional=True,
        short="{} axes",
        doc="How many of the last axes are taken together; empty: the features of a vector or sequence, else all.",
    )
    eps: float = number(1e-5, low=1e-12, doc=_EPS)
    elementwise_affine: bool = flag(True, doc="Learn a factor γ for every place on those axes.")
    bias: bool = flag(True, doc="Learn an offset β as well.")
    x = takes(VECTOR + SEQUENCE + _SPATIAL + (Meaning.TENSOR,))
    y = gives(VECTOR + SEQUENCE + _SPATIAL + (Meaning.TENSOR,))

    def shape(self, x: Shape) -> Shape:
        _last_axes(self.axes, x)
        return x

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        sizes = _last_axes(self.axes, x)
        learned = {"weight": sizes} | ({"bias": sizes} if self.bias else {})
        return learned if self.elementwise_affine else {}

    def module(self, x: Shape) -> Call:
        sizes = _last_axes(self.axes, x)
        return call(
            "nn.LayerNorm",
            sizes[0] if len(sizes) == 1 else sizes,
            **unless(1e-5, eps=self.eps),
            **unless(True, elementwise_affine=self.elementwise_affine),
            **unless(True, bias=self.bias),
        )


@block("Normalization")
class RMSNorm(_Factored):
    """Scales each example to a mean square of 1 over its last axes: (time, features) → (time, features)."""

    source = "https://arxiv.org/abs/1910.07467"
    formula = "y = γ x / √(mean of x² + eps)"
    keywords = "root mean square normalization normalisation transformer llama"
    axes: int | None = whole(
        None,
        low=1,
        high=8,
        optional=True,
        short="{} axes",
        doc="How many of the last axes are taken together; empty: the features of a vector or sequence, else all.",
    )
    eps: float | None = number(None, low=1e-12, optional=True, doc=_EPS + " Empty: the least that float32 knows.")
    elementwise_affine: bool = flag(True, doc="Learn a factor γ for every place on those axes.")
    x = takes(VECTOR + SEQUENCE + _SPATIAL + (Meaning.TENSOR,))
    y = gives(VECTOR + SEQUENCE + _SPATIAL + (Meaning.TENSOR,))

    def shape(self, x: Shape) -> Shape:
        _last_axes(self.axes, x)
        return x

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": _last_axes(self.axes, x)} if self.elementwise_affine else {}

    def module(self, x: Shape) -> Call:
        sizes = _last_axes(self.axes, x)
        told = unless(None, eps=self.eps) | unless(True, elementwise_affine=self.elementwise_affine)
        return call("nn.RMSNorm", sizes[0] if len(sizes) == 1 else sizes, **told)


def _last_axes(axes: int | None, x: Shape) -> tuple[int, ...]:
    """The sizes of the last axes that are taken together."""
    if axes is None:
        return x.sizes[-1:] if x.meaning in VECTOR + SEQUENCE else x.sizes
    if axes > x.rank:
        raise Unfit(x, f"at least {axes} axes", setting="axes", remedies=(Change({"axes": x.rank}),))
    return x.sizes[-axes:]


@block("Normalization")
class GroupNorm(_Factored):
    """Normalizes each example over groups of channels and all their pixels: (C, H, W) → (C, H, W)."""

    source = "https://arxiv.org/abs/1803.08494"
    formula = _FORMULA
    keywords = "group normalization normalisation"
    num_groups: int = whole(2, low=1, short="{} groups", always=True, doc="Groups that the channels are cut into.")
    eps: float = number(1e-5, low=1e-12, doc=_EPS)
    affine: bool = flag(True, doc="Learn a factor γ and an offset β for every channel.")
    bias: bool = flag(True, doc=_BIAS)
    x = takes(VECTOR + _SPATIAL)
    y = gives(VECTOR + _SPATIAL)

    def shape(self, x: Shape) -> Shape:
        if x.channels % self.num_groups:
            fitting = gcd(x.channels, self.num_groups)
            raise Unfit(
                f"{x.channels} channels",
                f"channels that {self.num_groups} groups divide",
                setting="num_groups",
                remedies=(Change({"num_groups": fitting}),),
            )
        return x

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return _affine(x, self.affine, self.bias)

    def module(self, x: Shape) -> Call:
        told = unless(1e-5, eps=self.eps) | unless(True, affine=self.affine) | unless(True, bias=self.bias)
        return call("nn.GroupNorm", self.num_groups, x.channels, **told)


@block("Normalization")
class LocalResponseNorm(Block):
    """Damps a pixel by its neighbours in nearby channels (Krizhevsky et al. 2012, 3.3): (C, H, W) → (C, H, W)."""

    source = "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks"
    formula = "y = x / (k + alpha / size · Σ x²)^beta over `size` neighbouring channels"
    keywords = "lrn alexnet lateral inhibition normalization normalisation"
    size: int = whole(5, low=1, short="{}", always=True, doc="Neighbouring channels that count, its own included.")
    alpha: float = number(
        1e-4, low=0.0, doc="Factor of the sum of squares, divided by `size`: 5 times the paper's alpha where size is 5."
    )
    beta: float = number(0.75, low=0.0, doc="Exponent.")
    k: float = number(1.0, low=0.0, doc="Added to the sum, so that nothing is divided by zero.")
    x = takes(_SPATIAL)
    y = gives(_SPATIAL)

    def module(self, x: Shape) -> Call:
        told = settings_told(self)
        del told["size"]
        return call("nn.LocalResponseNorm", self.size, **told)
