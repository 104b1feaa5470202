"""Products of two results: matrix products, Einstein sums, bilinear forms, and how alike two vectors are."""

from __future__ import annotations

import re
from math import prod

from blocks.activation import axis_of
from blocks.block import At, Block, Bridge, Trials, Unfit, block, gives, takes
from blocks.broadcast import listed
from blocks.call import Call, call, unless
from blocks.setting import BadSetting, flag, number, text, whole
from blocks.shape import FLOATS, VECTOR, Meaning, Shape, image, meaning_of_rank, sequence, shape_of, vector
from blocks.weighted import Weighted

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)
_EQUATION = re.compile(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)")


@block("Arithmetic")
class MatMul(Block):
    """The matrix product of two results along their last axes: (N, K), (K, M) → (N, M)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.matmul.html"
    formula = "y_nm = Σ_k left_nk · right_km"
    keywords = "matrix product dot attention batch bmm arithmetic"
    transpose: bool = flag(False, short="right transposed", doc="Turn the right one's last two axes round first.")
    left = takes(_TENSORS)
    right = takes(_TENSORS, doc="As many axes as the left one; all before the last two alike.")
    y = gives(_TENSORS)

    def shape(self, left: Shape, right: Shape) -> Shape:
        if left.rank < 2 or left.rank != right.rank or left.sizes[:-2] != right.sizes[:-2]:
            raise Unfit(listed((left, right)), "two matrices, or as many of them on both sides", port="right")
        inner, outer = right.sizes[-2:][::-1] if self.transpose else right.sizes[-2:]
        if left.sizes[-1] != inner:
            sizes = (*left.sizes[:-2], outer, left.sizes[-1]) if self.transpose else None
            want = right.with_sizes(*(sizes or (*left.sizes[:-2], left.sizes[-1], outer)))
            raise Unfit(
                listed((left, right)),
                f"{left.sizes[-1]} rows on the right, as the left has columns",
                "Transpose or project one of them.",
                port="right",
                remedies=(Bridge(want),),
            )
        return left.with_sizes(*left.sizes[:-1], outer)

    def macs(self, left: Shape, right: Shape, y: Shape) -> int:
        return y.numel * left.sizes[-1]

    def forward(self, at: At) -> str:
        return f"{at.names['left']} @ {at.names['right']}{'.mT' if self.transpose else ''}"

    @classmethod
    def trials(cls) -> Trials:
        heads = shape_of((2, 5, 4), Meaning.TENSOR)
        return (
            ((sequence(5, 4), sequence(4, 3)), {}),
            ((sequence(5, 4), sequence(3, 4)), {"transpose": True}),
            ((heads, heads), {"transpose": True}),
        )


@block("Arithmetic")
class Einsum(Block):
    """A sum over products of two results, by letters for their axes: (T, F), (S, F) → (T, S)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.einsum.html"
    formula = "y = Σ over the letters that are not in the result"
    keywords = "einstein sum tensor product contraction attention arithmetic"
    equation: str = text(
        "btf,bsf->bts", short="{}", doc="A letter for every axis, the batch first in all three: btf,bsf->bts."
    )
    left = takes(_TENSORS)
    right = takes(_TENSORS)
    y = gives(FLOATS)

    def __post_init__(self) -> None:
        super().__post_init__()
        terms = self._terms()
        if not terms or len({term[0] for term in terms}) > 1 or any(len(set(t)) < len(t) for t in terms):
            raise BadSetting("equation", "letters as in btf,bsf->bts, with the batch first everywhere", self.equation)
        if not set(terms[2]) <= {*terms[0], *terms[1]}:
            raise BadSetting("equation", "letters in the result that stand on the left", self.equation)

    def _terms(self) -> tuple[str, ...]:
        found = _EQUATION.fullmatch(self.equation.replace(" ", ""))
        return found.groups() if found else ()

    def _sizes(self, left: Shape, right: Shape) -> dict[str, int]:
        """The size behind every letter."""
        terms, known = self._terms(), dict[str, int]()
        for term, shape, port in ((terms[0], left, "left"), (terms[1], right, "right")):
            if len(term) - 1 != shape.rank:
                raise Unfit(
                    f"{shape.rank} axes {shape}", f"{len(term) - 1} axes beside the batch, as {term} says", port=port
                )
            for letter, size in zip(term[1:], shape.sizes, strict=True):
                if known.setdefault(letter, size) != size:
                    raise Unfit(
                        listed((left, right)), f"one size for {letter}, not {known[letter]} and {size}", port=port
                    )
        return known

    def shape(self, left: Shape, right: Shape) -> Shape:
        known = self._sizes(left, right)
        sizes = tuple(known[letter] for letter in self._terms()[2][1:])
        like = next((s for s in (left, right) if s.rank == len(sizes)), None)
        return shape_of(sizes, like.meaning if like else meaning_of_rank(len(sizes)))

    def macs(self, left: Shape, right: Shape, y: Shape) -> int:
        first, second, _ = self._terms()
        shared = set(first[1:]) & set(second[1:])
        return prod(self._sizes(left, right).values()) if shared or left.numel * right.numel == y.numel else 0

    def forward(self, at: At) -> str:
        return f'torch.einsum("{self.equation.replace(" ", "")}", {at.names["left"]}, {at.names["right"]})'

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((sequence(5, 4), sequence(3, 4)), {}),
            ((sequence(5, 4), sequence(4, 3)), {"equation": "bij,bjk->bik"}),
            ((image(4, 3, 2), image(5, 3, 2)), {"equation": "bchw,bdhw->bcd"}),
        )


@block("Arithmetic")
class GramMatrix(Block):
    """How much any two channels light up together, which tells the style (Gatys et al. 2016): (C, H, W) → (C, C)."""

    source = "https://arxiv.org/abs/1508.06576"
    formula = "y_cd = Σ x_c · x_d over all places"
    keywords = "gram style transfer texture correlation covariance channels features inner product"
    mean: bool = flag(False, short="mean", doc="Divide by the number of places, so that images of any size compare.")
    x = takes((Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME))
    y = gives((Meaning.SEQUENCE,))

    def shape(self, x: Shape) -> Shape:
        return sequence(x.channels, x.channels)

    def macs(self, x: Shape, y: Shape) -> int:
        return x.channels * x.numel

    def forward(self, at: At) -> str:
        axes = "thw"[3 - len(at.shape.space) :]
        product = f'torch.einsum("bc{axes},bd{axes}->bcd", {at.x}, {at.x})'
        return f"{product} / {prod(at.shape.space)}" if self.mean else product


@block("Arithmetic")
class CosineSimilarity(Block):
    """How alike two results point along an axis, from -1 to 1: (F,), (F,) → one number."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineSimilarity.html"
    formula = "y = left · right / (‖left‖ ‖right‖)"
    keywords = "angle distance similarity siamese embedding arithmetic"
    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis, the batch not counted, -1 the last; empty: the channels or features.",
    )
    eps: float = number(1e-8, low=0.0, high=1.0, doc="The least that the product of the lengths counts for.")
    left = takes(_TENSORS)
    right = takes(_TENSORS)
    y = gives(FLOATS)

    def shape(self, left: Shape, right: Shape) -> Shape:
        return _paired(left, right, axis_of(self.dim, left))

    def module(self, left: Shape, right: Shape) -> Call:
        told = unless(1, dim=axis_of(self.dim, left) + 1) | unless(1e-8, eps=self.eps)
        return call("nn.CosineSimilarity", **told)


@block("Arithmetic")
class PairwiseDistance(Block):
    """How far two results are apart along their last axis: (F,), (F,) → one number."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.PairwiseDistance.html"
    formula = "y = ‖left - right‖_p"
    keywords = "euclidean l2 l1 siamese embedding contrastive triplet arithmetic"
    p: float = number(2.0, low=1.0, short="L{}", doc="The power of the length: 2 is the usual distance.")
    eps: float = number(1e-6, low=0.0, high=1.0, doc="Added to each difference.")
    left = takes(_TENSORS)
    right = takes(_TENSORS)
    y = gives(FLOATS)

    def shape(self, left: Shape, right: Shape) -> Shape:
        return _paired(left, right, left.rank - 1)

    def module(self, left: Shape, right: Shape) -> Call:
        return call("nn.PairwiseDistance", **unless(2.0, p=self.p), **unless(1e-6, eps=self.eps))


def _paired(left: Shape, right: Shape, axis: int) -> Shape:
    """What is left of two equal shapes when they are compared along an axis."""
    if left.sizes != right.sizes:
        raise Unfit(listed((left, right)), "inputs of one shape", port="right", remedies=(Bridge(left),))
    sizes = left.sizes[:axis] + left.sizes[axis + 1 :]
    return shape_of(sizes, meaning_of_rank(len(sizes)))


@block("Linear")
class Bilinear(Weighted):
    """Sums over all products of two vectors, learned: (F,), (G,) → (out_features,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Bilinear.html"
    formula = "y_k = left · W_k · right + b_k"
    keywords = "form interaction quadratic relation linear"
    widens = "out_features"
    out_features: int = whole(64, low=1, short="{}", always=True, doc="Features of the result.")
    bias: bool = flag(True, doc="Add a learned number to every feature.")
    left = takes((*VECTOR, Meaning.SEQUENCE))
    right = takes((*VECTOR, Meaning.SEQUENCE))
    y = gives((*VECTOR, Meaning.SEQUENCE))

    def shape(self, left: Shape, right: Shape) -> Shape:
        if left.sizes[:-1] != right.sizes[:-1]:
            raise Unfit(listed((left, right)), "two vectors, or sequences of one length", port="right")
        return left.with_features(self.out_features)

    def parameters(self, left: Shape, right: Shape) -> dict[str, tuple[int, ...]]:
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, left.features, right.features), **bias}

    def macs(self, left: Shape, right: Shape, y: Shape) -> int:
        rows = prod(left.sizes[:-1])
        return rows * self.out_features * left.features * right.features

    def module(self, left: Shape, right: Shape) -> Call:
        return call("nn.Bilinear", left.features, right.features, self.out_features, **unless(True, bias=self.bias))

    @classmethod
    def trials(cls) -> Trials:
        return (((vector(5), vector(3)), {"out_features": 4}), ((sequence(6, 5), sequence(6, 2)), {"bias": False}))
