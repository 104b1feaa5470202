"""Graphs: wires as the file writes them, the order in which nodes run, and what the wires alone tell."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.activation import ReLU
from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.ends import Input, Output
from blocks.graph import BadWire, Graph, Node, Wire, read_wire, wire_text
from blocks.linear import Linear
from blocks.merge import Add
from blocks.recurrent import LSTM
from tests.blocks.drawn import drawn

NODES = {"image": Node(Input()), "lstm": Node(LSTM()), "join": Node(Add()), "out": Node(Output())}
RESIDUAL = drawn("image -> conv -> add.parts[0]", "image -> add.parts[1]", "add -> out", conv=Conv2d(3), add=Add())


@pytest.mark.parametrize(
    "text, wire",
    [
        ("image -> out", Wire("image", "y", "out", "x")),
        ("lstm.h -> out", Wire("lstm", "h", "out", "x")),
        ("image -> lstm.h0", Wire("image", "y", "lstm", "h0")),
        ("lstm.c -> join.parts[2]", Wire("lstm", "c", "join", "parts", 2)),
    ],
)
def test_a_wire_is_read_as_it_is_written(text: str, wire: Wire) -> None:
    assert read_wire(text, NODES) == wire
    assert wire_text(wire, NODES) == text


@pytest.mark.parametrize(
    "text, why",
    [
        ("image", "is not of the form"),
        ("image -> out -> out", "is not of the form"),
        ("image -> 3", "is not of the form"),
        ("image -> nowhere", "names the node nowhere, which is not in the network"),
        ("lstm.z -> out", "a port that lstm does not have; its ports there: y, h, c"),
        ("out -> join", "a port that out does not have; its ports there: none"),
        ("image -> lstm.x[1]", "counts the wires of lstm.x, which takes one"),
        ("image -> join.parts[99999999]", "is not of the form"),
    ],
)
def test_a_wire_that_cannot_be_says_why(text: str, why: str) -> None:
    with pytest.raises(BadWire, match=why):
        read_wire(text, NODES)


def test_nodes_run_after_what_feeds_them_and_else_as_they_were_placed() -> None:
    graph = drawn("image -> b -> out", "image -> a -> out2", b=ReLU(), a=ReLU(), out2=Output())
    assert graph.structure.order == ("image", "b", "out", "a", "out2")


def test_ways_that_wait_for_another_are_taken_as_they_were_placed() -> None:
    graph = drawn("image -> a -> b -> out", "a -> aux1", "b -> aux2", a=ReLU(), b=ReLU(), aux1=Output(), aux2=Output())
    assert graph.structure.order == ("image", "a", "b", "out", "aux1", "aux2")


def test_ports_without_a_wire_and_results_without_a_reader_are_listed() -> None:
    graph = drawn("image -> conv", conv=Conv2d(3), fc=Linear(4))
    assert graph.structure.missing == (("fc", "x"), ("out", "x"))
    assert graph.structure.unused == ("conv", "fc")


def test_a_circle_is_named_and_what_is_outside_of_it_still_has_an_order() -> None:
    graph = drawn("image -> out", "a -> b -> c -> a", a=ReLU(), b=ReLU(), c=ReLU())
    assert graph.structure.circles == (("a", "b", "c"),)
    assert graph.structure.order == ("image", "out")


def test_wires_of_a_node_come_by_port_and_place() -> None:
    wires = (Wire("a", "y", "join", "parts", 1), Wire("b", "y", "join", "parts", 0))
    graph = Graph({"a": Node(ReLU()), "b": Node(ReLU()), "join": Node(Add())}, wires)
    assert [w.source for w in graph.into("join")] == ["b", "a"]
    assert graph.out_of("a") == wires[:1]


def test_other_settings_keep_the_order_that_was_worked_out() -> None:
    before = RESIDUAL.structure
    assert RESIDUAL.with_node("conv", Node(Conv2d(8))).structure is before
    assert RESIDUAL.with_node("conv", Node(LSTM())).structure is not before


def test_equal_nodes_share_what_was_checked() -> None:
    assert Node(Conv2d(8)).memo is Node(Conv2d(8)).memo
    assert Node(Conv2d(8)).memo is not Node(Conv2d(9)).memo
    assert pickle.loads(pickle.dumps(Node(Conv2d(8)))) == Node(Conv2d(8))


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30))
def test_every_node_has_a_place_in_the_order_or_in_a_circle(pairs: list[tuple[int, int]]) -> None:
    blocks: dict[str, Block] = {f"n{i}": Add() for i in range(12)}
    wires = tuple(Wire(f"n{a}", "y", f"n{b}", "parts", i) for i, (a, b) in enumerate(pairs))
    structure = Graph({name: Node(b) for name, b in blocks.items()}, wires).structure
    for wire in wires:
        if wire.target in structure.position:
            assert structure.position[wire.source] < structure.position[wire.target]
    assert (len(structure.order) == 12) == (structure.circles == ())
