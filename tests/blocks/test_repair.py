"""Repairs: every kind of mistake offers buttons that read well, and pressing one makes the node fit."""

from __future__ import annotations

from itertools import product

import pytest

from blocks.activation import ReLU
from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.check import check
from blocks.convolution import Conv1d, Conv2d
from blocks.ends import Input, Output
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.loss import CrossEntropy
from blocks.measure import measure
from blocks.merge import Add, Concat, Subtract
from blocks.normalization import GroupNorm
from blocks.pooling import MaxPool2d
from blocks.recurrent import LSTM
from blocks.repair import fixes
from blocks.reshape import Flatten
from blocks.shape import SEQUENCE, VECTOR, Meaning, Shape, image, labels, shape_of, tokens, vector
from tests.blocks.drawn import drawn

RESIDUAL = ("image -> a -> b -> add.parts[0]", "a -> add.parts[1]", "add -> out")


def buttons(graph: Graph, node: str) -> list[str]:
    """The titles beside the mistake of a node; every one is pressed, and its node fits then."""
    checked = check(graph)
    told = [d for d in checked.diagnostics if d.node == node]
    assert told, [d.message for d in checked.diagnostics]
    found = fixes(told[0], checked)
    for fix in found:
        after = check(fix.edit(graph))
        assert len([d for d in after.errors if d.node == node]) < len([d for d in checked.errors if d.node == node])
    return [fix.title for fix in found]


def test_a_linear_layer_on_an_image_gets_pooling_or_flatten() -> None:
    graph = drawn("image -> fc -> out", fc=Linear(10))
    assert buttons(graph, "fc") == ["Insert global average pooling", "Insert Flatten"]


def test_a_linear_layer_on_a_signal_may_also_read_it_as_a_sequence() -> None:
    graph = drawn("image -> flat -> fc -> out", flat=Flatten(start=1), fc=Linear(10))
    assert set(buttons(graph, "fc")) >= {"Insert global average pooling", "Insert Flatten", "Insert Permute 1 × 0"}


def test_a_convolution_over_a_sequence_gets_its_axes_swapped() -> None:
    assert buttons(drawn("image -> conv -> out", image=(30, 8), conv=Conv1d(4)), "conv") == ["Insert Permute 1 × 0"]


def test_a_convolution_over_a_flat_picture_gets_it_folded() -> None:
    assert buttons(drawn("image -> conv -> out", image=(784,), conv=Conv2d(4)), "conv") == [
        "Insert Reshape 1 × 28 × 28"
    ]


def test_a_kernel_larger_than_the_image_gets_a_size_that_fits() -> None:
    graph = drawn("image -> conv -> out", image=(3, 5, 7), conv=Conv2d(8, 9, padding="valid"))
    assert buttons(graph, "conv") == ["Set kernel_size to 5 × 7 on conv", "Set padding to same on conv"]


def test_a_dilated_kernel_gets_a_size_that_fits_with_its_gaps() -> None:
    graph = drawn("image -> conv -> out", image=(3, 9, 9), conv=Conv2d(8, 7, padding="valid", dilation=3))
    assert buttons(graph, "conv") == ["Set kernel_size to 3 on conv", "Set padding to same on conv"]


def test_an_unequal_sum_gets_a_projection() -> None:
    graph = drawn(*RESIDUAL, a=Conv2d(64), b=Conv2d(128, stride=2), add=Add())
    assert buttons(graph, "add") == ["Insert Conv2d 128 · 1×1 · /2"]


def test_a_sum_of_unequal_widths_is_projected_on_either_side_or_widened() -> None:
    graph = drawn(*RESIDUAL, a=Conv2d(16), b=Conv2d(64), add=Add())
    projections = ["Insert Conv2d 64 · 1×1", "Insert Conv2d 16 · 1×1 after b"]
    assert buttons(graph, "add") == [*projections, "Set out_channels to 64 on a"]
    graph = drawn(*RESIDUAL, image=(8,), a=Linear(16), b=Linear(64), add=Add())
    assert buttons(graph, "add") == ["Insert Linear 64", "Insert Linear 16 after b", "Set out_features to 64 on a"]


def test_a_sum_of_unequal_sizes_is_pooled_padded_or_enlarged() -> None:
    graph = drawn(*RESIDUAL, a=Conv2d(8), b=Conv2d(8, padding="valid"), add=Add())
    titles = buttons(graph, "add")
    assert "Insert Crop2d 1" in titles
    assert "Insert ZeroPad2d 1 after b" in titles


def test_a_join_of_unequal_sizes_is_reduced_or_enlarged() -> None:
    graph = drawn(*RESIDUAL, a=Conv2d(8), b=MaxPool2d(2), add=Concat())
    assert set(buttons(graph, "add")) >= {"Insert MaxPool2d 2×2", "Insert Upsample2d ×2 after b"}


def test_a_join_of_an_image_and_a_vector_makes_vectors_of_both() -> None:
    graph = drawn(
        "image -> flat -> join.parts[0]", "image -> join.parts[1]", "join -> out", flat=Flatten(), join=Concat()
    )
    assert buttons(graph, "join")[:2] == ["Insert global average pooling", "Insert Flatten"]


def test_an_empty_port_is_connected_to_the_only_result_that_fits() -> None:
    graph = drawn("image -> conv", "fc -> out", conv=Flatten(), fc=Linear(10))
    assert buttons(graph, "fc") == ["Connect conv to fc"]


def test_each_empty_port_of_two_is_connected_by_itself() -> None:
    graph = drawn("image -> relu", "minus -> out", relu=ReLU(), minus=Subtract())
    assert buttons(graph, "minus") == ["Connect relu to minus"]


def test_settings_that_do_not_divide_are_set_to_what_does() -> None:
    graph = drawn("image -> norm -> out", image=(6, 9, 9), norm=GroupNorm(4))
    assert buttons(graph, "norm") == ["Set num_groups to 2 on norm"]
    assert buttons(drawn("image -> conv -> out", conv=Conv2d(8, groups=3)), "conv") == ["Set groups to 1 on conv"]


def test_too_many_copies_are_cut_to_as_many_as_fit() -> None:
    graph = drawn("image -> pool -> out", pool=Node(MaxPool2d(2), 9))
    assert buttons(graph, "pool") == ["Set repeat to 4 on pool"]


def test_the_last_layer_is_given_a_score_for_every_class() -> None:
    graph = drawn(
        "image -> flat -> fc -> relu -> loss.logits",
        "labels -> loss.labels",
        "loss -> out",
        flat=Flatten(),
        fc=Linear(3),
        relu=ReLU(),
        labels=Input((), "auto", 10),
        loss=CrossEntropy(),
    )
    assert buttons(graph, "loss") == ["Set out_features to 10 on fc"]


def test_no_fix_breaks_what_was_right() -> None:
    graph = drawn(
        "image -> flat -> fc -> loss.logits",
        "fc -> add.parts[0]",
        "flat -> small -> add.parts[1]",
        "labels -> loss.labels",
        "add -> out",
        flat=Flatten(),
        fc=Linear(3),
        small=Linear(3),
        add=Add(),
        labels=Input((), "auto", 10),
        loss=CrossEntropy(),
    )
    assert buttons(graph, "loss") == []


def test_a_result_that_nobody_uses_goes_to_an_empty_port_or_out() -> None:
    graph = drawn("image -> conv", conv=Conv2d(3))
    checked = check(graph)
    (warning,) = [d for d in checked.diagnostics if d.level == "warning"]
    assert [fix.title for fix in fixes(warning, checked)] == ["Connect conv to out", "Add an Output after conv"]


@pytest.mark.parametrize(
    "graph, titles",
    [
        (Graph({"conv": Node(Conv2d(3)), "out": Node(Output())}), ["Add an Input"]),
        (Graph({"image": Node(Input())}), ["Add an Output after image"]),
    ],
)
def test_a_network_without_an_end_gets_one(graph: Graph, titles: list[str]) -> None:
    assert buttons(graph, "") == titles


def test_a_recurrent_layer_on_an_image_asks_for_a_sequence_that_nothing_makes_by_itself() -> None:
    assert buttons(drawn("image -> lstm -> out", lstm=LSTM(8)), "lstm") == []


SHAPES = [
    *(image(c, h, w) for c in (4, 8) for h, w in ((7, 7), (14, 14), (13, 14), (1, 1), (28, 28))),
    *(shape_of((c, n), meaning) for c in (4, 8) for n in (6, 12) for meaning in (Meaning.SIGNAL, Meaning.SEQUENCE)),
    *(vector(n) for n in (4, 8, 48, 784)),
    shape_of((4, 6, 6, 6)),
    tokens(6, 9),
    labels(9),
]
WANTS: list[Shape | tuple[Meaning, ...]] = [*SHAPES, *((m,) for m in Meaning), VECTOR + SEQUENCE]


@pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.kind())
def test_a_block_that_offers_itself_leads_where_it_promises(kind: type[Block]) -> None:
    for have, want in product(SHAPES, WANTS):
        if have is want or have.meaning in (want if isinstance(want, tuple) else ()):
            continue
        block = kind.bridge(have, want)
        if block is not None:
            reached = measure(Node(block), (have, *(None for _ in block.inputs[1:]))).outputs[0]
            assert reached is not None, (have, want, block)
            fits = reached.meaning in want if isinstance(want, tuple) else reached is want
            assert fits, (have, want, block)
