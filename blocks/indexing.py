"""Parts of a result: slices, pieces, single places; and results stacked, turned round or repeated."""

from __future__ import annotations

from typing import Any

from blocks.activation import axis_of
from blocks.block import At, Block, Bridge, Change, Port, Trials, Unfit, block, gives, takes
from blocks.broadcast import listed
from blocks.reduction import reduced
from blocks.setting import BadSetting, sizes, whole
from blocks.shape import ANY, FLOATS, Meaning, Shape, image, labels, meaning_of_rank, sequence, shape_of, vector

_TENSORS = tuple(m for m in ANY if m is not Meaning.SCALAR)
_FLOATS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)
_SPATIAL = (Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME)


def _along(doc: str) -> Any:
    return whole(None, low=-8, high=8, optional=True, short="axis {}", doc=f"{doc}; empty: the channels or features.")


_DIM_DOC = "The axis, the batch not counted, -1 the last"


def _place(axis: int, x: Shape, setting: str, instead: object) -> int:
    """An axis that must be named, counted from 0."""
    if not -x.rank <= axis < x.rank:
        expected = f"an axis from {-x.rank} to {x.rank - 1}, not {axis}"
        raise Unfit(x, expected, setting=setting, remedies=(Change({setting: instead}),))
    return axis % x.rank


@block("Join and reshape")
class Slice(Block):
    """A stretch of one axis: (C, H, W) → (stop - start, H, W)."""

    source = "https://numpy.org/doc/stable/user/basics.indexing.html#slicing-and-striding"
    formula = "y = x[start:stop:step]"
    keywords = "index narrow part crop range select"
    dim: int | None = _along(_DIM_DOC)
    start: int = whole(0, short="{}:", always=True, doc="The first place; negative counts from the end.")
    stop: int | None = whole(None, optional=True, short="{}", doc="The place after the last; empty: to the end.")
    step: int = whole(1, low=1, short="every {}", doc="Take every so many.")
    x = takes(_TENSORS)
    y = gives(_TENSORS)

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        left = len(range(*slice(self.start, self.stop, self.step).indices(x.sizes[axis])))
        if not left:
            raise Unfit(
                f"{x.sizes[axis]} places on axis {axis}",
                "a stretch that holds at least one of them",
                setting="start",
                remedies=(Change({"start": 0, "stop": None}, "Take all of them"),),
            )
        return x.with_sizes(*(left if i == axis else n for i, n in enumerate(x.sizes)))

    def forward(self, at: At) -> str:
        start = str(self.start) if self.start else ""
        step = f":{self.step}" if self.step > 1 else ""
        before = ":, " * (axis_of(self.dim, at.shape) + 1)
        return f"{at.x}[{before}{start}:{'' if self.stop is None else self.stop}{step}]"

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((image(4, 6, 5),), {"dim": -1, "start": -3}),
            ((image(4, 6, 5),), {"dim": 1, "start": 1, "stop": 5, "step": 2}),
            ((sequence(5, 4),), {"dim": 0, "stop": 2}),
        )


@block("Join and reshape")
class Select(Block):
    """One place of an axis, which is gone then: (T, F) → (F,)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.select.html"
    formula = "y = x[index]"
    keywords = "index pick element row token cls"
    dim: int = whole(0, low=-8, high=8, short="axis {}", doc=f"{_DIM_DOC}.")
    index: int = whole(0, short="[{}]", always=True, doc="The place; negative counts from the end.")
    x = takes(_TENSORS)
    y = gives(ANY)

    def shape(self, x: Shape) -> Shape:
        axis = _place(self.dim, x, "dim", 0)
        size = x.sizes[axis]
        if not -size <= self.index < size:
            raise Unfit(
                f"{size} places on axis {axis}",
                f"more than {abs(self.index)} of them",
                setting="index",
                remedies=(Change({"index": 0}), Change({"index": -1})),
            )
        if x.dtype != "float32":
            return labels(x.classes) if x.rank == 1 else shape_of(reduced(x, (axis,), False).sizes, None, x.dtype)
        return reduced(x, (axis,), False)

    def forward(self, at: At) -> str:
        return f"{at.x}[{':, ' * (self.dim % at.shape.rank + 1)}{self.index}]"

    @classmethod
    def trials(cls) -> Trials:
        return (((image(4, 6, 5),), {"dim": 1, "index": -1}), ((sequence(5, 4),), {"dim": -1, "index": 2}))


@block("Join and reshape")
class Split(Block):
    """Cuts an axis into pieces of given sizes, each a result of its own: (C, H, W) → (C_1, H, W), (C_2, H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.split.html"
    formula = "y_0, y_1, … = pieces of x, side by side"
    keywords = "chunk parts branches several outputs divide cut"
    dim: int | None = _along(_DIM_DOC)
    parts: tuple[int, ...] = sizes(
        (1, -1), low=-1, short="{}", always=True, doc="The size of each piece; one may be -1: what is left."
    )
    x = takes(_FLOATS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.parts) < 2 or 0 in self.parts or self.parts.count(-1) > 1:
            raise BadSetting("parts", "two or more sizes of at least 1, one of which may be -1", self.parts)
        ports = tuple(Port(_FLOATS, name=f"y{i}", into=False) for i in range(len(self.parts)))
        object.__setattr__(self, "outputs", ports)

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        axis = axis_of(self.dim, x)
        return tuple(x.with_sizes(*x.sizes[:axis], n, *x.sizes[axis + 1 :]) for n in self._pieces(x, axis))

    def _pieces(self, x: Shape, axis: int) -> tuple[int, ...]:
        size, known = x.sizes[axis], sum(n for n in self.parts if n > 0)
        left = size - known
        if left < 0 or (-1 in self.parts) != (left > 0):
            equal = (size // len(self.parts),) * (len(self.parts) - 1)
            fits = size >= len(self.parts)
            raise Unfit(
                f"{size} on axis {axis}",
                f"{known} or more, for pieces of {self.parts}" if left <= 0 else f"{known}, the sum of {self.parts}",
                setting="parts",
                remedies=(Change({"parts": (*equal, -1)}, "Cut it into equal pieces"),) if fits else (),
            )
        return tuple(left if n < 0 else n for n in self.parts)

    def forward(self, at: At) -> str:
        axis = axis_of(self.dim, at.shape)
        return f"{at.x}.split({self._pieces(at.shape, axis)}, dim={axis + 1})"

    @classmethod
    def trials(cls) -> Trials:
        return (
            ((image(6, 5, 4),), {"parts": (2, 3, 1)}),
            ((sequence(5, 4),), {"dim": 0, "parts": (2, -1)}),
            ((vector(7),), {"parts": (-1, 3)}),
        )


@block("Join and reshape")
class Chunk(Block):
    """Cuts an axis into equal pieces, each a result of its own: (C, H, W) → (C / 2, H, W), (C / 2, H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.chunk.html"
    formula = "y_0, y_1, … = equal pieces of x, side by side"
    keywords = "split parts branches several outputs halves divide cut shufflenet"
    dim: int | None = _along(_DIM_DOC)
    chunks: int = whole(2, low=2, high=64, short="{}", always=True, doc="How many pieces.")
    x = takes(_FLOATS)

    def __post_init__(self) -> None:
        super().__post_init__()
        ports = tuple(Port(_FLOATS, name=f"y{i}", into=False) for i in range(self.chunks))
        object.__setattr__(self, "outputs", ports)

    def shape(self, x: Shape) -> tuple[Shape, ...]:
        axis = axis_of(self.dim, x)
        if x.sizes[axis] % self.chunks:
            fitting = [n for n in range(2, 65) if x.sizes[axis] % n == 0]
            changes = tuple(Change({"chunks": n}) for n in fitting[:2])
            raise Unfit(x, f"a size on axis {axis} that {self.chunks} divides", setting="chunks", remedies=changes)
        piece = x.with_sizes(*(n // self.chunks if i == axis else n for i, n in enumerate(x.sizes)))
        return (piece,) * self.chunks

    def forward(self, at: At) -> str:
        return f"{at.x}.chunk({self.chunks}, dim={axis_of(self.dim, at.shape) + 1})"

    @classmethod
    def trials(cls) -> Trials:
        return (((image(6, 5, 4),), {"chunks": 3}), ((sequence(6, 4),), {"dim": 0}))


@block("Join and reshape")
class Stack(Block):
    """Lays results of one shape along a new axis: (F,), (F,) → (2, F)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.stack.html"
    formula = "y_(k, i) = the k-th x at i"
    keywords = "join new axis sequence merge"
    dim: int = whole(0, low=0, high=7, short="axis {}", doc="Where the new axis stands, the batch not counted.")
    parts = takes(FLOATS, many=True, doc="What is stacked, in this order: two or more of one shape.")
    y = gives(_FLOATS)

    def shape(self, parts: tuple[Shape, ...]) -> Shape:
        first = parts[0]
        for place, part in enumerate(parts):
            if part.sizes != first.sizes:
                remedy = Bridge(first, place)
                raise Unfit(listed(parts), "inputs of one shape", port="parts", index=place, remedies=(remedy,))
        if self.dim > first.rank:
            raise Unfit(
                first, f"at least {self.dim} axes before the new one", setting="dim", remedies=(Change({"dim": 0}),)
            )
        grown = (*first.sizes[: self.dim], len(parts), *first.sizes[self.dim :])
        return shape_of(grown, meaning_of_rank(len(grown)), first.dtype, first.classes)

    def forward(self, at: At) -> str:
        names = at.all("parts")
        return f"torch.stack(({', '.join(names)}{',' if len(names) == 1 else ''}), dim={self.dim + 1})"

    @classmethod
    def trials(cls) -> Trials:
        return ((((vector(4),) * 3,), {"dim": 1}), (((image(2, 3, 4),) * 2,), {"dim": 3}))


@block("Join and reshape")
class Unsqueeze(Block):
    """Puts in an axis of size 1: (F,) → (1, F)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.unsqueeze.html"
    formula = "y_(0, i) = x_i"
    keywords = "new axis singleton dimension add expand"
    dim: int = whole(0, low=0, high=7, short="axis {}", always=True, doc="Where it stands, the batch not counted.")
    x = takes(FLOATS)
    y = gives(_FLOATS)

    def shape(self, x: Shape) -> Shape:
        if self.dim > x.rank:
            raise Unfit(x, f"at least {self.dim} axes", setting="dim", remedies=(Change({"dim": x.rank}),))
        grown = (*x.sizes[: self.dim], 1, *x.sizes[self.dim :])
        return shape_of(grown, meaning_of_rank(len(grown)), x.dtype, x.classes)

    def forward(self, at: At) -> str:
        return f"{at.x}.unsqueeze({self.dim + 1})"


@block("Join and reshape")
class Flip(Block):
    """Turns axes round, last first: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.flip.html"
    formula = "y_i = x_(n − 1 − i)"
    keywords = "reverse mirror backwards time"
    axes: tuple[int, ...] = sizes((0,), low=-8, short="axes {}", always=True, doc="The axes, the batch not counted.")
    x = takes(_FLOATS)
    y = gives(_FLOATS)

    def shape(self, x: Shape) -> Shape:
        places = {_place(axis, x, "axes", (-1,)) for axis in self.axes}
        if len(places) < len(self.axes) or not self.axes:
            raise Unfit(
                f"axes {self.axes}", "one or more axes, each once", setting="axes", remedies=(Change({"axes": (-1,)}),)
            )
        return x

    def forward(self, at: At) -> str:
        return f"{at.x}.flip({', '.join(str(a % at.shape.rank + 1) for a in self.axes)})"

    @classmethod
    def trials(cls) -> Trials:
        return (((image(2, 3, 4),), {"axes": (1, -1)}),)


@block("Join and reshape")
class Roll(Block):
    """Moves everything along an axis by some places; what leaves comes in at the other end: shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.roll.html"
    formula = "y_i = x_((i − shift) mod n)"
    keywords = "shift circular rotate cyclic"
    dim: int | None = _along(_DIM_DOC)
    shifts: int = whole(1, low=-4096, high=4096, short="by {}", always=True, doc="How many places.")
    x = takes(_FLOATS)
    y = gives(_FLOATS)

    def shape(self, x: Shape) -> Shape:
        axis_of(self.dim, x)
        return x

    def forward(self, at: At) -> str:
        return f"{at.x}.roll({self.shifts}, dims={axis_of(self.dim, at.shape) + 1})"


@block("Join and reshape")
class Tile(Block):
    """Repeats a result side by side along one axis: (1, F) → (times, F)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.Tensor.repeat.html"
    formula = "y_i = x_(i mod n)"
    keywords = "repeat expand copies broadcast"
    dim: int | None = _along(_DIM_DOC)
    times: int = whole(2, low=1, high=65536, short="× {}", always=True, doc="How often.")
    x = takes(_FLOATS)
    y = gives(_FLOATS)

    def shape(self, x: Shape) -> Shape:
        axis = axis_of(self.dim, x)
        return x.with_sizes(*(n * self.times if i == axis else n for i, n in enumerate(x.sizes)))

    def forward(self, at: At) -> str:
        axis = axis_of(self.dim, at.shape) + 1
        return f"{at.x}.repeat({', '.join(str(self.times if i == axis else 1) for i in range(at.shape.rank + 1))})"


@block("Join and reshape")
class Gather(Block):
    """The rows of a sequence that whole numbers name: (T, F), (N,) → (N, F)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.gather.html"
    formula = "y_n = x[index_n]"
    keywords = "index select lookup rows pick"
    x = takes((Meaning.SEQUENCE,))
    index = takes((Meaning.TOKENS,), doc="Which rows, as whole numbers below their number.")
    y = gives((Meaning.SEQUENCE,))

    def shape(self, x: Shape, index: Shape) -> Shape:
        if index.classes > x.sizes[0]:
            raise Unfit(f"whole numbers below {index.classes}", f"numbers below its {x.sizes[0]} rows", port="index")
        return sequence(index.sizes[0], x.features)

    def forward(self, at: At) -> str:
        x, index = at.names["x"], at.names["index"]
        return f"{x}.gather(1, {index}.unsqueeze(-1).expand(-1, -1, {at.shape.features}))"

    @classmethod
    def trials(cls) -> Trials:
        return (((sequence(6, 4), shape_of((3,), Meaning.TOKENS, "int64", 6)), {}),)
