"""Pooling: the vocabulary's grids, one-sided padding that never wins a maximum, and what an average divides by."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from blocks.block import Block
from blocks.convolution import DepthwiseConv2d
from blocks.graph import Node
from blocks.measure import measure
from blocks.pooling import AvgPool1d, AvgPool2d, MaxPool1d, MaxPool2d
from blocks.pooling_global import AdaptiveAvgPool1d, GlobalAvgPool, GlobalMaxPool
from blocks.shape import VECTOR, Meaning, Shape, image, sequence, shape_of, vector
from tests.blocks.oracle import Case, answer, batch, built, made, text_of

GRID = torch.arange(9.0).reshape(1, 1, 3, 3)


def out(block: Block, x: Shape) -> Shape | None:
    return measure(Node(block), (x,)).outputs[0]


def test_windows_of_a_three_by_three_grid_have_the_published_maxima_and_means() -> None:
    assert answer(MaxPool2d(2, 1), GRID).flatten().tolist() == [4, 5, 7, 8]
    assert answer(AvgPool2d(2, 1), GRID).flatten().tolist() == [2, 3, 5, 6]


def test_pooling_keeps_the_channels_and_has_no_parameters() -> None:
    row = measure(Node(MaxPool2d(3, 2)), (image(96, 55, 55),))
    assert (row.outputs[0], row.parameters, row.macs) == (image(96, 27, 27), 0, 0)


def test_a_window_of_ten_takes_twenty_to_two() -> None:
    assert out(AvgPool2d(10), image(1, 20, 20)) == image(1, 2, 2)


def test_an_average_is_a_depthwise_convolution_of_equal_weights() -> None:
    x = torch.randn(2, 3, 8, 8)
    slid = made(DepthwiseConv2d(2, 2, "valid", bias=False), image(3, 8, 8))
    slid.load_state_dict({"node.weight": torch.full((3, 1, 2, 2), 0.25)})
    torch.testing.assert_close(slid(x), answer(AvgPool2d(2), x))


def test_same_padding_never_wins_a_maximum() -> None:
    x = -torch.ones(1, 1, 4, 4)
    assert "F.pad(x0, (0, 1, 0, 1), value=float('-inf'))" in text_of(
        Case(MaxPool2d(3, 2, "same"), (image(1, 4, 4),)).graph()
    ).replace('"', "'")
    assert answer(MaxPool2d(3, 2, "same"), x).flatten().tolist() == [-1] * 4


@pytest.mark.parametrize("counted, corner", [(True, 4 / 9), (False, 1.0)])
def test_an_average_counts_the_zeros_of_same_padding_only_when_asked(counted: bool, corner: float) -> None:
    means = answer(AvgPool2d(3, 2, "same", count_include_pad=counted), torch.ones(1, 1, 4, 4))
    torch.testing.assert_close(means[0, 0, 1, 1], torch.tensor(corner))
    torch.testing.assert_close(means[0, 0, 0, 0], torch.tensor(1.0))


def test_a_divisor_of_ones_own_takes_the_place_of_the_window() -> None:
    assert answer(AvgPool2d(2, 1, divisor_override=1), GRID).flatten().tolist() == [8, 12, 20, 24]


@given(
    n=st.integers(1, 20),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4) | st.none(),
    padding=st.sampled_from(["same", "valid", 0, 1, 2]),
    dilation=st.integers(1, 3),
    ceil=st.booleans(),
)
def test_maxima_have_torchs_sizes(
    n: int, kernel: int, stride: int | None, padding: Any, dilation: int, ceil: bool
) -> None:
    agrees_with_torch(MaxPool1d(kernel, stride, padding, dilation, ceil), n)


@given(
    n=st.integers(1, 20),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4) | st.none(),
    padding=st.sampled_from(["same", "valid", 0, 1, 2]),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_averages_have_torchs_sizes(
    n: int, kernel: int, stride: int | None, padding: Any, flags: tuple[bool, bool]
) -> None:
    agrees_with_torch(AvgPool1d(kernel, stride, padding, *flags), n)


def agrees_with_torch(block: Block, n: int) -> None:
    case = Case(block, (shape_of((2, n), Meaning.SIGNAL),))
    promised = case.row.outputs[0]
    if promised is not None:
        with torch.no_grad():
            assert built(case)(*batch(case, 1)).shape == (1, *promised.sizes)


def test_padding_of_more_than_half_a_window_is_unfit() -> None:
    problem = measure(Node(MaxPool2d(2, padding=2)), (image(1, 8, 8),)).problem
    assert problem is not None
    assert (problem.setting, problem.expected) == ("padding", "padding of at most 1, half the kernel")


@pytest.mark.parametrize("size", [7, 4, 1])
def test_global_average_pooling_gives_the_channels_at_any_size(size: int) -> None:
    assert out(GlobalAvgPool(), image(1024, size, size)) is vector(1024)


def test_global_pooling_does_not_care_where_in_the_map_things_are() -> None:
    x = torch.randn(2, 3, 5, 5)
    for block in (GlobalAvgPool(), GlobalMaxPool()):
        torch.testing.assert_close(answer(block, x), answer(block, x.roll(2, dims=3)))


def test_global_pooling_of_a_sequence_runs_over_its_steps() -> None:
    assert out(GlobalAvgPool(), sequence(9, 4)) is vector(4)
    x = torch.randn(2, 9, 4)
    torch.testing.assert_close(answer(GlobalAvgPool(), x), x.mean(1))


def test_global_pooling_offers_itself_where_a_vector_is_wanted() -> None:
    assert GlobalAvgPool.bridge(image(8, 4, 4), VECTOR) == GlobalAvgPool()
    assert GlobalAvgPool.bridge(vector(8), VECTOR) is None
    assert GlobalAvgPool.bridge(image(8, 4, 4), vector(9)) is None


@given(n=st.integers(1, 30), places=st.integers(1, 30))
def test_an_adaptive_window_is_as_wide_as_the_widest_of_torchs(n: int, places: int) -> None:
    ((extent, _),) = AdaptiveAvgPool1d(places).window(shape_of((1, n), Meaning.SIGNAL))
    one_each = torch.eye(n).reshape(n, 1, n)  # a channel for every pixel, so that a window shows which it takes
    seen = (F.adaptive_avg_pool1d(one_each, places) > 0).sum(0).max()
    assert places == 1 or extent == seen
