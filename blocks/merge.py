"""Several results made into one: side by side, or number by number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from blocks.activation import axis_of
from blocks.block import At, Block, Bridge, Change, Trials, Unfit, Widen, block, gives, takes
from blocks.broadcast import indexed, largest, listed, meets, spread
from blocks.setting import whole
from blocks.shape import FLOATS, SEQUENCE, Meaning, Shape, image, sequence, shape_of, vector

Parts = tuple[Shape, ...]
_TENSORS = tuple(m for m in FLOATS if m is not Meaning.SCALAR)


def _bridges(parts: Parts, wants: Iterator[tuple[int, Shape]]) -> tuple[Bridge, ...]:
    """Repairs at the parts that stand against all others: first where there are more pixels, then fewer channels."""

    def order(want: tuple[int, Shape]) -> tuple[int, int]:
        have = parts[want[0]]
        return (-max(have.space, default=0), have.channels if have.sizes else 0)

    return tuple(Bridge(want, place) for place, want in sorted(wants, key=order))


def _against_all(parts: Parts) -> Iterator[tuple[int, Shape]]:
    """The places of parts that differ while all the others are equal, with the shape of those."""
    for place, part in enumerate(parts):
        others = {p.sizes: p for i, p in enumerate(parts) if i != place}
        if len(others) == 1 and part.sizes not in others:
            yield place, next(iter(others.values()))


def _widened(parts: Parts, bridges: tuple[Bridge, ...]) -> tuple[Widen, ...]:
    """The repair upstream of the first of these, where it is only the number of channels or features that differs."""
    for bridge in bridges[:1]:
        have, want = parts[bridge.place or 0], bridge.want
        if isinstance(want, Shape) and have.rank == want.rank > 0:
            axis = axis_of(None, have)
            if have.sizes[:axis] + have.sizes[axis + 1 :] == want.sizes[:axis] + want.sizes[axis + 1 :]:
                return (Widen(want.sizes[axis]),)
    return ()


def _refuse_unequal(parts: Parts, port: str) -> None:
    if len({part.sizes for part in parts}) > 1:
        bridges = _bridges(parts, _against_all(parts))
        raise Unfit(
            listed(parts),
            "inputs of one shape",
            "Project, resize or pad the one that differs.",
            port=port,
            index=next((b.place for b in bridges if b.place is not None), 0),
            remedies=(*bridges, *_widened(parts, bridges)),
        )


@block("Join and reshape")
class Add(Block):
    """Adds results of one shape, number by number: shape, shape, … → shape."""

    source = "https://arxiv.org/abs/1512.03385"
    formula = "y = x_0 + x_1 + …"
    sign = "+"
    keywords = "sum plus residual skip shortcut elementwise merge"
    parts = takes(FLOATS, many=True, doc="What is added: two or more of one shape.")
    y = gives(FLOATS)

    def shape(self, parts: Parts) -> Shape:
        _refuse_unequal(parts, "parts")
        return parts[0]

    def forward(self, at: At) -> str:
        return " + ".join(at.all("parts"))


@block("Join and reshape")
class Subtract(Block):
    """Takes one result from another, number by number: shape, shape → shape."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.sub.html"
    formula = "y = left - right"
    sign = "−"
    keywords = "minus difference elementwise merge"
    left = takes(FLOATS)
    right = takes(FLOATS, doc="What is taken away.")
    y = gives(FLOATS)

    def shape(self, left: Shape, right: Shape) -> Shape:
        if left.sizes != right.sizes:
            raise Unfit(
                listed((left, right)),
                "inputs of one shape",
                "Project, resize or pad one of them.",
                port="right",
                remedies=(Bridge(left),),
            )
        return left

    def forward(self, at: At) -> str:
        return f"{at.names['left']} - {at.names['right']}"


@block("Join and reshape")
class Multiply(Block):
    """Multiplies number by number, or each channel by a number of its own: (C, H, W), (C,) → (C, H, W)."""

    source = "https://arxiv.org/abs/1709.01507"
    formula = "y = x_0 · x_1 · …"
    sign = "×"
    keywords = "times product scale gate attention squeeze excite elementwise merge"
    parts = takes(
        FLOATS, many=True, doc="Equal shapes, or smaller ones that are spread: (C, 1, 1), a vector (C,), a scalar."
    )
    y = gives(FLOATS)

    def shape(self, parts: Parts) -> Shape:
        top = largest(parts)
        for place, part in enumerate(parts):
            if not all(meets(n, m) for n, m in zip(spread(part, top), top.sizes, strict=True)):
                raise self._unfit(parts, place, top)
        full = [spread(part, top) for part in parts]
        return top.with_sizes(*(max(axis) for axis in zip(*full, strict=True)))

    @staticmethod
    def _unfit(parts: Parts, place: int, top: Shape) -> Unfit:
        scales = parts[place].rank < top.rank
        size = top.features if top.meaning in SEQUENCE else top.channels
        want = vector(size) if scales and parts[place].rank == 1 else top
        return Unfit(
            listed(parts),
            f"inputs of one shape, or a number for each of the {size} channels of {top}",
            "Project or resize one of them.",
            port="parts",
            index=place,
            remedies=(Bridge(want, place),),
        )

    def forward(self, at: At) -> str:
        shapes = at.shapes["parts"]
        parts = shapes if isinstance(shapes, tuple) else (at.shape,)
        top = largest(parts)
        return " * ".join(name + indexed(part, top) for name, part in zip(at.all("parts"), parts, strict=True))

    @classmethod
    def trials(cls) -> Trials:
        map_, row = image(4, 6, 5), sequence(5, 4)
        scale, scalar = vector(4), shape_of(())
        pairs = [(map_, scale), (scale, map_), (map_, image(4, 1, 1)), (row, scale), (map_, scalar), (scale, scalar)]
        return tuple((((a, b),), {}) for a, b in pairs)


@block("Join and reshape")
class Concat(Block):
    """Joins results side by side, by default their channels or features: (C, H, W), (C', H, W) → (C + C', H, W)."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.cat.html"
    formula = "y = [x_1, x_2, …] along an axis"
    keywords = "concatenate cat join stack merge inception dense branches"
    sign = "C"
    dim: int | None = whole(
        None,
        low=-8,
        high=8,
        optional=True,
        short="axis {}",
        doc="The axis that grows, the batch not counted, -1 the last; empty: the channels or features.",
    )
    parts = takes(_TENSORS, many=True, doc="What is joined, in this order; all other axes must agree.")
    y = gives(_TENSORS)

    def shape(self, parts: Parts) -> Shape:
        first = parts[0]
        axis = axis_of(self.dim, first)
        for place, part in enumerate(parts):
            if part.rank != first.rank or part.meaning is not first.meaning:
                raise self._other_kind(parts, place)
        for other in range(first.rank):
            if other != axis and len({part.sizes[other] for part in parts}) > 1:
                raise self._differing(parts, axis, other)
        sizes = list(first.sizes)
        sizes[axis] = sum(part.sizes[axis] for part in parts)
        return first.with_sizes(*sizes)

    @staticmethod
    def _other_kind(parts: Parts, place: int) -> Unfit:
        kinds = [f"the {part.meaning.value} {part}" for part in (parts[0], parts[place])]
        return Unfit(
            " and ".join(kinds),
            "inputs of one kind",
            "Flatten or permute one of them.",
            port="parts",
            index=place,
            remedies=(Bridge((parts[0].meaning,), place), Bridge((parts[place].meaning,), 0)),
        )

    def _differing(self, parts: Parts, axis: int, other: int) -> Unfit:
        def joined(place: int) -> Iterator[Shape]:
            """What this part should be: like the others, but for the axis that is joined."""
            rest = {p.sizes[:axis] + p.sizes[axis + 1 :]: p for i, p in enumerate(parts) if i != place}
            if len(rest) == 1:
                like = list(next(iter(rest.values())).sizes)
                like[axis] = parts[place].sizes[axis]
                yield parts[place].with_sizes(*like)

        wants = ((place, want) for place in range(len(parts)) for want in joined(place) if want != parts[place])
        bridges = _bridges(parts, wants)
        others = [i for i in range(parts[0].rank) if len({part.sizes[i] for part in parts}) == 1]
        changes = [Change({"dim": other})] if len(others) == parts[0].rank - 1 else []
        return Unfit(
            "sizes " + ", ".join(str(part.sizes[other]) for part in parts),
            f"equal sizes on axis {other} to join on axis {axis}",
            "Resize, pad or crop the one that differs.",
            port="parts",
            index=next((b.place for b in bridges if b.place is not None), 0),
            remedies=(*bridges, *changes),
        )

    def forward(self, at: At) -> str:
        names: Any = at.all("parts")
        return f"torch.cat(({', '.join(names)}{',' if len(names) == 1 else ''}), dim={axis_of(self.dim, at.shape) + 1})"

    @classmethod
    def trials(cls) -> Trials:
        return (
            (((image(2, 5, 4), image(3, 5, 4), image(1, 5, 4)),), {}),
            (((sequence(5, 3), sequence(5, 2)),), {}),
            (((sequence(5, 3), sequence(2, 3)),), {"dim": 0}),
            (((image(2, 5, 4), image(2, 5, 1)),), {"dim": -1}),
            (((vector(3),),), {}),
        )
