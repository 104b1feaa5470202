"""Losses of pairs and triplets: what belongs together is drawn together, the rest is pushed apart."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.block import At, Unfit, Widen, block, gives, takes
from blocks.call import Argument, Call, unless
from blocks.loss import Carried, Criterion, Loss, Trials, pair
from blocks.setting import choice, flag, number, whole
from blocks.shape import ANY, FLOATS, SCALAR, TOKENS, VECTOR, Shape, labels, shape_of, tokens, vector

_TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}Loss.html"
_SIGN = "1 or -1 for each; labels of two classes stand for -1 and 1."


def refuse_signs(result: Shape, signs: Shape, sizes: tuple[int, ...], port: str) -> None:
    """Raises Unfit unless there is a sign for each, as 1 and -1 or as labels of two classes."""
    if signs.dtype == "int64" and signs.classes != 2:
        raise Unfit(f"{signs.classes} classes", "labels of two classes, or 1 and -1", port=port)
    if signs.sizes != sizes:
        raise Unfit(f"{signs} for {result}", f"1 or -1 for each: {sizes}", port=port)


def as_signs(at: At, port: str) -> str:
    """How labels of two classes, or signs, are written as 1 and -1."""
    shape = at.shapes[port]
    assert isinstance(shape, Shape)
    return f"2 * {at.names[port]} - 1" if shape.dtype == "int64" else str(at.names[port])


def refuse_unlike(first: Shape, others: Mapping[str, Shape]) -> None:
    """Raises Unfit unless the others have the shape of the first."""
    for port, other in others.items():
        if other.sizes != first.sizes:
            remedies = (Widen(first.features),) if first.rank and first.sizes[:-1] == other.sizes[:-1] else ()
            raise Unfit(f"{other} beside {first}", "results of one shape", port=port, remedies=remedies)


def refuse_pair(first: Shape, second: Shape, given: Shape) -> None:
    """Raises Unfit unless two results are of one shape and one label says whether they belong together."""
    refuse_unlike(first, {"second": second})
    if given.sizes or given.classes > 2:
        raise Unfit(f"{given.classes} classes" if given.classes else given, "one label, 0 or 1", port="labels")


@block("Loss and metric")
class SoftMargin(Loss):
    """Logistic loss of scores and signs: scores (F,) and 1 or -1 for each (F,) → ()."""

    source = _TORCH.format("SoftMargin")
    formula = "L = ln(1 + e^(−t z))"
    keywords = "logistic two classes sign"
    scores = takes(FLOATS)
    signs = takes(ANY, doc=_SIGN)
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_signs(result, wanted, result.sizes, "signs")

    def forward(self, at: At) -> str:
        (scores, signs), (_, want) = pair(at)
        against = f"(1 - 2 * {signs})" if want.dtype == "int64" else f"-{signs}"
        return f"F.softplus({against} * {scores}).{self.reduction}()"  # as torch's own, and exact far from 0

    @classmethod
    def trials(cls) -> Trials:
        return ((vector(5), vector(5)), {"reduction": "sum"}), ((vector(5), tokens(5, 2)), {})


@block("Loss and metric")
class HingeEmbedding(Loss):
    """Draws distances of 1s to 0 and pushes those of -1s beyond a margin: distances (F,) and signs (F,) → ()."""

    source = _TORCH.format("HingeEmbedding")
    formula = "L = d where t = 1, max(0, margin − d) where t = −1"
    keywords = "distance similar siamese contrastive"
    function = "hinge_embedding_loss"
    margin: float = number(1.0, short="margin {}", doc="How far apart is enough.")
    distance = takes(FLOATS, doc="As a PairwiseDistance gives it.")
    signs = takes(ANY, doc=_SIGN)
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        refuse_signs(result, wanted, result.sizes, "signs")

    def named(self) -> dict[str, Argument]:
        return unless(1.0, margin=self.margin) | super().named()

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0][0], as_signs(at, "signs")

    @classmethod
    def trials(cls) -> Trials:
        return ((shape_of(()), labels(2)), {"margin": 2.0}), ((vector(5), vector(5)), {"reduction": "sum"})


@block("Loss and metric")
class CosineEmbedding(Loss):
    """Turns pairs of 1 to one direction and pairs of -1 away from each other: (F,), (F,) and a sign () → ()."""

    source = _TORCH.format("CosineEmbedding")
    formula = "L = 1 − cos(a, b) where t = 1, max(0, cos(a, b) − margin) where t = −1"
    keywords = "angle similarity siamese pair"
    function = "cosine_embedding_loss"
    margin: float = number(0.0, low=-1.0, high=1.0, short="margin {}", doc="The cosine below which apart is enough.")
    first = takes(VECTOR)
    second = takes(VECTOR)
    signs = takes(SCALAR + TOKENS, doc=_SIGN)
    y = gives(SCALAR)

    def refuse(self, first: Shape, second: Shape, signs: Shape) -> None:
        refuse_unlike(first, {"second": second})
        refuse_signs(first, signs, (), "signs")

    def named(self) -> dict[str, Argument]:
        return unless(0.0, margin=self.margin) | super().named()

    def compared(self, at: At) -> tuple[str, ...]:
        return str(at.names["first"]), str(at.names["second"]), as_signs(at, "signs")

    @classmethod
    def trials(cls) -> Trials:
        pairs = vector(4), vector(4)
        return ((*pairs, labels(2)), {"margin": 0.5}), ((*pairs, shape_of(())), {"reduction": "sum"})


@block("Loss and metric")
class MarginRanking(Loss):
    """Asks that the first score leads the second by a margin where the sign is 1, else trails: (), (), () → ()."""

    source = _TORCH.format("MarginRanking")
    formula = "L = max(0, −t (a − b) + margin)"
    keywords = "order rank preference pairwise hinge"
    function = "margin_ranking_loss"
    margin: float = number(0.0, short="margin {}", doc="By how much it shall lead.")
    first = takes(FLOATS)
    second = takes(FLOATS)
    signs = takes(ANY, doc=_SIGN)
    y = gives(SCALAR)

    def refuse(self, first: Shape, second: Shape, signs: Shape) -> None:
        refuse_unlike(first, {"second": second})
        refuse_signs(first, signs, first.sizes, "signs")

    def named(self) -> dict[str, Argument]:
        return unless(0.0, margin=self.margin) | super().named()

    def compared(self, at: At) -> tuple[str, ...]:
        return str(at.names["first"]), str(at.names["second"]), as_signs(at, "signs")

    @classmethod
    def trials(cls) -> Trials:
        one = shape_of(())
        return ((one, one, labels(2)), {"margin": 0.5}), ((vector(3),) * 3, {"reduction": "sum"})


@block("Loss and metric")
class TripletMargin(Loss):
    """Asks that what belongs to an anchor is nearer to it than what does not, by a margin: (F,), (F,), (F,) → ()."""

    source = _TORCH.format("TripletMarginWithDistance")
    formula = "L = max(0, d(anchor, positive) − d(anchor, negative) + margin)"
    keywords = "triplet metric learning embedding facenet siamese distance"
    function = "triplet_margin_loss"
    margin: float = number(1.0, low=1e-6, short="margin {}", doc="By how much nearer.")
    distance: str = choice(
        "p-norm",
        ("p-norm", "squared", "cosine"),
        short="{}",
        doc="How far is far: a length, its square (FaceNet), or 1 - the cosine of the angle.",
    )
    p: float = number(2.0, low=1.0, short="L{}", doc="The power of the length, where it is one.")
    eps: float = number(1e-6, low=1e-38, high=1.0, doc="Added to differences, so that a slope at 0 is finite.")
    swap: bool = flag(False, short="swap", doc="Compare with the nearer of anchor and positive (Balntas et al. 2016).")
    anchor = takes(VECTOR)
    positive = takes(VECTOR, doc="What belongs to the anchor.")
    negative = takes(VECTOR, doc="What does not.")
    y = gives(SCALAR)

    def refuse(self, anchor: Shape, positive: Shape, negative: Shape) -> None:
        refuse_unlike(anchor, {"positive": positive, "negative": negative})

    def named(self) -> dict[str, Argument]:
        lengths = unless(2.0, p=self.p) | unless(1e-6, eps=self.eps) if self.distance == "p-norm" else {}
        return unless(1.0, margin=self.margin) | lengths | unless(False, swap=self.swap) | super().named()

    def forward(self, at: At) -> str:
        if self.distance == "p-norm":
            return super().forward(at)
        measured = {"squared": "(a - b).square().sum(dim=1)", "cosine": "1 - F.cosine_similarity(a, b)"}[self.distance]
        told = [*self.compared(at), f"distance_function=lambda a, b: {measured}", *Call("", (), self.named()).told()]
        return f"F.triplet_margin_with_distance_loss({', '.join(told)})"

    def compared(self, at: At) -> tuple[str, ...]:
        return tuple(str(name) for name in at.names.values())

    @classmethod
    def trials(cls) -> Trials:
        three = (vector(4),) * 3
        return (three, {"distance": "cosine", "swap": True}), (three, {"distance": "squared", "reduction": "sum"})


@block("Loss and metric")
class ContrastiveLoss(Criterion, Carried):
    """Draws pairs that belong together to one place, pushes others beyond a margin: (F,), (F,) and a label () → ()."""

    source = "https://doi.org/10.1109/CVPR.2006.100"
    formula = "L = mean of D² / 2 where alike, max(0, margin − D)² / 2 else, D = ‖a − b‖"
    keywords = "hadsell siamese pair embedding metric learning distance similar"
    name = "ContrastiveLoss"
    margin: float = number(1.0, low=1e-6, short="margin {}", always=True, doc="How far apart is enough.")
    alike: int = whole(1, low=0, high=1, doc="The label of a pair that belongs together; 0 in Hadsell et al. 2006.")
    first = takes(VECTOR)
    second = takes(VECTOR)
    labels = takes(SCALAR + TOKENS, doc="Whether the two belong together: 0 or 1.")
    y = gives(SCALAR)

    def refuse(self, first: Shape, second: Shape, given: Shape) -> None:
        refuse_pair(first, second, given)

    def module(self, *inputs: Shape) -> Call:
        return Call(self.name, (self.margin,))

    def compared(self, at: At) -> tuple[str, ...]:
        given = f"1 - {at.names['labels']}" if self.alike == 0 else str(at.names["labels"])
        return str(at.names["first"]), str(at.names["second"]), given

    @classmethod
    def trials(cls) -> Trials:
        pairs = vector(4), vector(4)
        return ((*pairs, labels(2)), {"alike": 0}), ((*pairs, shape_of(())), {"margin": 2.0})


@block("Loss and metric")
class HardestTriplet(Criterion, Carried):
    """A triplet loss that finds its triplets in the batch: embeddings (F,) and a label () → ().

    For every example the farthest of its own label and the nearest of another (Hermans et al. 2017, batch hard); each
    label should stand several times in a batch.
    """

    source = "https://arxiv.org/abs/1703.07737"
    formula = "L = mean max(0, margin + max_same ‖a − p‖ − min_other ‖a − n‖)"
    keywords = "triplet mining batch hard metric learning embedding siamese facenet re-identification"
    name = "HardestTriplet"
    margin: float = number(0.2, low=0.0, short="margin {}", always=True, doc="By how much nearer its own shall be.")
    embeddings = takes(VECTOR)
    labels = takes(SCALAR + TOKENS, doc="Which belong together: a whole number.")
    y = gives(SCALAR)

    def refuse(self, result: Shape, wanted: Shape) -> None:
        if wanted.dtype != "int64" or wanted.sizes:
            raise Unfit(f"{wanted} of {wanted.dtype}", "a label that is one whole number", port="labels")

    def alone(self) -> str:
        return "compares the examples of a batch"

    def module(self, *inputs: Shape) -> Call:
        return Call(self.name, (self.margin,))

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(4), labels(2)), {}),)


class _InBatch(Criterion, Carried):
    """What losses share that tell each pair of a batch from all other pairs."""

    temperature: float = number(
        0.1, low=1e-4, high=1e4, short="τ {}", always=True, doc="Lower: what is nearly as alike counts more."
    )
    first = takes(VECTOR, doc="Embeddings of one view of the examples.")
    second = takes(VECTOR, doc="Embeddings of the other view, in the same order.")
    y = gives(SCALAR)

    def refuse(self, first: Shape, second: Shape) -> None:
        refuse_unlike(first, {"second": second})

    def alone(self) -> str:
        return "compares the examples of a batch"

    def module(self, *inputs: Shape) -> Call:
        return Call(self.name, (self.temperature,), self.named())

    def compared(self, at: At) -> tuple[str, ...]:
        return pair(at)[0]


@block("Loss and metric")
class InfoNCE(_InBatch):
    """Asks that each example finds its partner among all of the batch (van den Oord et al. 2018): (F,), (F,) → ()."""

    source = "https://arxiv.org/abs/1807.03748"
    formula = "L = −mean ln softmax_j(cos(a_i, b_j) / τ)_i"
    keywords = "contrastive self-supervised clip noise contrastive estimation retrieval in-batch negatives"
    name = "InfoNCE"
    symmetric: bool = flag(False, short="both ways", doc="Also let the partners find the examples, as CLIP does.")

    def named(self) -> dict[str, Argument]:
        return unless(False, symmetric=self.symmetric)


@block("Loss and metric")
class NTXent(_InBatch):
    """Asks that two views of an example find each other among all views of the batch: (F,), (F,) → ().

    Normalized temperature-scaled cross-entropy (Sohn 2016; SimCLR, Chen et al. 2020): both views of all others are
    what must be told apart.
    """

    title = "NT-Xent"
    source = "https://arxiv.org/abs/2002.05709"
    formula = "L = −mean ln (e^(cos(z_i, z_j) / τ) / Σ_k≠i e^(cos(z_i, z_k) / τ)), j the other view of i"
    keywords = "simclr contrastive self-supervised views augmentation in-batch negatives"
    name = "NTXent"
