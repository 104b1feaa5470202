"""Recurrent layers laid out in time become the layer they were, unless the steps were changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks.activation import ReLU
from blocks.block import Block
from blocks.cell import RNNCell
from blocks.edits import Refused, insert
from blocks.graph import Node
from blocks.nesting import Networks
from blocks.recurrent import LSTM, RNN
from runtime.design import Design
from runtime.unfolding import folded, why_not_fold
from tests.blocks.test_in_time import LAYERS, in_time, network


def cell_in(networks: Networks) -> str:
    return next(name for name, node in networks["Net"].nodes.items() if node.shares)


@pytest.mark.parametrize("given", [False, True], ids=["from zeros", "from given states"])
@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_any_step_closes_the_row_to_the_layer_that_it_was(block: Block, given: bool) -> None:
    states = [f"{port.name}0" for port in block.outputs[1:]] if given else []
    graph = network(block, *states)
    networks = in_time(graph)
    cell = cell_in(networks)
    assert why_not_fold(networks, networks["Net"], cell) == ""
    after = folded(Design(networks=dict(networks)), "Net", cell)
    assert list(after.networks) == ["Net"]
    assert dict(after.networks["Net"].nodes) == dict(graph.nodes)
    assert set(after.networks["Net"].wires) == set(graph.wires)


def test_a_frozen_layer_stays_frozen() -> None:
    graph = network(LSTM(3))
    graph = graph.with_node("layer", replace(graph.nodes["layer"], frozen=True))
    networks = in_time(graph)
    assert folded(Design(networks=dict(networks)), "Net", "layer_0").networks["Net"].nodes["layer"].frozen


def test_steps_that_were_changed_stay_as_they_are_and_say_so() -> None:
    networks = in_time(network(RNN(3)))
    steps = networks["Net"]
    wire = next(w for w in steps.wires if w.source == "layer_1" and w.target == "layer_2")
    changed = insert(steps, wire, "relu", Node(ReLU()))
    assert "were changed" in why_not_fold(networks, changed, "layer_0")
    other = steps.with_node("layer_3", Node(RNNCell(3)))
    with pytest.raises(Refused, match="the steps of layer were changed"):
        folded(Design(networks={"Net": other}), "Net", "layer_0")
