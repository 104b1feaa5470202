"""The terms of a phase: what is frozen, where its weights come from, when it stops, and with which weights it ends."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from runtime.by_hand import drawn_by_hand
from runtime.checkpoint import weights_of
from runtime.course import Cadence
from runtime.design import Design, Drawn, Phase
from runtime.file import dumps, loads
from runtime.messages import Ended, Event, Failed, Measured
from runtime.model import compiled
from runtime.planning import plan_all
from runtime.script import print_training
from runtime.source import CannotPrint
from runtime.train import Training
from runtime.weights import newest
from tests.designs import points

CPU = torch.device("cpu")


def phases(*terms: dict[str, Any], **shared: Any) -> Design:
    """Two moons learned in phases named a, b, c: each with terms of its own."""
    design = points(**({"epochs": 2} | shared))
    plan = design.training[0].plan
    return replace(design, training=tuple(Phase("abc"[i], plan.with_settings(**t)) for i, t in enumerate(terms)))


def trained(design: Design, **options: Any) -> tuple[Training, list[Event]]:
    training = Training(compiled(design), CPU, **options)
    return training, [event for event in training.events() if event is not None]


def weights(training: Training) -> dict[str, torch.Tensor]:
    [found] = weights_of(training.networks).values()
    return found


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], part: str = "") -> bool:
    return all(torch.equal(first[name], second[name]) for name in first if name.startswith(part))


def losses_alone(design: Design) -> list[float]:
    """The losses of the script when it is run by itself."""
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    found, ends = [], dict[str, Any]()
    for phase in script.PHASES:
        if hasattr(script, "begin"):
            script.begin(phase, networks, ends)
        found += script.train(phase, networks, data, held_out, phase.epochs, 10**9)
        if hasattr(script, "held"):
            ends[phase.name] = script.held(networks)
    return [*found, float(sum(p.detach().sum() for p in networks["Points"].parameters()))]


def losses_of(design: Design) -> list[float]:
    """The same of the training process."""
    training, events = trained(design)
    told = [value for e in events if hasattr(e, "first_step") for value in e.values["loss"]]  # type: ignore[attr-defined]
    return [*told, float(sum(p.detach().sum() for p in training.networks["Points"].parameters()))]


def test_what_is_frozen_stays_as_it_is_and_counts_no_batches() -> None:
    before, _ = trained(phases({}))
    after, _ = trained(phases({}, {"frozen": ("Points.fc1", "Points.batchnorm1d")}))
    assert same(weights(before), weights(after), "fc1")
    assert same(weights(before), weights(after), "batchnorm1d")
    assert not same(weights(before), weights(after), "fc2")


def test_only_the_named_parts_of_a_network_learn_from_an_objective() -> None:
    design = drawn_by_hand(phases({}), "a")
    plan = design.training[0].plan
    assert isinstance(plan, Drawn)
    only = replace(plan.objectives[0], parts=("Points.fc3",))
    design = replace(design, training=(Phase("a", replace(plan, objectives=(only,))),))
    [fresh] = weights_of(compiled(design).script.build()).values()
    training, _ = trained(design)
    assert all(same(fresh, weights(training), part) for part in ("fc1", "fc2", "batchnorm1d"))
    assert not same(fresh, weights(training), "fc3.weight")
    assert loads(dumps(design)) == design


def test_a_phase_begins_with_the_weights_that_an_earlier_one_left_behind() -> None:
    first, _ = trained(phases({}))
    third, _ = trained(phases({}, {}, {"weights": "a", "frozen": ("Points.fc1", "Points.fc2")}))
    second, _ = trained(phases({}, {}, {"frozen": ("Points.fc1", "Points.fc2")}))
    assert same(weights(first), weights(third), "fc1")
    assert not same(weights(first), weights(second), "fc1")


def test_weights_come_from_a_file_and_only_what_fits_is_taken(tmp_path: Path) -> None:
    first, _ = trained(phases({}))
    held = weights(first)
    wrong = {**held, "fc3.weight": torch.zeros(3, 16), "other.weight": torch.ones(2)}
    safetensors.torch.save_file(wrong, tmp_path / "Points.safetensors")
    for place in (tmp_path / "Points.safetensors", tmp_path):
        training, _ = trained(phases({"weights": str(place), "frozen": ("Points.fc1", "Points.fc2")}))
        assert same(held, weights(training), "fc1")
        assert same(held, weights(training), "fc2")


def test_weights_come_from_a_run(tmp_path: Path) -> None:
    first, _ = trained(phases({}), folder=tmp_path)
    design = phases({"weights": str(tmp_path), "frozen": ("Points.fc1", "Points.fc2", "Points.batchnorm1d")})
    second, _ = trained(design)
    assert same(weights(first), weights(second), "fc1")
    assert same(weights(first), weights(second), "batchnorm1d.running_mean")


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x02\0\0\0\0\0\0\0{}"])
def test_a_file_that_holds_nothing_that_fits_is_told_in_words(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "it.safetensors").write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot be read as safetensors|Nothing in .* fits the networks"):
        trained(phases({"weights": str(tmp_path / "it.safetensors")}))


def test_a_phase_ends_with_its_best_weights_where_it_says_so() -> None:
    design = phases({"epochs": 4, "restore_best_weights": True, "optimizer": {"kind": "SGD", "lr": 3.0}})
    training, events = trained(design)
    measured = [e.values["loss"] for e in events if isinstance(e, Measured)]
    assert min(measured) < measured[-1]  # else it shows nothing
    again = compiled(design).script.evaluate(compiled(design).script.PHASES[0], training.networks, training.held_out)
    assert float([*again][-1]["loss"]) == pytest.approx(min(measured), rel=1e-6)


def test_a_phase_stops_once_its_loss_is_low_enough() -> None:
    _, events = trained(phases({"epochs": 50, "stopping_threshold": 0.6}))
    measured = [e.values["loss"] for e in events if isinstance(e, Measured)]
    assert measured[-1] <= 0.6 < min(measured[:-1], default=1.0)
    assert isinstance(events[-1], Ended)
    assert events[-1].reason == "early stopping"


MANY: tuple[dict[str, Any], ...] = (
    {"stopping_threshold": 0.4, "patience": 2},
    {"frozen": ("Points.fc1",), "restore_best_weights": True},
    {"weights": "a"},
)


def test_the_script_alone_goes_through_the_phases_as_the_worker_does() -> None:
    assert losses_alone(phases(*MANY)) == losses_of(phases(*MANY))


def test_phases_that_begin_with_earlier_weights_resume_to_the_same_bits(tmp_path: Path) -> None:
    program, chance = compiled(phases(*MANY, epochs=6)), random.Random(5)
    whole = Training(program, CPU)
    steps = sum(isinstance(event, object) for event in whole.events()) and whole.course.step
    for stop in sorted(chance.randrange(1, steps) for _ in range(4)):
        part = Training(
            program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint, cadence=Cadence(0.0, 0.0)
        )
        for _ in part.events():
            if part.course.step > stop:
                break
    last = Training(program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint)
    assert last.course.step > 0
    assert [*last.events()]
    assert same(weights(whole), weights(last))


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"frozen": ("Nets",)}, "There is no network Nets. Name one of Points."),
        ({"frozen": ("Points.fc9",)}, "There is no node fc9 in Points."),
        ({"frozen": ("Points",)}, "Nothing is left to learn from loss"),
        ({"weights": "z"}, "there is no such file, folder or earlier phase"),
    ],
)
def test_terms_that_name_what_there_is_not_are_refused_in_words(terms: dict[str, Any], told: str) -> None:
    design = phases({}, terms)
    with pytest.raises(CannotPrint, match=told):
        compiled(design)
    assert any(told in remark.message for planned in plan_all(design) for remark in planned.remarks)


def test_terms_are_kept_in_a_file() -> None:
    design = phases({"patience": 3, "frozen": ("Points.fc1",), "weights": "x", "stopping_threshold": 0.5})
    assert loads(dumps(design)) == design


def test_phases_that_judge_alike_share_the_function_that_does_it() -> None:
    program = compiled(phases({}, {"optimizer": {"kind": "SGD", "lr": 0.1}}, {"precision": "bf16-mixed"}))
    text = print_training(program.design).text
    assert text.count("def a_loss(") == 1
    assert "def b_loss(" not in text
    assert "def c_loss(" in text  # in 16 bits
    assert program.script.PHASES[1].measure is program.script.a_loss
    assert "    values = a_loss(networks, batch)\n" in text[text.index("def b_step") :]


def test_what_breaks_in_a_shared_function_is_told_of_the_phase_that_it_broke_in() -> None:
    training = Training(compiled(phases({}, {}, epochs=1)), CPU)
    training._turn_to_next_phase()
    training.data["label"] += 7  # classes that there are not
    failed = [*training.events()][-1]
    assert isinstance(failed, Failed)
    assert (failed.network, failed.node) == ("b", "loss")
