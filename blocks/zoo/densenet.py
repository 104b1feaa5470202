"""Dense networks: every layer of a block reads all before it. DenseNet for ImageNet and for small pictures."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.activation import ReLU
from blocks.composite import End
from blocks.convolution import Conv2d
from blocks.dense import DenseLayer, Transition
from blocks.headings import last
from blocks.linear import Linear
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.setting import BadSetting, choice, flag, number, sizes, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_LAYERS = {
    "121": (6, 12, 24, 16),
    "161": (6, 12, 36, 24),
    "169": (6, 12, 32, 32),
    "201": (6, 12, 48, 32),
    "264": (6, 12, 64, 48),
}
_GROWTH = {"161": 48}
_USUAL_GROWTH = 32
_BLOCKS = 3  # of a network for small pictures


class _Dense(Template):
    """What dense networks share: how a block is made, what stands between blocks, and how they end."""

    source = "https://arxiv.org/abs/1608.06993"
    compression: float = last(
        number(0.5, low=0.0, high=1.0, doc="Share θ of the channels that a transition keeps; 1 keeps all.")
    )
    bottleneck: int = last(
        whole(4, low=0, doc="Channels of the 1×1 before every 3×3, as a multiple of the growth; 0: no 1×1.")
    )
    dropout: float = last(number(0.0, low=0.0, high=1.0, doc="Part of each layer's channels set to zero in training."))
    bias: bool = last(flag(False, doc="Biases in the convolutions."))
    classes: int = last(whole(1000, low=1, doc="Classes told apart."))
    channels: int = last(whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey."))
    resolution: int = last(whole(224, low=1, unit="px", doc="Height and width of the image."))

    def begun(self, d: Drawing) -> End:
        """The image."""
        return d.begin("image", image(self.channels, self.resolution, self.resolution))

    def blocks(self, d: Drawing, layers: tuple[int, ...], growth: int, x: End) -> End:
        """Dense blocks of so many layers, with a transition between two."""
        layer = DenseLayer(growth, self.bottleneck, self.dropout, bias=self.bias)
        for number_, count in enumerate(layers, 1):
            if number_ > 1:
                x = d.below(f"transition{number_ - 1}", Transition(self.compression, bias=self.bias), x)
            x = d.below(f"denseblock{number_}", layer, x, repeat=count)
        return x

    def ended(self, d: Drawing, x: End) -> None:
        """The last norm and activation, the mean over the image, the linear layer and the exit."""
        x = d.below("norm", BatchNorm2d(), x)
        x = d.below("avgpool", GlobalAvgPool(), d.below("relu", ReLU(), x))
        d.end("output", d.below("classifier", Linear(self.classes), x))


@template("Dense")
class DenseNet(_Dense):
    """Four dense blocks with transitions that halve channels and image (Huang et al. 2017, table 1).

    The settings as they stand give the paper's DenseNet-BC: bottlenecks and compression. The stem has 2 · growth
    channels.
    """

    keywords = "densenet121 densenet161 densenet169 densenet201 densenet264 densenet-bc concat growth dense block"
    depth: str = choice("121", tuple(_LAYERS), doc="Weight layers, of which each dense layer has two.")
    layers: tuple[int, ...] = sizes((), doc="Layers of each dense block instead of those the depth says.")
    growth: int = whole(0, low=0, doc="Channels that a layer adds (k); 0: those of the depth, 48 for 161, else 32.")

    def title(self) -> str:
        layers = self._counts()
        weighted = sum(layers) * (2 if self.bottleneck else 1) + len(layers) + 1
        return f"DenseNet-{weighted}"

    def draw(self, d: Drawing) -> None:
        growth = self._growth()
        x = d.below("conv", ConvUnit(2 * growth, 7, 2, 3, bias="yes" if self.bias else "auto"), self.begun(d))
        x = d.below("pool", MaxPool2d(3, 2, 1), x)
        self.ended(d, self.blocks(d, self._counts(), growth, x))

    def _counts(self) -> tuple[int, ...]:
        return self.layers or _LAYERS[self.depth]

    def _growth(self) -> int:
        return self.growth or _GROWTH.get(self.depth, _USUAL_GROWTH)

    def torchvision(self) -> Mapping[str, str]:
        if self.bias or not self.bottleneck or self.compression != 0.5:
            return {}
        names = {"conv.conv": "features.conv0", "conv.norm": "features.norm0", "classifier": "classifier"}
        for block, count in enumerate(self._counts(), 1):
            for i in range(count):
                ours = f"denseblock{block}.{i}" if count > 1 else f"denseblock{block}"
                names[ours] = f"features.denseblock{block}.denselayer{i + 1}"
            names[f"transition{block}"] = f"features.transition{block}"
        return names | {"norm": "features.norm5"}


@template("Dense")
class DenseNetCifar(_Dense):
    """Three dense blocks of equal depth for small pictures (Huang et al. 2017, table 2).

    Without bottleneck (0) and with compression 1 it is the paper's plain DenseNet, whose stem has 16 channels; with
    bottlenecks the stem has 2 · growth.
    """

    keywords = "densenet40 densenet100 densenet190 densenet250 densenet-bc cifar10 cifar100 concat growth dense block"
    depth: int = whole(100, low=7, high=772, doc="Weight layers: 6n + 4 with bottlenecks, else 3n + 4.")
    growth: int = whole(12, low=1, doc="Channels that a layer adds (the paper's k).")
    classes: int = last(whole(10, low=1, doc="Classes told apart."))
    resolution: int = last(whole(32, low=1, unit="px", doc="Height and width of the image."))

    def title(self) -> str:
        return f"DenseNet-{self.depth} for small pictures, growth {self.growth}"

    def draw(self, d: Drawing) -> None:
        stem = 2 * self.growth if self.bottleneck else 16
        x = d.below("conv", Conv2d(stem, 3, 1, 1, bias=self.bias), self.begun(d))
        self.ended(d, self.blocks(d, (self._count(),) * _BLOCKS, self.growth, x))

    def _count(self) -> int:
        of = _BLOCKS * (2 if self.bottleneck else 1)
        count, left = divmod(self.depth - _BLOCKS - 1, of)
        if left or not count:
            below = max(count, 1) * of + _BLOCKS + 1
            raise BadSetting("depth", f"{of}n + {_BLOCKS + 1} layers, as {below} or {below + of}", self.depth)
        return count
