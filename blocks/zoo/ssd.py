"""Single-shot detectors: SSD on VGG-16, and a tiny one of five scales."""

from __future__ import annotations

from collections.abc import Sequence

from blocks.adversarial import DetectionHead, HalvingStage
from blocks.composite import End
from blocks.detection import L2Norm
from blocks.merge import Concat
from blocks.pooling import MaxPool2d
from blocks.pooling_global import AdaptiveMaxPool2d
from blocks.reshape import Flatten
from blocks.setting import BadSetting, choice, sizes, whole
from blocks.shape import image
from blocks.units import NONE, ConvUnit
from blocks.vgg import VGGBlock
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_FAMILY = "Detection"
_STEP, _VALID, _LAST = (3, 2, 1), (3, 1, 0), (4, 1, 1)  # kernel, stride and padding of the second of each pair
_PAIRS = {  # after conv7: channels of both convolutions by those of the first block, and the second's window
    "300": ((4, 8, _STEP), (2, 4, _STEP), (2, 4, _VALID), (2, 4, _VALID)),
    "512": ((4, 8, _STEP), (2, 4, _STEP), (2, 4, _STEP), (2, 4, _STEP), (2, 4, _LAST)),
}
_ANCHORS = {"300": (4, 6, 6, 6, 4, 4), "512": (4, 6, 6, 6, 6, 4, 4)}


def _conv(channels: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> ConvUnit:
    return ConvUnit(channels, kernel, stride, padding, dilation, normalization=NONE)


@template(_FAMILY)
class SSD(Template):
    """Boxes read of maps of six or seven sizes, on VGG-16 without its linear layers (Liu et al. 2016, fig. 2).

    conv6 and conv7 stand for these, with a dilated kernel; conv4 is brought to one length before it is read.
    """

    source = "https://arxiv.org/abs/1512.02325"
    keywords = "ssd300 ssd512 ssd300_vgg16 single shot multibox detector boxes anchors voc coco"
    resolution: str = choice("300", tuple(_PAIRS), doc="Height and width of the image: SSD300 or SSD512.")
    classes: int = whole(20, low=1, doc="Classes told apart, the background not counted: 20 in VOC.")
    width: int = whole(64, low=1, doc="Channels of the first block of VGG-16.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")

    def title(self) -> str:
        return f"SSD{self.resolution} on VGG-16"

    def draw(self, d: Drawing) -> None:
        side, w = int(self.resolution), self.width
        x = d.begin("image", image(self.channels, side, side))
        x = d.below("conv1", VGGBlock(w, 2), x)
        x = d.below("conv2", VGGBlock(2 * w, 2), x)
        x = d.below("conv3", VGGBlock(4 * w, 3, pool=NONE), x)
        x = d.below("pool3", MaxPool2d(2, ceil_mode=True), x)
        conv4 = d.below("conv4", VGGBlock(8 * w, 3, pool=NONE), x)
        maps = [d.aside([("norm4", L2Norm())], conv4)]
        x = d.below("pool4", MaxPool2d(2), conv4)
        x = d.below("conv5", VGGBlock(8 * w, 3, pool=NONE), x)
        x = d.below("pool5", MaxPool2d(3, 1, 1), x)
        x = d.below("conv6", _conv(16 * w, 3, 1, 6, 6), x)
        maps.append(x := d.below("conv7", _conv(16 * w, 1), x))
        for place, (narrow, wide, window) in enumerate(_PAIRS[self.resolution], 8):
            x = d.below(f"conv{place}_1", _conv(narrow * w, 1), x)
            maps.append(x := d.below(f"conv{place}_2", _conv(wide * w, *window), x))
        told = zip(maps, _ANCHORS[self.resolution], strict=True)
        _read(d, [(end, DetectionHead(anchors, self.classes)) for end, anchors in told])


@template(_FAMILY)
class TinySSD(Template):
    """A small detector of five scales, each half the one before, the last a single pixel; after Liu et al. 2016."""

    source = "https://arxiv.org/abs/1512.02325"
    keywords = "ssd tiny single shot multibox detector boxes anchors halving"
    base: tuple[int, ...] = sizes((16, 32, 64), doc="Channels of the stages before and at the first scale.")
    width: int = whole(128, low=1, doc="Channels of the later scales.")
    scales: int = whole(5, low=1, high=16, doc="Maps that boxes are read of.")
    anchors: int = whole(4, low=1, doc="Boxes at each pixel of each scale.")
    classes: int = whole(1, low=1, doc="Classes told apart, the background not counted.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(256, low=1, unit="px", doc="Height and width of the image.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.base:
            raise BadSetting("base", "the channels of a stage at least", self.base)

    def title(self) -> str:
        return "Tiny SSD"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        for place, channels in enumerate(self.base[:-1], 1):
            x = d.below(f"base{place}", HalvingStage(channels), x)
        maps = []
        for scale in range(1, self.scales + 1):
            x = d.below(f"scale{scale}", self._stage(scale), x)
            maps.append((x, DetectionHead(self.anchors, self.classes)))
        _read(d, maps, flat=True)

    def _stage(self, scale: int) -> HalvingStage | AdaptiveMaxPool2d:
        if scale == 1:
            return HalvingStage(self.base[-1])
        return AdaptiveMaxPool2d(1) if scale == self.scales else HalvingStage(self.width)


def _read(d: Drawing, maps: Sequence[tuple[End, DetectionHead]], flat: bool = False) -> None:
    """A head for each map, on a staircase so that what they tell falls free, and the boxes of all one after the other.

    `flat` lays the four numbers of all boxes in a row.
    """
    heads = [d.aside_all(f"head{n}", head, end, float(n)) for n, (end, head) in enumerate(maps, 1)]
    d.skip()
    middle = (1 + len(heads)) / 2
    scores, offsets = zip(*heads, strict=True)
    joins = {"scores": (Concat(dim=0), scores), "offsets": (Concat(dim=0), offsets)}
    (scored,), (moved,) = d.row(joins, middle)
    if flat:
        ((moved,),) = d.row({"flat": (Flatten(), [moved])}, middle + 0.5)
    d.ends(middle, class_scores=scored, box_offsets=moved)
