"""Which steps of a sequence count: masks for rows of unequal length, and sequences held back by some steps."""

from __future__ import annotations

from typing import Any

from blocks.block import At, Block, Trials, Unfit, block, gives, takes
from blocks.setting import whole
from blocks.shape import SCALAR, SEQUENCE, TOKENS, VECTOR, Shape, labels, sequence, tokens, vector

_SOURCE = "https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html"


def masked() -> Any:
    """The input port for a mask."""
    told = "1 for each step that counts, 0 for those that fill a shorter row at its end: (time,)."
    return takes(TOKENS, optional=True, doc=told)


def refuse_mask(x: Shape, mask: Shape | None) -> None:
    """Refuses a mask that does not say something of every step; raises Unfit."""
    if mask is not None and (mask.sizes != x.sizes[:1] or mask.classes > 2):
        what = f"numbers below {mask.classes}" if mask.classes > 2 else str(mask)
        raise Unfit(what, f"a 0 or 1 for each of {x.sizes[0]} steps", "PaddingMask makes one.", port="mask")


@block("Recurrent")
class PaddingMask(Block):
    """Says which words of a row count, by the number that fills short rows: (T,) → (T,) of 0 and 1."""

    source = _SOURCE
    formula = "m_t = 1 where x_t ≠ padding_idx, else 0"
    keywords = "variable length padding mask pad token"
    padding_idx: int = whole(0, low=0, short="{}", doc="The number that fills short rows.")
    x = takes(TOKENS)
    y = gives(TOKENS)

    def shape(self, x: Shape) -> Shape:
        return tokens(x.sizes[0], 2)

    def forward(self, at: At) -> str:
        return f"({at.x} != {self.padding_idx}).long()"


@block("Recurrent")
class LengthMask(Block):
    """Says which steps count, by how many there are: one whole number → (steps,) of 0 and 1."""

    source = _SOURCE
    formula = "m_t = 1 where t < x, else 0"
    keywords = "variable length padding mask sequence lengths"
    steps: int = whole(16, low=1, short="{}", always=True, doc="Steps of the longest row.")
    x = takes(SCALAR + TOKENS, doc="The length of each row: one whole number.")
    y = gives(TOKENS)

    def shape(self, x: Shape) -> Shape:
        if x.rank or x.dtype != "int64":
            raise Unfit(f"{x} of {x.dtype}", "one whole number, the length of the row")
        return tokens(self.steps, 2)

    def forward(self, at: At) -> str:
        return f"(torch.arange({self.steps}, device={at.x}.device) < {at.x}.unsqueeze(1)).long()"

    @classmethod
    def trials(cls) -> Trials:
        return (((labels(9),), {"steps": 8}),)


@block("Recurrent")
class Shift(Block):
    """Gives each step what arrived some steps before, and a state for the first ones: (T, F) → (T, F)."""

    source = "https://doi.org/10.1109/29.21701"
    formula = "y_t = x_(t - steps), y_t = first where t ≤ steps"
    keywords = "delay lag past previous memory tdnn z-1 hold back teacher forcing"
    steps: int = whole(1, low=1, short="{}", always=True, doc="Steps that it is held back.")
    x = takes(SEQUENCE)
    first = takes(VECTOR, optional=True, doc="What comes out before anything has arrived; zeros if empty.")
    y = gives(SEQUENCE)

    def shape(self, x: Shape, first: Shape | None) -> Shape:
        if first is not None and first.features != x.features:
            raise Unfit(first, f"{x.features} features, as each step has", port="first")
        return x

    def forward(self, at: At) -> str:
        first = at.names["first"]
        if first is None:
            return f"F.pad({at.x}, (0, 0, {self.steps}, 0))[:, :-{self.steps}]"
        held = f"{first}.unsqueeze(1)" + (f".expand(-1, {self.steps}, -1)" if self.steps > 1 else "")
        return f"torch.cat([{held}, {at.x}], dim=1)[:, :-{self.steps}]"

    @classmethod
    def trials(cls) -> Trials:
        x, first = sequence(5, 3), vector(3)
        return (((x, first), {}), ((x, first), {"steps": 7}), ((x, None), {"steps": 2}))
