"""Pre-activated residual networks: norm and activation stand before each convolution, and nothing after a sum."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.block import Block
from blocks.composite import End
from blocks.linear import Linear
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import PreActivation
from blocks.setting import choice, sizes, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.residual import LAYERS, drawn_stage
from blocks.zoo.residual_cifar import Cifar, blocks_a_stage
from blocks.zoo.template import Template, template

_LAYERS = LAYERS | {"200": (3, 24, 36, 3)}
_EXPANSION = 4  # channels that leave a bottleneck, by those within


@template("Residual")
class PreActResNet(Template):
    """ResNet with norm and activation before each convolution, for ImageNet (He et al. 2016, Identity Mappings).

    The activation after the stem is that of the first block, so both of its ways begin with it (appendix of the paper).
    """

    source = "https://arxiv.org/abs/1603.05027"
    keywords = "resnet v2 preresnet preresnet18 preresnet200 resnetv2 pre-activation identity mappings skip residual"
    depth: str = choice("200", tuple(_LAYERS), doc="Weight layers; from 50 on the blocks are bottlenecks.")
    layers: tuple[int, ...] = sizes((), doc="Blocks of each stage instead of those the depth says; may stay empty.")
    width: int = whole(64, low=1, doc="Channels of the first stage; each later one has twice as many.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return f"Pre-activation ResNet-{2 + sum(self._counts()) * (3 if self._bottleneck() else 2)}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(self.width, 7, 2, 3), x)
        x = d.below("maxpool", MaxPool2d(3, 2, 1), x)
        for stage, count in enumerate(self._counts()):
            first = self._block(stage, stride=2 if stage else 1, starts_activated=stage == 0)
            x = drawn_stage(d, f"conv{stage + 2}", count, first, self._block(stage), x)
        x = _activated(d, x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        d.end("output", d.below("fc", Linear(self.classes), x))

    def _counts(self) -> tuple[int, ...]:
        return self.layers or _LAYERS[self.depth]

    def _bottleneck(self) -> bool:
        return int(self.depth) >= 50

    def _block(self, stage: int, stride: int = 1, starts_activated: bool = False) -> Block:
        return _block(self.width << stage, stride, self._bottleneck(), starts_activated)


@template("Residual")
class PreActResNetCifar(Cifar):
    """ResNet with norm and activation before each convolution, for small pictures (He et al. 2016, Identity Mappings).

    Depth 9n + 2 of bottlenecks, as 164 or 1001, or 6n + 2 of two 3×3, as 110.
    """

    source = "https://arxiv.org/abs/1603.05027"
    keywords = (
        "resnet v2 preresnet110 preresnet164 preresnet1001 pre-activation identity mappings cifar10 skip residual"
    )
    depth: int = whole(164, low=8, high=9002, doc="Weight layers: 9n + 2, or 6n + 2 without bottlenecks.")
    block_kind: str = choice("bottleneck", ("bottleneck", "basic"), doc="1×1, 3×3 and 1×1 convolution, or two 3×3.")
    width: int = whole(
        16, low=1, doc="Channels within the blocks of the first stage; each later one has twice as many."
    )

    def title(self) -> str:
        return f"Pre-activation ResNet-{self.depth} for small pictures"

    def draw(self, d: Drawing) -> None:
        count = blocks_a_stage(self.depth, 3 if self.block_kind == "bottleneck" else 2, 2)
        x = d.below("stem", ConvUnit(self.width, 3, padding=1), self.begun(d))
        self.ended(d, _activated(d, self.stages(d, count, x)))

    def block(self, stage: int, stride: int = 1, first: bool = False) -> Block:
        bottleneck = self.block_kind == "bottleneck"
        return _block(self.width << stage, stride, bottleneck, starts_activated=first and stage == 0)


def _block(width: int, stride: int, bottleneck: bool, starts_activated: bool) -> Block:
    if bottleneck:
        return PreActivation(_EXPANSION * width, stride, _EXPANSION, starts_activated=starts_activated)
    return PreActivation(width, stride, starts_activated=starts_activated)


def _activated(d: Drawing, x: End) -> End:
    """The norm and activation that follow the last sum."""
    return d.below("relu", ReLU(), d.below("norm", BatchNorm2d(), x))
