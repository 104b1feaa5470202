"""Energy models of any size: figures by hand and by torch, and the two ways through one set of weights."""

from __future__ import annotations

import pytest

from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.setting import BadSetting
from blocks.zoo import TEMPLATES, Template
from blocks.zoo.energy import DBN, RBM, Boltzmann, HopfieldNetwork
from tests.zoo.meta import agree, text


def graph_of(template: Template) -> Graph:
    return next(iter(template.networks().values())).graph()


def found(template: Template) -> Checked:
    checked = check(graph_of(template))
    assert not checked.diagnostics
    return checked


def test_N21_energy_models_have_their_figures() -> None:
    assert found(Boltzmann(10, 5)).parameters == 120
    assert found(RBM(784, 500)).parameters == 393_284
    assert found(DBN(784, (500, 500), 2000, 10)).parameters == 1_665_794
    assert found(HopfieldNetwork(100)).parameters == 4_950
    assert found(RBM(10, 5)).parameters == 65  # the same units without links inside a layer


def test_a_machine_goes_up_for_392_000_multiplications_and_once_more_each_way() -> None:
    assert [found(RBM(steps=k)).macs for k in (0, 1, 2)] == [392_000, 2 * 392_000, 4 * 392_000]


@pytest.mark.parametrize("layers", [(7,), (7, 5), (7, 5, 6, 4)], ids=str)
def test_a_deep_belief_net_has_one_set_of_biases_a_layer(layers: tuple[int, ...]) -> None:
    net, units = found(DBN(9, layers, 8, 3)), (9, *layers)
    weights = sum(low * high for low, high in zip(units, layers, strict=False)) + (layers[-1] + 3) * 8
    assert net.parameters == weights + sum(units) + 8 + 3
    assert [net.rows[name].inputs[0].sizes for name in net.graph.outputs()] == [(3,), (9,)]


def test_a_deep_belief_net_without_machines_below_is_its_top_alone() -> None:
    assert found(DBN(9, (), 8, 3)).parameters == 9 * 8 + 3 * 8 + 9 + 8 + 3


def test_the_way_back_has_the_weights_of_the_way_up() -> None:
    graph = graph_of(DBN())
    shares = {name: node.shares for name, node in graph.nodes.items() if node.shares}
    assert shares == {"top_down": "top", "rbm2_down": "rbm2", "rbm1_down": "rbm1"}
    assert found(DBN(generate=False)).parameters == found(DBN()).parameters


def test_a_deep_belief_net_prints_as_the_paper_tells_it() -> None:
    lines = [line.strip() for line in text(graph_of(DBN())).splitlines()]
    assert "self.rbm2 = RestrictedBoltzmann(500, 500, visible_bias=False)" in lines
    assert "self.top = ClassRestrictedBoltzmann(500, 2000, 10, visible_bias=False)" in lines
    assert sum(".down(" in line for line in lines) == 3


@pytest.mark.parametrize(
    "template",
    [
        RBM(12, 7, 3),
        RBM(1, 1, 0),
        DBN(12, (7, 5, 6), 9, 4),
        DBN(12, (), 9, 1, generate=False),
        Boltzmann(6, 3, "Gibbs", 4),
        HopfieldNetwork(9, 3, 0.5),
    ],
    ids=repr,
)
def test_torch_agrees_on_sizes_in_between(template: Template) -> None:
    agree(graph_of(template))


def test_sizes_that_no_machine_has_are_refused_in_words() -> None:
    with pytest.raises(BadSetting, match="units expects a whole number of at least 2"):
        HopfieldNetwork(1)
    with pytest.raises(BadSetting, match="layers expects"):
        DBN(layers=(500, 0))


def test_energy_models_are_found_by_their_words() -> None:
    known = {t.kind() for t in TEMPLATES if "energy" in t.keywords}
    assert known == {"RBM", "DBN", "Boltzmann", "HopfieldNetwork"}
