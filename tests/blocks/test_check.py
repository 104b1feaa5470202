"""Checking: shapes and counts everywhere, one diagnostic for one mistake, and rechecks that equal a fresh check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.activation import ReLU
from blocks.check import check, recheck
from blocks.convolution import Conv2d
from blocks.edits import configure
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.measure import Row
from blocks.merge import Add
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.separable import SeparableConv2d
from blocks.shape import image, vector
from tests.blocks.drawn import drawn

LENET = drawn(
    "image -> conv1 -> pool1 -> conv2 -> pool2 -> flat -> fc1 -> fc2 -> fc3 -> out",
    image=(1, 28, 28),
    conv1=Conv2d(6, 5),
    pool1=MaxPool2d(2),
    conv2=Conv2d(16, 5, padding="valid"),
    pool2=MaxPool2d(2),
    flat=Flatten(),
    fc1=Linear(120),
    fc2=Linear(84),
    fc3=Linear(10),
)
CLASSIFIER = drawn("image -> conv -> pool -> fc -> out", conv=Conv2d(8), pool=GlobalAvgPool(), fc=Linear(10))


def test_lenet_has_its_published_numbers() -> None:
    checked = check(LENET)
    assert checked.parameters == 61_706
    assert checked.macs == 416_520
    assert checked.shape("pool2") is image(16, 5, 5)
    assert checked.diagnostics == ()


def test_buffers_and_activations_are_counted_beside_parameters() -> None:
    checked = check(drawn("image -> norm -> out", image=(8, 4, 4), norm=BatchNorm2d()))
    assert (checked.parameters, checked.buffers) == (16, 16)
    assert checked.activations == 2 * 8 * 4 * 4 * 4


def test_one_mistake_is_one_diagnostic_without_a_cascade() -> None:
    wrong = configure(LENET, ["conv2"], {"kernel_size": 31})
    checked = check(wrong)
    (only,) = checked.errors
    assert only.message.startswith(
        "conv2 expects an input of at least 31 pixels with its padding, received (6, 14, 14)."
    )
    assert only.setting == "kernel_size"
    assert checked.shape("pool1") is image(6, 14, 14)
    assert checked.shape("fc3") is None


def test_other_branches_stay_alive() -> None:
    graph = drawn("image -> bad -> out", "image -> good -> out2", bad=Linear(3), good=Conv2d(5), out2=Output())
    assert check(graph).shape("good") is image(5, 28, 28)
    assert [d.node for d in check(graph).errors] == ["bad"]


@pytest.mark.parametrize(
    "graph, message",
    [
        (Graph({"out": Node(Output())}), "The network has no Input. Add one to say what comes in."),
        (Graph({"image": Node(Input())}), "The network has no Output. Add one to say what goes out."),
        (drawn("image -> out", fc=Linear(3)), "fc has nothing connected to its input x. Drag a wire to it."),
        (drawn("image -> out", "a -> b -> a", a=ReLU(), b=ReLU()), "a → b → a is a circle"),
        (drawn("image -> use -> out", use=Use("nothing")), "the name of a network of this design (none)"),
    ],
)
def test_what_keeps_a_network_from_running_is_said(graph: Graph, message: str) -> None:
    assert any(message in d.message for d in check(graph).errors)


def test_a_result_that_nobody_uses_is_a_warning() -> None:
    (warning,) = check(drawn("image -> out", "image -> conv", conv=Conv2d(3))).diagnostics
    assert (warning.level, warning.node) == ("warning", "conv")


def test_a_repeated_node_counts_each_copy_with_its_own_input() -> None:
    graph = drawn("image -> conv -> out", conv=Node(Conv2d(8), 3))
    assert check(graph).parameters == (3 * 9 + 1) * 8 + 2 * (8 * 9 + 1) * 8


def test_a_copy_that_no_longer_fits_is_named() -> None:
    (error,) = check(drawn("image -> pool -> out", pool=Node(MaxPool2d(2), 9))).errors
    assert "(copy 5 of 9)" in error.message


def test_networks_are_used_with_weights_of_their_own() -> None:
    graph = drawn("image -> a -> out", "image -> b -> out2", a=Use("body"), b=Use("body"), out2=Output())
    checked = check(graph, {"body": CLASSIFIER})
    assert checked.errors == ()
    assert checked.parameters == 2 * check(CLASSIFIER).parameters
    assert checked.shape("a") is vector(10)


def test_a_network_that_contains_itself_is_refused_in_words() -> None:
    graph = drawn("image -> a -> out", a=Use("self"))
    (error,) = check(graph, {"self": graph}).errors
    assert "A network may not contain itself." in error.message


def test_a_mistake_inside_a_network_is_told_where_it_is_used() -> None:
    broken = drawn("image -> fc -> out", fc=Linear(3))
    (error,) = check(drawn("image -> use -> out", use=Use("broken")), {"broken": broken}).errors
    assert "use expects a vector or a sequence (inside, at fc), received (3, 28, 28)" in error.message


def test_an_edit_that_changes_no_shape_changes_one_row() -> None:
    graph = drawn("image -> a -> b -> out", a=Conv2d(8), b=Conv2d(4))
    again = recheck(check(graph), configure(graph, ["a"], {"bias": False}), ["a"])
    assert again.changed == {"a"}
    assert again.parameters == check(graph).parameters - 8


def test_whole_numbers_are_not_calculated_with() -> None:
    graph = drawn("image -> out", "labels -> relu -> out2", labels=Input((), "auto", 10), relu=ReLU(), out2=Output())
    (error,) = check(graph).errors
    assert (
        error.message == "relu expects plain numbers, received whole numbers (). Put an Embedding or OneHot before it."
    )


CHANGES: list[tuple[str, str, object]] = [
    *(
        ("a", name, value)
        for name, value in (("out_channels", 8), ("kernel_size", 40), ("bias", False), ("padding", 0))
    ),
    *(("b", name, value) for name, value in (("out_channels", 8), ("out_channels", 4), ("groups", 3))),
    *(("c", name, value) for name, value in (("out_channels", 8), ("out_channels", 4), ("kernel_size", 1))),
    ("drop", "p", 0.25),
    ("fc", "out_features", 3),
]
FORKED = drawn(
    "image -> a -> b -> add.parts[0]",
    "a -> c -> add.parts[1]",
    "add -> drop -> pool -> fc -> out",
    a=Conv2d(4),
    b=Conv2d(4),
    c=SeparableConv2d(4),
    add=Add(),
    drop=Dropout(),
    pool=GlobalAvgPool(),
    fc=Linear(2),
)


@given(st.lists(st.sampled_from(CHANGES), max_size=12))
def test_rechecking_edit_by_edit_equals_checking_from_scratch(changes: list[tuple[str, str, object]]) -> None:
    graph = FORKED
    checked = check(graph)
    for node, setting, value in changes:
        graph = configure(graph, [node], {setting: value})
        checked = recheck(checked, graph, [node])
        fresh = check(graph)
        assert _told(dict(checked.rows)) == _told(dict(fresh.rows))
        totals = ("parameters", "buffers", "macs", "activations", "unfit")
        assert [getattr(checked, t) for t in totals] == [getattr(fresh, t) for t in totals]
        assert checked.diagnostics == fresh.diagnostics


def _told(rows: dict[str, Row]) -> dict[str, object]:
    return {name: (row.inputs, row.outputs, row.parameters, row.macs, str(row.problem)) for name, row in rows.items()}


def test_wires_into_a_many_port_arrive_in_their_places() -> None:
    wires = (Wire("b", "y", "add", "parts", 1), Wire("a", "y", "add", "parts", 0))
    nodes = {"a": Node(Input((2,))), "b": Node(Input((3,))), "add": Node(Add())}
    assert check(Graph(nodes, wires)).rows["add"].inputs == ((vector(2), vector(3)),)
