"""Losses of classes and of yes or no: margins, likelihoods, what is hard weighed more, and teachers."""

from __future__ import annotations

from typing import Any

from blocks.block import At, Unfit, Widen, block, gives, takes
from blocks.call import Argument, Call, unless
from blocks.loss import (
    SCORES,
    Carried,
    Criterion,
    Loss,
    Trials,
    as_floats,
    beside,
    classes_second,
    feature_axis,
    pair,
    refuse_binary,
    refuse_labels,
    refuse_unpaired,
    refuse_weights,
    spread_beside,
    weighed_alone,
)
from blocks.loss_dense import one_of_several, refuse_mask_of
from blocks.mask import masked, refuse_mask
from blocks.numbers import numbers
from blocks.setting import flag, number, whole
from blocks.shape import (
    ANY,
    SCALAR,
    SEQUENCE,
    TOKENS,
    VECTOR,
    Meaning,
    Shape,
    image,
    labels,
    sequence,
    shape_of,
    tokens,
    vector,
)

_TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}Loss.html"
_PIXELS = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
_PER_CLASS = "How much each class counts, where some are rare; empty: all alike."


@block("Loss and metric")
class NegativeLogLikelihood(Loss):
    """Surprise at the right class, from log-probabilities: (C,) and a label () → ().

    What follows a LogSoftmax; CrossEntropy is both in one. Sequences (T, C) and images (C, H, W) as there.
    """

    source = _TORCH.format("NLL")
    formula = "L = −w_label · ln p_label, the mean divided by Σ w_label"
    keywords = "nll classification log softmax likelihood"
    function = "nll_loss"
    ignore_index: int | None = whole(None, low=0, optional=True, short="without {}", doc="A label that does not count.")
    weight: tuple[float, ...] = numbers(low=0.0, short="weighted", doc=_PER_CLASS)
    log_probabilities = takes(SCORES, doc="What a LogSoftmax gives.")
    labels = takes(ANY, doc="The right class of each.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_labels(result, wanted)
        refuse_weights(self.weight, result.sizes[feature_axis(result)], "weight")

    def alone(self) -> str:
        return super().alone() or weighed_alone(self.weight, self.ignore_index)

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(None, ignore_index=self.ignore_index)

    def weighed(self, at: At) -> list[str]:
        return [f"weight={beside(at.x, self.weight)}"] if self.weight else []

    def compared(self, at: At) -> tuple[str, ...]:
        return classes_second(at)

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((vector(10), labels(10)), {}),
            ((sequence(6, 20), tokens(6, 20)), {"ignore_index": 0}),
            ((image(3, 4, 5), _PIXELS), {"weight": (1.0, 0.0, 2.5)}),
        )


@block("Loss and metric")
class MultiMargin(Loss):
    """Asks that the right class leads all others by a margin, as a support vector machine: (C,) and a label () → ()."""

    source = _TORCH.format("MultiMargin")
    formula = "L = Σ_k≠label w_label · max(0, margin − z_label + z_k)^p / C"
    keywords = "hinge svm support vector classification"
    function = "multi_margin_loss"
    margin: float = number(1.0, short="margin {}", doc="By how much the right score shall lead.")
    p: int = whole(1, low=1, high=2, short="^{}", doc="The power of what is missing: 1 or 2.")
    weight: tuple[float, ...] = numbers(low=0.0, short="weighted", doc=_PER_CLASS)
    logits = takes(VECTOR, doc="Scores, the largest of which is the answer.")
    labels = takes(SCALAR + TOKENS, doc="The right class.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_labels(result, wanted)
        refuse_weights(self.weight, result.features, "weight")

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(1, p=self.p) | unless(1.0, margin=self.margin)

    def weighed(self, at: At) -> list[str]:
        return [f"weight={beside(at.x, self.weight)}"] if self.weight else []

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]

    @classmethod
    def trials(cls) -> Trials:
        one = vector(3), labels(3)
        return (one, {}), (one, {"p": 2, "margin": 0.5, "weight": (1.0, 2.0, 0.5)})


@block("Loss and metric")
class MultiLabelMargin(Loss):
    """Asks that every right class leads every wrong one by 1: scores (C,) and the list of right classes (C,) → ()."""

    source = _TORCH.format("MultiLabelMargin")
    formula = "L = Σ_right Σ_wrong max(0, 1 − z_right + z_wrong) / C"
    keywords = "hinge svm several labels multi-label"
    function = "multilabel_margin_loss"
    logits = takes(VECTOR, doc="Scores of the classes.")
    labels = takes(TOKENS, doc="The right classes one after the other, then -1 up to the number of classes.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if wanted.sizes != result.sizes or wanted.classes > result.features:
            raise Unfit(wanted, f"{result.features} whole numbers, classes below {result.features}", port="labels")

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(5), tokens(5, 5)), {}),)


@block("Loss and metric")
class MultiLabelSoftMargin(Loss):
    """Surprise at several independent answers, their mean: scores (K,) and 0 or 1 for each (K,) → ()."""

    source = _TORCH.format("MultiLabelSoftMargin")
    formula = "L = −Σ_k w_k (t_k log σ(z_k) + (1 − t_k) log(1 − σ(z_k))) / K"
    keywords = "several labels multi-label sigmoid binary cross entropy"
    function = "multilabel_soft_margin_loss"
    of_scores = ("logits",)
    weight: tuple[float, ...] = numbers(low=0.0, short="weighted", doc=_PER_CLASS)
    logits = takes(VECTOR, doc="Scores before the sigmoid.")
    labels = takes(ANY, doc="0 or 1 for each.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            raise Unfit(wanted, f"0 or 1 for each of {result.features} scores", port="labels")
        refuse_binary(result, wanted)
        refuse_weights(self.weight, result.features, "weight")

    def weighed(self, at: At) -> list[str]:
        return [f"weight={beside(at.x, self.weight)}"] if self.weight else []

    @classmethod
    def trials(cls) -> Trials:
        one = vector(3), vector(3)
        return (one, {}), (one, {"weight": (1.0, 2.0, 0.5), "reduction": "sum"}), ((vector(5), tokens(5, 2)), {})


@block("Loss and metric")
class BinaryCrossEntropyOfProbabilities(Loss):
    """Surprise at yes or no, from a probability: (K,) and labels (K,) → ().

    What follows a Sigmoid, as the pixels of a picture that an autoencoder gives back; BinaryCrossEntropy takes scores
    and is exact where probabilities round to 0 or 1.
    """

    title = "Binary cross-entropy of probabilities"
    source = _TORCH.format("BCE")
    formula = "L = −t ln p − (1 − t) ln(1 − p), no logarithm below −100"
    keywords = "bce two classes sigmoid reconstruction autoencoder pixels multi-label"
    function = "binary_cross_entropy"
    halved = False
    weight: tuple[float, ...] = numbers(low=0.0, short="weighted", doc="How much each answer counts; empty: all alike.")
    probabilities = takes(SCORES, doc="From 0 to 1, as a Sigmoid gives them.")
    labels = takes(ANY, doc="0 or 1 for each, or a probability.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_binary(result, wanted)
        refuse_weights(self.weight, result.sizes[feature_axis(result)], "weight")

    def weighed(self, at: At) -> list[str]:
        return [f"weight={spread_beside(at, self.weight)}"] if self.weight else []

    @classmethod
    def trials(cls) -> Trials:
        mask = shape_of((4, 5), Meaning.TENSOR, "int64", 2)
        return (
            ((vector(1), labels(2)), {"reduction": "sum"}),
            ((image(1, 4, 5), mask), {}),
            ((vector(2), tokens(2, 2)), {"weight": (1.0, 3.0)}),
        )


@block("Loss and metric")
class CTC(Loss):
    """Surprise at a short row of labels, however they lie along a longer row of scores: (T, C) and labels (S,) → ().

    Connectionist temporal classification (Graves et al. 2006): all ways are summed to repeat labels and to put blanks
    between them. Short rows of labels are filled up with the blank.
    """

    source = "https://doi.org/10.1145/1143844.1143891"
    formula = "L = −ln Σ P(path) over the paths that become the labels, the mean of L / S"
    keywords = "connectionist temporal classification speech recognition handwriting alignment sequence"
    function = "ctc_loss"
    blank: int = whole(0, low=0, short="blank {}", doc="The class that says nothing, with which short rows are filled.")
    zero_infinity: bool = flag(False, doc="Let rows that are too short for their labels count nothing.")
    logits = takes(SEQUENCE, doc="Scores at each step before the softmax; log-probabilities are as good.")
    labels = takes(TOKENS, doc="The labels in order, the blank after the last.")
    mask = masked()
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape, mask: Shape | None = None) -> None:
        refuse_mask(result, mask)
        if self.blank >= result.features:
            raise Unfit(f"{result.features} scores", f"a class {self.blank} among them", setting="blank")
        if wanted.classes > result.features:
            told = f"{result.features} scores for {wanted.classes} classes"
            raise Unfit(told, "a score for each class", port="logits", remedies=(Widen(wanted.classes),))

    def named(self) -> dict[str, Argument]:
        return unless(0, blank=self.blank) | super().named() | unless(False, zero_infinity=self.zero_infinity)

    def compared(self, at: At) -> tuple[str, ...]:
        logits, given, mask = at.names["logits"], at.names["labels"], at.names["mask"]
        steps = f"{mask}.sum(dim=1)" if mask else f"[{at.shape.sizes[0]}] * len({logits})"
        scores = f"{logits}.log_softmax(dim=2).transpose(0, 1)"
        lengths = f"({given} != {self.blank}).sum(dim=1)"
        return scores, str(given), steps if mask else f"{given}.new_tensor({steps})", lengths

    @classmethod
    def trials(cls) -> Trials:
        one = sequence(8, 5), tokens(3, 5)
        return (((*one, tokens(8, 2)), {"blank": 4, "zero_infinity": True}),)


@block("Loss and metric")
class FocalLoss(Criterion, Carried):
    """Cross-entropy in which what is right already counts little: logits (C,) and a label () → ().

    With one score, or as many labels as scores, it is the loss of yes or no of Lin et al. 2017; else that of classes.
    """

    source = "https://arxiv.org/abs/1708.02002"
    formula = "L = −α_t (1 − p_t)^γ ln p_t, p_t the probability given to what is right"
    keywords = "imbalance rare classes retinanet detection hard examples segmentation cross entropy"
    name = "FocalLoss"
    of_scores = ("logits",)
    gamma: float = number(
        2.0, low=0.0, high=20.0, short="γ {}", always=True, doc="How little counts what is right already; 0: all alike."
    )
    alpha: tuple[float, ...] = numbers(
        low=0.0, short="weighted", doc="The weight of each class; of yes or no that of a yes, 1 - α is that of a no."
    )
    logits = takes(SCORES, doc="Scores before the sigmoid or softmax.")
    labels = takes(ANY, doc="The right class, or 0 or 1 for each score.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_mask_of(result, wanted)
        count = result.sizes[feature_axis(result)] if one_of_several(result, wanted) else 1
        refuse_weights(self.alpha, count, "alpha")

    def module(self, *inputs: Any) -> Call:
        return Call(self.name, (), self.named() | unless(False, binary=not one_of_several(*inputs)))

    def named(self) -> dict[str, Argument]:
        return {**unless(2.0, gamma=self.gamma), **unless((), alpha=self.alpha)}

    def compared(self, at: At) -> tuple[str, ...]:
        _, shapes = pair(at)
        return classes_second(at) if one_of_several(*shapes) else as_floats(at)

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((vector(3), labels(3)), {"alpha": (1.0, 2.0, 0.5)}),
            ((sequence(6, 4), tokens(6, 4)), {"gamma": 0.0}),
            ((image(3, 4, 5), _PIXELS), {}),
            ((vector(1), labels(2)), {"alpha": (0.25,)}),
            ((vector(5), vector(5)), {}),
        )


@block("Loss and metric")
class Distillation(Criterion):
    """How far a student's softened answers are from a teacher's: logits (C,) and the teacher's logits (C,) → ().

    Hinton et al. 2015: times T², so that the gradients stay of one size whatever the temperature. Nothing of it
    reaches the teacher.
    """

    source = "https://arxiv.org/abs/1503.02531"
    formula = "L = T² · KL(softmax(teacher / T) ‖ softmax(student / T))"
    keywords = "knowledge teacher student temperature soft targets compression kullback leibler"
    of_scores = ("student", "teacher")
    stops = ("teacher",)
    temperature: float = number(
        4.0, low=0.01, high=1e4, short="T {}", always=True, doc="Higher: the teacher's view of wrong classes counts."
    )
    student = takes(SCORES, doc="Scores before the softmax, of the network that learns.")
    teacher = takes(SCORES, doc="Scores of the network it learns from.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if result.sizes != wanted.sizes:
            refuse_unpaired(result, wanted, "student")
            raise Unfit(wanted, f"scores {result}, as the student gives", port="teacher")

    def forward(self, at: At) -> str:
        (student, teacher), (have, _) = pair(at)
        dim, hot = feature_axis(have) + 1, self.temperature
        places = have.numel // have.sizes[feature_axis(have)]
        own, taught = (
            f"({name} / {hot!r}).log_softmax(dim={dim})" if hot != 1.0 else f"{name}.log_softmax(dim={dim})"
            for name in (student, f"{teacher}.detach()")
        )
        told = f'F.kl_div({own}, {taught}, reduction="batchmean", log_target=True)'
        factor = hot**2 / places
        return told if factor == 1.0 else f"{factor!r} * {told}"

    @classmethod
    def trials(cls) -> Trials:
        one, row = vector(5), sequence(6, 4)
        return ((one, one), {"temperature": 1.0}), ((row, row), {"temperature": 2.0})
