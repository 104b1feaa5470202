"""Two networks against each other, drawn by hand: each is held still while the other learns, with no code made for it.

Points around a curve are what the discriminator (Goodfellow et al. 2014) is to tell from those that the generator makes
of noise; both kinds pass through the same discriminator.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from blocks.activation import LeakyReLU
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy
from blocks.merge import Add
from blocks.position import Constant as Number
from blocks.position import Detach
from blocks.sampler import Noise
from blocks.shape import vector
from runtime.by_hand import learning_from
from runtime.data.curve import Curve
from runtime.design import Design, Drawn, Phase
from runtime.file import dumps, loads
from runtime.messages import Stepped
from runtime.model import compiled
from runtime.optimizer import Adam
from runtime.recipe import Objective
from runtime.schedule import Constant
from runtime.script import print_training
from runtime.train import Training
from runtime.verdict import judge
from tests.runtime.test_resume import abandoned_and_resumed, left_alone, same
from tests.training import ENVIRONMENT, finish, losses, run_of
from tests.vocabulary.rows import chained

CPU = torch.device("cpu")
WIRES = (
    "point -> noise.like",
    "noise -> made.x",
    "made -> held",
    "point -> real.x",
    "held -> fake.x",
    "made -> fooled.x",
    "point -> one",
    "point -> zero",
    "real -> real_loss.logits",
    "one -> real_loss.labels",
    "fake -> fake_loss.logits",
    "zero -> fake_loss.labels",
    "real_loss -> judge_loss.parts[0]",
    "fake_loss -> judge_loss.parts[1]",
    "fooled -> maker_loss.logits",
    "one -> maker_loss.labels",
)


def layers(inputs: int, outputs: int) -> Graph:
    return chained(vector(inputs), Linear(16), LeakyReLU(), Linear(outputs))


def drawn(epochs: int = 2, seed: int = 0) -> Design:
    """What a person would draw: thirteen nodes, four of which use two networks, and two objectives."""
    nodes = {
        "point": Node(Input((2,))),
        "noise": Node(Noise((4,))),
        "made": Node(Use("Generator")),
        "held": Node(Detach()),
        "real": Node(Use("Discriminator")),
        "fake": Node(Use("Discriminator")),
        "fooled": Node(Use("Discriminator")),
        "one": Node(Number((1,), 1.0)),
        "zero": Node(Number((1,), 0.0)),
        "real_loss": Node(BinaryCrossEntropy()),
        "fake_loss": Node(BinaryCrossEntropy()),
        "judge_loss": Node(Add()),
        "maker_loss": Node(BinaryCrossEntropy()),
    }
    objectives = (
        Objective("judge_loss", ("Discriminator",), Adam(lr=0.005, beta1=0.5), Constant()),
        Objective("maker_loss", ("Generator",), Adam(lr=0.002, beta1=0.5), Constant()),
    )
    step = Graph(nodes, tuple(read_wire(wire, nodes) for wire in WIRES))
    networks = {"Generator": layers(4, 2), "Discriminator": layers(2, 1)}
    data = Curve().with_settings(samples=120, batch_size=20)
    return Design(
        "Against each other", networks, data, (Phase("fit", Drawn(step, objectives, epochs=epochs, seed=seed)),)
    )


def test_what_was_drawn_is_sound_and_each_loss_reaches_what_learns_from_it() -> None:
    plan = drawn().training[0].plan
    assert isinstance(plan, Drawn)
    assert judge(drawn()).diagnostics == ()
    assert learning_from(plan.step, "judge_loss") == {"Discriminator"}
    assert learning_from(plan.step, "maker_loss") == {"Discriminator", "Generator"}
    assert loads(dumps(drawn())) == drawn()


@pytest.fixture
def script() -> ModuleType:
    made: ModuleType = compiled(drawn()).script
    return made


def weights(networks: Any, name: str) -> list[Tensor]:
    return [p.detach().clone() for p in networks[name].parameters()]


def moved(before: list[Tensor], after: list[Tensor]) -> list[bool]:
    return [not torch.equal(one, other) for one, other in zip(before, after, strict=True)]


@pytest.mark.parametrize(
    ("loss", "learner", "other"),
    [("judge_loss", "Discriminator", "Generator"), ("maker_loss", "Generator", "Discriminator")],
)
def test_a_step_of_one_moves_every_weight_of_it_and_none_of_the_other(
    script: ModuleType, loss: str, learner: str, other: str
) -> None:
    phase, networks = script.PHASES[0], script.build()
    optimizers = phase.optimizers(networks)
    before = {name: weights(networks, name) for name in networks}
    during: dict[str, list[bool]] = {}
    step = optimizers[loss].step

    def observed() -> None:
        held = {name: weights(networks, name) for name in networks}
        step()
        during.update({name: moved(held[name], weights(networks, name)) for name in networks})

    optimizers[loss].step = observed
    phase.step(networks, optimizers, next(script.batches(script.load(CPU)[0], 0)), 0)
    assert set(during[learner]) == {True}
    assert set(during[other]) == {False}
    assert all(all(moved(before[name], weights(networks, name))) for name in networks)  # in the whole step both move


def test_both_optimizers_hold_the_weights_of_their_own_network_alone(script: ModuleType) -> None:
    networks = script.build()
    optimizers = script.PHASES[0].optimizers(networks)
    for loss, name in (("judge_loss", "Discriminator"), ("maker_loss", "Generator")):
        [group] = optimizers[loss].param_groups
        assert [id(p) for p in group["params"]] == [id(p) for p in networks[name].parameters()]


def test_it_is_printed_as_a_person_would_write_it() -> None:
    text = print_training(drawn()).text
    for line in (
        "noise = torch.randn(len(point), 4, device=point.device)",
        "made = generator(noise)",
        "held = made.detach()",
        "real = discriminator(point)",
        "fake = discriminator(held)",
    ):
        assert f"    {line}\n" in text


def test_the_script_alone_gives_the_losses_of_the_worker(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = script.train(script.PHASES[0], script.build(), *script.load(CPU), 2, 10_000)
    told = [event for event in Training(compiled(drawn()), CPU).events() if isinstance(event, Stepped)]
    assert [loss for event in told for loss in event.values["judge_loss"]] == alone
    assert len(alone) == 2 * 5


def test_dropped_at_random_and_resumed_it_ends_in_the_same_bits(tmp_path: Path) -> None:
    assert same(abandoned_and_resumed(drawn(epochs=15), tmp_path, seed=2), left_alone(drawn(epochs=15)))


def test_the_generator_learns_the_curve() -> None:
    training = Training(compiled(drawn(epochs=60)), CPU)
    assert list(training.events())
    made = training.networks["Generator"](torch.randn(500, 4))
    assert float((made.norm(dim=1) - 1).abs().mean().detach()) < 0.5


@pytest.mark.slow
def test_the_worker_and_the_exported_script_do_the_same_in_processes_of_their_own(tmp_path: Path) -> None:
    run = run_of(drawn(epochs=4), tmp_path)
    assert finish(run) == 0, run.log_tail()
    command = [sys.executable, "train.py", "--device", "cpu", "--losses", "losses.json"]
    clean = {name: value for name, value in ENVIRONMENT.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=run.folder, env=clean, check=True, capture_output=True)
    assert json.loads((run.folder / "losses.json").read_text()) == losses(run, "judge_loss")


@pytest.mark.slow
def test_two_processes_train_it_too(tmp_path: Path) -> None:
    run = run_of(drawn(epochs=4), tmp_path)
    assert finish(run, "--nproc", "2") == 0, run.log_tail()
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "train.py"]
    words = ["--device", "cpu", "--losses", "losses.json"]
    subprocess.run([*command, *words], cwd=run.folder, env=ENVIRONMENT, check=True, capture_output=True)
    assert json.loads((run.folder / "losses.json").read_text()) == losses(run, "judge_loss")
