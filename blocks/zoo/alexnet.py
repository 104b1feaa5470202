"""AlexNet as it was trained in 2012, in one tower, as torchvision has it, as it is taught; and R-CNN on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from blocks.composite import End
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.pooling_global import AdaptiveAvgPool2d
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.setting import BadSetting, choice, flag, number, sizes, whole
from blocks.shape import image
from blocks.units import NONE, ConvUnit, LinearUnit
from blocks.vgg import alexnet_response_norm
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template, template

_TWO, _ONE, _TORCHVISION, _TAUGHT = "two towers", "one tower", "torchvision", "as taught"
_KERNELS = (11, 5, 3, 3, 3)
_POOLED = (1, 2, 5)  # the convolutions with a pooling behind


@dataclass(frozen=True)
class _Form:
    widths: tuple[int, ...] = (96, 256, 384, 384, 256)
    towers: int = 1
    padding: int = 2
    response_norm: bool = True


_FORMS = {
    _TWO: _Form(towers=2),
    _ONE: _Form(),
    _TORCHVISION: _Form((64, 192, 384, 256, 256), response_norm=False),
    _TAUGHT: _Form(padding=0, response_norm=False),
}


@template("Classic")
class AlexNet(Template):
    """Five convolutions and three linear layers (Krizhevsky, Sutskever & Hinton 2012, fig. 2).

    The two towers of 2012 meet in conv3 only, which is a convolution in two groups everywhere else. The first layer
    gives 55 × 55 from 224 pixels with a padding of 2, or from 227 without; 224 without gives 54 × 54.
    """

    source = "https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks"
    keywords = "imagenet 2012 two tower grouped local response normalization lrn dropout caffenet"
    form: str = choice(_TWO, tuple(_FORMS), doc="Of 2012 in two towers or in one, torchvision's, or as it is taught.")
    widths: tuple[int, ...] = sizes((), doc="Kernels of the five convolutions instead of the form's; may stay empty.")
    padding: int | None = whole(None, low=0, optional=True, unit="px", doc="Around the image; empty: 2, taught 0.")
    units: int = whole(4096, low=1, doc="Neurons of each of the two hidden linear layers.")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of the linear layers set to zero in training.")
    classes: int = whole(1000, low=1, doc="Classes told apart.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(224, low=1, unit="px", doc="Height and width of the image.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.widths) not in (0, 5):
            raise BadSetting("widths", "five numbers of kernels, or none", self.widths)

    def title(self) -> str:
        return f"AlexNet, {self.form}"

    def draw(self, d: Drawing) -> None:
        x = d.begin("image", image(self.channels, self.resolution, self.resolution))
        x = self.features(d, x)
        d.end("output", d.below("fc8", Linear(self.classes), self.hidden(d, x)))

    def features(self, d: Drawing, x: End) -> End:
        """The convolutions, down to a row of numbers."""
        form = _FORMS[self.form]
        for layer, width in enumerate(self.widths or form.widths, 1):
            x = d.below(f"conv{layer}", self._convolution(layer, width), x)
            if form.response_norm and layer < 3:
                x = d.below(f"norm{layer}", alexnet_response_norm(), x)
            if layer in _POOLED:
                x = d.below(f"pool{layer}", MaxPool2d(3, 2), x)
        if self.form == _TORCHVISION:
            x = d.below("avgpool", AdaptiveAvgPool2d(6), x)
        return d.below("flatten", Flatten(), x)

    def _convolution(self, layer: int, width: int) -> ConvUnit:
        form = _FORMS[self.form]
        kernel = _KERNELS[layer - 1]
        if layer == 1:
            padding = form.padding if self.padding is None else self.padding
            return ConvUnit(width, kernel, 4, padding, normalization=NONE)
        return ConvUnit(width, kernel, groups=form.towers if layer in (2, 4, 5) else 1, normalization=NONE)

    def hidden(self, d: Drawing, x: End) -> End:
        """The two wide linear layers; torchvision drops out before them, the paper after them."""
        before = self.form == _TORCHVISION
        if before and self.dropout:
            x = d.below("dropout", Dropout(self.dropout), x)
        x = d.below("fc6", LinearUnit(self.units, dropout=self.dropout), x)
        return d.below("fc7", LinearUnit(self.units, dropout=0.0 if before else self.dropout), x)

    def torchvision(self) -> Mapping[str, str]:
        if self.form != _TORCHVISION:
            return {}
        convolutions = {f"conv{i}.conv": f"features.{n}" for i, n in enumerate((0, 3, 6, 8, 10), 1)}
        return convolutions | {"fc6.linear": "classifier.1", "fc7.linear": "classifier.4", "fc8": "classifier.6"}


@template("Detection")
class RCNN(Template):
    """AlexNet on a region of the image warped to 227 × 227, for 20 classes and the background (Girshick et al. 2014).

    It runs once for each of some 2,000 proposed regions. Beside the classes it can give corrections of the boxes.
    """

    source = "https://arxiv.org/abs/1311.2524"
    keywords = "r-cnn region proposal detection warp alexnet fine-tuning bounding box voc"
    classes: int = whole(21, low=2, doc="Classes told apart, the background among them.")
    boxes: bool = flag(False, doc="Correct the box for each class but the background, from pool5 (appendix C).")
    dropout: float = number(0.5, low=0.0, high=1.0, doc="Part of the linear layers set to zero in training.")
    channels: int = whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey.")
    resolution: int = whole(227, low=1, unit="px", doc="Height and width to which a region is warped.")

    def title(self) -> str:
        return "R-CNN"

    def draw(self, d: Drawing) -> None:
        alexnet = AlexNet(padding=0, dropout=self.dropout)
        x = d.begin("region", image(self.channels, self.resolution, self.resolution))
        pool5 = alexnet.features(d, x)
        d.end("output", d.below("class_head", Linear(self.classes), alexnet.hidden(d, pool5)))
        if self.boxes:
            d.end_aside("box", d.aside([("box_head", Linear(4 * (self.classes - 1)))], pool5))
