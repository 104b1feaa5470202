"""Rows O01-O06, O10-O12 and R02, R03 of the vocabulary: losses and penalties, with the numbers of each row."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from blocks.activation import Sigmoid
from blocks.block import Block
from blocks.composite import Sketch
from blocks.ends import Input, Use
from blocks.formula import Formula
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.loss import CrossEntropy, MeanSquaredError
from blocks.loss_classes import BinaryCrossEntropyOfProbabilities
from blocks.loss_dense import ContentLoss, StyleLoss
from blocks.loss_perceptron import PerceptronCriterion
from blocks.matrix import GramMatrix
from blocks.metric import Accuracy
from blocks.noise import MaskingNoise
from blocks.normalization import BatchNorm1d
from blocks.penalty import L1Penalty, L2Penalty, Sparsity
from blocks.shape import Shape, image, labels, sequence, tokens, vector
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Phase
from runtime.model import compiled
from runtime.optimizer import SGD
from runtime.recipe import Objective
from runtime.schedule import Constant
from runtime.script import print_training
from tests.blocks.oracle import made


def judged(block: Block, shapes: tuple[Shape, ...], *tensors: Tensor) -> Tensor:
    value = made(block, *shapes)(*tensors)
    assert isinstance(value, Tensor)
    return value


def stepping(nodes: dict[str, Block], wires: str, net: Graph, epochs: int = 1) -> Design:
    """A training step drawn by hand over two moons: its node `loss` is minimized, which updates the network Net."""
    placed = {name: Node(block) for name, block in nodes.items()}
    graph = Graph(placed, tuple(read_wire(wire.strip(), placed) for wire in wires.split(",")))
    plan = Drawn(graph, (Objective("loss", ("Net",), SGD(lr=0.1), Constant()),), epochs=epochs)
    return Design("Drawn", {"Net": net}, Moons().with_settings(samples=120, batch_size=20), (Phase("fit", plan),))


def hidden(*, out: int = 2, norm: bool = False, sigmoid: bool = False) -> Graph:
    g = Sketch()
    x = g.add(Linear(16), g.input("x", vector(2)), name="fc1")
    x = g.add(BatchNorm1d(), x, name="norm") if norm else x
    x = g.add(Linear(out), g.add(Sigmoid(), x), name="fc2")
    g.output("y", g.add(Sigmoid(), x) if sigmoid else x)
    return g.graph()


# --- classes ---

THREE = torch.tensor([[2.0, 1.0, 0.0]])


def test_O01_cross_entropy_of_three_scores() -> None:
    assert judged(CrossEntropy(), (vector(3), labels(3)), THREE, torch.tensor([0])).item() == pytest.approx(
        0.40761, abs=5e-6
    )


def test_O01_of_a_sequence_it_is_the_mean_over_the_steps_without_those_that_fill_it_up() -> None:
    logits = torch.stack([THREE.expand(3, 3), torch.randn(3, 3)])
    words = torch.tensor([[1, 1, 0], [0, 0, 0]])  # 0 fills rows up
    value = judged(CrossEntropy(ignore_index=0), (sequence(3, 3), tokens(3, 3)), logits, words)
    assert value.item() == pytest.approx(1.40761, abs=5e-6)
    steps = judged(CrossEntropy(), (sequence(3, 3), tokens(3, 3)), logits, words)
    torch.testing.assert_close(steps, F.cross_entropy(logits.reshape(6, 3), words.reshape(6)))


def test_O02_label_smoothing_wants_nearly_one_of_the_right_class_and_a_little_of_all() -> None:
    logits, right = torch.randn(1, 1000, requires_grad=True), torch.tensor([7])
    judged(CrossEntropy(label_smoothing=0.1), (vector(1000), labels(1000)), logits, right).backward()
    assert logits.grad is not None
    wanted = logits.detach().softmax(1) - logits.grad  # the gradient is what is given minus what is wanted
    assert wanted[0, 7].item() == pytest.approx(0.9001, abs=1e-6)
    assert wanted[0, 8:].numpy() == pytest.approx(0.0001, abs=1e-6)


def test_O02_of_three_scores_with_a_tenth_smoothed() -> None:
    value = judged(CrossEntropy(label_smoothing=0.1), (vector(3), labels(3)), THREE, torch.tensor([0]))
    assert value.item() == pytest.approx(0.50761, abs=5e-6)


# --- style ---

MAPS = image(3, 4, 5), image(3, 4, 5)


def test_O03_content_is_half_the_squared_difference_and_its_gradient_reaches_the_picture() -> None:
    picture, wanted = torch.randn(1, 3, 4, 5, requires_grad=True), torch.randn(1, 3, 4, 5)
    assert judged(ContentLoss(), MAPS, wanted, wanted).item() == 0
    loss = judged(ContentLoss(), MAPS, picture, wanted)
    torch.testing.assert_close(loss, 0.5 * ((picture - wanted) ** 2).sum())
    [gradient] = torch.autograd.grad(loss, picture)
    torch.testing.assert_close(gradient, (picture - wanted).detach())


def test_O04_the_gram_matrix_of_two_maps() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[0.0, 1.0], [0.0, 1.0]]]])
    assert judged(GramMatrix(), (image(2, 2, 2),), maps).tolist() == [[[30.0, 6.0], [6.0, 2.0]]]


def test_O05_style_is_scaled_by_maps_and_positions() -> None:
    picture, wanted = torch.randn(1, 3, 4, 5, requires_grad=True), torch.randn(1, 3, 4, 5)
    g, a = (torch.einsum("chw,dhw->cd", x[0], x[0]) for x in (picture, wanted))
    loss = judged(StyleLoss(), MAPS, picture, wanted)
    torch.testing.assert_close(loss, (g - a).square().sum() / (4 * 3**2 * 20**2))
    assert torch.autograd.grad(loss, picture)[0].any()


def test_O05_doubling_every_weight_of_a_layer_doubles_the_style_part() -> None:
    content, first, second = torch.tensor([0.25]), torch.tensor([0.5]), torch.tensor([2.0])
    once, twice = (
        made(Formula(f"a + 10 * ({w} * b + {w} * c)"), *[vector(1)] * 3)(content, first, second) for w in (0.5, 1.0)
    )
    assert (once - content).item() == pytest.approx(12.5)
    assert (twice - content).item() == pytest.approx(25)


# --- reconstruction ---


@pytest.mark.parametrize(
    "block, told", [(MeanSquaredError(), "mse_loss"), (BinaryCrossEntropyOfProbabilities(), "binary_cross_entropy")]
)
def test_O06_a_denoising_autoencoder_is_compared_with_what_is_clean(block: Block, told: str) -> None:
    nodes: dict[str, Block] = {
        "point": Input((2,)),
        "corrupted": MaskingNoise(),
        "net": Use("Net", ("x",), ("restored",)),
        "clean": Sigmoid(),
        "loss": block,
    }
    into, wanted = (port.name for port in block.inputs)
    wires = f"point -> clean, clean -> corrupted, corrupted -> net.x, net -> loss.{into}, clean -> loss.{wanted}"
    text = print_training(stepping(nodes, wires, hidden(sigmoid=True))).text
    assert "class MaskingNoise(nn.Module):" in text
    assert "restored = net(corrupted)" in text
    assert f"loss = F.{told}(restored, clean)" in text  # fmt: skip


# --- penalties ---


def penalized(norm: bool = True, epochs: int = 1, **penalties: Block) -> Design:
    """Cross-entropy of two moons and what is added to it."""
    nodes: dict[str, Block] = {
        "point": Input((2,)),
        "label": Input((), classes=2),
        "net": Use("Net", ("x",), ("logits",)),
        "cross": CrossEntropy(),
        "accuracy": Accuracy(),
        "sparsity": Sparsity(network="Net", threshold=0.01),
        **penalties,
        "loss": Formula(" + ".join("abcdef"[: len(penalties) + 1])),
    }
    wires = "point -> net.x, net -> cross.logits, label -> cross.labels, net -> accuracy.logits,"
    wires += "label -> accuracy.labels, cross -> loss.a" + "".join(
        f", {name} -> loss.{port}" for name, port in zip(penalties, "bcdef", strict=False)
    )
    return stepping(nodes, wires, hidden(norm=norm), epochs)


def begun(design: Design) -> tuple[Any, dict[str, Tensor]]:
    """The network as it begins, and the values of its first batch."""
    script = compiled(design).script
    networks = script.build()
    batch = next(script.batches(script.load(torch.device("cpu"))[0], 0))
    return networks["Net"], script.fit_loss(networks, batch)


@pytest.mark.parametrize("half, factor", [(False, 1.0), (True, 0.5)])
def test_O10_the_loss_grows_by_lambda_times_the_squares_or_half_of_it(half: bool, factor: float) -> None:
    penalty = L2Penalty(network="Net", factor=0.01, biases=True, half=half)
    net, values = begun(penalized(l2=penalty))
    squares = sum(float(p.detach().square().sum()) for p in net.parameters())
    assert (values["loss"] - values["cross"]).item() == pytest.approx(factor * 0.01 * squares, rel=1e-4)
    printed = ("0.5 * " if half else "") + "0.01 * sum(p.square().sum() for p in net.parameters())"
    assert f"l2 = {printed}\n" in print_training(penalized(l2=penalty)).text


def test_R02_penalties_leave_out_biases_and_norms_unless_they_are_asked_for() -> None:
    net, values = begun(penalized(l2=L2Penalty(network="Net", factor=1.0)))
    weights = [net.get_parameter(name) for name in ("fc1.weight", "fc2.weight")]
    assert values["l2"].item() == pytest.approx(sum(float(w.detach().square().sum()) for w in weights), rel=1e-5)


def trained(factor: float) -> tuple[float, float]:
    """The share of weights near 0 after a training with an L1 penalty: as the step tells it, and as counted apart."""
    script = compiled(penalized(False, 30, l1=L1Penalty(network="Net", factor=factor))).script
    networks = script.build()
    data, held_out = script.load(torch.device("cpu"))
    [phase] = script.PHASES
    script.train(phase, networks, data, held_out, phase.epochs, 10_000)
    told = float(list(script.evaluate(phase, networks, held_out))[-1]["sparsity"])
    flat = torch.cat([networks["Net"].get_parameter(f"fc{i}.weight").flatten() for i in (1, 2)])
    return told, float((flat.abs() <= 0.01).float().mean())


def test_O11_R03_an_l1_penalty_raises_the_share_of_weights_near_zero_which_the_step_shows() -> None:
    (free, free_apart), (bound, bound_apart) = trained(0.0), trained(0.03)
    assert free == pytest.approx(free_apart)
    assert bound == pytest.approx(bound_apart)
    assert bound > free + 0.3


# --- O12 -----------------------------------------------------------------------------------


def test_O12_the_perceptron_criterion_costs_what_lies_on_the_wrong_side_of_a_binary_output() -> None:
    sums, wanted = torch.tensor([[2.0], [-3.0], [0.5], [-1.0]]), torch.tensor([1, 1, 0, 0])
    given = sums.clone().requires_grad_()
    loss = made(PerceptronCriterion(), vector(1), labels(2))(given, wanted)
    assert loss.item() == pytest.approx((3.0 + 0.5) / 4)  # what is right costs nothing, what is wrong its distance
    loss.backward()
    assert given.grad is not None
    assert (given.grad * 4).flatten().tolist() == [0.0, -1.0, 1.0, 0.0]  # output less target, as the rule of T01
