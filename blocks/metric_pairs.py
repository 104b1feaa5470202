"""Metrics of pairs and triplets: whether what belongs together is near, and the rest is not."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, block, gives, takes
from blocks.call import Call
from blocks.loss import Carried, Trials
from blocks.loss_pairs import refuse_pair, refuse_unlike
from blocks.metric import Metric
from blocks.setting import number
from blocks.shape import SCALAR, TOKENS, VECTOR, Shape, labels, shape_of, vector


@block("Loss and metric")
class PairAccuracy(Metric, Carried):
    """Share of pairs that their distance tells right, alike where it is small: (F,), (F,) and a label () → ()."""

    better: ClassVar[str] = "higher"
    title = "Pair accuracy"
    source = "https://doi.org/10.1109/CVPR.2006.100"
    formula = "mean [(‖a − b‖ < threshold) = label]"
    keywords = "siamese verification distance same different"
    name = "PairAccuracy"
    threshold: float = number(0.5, low=0.0, short="{}", always=True, doc="The distance below which two are alike.")
    first = takes(VECTOR)
    second = takes(VECTOR)
    labels = takes(SCALAR + TOKENS, doc="1 where the two belong together, 0 where they do not.")
    y = gives(SCALAR)

    def refuse(self, first: Shape, second: Shape, given: Shape) -> None:
        refuse_pair(first, second, given)

    def module(self, *inputs: Shape) -> Call:
        return Call(self.name, (self.threshold,))

    def compared(self, at: At) -> tuple[str, ...]:
        return tuple(str(name) for name in at.names.values())

    @classmethod
    def trials(cls) -> Trials:
        pairs = vector(4), vector(4)
        return ((*pairs, labels(2)), {"threshold": 2.0}), ((*pairs, shape_of(())), {})


@block("Loss and metric")
class TripletAccuracy(Metric, Carried):
    """Share of anchors to which the positive is nearer than the negative: (F,), (F,), (F,) → ()."""

    better: ClassVar[str] = "higher"
    title = "Triplet accuracy"
    source = "https://arxiv.org/abs/1503.03832"
    formula = "mean [‖a − p‖ < ‖a − n‖]"
    keywords = "siamese ranking distance metric learning"
    name = "TripletAccuracy"
    anchor = takes(VECTOR)
    positive = takes(VECTOR, doc="What belongs to the anchor.")
    negative = takes(VECTOR, doc="What does not.")
    y = gives(SCALAR)

    def refuse(self, anchor: Shape, positive: Shape, negative: Shape) -> None:
        refuse_unlike(anchor, {"positive": positive, "negative": negative})

    def compared(self, at: At) -> tuple[str, ...]:
        return tuple(str(name) for name in at.names.values())

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(4),) * 3, {}),)
