"""Recurrent layers of several layers and directions, drawn as single ones, give what they give together."""

from __future__ import annotations

import pytest
import torch

from blocks.apart import apart
from blocks.block import Block
from blocks.check import check
from blocks.graph import Graph
from blocks.recurrent import GRU, LSTM, RNN
from tests.blocks.test_in_time import network, printed

LAYERS: list[Block] = [RNN(3, 3), GRU(3, bidirectional=True), LSTM(3, 2, bidirectional=True, forget_bias=1.0)]


def both(block: Block, given: bool) -> tuple[Graph, Graph, dict[str, int]]:
    states = [f"{port.name}0" for port in block.outputs[1:]] if given else []
    graph = network(block, *states)
    return graph, *apart(graph, "layer")


@pytest.mark.parametrize("given", [False, True], ids=["from zeros", "from given states"])
@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_single_layers_give_what_they_gave_together(block: Block, given: bool) -> None:
    graph, drawn, singles = both(block, given)
    before, after = check(graph), check(drawn)
    assert (after.errors, after.parameters, after.macs) == ((), before.parameters, before.macs)
    together, alone = printed({"Net": graph}), printed({"Net": drawn})
    ends = {name: f"_l{layer}{'_reverse' if 'back' in name else ''}" for name, layer in singles.items()}
    whole = together.state_dict()
    parts = {name: name.split(".") for name in alone.state_dict()}
    alone.load_state_dict({name: whole[f"layer.{w.replace('_l0', ends[node])}"] for name, (node, w) in parts.items()})
    numbers = [torch.randn(2, *graph.block(name).shape().sizes) for name in graph.inputs()]
    torch.testing.assert_close(alone(*numbers), together(*numbers))


def test_dropout_stands_between_the_layers() -> None:
    _, drawn, singles = both(GRU(3, 3, dropout=0.25), False)
    kinds = [drawn.block(name).kind() for name in drawn.structure.order if drawn.block(name).kind() != "Output"]
    assert kinds == ["Input", "GRU", "Dropout", "GRU", "Dropout", "GRU", "Stack"]
    assert list(singles.values()) == [0, 1, 2]
