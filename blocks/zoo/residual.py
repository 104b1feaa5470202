"""Residual networks for ImageNet: ResNet, and its squeeze-and-excite, ResNeXt and wide forms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from blocks.block import Block
from blocks.composite import End
from blocks.headings import last
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import Bottleneck, Residual
from blocks.setting import BadSetting, choice, flag, sizes, whole
from blocks.shape import image
from blocks.units import BIAS, ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

LAYERS = {
    "18": (2, 2, 2, 2),
    "34": (3, 4, 6, 3),
    "50": (3, 4, 6, 3),
    "101": (3, 4, 23, 3),
    "152": (3, 8, 36, 3),
}
_EXPANSION = 4  # channels that leave a bottleneck, by those of its stage
_BASE = 64  # what the width per group is told by: so many channels are those of ResNet itself


@template("Residual")
class ResNet(Template):
    """Stages of residual blocks that halve the image and double the channels (He et al. 2016, table 1)."""

    source = "https://arxiv.org/abs/1512.03385"
    keywords = "resnet18 resnet34 resnet50 resnet101 resnet152 skip shortcut residual"
    depth: str = choice("50", tuple(LAYERS), doc="Weight layers; from 50 on the blocks are bottlenecks.")
    layers: tuple[int, ...] = sizes((), doc="Blocks of each stage instead of those the depth says; may stay empty.")
    width: int = whole(64, low=1, doc="Channels of the first stage; each later one has twice as many.")
    stride_at: str = choice(
        "3×3",
        ("3×3", "1×1"),
        doc="Which convolution of a bottleneck takes the step: torchvision's 3×3 or the paper's 1×1.",
    )
    shortcut: str = choice(
        "projected",
        ("projected", "projected without norm", "always projected", "padded"),
        doc="How the input passes a block that changes its shape: by a 1×1 (B), in every block (C), or with zeros (A).",
    )
    bias: str = choice("auto", ("auto", "yes", "no"), doc=BIAS)
    squeeze_excite: int = whole(0, low=0, doc="Reduction of the gate at the end of every branch, 16 in SENet; 0: none.")
    groups: int = whole(1, low=1, doc="Groups of the 3×3 of a bottleneck (ResNeXt calls them cardinality).")
    width_per_group: int = whole(_BASE, low=1, doc="Channels of a group in the first stage; 64 in one group is ResNet.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")
    zero_init_residual: bool = last(
        flag(False, doc="Begin with branches that add nothing: a deeper network starts as a shallower one.")
    )

    def title(self) -> str:
        excited = "SE-" if self.squeeze_excite else ""
        depth = 2 + sum(self._counts()) * (3 if self._bottleneck() else 2)
        if self.groups > 1:
            return f"{excited}ResNeXt-{depth} ({self.groups}×{self.width_per_group}d)"
        if self.width_per_group != _BASE:
            return f"{excited}Wide ResNet-{depth}-{self.width_per_group / _BASE:g}"
        return f"{excited}ResNet-{depth}"

    def draw(self, d: Drawing) -> None:
        self._refuse_what_a_basic_block_has_not()
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(self.width, 7, 2, 3, bias=self.bias), x)
        x = d.below("maxpool", MaxPool2d(3, 2, 1), x)
        for stage, count in enumerate(self._counts()):
            first = self._block(stage, stride=2 if stage else 1)
            x = drawn_stage(d, f"conv{stage + 2}", count, first, self._block(stage), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        x = d.below("fc", Linear(self.classes), x)
        d.end("output", x)

    def _counts(self) -> tuple[int, ...]:
        return self.layers or LAYERS[self.depth]

    def _bottleneck(self) -> bool:
        return int(self.depth) >= 50

    def _refuse_what_a_basic_block_has_not(self) -> None:
        for name in ("groups", "width_per_group", "stride_at") if not self._bottleneck() else ():
            usual = ResNet.settings[name].default
            if self.value(name) != usual:
                raise BadSetting(
                    name, f"{usual} at depth {self.depth}, whose blocks are no bottlenecks", self.value(name)
                )

    def _block(self, stage: int, stride: int = 1) -> Block:
        width = self.width << stage
        names = ("squeeze_excite", "shortcut", "bias", "zero_init_residual")
        shared = {name: self.value(name) for name in names}
        if not self._bottleneck():
            return Residual(width, stride, **shared)
        middle = width * self.width_per_group // _BASE * self.groups
        if not middle:
            raise BadSetting(
                "width_per_group", f"at least {-(-_BASE // width)} at a width of {width}", self.width_per_group
            )
        out = _EXPANSION * width
        told = {"out_channels": out} if out % middle else {"expansion": out // middle}
        return Bottleneck(middle, stride, groups=self.groups, stride_at=self.stride_at, **told, **shared)

    def torchvision(self) -> Mapping[str, str]:
        if len(self._counts()) != 4 or any(self.value(name) != ResNet.settings[name].default for name in _OURS_ALONE):
            return {}
        names = {"conv1.conv": "conv1", "conv1.norm": "bn1", "fc": "fc"}
        for stage, count in enumerate(self._counts(), 1):
            for i, ours in enumerate(stage_names(f"conv{stage + 1}", count)):
                theirs = f"layer{stage}.{i}"
                names |= {f"{ours}.conv{n}": f"{theirs}.conv{n}" for n in (1, 2, 3)}
                names |= {f"{ours}.norm{n}": f"{theirs}.bn{n}" for n in (1, 2, 3)}
                names |= {f"{ours}.project": f"{theirs}.downsample.0", f"{ours}.project_norm": f"{theirs}.downsample.1"}
        return names


_OURS_ALONE = ("width", "stride_at", "shortcut", "bias", "squeeze_excite")  # torchvision has the default of these only


@template("Residual")
class SEResNet(ResNet):
    """A ResNet whose every block weighs its channels before the sum (Hu et al. 2018, table 1)."""

    source = "https://arxiv.org/abs/1709.01507"
    keywords = "senet seresnet50 squeeze excite channel attention residual"
    squeeze_excite: int = whole(16, low=0, doc="Reduction of the gate at the end of every branch; 0: none.")


@template("Residual")
class ResNeXt(ResNet):
    """A ResNet of bottlenecks in many small groups (Xie et al. 2017, table 1)."""

    source = "https://arxiv.org/abs/1611.05431"
    keywords = "resnext50_32x4d resnext101_32x8d resnext101_64x4d cardinality grouped residual"
    groups: int = whole(32, low=1, doc="Groups of the 3×3 of a bottleneck, the cardinality.")
    width_per_group: int = whole(4, low=1, doc="Channels of a group in the first stage.")


@template("Residual")
class WideResNet(ResNet):
    """A ResNet whose bottlenecks are wider inside (Zagoruyko & Komodakis 2016, table 8)."""

    source = "https://arxiv.org/abs/1605.07146"
    keywords = "wide_resnet50_2 wide_resnet101_2 wrn residual"
    width_per_group: int = whole(128, low=1, doc="Channels within a block of the first stage; 64 is ResNet.")


def drawn_stage(d: Drawing, name: str, count: int, first: Block, other: Block, x: End) -> End:
    """A stage: its first block, which may take a step and change the channels, and the others as one repeated node."""
    x = d.below(f"{name}_1", first, x)
    return d.below(f"{name}_x", other, x, repeat=count - 1) if count > 1 else x


def stage_names(name: str, count: int) -> Iterator[str]:
    """What the blocks of a drawn stage begin with in the state dict, in their order."""
    yield f"{name}_1"
    yield from (f"{name}_x.{i}" for i in range(count - 1)) if count > 2 else [f"{name}_x"] * (count - 1)
