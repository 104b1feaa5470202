"""Truth tables: every gate says what logic says."""

from __future__ import annotations

import operator
from functools import reduce

import pytest

from runtime.data.bits import Bits
from tests.sources import loaded, promised

MEANT = {
    "AND": operator.and_,
    "OR": operator.or_,
    "XOR": operator.xor,
}
OPPOSITE = {"NAND": "AND", "NOR": "OR", "XNOR": "XOR"}


@pytest.mark.parametrize("gate", [*MEANT, *OPPOSITE])
@pytest.mark.parametrize("inputs", [2, 3])
def test_a_gate_says_of_every_row_what_logic_says(gate: str, inputs: int) -> None:
    data = promised(Bits(gate=gate, inputs=inputs))
    rows = data["bits"].astype(int).tolist()
    assert rows == sorted(rows)
    assert len({tuple(row) for row in rows}) == 2**inputs
    said = [reduce(MEANT[OPPOSITE.get(gate, gate)], row) for row in rows]
    assert data["label"].tolist() == [int(one) ^ (gate in OPPOSITE) for one in said]


def test_not_has_one_bit() -> None:
    data = promised(Bits(gate="NOT", inputs=5))
    assert data["bits"].tolist() == [[0], [1]]
    assert data["label"].tolist() == [1, 0]


def test_a_table_is_repeated_whole() -> None:
    data = promised(Bits(gate="OR", repeats=3))
    assert data["label"].tolist() == [0, 1, 1, 1] * 3


def test_all_rows_are_learned_one_at_a_time_unless_said_otherwise() -> None:
    assert (Bits().batch_size, Bits().validation) == (1, 0.0)
    assert str(Bits().load()) == 'truth_table("AND", 2)'
    assert loaded(Bits())["label"].tolist() == [0, 0, 0, 1]
