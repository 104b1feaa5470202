"""Recurrent layers drawn gate by gate compute what the layers compute."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from blocks.block import Block
from blocks.check import check
from blocks.ends import Input, Output, Use
from blocks.gates import cell_of
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.measure import measure
from blocks.naming import Refused
from blocks.recurrent import GRU, LSTM, RNN
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.shape import sequence, vector
from runtime.source import print_networks
from tests.blocks.oracle import made

LAYERS: list[Block] = [
    RNN(3),
    RNN(3, nonlinearity="relu", bias=False),
    LSTM(3),
    GRU(3),
    SimpleRNN(3),
    SimpleRNN(3, nonlinearity="relu"),
    GatedLSTM(3),
    GatedLSTM(3, forget="none"),
    GatedLSTM(3, forget="coupled"),
    LSTM(3, forget_bias=2.0),
    GatedLSTM(3, peepholes=True, forget_bias=1.0),
    GatedLSTM(3, peepholes=True, forget="none"),
    GatedLSTM(3, peepholes=True, forget="coupled", init="orthogonal"),
    GatedGRU(3),
    GatedGRU(3, reset_after=True),
]


def drawn(block: Block) -> tuple[Graph, nn.Module]:
    """A network that runs the cell of a layer over seven steps, and its module."""
    nodes = {"s": Node(Input((7, 4))), "cell": Node(Use("Cell", over_time=True)), "out": Node(Output())}
    main = Graph(nodes, tuple(read_wire(wire, nodes) for wire in ("s -> cell", "cell -> out")))
    networks = {"Cell": cell_of(block, vector(4)), "Main": main}
    assert check(main, networks).errors == ()
    scope: dict[str, object] = {"__name__": "printed"}
    exec(print_networks("Main", networks).text, scope)
    module = scope["Main"]()  # type: ignore[operator]
    assert isinstance(module, nn.Module)
    return main, module


def given(layer: dict[str, Tensor]) -> dict[str, Tensor]:
    """A layer's weights by the names that the drawn one has."""
    plain = {name.removeprefix("node.").removesuffix("_l0"): tensor for name, tensor in layer.items()}
    names = {"weight_ih": "read.weight", "weight_hh": "kept.weight", "bias_ih": "read.bias", "bias": "read.bias"}
    names |= {"bias_hh": "kept.bias"}
    return {f"cell.{names.get(name, name)}": tensor.clone() for name, tensor in plain.items()}


def own_weights(block: Block, module: nn.Module, layer: nn.Module) -> None:
    weights = given(layer.state_dict())
    if isinstance(block, GatedGRU):  # the candidate's product with the state is a layer of its own
        gates, fresh = weights.pop("cell.kept.weight").split((6, 3))
        weights |= {"cell.kept.weight": gates, "cell.fresh.weight": fresh}
    for name in [name for name in weights if ".peepholes." in name]:
        gate = {"i": "let_in", "f": "forget", "o": "let_out"}[name[-1]]
        weights[f"cell.{gate}_peephole.weight"] = weights.pop(name)
    opened = float(block.value("forget_bias") or 0.0) if "forget_bias" in block.settings else 0.0
    if opened:  # what the layer has in its bias stands beside the gate here, which comes second
        weights["cell.read.bias"][3:6] -= opened
    module.load_state_dict(weights)


@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_a_drawn_layer_computes_what_the_layer_computes(block: Block) -> None:
    layer, (_, module), x = made(block, sequence(7, 4)), drawn(block), torch.randn(2, 7, 4)
    own_weights(block, module, layer)
    torch.testing.assert_close(module(x), layer(x)[0])


@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_a_drawn_layer_has_the_layers_parameters_and_cost(block: Block) -> None:
    single = measure(Node(block), (sequence(7, 4), *[None] * (len(block.inputs) - 1)))
    main, _ = drawn(block)
    checked = check(main, {"Cell": cell_of(block, vector(4)), "Main": main})
    assert (checked.parameters, checked.macs) == (single.parameters, single.macs)


def test_the_cell_of_an_lstm_is_a_result_on_request() -> None:
    assert cell_of(LSTM(3), vector(4), ("y", "c")).outputs() == ("y", "c_out")


@pytest.mark.parametrize("block", [LSTM(3, 2), GRU(3, bidirectional=True), LSTM(3, proj_size=2), Linear(3)])
def test_what_has_no_single_step_is_refused_in_words(block: Block) -> None:
    with pytest.raises(Refused, match=r"can be drawn gate by gate|has no gates"):
        cell_of(block, vector(4))
