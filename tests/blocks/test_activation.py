"""Activations at the vocabulary's points."""

from __future__ import annotations

import math

import pytest
import torch

from blocks.activation import (
    GELU,
    Hardsigmoid,
    Hardswish,
    Identity,
    LeakyReLU,
    LogSoftmax,
    Maxout,
    PReLU,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Step,
    Tanh,
)
from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.graph import Node
from blocks.measure import measure
from blocks.shape import image, sequence, vector
from tests.blocks.oracle import answer

POINTS = [-4.0, -3.0, -1.0, 0.0, 1.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "block, x, y",
    [
        (ReLU(), POINTS, [0, 0, 0, 0, 1, 3, 4]),
        (ReLU6(), [-1, 3, 7], [0, 3, 6]),
        (Sigmoid(), [0, 2], [0.5, 1 / (1 + math.exp(-2))]),
        (Tanh(), [0, 1], [0, (math.e - 1 / math.e) / (math.e + 1 / math.e)]),
        (Hardswish(), POINTS, [0, 0, -1 / 3, 0, 2 / 3, 3, 4]),
        (Hardsigmoid(), POINTS, [0, 0, 1 / 3, 0.5, 2 / 3, 1, 1]),
        (SiLU(), POINTS, [-0.0719, -0.1423, -0.2689, 0, 0.7311, 2.8577, 3.9281]),
        (LeakyReLU(0.2), [-5, 5], [-1, 5]),
        (GELU(), [0, 1], [0, 0.8413]),
        (Step(), [-0.1, 0, 2], [0, 1, 1]),
        (Step(1.5), [1.4, 1.5], [0, 1]),
        (Identity(), POINTS, POINTS),
    ],
    ids=lambda value: value.kind() if isinstance(value, Block) else "",
)
def test_it_has_the_published_values(block: Block, x: list[float], y: list[float]) -> None:
    found = answer(block, torch.tensor([x], dtype=torch.float32))
    torch.testing.assert_close(found, torch.tensor([y], dtype=torch.float32), rtol=0, atol=5e-5)


def test_activations_learn_nothing_but_for_prelu() -> None:
    assert measure(Node(ReLU()), (image(8, 4, 4),)).parameters == 0
    assert measure(Node(PReLU()), (image(8, 4, 4),)).parameters == 1
    assert measure(Node(PReLU(per_channel=True)), (image(8, 4, 4),)).parameters == 8


def test_softmax_sums_to_one_over_the_classes_of_whatever_it_gets() -> None:
    for x, axis in ((torch.randn(2, 1000), 1), (torch.randn(2, 6, 5), 2), (torch.randn(2, 4, 3, 5), 1)):
        shares = answer(Softmax(), x)
        torch.testing.assert_close(shares.sum(axis), torch.ones_like(x.sum(axis)))
        torch.testing.assert_close(answer(LogSoftmax(), x).exp(), shares)


def test_softmax_along_an_axis_that_is_not_there_is_unfit() -> None:
    problem = measure(Node(Softmax(dim=2)), (vector(4),)).problem
    assert problem is not None
    assert problem.expected == "an axis from -1 to 0, not 2"


def test_maxout_halves_the_channels_and_sends_the_gradient_to_the_winner_alone() -> None:
    assert measure(Node(Maxout()), (image(8, 4, 4),)).outputs[0] is image(4, 4, 4)
    assert measure(Node(Maxout()), (sequence(5, 8),)).outputs[0] is sequence(5, 4)
    x = torch.tensor([[1.0, 1.0, -3.0, 2.0]], requires_grad=True)
    answer(Maxout(), x).sum().backward()
    assert x.grad is not None
    assert x.grad.sum() == 2
    assert x.grad.flatten().tolist()[2:] == [0, 1]


def test_stacked_convolutions_without_an_activation_stay_affine() -> None:
    x, y = torch.randn(1, 2, 6, 6), torch.randn(1, 2, 6, 6)

    def twice(z: torch.Tensor) -> torch.Tensor:
        return answer(Conv2d(3, bias=False), answer(Conv2d(2, bias=False), z))

    torch.testing.assert_close(twice(x + y), twice(x) + twice(y))
