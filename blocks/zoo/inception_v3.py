"""Inception with factorized kernels: the second version of the rethinking paper, and the third."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blocks.block import Block
from blocks.composite import End
from blocks.inception import Inception
from blocks.inception_grids import GridReduction, InceptionA, InceptionB, InceptionC, InceptionD, InceptionE
from blocks.linear import Linear
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.setting import flag, sizes, whole
from blocks.shape import image
from blocks.units import ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.inception import unit_places
from blocks.zoo.template import Template, template

_LETTERS = "abcdefghi"  # of the modules on one grid; the first halves it
_EPS = 0.001  # of the batch norms of Inception v3 as released


@template("Inception")
class InceptionV2(Template):
    """Inception with kernels factorized on three grids (Szegedy et al. 2016, table 1).

    The paper prints what each grid gives, not how wide the branches of its modules are: they are those of Inception v3,
    so the shapes are the paper's and the counts of parameters are not. The last module of a grid halves it (fig. 10).
    Its longest path has 41 layers with weights; the paper says 42, and not how it counts.
    """

    source = "https://arxiv.org/abs/1512.00567"
    keywords = "inception v2 rethinking factorized 42 layers"
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(299, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "Inception v2"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(32, 3, 2, 0), x)
        x = d.below("conv2", ConvUnit(32, 3, 1, 0), x)
        x = d.below("conv3", ConvUnit(64, 3, 1, 1), x)
        x = d.below("maxpool", MaxPool2d(3, 2), x)
        x = d.below("conv4", ConvUnit(80, 3, 1, 0), x)
        x = d.below("conv5", ConvUnit(192, 3, 2, 0), x)
        x = d.below("conv6", ConvUnit(288, 3, 1, 1), x)
        x = d.below("inception3_x", _two_threes(), x, repeat=2)
        x = d.below("inception3_last", GridReduction(480), x)
        x = d.below("inception4_x", InceptionC(160), x, repeat=4)
        x = d.below("inception4_last", GridReduction(512), x)
        x = d.below("inception5_1", InceptionE(), x)
        x = d.below("inception5_2", InceptionE(), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        d.end("output", d.below("fc", Linear(self.classes), x))


def _two_threes() -> Inception:
    """The module of fig. 5, two 3×3 kernels for a 5×5; its widths are those of InceptionA, and keep 288 channels."""
    return Inception(64, 48, 64, 64, 96, 64, "two 3×3", "BatchNorm", pool="mean")


@template("Inception")
class InceptionV3(Template):
    """Modules with factorized kernels on grids of 35, 17 and 8 pixels (Szegedy et al. 2016), named as released."""

    source = "https://arxiv.org/abs/1512.00567"
    keywords = "inception v3 rethinking factorized label smoothing auxiliary"
    auxiliary: bool = flag(False, doc="One more classifier, on the last module of the 17×17 grid, for training.")
    pool_features: tuple[int, ...] = sizes(
        (32, 64, 64), doc="The modules of the 35×35 grid, by the channels of their branch that pools."
    )
    channels_7x7: tuple[int, ...] = sizes(
        (128, 160, 160, 192), doc="The modules of the 17×17 grid, by the channels between their long kernels."
    )
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(299, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "Inception v3"

    def draw(self, d: Drawing) -> None:
        x = self._stem(d, d.begin("image", image(self.channels, self.resolution, self.resolution)))
        x = _grid(d, x, "Mixed_5", _LETTERS[1:], [InceptionA(features, eps=_EPS) for features in self.pool_features])
        sixes = (InceptionC(channels, eps=_EPS) for channels in self.channels_7x7)
        x = side = _grid(d, x, "Mixed_6", _LETTERS, [InceptionB(eps=_EPS), *sixes])
        x = _grid(d, x, "Mixed_7", _LETTERS, [InceptionD(eps=_EPS), InceptionE(eps=_EPS), InceptionE(eps=_EPS)])
        x = d.below("dropout", Dropout(0.5), d.below("avgpool", GlobalAvgPool(), x))
        d.end("output", d.below("fc", Linear(self.classes), x))
        if self.auxiliary:
            d.end_aside("auxiliary", d.aside(self._head(), side))

    def _stem(self, d: Drawing, x: End) -> End:
        x = d.below("Conv2d_1a_3x3", ConvUnit(32, 3, 2, 0, eps=_EPS), x)
        x = d.below("Conv2d_2a_3x3", ConvUnit(32, 3, 1, 0, eps=_EPS), x)
        x = d.below("Conv2d_2b_3x3", ConvUnit(64, 3, 1, 1, eps=_EPS), x)
        x = d.below("maxpool1", MaxPool2d(3, 2), x)
        x = d.below("Conv2d_3b_1x1", ConvUnit(80, 1, 1, 0, eps=_EPS), x)
        x = d.below("Conv2d_4a_3x3", ConvUnit(192, 3, 1, 0, eps=_EPS), x)
        return d.below("maxpool2", MaxPool2d(3, 2), x)

    def _head(self) -> list[tuple[str, Block]]:
        return [
            ("aux_pool", AvgPool2d(5, 3)),
            ("aux_conv0", ConvUnit(128, 1, 1, 0, eps=_EPS)),
            ("aux_conv1", ConvUnit(768, 5, 1, 0, eps=_EPS)),
            ("aux_avgpool", GlobalAvgPool()),
            ("aux_fc", Linear(self.classes)),
        ]

    def torchvision(self) -> Mapping[str, str]:
        stem = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3")
        places = {name: name for name in stem}
        counts = {"5": len(self.pool_features), "6": len(self.channels_7x7), "7": 2}
        for grid, count in counts.items():
            for letter in _LETTERS[1 : count + 1]:
                places |= _placed(f"Mixed_{grid}{letter}", _BRANCHES[grid])
        places |= _placed("Mixed_6a", _BRANCHES["6a"]) | _placed("Mixed_7a", _BRANCHES["7a"])
        names = {"fc": "fc"}
        if self.auxiliary:
            places |= {f"aux_{conv}": f"AuxLogits.{conv}" for conv in ("conv0", "conv1")}
            names["aux_fc"] = "AuxLogits.fc"
        return names | unit_places(places)


def _grid(d: Drawing, x: End, name: str, letters: str, modules: Sequence[Block]) -> End:
    """The modules of one grid, in a row: Mixed_6a, Mixed_6b and so on."""
    for letter, module in zip(letters, modules, strict=False):
        x = d.below(f"{name}{letter}", module, x)
    return x


def _placed(module: str, branches: Mapping[str, str]) -> dict[str, str]:
    return {f"{module}.{ours}": f"{module}.{theirs}" for ours, theirs in branches.items()}


def _counted(ours: Sequence[str], theirs: str) -> dict[str, str]:
    """The units of a branch as torchvision counts them: branch_1, branch_2 and so on."""
    return {name: f"{theirs}_{i}" for i, name in enumerate(ours, 1)}


_DOUBLE = _counted(("double_reduce", "double1", "double2"), "branch3x3dbl")
_SEVENS = ("seven_reduce", "seven1", "seven2")
_OUTER = {"one": "branch1x1", "pool_project": "branch_pool"}
_BRANCHES = {  # the units of the modules of each grid, and of the two that halve it
    "5": _OUTER | _DOUBLE | _counted(("five_reduce", "five"), "branch5x5"),
    "6a": {"three": "branch3x3"} | _DOUBLE,
    "6": _OUTER
    | _counted(_SEVENS, "branch7x7")
    | _counted(("double_reduce", "double1", "double2", "double3", "double4"), "branch7x7dbl"),
    "7a": _counted(("three_reduce", "three"), "branch3x3") | _counted((*_SEVENS, "seven3"), "branch7x7x3"),
    "7": _OUTER
    | {"three_reduce": "branch3x3_1", "three_wide": "branch3x3_2a", "three_high": "branch3x3_2b"}
    | {"double_reduce": "branch3x3dbl_1", "double1": "branch3x3dbl_2"}
    | {"double_wide": "branch3x3dbl_3a", "double_high": "branch3x3dbl_3b"},
}
