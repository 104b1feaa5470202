"""Metrics of classes and masks that follow from counts over all examples: precision, recall, F1, overlap of areas."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, block, gives, takes
from blocks.loss import SCORES, Trials, classes_second, pair
from blocks.loss_dense import one_of_several, refuse_mask_of
from blocks.metric import Metric
from blocks.setting import choice, number
from blocks.shape import ANY, SCALAR, Meaning, Shape, image, labels, sequence, shape_of, tokens, vector


class _Counted(Metric):
    """What these metrics share: hits over hits and misses, by different weights of the misses."""

    better: ClassVar[str] = "higher"
    gathers = True
    helpers = ("class_counts", "share_hit")
    misses: ClassVar[tuple[float, float]] = (0.5, 0.5)  # what is marked wrongly, and what is missed
    average: str = choice(
        "macro",
        ("macro", "micro"),
        short="{}",
        doc="The mean over the classes that occur, or all counted together: frequent ones weigh more.",
    )
    threshold: float = number(0.5, low=0.0, high=1.0, doc="Of yes or no: the probability above which it is yes.")
    logits = takes(SCORES, doc="Scores before the softmax or sigmoid.")
    labels = takes(ANY, doc="The right class of each, or 0 or 1 for each score.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_mask_of(result, wanted)

    def gathered(self, at: At) -> str:
        logits, given = classes_second(at)
        _, (have, want) = pair(at)
        if have.meaning is Meaning.SEQUENCE and want.rank == have.rank:
            given = f"{given}.transpose(1, 2)"
        plain = self.threshold == 0.5 or one_of_several(have, want)
        return f"class_counts({logits}, {given}{'' if plain else f', {self.threshold!r}'})"

    def concluded(self, average: str) -> str:
        together = ".sum(dim=1, keepdim=True)" if self.average == "micro" else ""
        return f"share_hit({average}{together}, {', '.join(map(repr, self.misses))})"

    def forward(self, at: At) -> str:
        return self.concluded(self.gathered(at))

    @classmethod
    def trials(cls) -> Trials:
        pixels = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
        return (
            ((vector(10), labels(10)), {}),
            ((vector(1), labels(2)), {"threshold": 0.3}),
            ((vector(5), vector(5)), {"average": "micro"}),
            ((sequence(6, 4), tokens(6, 4)), {}),
            ((sequence(6, 4), sequence(6, 4)), {}),
            ((image(3, 4, 5), pixels), {}),
        )


@block("Loss and metric")
class Precision(_Counted):
    """Share of right ones among those that were given a class: logits (C,) and a label () → ()."""

    source = "https://en.wikipedia.org/wiki/Precision_and_recall"
    formula = "hits / (hits + marked wrongly)"
    keywords = "positive predictive value classes macro micro binary multi-label"
    misses: ClassVar[tuple[float, float]] = (1.0, 0.0)


@block("Loss and metric")
class Recall(_Counted):
    """Share of those of a class that were given it: logits (C,) and a label () → ()."""

    source = "https://en.wikipedia.org/wiki/Precision_and_recall"
    formula = "hits / (hits + missed)"
    keywords = "sensitivity true positive rate classes macro micro binary multi-label"
    misses: ClassVar[tuple[float, float]] = (0.0, 1.0)


@block("Loss and metric")
class F1(_Counted):
    """The harmonic mean of precision and recall: logits (C,) and a label () → ().

    With one score that of yes; with a score for each of several answers the mean over them.
    """

    title = "F1 score"
    source = "https://en.wikipedia.org/wiki/F-score"
    formula = "2 hits / (2 hits + marked wrongly + missed)"
    keywords = "f1 f-score f measure dice precision recall macro micro binary multi-label imbalance"


@block("Loss and metric")
class DiceScore(_Counted):
    """Twice the overlap of two areas over both, all examples together: logits (C, H, W) and a mask (H, W) → ()."""

    source = "https://doi.org/10.2307/1932409"
    formula = "2 |A ∩ B| / (|A| + |B|)"
    keywords = "segmentation sørensen overlap mask f1 medical"


@block("Loss and metric")
class MeanIoU(_Counted):
    """Overlap of two areas over their union, the mean over classes: logits (C, H, W) and a mask (H, W) → ()."""

    title = "Mean IoU"
    source = "https://en.wikipedia.org/wiki/Jaccard_index"
    formula = "mean |A ∩ B| / |A ∪ B|"
    keywords = "segmentation jaccard intersection union overlap mask"
    misses: ClassVar[tuple[float, float]] = (1.0, 1.0)
