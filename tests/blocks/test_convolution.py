"""Convolutions by the book: the vocabulary's figures, one-sided zeros, groups, depthwise, transposed, separable."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from blocks.block import Block
from blocks.convolution import Conv1d, Conv2d, DepthwiseConv2d
from blocks.graph import Node
from blocks.measure import Row, measure
from blocks.separable import SeparableConv2d
from blocks.shape import Meaning, image, shape_of
from blocks.transposed import ConvTranspose1d, ConvTranspose2d
from tests.blocks.oracle import Case, answer, built, made, text_of

small = st.integers(1, 4)


def row(block: Block, *sizes: int) -> Row:
    return measure(Node(block), (image(*sizes),))


def out(block: Block, *sizes: int) -> tuple[int, ...] | None:
    shape = row(block, *sizes).outputs[0]
    return shape.sizes if shape else None


def test_one_kernel_gives_one_map_and_n_kernels_n() -> None:
    assert out(Conv2d(1, 3, padding="valid"), 1, 5, 5) == (1, 3, 3)
    assert out(Conv2d(1, 3, padding="valid"), 7, 5, 5) == (1, 3, 3)
    assert row(Conv2d(6, 3), 7, 5, 5).parameters == 6 * (7 * 9) + 6


def test_the_picture_size_changes_the_cost_and_not_the_parameters() -> None:
    little, large = row(Conv2d(8), 3, 10, 10), row(Conv2d(8), 3, 20, 20)
    assert little.parameters == large.parameters
    assert 4 * little.macs == large.macs


def test_padding_of_one_keeps_the_size() -> None:
    assert out(Conv2d(4, 3, padding=1), 1, 5, 5) == (4, 5, 5)


def test_rows_and_columns_may_differ() -> None:
    assert out(Conv2d(4, 3, 2), 1, 28, 28) == (4, 14, 14)
    assert out(Conv2d(4, 3, (2, 1)), 1, 28, 28) == (4, 14, 28)
    assert out(Conv2d(4, (3, 1)), 2, 17, 17) == (4, 17, 17)
    assert out(Conv2d(4, (1, 7), padding=(0, 3)), 2, 17, 17) == (4, 17, 17)


def test_same_with_stride_two_pads_one_side_as_tensorflow_does() -> None:
    block = Conv2d(64, 3, 2)
    assert out(block, 3, 224, 224) == (64, 112, 112)
    text = text_of(Case(block, (image(3, 224, 224),)).graph())
    assert "F.pad(x0, (0, 1, 0, 1))" in text
    assert "nn.Conv2d(3, 64, 3, stride=2)" in text


def test_the_result_is_the_sum_of_products_without_a_flip() -> None:
    module = made(Conv2d(1, 3, padding="valid", bias=False), image(1, 3, 3))
    weight, x = torch.arange(9.0).reshape(1, 1, 3, 3), torch.randn(1, 1, 3, 3)
    module.load_state_dict({"node.weight": weight})
    torch.testing.assert_close(module(x).sum(), (weight * x).sum())
    assert not torch.isclose(module(x).sum(), (weight.flip(2, 3) * x).sum())


@pytest.mark.parametrize(
    "block, into, kernel, parameters",
    [
        (Conv2d(256, 5, groups=2), 96, (256, 48, 5, 5), 307_456),
        (Conv2d(384, 3, groups=2), 384, (384, 192, 3, 3), 663_936),
        (Conv2d(256, 3, groups=2), 384, (256, 192, 3, 3), 442_624),
    ],
)
def test_alexnets_towers_are_grouped_convolutions(block: Conv2d, into: int, kernel: Any, parameters: int) -> None:
    assert block.parameters(image(into, 27, 27))["weight"] == kernel
    assert row(block, into, 27, 27).parameters == parameters


def test_groups_that_do_not_divide_are_unfit_and_one_group_repairs_it() -> None:
    problem = row(Conv2d(8, groups=3), 4, 9, 9).problem
    assert problem is not None
    assert (problem.received, problem.expected) == ("4 input channels", "input channels that 3 groups divide")


def test_a_depthwise_convolution_has_one_kernel_a_channel() -> None:
    found = row(DepthwiseConv2d(3, padding=1, bias=False), 3, 5, 5)
    assert (found.outputs[0], found.parameters, found.macs) == (image(3, 5, 5), 27, 675)
    assert row(DepthwiseConv2d(5, bias=False), 16, 7, 7).parameters == 25 * 16
    assert "groups=3" in str(DepthwiseConv2d(3).module(image(3, 5, 5)))


def test_a_pointwise_convolution_changes_only_the_channels() -> None:
    found = row(Conv2d(4, 1, bias=False), 3, 5, 5)
    assert (found.outputs[0], found.parameters, found.macs) == (image(4, 5, 5), 12, 300)


def test_a_separable_convolution_opens_to_six_nodes() -> None:
    inside = row(SeparableConv2d(64), 32, 112, 112).inside
    assert inside is not None
    kinds = [node.block.kind() for node in inside.graph.nodes.values()]
    assert kinds == "Input DepthwiseConv2d BatchNorm2d ReLU Conv2d BatchNorm2d ReLU Output".split()


def test_a_separable_convolution_costs_what_mobilenet_says() -> None:
    found = row(SeparableConv2d(64), 32, 112, 112)
    assert found.macs == 29_302_784
    assert found.parameters == 288 + 2048 + 2 * 32 + 2 * 64


def test_a_transposed_convolution_restores_the_shape_and_not_the_values() -> None:
    x = torch.randn(1, 1, 4, 4)
    small_ = answer(Conv2d(1, 3, padding="valid"), x)
    back = answer(ConvTranspose2d(1, 3, 1, "valid"), small_)
    assert (small_.shape[2:], back.shape[2:]) == ((2, 2), (4, 4))
    assert not torch.allclose(back, x)


def test_a_transposed_convolution_is_a_padded_one_with_the_kernel_turned() -> None:
    module = made(ConvTranspose2d(1, 3, 1, "valid", bias=False), image(1, 2, 2))
    weight, x = torch.randn(1, 1, 3, 3), torch.randn(1, 1, 2, 2)
    module.load_state_dict({"node.weight": weight})
    torch.testing.assert_close(module(x), F.conv2d(x, weight.flip(2, 3), padding=2))


@given(n=st.integers(1, 9), kernel=small, stride=small, dilation=small)
def test_transposed_same_gives_the_size_times_the_stride_or_says_that_it_cannot(
    n: int, kernel: int, stride: int, dilation: int
) -> None:
    block = ConvTranspose1d(2, kernel, stride, dilation=dilation)
    case = Case(block, (shape_of((3, n), Meaning.SIGNAL),))
    if case.row.problem:
        assert stride == dilation == 1
        assert kernel % 2 == 0
    else:
        assert built(case)(torch.randn(1, 3, n)).shape == (1, 2, n * stride)


@given(n=st.integers(1, 9), settings=st.tuples(small, small, st.integers(0, 3), st.integers(0, 3)))
def test_transposed_sizes_are_torchs(n: int, settings: tuple[int, ...]) -> None:
    case = Case(ConvTranspose1d(2, *settings), (shape_of((3, n), Meaning.SIGNAL),))
    if case.row.problem is None:
        made_, promised = built(case), case.row.outputs[0]
        assert promised is not None
        assert made_(torch.randn(1, 3, n)).shape == (1, *promised.sizes)


@given(n=st.integers(1, 20), settings=st.tuples(small, small, st.sampled_from(["same", "valid", 0, 1, 2]), small))
def test_convolutions_fit_wherever_torch_finds_them_to(n: int, settings: tuple[Any, ...]) -> None:
    case = Case(Conv1d(2, *settings), (shape_of((3, n), Meaning.SIGNAL),))
    if case.row.problem is None:
        assert built(case)(torch.randn(1, 3, n)).shape[1:] == case.row.outputs[0].sizes  # type: ignore[union-attr]
    else:
        reach = settings[3] * (settings[0] - 1) + 1
        assert n + 2 * (settings[2] if isinstance(settings[2], int) else 0) < reach
        assert prod(case.inputs[0].sizes) == 3 * n
