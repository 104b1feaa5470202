"""Losses: one number for a batch that says how far a result is from what is wanted; training makes it small."""

from __future__ import annotations

from typing import Any, ClassVar

from blocks.block import At, Block, Change, Unfit, Widen, block, gives, takes
from blocks.call import Argument, Call, unless
from blocks.numbers import numbers
from blocks.setting import choice, number, whole
from blocks.shape import (
    ANY,
    FLOATS,
    IMAGE,
    SCALAR,
    SEQUENCE,
    SIGNAL,
    VECTOR,
    VOLUME,
    Meaning,
    Shape,
    image,
    labels,
    sequence,
    shape_of,
    tokens,
    vector,
)

SCORES = VECTOR + SEQUENCE + SIGNAL + IMAGE + VOLUME
_CHANNELS_FIRST = {Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME}
Trials = tuple[tuple[tuple[Shape, ...], dict[str, Any]], ...]


class Judgement(Block):
    """One number for the whole batch, most often from a result and what is wanted; the ports come in this order."""

    batchless: ClassVar[bool] = True
    of_scores: ClassVar[tuple[str, ...]] = ()  # ports at whose scores it takes the softmax or sigmoid itself
    better: ClassVar[str] = "lower"  # or "higher": which of two numbers is the better one
    halved: ClassVar[bool] = True  # whether torch takes what arrives in 16 bits

    def shape(self, *inputs: Any) -> Shape:
        self.refuse(*inputs)
        return shape_of(())

    def refuse(self, *inputs: Any) -> None:
        """Raises Unfit where what arrives cannot be compared."""

    def named(self) -> dict[str, Argument]:
        """The keywords of the function, or of the module."""
        return {}

    def compared(self, at: At) -> tuple[str, ...]:
        """How what arrives is written as the function, or the module, takes it."""
        return as_floats(at)

    def weighed(self, at: At) -> list[str]:
        """The keywords of the function that are tensors, made beside what arrives."""
        return []


class Criterion(Judgement):
    """What training makes small."""

    role = "loss"


class Loss(Criterion):
    """A loss that is a function of torch's."""

    function: ClassVar[str] = ""
    reduction: str = choice("mean", ("mean", "sum"), doc="The mean over the batch, or the sum of all its errors.")

    def named(self) -> dict[str, Argument]:
        return unless("mean", reduction=self.reduction)

    def alone(self) -> str:
        return "sums the errors of a batch" if self.reduction == "sum" else ""

    def forward(self, at: At) -> str:
        told = [*self.compared(at), *self.weighed(at), *Call("", (), self.named()).told()]
        return f"F.{self.function}({', '.join(told)})"


class Carried(Judgement):
    """A judgement that torch lacks: a module without weights, which the printed code carries along."""

    name: ClassVar[str] = ""

    def module(self, *inputs: Any) -> Call:
        return Call(self.name, (), self.named())

    def forward(self, at: At) -> str:
        return f"{at.module}({', '.join(self.compared(at))})"


def feature_axis(x: Shape) -> int:
    """Which axis of one example runs over the scores: the channels of an image, else the last."""
    return 0 if x.meaning in _CHANNELS_FIRST else x.rank - 1


def _places(x: Shape) -> tuple[int, ...]:
    """The sizes without the axis of the scores."""
    axis = feature_axis(x)
    return x.sizes[:axis] + x.sizes[axis + 1 :]


def weighed_alone(weights: tuple[float, ...], ignored: int | None) -> str:
    """What a mean does that is divided by what the labels of a batch weigh; empty where all weigh the same."""
    return "divides by what the labels of a batch weigh" if weights or ignored is not None else ""


def refuse_labels(logits: Shape, given: Shape) -> None:
    """Raises Unfit unless there is a whole number for every place of `logits`, and a score for every class."""
    scores = logits.sizes[feature_axis(logits)]
    if given.dtype != "int64":
        raise Unfit(f"{given} of {given.dtype}", "labels that are whole numbers, one class each", port="labels")
    if given.sizes != _places(logits):
        raise Unfit(given, f"labels {_places(logits)} for the logits {logits}", port="labels")
    if given.classes and given.classes != scores:
        raise Unfit(
            f"{scores} scores for {given.classes} classes",
            "a score for each class",
            f"Give the last layer {given.classes} results.",
            port="logits",
            remedies=(Widen(given.classes),),
        )


def refuse_weights(weights: tuple[float, ...], count: int, setting: str) -> None:
    """Raises Unfit unless there is a weight for each of `count` classes, or none at all."""
    if weights and len(weights) != count:
        remedies = (Change({setting: ()}, "Weigh all alike"),)
        raise Unfit(f"{len(weights)} weights", f"a weight for each of {count}", setting=setting, remedies=remedies)


def beside(name: str, values: tuple[float, ...]) -> str:
    """Numbers as a tensor on the device of another, and of its kind."""
    return f"{name}.new_tensor({list(values)!r})"


def refuse_binary(logits: Shape, given: Shape) -> None:
    """Raises Unfit unless `logits` hold one score for every label of two classes."""
    if given.dtype == "int64" and given.classes > 2:
        raise Unfit(f"{given.classes} classes", "labels of two classes", "Use CrossEntropy instead.", port="labels")
    refuse_unpaired(logits, given, "logits")


def refuse_unpaired(result: Shape, wanted: Shape, port: str) -> None:
    """Raises Unfit unless there is one number for each wanted one: of the same sizes, or (1,) with ()."""
    if result.sizes == wanted.sizes or _single(result, wanted):
        return
    axis, same_rank = feature_axis(result), result.rank == wanted.rank > 0
    rest = wanted.sizes[:axis] + wanted.sizes[axis + 1 :] if same_rank else wanted.sizes
    count = wanted.sizes[axis] if same_rank else 1
    raise Unfit(
        f"{result} for {wanted}",
        "one number for each wanted one",
        port=port,
        remedies=(Widen(count),) if result.rank and rest == _places(result) else (),
    )


def _single(result: Shape, wanted: Shape) -> bool:
    """Whether the result has an axis of one score that what is wanted leaves out."""
    return (
        result.rank == wanted.rank + 1 and result.sizes[feature_axis(result)] == 1 and _places(result) == wanted.sizes
    )


def as_floats(at: At) -> tuple[str, str]:
    """How a result and what is wanted are written so that both are floats with the same axes."""
    (result, wanted), (have, want) = pair(at)
    result = f"{result}.squeeze({feature_axis(have) + 1})" if have.rank > want.rank else result
    return result, wanted if want.dtype == "float32" else f"{wanted}.float()"


def pair(at: At) -> tuple[tuple[str, str], tuple[Shape, Shape]]:
    """The names and the shapes of a result and of what is wanted."""
    result, wanted = (str(name) for name in at.names.values())
    have, want = at.shapes.values()
    assert isinstance(have, Shape)
    assert isinstance(want, Shape)
    return (result, wanted), (have, want)


@block("Loss and metric")
class CrossEntropy(Loss):
    """Surprise at the right class, from scores before the softmax: logits (C,) and a label () → ().

    At every step of a sequence (T, C) with labels (T,), at every pixel of an image (C, H, W) with labels (H, W); the
    labels may also be probabilities of the shape of the logits. Label smoothing: Szegedy et al. 2016, section 7.
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html"
    formula = "L = −Σ q_k log softmax(z)_k,  q_k = (1 − ε) [k = label] + ε / K"
    keywords = "classification softmax log likelihood nll"
    function = "cross_entropy"
    of_scores = ("logits",)
    label_smoothing: float = number(
        0.0, low=0.0, high=0.99, short="smoothing {}", doc="Share ε of certainty that is spread over all classes."
    )
    ignore_index: int | None = whole(
        None, low=0, optional=True, short="without {}", doc="A label that does not count, as what fills short rows."
    )
    weight: tuple[float, ...] = numbers(
        low=0.0, short="weighted", doc="How much each class counts, where some are rare; empty: all alike."
    )
    logits = takes(SCORES, doc="Scores before the softmax.")
    labels = takes(ANY, doc="The right class of each, or probabilities of the shape of the logits.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_weights(self.weight, result.sizes[feature_axis(result)], "weight")
        if not _soft(result, wanted):
            refuse_labels(result, wanted)
        elif self.ignore_index is not None:
            raise Unfit(
                "probabilities",
                "labels that are whole numbers, of which one is ignored",
                setting="ignore_index",
                remedies=(Change({"ignore_index": None}, "Ignore no label"),),
            )

    def alone(self) -> str:
        return super().alone() or weighed_alone(self.weight, self.ignore_index)

    def named(self) -> dict[str, Argument]:
        told = unless(None, ignore_index=self.ignore_index) | unless(0.0, label_smoothing=self.label_smoothing)
        return super().named() | told

    def weighed(self, at: At) -> list[str]:
        return [f"weight={beside(at.x, self.weight)}"] if self.weight else []

    def compared(self, at: At) -> tuple[str, ...]:
        logits, given = classes_second(at)
        _, (have, want) = pair(at)
        if have.meaning is Meaning.SEQUENCE and _soft(have, want):
            given = f"{given}.transpose(1, 2)"
        return logits, given

    @classmethod
    def trials(cls) -> Trials:
        pixels = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
        return (
            ((vector(10), labels(10)), {"label_smoothing": 0.1}),
            ((sequence(6, 20), tokens(6, 20)), {"ignore_index": 0}),
            ((image(3, 4, 5), pixels), {"reduction": "sum"}),
            ((sequence(6, 4), sequence(6, 4)), {}),
            ((vector(3), labels(3)), {"weight": (1.0, 2.0, 0.5)}),
        )


def classes_second(at: At) -> tuple[str, str]:
    """How scores and labels are written with the classes right after the batch, as torch wants them."""
    (logits, given), (have, _) = pair(at)
    return f"{logits}.transpose(1, 2)" if have.meaning is Meaning.SEQUENCE else logits, given


def _soft(logits: Shape, given: Shape) -> bool:
    return given.dtype != "int64" and given.sizes == logits.sizes


@block("Loss and metric")
class BinaryCrossEntropy(Loss):
    """Surprise at yes or no, from one score before the sigmoid: logits (1,) and a label () → ().

    Several independent answers: logits (K,) and labels (K,); a mask: logits (1, H, W) and labels (H, W).
    """

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html"
    formula = "L = −t log σ(z) − (1 − t) log(1 − σ(z))"
    keywords = "two classes sigmoid bce logistic multi-label"
    function = "binary_cross_entropy_with_logits"
    of_scores = ("logits",)
    pos_weight: tuple[float, ...] = numbers(
        low=0.0, short="weighted", doc="How much a yes counts against a no: one number, or one for each answer."
    )
    logits = takes(SCORES, doc="Scores before the sigmoid.")
    labels = takes(ANY, doc="0 or 1 for each, or a probability.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_binary(result, wanted)
        if len(self.pos_weight) > 1:
            refuse_weights(self.pos_weight, result.sizes[feature_axis(result)], "pos_weight")

    def weighed(self, at: At) -> list[str]:
        return [f"pos_weight={spread_beside(at, self.pos_weight)}"] if self.pos_weight else []

    @classmethod
    def trials(cls) -> Trials:
        mask = shape_of((4, 5), Meaning.TENSOR, "int64", 2)
        return (
            ((vector(1), labels(2)), {}),
            ((vector(5), vector(5)), {"reduction": "sum"}),
            ((image(1, 4, 5), mask), {}),
            ((sequence(6, 1), tokens(6, 2)), {"pos_weight": (4.0,)}),
            ((image(2, 4, 5), image(2, 4, 5)), {"pos_weight": (4.0, 1.0)}),
        )


def spread_beside(at: At, values: tuple[float, ...]) -> str:
    """Numbers, one for each score, as a tensor that can be multiplied with the first input."""
    made, after = beside(at.x, values), at.shape.rank - 1 - feature_axis(at.shape)
    return f"{made}.view({', '.join(['-1', *['1'] * after])})" if after and len(values) > 1 else made


class Difference(Loss):
    """What the losses that compare numbers with numbers share."""

    prediction = takes(FLOATS)
    target = takes(ANY, doc="What was wanted, of the same shape; one number () fits a prediction (1,).")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_unpaired(result, wanted, "prediction")

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((vector(3), vector(3)), {}),
            ((vector(1), shape_of(())), {"reduction": "sum"}),
            ((image(2, 4, 5), image(2, 4, 5)), {}),
        )


@block("Loss and metric")
class MeanSquaredError(Difference):
    """Squares of the differences: prediction (F,) and target (F,) → ()."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html"
    formula = "L = mean (y − t)²"
    keywords = "regression mse l2"
    function = "mse_loss"


@block("Loss and metric")
class MeanAbsoluteError(Difference):
    """Sizes of the differences, less moved by outliers: prediction (F,) and target (F,) → ()."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html"
    formula = "L = mean |y − t|"
    keywords = "regression mae l1"
    function = "l1_loss"


@block("Loss and metric")
class SmoothL1(Difference):
    """Squared where small, absolute where large (Girshick 2015): prediction (F,) and target (F,) → ()."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.SmoothL1Loss.html"
    formula = "L = d² / 2β where d = |y − t| < β, else d − β / 2"
    keywords = "regression huber box robust"
    function = "smooth_l1_loss"
    beta: float = number(1.0, low=0.0, short="beta {}", doc="The difference at which it turns from square to line.")

    def named(self) -> dict[str, Argument]:
        return super().named() | unless(1.0, beta=self.beta)
