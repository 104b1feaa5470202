"""The perceptron criterion: a loss whose gradient is the rule by which Rosenblatt's neuron learns."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import Unfit, block, gives, takes
from blocks.call import Argument, unless
from blocks.loss import SCORES, Carried, Criterion, Trials, refuse_unpaired
from blocks.setting import choice, number
from blocks.shape import ANY, SCALAR, Shape, labels, vector


@block("Loss and metric")
class PerceptronCriterion(Criterion, Carried):
    """With plain SGD the perceptron rule, w += η (t − o) x: result (K,) and targets of 0 or 1 (K,) → ().

    The result holds the sums before the threshold, or the answers of a Step whose gradient passes straight through.
    """

    source = "https://doi.org/10.1037/h0042519"
    formula = "L = Σ (o − t) z, o = 1 where z ≥ threshold, else 0;  of answers L = Σ (o − t)² / 2"
    keywords = "perceptron rule rosenblatt threshold neuron delta binary linear classifier"
    name: ClassVar[str] = "PerceptronCriterion"
    of: str = choice("sums", ("sums", "answers"), doc="What the result holds: sums, or what a threshold made of them.")
    threshold: float = number(0.0, short="≥ {}", doc="The sum from which the answer is 1.")
    result = takes(SCORES, doc="A number for each neuron.")
    target = takes(ANY, doc="0 or 1 for each; one label () fits a result (1,).")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if wanted.classes > 2:
            raise Unfit(f"{wanted.classes} classes", "labels of two classes", port="target")
        refuse_unpaired(result, wanted, "result")

    def named(self) -> dict[str, Argument]:
        if self.of == "answers":
            return {"of_answers": True}
        return unless(0.0, threshold=self.threshold)

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((vector(1), labels(2)), {}),
            ((vector(5), vector(5)), {"threshold": 0.5}),
            ((vector(1), labels(2)), {"of": "answers"}),
        )
