"""Fully connected layers and lookup tables."""

from __future__ import annotations

from math import prod

from blocks.block import Block, block, gives, takes
from blocks.call import Call, call, unless
from blocks.setting import flag, whole
from blocks.shape import SEQUENCE, VECTOR, Meaning, Shape
from blocks.weighted import Weighted


@block("Linear")
class Linear(Weighted):
    """Every output sees every input feature: (F,) → (out_features,), at each step of a sequence alike."""

    source = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"
    formula = "y = W x + b"
    keywords = "dense fully connected fc affine"
    widens = "out_features"
    out_features: int = whole(10, low=1, short="{}", always=True, doc="Numbers that come out.")
    bias: bool = flag(True, doc="Add a learned number to every output.")
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
