"""What detectors have beside a backbone: norms between scales, proposals of regions."""

from __future__ import annotations

from blocks.activation import ReLU
from blocks.block import Block, Trials, block, gives, takes
from blocks.call import Call, call, unless
from blocks.composite import Composite, End, Sketch
from blocks.convolution import Conv2d
from blocks.setting import number, whole
from blocks.shape import IMAGE, Shape, image


@block("Context")
class L2Norm(Block):
    """Brings the channels of each pixel to one length, each by a learned scale: (C, H, W) → (C, H, W).

    Early maps are much larger than late ones; so scaled, both can be read by heads of one kind (Liu et al. 2016).
    """

    source = "https://arxiv.org/abs/1506.04579"
    formula = "y_c = weight_c · x_c / max(‖x‖, eps), the length over the channels"
    keywords = "ssd parsenet normalization scale conv4_3 detector"
    start: float = number(20.0, low=1e-6, short="{}", always=True, doc="What every scale is before training.")
    eps: float = number(1e-10, low=1e-38, doc="The least length, so that nothing is divided by 0.")
    x = takes(IMAGE)
    y = gives(IMAGE)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (x.channels,)}

    def module(self, x: Shape) -> Call:
        return call("L2Norm", x.channels, **unless(20.0, start=self.start), **unless(1e-10, eps=self.eps))


@block("Context")
class RegionProposal(Composite):
    """Whether an object is there, and its box, at each pixel (Ren et al. 2015, fig. 3): (C, H, W) → two images.

    The boxes are told as offsets to anchors: four numbers each.
    """

    source = "https://arxiv.org/abs/1506.01497"
    formula = "objectness = 1×1(relu(3×3(x))), offsets = 1×1(relu(3×3(x)))"
    keywords = "rpn faster r-cnn proposal anchors objectness detector"
    widens = "out_channels"
    out_channels: int = whole(256, low=1, short="{}", always=True, doc="Channels of the convolution both are read of.")
    anchors: int = whole(3, low=1, short="{} boxes", always=True, doc="Boxes at each pixel.")
    scores: int = whole(1, low=1, high=2, short="{} scores", doc="Numbers a box: 1 for a sigmoid, 2 for a softmax.")
    x = takes(IMAGE)
    objectness = gives(IMAGE, doc="A score, or two, for each box.")
    offsets = gives(IMAGE, doc="Four numbers for each box.")

    @classmethod
    def trials(cls) -> Trials:
        return (((image(6, 5, 4),), {"out_channels": 5, "anchors": 9, "scores": 2}),)

    def body(self, g: Sketch, *ends: End) -> tuple[End, ...]:
        read = g.add(ReLU(), g.add(Conv2d(self.out_channels, 3, 1, 1), ends[0], name="conv"), name="relu")
        objectness = g.add(Conv2d(self.scores * self.anchors, 1), read, name="objectness_conv")
        return objectness, g.add(Conv2d(4 * self.anchors, 1), read, name="offsets_conv")
