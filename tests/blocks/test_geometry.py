"""The arithmetic of windows: TensorFlow's rule, and torch's own sizes for any kernel, stride, padding and dilation."""

from __future__ import annotations

import pytest
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import zeros

from blocks.geometry import largest_divisor, largest_square_root, pad_text, pads, same_pads, slid, symmetric

sizes = st.integers(1, 40)
small = st.integers(1, 5)


@pytest.mark.parametrize(
    "n, kernel, stride, valid, same",
    [
        (5, 3, 1, 3, 5),
        (224, 3, 2, 111, 112),
        (224, 11, 4, 54, 56),
        (112, 3, 2, 55, 56),
        (28, 5, 1, 24, 28),
        (7, 2, 2, 3, 4),
    ],
)
def test_valid_and_same_give_the_published_sizes(n: int, kernel: int, stride: int, valid: int, same: int) -> None:
    assert slid(n, (0, 0), kernel, stride, 1) == valid
    assert slid(n, same_pads(n, kernel, stride, 1), kernel, stride, 1) == same


@given(n=sizes, kernel=small, stride=small, dilation=small)
def test_same_always_leaves_the_size_divided_by_the_stride_rounded_up(
    n: int, kernel: int, stride: int, dilation: int
) -> None:
    before, after = same_pads(n, kernel, stride, dilation)
    assert slid(n, (before, after), kernel, stride, dilation) == -(-n // stride)
    assert after - before in {0, 1}


@given(n=sizes, kernel=small, stride=small, dilation=small, side=st.integers(0, 2), ceil=st.booleans())
def test_places_are_as_many_as_torch_finds(
    n: int, kernel: int, stride: int, dilation: int, side: int, ceil: bool
) -> None:
    assume(side <= kernel // 2)
    places = slid(n, (side, side), kernel, stride, dilation, ceil=ceil)
    assume(places > 0)
    pooled = F.max_pool1d(zeros(1, 1, n), kernel, stride, side, dilation, ceil_mode=ceil)
    assert pooled.shape[2] == places


def test_sides_print_with_the_last_axis_first() -> None:
    sides = pads((5, 224), "same", (3, 3), (1, 2), (1, 1))
    assert sides == ((1, 1), (0, 1))
    assert pad_text(sides) == "(0, 1, 1, 1)"
    assert not symmetric(sides)


@given(n=st.integers(1, 300), most=small)
def test_the_largest_divisor_is_found_as_by_trying_all(n: int, most: int) -> None:
    assert largest_divisor(n, most) == max(d for d in range(1, most + 1) if n % d == 0)
    assert largest_square_root(n, most) == max(d for d in range(1, most + 1) if n % d**2 == 0)


def test_divisors_of_huge_numbers_are_found_at_once() -> None:
    assert largest_divisor(2**31, 2**31 - 1) == 2**30
    assert largest_divisor(2**62 - 1, 2**31 - 1) > 1
    assert largest_divisor(64, 2**31 - 1) == 64
    assert largest_square_root(2**31 - 1, 2**31 - 1) == 1
