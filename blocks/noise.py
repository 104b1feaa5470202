"""Noise: results corrupted at random, while training or always, and numbers drawn from learned distributions."""

from __future__ import annotations

from typing import Any

from blocks.block import Block, Unfit, block, gives, takes
from blocks.broadcast import listed
from blocks.call import Call, call, settings_told
from blocks.setting import flag, number
from blocks.shape import FLOATS, IMAGE, Meaning, Shape

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)
_CORRUPTED = "https://www.jmlr.org/papers/v11/vincent10a.html"


def _always() -> Any:
    return flag(False, short="always", doc="After training as well.")


class _Noise(Block):
    """What kinds of noise share: a module carried along, whose arguments are the settings."""

    x = takes(FLOATS)
    y = gives(FLOATS)

    def module(self, x: Shape) -> Call:
        return call(self.kind(), **settings_told(self))


@block("Regularization")
class GaussianNoise(_Noise):
    """Adds normal noise while training: shape → shape."""

    source = _CORRUPTED
    formula = "y = x + std · ε, ε ~ N(0, 1)"
    keywords = "corruption denoising autoencoder random augmentation"
    std: float = number(0.1, low=0.0, short="{}", always=True, doc="Deviation of the noise.")
    always: bool = _always()


@block("Regularization")
class MaskingNoise(_Noise):
    """Zeroes numbers at random while training, and scales nothing up: shape → shape."""

    source = _CORRUPTED
    formula = "y = 0 with probability p, else x"
    keywords = "corruption denoising autoencoder random dropout"
    p: float = number(0.3, low=0.0, high=1.0, short="{}", always=True, doc="Probability of being zeroed.")
    always: bool = _always()


@block("Regularization")
class SaltAndPepperNoise(_Noise):
    """Sets numbers at random to the least or the greatest value while training: shape → shape."""

    source = _CORRUPTED
    formula = "y = low or high with probability p / 2 each, else x"
    keywords = "corruption denoising autoencoder random impulse"
    p: float = number(0.3, low=0.0, high=1.0, short="{}", always=True, doc="Probability of being set.")
    low: float = number(0.0, doc="Pepper: the least value.")
    high: float = number(1.0, doc="Salt: the greatest value.")
    always: bool = _always()


@block("Regularization")
class DropPath(_Noise):
    """Zeroes whole examples at random while training, as the branch of a residual block: shape → shape."""

    source = "https://arxiv.org/abs/1603.09382"
    formula = "y = 0 for an example with probability p, else x / (1 - p)"
    keywords = "stochastic depth residual dropout"
    p: float = number(0.1, low=0.0, high=1.0, short="{}", always=True, doc="Probability of being left out.")


@block("Regularization")
class Sampling(Block):
    """Draws from normal distributions by their means and log-variances; after training the mean: (F,), (F,) → (F,)."""

    source = "https://arxiv.org/abs/1312.6114"
    formula = "y = mean + e^(log_variance / 2) · ε, ε ~ N(0, 1)"
    keywords = "variational autoencoder vae reparameterization latent random"
    mean = takes(_TENSORS)
    log_variance = takes(_TENSORS, doc="The logarithm of the variance, of the same shape.")
    y = gives(_TENSORS)

    def shape(self, mean: Shape, log_variance: Shape) -> Shape:
        if mean.sizes != log_variance.sizes:
            raise Unfit(listed((mean, log_variance)), "inputs of one shape", port="log_variance")
        return mean

    def module(self, mean: Shape, log_variance: Shape) -> Call:
        return call("GaussianSampling")


@block("Regularization")
class MinibatchStdDev(Block):
    """Adds a channel that says how much the examples of a batch differ: (C, H, W) → (C + 1, H, W)."""

    source = "https://arxiv.org/abs/1710.10196"
    formula = "y = x beside the mean deviation over the batch"
    keywords = "gan discriminator mode collapse diversity"
    x = takes(IMAGE)
    y = gives(IMAGE)

    def shape(self, x: Shape) -> Shape:
        return x.with_channels(x.channels + 1)

    def alone(self) -> str:
        return "compares the examples of a batch"

    def module(self, x: Shape) -> Call:
        return call("MinibatchStdDev")
