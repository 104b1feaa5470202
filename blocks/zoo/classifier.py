"""What templates of networks that tell images apart share: the image that enters, the classes that leave."""

from __future__ import annotations

from blocks.composite import End
from blocks.headings import last
from blocks.linear import Linear
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.setting import whole
from blocks.shape import image
from blocks.zoo.drawing import Drawing
from blocks.zoo.template import Template


class Classifier(Template):
    """A network from an image to a number for each class; its entrance, its exit, and the settings of these."""

    classes: int = last(whole(1000, low=1, doc="Classes told apart."))
    channels: int = last(whole(3, low=1, doc="Channels of the image: 3 for colour, 1 for grey."))
    resolution: int = last(whole(224, low=1, unit="px", doc="Height and width of the image."))

    def _begun(self, d: Drawing) -> End:
        return d.begin("image", image(self.channels, self.resolution, self.resolution))

    def _ended(self, d: Drawing, x: End, dropout: float = 0.0) -> None:
        """The mean of each channel, and one linear layer."""
        x = d.below("avgpool", GlobalAvgPool(), x)
        if dropout:
            x = d.below("dropout", Dropout(dropout), x)
        d.end("output", d.below("fc", Linear(self.classes), x))


def scaled(title: str, scale: float) -> str:
    """A title with how many times as wide it is, where that is not once."""
    return title if scale == 1 else f"{title} {scale:g}×"


def span(name: str, first: int, count: int) -> str:
    """The name of `count` equal blocks in a row, the first of which has that number: `bneck4`, `bneck5_6`."""
    return f"{name}{first}" if count == 1 else f"{name}{first}_{first + count - 1}"


def copies(node: str, count: int) -> list[str]:
    """The modules of a node that stands for so many."""
    return [node] if count == 1 else [f"{node}.{i}" for i in range(count)]
