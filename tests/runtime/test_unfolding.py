"""Recurrent layers opened to their gates and closed again, in a design."""

from __future__ import annotations

import pytest

from blocks.activation import Sigmoid, Tanh
from blocks.block import Block
from blocks.check import check
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.naming import Refused
from blocks.recurrent import GRU, LSTM, RNN, LastStep
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.shape import sequence, vector
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.unfolding import folded, unfolded

X = sequence(7, 4)
LAYERS: list[Block] = [RNN(3), LSTM(3, bias=False), GRU(3), SimpleRNN(3), GatedLSTM(3, forget="coupled"), GatedGRU(3)]
LAYERS += [LSTM(3, forget_bias=1.0, init="orthogonal"), GatedLSTM(3, peepholes=True, forget_bias=2.0)]


def design(block: Block, *wires: str) -> Design:
    nodes = {"x": Node(Input((7, 4))), "layer": Node(block), "last": Node(LastStep()), "head": Node(Linear(2))}
    nodes |= {"out": Node(Output())}
    known = wires or ("layer -> last", "last -> head")
    read = tuple(read_wire(wire, nodes) for wire in ("x -> layer", *known, "head -> out"))
    return Design(title="Net", networks={"Net": Graph(nodes, read)})


def figures(of: Design) -> tuple[object, ...]:
    checked = check(of.networks["Net"], of.networks)
    return checked.errors, checked.parameters, checked.macs, checked.shape("head")


@pytest.mark.parametrize("block", LAYERS, ids=str)
def test_opening_changes_no_figure_and_closing_brings_the_layer_back(block: Block) -> None:
    before = design(block)
    opened = unfolded(before, "Net", "layer", X)
    assert figures(opened) == figures(before) == ((), *figures(before)[1:])
    assert opened.networks["Net"].block("layer") == Use(f"{block.kind()}Cell", over_time=True)
    assert loads(dumps(opened)).networks == opened.networks
    assert folded(opened, "Net", "layer").networks == before.networks


@pytest.mark.parametrize("block", [GRU(3, 2), LSTM(3, bidirectional=True), RNN(3, 2, bidirectional=True, dropout=0.5)])
def test_of_several_layers_and_directions_each_is_opened_and_closed_by_itself(block: Block) -> None:
    before = design(block)
    opened = unfolded(before, "Net", "layer", X)
    assert figures(opened) == figures(before)
    assert figures(opened)[0] == ()
    graph = opened.networks["Net"]
    uses = [name for name, node in graph.nodes.items() if isinstance(node.block, Use)]
    assert len(uses) == block.value("num_layers") * (1 + block.value("bidirectional"))
    for name in uses:
        opened = folded(opened, "Net", name)
    assert list(opened.networks) == ["Net"]
    assert figures(opened) == figures(before)


def test_who_read_the_last_state_or_cell_reads_the_last_step_of_it() -> None:
    before = design(LSTM(3), "layer.c -> head")
    before = Design(title="Net", networks={"Net": without(before.networks["Net"], "last")})
    opened = unfolded(before, "Net", "layer", X)
    assert opened.networks["LSTMCell"].outputs() == ("y", "c_out")
    assert figures(opened)[1:] == figures(before)[1:]
    assert folded(opened, "Net", "layer").networks["Net"].wires == before.networks["Net"].wires


def without(graph: Graph, name: str) -> Graph:
    nodes = {n: node for n, node in graph.nodes.items() if n != name}
    return Graph(nodes, tuple(w for w in graph.wires if name not in (w.source, w.target)))


def test_gates_that_were_edited_stay_a_network_and_learn_as_such() -> None:
    opened = unfolded(design(LSTM(3)), "Net", "layer", X)
    cell = opened.networks["LSTMCell"]
    assert cell.block("candidate") == Tanh()
    edited = opened.with_network("LSTMCell", cell.with_node("candidate", Node(Sigmoid())))
    assert figures(edited)[0] == ()
    with pytest.raises(Refused, match="LSTMCell was changed, so no block does what it does"):
        folded(edited, "Net", "layer")


def test_what_cannot_be_drawn_says_why() -> None:
    with pytest.raises(Refused, match="only a recurrent layer has gates"):
        unfolded(design(LSTM(3)), "Net", "head", vector(3))
    with pytest.raises(Refused, match="proj_size is 0"):
        unfolded(design(LSTM(3, proj_size=2)), "Net", "layer", X)
    with pytest.raises(Refused, match="What arrives at layer is not known yet"):
        unfolded(design(LSTM(3)), "Net", "layer", None)
    with pytest.raises(Refused, match="no recurrent layer drawn gate by gate"):
        folded(design(LSTM(3)), "Net", "layer")
