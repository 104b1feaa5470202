"""The first Inception networks: GoogLeNet, and the same with batch normalization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.composite import End
from blocks.inception import AuxiliaryHead, Inception
from blocks.linear import Linear
from blocks.normalization import LocalResponseNorm
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.setting import choice, flag, number, whole
from blocks.shape import image
from blocks.units import NONE, ConvUnit
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

# 1×1; narrowed, 3×3; narrowed, 5×5; projected pool (Szegedy et al. 2015, table 1)
_MODULES = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
_POOLED = {"4a": "maxpool3", "5a": "maxpool4"}  # what stands before these modules
_BRANCHES = {
    "one": "branch1",
    "three_reduce": "branch2.0",
    "three": "branch2.1",
    "five_reduce": "branch3.0",
    "five": "branch3.1",
    "pool_project": "branch4.1",
}


def unit_places(places: Mapping[str, str]) -> dict[str, str]:
    """Where torchvision keeps the convolution and the norm of units, by the places of the units."""
    names = {f"{ours}.conv": f"{theirs}.conv" for ours, theirs in places.items()}
    return names | {f"{ours}.norm": f"{theirs}.bn" for ours, theirs in places.items()}


@template("Inception")
class GoogLeNet(Template):
    """Nine modules that read the image at three scales at once (Szegedy et al. 2015, table 1)."""

    source = "https://arxiv.org/abs/1409.4842"
    keywords = "inception v1 going deeper with convolutions five modules auxiliary"
    form: str = choice(
        "paper",
        ("paper", "torchvision", "taught"),
        doc="As the paper; with batch norms, and 3×3 for 5×5, as torchvision; or as taught, plain and padded.",
    )
    auxiliary: bool = flag(False, doc="Two more classifiers, on modules 4a and 4d, that help to train the beginning.")
    width: float = number(1.0, low=0.01, high=16.0, doc="Multiplies the channels of every layer.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def draw(self, d: Drawing) -> None:
        x = self._stem(d, d.begin("image", image(self.channels, self.resolution, self.resolution)))
        ends: dict[str, End] = {}
        for name, widths in _MODULES.items():
            x = self._pool(d, _POOLED[name], x) if name in _POOLED else x
            x = ends[name] = d.below(f"inception{name}", self._module(widths), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        if self.form != "taught":
            x = d.below("dropout", Dropout(0.4 if self.form == "paper" else 0.2), x)
        d.end("output", d.below("fc", Linear(self.classes), x))
        if self.auxiliary:
            for i, at in enumerate(("4a", "4d"), 1):
                d.end_aside(f"auxiliary{i}", d.aside([(f"aux{i}", self._head())], ends[at]))

    def _stem(self, d: Drawing, x: End) -> End:
        x = self._pool(d, "maxpool1", d.below("conv1", self._conv(64, 7, 2), x))
        x = d.below("lrn1", LocalResponseNorm(), x) if self.form == "paper" else x
        x = d.below("conv3", self._conv(192, 3), d.below("conv2", self._conv(64, 1), x))
        x = d.below("lrn2", LocalResponseNorm(), x) if self.form == "paper" else x
        return self._pool(d, "maxpool2", x)

    def _pool(self, d: Drawing, name: str, x: End) -> End:
        kernel = 2 if self.form == "torchvision" and name == "maxpool4" else 3
        return d.below(name, MaxPool2d(3, 2, 1) if self.form == "taught" else MaxPool2d(kernel, 2, ceil_mode=True), x)

    def _conv(self, channels: int, kernel: int, stride: int = 1) -> ConvUnit:
        return ConvUnit(self._wide(channels), kernel, stride, kernel // 2, **self._normed())

    def _module(self, widths: tuple[int, ...]) -> Inception:
        widest = "3×3" if self.form == "torchvision" else "5×5"
        return Inception(*map(self._wide, widths), widest=widest, **self._normed())

    def _head(self) -> AuxiliaryHead:
        windows = "4×4 in all" if self.form == "torchvision" else "5×5 each 3"
        return AuxiliaryHead(self.classes, self._wide(128), self._wide(1024), windows=windows, **self._normed())

    def _normed(self) -> dict[str, Any]:
        return {"normalization": "BatchNorm", "eps": 0.001} if self.form == "torchvision" else {"normalization": NONE}

    def _wide(self, channels: int) -> int:
        return max(1, round(self.width * channels))

    def torchvision(self) -> Mapping[str, str]:
        if self.form != "torchvision":
            return {}
        places = {name: name for name in ("conv1", "conv2", "conv3")}
        for name in _MODULES:
            places |= {f"inception{name}.{ours}": f"inception{name}.{theirs}" for ours, theirs in _BRANCHES.items()}
        names = {"fc": "fc"}
        for head in ("aux1", "aux2") if self.auxiliary else ():
            places[f"{head}.conv"] = f"{head}.conv"
            names |= {f"{head}.{fc}": f"{head}.{fc}" for fc in ("fc1", "fc2")}
        return names | unit_places(places)


# 1×1; narrowed, 3×3; narrowed, two 3×3; projected pool; no 1×1 and no projection where the grid is halved
_NORMED: dict[str, tuple[int, ...]] = {
    "3a": (64, 64, 64, 64, 96, 32),
    "3b": (64, 64, 96, 64, 96, 64),
    "3c": (128, 160, 64, 96),
    "4a": (224, 64, 96, 96, 128, 128),
    "4b": (192, 96, 128, 96, 128, 128),
    "4c": (160, 128, 160, 128, 160, 128),
    "4d": (96, 128, 192, 160, 192, 128),
    "4e": (128, 192, 192, 256),
    "5a": (352, 192, 320, 160, 224, 128),
    "5b": (352, 192, 320, 192, 224, 128),
}
_NARROWER = {"4c": (160, 128, 160, 128, 160, 96), "4d": (96, 128, 192, 160, 192, 96)}  # in the table of the paper


@template("Inception")
class BNInception(Template):
    """GoogLeNet with batch normalization and two 3×3 kernels for each 5×5 (Ioffe & Szegedy 2015, figure 5)."""

    source = "https://arxiv.org/abs/1502.03167"
    keywords = "bn-inception inception v2 batch normalization accelerating"
    table: str = choice(
        "released", ("released", "paper"), doc="Modules 4c and 4d: wider as released, or as the table of the paper."
    )
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def title(self) -> str:
        return "BN-Inception"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = d.below("conv1", ConvUnit(64, 7, 2, 3, bias="yes"), x)
        x = d.below("maxpool1", MaxPool2d(3, 2, 1), x)
        x = d.below("conv2", ConvUnit(64, 1, bias="yes"), x)
        x = d.below("conv3", ConvUnit(192, 3, bias="yes"), x)
        x = d.below("maxpool2", MaxPool2d(3, 2, 1), x)
        for name, widths in (_NORMED | (_NARROWER if self.table == "paper" else {})).items():
            x = d.below(f"inception{name}", _normed_module(widths, "max" if name == "5b" else "mean"), x)
        x = d.below("avgpool", GlobalAvgPool(), x)
        d.end("output", d.below("fc", Linear(self.classes), x))


def _normed_module(widths: tuple[int, ...], pool: str) -> Inception:
    """A module; one of four widths halves the grid, and its pool takes the largest."""
    told = {"widest": "two 3×3", "normalization": "BatchNorm", "bias": "yes"}
    if len(widths) == 4:
        return Inception(1, *widths, 1, pool="max", stride=2, **told)
    return Inception(*widths, pool=pool, **told)
