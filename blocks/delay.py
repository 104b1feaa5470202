"""What a network remembers from step to step: the one place through which a circle of wires may go."""

from __future__ import annotations

from typing import Any

from blocks.block import Block, block, gives, takes
from blocks.setting import sizes
from blocks.shape import FLOATS, Shape, shape_of


@block("Recurrent")
class Delay(Block):
    """Gives what arrived at the step before, zeros at the first: shape → shape.

    Wires may go in a circle through it: so a recurrent layer is drawn. A network that holds one runs step by step and
    is used in another with over_time on: (T, F) → (T, F').
    """

    role = "delay"
    source = "https://doi.org/10.1207/s15516709cog1402_1"
    formula = "y_t = x_(t-1),  y_1 = 0"
    keywords = "memory state feedback loop cycle recurrence previous step unit context elman"
    shape_: tuple[int, ...] = sizes(
        (128,), short="{}", always=True, doc="Sizes of what it holds, the batch not counted."
    )
    x = takes(FLOATS, doc="What to give at the next step.")
    y = gives(FLOATS)

    def shape(self, *inputs: Any) -> Shape:
        return shape_of(self.shape_)
