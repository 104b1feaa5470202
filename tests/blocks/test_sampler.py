"""Samplers: what they draw, for how many examples, and that the seed decides."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from blocks.block import At, Block
from blocks.sampler import Noise, RandomLabels, RandomTimes
from blocks.shape import labels, vector
from tests.vocabulary.rows import chained, compiled, out, row

EXAMPLES = torch.zeros(20_000, 2)


def drawn(block: Block, seed: int = 0) -> Tensor:
    """What a sampler gives for many examples."""
    network = compiled(chained(vector(2), block))
    torch.manual_seed(seed)
    given: Tensor = network(EXAMPLES)
    return given


def told(block: Block) -> str:
    """The expression of a sampler beside a picture."""
    return block.forward(At("", {"like": "image"}, {"like": vector(2)}))


@pytest.mark.parametrize(
    ("block", "expression"),
    [
        (Noise(), "torch.randn(len(image), 100, device=image.device)"),
        (Noise((2, 4, 4), scale=0.5), "0.5 * torch.randn(len(image), 2, 4, 4, device=image.device)"),
        (Noise((3,), "uniform"), "torch.empty(len(image), 3, device=image.device).uniform_(-1.0, 1.0)"),
        (RandomLabels(10), "torch.randint(10, (len(image),), device=image.device)"),
        (RandomTimes(), "torch.rand(len(image), device=image.device)"),
        (RandomTimes(1000), "torch.randint(1000, (len(image),), device=image.device)"),
    ],
)
def test_a_sampler_is_printed_as_a_person_would_write_it(block: Block, expression: str) -> None:
    assert told(block) == expression


def test_the_size_is_that_of_the_setting_and_costs_nothing() -> None:
    assert out(Noise((100, 1, 1)), vector(3)) == (100, 1, 1)
    assert (row(Noise(), vector(3)).macs, row(Noise(), vector(3)).parameters) == (0, 0)
    assert row(RandomLabels(7), labels(3)).outputs == (labels(7),)
    assert row(RandomTimes(9), labels(3)).outputs == (labels(9),)


def test_labels_and_steps_are_drawn_alike_often() -> None:
    for block in (RandomLabels(5), RandomTimes(5)):
        counts = torch.bincount(drawn(block), minlength=5) / len(EXAMPLES)
        assert torch.allclose(counts, torch.full((5,), 0.2), atol=0.02)


def test_times_lie_from_0_to_1() -> None:
    times = drawn(RandomTimes())
    assert 0 <= times.min() < 0.01
    assert 0.99 < times.max() < 1


def test_what_is_drawn_follows_the_seed_and_is_another_each_time() -> None:
    once, again, other = (drawn(Noise((3,)), seed) for seed in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
    network: Any = compiled(chained(vector(2), Noise((3,)))).eval()
    assert not torch.equal(network(EXAMPLES), network(EXAMPLES))  # after training as well
