"""Detectors that look at regions: Fast and Faster R-CNN, whole and by their parts."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.composite import End
from blocks.context import FeaturePyramid
from blocks.convolution import Conv2d
from blocks.detection import RegionProposal
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.region import RoIPool
from blocks.reshape import Flatten, Reshape
from blocks.residual import Bottleneck
from blocks.setting import choice, flag, number, whole
from blocks.shape import image, sequence
from blocks.units import NONE, ConvUnit, LinearUnit
from blocks.vgg import VGGBlock
from blocks.zoo.drawing import Drawing
from blocks.zoo.residual import LAYERS, drawn_stage
from blocks.zoo.template import Template, template

_FAMILY = "Detection"
_FAST, _FASTER = "https://arxiv.org/abs/1504.08083", "https://arxiv.org/abs/1506.01497"
_CLASSES = "Classes told apart, the background not counted: 20 in VOC, 90 in COCO."


@template(_FAMILY)
class BoxHead(Template):
    """What a region holds and how its box is to be moved, by two linear layers (Girshick 2015, fig. 1)."""

    source = _FAST
    keywords = "fast r-cnn faster r-cnn rcnn roi region head two fc predictor detector"
    channels: int = whole(512, low=1, doc="Channels of a region.")
    size: int = whole(7, low=1, unit="px", doc="Height and width of a region.")
    units: int = whole(4096, low=1, doc="Neurons of each linear layer: 4096 with VGG-16, 1024 with a pyramid.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of them set to zero in training.")
    classes: int = whole(20, low=1, doc=_CLASSES)

    def title(self) -> str:
        return "Fast R-CNN head"

    def draw(self, d: Drawing) -> None:
        x = d.begin("region", image(self.channels, self.size, self.size))
        _told(d, d.below("flatten", Flatten(), x), self.units, self.dropout, self.classes)


def _told(d: Drawing, x: End, units: int, dropout: float, classes: int) -> None:
    """The two linear layers, then class scores and box offsets, a box for each class."""
    x = d.below("fc6", LinearUnit(units, dropout=dropout), x)
    x = d.below("fc7", LinearUnit(units, dropout=dropout), x)
    (scores,), (offsets,) = d.row({"cls": (Linear(classes + 1), [x]), "box": (Linear(4 * (classes + 1)), [x])})
    d.ends(class_scores=scores, box_offsets=offsets)


@template(_FAMILY)
class RPN(Template):
    """A region proposal network on features: is an object there, and where, for each anchor (Ren et al. 2015, fig. 3).

    On VGG-16's features of an image of 600 × 1000 pixels, as it stands.
    """

    source = _FASTER
    keywords = "region proposal network faster r-cnn rcnn anchors objectness detector"
    channels: int = whole(512, low=1, doc="Channels of the features.")
    height: int = whole(37, low=1, unit="px", doc="Height of the features.")
    width: int = whole(62, low=1, unit="px", doc="Width of the features.")
    hidden: int = whole(512, low=1, doc="Channels of the 3×3 convolution.")
    anchors: int = whole(9, low=1, doc="Boxes at each pixel.")
    scores: int = whole(2, low=1, high=2, doc="Numbers that tell of an object: 2 for a softmax, 1 for a sigmoid.")

    def title(self) -> str:
        return "Region proposal network"

    def draw(self, d: Drawing) -> None:
        x = d.begin("features", image(self.channels, self.height, self.width))
        x = d.below("relu", ReLU(), d.below("conv", Conv2d(self.hidden, 3, 1, 1), x))
        score, box = Conv2d(self.scores * self.anchors, 1), Conv2d(4 * self.anchors, 1)
        (scored,), (moved,) = d.row({"score": (score, [x]), "box": (box, [x])})
        d.ends(objectness=scored, box_offsets=moved)


@template(_FAMILY)
class FastRCNN(Template):
    """Regions of VGG-16's features, each brought to 7×7 and told by two linear layers (Girshick 2015, fig. 1).

    With proposals it is Faster R-CNN: the same features also tell where to look (Ren et al. 2015, fig. 2). Which
    regions are looked at is chosen outside the network and arrives as boxes.
    """

    source = _FAST
    keywords = "fast r-cnn faster r-cnn rcnn roi pool region vgg16 detector voc"
    proposals: bool = flag(False, doc="Draw the region proposal network too: Faster R-CNN.")
    regions: int = whole(300, low=1, doc="Boxes looked at in an image.")
    anchors: int = whole(9, low=1, doc="Boxes proposed at each pixel of the features.")
    width: int = whole(64, low=1, doc="Channels of the first block of VGG-16.")
    units: int = whole(4096, low=1, doc="Neurons of each linear layer.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of them set to zero in training.")
    classes: int = whole(20, low=1, doc=_CLASSES)
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    height: int = whole(600, low=16, unit="px", doc="Height of the image.")
    breadth: int = whole(1000, low=16, unit="px", doc="Width of the image.")

    def title(self) -> str:
        return f"{'Faster' if self.proposals else 'Fast'} R-CNN on VGG-16"

    def draw(self, d: Drawing) -> None:
        x, boxes = d.begin_beside(
            image=image(self.channels, self.height, self.breadth), boxes=sequence(self.regions, 4)
        )
        for place, layers in enumerate((2, 2, 3, 3)):
            x = d.below(f"conv{place + 1}", VGGBlock(self.width << place, layers), x)
        x = d.below("conv5", VGGBlock(8 * self.width, 3, pool=NONE), x)
        if self.proposals:
            objectness, offsets = d.aside_all("rpn", RegionProposal(8 * self.width, self.anchors, 2), x, -1.5)
            d.end_aside("objectness", objectness, -2.0)
            d.end_aside("proposals", offsets, -1.0)
        x = d.below("pool", RoIPool(7, 1 / 16), x, boxes)
        x = d.below("rows", Reshape((self.regions, -1), "sequence"), x)
        _told(d, x, self.units, self.dropout, self.classes)


@template(_FAMILY)
class FasterRCNN(Template):
    """A feature pyramid on a ResNet, and one network that proposes regions at all its levels (Lin et al. 2017, § 4.1).

    The regions so found are told by a BoxHead of 256 channels and 1024 units. P6 is P5 with every second pixel.
    """

    source = "https://arxiv.org/abs/1612.03144"
    keywords = "faster r-cnn rcnn fpn feature pyramid network rpn fasterrcnn_resnet50_fpn detector coco"
    depth: str = choice("50", ("50", "101", "152"), doc="Weight layers of the ResNet.")
    width: int = whole(64, low=1, doc="Channels of its first stage; each later one has twice as many.")
    levels: int = whole(256, low=1, doc="Channels of every level of the pyramid.")
    anchors: int = whole(3, low=1, doc="Boxes proposed at each pixel of each level.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    height: int = whole(800, low=1, unit="px", doc="Height of the image.")
    breadth: int = whole(800, low=1, unit="px", doc="Width of the image.")

    def title(self) -> str:
        return f"Faster R-CNN on ResNet-{self.depth}-FPN"

    def draw(self, d: Drawing) -> None:
        pyramid = self._pyramid(d, self._stages(d))
        rpn = RegionProposal(self.levels, self.anchors)
        heads = d.row({f"rpn_{name}": (rpn, [end]) for name, end in pyramid.items()}, 3.0)
        owner, *others = (f"rpn_{name}" for name in pyramid)
        for name in others:
            d.share(name, owner)
        d.ends(3.0, **{f"objectness_{name}": objectness for name, (objectness, _) in zip(pyramid, heads, strict=True)})
        d.ends(3.0, **{f"box_offsets_{name}": offsets for name, (_, offsets) in zip(pyramid, heads, strict=True)})

    def _stages(self, d: Drawing) -> list[End]:
        """What the four stages of the ResNet give, the finest first."""
        x = d.begin("image", image(self.channels, self.height, self.breadth))
        x = d.below("conv1", ConvUnit(self.width, 7, 2, 3), x)
        x = d.below("maxpool", MaxPool2d(3, 2, 1), x)
        found = []
        for stage, count in enumerate(LAYERS[self.depth]):
            width = self.width << stage
            first, more = Bottleneck(width, 2 if stage else 1), Bottleneck(width)
            found.append(x := drawn_stage(d, f"conv{stage + 2}", count, first, more, x))
        return found

    def _pyramid(self, d: Drawing, stages: list[End]) -> dict[str, End]:
        """The levels by name, the finest first; they stand on a staircase, each above what reads it."""
        merged, found = d.below("lateral5", Conv2d(self.levels, 1), stages[-1]), {}
        ((found["P5"],),) = d.row({"P5": (Conv2d(self.levels, 3, 1, 1), [merged])}, 4.0)
        ((found["P6"],),) = d.row({"P6": (MaxPool2d(1, 2), [found["P5"]])}, 5.0)
        for level in (4, 3, 2):
            name, fine = f"P{level}", stages[level - 2]
            ((found[name], merged),) = d.row({name: (FeaturePyramid(self.levels), [merged, fine])}, level - 1.0)
        return {name: found[name] for name in sorted(found)}
