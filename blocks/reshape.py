"""The same numbers in another arrangement: flattened, reshaped, with other axes first."""

from __future__ import annotations

from math import inf, isqrt, prod

from blocks.activation import axis_of
from blocks.block import At, Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import BadSetting, choice, sizes, whole
from blocks.shape import ANY, RANK, SIGNAL, Meaning, Shape, image, meaning_of_rank, sequence, shape_of

_TENSORS = tuple(m for m in ANY if m is not Meaning.SCALAR)
_CHANNELS_FIRST = {1: Meaning.VECTOR, 2: Meaning.SIGNAL, 3: Meaning.IMAGE, 4: Meaning.VOLUME}
_SPATIAL = (Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME)
_HOLDS_DOC = "What the axes of the result mean; auto goes by their number: vector, sequence, image, volume."


class _Rearranged(Block):
    """What these blocks share: every number stays, so what an output sees is no longer a window of the input."""

    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...] | None:
        return tuple((inf, n) for n in x.space) if x.meaning in _SPATIAL else None


def _arranged(x: Shape, sizes: tuple[int, ...], meaning: Meaning) -> Shape:
    """The numbers of `x` in other sizes; a row of whole numbers stays tokens."""
    if x.meaning is Meaning.TOKENS and len(sizes) == 1:
        meaning = Meaning.TOKENS
    return shape_of(sizes, meaning, x.dtype, x.classes)


def _held(holds: str, sizes: tuple[int, ...], otherwise: Meaning) -> Meaning:
    """The meaning that `holds` asks for; raises Unfit where it has another number of axes."""
    if holds == "auto":
        return otherwise
    if RANK.get(Meaning(holds), len(sizes)) != len(sizes):
        raise Unfit(
            f"{len(sizes)} axes {sizes}",
            f"{RANK[Meaning(holds)]} axes, as a {holds} has",
            setting="holds",
            remedies=(Change({"holds": "auto"}),),
        )
    return Meaning(holds)


@block("Join and reshape")
class Flatten(_Rearranged):
    """Lays all numbers of an example in a row: (C, H, W) → (C · H · W,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html"
    formula = "y_k = x_(c, i, j),  k = (c · H + i) · W + j"
    keywords = "vector reshape view fully connected"
    start: int = whole(
        0,
        low=0,
        high=7,
        short="from axis {}",
        doc="Axes before this one stay (the batch not counted); 1: the channels.",
    )

    def shape(self, x: Shape) -> Shape:
        if self.start >= x.rank:
            raise Unfit(x, f"more than {self.start} axes", setting="start", remedies=(Change({"start": 0}),))
        if self.start == x.rank - 1 and self.start:
            return x
        result = (*x.sizes[: self.start], prod(x.sizes[self.start :]))
        meaning = _CHANNELS_FIRST.get(len(result)) if x.meaning in _SPATIAL else meaning_of_rank(len(result))
        return _arranged(x, result, meaning or Meaning.TENSOR)

    def module(self, x: Shape) -> Call:
        return call("nn.Flatten", **unless(1, start_dim=self.start + 1))

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Turns anything of several axes into the vector that is wanted."""
        fits = want.sizes == (have.numel,) if isinstance(want, Shape) else Meaning.VECTOR in want
        return cls() if fits and have.rank > 1 else None

    @classmethod
    def trials(cls) -> Trials:
        return (((shape_of((2, 3, 4, 5)),), {"start": 2}), ((image(2, 3, 4),), {"start": 1}))


@block("Join and reshape")
class Reshape(_Rearranged):
    """The same numbers, in order, in other sizes: (16, 4, 4) → (256,), (784,) → (1, 28, 28)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.reshape.html"
    formula = "y_k = x_k, numbers counted along the last axis first"
    keywords = "view unflatten fold sizes"
    sizes: tuple[int, ...] = sizes(
        (-1,),
        low=-1,
        short="{}",
        always=True,
        doc="Sizes of the result without the batch; one may be -1: what is left.",
    )
    holds: str = choice("auto", ("auto", *(meaning.value for meaning in Meaning)), short="{}", doc=_HOLDS_DOC)

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 in self.sizes or self.sizes.count(-1) > 1 or not self.sizes:
            raise BadSetting("sizes", "whole numbers of at least 1, one of which may be -1", self.sizes)

    def shape(self, x: Shape) -> Shape:
        known = prod(n for n in self.sizes if n > 0)
        if x.numel % known or (-1 not in self.sizes and known != x.numel):
            raise Unfit(
                f"{x}, {x.numel:,} numbers",
                f"a multiple of {known:,} numbers" if -1 in self.sizes else f"{known:,} numbers for {self.sizes}",
                "Set one of the sizes to -1.",
                setting="sizes",
                remedies=tuple(Change({"sizes": s}) for s in self._loosened(x)),
            )
        result = tuple(x.numel // known if n < 0 else n for n in self.sizes)
        return _arranged(x, result, _held(self.holds, result, meaning_of_rank(len(result))))

    def _loosened(self, x: Shape) -> list[tuple[int, ...]]:
        """The sizes with one of them left open, where that divides."""
        opened = [tuple(-1 if i == at else n for i, n in enumerate(self.sizes)) for at in range(len(self.sizes))]
        return [s for s in opened if s.count(-1) == 1 and x.numel % prod(n for n in s if n > 0) == 0]

    def forward(self, at: At) -> str:
        batch = f"{at.x}.shape[0]" if -1 in self.sizes else "-1"
        return f"{at.x}.reshape({', '.join([batch, *map(str, self.sizes)])})"

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Folds a vector into the shape that is wanted, or into the square image it seems to be."""
        if have.meaning is not Meaning.VECTOR:
            return None
        if isinstance(want, Shape):
            fits = want.rank > 1 and want.numel == have.numel and want.meaning is meaning_of_rank(want.rank)
            return cls(want.sizes) if fits else None
        if Meaning.IMAGE not in want:
            return None
        squares = ((c, isqrt(have.numel // c)) for c in (1, 3))
        return next((cls((c, n, n)) for c, n in squares if c * n * n == have.numel and n > 3), None)

    @classmethod
    def trials(cls) -> Trials:
        changes: list[dict[str, object]] = [
            {"sizes": (6, -1)},
            {"sizes": (2, 3, 4)},
            {"sizes": (4, 6), "holds": "signal"},
            {"sizes": (1, 2, 3, 4, 1)},
        ]
        return tuple(((image(4, 3, 2),), change) for change in changes)


@block("Join and reshape")
class Permute(_Rearranged):
    """The axes in another order, such as (time, features) → (features, time) for a 1-d convolution."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.permute.html"
    formula = "y_(i, j, k) = x at the same places, its axes in another order"
    keywords = "transpose swap axes channels last first"
    axes: tuple[int, ...] = sizes(
        (1, 0),
        low=0,
        short="{}",
        always=True,
        doc="Which axis comes first, second, …, counted from 0 without the batch: (2, 0, 1) puts the last one first.",
    )
    holds: str = choice("auto", ("auto", *(meaning.value for meaning in Meaning)), short="{}", doc=_HOLDS_DOC)

    def __post_init__(self) -> None:
        super().__post_init__()
        if sorted(self.axes) != list(range(len(self.axes))):
            raise BadSetting("axes", "each of 0, 1, 2, … once, in any order", self.axes)

    def shape(self, x: Shape) -> Shape:
        if len(self.axes) != x.rank:
            back = tuple(range(x.rank))
            raise Unfit(
                x,
                f"{len(self.axes)} axes, to be put in the order {self.axes}",
                setting="axes",
                remedies=(Change({"axes": back[::-1]}), Change({"axes": (*back[1:], 0)})),
            )
        result = tuple(x.sizes[axis] for axis in self.axes)
        return _arranged(x, result, _held(self.holds, result, self._meaning(x)))

    def _meaning(self, x: Shape) -> Meaning:
        swapped = {Meaning.SEQUENCE: Meaning.SIGNAL, Meaning.SIGNAL: Meaning.SEQUENCE}
        return swapped.get(x.meaning, x.meaning) if self.axes[0] else x.meaning

    def window(self, x: Shape) -> tuple[tuple[float, float], ...] | None:
        return None if x.meaning in SIGNAL or self.axes == tuple(range(x.rank)) else super().window(x)

    def forward(self, at: At) -> str:
        return f"{at.x}.permute({', '.join(str(n) for n in (0, *(a + 1 for a in self.axes)))})"

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """Turns a sequence into a signal and back."""
        other = {Meaning.SEQUENCE: Meaning.SIGNAL, Meaning.SIGNAL: Meaning.SEQUENCE}.get(have.meaning)
        if isinstance(want, Shape):
            return cls() if want.meaning is other and want.sizes == have.sizes[::-1] else None
        return cls() if other in want else None

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((image(4, 3, 2),), {"axes": (2, 0, 1)}),
            ((shape_of((2, 3, 4, 5)),), {"axes": (3, 1, 0, 2), "holds": "tensor"}),
        )


@block("Join and reshape")
class Squeeze(_Rearranged):
    """Drops axes of size 1: (C, 1, 1) → (C,), (1, H, W) → (H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.squeeze.html"
    formula = "y_i = x_(i, 0)"
    keywords = "remove axis singleton dimension"
    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis to drop, the batch not counted, -1 the last; empty: all of size 1.",
    )

    def _dropped(self, x: Shape) -> tuple[int, ...]:
        axes = range(x.rank) if self.dim is None else (axis_of(self.dim, x),)
        return tuple(axis for axis in axes if x.sizes[axis] == 1)

    def shape(self, x: Shape) -> Shape:
        dropped = self._dropped(x)
        if not dropped:
            which = "an axis" if self.dim is None else f"axis {self.dim}"
            fitting = [axis for axis, n in enumerate(x.sizes) if n == 1]
            changes = tuple(Change({"dim": axis}) for axis in fitting)
            raise Unfit(x, f"{which} of size 1", "Take Reshape or Flatten for others.", setting="dim", remedies=changes)
        result = tuple(n for axis, n in enumerate(x.sizes) if axis not in dropped)
        channels_stay = x.meaning in _SPATIAL and 0 not in dropped
        meaning = _CHANNELS_FIRST[len(result)] if channels_stay else meaning_of_rank(len(result))
        return _arranged(x, result, meaning)

    def window(self, x: Shape) -> tuple[tuple[float, float], ...] | None:
        return None if 0 not in self._dropped(x) else super().window(x)

    def forward(self, at: At) -> str:
        axes = tuple(axis + 1 for axis in self._dropped(at.shape))
        return f"{at.x}.squeeze({axes[0] if len(axes) == 1 else axes})"

    @classmethod
    def trials(cls) -> Trials:
        plain = ((image(4, 1, 1),), (image(4, 1, 5),), (image(1, 5, 4),), (sequence(5, 1),), (shape_of((2, 1, 1, 3)),))
        return (*((inputs, {}) for inputs in plain), ((image(1, 1, 3),), {"dim": -2}))
