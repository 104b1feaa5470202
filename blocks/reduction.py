"""Many numbers made one: sums, means and extremes along axes, and lengths brought to 1."""

from __future__ import annotations

from math import inf
from typing import ClassVar

from blocks.activation import axis_of
from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.elementwise import floating
from blocks.setting import flag, number, sizes, whole
from blocks.shape import FLOATS, SCALAR, TOKENS, Meaning, Shape, image, meaning_of_rank, sequence, shape_of

_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)
_SPATIAL = (Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME)
_CHANNELS_FIRST = {1: Meaning.VECTOR, 2: Meaning.SIGNAL, 3: Meaning.IMAGE, 4: Meaning.VOLUME}


class _Reduction(Block):
    """What reductions share: the axes they run over, and whether those stay with size 1."""

    source = "https://docs.pytorch.org/docs/stable/torch.html#reduction-ops"
    printed: ClassVar[str] = ""
    axes: tuple[int, ...] = sizes(
        (-1,), low=-8, short="axes {}", always=True, doc="The axes it runs over, the batch not counted, -1 the last."
    )
    keepdim: bool = flag(False, doc="Keep the axes, with size 1.")
    x = takes(_TENSORS)
    y = gives(FLOATS)

    def shape(self, x: Shape) -> Shape:
        return reduced(floating(x), self._over(x), self.keepdim)

    def _over(self, x: Shape) -> tuple[int, ...]:
        """The axes counted from 0."""
        if not self.axes or any(not -x.rank <= a < x.rank for a in self.axes):
            raise Unfit(
                x,
                f"axes from {-x.rank} to {x.rank - 1}, not {self.axes}",
                setting="axes",
                remedies=(Change({"axes": (-1,)}),),
            )
        return tuple(sorted({a % x.rank for a in self.axes}))

    def window(self, x: Shape) -> tuple[tuple[float, float], ...] | None:
        if x.meaning not in _SPATIAL:
            return None
        over = self._over(x)
        return tuple((inf, n) if axis in over else (1, 1) for axis, n in enumerate(x.space, 1))

    def forward(self, at: At) -> str:
        over = tuple(a + 1 for a in self._over(at.shape))
        dim = f"dim={over[0] if len(over) == 1 else over}{', keepdim=True' if self.keepdim else ''}"
        return self.printed.format(x=at.x, dim=dim, **{name: repr(self.value(name)) for name in self.settings})

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((image(4, 6, 5),), {"axes": (1, 2)}),
            ((image(4, 6, 5),), {"axes": (0,)}),
            ((image(4, 6, 5),), {"axes": (0, -1), "keepdim": True}),
            ((sequence(5, 4),), {"axes": (0,)}),
            ((shape_of((2, 3, 4, 5)),), {"axes": (0, 1, 2, 3)}),
        )


def reduced(x: Shape, over: tuple[int, ...], keep: bool) -> Shape:
    """What is left of a shape after it was made one along some axes."""
    if keep:
        return x.with_sizes(*(1 if axis in over else n for axis, n in enumerate(x.sizes)))
    left = tuple(n for axis, n in enumerate(x.sizes) if axis not in over)
    channels_stay = x.meaning in _SPATIAL and 0 not in over and left
    return shape_of(left, _CHANNELS_FIRST[len(left)] if channels_stay else meaning_of_rank(len(left)))


@block("Arithmetic")
class Mean(_Reduction):
    """The mean along axes: (C, H, W) → (C, H)."""

    formula = "y = Σ x / n"
    keywords = "average reduce axis arithmetic"
    printed = "{x}.mean({dim})"


@block("Arithmetic")
class Sum(_Reduction):
    """The sum along axes: (C, H, W) → (C, H)."""

    formula = "y = Σ x"
    keywords = "total reduce axis arithmetic"
    printed = "{x}.sum({dim})"


@block("Arithmetic")
class Largest(_Reduction):
    """The largest number along axes: (C, H, W) → (C, H)."""

    formula = "y = max x"
    keywords = "maximum amax reduce axis arithmetic"
    printed = "{x}.amax({dim})"


@block("Arithmetic")
class Smallest(_Reduction):
    """The smallest number along axes: (C, H, W) → (C, H)."""

    formula = "y = min x"
    keywords = "minimum amin reduce axis arithmetic"
    printed = "{x}.amin({dim})"


@block("Arithmetic")
class StandardDeviation(_Reduction):
    """How far numbers lie from their mean along axes, at least a millionth: (C, H, W) → (C, H)."""

    formula = "y = √(Σ (x - mean)² / n + 10^(-12))"
    keywords = "std variance spread reduce axis arithmetic"
    printed = "{x}.var({dim}, correction=0).add(1e-12).sqrt()"


@block("Arithmetic")
class LogSumExp(_Reduction):
    """The logarithm of the sum of exponentials along axes, computed safely: (C, H, W) → (C, H)."""

    formula = "y = ln Σ e^x"
    keywords = "soft maximum reduce axis arithmetic"
    printed = "{x}.logsumexp({dim})"


@block("Arithmetic")
class VectorNorm(_Reduction):
    """The length of the numbers along axes: (C, H, W) → (C, H)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html"
    formula = "y = (Σ |x|^ord)^(1/ord)"
    keywords = "length euclidean distance l2 l1 reduce axis arithmetic"
    ord: float = number(2.0, low=1.0, short="L{}", doc="The power: 1 sums magnitudes, 2 is the usual length.")
    printed = "torch.linalg.vector_norm({x}, {ord}, {dim})"


class _AlongAxis(Block):
    """What looks along one axis."""

    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis, the batch not counted, -1 the last; empty: the channels or features.",
    )
    x = takes(_TENSORS)
    y = gives(_TENSORS)


@block("Arithmetic")
class ArgMax(_AlongAxis):
    """The place of the largest number along an axis, from 0: (classes,) → a whole number, (T, classes) → (T,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.argmax.html"
    stops = ("x",)
    formula = "y = the i with the largest x_i; no gradient passes"
    keywords = "index class prediction winner arithmetic"
    y = gives((*SCALAR, *TOKENS, Meaning.TENSOR))

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, floating(x))
        left = x.sizes[:axis] + x.sizes[axis + 1 :]
        meaning = (Meaning.SCALAR, Meaning.TOKENS)[len(left)] if len(left) < 2 else Meaning.TENSOR
        return shape_of(left, meaning, "int64", x.sizes[axis])

    def forward(self, at: At) -> str:
        return f"{at.x}.argmax(dim={axis_of(self.dim, at.shape) + 1})"


@block("Arithmetic")
class Normalize(_AlongAxis):
    """Scales numbers so that their length along an axis is 1, as embeddings to be compared: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html"
    formula = "y = x / max(‖x‖_p, 10^(-12))"
    keywords = "unit length l2 cosine embedding arithmetic"
    p: float = number(2.0, low=1.0, short="L{}", doc="The power of the length: 2 is the usual one.")

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, floating(x))
        return x

    def forward(self, at: At) -> str:
        power = "" if self.p == 2.0 else f"p={self.p!r}, "
        return f"F.normalize({at.x}, {power}dim={axis_of(self.dim, at.shape) + 1})"


@block("Arithmetic")
class CumulativeSum(_AlongAxis):
    """The running sum along an axis: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.cumsum.html"
    formula = "y_i = x_0 + … + x_i"
    keywords = "cumsum running total integral arithmetic"

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, floating(x))
        return x

    def forward(self, at: At) -> str:
        return f"{at.x}.cumsum(dim={axis_of(self.dim, at.shape) + 1})"
