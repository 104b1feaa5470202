"""The learning rate over a run before there is one is the rate that the run will have."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from runtime.model import compiled
from runtime.optimizer import SGD
from runtime.presets import PRESETS, with_preset
from runtime.rate_curve import POINTS, RateCurve, rate_curve, steps_per_epoch
from runtime.schedule import Constant, Cosine, Formula, Plateau, Schedule, Steps
from runtime.script import print_training
from tests.designs import points


def drawn(schedule: Schedule, epochs: int = 20, samples: int = 210) -> RateCurve:
    return rate_curve(SGD(lr=0.5), schedule, epochs, points(samples=samples).data)


@pytest.mark.parametrize("settings", [{}, {"batch_size": 0}, {"samples": 193, "batch_size": 1}, {"samples": 161}])
def test_an_epoch_has_the_steps_of_the_script(settings: dict[str, Any]) -> None:
    design = points(**settings)
    script = compiled(design).script
    assert steps_per_epoch(design.data) == script.steps_per_epoch(script.load(torch.device("cpu"))[0])


def test_each_point_is_the_rate_of_its_step() -> None:
    schedule = Cosine(warmup_epochs=2.0)
    curve = drawn(schedule)
    assert len(curve.rates) == 120
    assert curve.rates == tuple(0.5 * schedule.scale(step, 6, 120) for step in range(120))
    assert curve.epochs == tuple(step / 6 for step in range(120))


def test_a_long_run_is_drawn_by_some_of_its_steps_the_last_among_them() -> None:
    curve = drawn(Steps(every=500), epochs=1000)
    assert len(curve.rates) == POINTS
    assert (curve.rates[0], curve.rates[-1]) == (0.5, 0.05)
    assert curve.epochs[-1] == 1000 - 1 / 6


def test_the_curve_is_told_in_words() -> None:
    assert drawn(Constant(), 1).told() == "Learning rate 0.5 over 1 epoch of 6 steps."
    assert drawn(Steps()).told() == "Learning rate 0.5 → 0.05 over 20 epochs of 6 steps."
    assert drawn(Plateau()).told().endswith("; falls when the loss stands still.")
    assert rate_curve(SGD(lr=0.5), Constant(), 3, None).told() == "Learning rate 0.5 over 3 epochs."


@pytest.mark.parametrize("formula", ["1 / (5 - n)", "(3 - n)**0.5", "log(4 - n)", "10**(t * 99)"])
def test_a_formula_without_a_value_is_drawn_up_to_there(formula: str) -> None:
    curve = drawn(Formula(formula=formula))
    assert "has no value in epoch" in curve.told()
    assert len(curve.rates) < 120


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_every_preset_can_be_trained_and_drawn(preset: Any) -> None:
    design = with_preset("fit", preset)(points())
    assert "torch.optim." in print_training(design).text
    assert rate_curve(preset.optimizer, preset.schedule, 10, design.data).rates[0] > 0
    assert with_preset("fit", preset)(design) == design
