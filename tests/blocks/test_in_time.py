"""Recurrent layers laid out in time compute what the layers compute, with every weight counted once."""

from __future__ import annotations

import re

import pytest
import torch
from torch import nn

from blocks.block import Block
from blocks.check import check
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, read_wire
from blocks.in_time import laid_out, step_of, why_not
from blocks.linear import Linear
from blocks.naming import Refused
from blocks.nesting import Networks
from blocks.recurrent import GRU, LSTM, RNN
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.shape import sequence, vector
from runtime.source import print_networks

X = sequence(5, 4)
LAYERS: list[Block] = [
    RNN(3, nonlinearity="relu"),
    GRU(3, bias=False),
    LSTM(3),
    RNN(3, num_layers=2),
    LSTM(3, 2, bidirectional=True),
    SimpleRNN(3),
    GatedGRU(3, reset_after=True),
    GatedLSTM(3),
    GatedLSTM(3, forget="coupled", peepholes=True),
    LSTM(3, forget_bias=1.0),
]


def network(block: Block, *states: str) -> Graph:
    """A layer by itself, with all its results, and with inputs for the states named."""
    told = block.settings
    count = block.value("num_layers") * (1 + block.value("bidirectional")) if "num_layers" in told else 1
    nodes = {"x": Node(Input((5, 4)))} | {s: Node(Input((3,) if count == 1 else (count, 3))) for s in states}
    outs = [port.name for port in block.outputs]
    nodes |= {"layer": Node(block), **{f"out_{name}": Node(Output()) for name in outs}}
    wires = ["x -> layer.x", *(f"{s} -> layer.{s}" for s in states), *(f"layer.{n} -> out_{n}" for n in outs)]
    return Graph(nodes, tuple(read_wire(wire, nodes) for wire in wires))


def in_time(graph: Graph) -> Networks:
    step = step_of(graph.block("layer"), vector(4))
    steps = {"Step": step} if step is not None else {}
    return {**steps, "Net": laid_out(graph, "layer", X, "Step")}


def printed(networks: Networks) -> nn.Module:
    scope: dict[str, object] = {"__name__": "printed"}
    exec(print_networks("Net", networks).text, scope)
    torch.manual_seed(0)
    module = scope["Net"]()  # type: ignore[operator]
    assert isinstance(module, nn.Module)
    return module


def of_cells(name: str) -> str:
    """The name that a weight of a layer has in the first cell of its layer and direction."""
    found = re.fullmatch(r"layer\.(\w+?)_l(\d)(_reverse)?", name)
    if found is None:
        return name.replace("layer.", "layer_0.")
    return f"{found[2]}{found[3] or ''} {found[1]}"


def told(name: str) -> str:
    """The same of the name that the weight has there."""
    found = re.fullmatch(r"layer_(\d_)?(back_)?0\.(\w+)", name)
    assert found is not None, name
    return f"{(found[1] or '0')[0]}{'_reverse' if found[2] else ''} {found[3]}"


@pytest.mark.parametrize("given", [False, True], ids=["from zeros", "from given states"])
@pytest.mark.parametrize("block", LAYERS[:5], ids=str)
def test_cells_of_torch_in_a_row_give_what_torchs_layer_gives(block: Block, given: bool) -> None:
    states = [f"{port.name}0" for port in block.outputs[1:]] if given else []
    graph = network(block, *states)
    layer, cells = printed({"Net": graph}), printed(in_time(graph))
    weights = {of_cells(name): tensor for name, tensor in layer.state_dict().items()}
    cells.load_state_dict({name: weights[told(name)] for name in cells.state_dict()})
    shapes = [graph.block(name).shape().sizes for name in graph.inputs()]
    numbers = [torch.randn(2, *sizes) for sizes in shapes]
    torch.testing.assert_close(cells(*numbers), layer(*numbers))


@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_weights_are_counted_once_and_the_cost_is_the_layers(block: Block) -> None:
    graph = network(block)
    before, networks = check(graph), in_time(graph)
    after = check(networks["Net"], networks)
    assert after.errors == ()
    assert (after.parameters, after.macs) == (before.parameters, before.macs)
    for name in graph.outputs():
        assert after.rows[name].inputs == before.rows[name].inputs


def test_a_layer_of_our_own_is_a_row_of_networks_that_share_their_weights() -> None:
    graph = network(GatedLSTM(3, forget="coupled"), "h0", "c0")
    networks = in_time(graph)
    assert networks["Step"].inputs() == ("x", "h", "c")
    layer, cells = printed({"Net": graph}), printed(networks)
    weights = {name.split(".")[1]: tensor for name, tensor in layer.state_dict().items()}
    names = {"weight_ih": "read.weight", "weight_hh": "kept.weight", "bias": "read.bias"}
    cells.load_state_dict({f"layer_0.{names[name]}": tensor for name, tensor in weights.items()})
    numbers = torch.randn(2, 5, 4), torch.randn(2, 3), torch.randn(2, 3)
    torch.testing.assert_close(cells(*numbers), layer(*numbers))


def test_what_cannot_be_laid_out_says_why() -> None:
    graph = network(LSTM(3))
    assert why_not(graph, "x", X) == "x is Input; only a recurrent layer has steps."
    assert "not known yet" in why_not(graph, "layer", None)
    assert "at most 256 are drawn" in why_not(graph, "layer", sequence(300, 4))
    assert "dropout between its layers" in why_not(network(LSTM(3, 2, dropout=0.5)), "layer", X)
    assert "proj_size is 0" in why_not(network(LSTM(3, proj_size=2)), "layer", X)
    with pytest.raises(Refused, match="only a recurrent layer has steps"):
        laid_out(graph.with_node("layer", Node(Linear(3))), "layer", X)
