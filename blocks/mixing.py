"""Examples mixed with others of their batch while a network learns, and their labels alike."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, Block, Trials, Unfit, block, gives, takes
from blocks.setting import number
from blocks.shape import ANY, FLOATS, IMAGE, VECTOR, Meaning, Shape, image, labels, sequence, vector

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)
_PROBABILITY = "How often a batch is mixed; else it stays as it is."
_GIVEN = "One class for each example."
_TARGET = "How much of each class is in it, for the labels of a CrossEntropy."


class _Mixing(Block):
    """What ways of mixing share: a function carried along, which tells learning by the gradient that is recorded."""

    function: ClassVar[str] = ""

    def shape(self, x: Shape, given: Shape) -> tuple[Shape, Shape]:
        if given.sizes or given.dtype != "int64" or not given.classes:
            kind = "any whole number" if given.dtype == "int64" and not given.classes else given.dtype
            raise Unfit(f"{given} of {kind}", "a label () for each example, one of so many classes", port="labels")
        return x, vector(given.classes)

    def forward(self, at: At) -> str:
        given = at.shapes["labels"]
        assert isinstance(given, Shape)
        told = [at.x, str(at.names["labels"]), str(given.classes), f"alpha={self.value('alpha')!r}"]
        if self.value("probability") != 1.0:
            told.append(f"probability={self.value('probability')!r}")
        return f"{self.function}({', '.join(told)})"


@block("Sampling")
class Mixup(_Mixing):
    """Blends each example of a batch with another one while learning: x and a label () → x and shares of classes (K,).

    One λ for the whole batch, drawn anew each time, as in the code of Zhang et al. 2018. Where no gradient is recorded,
    as when the held-out examples are measured, x stays as it is and the label is all of its class.
    """

    source = "https://arxiv.org/abs/1710.09412"
    formula = "y = λ x_i + (1 − λ) x_j, target = λ t_i + (1 − λ) t_j, λ ~ Beta(α, α)"
    keywords = "augmentation mix blend interpolate soft labels regularization vicinal"
    function = "mixup"
    helpers = ("mixup",)
    alpha: float = number(
        0.2, low=0.001, high=100.0, short="α {}", always=True, doc="Near 0: one of both; 1: any part."
    )
    probability: float = number(1.0, low=0.0, high=1.0, short="p {}", doc=_PROBABILITY)
    x = takes(_TENSORS)
    labels = takes(ANY, doc=_GIVEN)
    mixed = gives(_TENSORS)
    target = gives(VECTOR, doc=_TARGET)

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((vector(4), labels(3)), {"alpha": 1.0}),
            ((image(2, 4, 5), labels(3)), {"probability": 0.5}),
            ((sequence(6, 4), labels(2)), {}),
        )


@block("Sampling")
class CutMix(_Mixing):
    """Sets a box of another picture into each one while learning: (C, H, W) and a label () → (C, H, W) and (K,).

    One box for the whole batch; the shares of the classes are those of the areas (Yun et al. 2019, algorithm 1). Where
    no gradient is recorded, as when the held-out examples are measured, pictures and labels stay as they are.
    """

    source = "https://arxiv.org/abs/1905.04899"
    formula = "box of area 1 − λ, λ ~ Beta(α, α); target = λ t_i + (1 − λ) t_j"
    keywords = "augmentation mix paste patch box picture soft labels regularization"
    function = "cutmix"
    helpers = ("cutmix",)
    alpha: float = number(1.0, low=0.001, high=100.0, short="α {}", always=True, doc="1: boxes of any area alike.")
    probability: float = number(1.0, low=0.0, high=1.0, short="p {}", doc=_PROBABILITY)
    x = takes(IMAGE)
    labels = takes(ANY, doc=_GIVEN)
    mixed = gives(IMAGE)
    target = gives(VECTOR, doc=_TARGET)

    @classmethod
    def trials(cls) -> Trials:
        return (((image(2, 4, 5), labels(3)), {"probability": 0.5}), ((image(1, 8, 8), labels(10)), {"alpha": 0.2}))
