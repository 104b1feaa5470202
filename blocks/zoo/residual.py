"""Residual networks: ResNet for ImageNet and for CIFAR, pre-activation, squeeze-and-excite, ResNeXt and wide forms."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.block import Block
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import Bottleneck, Residual
from blocks.setting import choice, sizes, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_LAYERS = {
    "18": (2, 2, 2, 2),
    "34": (3, 4, 6, 3),
    "50": (3, 4, 6, 3),
    "101": (3, 4, 23, 3),
    "152": (3, 8, 36, 3),
}


@template("Residual")
class ResNet(Template):
    """Stages of residual blocks that halve the image and double the channels (He et al. 2016, table 1)."""

    source = "https://arxiv.org/abs/1512.03385"
    keywords = "resnet18 resnet34 resnet50 resnet101 resnet152 skip shortcut"
    depth: str = choice("50", tuple(_LAYERS), doc="Weight layers; from 50 on the blocks are bottlenecks.")
    layers: tuple[int, ...] = sizes((), doc="Blocks of each stage instead of those the depth says; may stay empty.")
    width: int = whole(64, low=1, doc="Channels of the first stage; each later one has twice as many.")
    stride_at: str = choice(
        "3×3",
        ("3×3", "1×1"),
        doc="Which convolution takes the step: torchvision's 3×3 or the paper's 1×1.",
    )
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "ResNet" if self.layers else f"ResNet-{self.depth}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(self.width, 7, 2, 3), x)
        x = d.below("maxpool", MaxPool2d(3, 2, 1), x)
        for stage, count in enumerate(self._counts()):
            x = d.below(f"conv{stage + 2}_1", self._block(stage, stride=2 if stage else 1), x)
            if count > 1:
                x = d.below(f"conv{stage + 2}_x", self._block(stage), x, repeat=count - 1)
        x = d.below("avgpool", GlobalAvgPool(), x)
        x = d.below("fc", Linear(self.classes), x)
        d.end("output", x)

    def _counts(self) -> tuple[int, ...]:
        return self.layers or _LAYERS[self.depth]

    def _block(self, stage: int, stride: int = 1) -> Block:
        width = self.width << stage
        if int(self.depth) >= 50:
            return Bottleneck(width, stride, stride_at=self.stride_at)
        return Residual(width, stride)

    def torchvision(self) -> Mapping[str, str]:
        names = {"conv1.conv": "conv1", "conv1.norm": "bn1", "fc": "fc"}
        for stage, count in enumerate(self._counts()):
            ours = [f"conv{stage + 2}_1"]
            ours += [f"conv{stage + 2}_x.{i}" for i in range(count - 1)] if count > 2 else [f"conv{stage + 2}_x"]
            for i, block in enumerate(ours):
                theirs = f"layer{stage + 1}.{i}"
                names |= {f"{block}.conv{n}": f"{theirs}.conv{n}" for n in (1, 2, 3)}
                names |= {f"{block}.norm{n}": f"{theirs}.bn{n}" for n in (1, 2, 3)}
            names |= {f"{ours[0]}.project": f"layer{stage + 1}.0.downsample.0"}
            names |= {f"{ours[0]}.project_norm": f"layer{stage + 1}.0.downsample.1"}
        return names
