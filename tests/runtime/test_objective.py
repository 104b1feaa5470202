"""What an objective asks for is printed as a person would write it, and does what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from blocks.setting import BadSetting
from runtime.carried.groups import at_rates
from runtime.design import Drawn
from runtime.factors import FactorsSetting
from runtime.file import dumps, loads
from runtime.messages import Stepped
from runtime.model import compiled
from runtime.optimizer import SGD, AdamW, Muon
from runtime.plan import plan
from runtime.schedule import Plateau, Sequential
from runtime.script import print_training
from runtime.source import CannotPrint
from runtime.train import Training
from tests.designs import points, two_losses

FACTORS = FactorsSetting((), "", name="rates")


def groups_of(**recipe: Any) -> list[dict[str, Any]]:
    """The parameter groups that a training of three layers begins with."""
    program = compiled(points(**recipe))
    optimizer = program.script.PHASES[0].optimizers(program.script.build())["loss"]
    groups: list[dict[str, Any]] = optimizer.param_groups
    return groups


def test_nodes_learn_at_rates_of_their_own_and_the_rest_at_the_full_rate() -> None:
    groups = groups_of(rates=(("fc1", 0.1), ("fc3", 2)))
    assert [(group["factor"], len(group["params"])) for group in groups] == [(0.1, 2), (1.0, 4), (2.0, 2)]


def test_a_schedule_moves_all_rates_in_proportion() -> None:
    program = compiled(points(rates=(("fc1", 0.1),), optimizer=SGD(lr=0.5)))
    optimizers = program.script.PHASES[0].optimizers(program.script.build())
    program.script.set_rates(optimizers, {"loss": 0.25})
    assert {group["factor"]: group["lr"] for group in optimizers["loss"].param_groups} == {0.1: 0.025, 1.0: 0.25}


def test_groups_by_rate_still_spare_biases_and_normalizations() -> None:
    groups = groups_of(rates=(("fc1", 0.1),), optimizer=AdamW(decay_all=False))
    told = sorted((group["factor"], group["weight_decay"], len(group["params"])) for group in groups)
    assert told == [(0.1, 0.0, 1), (0.1, 0.01, 1), (1.0, 0.0, 4), (1.0, 0.01, 2)]


def test_the_longest_path_that_fits_decides() -> None:
    network = torch.nn.Sequential()
    network.add_module("body", torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)))
    network.add_module("body2", torch.nn.Linear(2, 2))
    found = at_rates(network, {"body": 0.1, "body.1": 0.5})
    assert [(group["factor"], len(group["params"])) for group in found] == [(0.1, 2), (0.5, 2), (1.0, 2)]


def test_the_groups_are_printed_as_a_person_writes_them() -> None:
    text = print_training(points(rates=(("fc1", 0.1),))).text
    assert 'at_rates(networks["Points"], {"fc1": 0.1}), lr=LEARNING_RATE, fused=True' in text
    assert "def at_rates(" in text
    assert "at_rates" not in print_training(points()).text


def test_a_factor_for_a_node_that_is_not_there_is_refused() -> None:
    with pytest.raises(CannotPrint, match="no such node in Points"):
        plan(points(rates=(("fc9", 0.1),)))
    with pytest.raises(CannotPrint, match="sorts the parameters itself"):
        plan(points(rates=(("fc1", 0.1),), optimizer=Muon()))


def test_factors_are_typed_and_shown() -> None:
    assert FACTORS.read(" body: 0.1, head/fc : 2 ") == (("body", 0.1), ("head/fc", 2.0))
    assert FACTORS.show((("body", 0.1), ("head", 2.0))) == "body: 0.1, head: 2"
    assert FACTORS.parse(FACTORS.dump((("body", 0.1),))) == (("body", 0.1),)


@pytest.mark.parametrize("typed", ["body", "body: fast", "body: -1", ": 0.1", "a: 1, a: 2", "a..b: 1"])
def test_factors_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(BadSetting, match="paths of nodes"):
        FACTORS.read(typed)


def test_gradients_are_cut_off_by_value_where_that_is_chosen() -> None:
    text = print_training(points(gradient_clip_val=0.5, clip_by="value")).text
    assert 'nn.utils.clip_grad_value_(networks["Points"].parameters(), GRADIENT_CLIP_VAL)' in text
    assert "clip_grad_norm_" not in text


def test_several_batches_make_the_step_of_one_large_batch() -> None:
    def weights(**settings: Any) -> list[torch.Tensor]:
        program = compiled(points(dropout=0.0, samples=64, optimizer=SGD(lr=0.1), **settings))
        phase, networks = program.script.PHASES[0], program.script.build()
        network = networks["Points"].eval()  # so that batch normalization does not see which batch it is
        optimizers, parts = phase.optimizers(networks), settings.get("accumulate", 1)
        data, _ = program.script.load(torch.device("cpu"))
        for step in range(parts):
            batch = {name: field[:32].chunk(parts)[step] for name, field in data.items()}
            phase.step(networks, optimizers, batch, step)
        return list(network.parameters())

    for one, other in zip(weights(), weights(accumulate=4), strict=True):
        assert torch.allclose(one, other, atol=1e-7)


def test_batches_are_not_gathered_where_another_loss_would_clear_them() -> None:
    drawn = two_losses().training[0]
    assert isinstance(drawn.plan, Drawn)
    first, second = drawn.plan.objectives
    gathering = replace(drawn, plan=replace(drawn.plan, objectives=(replace(first, accumulate=2), second)))
    with pytest.raises(CannotPrint, match="clear in between"):
        plan(replace(two_losses(), training=(gathering,)))


def test_an_objective_that_was_drawn_keeps_its_settings_in_the_file() -> None:
    drawn = two_losses().training[1]
    assert isinstance(drawn.plan, Drawn)
    told = {"clip_by": "value", "accumulate": 3, "rates": (("fc", 0.5),)}
    changed = replace(drawn.plan.objectives[0], **told)  # type: ignore[arg-type]
    design = replace(two_losses(), training=(replace(drawn, plan=replace(drawn.plan, objectives=(changed,))),))
    assert loads(dumps(design)).training == design.training


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": Muon(lr=0.01), "schedule": Plateau(patience=0, factor=0.5, threshold=0.5)},
        {"optimizer": SGD(lr=0.1, momentum=0.9), "rates": (("fc1", 0.3),), "accumulate": 4},
        {"gradient_clip_val": 0.01, "clip_by": "value", "schedule": Sequential(at=2)},
    ],
    ids=["muon on a plateau", "groups", "in sequence"],
)
@pytest.mark.parametrize("validation", [0.2, 0.0])
def test_the_script_alone_gives_the_losses_of_the_worker(
    settings: dict[str, Any], validation: float, capsys: pytest.CaptureFixture[str]
) -> None:
    design = points(epochs=8, **settings)
    assert design.data is not None
    program = compiled(replace(design, data=design.data.with_settings(validation=validation)))
    script, cpu = program.script, torch.device("cpu")
    alone = script.train(script.PHASES[0], script.build(), *script.load(cpu), 8, 10_000)
    told = [event for event in Training(program, cpu).events() if isinstance(event, Stepped)]
    assert [loss for event in told for loss in event.values["loss"]] == alone


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": Muon(lr=0.1)},
        {"optimizer": AdamW(lr=0.1, weight_decay=0.5), "rates": (("fc1", 0.5),)},
        {"optimizer": SGD(lr=0.1, weight_decay=0.5), "accumulate": 2},
    ],
    ids=["muon", "groups", "gathered"],
)
def test_what_is_frozen_stays_out_of_every_way_of_learning(settings: dict[str, Any]) -> None:
    design = points(epochs=1, **settings)
    graph = design.networks["Points"]
    frozen = replace(graph, nodes={**graph.nodes, "fc1": replace(graph.nodes["fc1"], frozen=True)})
    training = Training(compiled(replace(design, networks={"Points": frozen})), torch.device("cpu"))
    before = {name: p.detach().clone() for name, p in training.networks["Points"].named_parameters()}
    assert list(training.events())
    moved = {n for n, p in training.networks["Points"].named_parameters() if not torch.equal(p, before[n])}
    assert {name.partition(".")[0] for name in moved} == {name.partition(".")[0] for name in before} - {"fc1"}
