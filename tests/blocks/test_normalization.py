"""Normalization: which axes share a mean, what is learned, and the figure for local response."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from blocks.block import Block, Change
from blocks.graph import Node
from blocks.measure import measure
from blocks.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm, LocalResponseNorm
from blocks.shape import image, sequence
from tests.blocks.oracle import answer, made

X = 3 + 2 * torch.randn(4, 6, 5, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    "block, axes",
    [
        (BatchNorm2d(), (0, 2, 3)),
        (InstanceNorm2d(), (2, 3)),
        (LayerNorm(), (1, 2, 3)),
        (LayerNorm(axes=2), (2, 3)),
        (GroupNorm(1), (1, 2, 3)),
    ],
    ids=str,
)
def test_mean_and_deviation_are_taken_over_the_axes_of_its_name(block: Block, axes: tuple[int, ...]) -> None:
    y = answer(block, X)
    flat = y.mean(axes)
    torch.testing.assert_close(flat, torch.zeros_like(flat), rtol=0, atol=1e-5)
    torch.testing.assert_close(y.var(axes, unbiased=False), torch.ones_like(flat), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "block", [BatchNorm2d(), InstanceNorm2d(affine=True), GroupNorm(3)], ids=lambda block: block.kind()
)
def test_two_numbers_a_channel_are_learned(block: Block) -> None:
    assert measure(Node(block), (image(6, 5, 5),)).parameters == 2 * 6


def test_layer_norm_learns_two_numbers_a_feature() -> None:
    assert measure(Node(LayerNorm()), (sequence(9, 6),)).parameters == 2 * 6
    assert measure(Node(LayerNorm(bias=False)), (sequence(9, 6),)).parameters == 6
    assert measure(Node(LayerNorm(elementwise_affine=False)), (sequence(9, 6),)).parameters == 0


def test_only_batch_norm_keeps_running_statistics_by_itself() -> None:
    kept = {
        block.kind(): measure(Node(block), (image(6, 5, 5),)).buffers
        for block in (BatchNorm2d(), LayerNorm(), GroupNorm(), InstanceNorm2d())
    }
    assert kept == {"BatchNorm2d": 12, "LayerNorm": 0, "GroupNorm": 0, "InstanceNorm2d": 0}


def test_training_and_evaluating_differ() -> None:
    module = made(BatchNorm2d(), image(6, 5, 5))
    trained: Tensor = module(X)
    assert not torch.allclose(trained, module.eval()(X))


def test_the_learned_numbers_set_mean_and_spread() -> None:
    module = made(BatchNorm2d(), image(6, 5, 5))
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            parameter.fill_({"node.weight": 0.5, "node.bias": 7.0}[name])
    y = module(X)
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.full((6,), 7.0))
    torch.testing.assert_close(y.std((0, 2, 3), unbiased=False), torch.full((6,), 0.5), rtol=0, atol=1e-4)


@pytest.mark.parametrize("alpha, expected", [(5e-4, 5.8369), (1e-4, 5.9238)])
def test_local_response_has_the_published_figure(alpha: float, expected: float) -> None:
    y = answer(LocalResponseNorm(5, alpha=alpha, beta=0.75, k=2.0), torch.full((1, 9, 1, 1), 10.0))
    assert y[0, 4].item() == pytest.approx(expected, abs=1e-4)


def test_groups_that_do_not_divide_the_channels_repair_themselves() -> None:
    problem = measure(Node(GroupNorm(4)), (image(6, 5, 5),)).problem
    assert problem is not None
    assert problem.remedies == (Change({"num_groups": 2}),)


def test_an_instance_of_one_pixel_has_no_deviation() -> None:
    problem = measure(Node(InstanceNorm2d()), (image(6, 1, 1),)).problem
    assert problem is not None
    assert "more than one pixel" in problem.expected


def test_batch_norm_of_a_sequence_asks_for_a_signal() -> None:
    problem = measure(Node(BatchNorm1d()), (sequence(6, 5),)).problem
    assert problem is not None
    assert problem.expected == "a vector or a signal"
