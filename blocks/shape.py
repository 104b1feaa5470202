"""What flows along a wire: the sizes of one example, what the axes mean, and the kind of number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import prod


class Meaning(StrEnum):
    """What the axes of a tensor stand for; a port says which of these it takes."""

    SCALAR = "scalar"  # ()
    VECTOR = "vector"  # (features,)
    SEQUENCE = "sequence"  # (time, features), as batch-first recurrent layers read it
    SIGNAL = "signal"  # (channels, length), as 1-d convolutions read it
    IMAGE = "image"  # (channels, height, width)
    VOLUME = "volume"  # (channels, depth, height, width)
    TOKENS = "tokens"  # (time,) of whole numbers
    TENSOR = "tensor"  # anything else


SCALAR = (Meaning.SCALAR,)
VECTOR = (Meaning.VECTOR,)
SEQUENCE = (Meaning.SEQUENCE,)
SIGNAL = (Meaning.SIGNAL,)
IMAGE = (Meaning.IMAGE,)
VOLUME = (Meaning.VOLUME,)
TOKENS = (Meaning.TOKENS,)
ANY = tuple(Meaning)
FLOATS = tuple(m for m in Meaning if m is not Meaning.TOKENS)

RANK = {
    Meaning.SCALAR: 0,
    Meaning.VECTOR: 1,
    Meaning.SEQUENCE: 2,
    Meaning.SIGNAL: 2,
    Meaning.IMAGE: 3,
    Meaning.VOLUME: 4,
    Meaning.TOKENS: 1,
}
BYTES = {"float32": 4, "int64": 8, "bool": 1}
_BY_RANK = (Meaning.SCALAR, Meaning.VECTOR, Meaning.SEQUENCE, Meaning.IMAGE, Meaning.VOLUME)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """Sizes of one example without the batch, the meaning of its axes and its dtype.

    Equal shapes are one object (see `shape_of`), so comparing and hashing cost a pointer.
    `classes` is how many values whole numbers range over (labels, tokens), 0 where unknown or not whole.
    """

    sizes: tuple[int, ...]
    meaning: Meaning
    dtype: str = "float32"
    classes: int = 0

    @property
    def rank(self) -> int:
        """How many axes, the batch not counted."""
        return len(self.sizes)

    @property
    def channels(self) -> int:
        """The size of the axis that convolutions and batch norms treat as channels: the first."""
        return self.sizes[0]

    @property
    def features(self) -> int:
        """The size of the last axis, which Linear and recurrent layers read."""
        return self.sizes[-1]

    @property
    def space(self) -> tuple[int, ...]:
        """The axes after the channels: (length,), (height, width) or (depth, height, width)."""
        return self.sizes[1:]

    @property
    def numel(self) -> int:
        """Numbers in one example."""
        return prod(self.sizes)

    @property
    def bytes(self) -> int:
        """Bytes of one example."""
        return self.numel * BYTES[self.dtype]

    def with_sizes(self, *sizes: int) -> Shape:
        """The same meaning and dtype with other sizes."""
        return shape_of(sizes, self.meaning, self.dtype, self.classes)

    def with_channels(self, channels: int) -> Shape:
        """The same shape with another first axis."""
        return self.with_sizes(channels, *self.sizes[1:])

    def with_features(self, features: int) -> Shape:
        """The same shape with another last axis."""
        return self.with_sizes(*self.sizes[:-1], features)

    def __str__(self) -> str:
        """A plain tuple, as every message prints it."""
        return str(self.sizes)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return shape_of, (self.sizes, self.meaning, self.dtype, self.classes)


@cache
def _interned(sizes: tuple[int, ...], meaning: Meaning, dtype: str, classes: int) -> Shape:
    return Shape(sizes, meaning, dtype, classes)


def shape_of(
    sizes: tuple[int, ...],
    meaning: Meaning | None = None,
    dtype: str = "float32",
    classes: int = 0,
) -> Shape:
    """The one Shape of these sizes; the meaning follows from the number of axes where none is given."""
    return _interned(tuple(sizes), meaning or meaning_of_rank(len(sizes)), dtype, classes)


def meaning_of_rank(rank: int) -> Meaning:
    """What a tensor of so many axes most often is: a vector, a sequence, an image, a volume."""
    return _BY_RANK[rank] if rank < len(_BY_RANK) else Meaning.TENSOR


def dotted(sizes: tuple[int | str, ...]) -> str:
    """Sizes as written on a wire: `64 × 28 × 28`; a scalar is `1`."""
    return " × ".join(map(str, sizes)) or "1"


def channels_last(sizes: tuple[int | str, ...], meaning: Meaning) -> tuple[int | str, ...]:
    """Sizes in Keras's order: those of a signal, an image or a volume with the channels last, others as they are."""
    return (*sizes[1:], *sizes[:1]) if meaning in (Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME) else sizes


def image(channels: int, height: int, width: int) -> Shape:
    """An image of (channels, height, width)."""
    return shape_of((channels, height, width), Meaning.IMAGE)


def vector(features: int) -> Shape:
    """A vector of so many features."""
    return shape_of((features,), Meaning.VECTOR)


def sequence(time: int, features: int) -> Shape:
    """A sequence of (time, features)."""
    return shape_of((time, features), Meaning.SEQUENCE)


def labels(classes: int) -> Shape:
    """One whole number an example, below `classes`."""
    return shape_of((), Meaning.SCALAR, "int64", classes)


def tokens(time: int, vocabulary: int) -> Shape:
    """A row of `time` whole numbers below `vocabulary`."""
    return shape_of((time,), Meaning.TOKENS, "int64", vocabulary)
