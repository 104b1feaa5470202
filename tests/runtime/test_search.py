"""An optimizer that takes the loss as often as it needs: as torch's documentation calls it, or refused in words."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from runtime.course import Cadence
from runtime.culprit import calmer
from runtime.design import Drawn, Phase
from runtime.model import compiled
from runtime.optimizer import LBFGS, SGD
from runtime.plan import plan
from runtime.planning import plan_all
from runtime.script import print_training
from runtime.source import CannotPrint
from runtime.together import alone
from runtime.train import Training
from runtime.weights import newest
from tests.designs import points, two_losses
from tests.runtime.test_terms import losses_alone, losses_of, same, trained, weights

CPU = torch.device("cpu")
SEARCH: dict[str, Any] = {"epochs": 2, "optimizer": LBFGS(lr=0.5, max_iter=4, line_search_fn="strong_wolfe")}


def by_hand() -> list[float]:
    """The losses before every step, in a loop written by hand."""
    script = compiled(points(**SEARCH)).script
    network, losses = script.build()["Points"], []
    data, _ = script.load(CPU)
    optimizer = torch.optim.LBFGS(network.parameters(), lr=0.5, max_iter=4, line_search_fn="strong_wolfe")
    network.train()
    for epoch in range(2):
        for batch in script.batches(data, epoch):

            def closure(batch: Any = batch) -> Any:
                optimizer.zero_grad()
                loss = F.cross_entropy(network(batch["point"]), batch["label"])
                loss.backward()
                return loss

            losses.append(float(optimizer.step(closure).detach()))
    return losses


def test_its_steps_are_those_of_a_loop_written_by_hand() -> None:
    losses = losses_of(points(**SEARCH))
    assert losses[:-1] == by_hand()
    assert losses_alone(points(**SEARCH)) == losses


def test_a_training_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    program, straight = compiled(points(**SEARCH)), trained(points(**SEARCH))[0]
    part = Training(program, CPU, folder=tmp_path, cadence=Cadence(0.0, 0.0))
    stop = random.Random(3).randrange(2, 11)
    for _ in part.events():
        if part.course.step >= stop:
            list(part.save())
            break
    last = Training(program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint)
    list(last.events())
    assert same(weights(straight), weights(last))


def test_it_is_printed_as_torch_documents_it() -> None:
    text = print_training(points(**SEARCH)).text
    assert "    def closure() -> float:\n" in text
    assert '    optimizers["loss"].step(closure)\n' in text
    assert "closure" not in print_training(points()).text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"accumulate": 2}, "LBFGS looks for a step with the gradients of one batch"),
        ({"gradient_clip_val": 1.0}, "they cannot be clipped"),
        ({"rates": (("fc1", 0.1),)}, "no node can have a factor"),
        ({"precision": "16-mixed"}, "Choose bf16-mixed, which needs no scale"),
    ],
)
def test_what_it_cannot_do_is_refused_in_words(settings: dict[str, Any], told: str) -> None:
    design = points(**SEARCH | settings)
    with pytest.raises(CannotPrint, match=told):
        plan(design)
    assert any(told in remark.message for planned in plan_all(design) for remark in planned.remarks)


def test_it_needs_a_phase_of_its_own_and_every_step() -> None:
    design = two_losses()
    drawn = design.training[0].plan
    assert isinstance(drawn, Drawn)
    for objectives, told in (
        ((replace(drawn.objectives[0], optimizer=LBFGS()), drawn.objectives[1]), "a phase of its own"),
        ((replace(drawn.objectives[1], optimizer=LBFGS()),), "Let it follow every step"),
    ):
        unclipped = tuple(replace(each, gradient_clip_val=0.0) for each in objectives)
        with pytest.raises(CannotPrint, match=told):
            plan(replace(design, training=(Phase("a", replace(drawn, objectives=unclipped)),)))


def test_several_processes_are_told_that_they_cannot_share_it() -> None:
    design = points(**SEARCH)
    assert alone(plan(design), design.networks).startswith("LBFGS takes loss of a whole batch")
    assert "raise SystemExit(ALONE)" in print_training(design).text


def test_half_precision_without_a_scale_suits_it() -> None:
    design = points(**SEARCH | {"precision": "bf16-mixed", "averaging": "ema"})
    assert losses_alone(design) == losses_of(design)


def test_what_cannot_be_clipped_is_not_told_to_be() -> None:
    [searching], [walking] = (plan(points(optimizer=kind))[0].objectives for kind in (LBFGS(), SGD()))
    assert calmer(1.0, (searching,)) == "Lower the learning rate from 1 to 0.1 and train again."
    assert "clip the gradients at 1" in calmer(1.0, (walking,))
