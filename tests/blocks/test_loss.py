"""Losses and metrics: worked figures, torch as the judge, and mistakes that repair themselves."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from blocks.block import At, Block, Change, Unfit, Widen
from blocks.catalogue import CATALOGUE
from blocks.check import check
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanAbsoluteError, MeanSquaredError, SmoothL1
from blocks.measure import measure
from blocks.metric import Accuracy, BinaryAccuracy, MeanAbsoluteDifference, TopKAccuracy
from blocks.repair import fixes
from blocks.shape import Meaning, Shape, image, labels, sequence, shape_of, tokens, vector


def judged(block: Block, result: Tensor, wanted: Tensor, have: Shape, want: Shape) -> Tensor:
    """What the printed expression gives."""
    assert block.shape(have, want).sizes == ()
    names = dict(zip((p.name for p in block.inputs), ("a", "b"), strict=True))
    shapes = dict(zip(names, (have, want), strict=True))
    value = eval(block.forward(At("", names, shapes)), {"F": F, "torch": torch, "a": result, "b": wanted})
    assert isinstance(value, Tensor)
    assert value.shape == ()
    return value


def printed(block: Block, have: Shape, want: Shape) -> str:
    ports = [p.name for p in block.inputs]
    return block.forward(At("", dict(zip(ports, ports, strict=True)), dict(zip(ports, (have, want), strict=True))))


def test_cross_entropy_prints_as_a_person_would_write_it() -> None:
    block = CrossEntropy(label_smoothing=0.1)
    assert printed(block, vector(10), labels(10)) == "F.cross_entropy(logits, labels, label_smoothing=0.1)"
    assert printed(CrossEntropy(), vector(10), labels(10)) == "F.cross_entropy(logits, labels)"


def test_label_smoothing_has_the_worked_figure() -> None:
    logits, target = torch.tensor([[2.0, 1.0, 0.1]]), torch.tensor([0])
    q = torch.tensor([0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3])
    expected = -(q * logits.log_softmax(1)).sum()
    torch.testing.assert_close(
        judged(CrossEntropy(label_smoothing=0.1), logits, target, vector(3), labels(3)), expected
    )


def test_cross_entropy_judges_every_step_of_a_sequence() -> None:
    logits, words = torch.randn(2, 6, 20), torch.randint(20, (2, 6))
    expected = F.cross_entropy(logits.reshape(12, 20), words.reshape(12))
    torch.testing.assert_close(judged(CrossEntropy(), logits, words, sequence(6, 20), tokens(6, 20)), expected)


def test_cross_entropy_leaves_out_what_fills_short_rows() -> None:
    logits, words = torch.randn(2, 3, 5), torch.tensor([[1, 2, 0], [3, 0, 0]])
    expected = F.cross_entropy(logits[words > 0], words[words > 0])
    block = CrossEntropy(ignore_index=0)
    torch.testing.assert_close(judged(block, logits, words, sequence(3, 5), tokens(3, 5)), expected)


def test_cross_entropy_judges_every_pixel_of_an_image() -> None:
    logits, classes = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    want = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
    value = judged(CrossEntropy(reduction="sum"), logits, classes, image(3, 4, 5), want)
    torch.testing.assert_close(value, F.cross_entropy(logits, classes, reduction="sum"))


def test_cross_entropy_takes_probabilities_as_a_teacher_gives_them() -> None:
    logits, soft = torch.randn(4, 5), torch.randn(4, 5).softmax(1)
    expected = -(soft * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(judged(CrossEntropy(), logits, soft, vector(5), vector(5)), expected)


def test_scores_for_too_few_classes_widen_the_last_layer() -> None:
    nodes = {
        "x": Node(Input((4,))),
        "label": Node(Input((), classes=10)),
        "head": Node(Linear(7)),
        "loss": Node(CrossEntropy()),
        "out": Node(Output()),
    }
    wires = ("x -> head", "head -> loss.logits", "label -> loss.labels", "loss -> out")
    checked = check(Graph(nodes, tuple(read_wire(wire, nodes) for wire in wires)))
    [problem] = checked.errors
    assert "7 scores for 10 classes" in problem.message
    fix = next(f for f in fixes(problem, checked) if f.title == "Set out_features to 10 on head")
    assert not check(fix.edit(checked.graph)).errors


def test_labels_that_are_not_whole_numbers_are_unfit() -> None:
    with pytest.raises(Unfit, match="whole numbers") as caught:
        CrossEntropy().shape(vector(3), shape_of(()))
    assert caught.value.port == "labels"


def test_an_ignored_label_among_probabilities_is_unfit() -> None:
    with pytest.raises(Unfit) as caught:
        CrossEntropy(ignore_index=0).shape(vector(3), vector(3))
    assert caught.value.remedies == (Change({"ignore_index": None}, "Ignore no label"),)


def test_binary_cross_entropy_of_one_score_and_two_classes() -> None:
    logits, given = torch.randn(6, 1), torch.tensor([0, 1, 1, 0, 1, 0])
    expected = F.binary_cross_entropy(logits[:, 0].sigmoid(), given.float())
    torch.testing.assert_close(judged(BinaryCrossEntropy(), logits, given, vector(1), labels(2)), expected)
    assert printed(BinaryCrossEntropy(), vector(1), labels(2)) == (
        "F.binary_cross_entropy_with_logits(logits.squeeze(1), labels.float())"
    )


def test_two_scores_for_one_binary_label_narrow_the_last_layer() -> None:
    with pytest.raises(Unfit) as caught:
        BinaryCrossEntropy().shape(vector(2), labels(2))
    assert caught.value.remedies == (Widen(1),)


def test_ten_classes_are_not_binary() -> None:
    with pytest.raises(Unfit, match="two classes"):
        BinaryCrossEntropy().shape(vector(1), labels(10))


@pytest.mark.parametrize(
    "block, function",
    [
        (MeanSquaredError(), F.mse_loss),
        (MeanAbsoluteError(), F.l1_loss),
        (SmoothL1(), F.smooth_l1_loss),
        (MeanAbsoluteDifference(), F.l1_loss),
    ],
    ids=lambda value: str(value) if isinstance(value, Block) else None,
)
def test_a_difference_compares_each_number_with_its_own_and_never_broadcasts(block: Block, function: object) -> None:
    prediction, target = torch.randn(5, 1), torch.randn(5)
    value = judged(block, prediction, target, vector(1), shape_of(()))
    assert callable(function)
    torch.testing.assert_close(value, function(prediction[:, 0], target))


def test_a_prediction_of_another_size_is_widened_to_the_target() -> None:
    with pytest.raises(Unfit) as caught:
        MeanSquaredError().shape(vector(2), vector(3))
    assert caught.value.remedies == (Widen(3),)
    with pytest.raises(Unfit) as caught:
        MeanSquaredError().shape(image(1, 4, 4), image(1, 8, 8))
    assert caught.value.remedies == ()


def test_accuracy_counts_what_is_right_in_every_form_of_scores() -> None:
    logits, given = torch.randn(8, 3), torch.randint(3, (8,))
    share = sum(int(row.argmax()) == int(label) for row, label in zip(logits, given, strict=True)) / 8
    assert judged(Accuracy(), logits, given, vector(3), labels(3)).item() == pytest.approx(share)
    pixels = shape_of((4, 5), Meaning.TENSOR, "int64", 3)
    mask = torch.randint(3, (2, 4, 5))
    assert judged(Accuracy(), F.one_hot(mask, 3).permute(0, 3, 1, 2), mask, image(3, 4, 5), pixels) == 1
    words = torch.randint(9, (2, 6))
    assert judged(Accuracy(), F.one_hot(words, 9), words, sequence(6, 9), tokens(6, 9)) == 1
    assert printed(Accuracy(), vector(3), labels(3)) == "(logits.argmax(dim=1) == labels).float().mean()"


def test_top_k_accuracy_counts_the_k_best() -> None:
    logits = torch.tensor([[5.0, 4.0, 3.0, 2.0]] * 4)
    given = torch.arange(4)
    assert judged(TopKAccuracy(k=1), logits, given, vector(4), labels(4)).item() == 0.25
    assert judged(TopKAccuracy(k=3), logits, given, vector(4), labels(4)).item() == 0.75
    with pytest.raises(Unfit, match="at least 5"):
        TopKAccuracy().shape(vector(4), labels(4))


def test_binary_accuracy_compares_the_side_of_the_threshold() -> None:
    logits, given = torch.tensor([[-1.0], [0.2], [3.0], [2.0]]), torch.tensor([0, 1, 0, 1])
    assert judged(BinaryAccuracy(), logits, given, vector(1), labels(2)).item() == 0.75
    assert judged(BinaryAccuracy(threshold=0.8), logits, given, vector(1), labels(2)).item() == 0.5


@pytest.mark.parametrize("kind", [kind for kind in CATALOGUE if kind.batchless], ids=lambda kind: kind.kind())
def test_every_example_that_a_loss_or_metric_names_fits(kind: type[Block]) -> None:
    for inputs, settings in kind.trials():
        row = measure(Node(kind(**{kind._fields[name]: value for name, value in settings.items()})), inputs)
        assert row.problem is None, f"{settings}: {row.problem}"
