"""Advice about recurrent layers; the rest of the advice is tested through the verdict on whole designs."""

from __future__ import annotations

from blocks.check import check
from blocks.composite import Sketch
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.lints import advice
from blocks.recurrent import LSTM, LastStep, MeanOverTime
from blocks.shape import sequence


def reader(*, bidirectional: bool) -> Graph:
    g = Sketch()
    y, *_ = g.add(LSTM(8, bidirectional=bidirectional), g.input("rows", sequence(5, 3)), name="lstm")
    g.output("logits", g.add(Linear(2), g.add(LastStep(), y, name="last"), name="classes"))
    return g.graph()


def test_reading_the_last_step_of_both_directions_is_advised_against() -> None:
    [(diagnostic, *fixes)] = advice(check(reader(bidirectional=True)))
    assert (diagnostic.level, diagnostic.node) == ("advice", "last")
    after = fixes[0].edit(reader(bidirectional=True))
    assert isinstance(after.block("last"), MeanOverTime)
    assert not check(after).errors
    assert not list(advice(check(after)))


def test_the_last_step_of_one_direction_is_fine() -> None:
    assert not list(advice(check(reader(bidirectional=False))))
