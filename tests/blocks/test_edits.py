"""Edits: what a person does to a network, refusals in words, and healing that keeps the order of what was joined."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks import edits
from blocks.activation import ReLU, Sigmoid
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.edits import Refused
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire, wire_text
from blocks.linear import Linear
from blocks.merge import Add, Concat
from blocks.pooling import MaxPool2d
from blocks.recurrent import LSTM
from blocks.reshape import Flatten
from blocks.separable import SeparableConv2d
from blocks.setting import BadSetting
from blocks.shape import image
from tests.blocks.drawn import drawn

CHAIN = drawn("image -> conv1 -> relu1 -> conv2 -> out", conv1=Conv2d(8), relu1=ReLU(), conv2=Conv2d(4))


def wires(graph: Graph) -> list[str]:
    return [wire_text(wire, graph.nodes) for wire in graph.wires]


def test_names_are_given_as_people_write_them() -> None:
    assert edits.name_for(CHAIN, Conv2d()) == "conv3"
    assert edits.name_for(CHAIN, SeparableConv2d()) == "separableconv1"
    assert edits.name_for(Graph(), Input()) == "input"
    assert edits.fresh_name({"conv1", "conv2"}, "conv1") == "conv3"
    assert edits.fresh_name(set(), "3 kernels") == "n_3_kernels"


@pytest.mark.parametrize("name", ["", "1st", "a-b", "naïve", "a" * 65, "a b", "a\n"])
def test_a_name_that_code_could_not_bear_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="is not a name"):
        edits.add(CHAIN, name, Node(ReLU()))


def test_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(Refused, match="already a node named conv1"):
        edits.rename(CHAIN, "relu1", "conv1")


def test_a_renamed_node_keeps_its_wires_and_its_place() -> None:
    renamed = edits.rename(CHAIN, "relu1", "bend")
    assert wires(renamed)[1:3] == ["conv1 -> bend", "bend -> conv2"]
    assert list(renamed.nodes) == ["image", "conv1", "bend", "conv2", "out"]


def test_settings_are_changed_together_or_not_at_all() -> None:
    both = edits.configure(CHAIN, ["conv1", "conv2"], {"kernel_size": 5})
    assert [both.block(n).value("kernel_size") for n in ("conv1", "conv2")] == [5, 5]
    with pytest.raises(BadSetting):
        edits.configure(CHAIN, ["conv1", "relu1"], {"kernel_size": 5})


def test_a_node_is_repeated_within_reason() -> None:
    assert edits.repeat(CHAIN, "conv2", 3).nodes["conv2"].repeat == 3
    with pytest.raises(Refused, match="1 to 1,000 times, not 0"):
        edits.repeat(CHAIN, "conv2", 0)


def test_a_wire_to_a_taken_port_takes_its_place() -> None:
    moved = edits.connect(CHAIN, Wire("conv1", "y", "conv2", "x"))
    assert "conv1 -> conv2" in wires(moved)
    assert "relu1 -> conv2" not in wires(moved)


def test_a_wire_that_is_there_already_changes_nothing() -> None:
    assert edits.connect(CHAIN, CHAIN.wires[0]) is CHAIN


def test_a_wire_to_a_port_of_many_takes_the_next_place() -> None:
    graph = drawn("image -> join.parts[0]", "join -> out", join=Concat())
    assert "image -> join.parts[1]" in wires(edits.connect(graph, Wire("image", "y", "join", "parts")))


@pytest.mark.parametrize("source, target", [("conv2", "conv1"), ("relu1", "relu1")])
def test_a_wire_that_closes_a_circle_is_refused(source: str, target: str) -> None:
    with pytest.raises(Refused, match="a circle is only legal through a Delay"):
        edits.connect(CHAIN, Wire(source, "y", target, "x"))


def test_a_wire_that_would_not_fit_says_why_beforehand() -> None:
    graph = drawn("image -> out", fc=Linear(3), add=Add())
    assert "fc expects a vector or a sequence" in edits.unfit(graph, Wire("image", "y", "fc", "x"))
    assert edits.unfit(graph, Wire("image", "y", "add", "parts")) == ""
    assert edits.unfit(graph, Wire("image", "z", "fc", "x")) == "image and fc have no such ports"


def test_what_is_put_into_a_wire_is_wired_at_its_first_ports() -> None:
    grown = edits.insert(CHAIN, CHAIN.wires[1], "pool", Node(MaxPool2d()))
    assert {"conv1 -> pool", "pool -> relu1"} <= set(wires(grown))
    with pytest.raises(Refused, match="cannot stand in a wire"):
        edits.insert(CHAIN, CHAIN.wires[1], "end", Node(Output()))


def test_removing_heals_where_shapes_allow() -> None:
    assert "conv1 -> conv2" in wires(edits.remove(CHAIN, ["relu1"]))
    assert "image -> out" in wires(edits.remove(CHAIN, ["conv1", "relu1", "conv2"]))
    assert wires(edits.remove(CHAIN, ["relu1"], heal=False)) == ["image -> conv1", "conv2 -> out"]


def test_removing_leaves_a_gap_where_shapes_do_not_allow() -> None:
    graph = drawn("image -> flat -> fc -> out", flat=Flatten(), fc=Linear(3))
    assert wires(edits.remove(graph, ["flat"])) == ["fc -> out"]


def test_healing_keeps_the_order_of_what_is_joined() -> None:
    graph = drawn(
        "image -> a -> join.parts[0]",
        "image -> b -> join.parts[1]",
        "image -> c -> join.parts[2]",
        "join -> out",
        a=Conv2d(1),
        b=Conv2d(2),
        c=Conv2d(4),
        join=Concat(),
    )
    for gone in "abc":
        sources = [w.source for w in edits.remove(graph, [gone]).into("join")]
        assert sources == ["image" if name == gone else name for name in "abc"]
    assert [w.place for w in edits.remove(graph, ["a"], heal=False).into("join")] == [0, 1]


def test_removing_a_circle_comes_to_an_end() -> None:
    graph = drawn("a -> b -> a", "image -> out", a=ReLU(), b=ReLU(), c=ReLU())
    graph = graph.with_wires((*graph.wires, Wire("b", "y", "c", "x")))
    assert wires(edits.remove(graph, ["a", "b"])) == ["image -> out"]


def test_other_ports_of_a_replaced_block_lose_their_wires() -> None:
    graph = drawn("image -> flat -> lstm", "lstm.h -> out", flat=Flatten(), lstm=LSTM())
    assert wires(edits.replace_block(graph, "lstm", Linear(3))) == ["image -> flat", "flat -> lstm"]


def test_wires_after_a_cut_one_move_up() -> None:
    graph = drawn("image -> add.parts[0]", "a -> add.parts[1]", "b -> add.parts[2]", a=ReLU(), b=ReLU(), add=Add())
    left = edits.disconnect(graph, [Wire("a", "y", "add", "parts", 1)])
    assert wires(left) == ["image -> add.parts[0]", "b -> add.parts[1]"]


def test_what_is_copied_is_pasted_under_free_names_with_its_inner_wires() -> None:
    pasted, named = edits.paste(CHAIN, edits.extract(CHAIN, ["conv1", "relu1"]))
    assert named == {"conv1": "conv3", "relu1": "relu2"}
    assert "conv3 -> relu2" in wires(pasted)


def test_an_expanded_composite_gives_the_same_numbers() -> None:
    graph = drawn("image -> unit -> relu -> out", unit=SeparableConv2d(8), relu=ReLU())
    before = check(graph)
    opened, named = edits.expand(graph, "unit", before.rows["unit"])
    after = check(opened)
    assert len(named) == 6
    assert after.errors == ()
    assert (after.parameters, after.macs) == (before.parameters, before.macs)
    assert after.shape("relu") is image(8, 28, 28)


def test_an_expanded_network_keeps_what_feeds_it_and_what_it_feeds() -> None:
    inner = drawn("image -> a -> first", "image -> b -> out", a=Conv2d(2), b=Conv2d(3), first=Output())
    graph = drawn(
        "image -> use", "use.one -> out", "use.two -> last", use=Use("inner", ("x",), ("one", "two")), last=Output()
    )
    opened, _ = edits.expand(graph, "use", check(graph, {"inner": inner}).rows["use"])
    assert {"image -> use_a", "image -> use_b", "use_a -> out", "use_b -> last"} == set(wires(opened))


def test_a_plain_block_cannot_be_expanded() -> None:
    with pytest.raises(Refused, match="no inside"):
        edits.expand(CHAIN, "relu1", check(CHAIN).rows["relu1"])


@given(st.sets(st.sampled_from("abcdefgh"), max_size=6))
def test_removing_from_a_chain_that_fits_leaves_one_that_fits(gone: set[str]) -> None:
    blocks = {name: ReLU() if name in "bdf" else Sigmoid() for name in "abcdefgh"}
    graph = drawn("image -> " + " -> ".join("abcdefgh") + " -> out", image=(3, 9, 9), **blocks)
    left = edits.remove(graph, gone)
    assert check(left).diagnostics == ()
    assert left.structure.order == tuple(n for n in graph.structure.order if n not in gone)


def test_wires_follow_ports_that_settings_rename_and_go_with_those_that_are_gone() -> None:
    graph = drawn("image -> use.left", "image -> use.right", "use -> out", use=Use("net", ("left", "right"), ("y",)))
    renamed = edits.configure(graph, ["use"], {"takes": ["left", "middle"], "gives": ["z"]})
    assert {(w.source, w.output, w.target, w.input) for w in renamed.wires} == {
        ("image", "y", "use", "left"), ("image", "y", "use", "middle"), ("use", "z", "out", "x"),
    }  # fmt: skip
    fewer = edits.configure(graph, ["use"], {"takes": ["right"]})
    assert [w.input for w in fewer.wires if w.target == "use"] == ["right"]
