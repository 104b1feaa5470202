"""Dropout: parts of a result are zeroed at random while training, so that nothing relies on one of them alone."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import Block, block, gives, takes
from blocks.call import Call, call, settings_told
from blocks.setting import number
from blocks.shape import FLOATS, IMAGE, SIGNAL, VOLUME, Shape


class _Dropout(Block):
    """What the kinds of dropout share."""

    source = "https://jmlr.org/papers/v15/srivastava14a.html"
    formula = "y = 0 with probability p, else x / (1 - p); y = x after training"
    keywords = "dropout regularization regularisation overfitting random zero"
    p: float = number(0.5, low=0.0, high=1.0, short="{}", always=True, doc="Probability of being zeroed.")

    def module(self, x: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", **settings_told(self))


@block("Regularization")
class Dropout(_Dropout):
    """Zeroes numbers at random while training and scales the others up: shape → shape."""

    x = takes(FLOATS)
    y = gives(FLOATS)


@block("Regularization")
class Dropout1d(_Dropout):
    """Zeroes whole channels of a signal at random while training: (C, L) → (C, L)."""

    rank: ClassVar[int] = 1
    x = takes(SIGNAL)
    y = gives(SIGNAL)


@block("Regularization")
class Dropout2d(_Dropout):
    """Zeroes whole channels of an image at random while training: (C, H, W) → (C, H, W)."""

    rank: ClassVar[int] = 2
    x = takes(IMAGE)
    y = gives(IMAGE)


@block("Regularization")
class Dropout3d(_Dropout):
    """Zeroes whole channels of a volume at random while training: (C, D, H, W) → (C, D, H, W)."""

    rank: ClassVar[int] = 3
    x = takes(VOLUME)
    y = gives(VOLUME)


@block("Regularization")
class AlphaDropout(_Dropout):
    """Dropout that keeps mean and deviation, for networks of SELU: shape → shape."""

    source = "https://arxiv.org/abs/1706.02515"
    formula = "y = a · x' + b, where x' is -1.7581 with probability p, else x; y = x after training"
    keywords = "dropout selu self normalizing regularization regularisation"
    x = takes(FLOATS)
    y = gives(FLOATS)


@block("Regularization")
class FeatureAlphaDropout(_Dropout):
    """Dropout of whole channels that keeps mean and deviation, for networks of SELU: (C, H, W) → (C, H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.FeatureAlphaDropout.html"
    formula = "y = a · x' + b, where x' is -1.7581 in a channel with probability p, else x; y = x after training"
    keywords = "dropout selu self normalizing channel regularization regularisation"
    x = takes(SIGNAL + IMAGE + VOLUME)
    y = gives(SIGNAL + IMAGE + VOLUME)
