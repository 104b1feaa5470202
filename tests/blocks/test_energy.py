"""Energy models: what they compute and how often, against the definitions of the papers."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.block import Block
from blocks.composite import Sketch
from blocks.energy import BoltzmannMachine, ClassRestrictedBoltzmann, Hopfield, RestrictedBoltzmann
from blocks.graph import Graph, Node
from blocks.measure import measure
from blocks.shape import Shape, vector
from runtime.source import print_networks
from tests.blocks import oracle


def machine(block: Block, *inputs: Shape | None) -> Any:
    """The module of a block by itself, with weights that matter."""
    left_open = [None] * (len(block.inputs) - len(inputs))
    module = oracle.built(oracle.Case(block, (*inputs, *left_open))).get_submodule(oracle.NODE)
    for tensor in module.parameters():
        nn.init.normal_(tensor)
    return module


def states(units: int) -> Tensor:
    """All states of some units."""
    return torch.tensor(list(product((0.0, 1.0), repeat=units)))


def energy_of_pairs(rbm: Any, v: Tensor, h: Tensor) -> Tensor:
    """E(v, h) = -b'v - c'h - h'Wv for every v and h: (visible states, hidden states)."""
    energy: Tensor = -(v @ rbm.visible_bias)[:, None] - h @ rbm.hidden_bias - v @ rbm.weight.T @ h.T
    return energy


def test_the_free_energy_of_an_rbm_sums_over_all_hidden_states_and_down_over_all_visible_ones() -> None:
    rbm, v, h = machine(RestrictedBoltzmann(None, 3), vector(4)), states(4), states(3)
    energy = energy_of_pairs(rbm, v, h)
    torch.testing.assert_close(rbm(v)[2], -(-energy).logsumexp(1))
    torch.testing.assert_close(rbm.down(h)[2], -(-energy).logsumexp(0))


def test_the_chances_of_an_rbm_are_those_of_its_energy_both_ways() -> None:
    rbm, v, h = machine(RestrictedBoltzmann(None, 3), vector(4)), states(4), states(3)
    likelihood = -energy_of_pairs(rbm, v, h)
    torch.testing.assert_close(rbm(v)[0], likelihood.softmax(1) @ h)
    torch.testing.assert_close(rbm.down(h)[0], likelihood.T.softmax(1) @ v)


def test_samples_are_0_or_1_as_often_as_the_chances_say() -> None:
    chance, sample, _, _ = machine(RestrictedBoltzmann(None, 3), vector(4))(torch.ones(4000, 4))
    assert set(sample.unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(sample.mean(0), chance[0], atol=0.04, rtol=0.0)


def test_the_gradient_of_two_free_energies_is_that_of_contrastive_divergence() -> None:
    rbm, v = machine(RestrictedBoltzmann(None, 3), vector(4)), torch.rand(8, 4).round()
    with torch.no_grad():
        after = rbm.down(rbm(v)[1])[1]
    (rbm(v)[2] - rbm(after)[2]).sum().backward()
    told = [(rbm(x)[0].T @ x, x.sum(0), rbm(x)[0].sum(0)) for x in (after, v)]
    for name, negative, positive in zip(("weight", "visible_bias", "hidden_bias"), *told, strict=True):
        torch.testing.assert_close(rbm.get_parameter(name).grad, negative - positive)


def test_the_scores_of_labels_are_sums_over_all_hidden_states() -> None:
    rbm, v, h, labels = machine(ClassRestrictedBoltzmann(None, 3, 5), vector(4)), states(4), states(3), torch.eye(5)
    seen = v @ rbm.weight.T + rbm.hidden_bias
    joint = rbm.label_bias + ((seen[:, None] + rbm.label_weight.T)[:, :, None] * h).sum(3).logsumexp(2)
    chance, _, scores, free_energy = rbm(v)
    torch.testing.assert_close(scores, joint)
    torch.testing.assert_close(free_energy, -(v @ rbm.visible_bias) - joint.logsumexp(1))
    torch.testing.assert_close(chance, torch.sigmoid(seen))
    told = rbm(v[:5], labels)
    torch.testing.assert_close(told[0], torch.sigmoid(seen[:5] + rbm.label_weight.T))
    torch.testing.assert_close(told[3], -(v[:5] @ rbm.visible_bias) - joint[:5].diagonal())


def test_labels_follow_from_hidden_units_on_the_way_down() -> None:
    rbm, h = machine(ClassRestrictedBoltzmann(None, 3, 5), vector(4)), states(3)
    chance, _, scores, free_energy = rbm.down(h)
    torch.testing.assert_close(scores, h @ rbm.label_weight + rbm.label_bias)
    told = h @ rbm.weight + rbm.visible_bias
    torch.testing.assert_close(chance, torch.sigmoid(told))
    torch.testing.assert_close(free_energy, -(h @ rbm.hidden_bias) - F.softplus(told).sum(1) - scores.logsumexp(1))


def test_a_boltzmann_machine_is_symmetric_and_has_no_self_connections() -> None:
    matrix = machine(BoltzmannMachine(None, 5), vector(10)).matrix()
    torch.testing.assert_close(matrix, matrix.T)
    assert not matrix.diagonal().any()
    assert matrix.count_nonzero() == 15 * 14


def test_gibbs_sweeps_of_a_boltzmann_machine_reach_the_chances_of_its_energy() -> None:
    torch.manual_seed(0)
    boltzmann, v, h = machine(BoltzmannMachine(None, 2, "Gibbs", 20), vector(3)), torch.tensor([1.0, 0, 1]), states(2)
    both = torch.cat((v.expand(4, -1), h), 1)
    wanted = (-boltzmann.energy(both)).softmax(0) @ h
    _, sample, _ = boltzmann(v.expand(4000, -1))
    torch.testing.assert_close(sample.mean(0), wanted, atol=0.04, rtol=0.0)


def test_a_mean_field_settles_where_every_hidden_unit_agrees_with_all_others() -> None:
    boltzmann = machine(BoltzmannMachine(None, 4, sweeps=200), vector(6))
    nn.init.normal_(boltzmann.weight, std=0.3)
    v = torch.rand(5, 6)
    y, _, energy = boltzmann(v)
    state = torch.cat((v, y), 1)
    torch.testing.assert_close(y, torch.sigmoid(state @ boltzmann.matrix() + boltzmann.bias)[:, 6:])
    torch.testing.assert_close(energy, boltzmann.energy(state))
    quadratic = -0.5 * ((state @ boltzmann.matrix()) * state).sum(1) - state @ boltzmann.bias
    torch.testing.assert_close(energy, quadratic)


def test_the_way_down_holds_hidden_units_and_asks_visible_ones() -> None:
    boltzmann, h = machine(BoltzmannMachine(None, 4), vector(1)), torch.rand(5, 4)
    y, _, _ = boltzmann.down(h)
    torch.testing.assert_close(y, torch.sigmoid(h @ boltzmann.matrix()[1:, :1] + boltzmann.bias[0]))


def test_G03_stored_patterns_are_fixed_points_and_the_energy_never_rises() -> None:
    generator = torch.Generator().manual_seed(0)
    hopfield, random = machine(Hopfield(), vector(100)), torch.rand(200, 100, generator=generator) - 0.5
    patterns = hopfield.side(random[:5])
    hopfield.store(patterns)
    torch.testing.assert_close(hopfield(patterns)[0], patterns)
    state = hopfield.side(random)
    energy = hopfield.energy(state)
    for _ in range(5):
        state, lower = hopfield(state)
        assert (lower <= energy + 1e-4).all()
        energy = lower


def test_a_disturbed_pattern_is_recalled() -> None:
    generator = torch.Generator().manual_seed(0)
    hopfield = machine(Hopfield(3), vector(100))
    patterns = hopfield.side(torch.rand(5, 100, generator=generator) - 0.5)
    hopfield.store(patterns)
    disturbed = patterns * hopfield.side(torch.rand(5, 100, generator=generator) - 0.1)
    assert (disturbed != patterns).any(1).all()
    torch.testing.assert_close(hopfield(disturbed)[0], patterns)


def test_a_unit_that_sees_nothing_stays_and_a_warm_one_takes_tanh() -> None:
    hopfield = machine(Hopfield(), vector(3))
    nn.init.zeros_(hopfield.weight)
    start = torch.tensor([[1.0, -1, 1]])
    torch.testing.assert_close(hopfield(start)[0], start)
    warm = machine(Hopfield(1, 2.0), vector(2))
    x = torch.tensor([[0.3, 0.8]], requires_grad=True)
    first = torch.tanh(0.8 * warm.weight[0] / 2)
    torch.testing.assert_close(warm(x)[0][0, 0], first)
    torch.testing.assert_close(warm(x)[0][0, 1], torch.tanh(first * warm.weight[0] / 2))


def cd(shared: bool = True) -> Graph:
    """A machine gone up, down and up again by one set of weights."""
    g = Sketch()
    rbm = RestrictedBoltzmann(6, 4)
    up = g.add(rbm, g.input("v", vector(6)), name="up")
    down = g.add(rbm, name="down", hidden=up[1])
    again = g.add(rbm, down[1], name="again")
    g.output("data", up[2])
    g.output("model", again[2])
    graph = g.graph()
    for name in ("down", "again") if shared else ():
        graph = graph.with_node(name, Node(rbm, shares="up"))
    return graph


def test_a_step_of_contrastive_divergence_is_drawn_by_three_nodes_of_one_machine() -> None:
    text = print_networks("CD", {"CD": cd()}).text
    assert text.count("RestrictedBoltzmann(6, 4)") == 1
    assert "self.up.down(" in text
    scope: dict[str, Any] = {"__name__": "printed"}
    exec(text, scope)
    module = scope["CD"]()
    assert {name: tuple(p.shape) for name, p in module.named_parameters()} == {
        "up.weight": (4, 6),
        "up.visible_bias": (6,),
        "up.hidden_bias": (4,),
    }
    assert [tuple(energy.shape) for energy in module(torch.rand(7, 6))] == [(7,), (7,)]


@pytest.mark.parametrize(
    "block, inputs, told",
    [
        (RestrictedBoltzmann(), (None, None, None), "neither"),
        (RestrictedBoltzmann(), (vector(8), vector(500), None), "both"),
        (RestrictedBoltzmann(7), (vector(8), None, None), "7 visible units"),
        (RestrictedBoltzmann(7, 5), (None, vector(8), None), "5 hidden units"),
        (RestrictedBoltzmann(), (None, vector(500), None), "visible_features"),
        (RestrictedBoltzmann(), (vector(8), None, vector(7)), "each of the 8 visible"),
        (ClassRestrictedBoltzmann(), (vector(8), None, vector(9), None), "each of the 10 labels"),
        (ClassRestrictedBoltzmann(8), (None, vector(500), vector(10), None), "visible units only"),
        (ClassRestrictedBoltzmann(), (vector(8), None, None, vector(9)), "each of the 8 visible"),
        (Hopfield(), (vector(1),), "two units at least"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_in_words(block: Block, inputs: tuple[Any, ...], told: str) -> None:
    assert told in str(measure(Node(block), inputs).problem)
