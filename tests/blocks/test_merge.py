"""Joining: which axes must agree, who is told to change, and how a vector scales a map."""

from __future__ import annotations

import pytest
import torch

from blocks.block import Block, Bridge, Unfit
from blocks.graph import Node
from blocks.measure import measure
from blocks.merge import Add, Concat, Multiply, Subtract
from blocks.shape import Shape, image, sequence, shape_of, vector
from tests.blocks.oracle import answer

BRANCHES = (image(64, 28, 28), image(128, 28, 28), image(32, 28, 28), image(32, 28, 28))


def joined(block: Block, *parts: Shape) -> Shape | None:
    return measure(Node(block), (parts,)).outputs[0]


def problem(block: Block, *parts: Shape) -> Unfit:
    found = measure(Node(block), (parts,)).problem
    assert found is not None
    return found


def test_rows_are_joined_below_each_other_or_side_by_side() -> None:
    x, y, z = torch.full((1, 2, 2), 1.0), torch.full((1, 3, 2), 2.0), torch.full((1, 3, 2), 3.0)
    assert answer(Concat(dim=0), x, y, z).shape == (1, 8, 2)
    assert answer(Concat(dim=1), y, z).tolist() == [[[2, 2, 3, 3]] * 3]


def test_axes_that_disagree_are_named_with_their_sizes() -> None:
    found = problem(Concat(dim=1), sequence(2, 2), sequence(3, 2), sequence(3, 2))
    assert found.expected == "equal sizes on axis 0 to join on axis 1"
    assert found.received == "sizes 2, 3, 3"


def test_inceptions_branches_join_their_channels() -> None:
    assert joined(Concat(), *BRANCHES) is image(256, 28, 28)
    assert joined(Concat(), sequence(9, 3), sequence(9, 4)) is sequence(9, 7)
    assert joined(Concat(), vector(3), vector(4)) is vector(7)


def test_the_branch_that_differs_is_told_to_become_like_the_others() -> None:
    found = problem(Concat(), image(4, 14, 14), image(8, 28, 28), image(4, 14, 14))
    assert found.index == 1
    assert found.remedies == (Bridge(image(8, 14, 14), 1),)


def test_things_of_different_kinds_do_not_join() -> None:
    found = problem(Concat(), image(4, 14, 14), vector(8))
    assert found.received == "the image (4, 14, 14) and the vector (8,)"


def test_sums_need_one_shape_and_show_both() -> None:
    found = problem(Add(), image(64, 56, 56), image(128, 28, 28))
    assert found.received == "(64, 56, 56) and (128, 28, 28)"
    assert found.remedies == (Bridge(image(128, 28, 28), 0), Bridge(image(64, 56, 56), 1))


def test_the_larger_branch_is_asked_to_shrink_whichever_comes_first() -> None:
    found = problem(Add(), image(128, 28, 28), image(64, 56, 56))
    assert found.index == 1
    assert found.remedies[0] == Bridge(image(128, 28, 28), 1)


def test_sums_and_differences_are_torchs() -> None:
    x, y, z = torch.randn(3, 2, 5).unbind()
    torch.testing.assert_close(answer(Add(), x, y, z), x + y + z)
    torch.testing.assert_close(answer(Subtract(), x, y), x - y)


@pytest.mark.parametrize("scale", [image(6, 1, 1), vector(6), shape_of(()), image(6, 4, 5), image(1, 4, 5)], ids=str)
def test_scaling_a_map_keeps_its_shape(scale: Shape) -> None:
    assert joined(Multiply(), image(6, 4, 5), scale) is image(6, 4, 5)
    assert joined(Multiply(), scale, image(6, 4, 5)) is image(6, 4, 5)


def test_a_vector_scales_every_channel_by_its_number() -> None:
    x, scale = torch.randn(2, 6, 4, 5), torch.randn(2, 6)
    torch.testing.assert_close(answer(Multiply(), x, scale), x * scale[:, :, None, None])
    steps, weights = torch.randn(2, 5, 3), torch.randn(2, 3)
    torch.testing.assert_close(answer(Multiply(), steps, weights), steps * weights[:, None])


def test_a_vector_of_another_length_does_not_scale() -> None:
    found = problem(Multiply(), image(6, 4, 5), vector(5))
    assert found.expected == "inputs of one shape, or a number for each of the 6 channels of (6, 4, 5)"
    assert found.remedies == (Bridge(vector(6), 1),)
