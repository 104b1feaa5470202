"""Rearranging and resizing: meanings that change with the axes, sizes that must divide, blocks that offer help."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from blocks.block import Block, Change
from blocks.graph import Node
from blocks.measure import measure
from blocks.reshape import Flatten, Permute, Reshape, Squeeze
from blocks.resize import Crop2d, Upsample2d, ZeroPad2d
from blocks.setting import BadSetting
from blocks.shape import IMAGE, SEQUENCE, SIGNAL, VECTOR, Meaning, Shape, image, sequence, shape_of, tokens, vector
from tests.blocks.oracle import Case, answer, built

SIGNAL_ = shape_of((8, 5), Meaning.SIGNAL)


@pytest.mark.parametrize(
    "block, x, y",
    [
        (Flatten(), image(16, 4, 4), vector(256)),
        (Flatten(start=1), image(8, 1, 5), SIGNAL_),
        (Flatten(start=1), sequence(5, 8), sequence(5, 8)),
        (Flatten(), tokens(7, 11), tokens(7, 11)),
        (Reshape((1, 28, 28)), vector(784), image(1, 28, 28)),
        (Reshape((-1, 4)), image(16, 3, 3), sequence(36, 4)),
        (Reshape((8, 5), "signal"), vector(40), SIGNAL_),
        (Permute((1, 0)), sequence(5, 8), SIGNAL_),
        (Permute((1, 0)), SIGNAL_, sequence(5, 8)),
        (Permute((2, 0, 1)), image(28, 28, 3), image(3, 28, 28)),
        (Squeeze(), image(8, 1, 1), vector(8)),
        (Squeeze(), image(8, 1, 5), SIGNAL_),
        (Squeeze(dim=0), image(1, 5, 8), sequence(5, 8)),
    ],
    ids=str,
)
def test_the_result_has_the_meaning_of_its_axes(block: Block, x: Shape, y: Shape) -> None:
    assert measure(Node(block), (x,)).outputs[0] is y


def test_permuting_moves_the_axes_as_torch_does() -> None:
    x = torch.randn(2, 3, 4, 5)
    torch.testing.assert_close(answer(Permute((2, 0, 1)), x), x.permute(0, 3, 1, 2))


@pytest.mark.parametrize("sizes", [(0, 3), (-1, -1), ()])
def test_sizes_that_can_never_be_are_bad_settings(sizes: tuple[int, ...]) -> None:
    with pytest.raises(BadSetting, match="one of which may be -1"):
        Reshape(sizes)


def test_an_order_of_axes_names_each_once() -> None:
    with pytest.raises(BadSetting, match="each of 0, 1, 2"):
        Permute((0, 0))


def test_numbers_that_do_not_divide_are_unfit_and_a_free_size_repairs_it() -> None:
    problem = measure(Node(Reshape((10, 4))), (vector(48),)).problem
    assert problem is not None
    assert (problem.received, problem.expected) == ("(48,), 48 numbers", "40 numbers for (10, 4)")
    assert problem.remedies == (Change({"sizes": (-1, 4)}),)


def test_bridges_lead_to_vectors_signals_and_square_images() -> None:
    assert Flatten.bridge(image(8, 4, 4), VECTOR + SEQUENCE) == Flatten()
    assert Permute.bridge(sequence(5, 8), SIGNAL) == Permute()
    assert Permute.bridge(sequence(5, 8), SIGNAL_) == Permute()
    assert Reshape.bridge(vector(784), IMAGE) == Reshape((1, 28, 28))
    assert Reshape.bridge(vector(3072), IMAGE) == Reshape((3, 32, 32))


@pytest.mark.parametrize("have, want", [(vector(10), IMAGE), (image(2, 4, 8), image(4, 4, 4)), (vector(9), vector(8))])
def test_no_reshape_is_offered_where_it_would_be_a_guess(have: Shape, want: Shape) -> None:
    assert Reshape.bridge(have, want) is None
    assert Permute.bridge(have, want) is None
    assert Squeeze.bridge(have, want) is None


def test_zeros_are_added_side_by_side() -> None:
    y = answer(ZeroPad2d(1, 2, 0, 3), torch.ones(1, 1, 2, 2))
    assert y.shape == (1, 1, 5, 5)
    assert y[0, 0, :2, 1:3].sum() == y.sum() == 4


def test_cropping_undoes_padding() -> None:
    x = torch.randn(1, 2, 4, 5)
    torch.testing.assert_close(answer(Crop2d(1, 2, 3, 0), answer(ZeroPad2d(1, 2, 3, 0), x)), x)


def test_cropping_more_than_there_is_is_unfit() -> None:
    problem = measure(Node(Crop2d(3, 3, 0, 0)), (image(1, 6, 6),)).problem
    assert problem is not None
    assert problem.expected == "an input larger than the (0, 6) pixels cut off"


@given(n=st.integers(1, 30), factor=st.floats(0.05, 4))
def test_enlarged_sizes_are_torchs(n: int, factor: float) -> None:
    case = Case(Upsample2d(factor), (image(1, n, 3),))
    promised = case.row.outputs[0]
    if promised is not None:
        assert built(case)(torch.randn(1, 1, n, 3)).shape == (1, *promised.sizes)


@pytest.mark.parametrize(
    "have, want, block",
    [
        (image(4, 7, 7), image(4, 14, 14), Upsample2d(2)),
        (image(4, 7, 7), image(4, 14, 13), Upsample2d(size=(14, 13))),
        (image(4, 14, 14), image(4, 7, 7), None),
        (image(4, 7, 7), image(5, 14, 14), None),
    ],
)
def test_enlarging_offers_itself_for_more_pixels_of_as_many_channels(have: Shape, want: Shape, block: Block) -> None:
    assert Upsample2d.bridge(have, want) == block


def test_padding_and_cropping_offer_what_differs_the_odd_pixel_at_the_end() -> None:
    assert ZeroPad2d.bridge(image(4, 7, 7), image(4, 8, 10)) == ZeroPad2d(1, 2, 0, 1)
    assert Crop2d.bridge(image(4, 64, 64), image(4, 57, 56)) == Crop2d(4, 4, 3, 4)
    assert Crop2d.bridge(image(4, 7, 7), image(4, 8, 10)) is None


def test_the_card_shows_the_size_instead_of_the_factor() -> None:
    assert Upsample2d().shorthand() == "×2"
    assert Upsample2d(size=(8, 9), mode="bilinear").shorthand() == "to 8×9 · bilinear"
    assert ZeroPad2d(0, 1, 0, 1).shorthand() == "0 1 0 1"
