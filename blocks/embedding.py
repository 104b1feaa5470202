"""Whole numbers turned into vectors: learned ones, and ones with a single 1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from blocks.block import At, Block, Change, Unfit, block, gives, takes
from blocks.call import Argument, Call, call, unless
from blocks.headings import last
from blocks.setting import choice, flag, number, whole
from blocks.shape import SCALAR, SEQUENCE, TOKENS, VECTOR, Meaning, Shape, labels, shape_of, tokens, vector
from blocks.weighted import Started


class _Lookup(Block):
    """A vector for every whole number: a row of them becomes a sequence, a single one a vector."""

    x = takes(TOKENS + SCALAR, doc="Whole numbers: (time,), or one an example.")
    y = gives(SEQUENCE + VECTOR)

    def _looked_up(self, x: Shape, features: int) -> Shape:
        if x.dtype != "int64":
            raise Unfit(f"{x} of {x.dtype}", "whole numbers", "Set the number of classes on the input.", port="x")
        return shape_of((*x.sizes, features), Meaning.SEQUENCE if x.meaning is Meaning.TOKENS else Meaning.VECTOR)

    @staticmethod
    def _leads(x: Shape, want: Shape | tuple[Meaning, ...]) -> bool:
        """Whether vectors for these numbers are wanted; how many numbers there are must be known."""
        if x.meaning not in TOKENS + SCALAR or not x.classes:
            return False
        given = Meaning.SEQUENCE if x.meaning is Meaning.TOKENS else Meaning.VECTOR
        return want.meaning is given and want.sizes[:-1] == x.sizes if isinstance(want, Shape) else given in want

    def _refuse_classes(self, x: Shape, most: int, setting: str) -> None:
        if x.classes > most:
            raise Unfit(
                f"numbers below {x.classes}",
                f"numbers below its {setting} of {most}",
                setting=setting,
                remedies=(Change({setting: x.classes}),),
            )


class _Table(Started, _Lookup):
    """What learned tables share."""

    max_norm: float | None = last(
        number(
            None,
            low=1e-6,
            optional=True,
            doc="The greatest length of a vector: longer ones are cut down as they are read.",
        )
    )
    norm_type: float = last(number(2.0, low=0.1, doc="The power of that length: 2 is the usual one."))
    scale_grad_by_freq: bool = last(
        flag(False, doc="Divide the gradient of a vector by how often it was read in the batch.")
    )
    sparse: bool = last(
        flag(
            False,
            doc="Give gradients of the rows that were read alone, which spares time in large tables: for SparseAdam.",
        )
    )

    if TYPE_CHECKING:  # declared by the subclasses
        num_embeddings: int
        padding_idx: int | None

    def _table(self) -> dict[str, Argument]:
        """The arguments that both tables have."""
        told = unless(None, padding_idx=self.padding_idx) | unless(None, max_norm=self.max_norm)
        told |= unless(2.0, norm_type=self.norm_type) | unless(False, scale_grad_by_freq=self.scale_grad_by_freq)
        return told | unless(False, sparse=self.sparse)

    def _begun(self, *inputs: Any) -> Iterator[str]:
        found = list(super()._begun(*inputs))
        yield from found
        if found and self.padding_idx is not None:  # what fills rows is to stay zero
            yield f"nn.init.zeros_({{}}.weight[{self.padding_idx}])"

    def _refuse_contradictions(self) -> None:
        if self.sparse and self.scale_grad_by_freq:
            raise Unfit(
                "scale_grad_by_freq with sparse",
                "one of them, for sparse gradients are not divided",
                setting="sparse",
                remedies=(Change({"sparse": False}), Change({"scale_grad_by_freq": False})),
            )
        if self.padding_idx is not None and self.padding_idx >= self.num_embeddings:
            raise Unfit(
                f"padding_idx {self.padding_idx}",
                f"a padding_idx below its num_embeddings of {self.num_embeddings}",
                setting="padding_idx",
                remedies=(Change({"padding_idx": 0}), Change({"padding_idx": None}, "Do without padding_idx")),
            )


@block("Linear")
class Embedding(_Table):
    """A learned vector for every word or class: (T,) → (T, embedding_dim), one number → (embedding_dim,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html"
    formula = "y_t = W[x_t]"
    keywords = "lookup table word token vocabulary class condition"
    widens = "embedding_dim"
    num_embeddings: int = whole(1000, low=1, short="{}", always=True, doc="How many different numbers may arrive.")
    embedding_dim: int = whole(64, low=1, short="{}", always=True, doc="Features of each vector.")
    padding_idx: int | None = whole(
        None, low=0, optional=True, doc="The number that fills short rows: its vector is zero and stays so."
    )

    def shape(self, x: Shape) -> Shape:
        self._refuse_classes(x, self.num_embeddings, "num_embeddings")
        self._refuse_contradictions()
        return self._looked_up(x, self.embedding_dim)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def module(self, x: Shape) -> Call:
        return call("nn.Embedding", self.num_embeddings, self.embedding_dim, **self._table())

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """A table with a row for each of the numbers, where vectors are wanted."""
        if not cls._leads(have, want):
            return None
        return cls(have.classes, want.features) if isinstance(want, Shape) else cls(have.classes)

    @classmethod
    def trials(cls) -> tuple[tuple[tuple[Shape, ...], dict[str, Any]], ...]:
        return (
            ((tokens(6, 20),), {"num_embeddings": 20, "embedding_dim": 3, "padding_idx": 19}),
            ((labels(7),), {"num_embeddings": 7, "embedding_dim": 3}),
        )


@block("Linear")
class EmbeddingBag(_Table):
    """The mean, sum or maximum of the learned vectors of some words, without their order: (T,) → (embedding_dim,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html"
    formula = "y = (1 / T) Σ W[x_t]"
    keywords = "bag of words lookup table fasttext text classification vocabulary mean"
    widens = "embedding_dim"
    num_embeddings: int = whole(1000, low=1, short="{}", always=True, doc="How many different numbers may arrive.")
    embedding_dim: int = whole(64, low=1, short="{}", always=True, doc="Features of each vector.")
    mode: str = choice("mean", ("mean", "sum", "max"), short="{}", always=True, doc="How the vectors become one.")
    padding_idx: int | None = whole(None, low=0, optional=True, doc="The number that fills short rows: left out.")
    x = takes(TOKENS, doc="Whole numbers: (time,).")
    y = gives(VECTOR)

    def shape(self, x: Shape) -> Shape:
        self._refuse_classes(x, self.num_embeddings, "num_embeddings")
        self._refuse_contradictions()
        if x.dtype != "int64":
            raise Unfit(f"{x} of {x.dtype}", "whole numbers", "Set the number of classes on the input.", port="x")
        if self.sparse and self.mode == "max":
            remedies = (Change({"sparse": False}), Change({"mode": "mean"}))
            raise Unfit("sparse with mode max", "sparse with a mean or a sum", setting="sparse", remedies=remedies)
        return vector(self.embedding_dim)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def module(self, x: Shape) -> Call:
        told = unless("mean", mode=self.mode) | self._table()
        return call("nn.EmbeddingBag", self.num_embeddings, self.embedding_dim, **told)

    @classmethod
    def trials(cls) -> tuple[tuple[tuple[Shape, ...], dict[str, Any]], ...]:
        small: dict[str, Any] = {"num_embeddings": 20, "embedding_dim": 3}
        return tuple(((tokens(6, 20),), small | {"mode": mode, "padding_idx": 0}) for mode in ("mean", "sum", "max"))


@block("Linear")
class OneHot(_Lookup):
    """A 1 at the place of the number and 0 elsewhere: (T,) → (T, num_classes), one number → (num_classes,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html"
    formula = "y_t,k = 1 where k = x_t, else 0"
    keywords = "indicator dummy class condition"
    num_classes: int = whole(
        0, low=0, short="{}", doc="How many different numbers there are; 0: as many as what arrives says."
    )

    def shape(self, x: Shape) -> Shape:
        if not self._classes(x):
            raise Unfit(
                "whole numbers of unknown range",
                "a num_classes, as what arrives does not say how many there are",
                setting="num_classes",
                remedies=(Change({"num_classes": 10}),),
            )
        self._refuse_classes(x, self._classes(x), "num_classes")
        return self._looked_up(x, self._classes(x))

    def _classes(self, x: Shape) -> int:
        return self.num_classes or x.classes

    def forward(self, at: At) -> str:
        return f"F.one_hot({at.x}, {self._classes(at.shape)}).float()"

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        fits = not isinstance(want, Shape) or want.sizes[-1:] == (have.classes,)
        return cls() if cls._leads(have, want) and fits else None

    @classmethod
    def trials(cls) -> tuple[tuple[tuple[Shape, ...], dict[str, Any]], ...]:
        return ((tokens(6, 20),), {}), ((labels(7),), {"num_classes": 9})
