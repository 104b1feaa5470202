"""A selection grouped into a network is the same network, divided in two; what cannot be divided is refused."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from blocks import edits
from blocks.activation import ReLU
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.edits import Grouped, Refused
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, wire_text
from blocks.merge import Add, Concat
from blocks.pooling import MaxPool2d
from blocks.recurrent import LSTM
from blocks.sharing import owner
from tests.blocks.drawn import drawn

STEM = drawn(
    "image -> conv1 -> relu1 -> pool -> conv2 -> out", conv1=Conv2d(8), relu1=ReLU(), pool=MaxPool2d(), conv2=Conv2d(4)
)
FORKED = drawn(
    "image -> conv -> join.parts[0]",
    "conv -> relu -> join.parts[1]",
    "image -> side -> join.parts[2]",
    "join -> out",
    conv=Conv2d(8),
    relu=ReLU(),
    side=Conv2d(2),
    join=Concat(),
)


def grouped(graph: Graph, names: Collection[str], network: str = "Body") -> Grouped:
    return edits.group(graph, names, network, check(graph).rows)


def wires(graph: Graph) -> list[str]:
    return [wire_text(wire, graph.nodes) for wire in graph.wires]


def test_a_chain_becomes_a_network_from_x_to_y() -> None:
    inner, outer, name = grouped(STEM, ["relu1", "pool"], "Down")
    assert wires(inner) == ["x -> relu1", "relu1 -> pool", "pool -> y"]
    assert inner.block("x") == Input((8, 28, 28))
    assert name == "down"
    assert list(outer.nodes) == ["image", "conv1", "down", "conv2", "out"]
    assert set(wires(outer)) == {"image -> conv1", "conv1 -> down", "down -> conv2", "conv2 -> out"}


def test_what_is_grouped_counts_as_before_and_expands_to_what_was() -> None:
    inner, outer, name = grouped(FORKED, ["conv", "relu", "side"])
    before, after = check(FORKED), check(outer, {"Body": inner})
    assert after.errors == ()
    assert (after.parameters, after.macs) == (before.parameters, before.macs)
    expanded, inside = edits.expand(outer, name, after.rows[name])
    back = {new: old for old, new in inside.items()}
    for new, old in back.items():
        expanded = edits.rename(expanded, new, old)
    assert set(wires(expanded)) == set(wires(FORKED))


def test_ends_of_the_network_stay_outside_and_give_their_names() -> None:
    inner, outer, _ = grouped(FORKED, FORKED.nodes)
    assert (inner.inputs(), inner.outputs()) == (("image",), ("out",))
    assert wires(outer) == ["image -> body", "body -> out"]


def test_several_results_are_named_after_their_nodes() -> None:
    inner, outer, _ = grouped(FORKED, ["conv", "relu", "side"])
    assert inner.inputs() == ("image",)
    assert inner.outputs() == ("conv_out", "relu_out", "side_out")
    assert "body.relu_out -> join.parts[1]" in wires(outer)
    graph = drawn("rows -> lstm -> out", "lstm.h -> state", rows=Input((5, 4)), lstm=LSTM(6), state=Output())
    graph = edits.remove(graph, ["image"])
    assert grouped(graph, ["lstm"]).inner.outputs() == ("out", "state")


def test_a_node_in_between_is_named() -> None:
    with pytest.raises(Refused, match="relu is in the way: it is fed by the selected nodes and feeds them"):
        grouped(FORKED, ["conv", "join"])
    with pytest.raises(Refused, match="pool is in the way"):
        grouped(STEM, ["relu1", "conv2"])


def test_what_has_no_beginning_or_no_known_shape_is_refused() -> None:
    with pytest.raises(Refused, match="an Input or Output stays where it is"):
        grouped(STEM, ["image", "out"])
    with pytest.raises(Refused, match="Nothing feeds the selected nodes"):
        grouped(edits.add(STEM, "lone", Node(ReLU())), ["lone"])
    broken = edits.configure(STEM, ["conv1"], {"kernel_size": 99, "padding": 0})
    with pytest.raises(Refused, match="What conv1 gives has no known shape yet"):
        grouped(broken, ["relu1"])


def test_weights_shared_across_the_border_keep_it_from_being_drawn() -> None:
    graph = edits.share(edits.insert(STEM, STEM.wires[2], "conv3", Node(Conv2d(8))), "conv3", "conv1")
    with pytest.raises(Refused, match="conv3 shares its weights with conv1, which is not selected"):
        grouped(graph, ["conv3", "conv2", "pool"])


def test_a_family_that_is_grouped_whole_goes_on_sharing() -> None:
    graph = drawn(
        "image -> a -> sum.parts[0]", "image -> b -> sum.parts[1]", "sum -> out", a=Conv2d(3), b=Conv2d(3), sum=Add()
    )
    inner, outer, _ = grouped(edits.share(graph, "b", "a"), ["a", "b"])
    assert owner(inner.nodes, "b") == "a"
    assert check(outer, {"Body": inner}).parameters == 84


def test_a_branch_that_ends_in_the_selection_becomes_its_result() -> None:
    graph = edits.disconnect(STEM, [STEM.wires[-1]])
    assert wires(grouped(graph, ["pool", "conv2"]).inner) == ["x -> pool", "pool -> conv2", "conv2 -> y"]
