"""Metrics that are no averages: scikit-learn as the judge, and the same over many batches as over all at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn import metrics as sk
from torch import Tensor

from blocks.block import Block
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, read_wire
from blocks.loss import CrossEntropy, MeanSquaredError
from blocks.metric import R2, BinaryAccuracy, ExplainedVariance, Perplexity
from blocks.metric_classes import F1, DiceScore, MeanIoU, Precision, Recall
from blocks.shape import Meaning, Shape, image, labels, shape_of, vector
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Phase
from runtime.model import compiled
from runtime.optimizer import SGD
from runtime.recipe import Objective
from runtime.schedule import Constant
from runtime.script import print_training
from tests.blocks.oracle import made
from tests.designs import mlp

PIXELS = shape_of((4, 5), Meaning.TENSOR, "int64", 3)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def judged(block: Block, shapes: tuple[Shape, ...], *tensors: Tensor) -> float:
    return float(made(block, *shapes)(*tensors))


@pytest.mark.parametrize("average", ["macro", "micro"])
@pytest.mark.parametrize(
    "kind, judge",
    [(Precision, sk.precision_score), (Recall, sk.recall_score), (F1, sk.f1_score), (MeanIoU, sk.jaccard_score)],
)
def test_scores_of_classes_are_those_of_scikit_learn(kind: Any, judge: Any, average: str) -> None:
    logits, given = torch.randn(40, 5) + torch.tensor([0, 0, 0, 0, -9]), torch.randint(4, (40,))  # 4 does not occur
    expected = judge(given.numpy(), logits.argmax(1).numpy(), average=average, zero_division=0)
    assert judged(kind(average), (vector(5), labels(5)), logits, given) == pytest.approx(expected)  # fmt: skip


@pytest.mark.parametrize("kind, judge", [(Precision, sk.precision_score), (Recall, sk.recall_score), (F1, sk.f1_score)])
def test_scores_of_yes_and_no_are_those_of_yes(kind: Any, judge: Any) -> None:
    logits, given = torch.randn(40, 1), torch.randint(2, (40,))
    expected = judge(given.numpy(), (logits.sigmoid()[:, 0] > 0.3).numpy())
    assert judged(kind(threshold=0.3), (vector(1), labels(2)), logits, given) == pytest.approx(expected)


def test_several_answers_are_scored_one_by_one() -> None:
    logits, given = torch.randn(30, 4), torch.randint(2, (30, 4)).float()
    said, wanted = (logits > 0).numpy(), given.numpy().astype(int)
    shapes = vector(4), vector(4)
    for average in ("macro", "micro"):
        expected = sk.f1_score(wanted, said, average=average)
        assert judged(F1(average), shapes, logits, given) == pytest.approx(expected)
    exact = judged(BinaryAccuracy(exact=True), shapes, logits, given)
    assert exact == pytest.approx(sk.accuracy_score(wanted, said))
    assert judged(BinaryAccuracy(), shapes, logits, given) == pytest.approx(1 - sk.hamming_loss(wanted, said))


def test_areas_are_those_of_all_pixels() -> None:
    logits, given = torch.randn(3, 3, 4, 5), torch.randint(3, (3, 4, 5))
    found, wanted = logits.argmax(1).flatten().numpy(), given.flatten().numpy()
    shapes = image(3, 4, 5), PIXELS
    assert judged(MeanIoU(), shapes, logits, given) == pytest.approx(sk.jaccard_score(wanted, found, average="macro"))
    assert judged(DiceScore(), shapes, logits, given) == pytest.approx(sk.f1_score(wanted, found, average="macro"))


def test_nothing_to_find_and_nothing_found_is_no_error() -> None:
    logits, given = torch.full((4, 1), -3.0), torch.zeros(4).long()
    assert judged(F1(), (vector(1), labels(2)), logits, given) == 0


def test_explained_variance_is_that_of_scikit_learn() -> None:
    prediction, target = torch.randn(50, 3) + 0.5, torch.randn(50, 3)
    prediction = 0.7 * target + 0.3 * prediction
    shapes, args = (vector(3), vector(3)), (target.numpy(), prediction.numpy())
    assert judged(R2(), shapes, prediction, target) == pytest.approx(sk.r2_score(*args), abs=1e-5)
    expected = sk.explained_variance_score(*args)
    assert judged(ExplainedVariance(), shapes, prediction, target) == pytest.approx(expected, abs=1e-5)
    assert judged(ExplainedVariance(), shapes, target + 3, target) == pytest.approx(1, abs=1e-5)
    assert judged(R2(), shapes, target + 3, target) < 0


METRICS: dict[str, Block] = {"f1": F1(), "precision": Precision("micro"), "perplexity": Perplexity(), "r2": R2()}


def stepping() -> Design:
    """Two moons told apart: metrics that are no averages beside the loss, one of them of a second result."""
    nodes = {
        "point": Node(Input((2,))),
        "label": Node(Input((), classes=2)),
        "net": Node(Use("Net", ("x",), ("logits",))),
        "loss": Node(CrossEntropy()),
        "drift": Node(MeanSquaredError()),
        **{name: Node(block) for name, block in METRICS.items()},
    }
    wires = ["point -> net.x", "net -> drift.prediction", "point -> drift.target", "net -> r2.prediction"]
    wires += ["point -> r2.target"]
    for name in ("loss", "f1", "precision", "perplexity"):
        wires += [f"net -> {name}.logits", f"label -> {name}.labels"]
    graph = Graph(nodes, tuple(read_wire(wire, nodes) for wire in wires))
    plan = Drawn(graph, (Objective("loss", ("Net",), SGD(lr=0.1), Constant()),), epochs=1)
    data = Moons().with_settings(samples=200, batch_size=7)  # the last batch is smaller
    return Design("Moons", {"Net": mlp()}, data, (Phase("fit", plan),))


def test_over_many_batches_they_are_what_they_are_over_all_examples() -> None:
    script = compiled(stepping()).script
    networks, [phase] = script.build(), script.PHASES
    _, held_out = script.load(torch.device("cpu"))
    found = {name: float(value) for name, value in list(script.evaluate(phase, networks, held_out))[-1].items()}
    with torch.no_grad():
        logits = networks["Net"].eval()(held_out["point"])
    given, said = held_out["label"].numpy(), logits.argmax(1).numpy()
    assert found["f1"] == pytest.approx(sk.f1_score(given, said, average="macro"))
    assert found["precision"] == pytest.approx(sk.precision_score(given, said, average="micro"))
    assert found["perplexity"] == pytest.approx(float(np.exp(F.cross_entropy(logits, held_out["label"]).item())))
    assert found["r2"] == pytest.approx(sk.r2_score(held_out["point"].numpy(), logits.numpy()), rel=1e-4)


def test_a_step_tells_them_for_its_batch_as_numbers() -> None:
    script = compiled(stepping()).script
    networks, [phase] = script.build(), script.PHASES
    batch = next(script.batches(script.load(torch.device("cpu"))[0], 0))
    values = phase.step(networks, phase.optimizers(networks), batch, 0)
    assert {tuple(value.shape) for value in values.values()} == {()}
    assert METRICS.keys() <= values.keys()


def test_the_script_says_how_an_average_becomes_a_number() -> None:
    text = print_training(stepping()).text
    assert "    f1 = class_counts(logits, label)\n" in text
    assert '    values["f1"] = share_hit(values["f1"], 0.5, 0.5)\n' in text
    assert '    values["perplexity"] = values["perplexity"].exp()\n' in text
    assert "        conclude=fit_conclude,\n" in text
