"""VGG in all its configurations, and its convolutions as style transfer reads them."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.composite import End
from blocks.linear import Linear
from blocks.matrix import GramMatrix
from blocks.pooling_global import AdaptiveAvgPool2d
from blocks.reshape import Flatten
from blocks.setting import choice, flag, number, sizes, whole
from blocks.shape import image
from blocks.units import NONE, ConvUnit, LinearUnit
from blocks.vgg import POOLS, VGGBlock
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_LAYERS = {  # table 1: the 3×3 and 1×1 convolutions of each block
    "A": (1, 1, 2, 2, 2),
    "A-LRN": (1, 1, 2, 2, 2),
    "B": (2, 2, 2, 2, 2),
    "C": (2, 2, 3, 3, 3),
    "D": (2, 2, 3, 3, 3),
    "E": (2, 2, 4, 4, 4),
}
_WIDER = 8  # times the first block at most
_NONE, _GRAM = "none", "Gram matrices"


def _width(first: int, block: int) -> int:
    """Channels of a block counted from 0: twice as many as before, up to eight times the first."""
    return first * min(1 << block, _WIDER)


@template("Classic")
class VGG(Template):
    """Blocks of 3×3 convolutions that each halve the image, and three linear layers (Simonyan & Zisserman 2015)."""

    source = "https://arxiv.org/abs/1409.1556"
    keywords = "vgg11 vgg13 vgg16 vgg19 imagenet oxford"
    configuration: str = choice("D", tuple(_LAYERS), doc="A column of table 1: A is VGG-11, B 13, C and D 16, E 19.")
    layers: tuple[int, ...] = sizes((), doc="Convolutions of each block instead of the column's; may stay empty.")
    width: int = whole(64, low=1, doc="Channels of the first block; each later one has twice as many, up to 8 times.")
    batch_norm: bool = flag(False, doc="Normalize after every convolution.")
    bias: str = choice("yes", ("yes", "auto"), doc="Of convolutions; auto: none where a normalization follows.")
    grid: int | None = whole(
        None, low=1, optional=True, doc="Average the last maps to so many pixels a side, as torchvision's 7; empty: no."
    )
    units: int = whole(4096, low=1, doc="Neurons of each of the two hidden linear layers.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of the linear layers set to zero in training.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        depth = 3 + sum(self._counts())
        form = {"A-LRN": " with response normalization", "C": " with 1×1 convolutions"}.get(self.configuration, "")
        return f"VGG-{depth}{form}{' with batch normalization' if self.batch_norm else ''}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        for block, layers in enumerate(self._counts()):
            x = d.below(f"block{block + 1}", self._block(block, layers), x)
        if self.grid is not None:
            x = d.below("avgpool", AdaptiveAvgPool2d(self.grid), x)
        x = d.below("flatten", Flatten(), x)
        x = d.below("fc1", LinearUnit(self.units, dropout=self.dropout), x)
        x = d.below("fc2", LinearUnit(self.units, dropout=self.dropout), x)
        x = d.below("fc3", Linear(self.classes), x)
        d.end("output", x)

    def _counts(self) -> tuple[int, ...]:
        return self.layers or _LAYERS[self.configuration]

    def _block(self, block: int, layers: int) -> VGGBlock:
        return VGGBlock(
            _width(self.width, block),
            layers,
            pointwise=self.configuration == "C" and block >= 2,
            normalization="BatchNorm" if self.batch_norm else NONE,
            response_norm=self.configuration == "A-LRN" and block == 0,
            bias=self.bias,
        )

    def torchvision(self) -> Mapping[str, str]:
        if self.configuration in ("A-LRN", "C") or self.bias != "yes":
            return {}
        names, place = {"fc1.linear": "classifier.0", "fc2.linear": "classifier.3", "fc3": "classifier.6"}, 0
        for block, layers in enumerate(self._counts(), 1):
            for layer in range(1, layers + 1):
                names[f"block{block}.conv{layer}"] = f"features.{place}"
                names[f"block{block}.norm{layer}"] = f"features.{place + 1}"
                place += 3 if self.batch_norm else 2
            place += 1
        return names


@template("Classic")
class StyleTransfer(Template):
    """The convolutions of VGG-19 as Gatys, Ecker & Bethge 2016 read them: what is trained is the image, not these.

    Style is told by five layers, by the Gram matrix of each one's channels, content by conv4_2.
    """

    source = "https://arxiv.org/abs/1508.06576"
    keywords = "neural style gatys gram matrix vgg19 art content texture perceptual loss"
    pool: str = choice("mean", tuple(POOLS), doc="What is taken of each 2×2 window; the paper found means the finer.")
    readings: str = choice(
        _NONE,
        (_NONE, "features", _GRAM),
        doc="Exits for conv1_1 to conv5_1, the style as it is or as Gram matrices, and conv4_2, the content.",
    )
    frozen: bool = flag(True, doc="Keep the weights as they are: the image is what is trained.")
    width: int = whole(64, low=1, doc="Channels of the first block; each later one has twice as many, up to 8 times.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(512, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "Style transfer with VGG-19"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        told: dict[str, End] = {}
        for block, layers in enumerate(_LAYERS["E"], 1):
            for layer in range(1, layers + 1):
                x = self._convolve(d, f"conv{block}_{layer}", block, x)
                if layer == 1:
                    told[f"style{block}"] = self._style(d, block, x)
                if (block, layer) == (4, 2):
                    told["content"] = x
            x = d.below(f"pool{block}", POOLS[self.pool](), x)
        if self.readings != _NONE:
            content = told.pop("content")
            for name, style in told.items():
                d.end_aside(name, style, 1.0)
            d.end_aside("content", content, -1.0)
        d.end("output", x)

    def _convolve(self, d: Drawing, name: str, block: int, x: End) -> End:
        x = d.below(name, ConvUnit(_width(self.width, block - 1), normalization=NONE), x)
        if self.frozen:
            d.freeze(name)
        return x

    def _style(self, d: Drawing, block: int, x: End) -> End:
        """What tells the style of a block."""
        return d.aside([(f"gram{block}", GramMatrix())], x) if self.readings == _GRAM else x
