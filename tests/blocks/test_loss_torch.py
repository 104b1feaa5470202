"""Every loss of torch as a block: value and gradient are those of torch.nn, over rows, sequences, images and masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.adaptive import AdaptiveLogSoftmax
from blocks.block import Block, Change, Unfit
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanAbsoluteError, MeanSquaredError, SmoothL1
from blocks.loss_classes import (
    CTC,
    BinaryCrossEntropyOfProbabilities,
    MultiLabelMargin,
    MultiLabelSoftMargin,
    MultiMargin,
    NegativeLogLikelihood,
)
from blocks.loss_numbers import GaussianNLL, Huber, KLDivergence, PoissonNLL
from blocks.loss_pairs import CosineEmbedding, HingeEmbedding, MarginRanking, SoftMargin, TripletMargin
from blocks.shape import Meaning, Shape, image, labels, sequence, shape_of, tokens, vector
from tests.blocks.oracle import made

N = 6
ONE = shape_of(())
PIXELS = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
MASK = shape_of((4, 5), Meaning.TENSOR, "int64", 2)
FOUR = torch.tensor(4.0)
ROWS = sequence(3, 4), sequence(3, 4)
Judge = Callable[..., Tensor]
WEIGHT = (1.0, 2.0, 0.5)


def weight() -> Tensor:
    return torch.tensor(WEIGHT)


def second(criterion: nn.Module) -> Judge:
    """A criterion that wants the classes of a sequence right after the batch."""
    return lambda logits, given: criterion(logits.transpose(1, 2), given)


def signed(criterion: nn.Module) -> Judge:
    """A criterion that wants 1 and -1 where labels of two classes are given."""
    return lambda *given: criterion(*given[:-1], 2 * given[-1] - 1)


def floats(criterion: nn.Module) -> Judge:
    """A criterion of numbers, given labels with an axis less."""
    return lambda scores, given: criterion(scores.squeeze(1), given.float())


def cosine(a: Tensor, b: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(a, b)


def squared(a: Tensor, b: Tensor) -> Tensor:
    return (a - b).square().sum(dim=1)


V, THREE = vector(5), vector(3)
CASES: list[tuple[Block, Judge, tuple[Shape, ...]]] = [
    (CrossEntropy(weight=WEIGHT), nn.CrossEntropyLoss(weight()), (THREE, labels(3))),
    (CrossEntropy("sum", 0.2), nn.CrossEntropyLoss(reduction="sum", label_smoothing=0.2), (THREE, labels(3))),
    (CrossEntropy(ignore_index=1), second(nn.CrossEntropyLoss(ignore_index=1)), (sequence(4, 3), tokens(4, 3))),
    (CrossEntropy(weight=WEIGHT), nn.CrossEntropyLoss(weight()), (image(3, 4, 5), PIXELS)),
    (BinaryCrossEntropy(), floats(nn.BCEWithLogitsLoss()), (image(1, 4, 5), MASK)),
    (BinaryCrossEntropy(pos_weight=(4.0,)), floats(nn.BCEWithLogitsLoss(pos_weight=FOUR)), (vector(1), labels(2))),
    (BinaryCrossEntropy(pos_weight=WEIGHT), nn.BCEWithLogitsLoss(pos_weight=weight()), (THREE, THREE)),
    (
        BinaryCrossEntropy("sum", pos_weight=WEIGHT),
        nn.BCEWithLogitsLoss(reduction="sum", pos_weight=weight().view(3, 1, 1)),
        (image(3, 4, 5), image(3, 4, 5)),
    ),
    (BinaryCrossEntropyOfProbabilities(weight=WEIGHT), nn.BCELoss(weight()), (THREE, THREE)),
    (BinaryCrossEntropyOfProbabilities("sum"), nn.BCELoss(reduction="sum"), (image(2, 3, 3), image(2, 3, 3))),
    (NegativeLogLikelihood(weight=WEIGHT), nn.NLLLoss(weight()), (image(3, 4, 5), PIXELS)),
    (NegativeLogLikelihood(ignore_index=0), second(nn.NLLLoss(ignore_index=0)), (sequence(4, 3), tokens(4, 3))),
    (MultiMargin(), nn.MultiMarginLoss(), (V, labels(5))),
    (MultiMargin(p=2, margin=0.5, weight=WEIGHT), nn.MultiMarginLoss(2, 0.5, weight()), (THREE, labels(3))),
    (MultiLabelMargin("sum"), nn.MultiLabelMarginLoss(reduction="sum"), (V, tokens(5, 5))),
    (MultiLabelSoftMargin(weight=WEIGHT), nn.MultiLabelSoftMarginLoss(weight()), (THREE, THREE)),
    (MeanSquaredError(), nn.MSELoss(), (image(2, 3, 3), image(2, 3, 3))),
    (MeanAbsoluteError("sum"), nn.L1Loss(reduction="sum"), (sequence(3, 2), sequence(3, 2))),
    (SmoothL1(beta=0.3), nn.SmoothL1Loss(beta=0.3), (V, V)),
    (Huber("sum", delta=0.3), nn.HuberLoss("sum", 0.3), (image(2, 3, 3), image(2, 3, 3))),
    (PoissonNLL(full=True), nn.PoissonNLLLoss(full=True), (V, V)),
    (PoissonNLL(log_input=False, eps=0.1), nn.PoissonNLLLoss(log_input=False, eps=0.1), (V, V)),
    (GaussianNLL(), nn.GaussianNLLLoss(), (V, V, V)),
    (GaussianNLL("sum", full=True, eps=0.2), nn.GaussianNLLLoss(full=True, eps=0.2, reduction="sum"), (V, V, V)),
    (KLDivergence(), nn.KLDivLoss(reduction="batchmean"), (V, V)),
    (KLDivergence("sum", log_target=True), nn.KLDivLoss(reduction="sum", log_target=True), ROWS),
    (SoftMargin(), signed(nn.SoftMarginLoss()), (V, tokens(5, 2))),
    (HingeEmbedding(margin=0.4), signed(nn.HingeEmbeddingLoss(0.4)), (ONE, labels(2))),
    (CosineEmbedding(margin=0.2), signed(nn.CosineEmbeddingLoss(0.2)), (V, V, labels(2))),
    (MarginRanking("sum", margin=0.2), signed(nn.MarginRankingLoss(0.2, reduction="sum")), (ONE, ONE, labels(2))),
    (TripletMargin(), nn.TripletMarginLoss(), (V, V, V)),
    (TripletMargin("sum", 0.5, p=1.0), nn.TripletMarginLoss(0.5, 1.0, reduction="sum"), (V, V, V)),
    (TripletMargin(swap=True, eps=0.1), nn.TripletMarginLoss(swap=True, eps=0.1), (V, V, V)),
    (TripletMargin(distance="cosine"), nn.TripletMarginWithDistanceLoss(distance_function=cosine), (V, V, V)),
    (
        TripletMargin("mean", 2.0, "squared", swap=True),
        nn.TripletMarginWithDistanceLoss(distance_function=squared, margin=2.0, swap=True),
        (V, V, V),
    ),
]  # fmt: skip


def drawn(block: Block, shapes: tuple[Shape, ...]) -> list[Tensor]:
    """A batch for a loss: probabilities where it wants them, variances above 0, classes that there are."""
    torch.manual_seed(0)
    tensors = []
    for port, shape in zip(block.inputs, shapes, strict=True):
        size = N, *shape.sizes
        if shape.dtype == "int64":
            tensors.append(torch.randint(shape.classes, size))
        elif port.name in {"probabilities", "variance", "labels"} or block.changed() == ["log_input", "eps"]:
            tensors.append(torch.rand(size))
        else:
            tensors.append(torch.randn(size))
    return tensors


def graded(judge: Judge, tensors: list[Tensor]) -> tuple[Tensor, ...]:
    """The value, and the gradient for all that is no label."""
    given = [t.clone().requires_grad_() if t.is_floating_point() and i != 1 else t for i, t in enumerate(tensors)]
    value = judge(*given)
    return value, *torch.autograd.grad(value, [t for t in given if t.requires_grad])


@pytest.mark.parametrize("block, judge, shapes", CASES, ids=lambda case: repr(case) if isinstance(case, Block) else "")
def test_value_and_gradient_are_torchs(block: Block, judge: Judge, shapes: tuple[Shape, ...]) -> None:
    tensors = drawn(block, shapes)
    ours = graded(made(block, *shapes), tensors)
    assert ours[0].shape == ()
    for own, torchs in zip(ours, graded(judge, tensors), strict=True):
        torch.testing.assert_close(own, torchs)


def torch_losses() -> set[str]:
    return {name for name in vars(nn) if name.endswith("Loss")}


def test_every_loss_of_torch_stands_in_the_table_but_those_with_words_of_their_own() -> None:
    asked = {type(judge).__name__ for _, judge, _ in CASES if isinstance(judge, nn.Module)}
    inner = {type(c.cell_contents).__name__ for _, j, _ in CASES for c in getattr(j, "__closure__", None) or ()}
    with_weights = {"AdaptiveLogSoftmaxWithLoss", "LinearCrossEntropyLoss"}  # layers and a loss in one
    assert torch_losses() - asked - inner - with_weights == {"CTCLoss"}


@pytest.mark.parametrize("settings", [{}, {"reduction": "sum"}, {"blank": 4}])
def test_ctc_takes_scores_and_labels_that_end_in_blanks(settings: dict[str, Any]) -> None:
    block, blank = CTC(**settings), settings.get("blank", 0)
    torch.manual_seed(0)
    logits = torch.randn(3, 8, 5, requires_grad=True)
    given = torch.tensor([[1, 2, 3], [2, 2, blank], [3, blank, blank]])
    value = made(block, sequence(8, 5), tokens(3, 5))(logits, given)
    criterion = nn.CTCLoss(blank, settings.get("reduction", "mean"))
    expected = criterion(logits.log_softmax(2).transpose(0, 1), given, torch.tensor([8] * 3), torch.tensor([3, 2, 1]))
    torch.testing.assert_close(value, expected)
    grads = [torch.autograd.grad(v, logits)[0] for v in (value, expected)]
    torch.testing.assert_close(*grads)


def test_ctc_leaves_out_the_steps_that_a_mask_leaves_out() -> None:
    logits, given = torch.randn(2, 8, 5), torch.tensor([[1, 2, 3], [2, 4, 0]])
    mask = (torch.arange(8) < torch.tensor([[8], [5]])).long()
    value = made(CTC(), sequence(8, 5), tokens(3, 5), tokens(8, 2))(logits, given, mask)
    rows = [
        F.ctc_loss(row[:t].log_softmax(1), words[:n], torch.tensor([t]), torch.tensor([n]), reduction="none") / n
        for row, words, t, n in zip(logits, given, (8, 5), (3, 2), strict=True)
    ]
    torch.testing.assert_close(value, torch.stack(rows).mean())


def test_weights_for_other_classes_are_unfit_and_can_be_dropped() -> None:
    for block, have, want in (
        (CrossEntropy(weight=WEIGHT), vector(4), labels(4)),
        (NegativeLogLikelihood(weight=WEIGHT), vector(4), labels(4)),
        (MultiMargin(weight=WEIGHT), vector(4), labels(4)),
    ):
        with pytest.raises(Unfit, match="3 weights") as caught:
            block.shape(have, want)
        [remedy] = caught.value.remedies
        assert isinstance(remedy, Change)
        block.with_settings(**remedy.settings).shape(have, want)


def test_signs_are_labels_of_two_classes_or_numbers() -> None:
    with pytest.raises(Unfit, match="two classes"):
        SoftMargin().shape(vector(4), tokens(4, 3))
    with pytest.raises(Unfit, match="1 or -1"):
        CosineEmbedding().shape(vector(4), vector(4), vector(4))
    with pytest.raises(Unfit, match="one shape"):
        TripletMargin().shape(vector(4), vector(4), vector(5))


def test_an_adaptive_softmax_before_the_likelihood_is_torchs_loss_with_weights() -> None:
    torch.manual_seed(0)
    x, given = torch.randn(6, 8), torch.randint(20, (6,))
    block = AdaptiveLogSoftmax(n_classes=20, cutoffs=(5, 12), div_value=2.0)
    network = made(block, vector(8))
    likelihood = made(NegativeLogLikelihood(), vector(20), labels(20))(network(x), given)
    expected = network.get_submodule("node")(x, given).loss
    torch.testing.assert_close(likelihood, expected)
