"""Truth tables: what one neuron can learn, and the one that it cannot (Minsky and Papert 1969)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from blocks.call import Call, call, unless
from blocks.definition import catalogued
from blocks.setting import choice, number, whole
from blocks.shape import Shape, labels, vector
from runtime.sources import SOURCES, DataSource

_GATES = ("AND", "OR", "XOR", "NOT", "NAND", "NOR", "XNOR")


def truth_table(gate: str, inputs: int, repeats: int = 1) -> dict[str, Any]:
    """Every row of bits, counting up, and what the gate makes of it; XOR says whether the ones are odd in number."""
    import numpy as np

    rows = np.tile(np.arange(2**inputs), repeats)
    bits = rows[:, None] >> np.arange(inputs)[::-1] & 1
    ones = bits.sum(axis=1)
    said = {"AND": ones == inputs, "OR": ones > 0, "XOR": ones % 2 == 1}
    opposite = {"NOT": "OR", "NAND": "AND", "NOR": "OR", "XNOR": "XOR"}
    label = ~said[opposite[gate]] if gate in opposite else said[gate]
    return {"bits": bits.astype(np.float32), "label": label.astype(np.int64)}


@catalogued(SOURCES)
class Bits(DataSource):
    """The truth table of AND, OR, XOR and their like, all of it to learn from: bits (N,) and labels of 2 classes."""

    gate: str = choice("AND", _GATES, doc="What the label says of the bits; NOT has one bit.")
    inputs: int = whole(2, low=2, high=12, unit="bits", doc="Bits in a row; NOT always has one.")
    repeats: int = whole(
        1, low=1, high=10_000, doc="How often the table is repeated, for larger batches."
    )
    batch_size: int = whole(
        1, low=0, unit="examples", doc="Examples in one step, as the rule has it; 0: all of them."
    )
    validation: float = number(
        0.0, low=0.0, high=0.9, doc="Share of the rows held out; at 0 all rows are learned."
    )
    functions = (truth_table,)

    def fields(self) -> Mapping[str, Shape]:
        return {"bits": vector(self._width()), "label": labels(2)}

    def samples(self) -> int:
        return self.repeats << self._width()

    def _width(self) -> int:
        return 1 if self.gate == "NOT" else self.inputs

    def load(self) -> Call:
        return call("truth_table", self.gate, self._width(), **unless(1, repeats=self.repeats))
