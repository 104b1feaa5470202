"""Losses that torch lacks, each against its formula worked out apart: example by example, pair by pair."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from blocks.block import Block, Unfit
from blocks.loss_classes import Distillation, FocalLoss
from blocks.loss_dense import ContentLoss, DiceLoss, JaccardLoss, StyleLoss, TotalVariation, TverskyLoss
from blocks.loss_numbers import CosineDistance, GaussianKL
from blocks.loss_pairs import ContrastiveLoss, HardestTriplet, InfoNCE, NTXent
from blocks.shape import Meaning, Shape, image, labels, sequence, shape_of, vector
from tests.blocks.oracle import made

PIXELS = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
MASK = shape_of((4, 5), Meaning.TENSOR, "int64", 2)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def value(block: Block, shapes: tuple[Shape, ...], *tensors: Tensor) -> Tensor:
    """What the printed block gives, once its gradient has reached the first input."""
    given = [t.clone().requires_grad_() if i == 0 else t for i, t in enumerate(tensors)]
    result = made(block, *shapes)(*given)
    assert isinstance(result, Tensor)
    [gradient] = torch.autograd.grad(result, given[0])
    assert bool(torch.isfinite(gradient).all())
    assert bool(gradient.any())
    return result.detach()


def test_focal_loss_of_classes_weighs_each_example_by_what_it_misses() -> None:
    logits, given = torch.randn(6, 3), torch.randint(3, (6,))
    p = logits.softmax(1)[range(6), given]
    alpha = torch.tensor([1.0, 2.0, 0.5])[given]
    expected = (-alpha * (1 - p) ** 2 * p.log()).mean()
    block = FocalLoss(alpha=(1.0, 2.0, 0.5))
    torch.testing.assert_close(value(block, (vector(3), labels(3)), logits, given), expected)


def test_focal_loss_of_yes_and_no_has_the_figure_of_the_paper() -> None:
    logits = torch.tensor([[math.log(9.0)]])  # a probability of .9 for what is right
    shapes = vector(1), labels(2)
    ratio = -math.log(0.9) / value(FocalLoss(gamma=2.0), shapes, logits, torch.tensor([1])).item()
    assert ratio == pytest.approx(100, rel=1e-3)  # Lin et al. 2017, section 3.2
    weighed = value(FocalLoss(gamma=0.0, alpha=(0.25,)), shapes, logits, torch.tensor([1]))
    assert weighed.item() == pytest.approx(-0.25 * math.log(0.9), rel=1e-4)
    other = value(FocalLoss(gamma=0.0, alpha=(0.25,)), shapes, logits, torch.tensor([0]))
    assert other.item() == pytest.approx(-0.75 * math.log(0.1), rel=1e-4)


def test_without_its_focus_focal_loss_is_cross_entropy() -> None:
    logits, given = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    found = value(FocalLoss(gamma=0.0), (image(3, 4, 5), PIXELS), logits, given)
    torch.testing.assert_close(found, F.cross_entropy(logits, given))


def overlap(p: Tensor, t: Tensor, alpha: float, beta: float, smooth: float) -> float:
    """The Tversky index of one mask, number by number."""
    pairs = list(zip(p.flatten().tolist(), t.flatten().tolist(), strict=True))
    hit = sum(a * b for a, b in pairs)
    wrong, missed = sum(a * (1 - b) for a, b in pairs), sum((1 - a) * b for a, b in pairs)
    return float((hit + smooth) / (hit + alpha * wrong + beta * missed + smooth))


@pytest.mark.parametrize(
    "block, alpha, beta, smooth, power",
    [
        (DiceLoss(), 0.5, 0.5, 0.5, 1.0),
        (JaccardLoss(smooth=0.1), 1.0, 1.0, 0.1, 1.0),
        (TverskyLoss(), 0.3, 0.7, 1.0, 1.0),
        (TverskyLoss(gamma=4 / 3), 0.3, 0.7, 1.0, 0.75),
    ],
    ids=str,
)
def test_losses_of_overlap_are_means_over_examples_and_classes(
    block: Block, alpha: float, beta: float, smooth: float, power: float
) -> None:
    logits, given = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    p, t = logits.softmax(1), F.one_hot(given, 3).permute(0, 3, 1, 2).float()
    parts = [(1 - overlap(p[n, c], t[n, c], alpha, beta, smooth)) ** power for n in range(2) for c in range(3)]
    found = value(block, (image(3, 4, 5), PIXELS), logits, given)
    assert found.item() == pytest.approx(sum(parts) / 6, rel=1e-4)


def test_the_dice_of_a_binary_mask_counts_both_areas() -> None:
    logits, mask = torch.randn(1, 1, 4, 5), torch.randint(2, (1, 4, 5))
    p = logits.sigmoid()[0, 0]
    expected = 1 - (2 * (p * mask[0]).sum() + 1) / (p.sum() + mask.sum() + 1)
    torch.testing.assert_close(value(DiceLoss(), (image(1, 4, 5), MASK), logits, mask), expected)


def test_overlap_over_the_batch_lets_an_empty_mask_count_no_more_than_its_pixels() -> None:
    logits, mask = torch.randn(2, 1, 4, 5), torch.stack([torch.zeros(4, 5).long(), torch.randint(2, (4, 5))])
    p = logits.sigmoid()[:, 0]
    found = value(JaccardLoss(over="batch"), (image(1, 4, 5), MASK), logits, mask)
    assert found.item() == pytest.approx(1 - overlap(p, mask.float(), 1.0, 1.0, 1.0), rel=1e-4)


def test_a_mask_that_is_met_costs_nothing() -> None:
    mask = torch.randint(2, (2, 4, 5))
    met = value(DiceLoss(), (image(1, 4, 5), MASK), (mask * 40.0 - 20.0).unsqueeze(1), mask)
    assert met.item() == pytest.approx(0, abs=1e-6)


def test_distillation_at_temperature_four_is_sixteen_times_the_divergence() -> None:
    student, teacher = torch.randn(5, 3), torch.randn(5, 3)
    p, q = (teacher / 4).softmax(1), (student / 4).softmax(1)
    expected = 16 * (p * (p / q).log()).sum(1).mean()
    torch.testing.assert_close(value(Distillation(), (vector(3), vector(3)), student, teacher), expected)
    assert value(Distillation(), (vector(3), vector(3)), student + 1e-3, student).item() < 1e-6


def test_distillation_of_sequences_is_the_mean_over_their_steps() -> None:
    student, teacher = torch.randn(2, 6, 3), torch.randn(2, 6, 3)
    flat = value(Distillation(), (vector(3), vector(3)), student.reshape(12, 3), teacher.reshape(12, 3))
    rows = value(Distillation(), (sequence(6, 3), sequence(6, 3)), student, teacher)
    torch.testing.assert_close(rows, flat)


def test_nothing_of_a_distillation_reaches_the_teacher() -> None:
    student, teacher = torch.randn(5, 3, requires_grad=True), torch.randn(5, 3, requires_grad=True)
    made(Distillation(), vector(3), vector(3))(student, teacher).backward()
    assert student.grad is not None
    assert teacher.grad is None


@pytest.mark.parametrize("shape", [vector(4), image(2, 3, 3)], ids=str)
def test_divergence_to_the_standard_normal_is_that_of_the_distributions(shape: Shape) -> None:
    mean, spread = torch.randn(5, *shape.sizes), torch.randn(5, *shape.sizes)
    apart = kl_divergence(Normal(mean, (0.5 * spread).exp()), Normal(torch.tensor(0.0), torch.tensor(1.0)))
    torch.testing.assert_close(value(GaussianKL(), (shape, shape), mean, spread), apart.flatten(1).sum(1).mean())


def test_cosine_distance_is_two_where_results_point_the_other_way() -> None:
    x = torch.randn(5, 4)
    shapes = vector(4), vector(4)
    found = made(CosineDistance(), *shapes)
    assert found(x, -3 * x).item() == pytest.approx(2, abs=1e-6)
    assert found(x, 2 * x).item() == pytest.approx(0, abs=1e-6)
    other = torch.randn(5, 4)
    torch.testing.assert_close(value(CosineDistance(), shapes, x, other), (1 - F.cosine_similarity(x, other)).mean())


@pytest.mark.parametrize("p", [1, 2])
def test_total_variation_adds_up_neighbours_pixel_by_pixel(p: int) -> None:
    x = torch.randn(2, 3, 4, 5)
    right = sum(
        abs(x[n, c, i, j + 1] - x[n, c, i, j]) ** p
        for n in (0, 1)
        for c in range(3)
        for i in range(4)
        for j in range(4)
    )
    below = sum(
        abs(x[n, c, i + 1, j] - x[n, c, i, j]) ** p
        for n in (0, 1)
        for c in range(3)
        for i in range(3)
        for j in range(5)
    )
    found = value(TotalVariation(p=p), (image(3, 4, 5),), x)
    assert found.item() == pytest.approx(float(right + below) / 2, rel=1e-4)  # fmt: skip


def test_one_pixel_has_no_neighbours() -> None:
    with pytest.raises(Unfit, match="two pixels"):
        TotalVariation().shape(image(3, 1, 1))


def test_contrastive_loss_draws_together_and_pushes_apart() -> None:
    first, second, alike = torch.randn(6, 4), torch.randn(6, 4), torch.tensor([0, 1, 0, 1, 1, 0])
    parts = []
    for a, b, same in zip(first, second, alike, strict=True):
        d = float((a - b + 1e-6).norm())
        parts.append(d**2 / 2 if same else max(0.0, 3.0 - d) ** 2 / 2)
    shapes = vector(4), vector(4), labels(2)
    found = value(ContrastiveLoss(margin=3.0), shapes, first, second, alike)
    assert found.item() == pytest.approx(sum(parts) / 6, rel=1e-4)
    turned = value(ContrastiveLoss(margin=3.0, alike=0), shapes, first, second, 1 - alike)
    torch.testing.assert_close(turned, found)


def test_the_hardest_triplets_of_a_batch_are_found() -> None:
    x, given = torch.randn(8, 4), torch.tensor([0, 0, 1, 1, 1, 2, 2, 0])
    far = [[float((a - b).norm()) for b in x] for a in x]
    losses = []
    for i in range(8):
        own = max(far[i][j] for j in range(8) if given[j] == given[i])
        other = min(far[i][j] for j in range(8) if given[j] != given[i])
        losses.append(max(0.0, 0.5 + own - other))
    found = value(HardestTriplet(margin=0.5), (vector(4), labels(3)), x, given)
    assert found.item() == pytest.approx(sum(losses) / 8, rel=1e-4)


def test_a_batch_of_one_label_has_nothing_to_push_away() -> None:
    x = torch.randn(4, 3, requires_grad=True)
    loss = made(HardestTriplet(), vector(3), labels(3))(x, torch.ones(4).long())
    assert loss.item() == 0
    assert not torch.autograd.grad(loss, x)[0].any()


def cosine(a: Tensor, b: Tensor) -> float:
    return float(a @ b / (a.norm() * b.norm()))


@pytest.mark.parametrize("symmetric", [False, True])
def test_info_nce_looks_for_the_partner_among_all(symmetric: bool) -> None:
    first, second = torch.randn(5, 4), torch.randn(5, 4)
    ways = [(first, second), (second, first)] if symmetric else [(first, second)]
    terms = [
        math.log(sum(math.exp(cosine(a, b) / 0.5) for b in there)) - cosine(a, there[i]) / 0.5
        for here, there in ways
        for i, a in enumerate(here)
    ]
    found = value(InfoNCE(0.5, symmetric=symmetric), (vector(4), vector(4)), first, second)
    assert found.item() == pytest.approx(sum(terms) / len(terms), rel=1e-4)


def test_nt_xent_tells_a_view_from_all_views_but_itself() -> None:
    first, second = torch.randn(4, 3), torch.randn(4, 3)
    views, terms = [*first, *second], []
    for i, a in enumerate(views):
        others = sum(math.exp(cosine(a, b) / 0.5) for j, b in enumerate(views) if j != i)
        terms.append(math.log(others) - cosine(a, views[(i + 4) % 8]) / 0.5)
    found = value(NTXent(0.5), (vector(3), vector(3)), first, second)
    assert found.item() == pytest.approx(sum(terms) / 8, rel=1e-4)


def test_content_and_style_of_two_pictures_are_means_of_those_of_each() -> None:
    x, wanted = torch.randn(2, 3, 4, 5), torch.randn(2, 3, 4, 5)
    for block in (ContentLoss(), StyleLoss()):
        shapes = image(3, 4, 5), image(3, 4, 5)
        each = [value(block, shapes, x[i : i + 1], wanted[i : i + 1]) for i in (0, 1)]
        torch.testing.assert_close(value(block, shapes, x, wanted), sum(each) / 2)


def test_styles_compare_whatever_the_sizes_of_the_pictures() -> None:
    x = torch.randn(1, 3, 4, 5)
    twice = torch.cat([x, x], dim=3)
    found = made(StyleLoss(), image(3, 4, 5), image(3, 4, 10))(x, twice)
    assert found.item() == pytest.approx(0, abs=1e-8)
    with pytest.raises(Unfit, match="3 maps"):
        StyleLoss().shape(image(3, 4, 5), image(4, 4, 5))
