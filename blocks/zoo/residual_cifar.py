"""Residual networks for pictures of 32 × 32: the family of depth 6n + 2, and the wide ones."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.block import Block
from blocks.composite import End
from blocks.convolution import Conv2d
from blocks.headings import last
from blocks.linear import Linear
from blocks.normalization import BatchNorm2d
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import PreActivation, Residual
from blocks.setting import BadSetting, choice, number, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.residual import drawn_stage
from blocks.zoo.template import Template, template

STAGES = 3
_SHORTCUTS = {"A": "padded", "B": "projected", "C": "always projected"}


class Cifar(Template):
    """What residual networks for small pictures share: a 3×3 stem, three stages, a mean and a linear layer."""

    classes: int = last(whole(10, low=1, doc="Classes told apart."))
    channels: int = last(whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey."))
    resolution: int = last(whole(32, low=1, unit="px", doc="Height and width of the image."))

    def begun(self, d: Drawing) -> End:
        """The image."""
        return d.begin("image", image(self.channels, self.resolution, self.resolution))

    def stages(self, d: Drawing, count: int, x: End) -> End:
        """The three stages of so many blocks each."""
        for stage in range(STAGES):
            first = self.block(stage, stride=2 if stage else 1, first=True)
            x = drawn_stage(d, f"stage{stage + 1}", count, first, self.block(stage), x)
        return x

    def block(self, stage: int, stride: int = 1, first: bool = False) -> Block:
        """A block of a stage, which is numbered from 0."""
        raise NotImplementedError

    def ended(self, d: Drawing, x: End) -> None:
        """The mean over the image, the linear layer and the exit."""
        x = d.below("avgpool", GlobalAvgPool(), x)
        d.end("output", d.below("fc", Linear(self.classes), x))


@template("Residual")
class ResNetCifar(Cifar):
    """ResNet of 6n + 2 layers for small pictures, three stages of n blocks (He et al. 2016, sect. 4.2)."""

    source = "https://arxiv.org/abs/1512.03385"
    keywords = "resnet20 resnet32 resnet44 resnet56 resnet110 resnet1202 cifar10 cifar100 skip shortcut residual"
    depth: int = whole(20, low=8, high=6002, doc="Weight layers: 6n + 2, where n are the blocks of a stage.")
    shortcut: str = choice(
        "A",
        tuple(_SHORTCUTS),
        doc="How the input passes a block that changes its shape: with zeros (A), by a 1×1 (B), in every block (C).",
    )
    width: int = whole(16, low=1, doc="Channels of the first stage; each later one has twice as many.")

    def title(self) -> str:
        return f"ResNet-{self.depth} for small pictures"

    def draw(self, d: Drawing) -> None:
        x = d.below("stem", ConvUnit(self.width, 3, padding=1), self.begun(d))
        self.ended(d, self.stages(d, blocks_a_stage(self.depth, 2, 2), x))

    def block(self, stage: int, stride: int = 1, first: bool = False) -> Block:
        return Residual(self.width << stage, stride, shortcut=_SHORTCUTS[self.shortcut])


@template("Residual")
class WideResNetCifar(Cifar):
    """Few, wide, pre-activated blocks for small pictures: depth 6n + 4 (Zagoruyko & Komodakis 2016, table 1)."""

    source = "https://arxiv.org/abs/1605.07146"
    keywords = "wrn wide resnet 28-10 16-8 40-4 cifar10 cifar100 preactivation residual"
    depth: int = whole(28, low=10, high=6004, doc="Weight layers: 6n + 4, where n are the blocks of a stage.")
    widen: int = whole(10, low=1, doc="Channels of every stage, as a multiple of 16, 32 and 64 (the paper's k).")
    dropout: float = number(
        0.0, low=0.0, high=1.0, doc="Part set to zero between the convolutions of a block, 0.3 there."
    )

    def title(self) -> str:
        return f"WRN-{self.depth}-{self.widen}"

    def draw(self, d: Drawing) -> None:
        x = d.below("stem", Conv2d(16, 3, 1, 1, bias=False), self.begun(d))
        x = self.stages(d, blocks_a_stage(self.depth, 2, 4), x)
        self.ended(d, d.below("relu", ReLU(), d.below("norm", BatchNorm2d(), x)))

    def block(self, stage: int, stride: int = 1, first: bool = False) -> Block:
        return PreActivation((16 * self.widen) << stage, stride, dropout=self.dropout)


def blocks_a_stage(depth: int, layers: int, rest: int) -> int:
    """How many blocks of so many layers each of the three stages has; raises BadSetting where none fit the depth."""
    count, left = divmod(depth - rest, STAGES * layers)
    if left or count < 1:
        of = STAGES * layers
        below = max(count, 1) * of + rest
        raise BadSetting("depth", f"{of}n + {rest} layers, as {below} or {below + of}", depth)
    return count
