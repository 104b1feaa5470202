"""Network in network: small networks slid over the image, and a map for each class instead of linear layers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

from blocks.block import Block
from blocks.context import MlpConv
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.setting import BadSetting, choice, number, text, whole
from blocks.shape import image
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_CIFAR, _TAUGHT = "CIFAR-10", "as taught"
_MOST = 32  # mlpconvs behind each other
_LAYERS = re.compile(r"(\d{1,6}|c)( \d{1,6}| c){0,8}")
T = TypeVar("T")


@dataclass(frozen=True)
class _Form:
    """`kernels` are size, step and padding of each first convolution; the last counts for all after it."""

    name: str
    layers: str
    kernels: tuple[tuple[int, int, int], ...]
    pools: tuple[Block, ...]
    resolution: int
    dropout_everywhere: bool


_FORMS = {
    _CIFAR: _Form(
        "mlpconv",
        "192 160 96 | 192 192 192 | 192 192 c",
        ((5, 1, 2), (5, 1, 2), (3, 1, 1)),
        (MaxPool2d(3, 2, 1), AvgPool2d(3, 2, 1)),
        32,
        True,
    ),
    _TAUGHT: _Form(
        "nin",
        "96 96 96 | 256 256 256 | 384 384 384 | c c c",
        ((11, 4, 0), (5, 1, 2), (3, 1, 1)),
        (MaxPool2d(3, 2),),
        224,
        False,
    ),
}


@template("Classic")
class NiN(Template):
    """Convolutions with a small network for every pixel, and the mean of a map for each class (Lin et al. 2014)."""

    source = "https://arxiv.org/abs/1312.4400"
    keywords = "network in network mlpconv global average pooling cifar"
    form: str = choice(_CIFAR, tuple(_FORMS), doc="For CIFAR-10 as published, or for 224 pixels as it is taught.")
    layers: str = text(
        "", doc="Channels of every mlpconv instead of the form's, c for one a class: 192 160 96 | 192 192 c."
    )
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part set to zero in training, between the mlpconvs.")
    classes: int = whole(10, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int | None = whole(
        None, low=1, optional=True, unit="px", doc="Height and width of the image; empty: 32 or 224, as the form."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        parts = [" ".join(part.split()) for part in self.layers.split("|")]
        known = all(_LAYERS.fullmatch(part) and "0" not in part.split() for part in parts)
        if self.layers and not (known and parts[-1].endswith("c") and len(parts) <= _MOST):
            expected = f"at most {_MOST} rows of channels as in 192 160 96 | 192 192 c, at the end c for one a class"
            raise BadSetting("layers", expected, self.layers)

    def title(self) -> str:
        return "Network in network" if self.form == _CIFAR else f"Network in network, {self.form}"

    def draw(self, d: Drawing) -> None:
        form = _FORMS[self.form]
        resolution = self.resolution or form.resolution
        x = d.begin("image", image(self.channels, resolution, resolution))
        every = self._channels()
        for place, channels in enumerate(every, 1):
            kernel, stride, padding = _at(form.kernels, place)
            unit = MlpConv(channels[0], kernel, stride, padding, channels[1:])
            x = d.below(f"{form.name}{place}", unit, x)
            if place < len(every):
                x = d.below(f"pool{place}", _at(form.pools, place), x)
            if self.dropout and (place < len(every) if form.dropout_everywhere else place == len(every) - 1):
                x = d.below(f"dropout{place}", Dropout(self.dropout), x)
        d.end("output", d.below("mean", GlobalAvgPool(), x))

    def _channels(self) -> list[tuple[int, ...]]:
        """The channels of every mlpconv, of its first convolution and then of its 1×1 ones."""
        told = self.layers or _FORMS[self.form].layers
        return [tuple(self.classes if n == "c" else int(n) for n in part.split()) for part in told.split("|")]


def _at(row: tuple[T, ...], place: int) -> T:
    """The one at a place counted from 1; the last counts for all after it."""
    return row[min(place, len(row)) - 1]
