"""Learned gates that close: on channels or features that are not worth what they cost."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import Block, Trials, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import number
from blocks.shape import IMAGE, SCALAR, SEQUENCE, SIGNAL, VECTOR, VOLUME, Meaning, Shape, image, shape_of, vector

_FEATURES_LAST = (Meaning.VECTOR, Meaning.SEQUENCE)


class _Gate(Block):
    """What gates share: a number for each channel, or feature of a vector or sequence, and what they cost."""

    targets = "{y}, {penalty}"
    tensor: ClassVar[str] = "weight"
    x = takes(VECTOR + SEQUENCE + SIGNAL + IMAGE + VOLUME)
    y = gives(VECTOR + SEQUENCE + SIGNAL + IMAGE + VOLUME)
    penalty = gives(SCALAR, doc="What the gates cost, the same for every example; to be added to the loss.")

    def shape(self, x: Shape) -> tuple[Shape, Shape]:
        return x, shape_of(())

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {self.tensor: self._sizes(x)}

    @staticmethod
    def _sizes(x: Shape) -> tuple[int, ...]:
        return (x.features,) if x.meaning in _FEATURES_LAST else (x.channels, *(1 for _ in x.space))


@block("Regularization")
class L1Gate(_Gate):
    """Weighs each channel by a learned number; what it costs is their sum without signs: (C, H, W) → (C, H, W), cost.

    Channels whose number has come to 0 can be cut off (Liu et al. 2017).
    """

    source = "https://arxiv.org/abs/1708.06519"
    formula = "y_c = w_c · x_c, penalty = Σ |w_c|"
    keywords = "sparse sparsity lasso network slimming pruning penalty l1 norm"

    def module(self, x: Shape) -> Call:
        return call("L1Gate", self._sizes(x))


@block("Regularization")
class L0Gate(_Gate):
    """Closes whole channels, at random while it learns which; it costs how many are open: (C, H, W) → (C, H, W), cost.

    The gates are hard concrete (Louizos et al. 2018): open, closed or between while training, and at their middle
    afterwards.
    """

    source = "https://arxiv.org/abs/1712.01312"
    formula = "y_c = z_c · x_c, penalty = Σ P(z_c ≠ 0)"
    keywords = "sparse sparsity hard concrete pruning penalty l0 norm"
    tensor: ClassVar[str] = "log_alpha"
    start: float = number(0.9, low=0.01, high=0.99, short="{}", doc="How open the gates begin.")
    temperature: float = number(2 / 3, low=0.05, high=1.0, doc="Lower: gates are open or closed, seldom between.")

    def module(self, x: Shape) -> Call:
        told = unless(0.9, start=self.start) | unless(2 / 3, temperature=self.temperature)
        return call("L0Gate", self._sizes(x), **told)

    @classmethod
    def trials(cls) -> Trials:
        return (((image(3, 4, 5),), {"start": 0.5}), ((vector(6),), {"temperature": 0.5}))
