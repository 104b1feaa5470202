"""Mixup and CutMix against the formulas of their papers; nothing is mixed while a network is measured."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from blocks.block import Block
from blocks.loss import CrossEntropy
from blocks.mixing import CutMix, Mixup
from blocks.shape import image, labels, shape_of, tokens, vector
from runtime.modules.cutmix import cutmix
from runtime.modules.mixup import mixup
from tests.vocabulary.rows import row

LABELS = torch.tensor([0, 1, 2, 2, 1, 0, 1, 2])
PICTURES = torch.arange(8.0).view(8, 1, 1, 1).expand(8, 2, 10, 12).contiguous()  # the n-th is all n
Mixing = Callable[..., tuple[Tensor, Tensor]]
both = pytest.mark.parametrize("mixing", [mixup, cutmix], ids=["mixup", "cutmix"])


def test_mixup_is_the_convex_sum_of_two_examples_and_of_their_labels() -> None:
    torch.manual_seed(3)
    torch.rand(())  # whether to mix at all
    share = float(torch.distributions.Beta(0.4, 0.4).sample())
    other = torch.randperm(8)
    torch.manual_seed(3)
    mixed, target = mixup(PICTURES, LABELS, 3, alpha=0.4)
    assert torch.allclose(mixed[:, 0, 0, 0], share * torch.arange(8.0) + (1 - share) * other)
    wanted = share * torch.eye(3)[LABELS] + (1 - share) * torch.eye(3)[LABELS[other]]
    assert torch.allclose(target, wanted)


def test_cutmix_shares_the_classes_as_the_areas() -> None:
    for seed in range(20):
        torch.manual_seed(seed)
        mixed, target = cutmix(PICTURES, torch.arange(8), 8, alpha=1.0)
        assert set(mixed.flatten().tolist()) <= set(map(float, range(8)))
        for own, picture in enumerate(mixed):
            shown = torch.bincount(picture[0].flatten().long(), minlength=8) / picture[0].numel()
            assert torch.allclose(target[own], shown.float()), (seed, own)


def test_the_pasted_part_is_one_box() -> None:
    torch.manual_seed(0)
    mixed, _ = cutmix(PICTURES, LABELS, 3, alpha=1.0)
    foreign = (mixed != PICTURES)[:, 0]
    one = foreign[foreign.flatten(1).any(1)][0]
    rows, columns = one.any(1).nonzero().flatten(), one.any(0).nonzero().flatten()
    assert one.sum() == len(rows) * len(columns) > 0
    assert rows.diff().eq(1).all()
    assert columns.diff().eq(1).all()


@both
def test_what_is_measured_is_not_mixed(mixing: Mixing) -> None:
    before = torch.get_rng_state()
    with torch.no_grad():
        mixed, target = mixing(PICTURES, LABELS, 3, alpha=1.0)
    assert torch.equal(mixed, PICTURES)
    assert torch.equal(target, torch.eye(3)[LABELS])
    assert torch.equal(before, torch.get_rng_state())  # nor is anything drawn for it


@both
def test_a_batch_is_mixed_as_often_as_is_said(mixing: Mixing) -> None:
    torch.manual_seed(0)
    kept = sum(torch.equal(mixing(PICTURES, LABELS, 3, alpha=1.0, probability=0.3)[0], PICTURES) for _ in range(400))
    assert 0.6 < kept / 400 < 0.8
    assert torch.equal(mixing(PICTURES, LABELS, 3, alpha=1.0, probability=0.0)[0], PICTURES)


@pytest.mark.parametrize("block", [Mixup(), CutMix()], ids=["Mixup", "CutMix"])
def test_the_target_fits_a_cross_entropy(block: Block) -> None:
    mixed, target = row(block, image(3, 8, 8), labels(10)).outputs
    assert mixed == image(3, 8, 8)
    assert target == vector(10)
    assert row(CrossEntropy(), vector(10), target).problem is None


@pytest.mark.parametrize("given", [shape_of(()), tokens(4, 3), labels(0)], ids=["numbers", "several", "unknown"])
def test_what_is_no_label_of_known_classes_is_refused(given: object) -> None:
    problem = row(Mixup(), vector(3), given).problem
    assert problem is not None
    assert "a label () for each example" in problem.expected
