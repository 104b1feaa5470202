"""A training in 16 bits: the same bits as a loop written by hand, a scale that is kept, and what cannot be so."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from runtime.course import Cadence
from runtime.data.digits import Digits
from runtime.design import Design, Phase
from runtime.failure import failure_of
from runtime.messages import Ended, Event, Failed, Stepped
from runtime.model import compiled
from runtime.optimizer import OPTIMIZERS, SGD, Optimizer
from runtime.plan import plan
from runtime.planning import plan_all
from runtime.recipes.autoencoder import Autoencoder
from runtime.script import print_training
from runtime.source import CannotPrint
from runtime.train import Training
from runtime.weights import newest
from tests.designs import points, two_losses
from tests.runtime.test_recipes import WHOLE
from tests.runtime.test_terms import losses_alone, losses_of, same, trained, weights

CPU = torch.device("cpu")
HALVES = {"bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}
MANY: dict[str, Any] = {"gradient_clip_val": 0.5, "accumulate": 2, "precision": "16-mixed"}


def by_hand(design: Design, kind: torch.dtype, clip: float) -> tuple[list[float], list[float]]:
    """Losses and norms of a loop as the documentation of torch writes it."""
    script = compiled(design).script
    network, losses, norms = script.build()["Points"], [], []
    data, _ = script.load(CPU)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, fused=True)
    scaler = torch.amp.GradScaler("cpu", enabled=kind is torch.float16)
    for epoch in range(2):
        network.train()
        for batch in script.batches(data, epoch):
            with torch.autocast("cpu", kind):
                loss = F.cross_entropy(network(batch["point"]), batch["label"])
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            norms.append(float(nn.utils.clip_grad_norm_(network.parameters(), clip)))
            scaler.step(optimizer)
            scaler.update()
            losses.append(loss.item())
        network.eval()
    return losses, norms


@pytest.mark.parametrize("precision", HALVES)
def test_a_phase_in_16_bits_takes_the_steps_of_a_loop_written_by_hand(precision: str) -> None:
    design = points(
        epochs=2, precision=precision, optimizer=SGD(lr=0.1, momentum=0.9), gradient_clip_val=0.5, dropout=0.2
    )
    _, events = trained(design)
    steps = [event for event in events if isinstance(event, Stepped)]
    losses, norms = by_hand(design, HALVES[precision], 0.5)
    assert [value for event in steps for value in event.values["loss"]] == losses
    assert [norm for event in steps for norm in event.gradient_norm] == norms
    assert losses_of(design)[:-1] != losses_of(points(epochs=2, optimizer=SGD(lr=0.1, momentum=0.9)))[:-1]


@pytest.mark.parametrize("settings", [MANY, {"precision": "bf16-mixed"}], ids=["16", "bf16"])
def test_the_script_alone_trains_as_the_worker_does(settings: dict[str, Any]) -> None:
    design = points(epochs=2, **settings)
    assert losses_alone(design) == losses_of(design)


def test_a_killed_training_goes_on_with_the_same_scale_and_gradients(tmp_path: Path) -> None:
    program = compiled(points(epochs=2, **MANY))
    straight, events = trained(points(epochs=2, **MANY))
    assert isinstance(events[-1], Ended)
    part = Training(program, CPU, folder=tmp_path, cadence=Cadence(0.0, 0.0))
    for _ in part.events():
        if part.course.step == 5:  # in the middle of two batches whose gradients add up
            list(part.save())
            break
    again = Training(program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint)
    list(again.events())
    assert same(weights(straight), weights(again))


def test_a_step_that_the_scaler_leaves_out_breaks_nothing() -> None:
    design = points(epochs=1, precision="16-mixed", gradient_clip_val=1.0)
    training = Training(compiled(design), CPU)
    scaler = training._optimizers["loss"].scaler
    scaler.load_state_dict(scaler.state_dict() | {"scale": 2.0**40})
    events: list[Event] = [event for event in training.events() if event is not None]
    norms = [norm for event in events if isinstance(event, Stepped) for norm in event.gradient_norm]
    assert not math.isfinite(norms[0])
    assert isinstance(events[-1], Ended)
    assert scaler.get_scale() < 2.0**40


@pytest.mark.parametrize("optimizer", [kind for kind in OPTIMIZERS if not kind.evaluates], ids=lambda kind: kind.kind())
def test_every_optimizer_follows_scaled_gradients(optimizer: type[Optimizer]) -> None:
    training, events = trained(points(epochs=1, samples=70, precision="16-mixed", optimizer=optimizer()))
    assert isinstance(events[-1], Ended)
    fresh = training._script.build()["Points"].state_dict()
    assert not torch.equal(fresh["fc1.weight"], weights(training)["fc1.weight"])


def test_two_losses_have_a_scale_each() -> None:
    design = two_losses()
    plans = tuple(replace(each, plan=each.plan.with_settings(precision="16-mixed")) for each in design.training)
    training, events = trained(replace(design, training=plans))
    assert isinstance(events[-1], Ended)
    assert type(training._optimizers["draw"]).__name__ == "Scaled"


def test_only_what_is_asked_for_is_printed(tmp_path: Path) -> None:
    plain, half = (print_training(points(precision=p)).text for p in ("32-true", "bf16-mixed"))
    assert "autocast" not in plain
    assert "    with autocast(batch, torch.bfloat16):\n        points = " in half
    assert "Scaled" not in half
    assert "unscale" not in print_training(points(precision="16-mixed")).text
    (tmp_path / "train.py").write_text(print_training(points(**MANY)).text)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)]
    assert subprocess.run(command, check=False, capture_output=True, text=True).stdout == ""


def test_the_logarithm_of_probabilities_is_refused_in_16_bits() -> None:
    recipe = Autoencoder(loss="cross-entropy", precision="bf16-mixed")
    design = Design("Sigmoid", {"Whole": WHOLE}, Digits(), (Phase("fit", recipe),))
    told = "takes logarithms of probabilities, which 16 bits round"
    with pytest.raises(CannotPrint, match=told):
        plan(design)
    assert any(told in remark.message for planned in plan_all(design) for remark in planned.remarks)


def test_what_torch_cannot_do_in_16_bits_is_told_with_its_node() -> None:
    program = compiled(points(precision="16-mixed"))
    network = program.script.build()["Points"]
    network.fc1.forward = lambda x: torch.linalg.inv(x.half() @ x.half().T)
    try:
        network(torch.ones(2, 2))
    except RuntimeError as error:
        failed = failure_of(error, program)
    assert isinstance(failed, Failed)
    assert "cannot be computed in 16 bits" in failed.message
    assert failed.repair == "Choose the precision 32-true, or another device."
