"""Row T08 of the vocabulary: a body that has learned, another head, and a body that learns slower or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from blocks.composite import Sketch
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.reshape import Flatten
from blocks.shape import image
from runtime.cli import main
from runtime.data.digits import Digits
from runtime.design import Design, Phase
from runtime.file import dumps
from runtime.learning import Learning, learning
from runtime.model import compiled, network_class
from runtime.optimizer import SGD
from runtime.recipe import Classification, Recipe
from runtime.train import Training
from runtime.verdict import judge
from tests.taught_transfer import finetuning_digits

CPU = torch.device("cpu")


def weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def learned(network: nn.Module) -> Tensor:
    """All that learns in a row, without what a normalization counts."""
    return nn.utils.parameters_to_vector(network.parameters()).detach().clone()


def moved(before: dict[str, Tensor], after: dict[str, Tensor]) -> list[bool]:
    return [not torch.equal(before[name], after[name]) for name in before]


def after_phases(design: Design) -> list[dict[str, dict[str, Tensor]]]:
    """The weights of every network at first, and after one epoch of each phase."""
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    found = [{name: weights(network) for name, network in networks.items()}]
    for phase in script.PHASES:
        script.train(phase, networks, data, held_out, 1, 4)
        found.append({name: weights(network) for name, network in networks.items()})
    return found


def test_T08_a_body_that_has_learned_stays_under_a_new_head_and_then_learns_with_it() -> None:
    first, before, new, released = after_phases(finetuning_digits())
    assert all(moved(first["Body"], before["Body"]))
    assert not any(moved(before["Body"], new["Body"]))  # frozen, to the last bit
    assert not any(moved(first["Head"], before["Head"]))
    assert all(moved(before["Head"], new["Head"]))
    assert all(moved(new["Body"], released["Body"]))
    assert not any(moved(before["OldHead"], released["OldHead"]))


def test_T08_the_released_body_learns_at_a_tenth_of_the_rate() -> None:
    design = finetuning_digits()
    last = design.training[-1]
    assert isinstance(last.plan, Recipe)
    same = last.plan.with_settings(rates=(), optimizer=SGD(lr=1.0), schedule={"kind": "Constant"})
    slow = last.plan.with_settings(optimizer=SGD(lr=1.0), schedule={"kind": "Constant"})
    steps = []
    for plan in (same, slow):
        script = compiled(replace(design, training=(Phase("release", plan),))).script
        networks, (data, _) = script.build(), script.load(CPU)
        before = {name: learned(network) for name, network in networks.items()}
        [phase] = script.PHASES
        optimizers = phase.optimizers(networks)
        script.set_rates(optimizers, phase.rates(0, 1, 1, []))
        phase.step(networks, optimizers, {name: field[:32] for name, field in data.items()}, 0)
        steps.append({name: float((learned(networks[name]) - before[name]).norm()) for name in ("Body", "Head")})
    assert steps[1]["Body"] == pytest.approx(0.1 * steps[0]["Body"], rel=1e-3)
    assert steps[1]["Head"] == pytest.approx(steps[0]["Head"], rel=1e-3)


def classifier(classes: int) -> Graph:
    g = Sketch()
    x = g.add(Flatten(), g.input("image", image(1, 8, 8)), name="flatten")
    x = g.add(Linear(16), x, name="body")
    g.output("logits", g.add(Linear(classes), x, name="head"))
    return g.graph()


def begun_with(folder: Path, **settings: Any) -> tuple[dict[str, Tensor], dict[str, Tensor], Training]:
    """The weights of a file of another classifier, those of one of ten classes that begins with them, and it."""
    held = weights(network_class({"Net": classifier(4)}, "Net")())
    safetensors.torch.save_file(held, folder / "Net.safetensors")
    recipe = Classification(weights=str(folder / "Net.safetensors"), epochs=1, **settings)
    training = Training(compiled(Design("New", {"Net": classifier(10)}, Digits(), (Phase("fit", recipe),))), CPU)
    assert [*training.events()]
    return held, weights(training.networks["Net"]), training


def test_T08_all_but_the_last_layer_is_copied_from_a_net_of_other_classes(tmp_path: Path) -> None:
    held, found, _ = begun_with(tmp_path, frozen=("Net.body",))
    assert torch.equal(held["body.weight"], found["body.weight"])
    assert torch.equal(held["body.bias"], found["body.bias"])
    assert found["head.weight"].shape == (10, 16)


def test_T08_the_count_of_what_is_frozen_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    design = finetuning_digits()
    body, old, new = 21_264, 33, 330
    verdict = judge(design)
    told = [learning(each, verdict.networks) for each in verdict.phases]
    assert told == [Learning(body + old, 0), Learning(new, body), Learning(body + new, 0)]
    (tmp_path / "it.json").write_text(dumps(design))
    assert main(["summary", str(tmp_path / "it.json")]) == 0
    assert "new head: 330 parameters learn, 21,264 stay as they are" in capsys.readouterr().out
