"""Rows A01-A11 of the vocabulary: activations, with the numbers of each row."""

from __future__ import annotations

import math

import pytest
import torch

from blocks.activation import (
    Hardsigmoid,
    Hardswish,
    Identity,
    LeakyReLU,
    Maxout,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Step,
    Tanh,
)
from blocks.block import CATALOGUE, Block
from blocks.check import Diagnostic, check
from blocks.convolution import Conv1d, Conv2d
from blocks.curve import curve
from blocks.edits import Fix
from blocks.folding import opened
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.lints import advice
from blocks.residual import InvertedResidual
from blocks.shape import Meaning, image, shape_of, vector
from blocks.units import ConvUnit
from runtime.folding import fused
from tests.blocks.oracle import answer, made
from tests.vocabulary.rows import chain, chained, compiled, row

POINTS = [-4.0, -3.0, -1.0, 0.0, 1.0, 3.0, 4.0]


def at(block: Block, *numbers: float) -> list[float]:
    """What the compiled block makes of some numbers."""
    found: list[float] = answer(block, torch.tensor([list(map(float, numbers))])).flatten().tolist()
    return found


def test_A01_relu_keeps_positives_and_learns_nothing() -> None:
    assert at(ReLU(), -2, 0, 3) == [0, 0, 3]
    assert row(ReLU(), image(3, 4, 4)).parameters == 0


def test_A02_sigmoid_is_one_over_one_plus_e_to_minus_x() -> None:
    assert at(Sigmoid(), *POINTS) == pytest.approx([1 / (1 + math.exp(-x)) for x in POINTS], rel=1e-6)


def test_A03_tanh_is_exact() -> None:
    assert at(Tanh(), *POINTS) == pytest.approx([math.tanh(x) for x in POINTS], rel=1e-6)


def test_A04_relu6_stops_at_6() -> None:
    assert at(ReLU6(), -1, 3, 7) == [0, 3, 6]


def test_A05_no_activation_is_a_choice_and_nobody_complains_of_it_at_a_bottleneck() -> None:
    assert at(Identity(), -1, 2) == [-1, 2]
    assert "none" in ConvUnit.settings["activation"].expected
    narrow, wide = (InvertedResidual(n, normalization="none") for n in (6, 12))
    open_, _ = opened(check(chained(image(8, 6, 6), narrow, wide)))
    [ends] = [n for n in open_.order if "project" in n and open_.shape(n) is image(6, 6, 6)]
    assert isinstance(open_.graph.block(open_.graph.structure.consumers[ends][0]), Conv2d)
    assert not list(advice(open_))


CURVES: dict[type[Block], list[float]] = {
    Hardswish: [0, 0, -0.3333, 0, 0.6667, 3, 4],
    Hardsigmoid: [0, 0, 0.3333, 0.5, 0.6667, 1, 1],
    SiLU: [-0.0719, -0.1423, -0.2689, 0, 0.7311, 2.8577, 3.9281],
}


@pytest.mark.parametrize("kind", CURVES)
def test_A06_h_swish_h_sigmoid_and_swish_have_the_numbers_of_the_notes(kind: type[Block]) -> None:
    assert at(kind(), *POINTS) == pytest.approx(CURVES[kind], abs=5e-5)
    drawn = curve(kind())
    assert drawn is not None
    assert [drawn(x) for x in POINTS] == pytest.approx(CURVES[kind], abs=5e-5)


PLAIN = [kind for kind in CATALOGUE if kind.category == "Activation" and kind.formula.startswith("y =")]


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.kind())
def test_A06_the_formula_that_people_read_draws_what_torch_computes(kind: type[Block]) -> None:
    points = [x / 4 + 0.01 for x in range(-24, 25)]
    drawn = curve(kind())
    if drawn is None:
        assert kind.kind() == "GLU"
        return
    network = made(kind(), vector(len(points))).eval()
    wanted = network(torch.tensor([points])).flatten().tolist()
    assert [drawn(x) for x in points] == pytest.approx(wanted, abs=3e-4, rel=3e-4)


def test_A06_a_curve_follows_the_settings() -> None:
    leaky = curve(LeakyReLU(0.2))
    assert leaky is not None
    assert leaky(-10) == pytest.approx(-2)


def test_A07_a_threshold_unit_fires_where_the_weighted_sum_reaches_it() -> None:
    neuron = compiled(chained(vector(2), Linear(1, bias=False), Step(1.5)))
    next(neuron.parameters()).data.fill_(1.0)
    assert neuron(torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])).flatten().tolist() == [0, 0, 1]
    assert at(Step(1.5), 1.5) == [1], "the sum minus the threshold may be zero"
    assert "≥ threshold" in Step.formula


def test_A08_maxout_keeps_the_largest_of_k_linear_maps() -> None:
    assert chain(vector(3), Linear(6), Maxout(3)).shape("maxout") is vector(2)
    assert at(Maxout(3), 1, 5, 2, -1, -7, -2) == [5, -1]


def test_A10_the_activations_of_generators_and_critics_are_there() -> None:
    assert at(LeakyReLU(0.2), -1, 2) == pytest.approx([-0.2, 2])
    assert at(Tanh(), 100) == [1]


def test_A11_softmax_turns_scores_into_shares() -> None:
    shares = answer(Softmax(), torch.tensor([[2.0, 1.0, 0.0]]))
    torch.testing.assert_close(shares, torch.tensor([[0.6652, 0.2447, 0.0900]]), atol=5e-5, rtol=0)
    assert shares.sum().item() == pytest.approx(1)


def only_advice(graph: Graph) -> tuple[Diagnostic, list[Fix]]:
    [(diagnostic, *fixes)] = advice(check(graph))
    return diagnostic, fixes


AFFINE = {
    "two Linears": chained(vector(5), Linear(9), Linear(3, bias=False)),
    "two convolutions": chained(image(2, 9, 8), Conv2d(4, 3, padding=1), Conv2d(3, 1)),
    "wide and strided ones": chained(image(2, 12, 11), Conv2d(4, 3, 2, "valid"), Conv2d(3, (2, 3), padding="valid")),
    "signals": chained(shape_of((2, 20), Meaning.SIGNAL), Conv1d(4, 5, 2, 2, bias=False), Conv1d(6, 3, 1, "valid")),
}


@pytest.mark.parametrize("graph", AFFINE.values(), ids=list(AFFINE))
def test_A09_affine_layers_in_a_row_are_advised_against_and_fold_into_one_that_answers_alike(graph: Graph) -> None:
    diagnostic, [relu, fold] = only_advice(graph)
    assert (diagnostic.level, relu.title[:11], fold.title[:4]) == ("advice", "Insert ReLU", "Fold")
    network = compiled(graph)
    one, weights = fused(check(graph), network.state_dict())
    assert one == fold.edit(graph)
    assert len(one.nodes) == len(graph.nodes) - 1
    smaller = compiled(one)
    smaller.load_state_dict(weights)
    x = torch.randn(3, *check(graph).shape("x").sizes)  # type: ignore[union-attr]
    torch.testing.assert_close(smaller(x), network(x), atol=1e-5, rtol=1e-4)


def test_A09_an_activation_between_them_ends_the_advice() -> None:
    assert not list(advice(check(chained(vector(5), Linear(4), ReLU(), Linear(3)))))
    _, [relu, _] = only_advice(AFFINE["two Linears"])
    assert not list(advice(check(relu.edit(AFFINE["two Linears"]))))


def test_A09_zeros_between_two_convolutions_keep_them_from_being_one() -> None:
    padded = chained(image(2, 9, 8), Conv2d(4, 3), Conv2d(4, 3))
    _, fixes = only_advice(padded)
    assert [fix.title[:6] for fix in fixes] == ["Insert"]
