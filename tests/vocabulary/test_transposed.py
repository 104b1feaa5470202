"""Rows X01-X03 of the vocabulary: a convolution as a matrix, and the transposed convolution as its transpose."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from blocks.block import Block
from blocks.convolution import Conv1d, Conv2d, DepthwiseConv2d
from blocks.shape import Meaning, Shape, image, shape_of
from blocks.transposed import ConvTranspose2d
from blocks.unrolled import Unrolled, unrolled
from tests.blocks.oracle import made
from tests.vocabulary.rows import out


def matrix(block: Block, x: Shape) -> Unrolled:
    found = unrolled(block, x)
    assert found is not None
    return found


def products(block: Block, x: Shape) -> tuple[list[float], list[float]]:
    """What the compiled block gives for random numbers, and what the matrix view does."""
    network = made(block, x)
    [weight] = network.parameters()
    numbers = torch.randn(1, *x.sizes)
    found = matrix(block, x).times(weight.flatten().tolist(), numbers.flatten().tolist())
    return network(numbers).flatten().tolist(), found


def test_X01_a_3x3_convolution_of_4x4_is_a_matrix_of_4_by_16_with_36_weights() -> None:
    conv = Conv2d(1, 3, padding="valid", bias=False)
    found = matrix(conv, image(1, 4, 4))
    assert (found.rows, found.columns, len(found.entries)) == (4, 16, 36)
    assert set(found.entries.values()) == set(range(9)), "nine weights, each used four times"
    torchs, product = products(conv, image(1, 4, 4))
    assert product == pytest.approx(torchs, abs=1e-5)


OTHERS = [
    (Conv2d(4, (3, 2), 2, "same", groups=2, bias=False), image(2, 5, 6)),
    (Conv1d(3, 3, 1, 2, dilation=2, bias=False), shape_of((2, 7), Meaning.SIGNAL)),
    (DepthwiseConv2d(3, multiplier=2, bias=False), image(2, 4, 4)),
    (ConvTranspose2d(3, 3, 2, 1, 1, bias=False), image(2, 3, 4)),
    (ConvTranspose2d(4, 2, 1, 0, groups=2, dilation=2, bias=False), image(2, 3, 3)),
]


@pytest.mark.parametrize("block, x", OTHERS, ids=lambda case: str(case))
def test_X01_the_matrix_view_holds_for_every_kind_of_convolution(block: Block, x: Shape) -> None:
    torchs, product = products(block, x)
    assert product == pytest.approx(torchs, abs=1e-5)


def test_X02_the_transpose_leads_back_and_is_the_transposed_convolution() -> None:
    back = ConvTranspose2d(1, 3, 1, 0, bias=False)
    found = matrix(Conv2d(1, 3, padding="valid", bias=False), image(1, 4, 4)).transposed()
    assert (found.rows, found.columns) == (16, 4)
    assert found == matrix(back, image(1, 2, 2))
    network, numbers = made(back, image(1, 2, 2)), torch.randn(1, 1, 2, 2)
    [weight] = network.parameters()
    product = torch.tensor(found.times(weight.flatten().tolist(), numbers.flatten().tolist())).reshape(1, 1, 4, 4)
    torch.testing.assert_close(network(numbers), product)
    torch.testing.assert_close(network(numbers), F.conv2d(numbers, weight.flip(2, 3), padding=2))


def test_X03_the_way_back_restores_the_shape_but_not_the_values() -> None:
    there, back = made(Conv2d(1, 3, padding="valid"), image(1, 4, 4)), made(ConvTranspose2d(1, 3, 1, 0), image(1, 2, 2))
    numbers = torch.randn(1, 1, 4, 4)
    again = back(there(numbers))
    assert again.shape == numbers.shape
    assert not torch.allclose(again, numbers, atol=0.1)


@pytest.mark.parametrize("n, k, s, p, extra", [(2, 3, 1, 0, 0), (4, 4, 2, 1, 0), (7, 3, 2, 1, 1), (5, 2, 3, 0, 2)])
def test_X03_the_size_is_n_minus_1_times_s_minus_2p_plus_k_plus_the_output_padding(
    n: int, k: int, s: int, p: int, extra: int
) -> None:
    assert out(ConvTranspose2d(1, k, s, p, extra), image(1, n, n)) == (1, *[(n - 1) * s - 2 * p + k + extra] * 2)
