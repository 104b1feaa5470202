"""Metrics: numbers that people judge a network by; nothing is trained on them."""

from __future__ import annotations

from typing import ClassVar

from blocks.block import At, Change, Unfit, block, gives, takes
from blocks.loss import (
    SCORES,
    Judgement,
    Trials,
    as_floats,
    classes_second,
    feature_axis,
    pair,
    refuse_binary,
    refuse_labels,
    refuse_unpaired,
)
from blocks.setting import flag, number, whole
from blocks.shape import ANY, FLOATS, SCALAR, Meaning, Shape, image, labels, sequence, shape_of, tokens, vector


class Metric(Judgement):
    """What people judge a network by."""

    role = "metric"


class _Share(Metric):
    """A share of right answers among classes."""

    better: ClassVar[str] = "higher"
    logits = takes(SCORES, doc="Scores; the largest is the answer.")
    labels = takes(ANY, doc="The right class of each.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_labels(result, wanted)

    @classmethod
    def trials(cls) -> Trials:
        pixels = shape_of((7, 5), Meaning.TENSOR, "int64", 6)
        inputs = ((vector(10), labels(10)), (sequence(7, 20), tokens(7, 20)), (image(6, 7, 5), pixels))
        return tuple((shapes, {}) for shapes in inputs)


@block("Loss and metric")
class Accuracy(_Share):
    """Share of examples whose largest score is at the right class: logits (C,) and a label () → ()."""

    formula = "mean [argmax z = label]"
    keywords = "classification right correct"

    def forward(self, at: At) -> str:
        (logits, given), (have, _) = pair(at)
        return f"({logits}.argmax(dim={feature_axis(have) + 1}) == {given}).float().mean()"


@block("Loss and metric")
class TopKAccuracy(_Share):
    """Share of examples whose right class is among the k largest scores: logits (C,) and a label () → ()."""

    formula = "mean [label ∈ the k largest of z]"
    keywords = "classification right correct top 5 imagenet"
    k: int = whole(5, low=1, short="{}", always=True, doc="How many of the largest scores count as answers.")

    def refuse(self, result: Shape, wanted: Shape) -> None:
        scores = result.sizes[feature_axis(result)]
        if self.k > scores:
            raise Unfit(f"{scores} scores", f"at least {self.k}", setting="k", remedies=(Change({"k": scores}),))
        refuse_labels(result, wanted)

    def forward(self, at: At) -> str:
        (logits, given), (have, _) = pair(at)
        dim = feature_axis(have) + 1
        best = f"{logits}.topk({self.k}, dim={dim}).indices"
        return f"({best} == {given}.unsqueeze({dim})).any(dim={dim}).float().mean()"


@block("Loss and metric")
class Perplexity(_Share):
    """Among how many words a model of language hesitates: exp of the cross-entropy: logits (V,) and a label () → ().

    Over many batches it is that of their average, not the average of theirs.
    """

    gathers = True

    better: ClassVar[str] = "lower"
    formula = "exp(mean −log softmax(z)[label])"
    keywords = "language model text cross entropy word token"

    def gathered(self, at: At) -> str:
        return f"F.cross_entropy({', '.join(classes_second(at))})"

    def concluded(self, average: str) -> str:
        return f"{average}.exp()"

    def forward(self, at: At) -> str:
        return self.concluded(self.gathered(at))


@block("Loss and metric")
class BinaryAccuracy(Metric):
    """Share of examples that one score puts on the right side of the threshold: logits (1,) and a label () → ()."""

    better: ClassVar[str] = "higher"
    formula = "mean [(σ(z) > threshold) = label]"
    keywords = "two classes right correct"
    threshold: float = number(0.5, low=0.0, high=1.0, short="{}", doc="The probability above which the answer is yes.")
    exact: bool = flag(False, short="all", doc="An example is right only where all of its answers are.")
    logits = takes(SCORES, doc="Scores before the sigmoid.")
    labels = takes(ANY, doc="0 or 1 for each.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_binary(result, wanted)

    def forward(self, at: At) -> str:
        logits, given = as_floats(at)
        yes = f"{logits} > 0" if self.threshold == 0.5 else f"{logits}.sigmoid() > {self.threshold!r}"
        right = f"(({yes}) == ({given.removesuffix('.float()')} > 0.5))"
        return f"{right}.flatten(1).all(dim=1).float().mean()" if self._several(at) else f"{right}.float().mean()"

    def _several(self, at: At) -> bool:
        _, (_, want) = pair(at)
        return self.exact and want.rank > 0

    @classmethod
    def trials(cls) -> Trials:
        one = vector(1), labels(2)
        return (one, {}), ((vector(5), vector(5)), {"threshold": 0.3}), ((vector(5), vector(5)), {"exact": True})


@block("Loss and metric")
class MeanAbsoluteDifference(Metric):
    """How far predictions are off on average, in the units of the target: prediction (F,) and target (F,) → ()."""

    formula = "mean |y − t|"
    keywords = "regression mae error"
    prediction = takes(FLOATS)
    target = takes(ANY, doc="What was wanted, of the same shape; one number () fits a prediction (1,).")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_unpaired(result, wanted, "prediction")

    def forward(self, at: At) -> str:
        prediction, target = as_floats(at)
        return f"({prediction} - {target}).abs().mean()"

    @classmethod
    def trials(cls) -> Trials:
        return ((vector(3), vector(3)), {}), ((vector(1), shape_of(())), {})


class _Explained(Metric):
    """What metrics share that follow from averages of squares over all examples."""

    better: ClassVar[str] = "higher"
    gathers = True
    helpers = ("moments", "explained")
    left: ClassVar[str] = ""
    prediction = takes(FLOATS)
    target = takes(ANY, doc="What was wanted, of the same shape; one number () fits a prediction (1,).")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_unpaired(result, wanted, "prediction")

    def gathered(self, at: At) -> str:
        return f"moments({', '.join(as_floats(at))})"

    def concluded(self, average: str) -> str:
        return f"explained({average}{self.left})"

    def forward(self, at: At) -> str:
        return self.concluded(self.gathered(at))

    @classmethod
    def trials(cls) -> Trials:
        return ((vector(3), vector(3)), {}), ((vector(1), shape_of(())), {}), ((image(2, 3, 3), image(2, 3, 3)), {})


@block("Loss and metric")
class R2(_Explained):
    """The share of the target's variance that predictions explain, an offset counted against them: (F,), (F,) → ().

    Over all examples together; of several numbers the mean of their shares. Worked out from averages of squares, which
    lose digits where a target is far from 0 for its spread.
    """

    title = "R²"
    source = "https://en.wikipedia.org/wiki/Coefficient_of_determination"
    formula = "1 − mean (y − t)² / Var(t)"
    keywords = "coefficient of determination regression r squared explained"


@block("Loss and metric")
class ExplainedVariance(_Explained):
    """The share of the target's variance that predictions explain, whatever their offset: (F,), (F,) → ().

    Over all examples together; of several numbers the mean of their shares.
    """

    source = "https://scikit-learn.org/stable/modules/model_evaluation.html#explained-variance-score"
    formula = "1 − Var(y − t) / Var(t)"
    keywords = "regression r2 variance explained"

    left: ClassVar[str] = ", offset=False"
