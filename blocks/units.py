"""The usual threesomes: a convolution or linear layer with its normalization and activation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from types import ModuleType
from typing import Any, ClassVar

from blocks import activation, normalization
from blocks.block import Block, block, gives, takes
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.geometry import Axes
from blocks.headings import last
from blocks.linear import Linear
from blocks.normalization import GroupNorm
from blocks.regularization import Dropout
from blocks.setting import choice, number, padding, whole
from blocks.setting import per_axis as axes
from blocks.shape import IMAGE, SEQUENCE, VECTOR, Meaning, image

NONE = "none"
EPS = 1e-5  # of normalizations, where nothing else is said
_GROUPS = 32  # of a group normalization, as far as they divide the channels (Wu & He 2018)


def _family(module: ModuleType) -> Iterator[type[Block]]:
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, Block) and kind.__module__ == module.__name__ and kind.category:
            yield kind


def _stem(kind: type[Block]) -> str:
    """BatchNorm1d, BatchNorm2d and BatchNorm3d are one choice."""
    name = kind.kind()
    return name[:-2] if name.endswith(("1d", "2d", "3d")) else name


def _normalizations(meanings: tuple[Meaning, ...]) -> dict[str, type[Block]]:
    return {_stem(k): k for k in _family(normalization) if set(k.inputs[0].meanings) & set(meanings)}


def _activations() -> dict[str, type[Block]]:
    """Those for which torch has a module; none is a choice of its own."""
    kinds = {kind.kind(): kind for kind in _family(activation) if kind().module(image(2, 2, 2)) is not None}
    return {name: kind for name, kind in kinds.items() if name != "Identity"}


IMAGE_NORMALIZATIONS = _normalizations(IMAGE)
FEATURE_NORMALIZATIONS = _normalizations(VECTOR)
ACTIVATIONS = _activations()


def normalization_choice(default: str, among: dict[str, type[Block]] = IMAGE_NORMALIZATIONS) -> Any:
    """A field that holds the normalization of a composite, or none."""
    return choice(default, (NONE, *among), doc="How results are brought to mean 0 and deviation 1, or none.")


def activation_choice(default: str) -> Any:
    """A field that holds the activation of a composite, or none."""
    return choice(default, (NONE, *ACTIVATIONS), short="{}", doc="What bends the result, or none.")


def eps_number() -> Any:
    """A field that holds what the normalization of a composite adds to the variance; given by name only."""
    return last(number(EPS, low=1e-12, doc="Added to the variance by the normalization; some networks take 0.001."))


def subtracts_mean(name: str) -> bool:
    """Whether a normalization takes away what a bias before it added."""
    kind = IMAGE_NORMALIZATIONS.get(name) or FEATURE_NORMALIZATIONS.get(name)
    return kind is not None and "eps" in kind.settings


def normalized(g: Sketch, name: str, x: End, node: str = "norm", eps: float = EPS, zero: bool = False) -> End:
    """`x` after the normalization of that name; GroupNorm gets as many of 32 groups as divide the channels.

    Where `zero`, one with a learned factor begins with 0.
    """
    kind = (IMAGE_NORMALIZATIONS if x.shape.meaning is Meaning.IMAGE else FEATURE_NORMALIZATIONS).get(name)
    if kind is None:
        return x
    norm = GroupNorm(gcd(_GROUPS, x.shape.channels)) if kind is GroupNorm else kind()
    if eps != EPS and "eps" in kind.settings:
        norm = norm.with_settings(eps=eps)
    if zero and has_factor(name):
        norm = norm.with_settings(zero_init=True)
    result: End = g.add(norm, x, name=node)
    return result


def has_factor(name: str) -> bool:
    """Whether the normalization of that name has a learned factor, which may begin at zero."""
    kind = IMAGE_NORMALIZATIONS.get(name)
    return kind is not None and "zero_init" in kind.settings and bool(kind().value(_AFFINE.get(name, "affine")))


_AFFINE = {"LayerNorm": "elementwise_affine", "RMSNorm": "elementwise_affine"}


def activated(g: Sketch, name: str, x: End, node: str = "activation") -> End:
    """`x` after the activation of that name."""
    if name == NONE:
        return x
    result: End = g.add(ACTIVATIONS[name](), x, name=node)
    return result


_CONV, _NORM, _ACT = "convolution", "normalization", "activation"
_ORDERS = {
    "convolution first": (_CONV, _NORM, _ACT),
    "activation before normalization": (_CONV, _ACT, _NORM),
    "normalization first": (_NORM, _ACT, _CONV),
}
BIAS = "Add a learned number to every output; auto: where no normalization takes it away again."


def with_bias(wish: str, name: str) -> bool:
    """Whether a layer has a bias: as wished, and by itself where no normalization follows."""
    return wish == "yes" or (wish == "auto" and not subtracts_mean(name))


@block("Units")
class ConvUnit(Composite):
    """A convolution, its normalization, its activation (Ioffe & Szegedy 2015): (C, H, W) → (out_channels, H', W')."""

    source = "https://arxiv.org/abs/1502.03167"
    formula = "y = activation(normalization(w * x))"
    keywords = "conv bn relu block cbr basic"
    extends = "Conv2d"
    bare: ClassVar[Mapping[str, object]] = {"normalization": NONE, "activation": NONE}
    widens = "out_channels"
    out_channels: int = whole(32, low=1, short="{}", always=True, doc="Kernels learned: the channels that come out.")
    kernel_size: int | Axes = axes(3, low=1, short="{}×", always=True, doc="Height and width of a kernel.")
    stride: int | Axes = axes(1, low=1, short="/{}", doc="Step between two placements of the kernel.")
    padding: int | Axes | str = padding(
        "same", doc="Zeros around: 'same' keeps ceil(n / stride), 'valid' adds none, or pixels a side."
    )
    dilation: int | Axes = axes(1, low=1, short="dilation {}", doc="Distance between neighbouring kernel elements.")
    groups: int = whole(
        1, low=1, short="groups {}", doc="Channels are cut into this many groups, each convolved alone."
    )
    normalization: str = normalization_choice("BatchNorm")
    activation: str = activation_choice("ReLU")
    order: str = choice("convolution first", tuple(_ORDERS), short="{}", doc="Which comes after which.")
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    eps: float = eps_number()
    x = takes(IMAGE)
    y = gives(IMAGE)

    def body(self, g: Sketch, *ends: End) -> End:
        x = ends[0]
        for part in _ORDERS[self.order]:
            if part == _CONV:
                x = g.add(self._convolution(), x, name="conv")
            elif part == _NORM:
                x = normalized(g, self.normalization, x, eps=self.eps)
            else:
                x = activated(g, self.activation, x)
        return x

    def _convolution(self) -> Conv2d:
        return Conv2d(
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            with_bias(self.bias, self.normalization),
        )


@block("Units")
class LinearUnit(Composite):
    """A linear layer, its normalization, its activation and dropout: (F,) → (out_features,)."""

    source = "https://arxiv.org/abs/1502.03167"
    formula = "y = activation(normalization(W x))"
    keywords = "dense fully connected hidden layer mlp block"
    extends = "Linear"
    bare: ClassVar[Mapping[str, object]] = {"normalization": NONE, "activation": NONE}
    widens = "out_features"
    out_features: int = whole(128, low=1, short="{}", always=True, doc="Numbers that come out.")
    normalization: str = normalization_choice(NONE, FEATURE_NORMALIZATIONS)
    activation: str = activation_choice("ReLU")
    dropout: float = number(
        0.0, low=0.0, high=1.0, short="dropout {}", doc="Part of the results set to zero in training."
    )
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def body(self, g: Sketch, *ends: End) -> End:
        layer = Linear(self.out_features, with_bias(self.bias, self.normalization))
        x: End = g.add(layer, ends[0], name="linear")
        x = normalized(g, self.normalization, x)
        x = activated(g, self.activation, x)
        if self.dropout:
            x = g.add(Dropout(self.dropout), x, name="dropout")
        return x
