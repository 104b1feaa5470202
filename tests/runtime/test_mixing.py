"""Mixup and CutMix as a setting of classification: drawn, printed, trained, resumed, and not there when measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from blocks.loss_classes import FocalLoss
from runtime.by_hand import drawn_by_hand
from runtime.messages import Stepped
from runtime.model import compiled
from runtime.plan import plan
from runtime.recipe import CannotPlan
from runtime.script import print_training
from runtime.train import Training
from runtime.verdict import judge
from tests.designs import digits, points
from tests.runtime.test_resume import abandoned_and_resumed, left_alone, same

CPU = torch.device("cpu")


def test_a_recipe_draws_the_mixing_between_data_and_network() -> None:
    text = print_training(digits(mixing="cutmix", mixing_alpha=1.0)).text
    assert "    mixed, target = cutmix(image, label, 10, alpha=1.0)\n    logits = lenet(mixed)\n" in text
    assert "    loss = F.cross_entropy(logits, target)\n" in text
    assert "(logits.argmax(dim=1) == label)" in text  # what is right is counted by the label itself
    assert text.count("def cutmix(") == 1
    assert "mixup" not in text


def test_nothing_is_drawn_or_carried_where_nothing_is_mixed() -> None:
    assert print_training(digits(mixing="none", mixing_alpha=0.5)).text == print_training(digits()).text


def test_the_step_is_sound_and_is_the_same_drawn_by_hand() -> None:
    design = digits(mixing="mixup")
    assert judge(design).diagnostics == ()
    drawn = drawn_by_hand(design, "fit")
    assert judge(drawn).diagnostics == ()
    assert print_training(drawn).text == print_training(design).text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"mixing": "cutmix"}, r"cutmix expects an image; the data gives \(2,\). Choose mixing mixup or none"),
        ({"mixing": "mixup", "loss": FocalLoss()}, "FocalLoss cannot judge. Choose the loss CrossEntropy"),
    ],
)
def test_what_cannot_be_mixed_is_told_with_what_can(settings: dict[str, Any], told: str) -> None:
    design = points(**settings)
    with pytest.raises(CannotPlan, match=told):
        plan(design)
    assert judge(design).errors[0].phase == "fit"


@pytest.mark.parametrize("mixing", ["mixup", "cutmix"])
def test_examples_are_mixed_while_a_network_learns_and_never_while_it_is_measured(mixing: str) -> None:
    script, plain = (compiled(digits(mixing=kind)).script for kind in (mixing, "none"))
    network = script.build()["LeNet"].eval()
    batch = next(script.batches(script.load(CPU)[0], 0))
    torch.manual_seed(0)
    given = {"LeNet": network}
    learned, wanted = script.PHASES[0].measure(given, batch), plain.PHASES[0].measure(given, batch)
    assert not torch.equal(learned["loss"], wanted["loss"])
    with torch.no_grad():
        assert torch.allclose(script.PHASES[0].measure(given, batch)["loss"], wanted["loss"])


def test_the_script_alone_gives_the_losses_of_the_worker(capsys: pytest.CaptureFixture[str]) -> None:
    program = compiled(points(epochs=4, mixing="mixup"))
    script = program.script
    alone = script.train(script.PHASES[0], script.build(), *script.load(CPU), 4, 10_000)
    told = [event for event in Training(program, CPU).events() if isinstance(event, Stepped)]
    assert [loss for event in told for loss in event.values["loss"]] == alone


def test_a_training_on_mixed_examples_resumes_to_the_same_bits(tmp_path: Path) -> None:
    design = points(epochs=12, mixing="mixup", mixing_alpha=1.0)
    assert same(abandoned_and_resumed(design, tmp_path, seed=4), left_alone(design))
