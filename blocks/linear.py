"""Fully connected layers, and distances to fixed points."""

from __future__ import annotations

from math import prod

from blocks.block import Block, Change, Trials, Unfit, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import BadSetting, flag, text, whole
from blocks.shape import SEQUENCE, VECTOR, Meaning, Shape, vector
from blocks.weighted import Weighted, init_or_identity


@block("Linear")
class Linear(Weighted):
    """Every output sees every input feature: (F,) → (out_features,), at each step of a sequence alike."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    formula = "y = W x + b"
    keywords = "dense fully connected fc affine"
    widens = "out_features"
    out_features: int = whole(10, low=1, short="{}", always=True, doc="Numbers that come out.")
    bias: bool = flag(True, doc="Add a learned number to every output.")
    init: str = init_or_identity()
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def shape(self, x: Shape) -> Shape:
        return x.with_features(self.out_features)

    def parameters(self, x: Shape) -> dict[str, tuple[int, ...]]:
        weight = {"weight": (self.out_features, x.features)}
        return weight | ({"bias": (self.out_features,)} if self.bias else {})

    def macs(self, x: Shape, y: Shape) -> int:
        return prod(y.sizes) * x.features

    def module(self, x: Shape) -> Call:
        return call("nn.Linear", x.features, self.out_features, **unless(True, bias=self.bias))

    @classmethod
    def bridge(cls, have: Shape, want: Shape | tuple[Meaning, ...]) -> Block | None:
        """A projection to the wanted number of features."""
        if not isinstance(want, Shape) or want.meaning is not have.meaning or have.meaning not in VECTOR + SEQUENCE:
            return None
        return cls(want.features, bias=False) if have.sizes[:-1] == want.sizes[:-1] else None


@block("Linear")
class RadialBasis(Block):
    """The squared distance to each of some fixed points of ±1 (LeCun et al. 1998, eq. 7): (F,) → (out_features,).

    The nearest point names the class; nothing is learned, and nothing is kept in a checkpoint.
    """

    source = "http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf"
    formula = "y_i = Σ (x_j - w_ij)², w fixed"
    keywords = "rbf euclidean distance prototype centre lenet output code"
    widens = "out_features"
    out_features: int = whole(10, low=1, short="{}", always=True, doc="Points from which the distance is taken.")
    points: str = text("", doc="The signs of every point: +--+ | -+-+; empty: each by the toss of a coin.")
    seed: int = whole(0, low=0, doc="Which tosses of the coin, where no points are given.")
    x = takes(VECTOR + SEQUENCE)
    y = gives(VECTOR + SEQUENCE)

    def __post_init__(self) -> None:
        super().__post_init__()
        rows = self._rows()
        if self.points and (not all(rows) or len({*map(len, rows)}) > 1 or set("".join(rows)) - {"+", "-"}):
            raise BadSetting("points", "as many signs for every point, as in +--+ | -+-+", self.points)

    def _rows(self) -> tuple[str, ...]:
        """The signs of each point, if they are given."""
        return tuple(row.replace(" ", "") for row in self.points.split("|")) if self.points else ()

    def shape(self, x: Shape) -> Shape:
        rows = self._rows()
        if rows and len(rows[0]) != x.features:
            raise Unfit(x, f"{len(rows[0])} features, as the points have", remedies=(Change({"points": ""}),))
        if rows and len(rows) != self.out_features:
            raise Unfit(
                f"{len(rows)} points",
                f"as many points as out_features, {self.out_features}",
                setting="points",
                remedies=(Change({"out_features": len(rows)}),),
            )
        return x.with_features(self.out_features)

    def module(self, x: Shape) -> Call:
        points = unless((), points=self._rows())
        return call("RadialBasis", x.features, self.out_features, **points, **unless(0, seed=self.seed))

    @classmethod
    def trials(cls) -> Trials:
        given: dict[str, object] = {"out_features": 2, "points": "+--+ | -+-+"}
        return ((vector(4),), given), ((vector(5),), given), ((vector(4),), {"points": "+--+"})
