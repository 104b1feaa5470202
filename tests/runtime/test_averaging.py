"""Averages of the weights: those of torch to the last bit, judged, kept, handed on and resumed."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from runtime.carried.averaging import moving
from runtime.course import Cadence
from runtime.design import Design
from runtime.messages import Ended, Measured
from runtime.model import compiled
from runtime.optimizer import SGD
from runtime.script import print_training
from runtime.train import Training
from runtime.weights import best_weights, last_weights, newest
from tests.designs import points
from tests.runtime.test_parallel import TOGETHER, plain, torchrun
from tests.runtime.test_parallel import weights as weights_in
from tests.runtime.test_terms import losses_alone, losses_of, phases, same, trained, weights
from tests.training import finish, losses, run_of

CPU = torch.device("cpu")
FAST: dict[str, Any] = {"optimizer": SGD(lr=0.5)}
EMA: dict[str, Any] = FAST | {"averaging": "ema", "ema_decay": 0.9}
SWA: dict[str, Any] = FAST | {"averaging": "swa", "swa_start": 0.5}


def by_hand(design: Design, averaging: str) -> tuple[list[float], nn.Module]:
    """What is measured, and the averages, in a loop as the documentation of torch writes it."""
    script = compiled(design).script
    network, measured = script.build()["Points"], []
    data, held_out = script.load(CPU)
    moving = {"multi_avg_fn": get_ema_multi_avg_fn(0.9)} if averaging == "ema" else {}
    average = AveragedModel(network, **moving)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5, fused=True)
    for epoch in range(4):
        network.train()
        for batch in script.batches(data, epoch):
            optimizer.zero_grad()
            F.cross_entropy(network(batch["point"]), batch["label"]).backward()
            optimizer.step()
            if averaging == "ema":
                average.update_parameters(network)
        judged: nn.Module = average
        if averaging == "swa" and epoch < 2:
            judged = network
        elif averaging == "swa":
            average.update_parameters(network)
            update_bn([batch["point"] for batch in script.batches(data, 0)], average)
        judged.eval()
        with torch.no_grad():
            measured.append(script.evaluate(script.PHASES[0], {"Points": judged}, held_out))
            measured[-1] = float([*measured[-1]][-1]["loss"])
    return measured, average.module


@pytest.mark.parametrize("settings", [EMA, SWA], ids=["ema", "swa"])
def test_averages_are_those_of_a_loop_written_by_hand(settings: dict[str, Any]) -> None:
    design = points(epochs=4, **settings)
    if settings is EMA:  # torch averages the counts of batch normalization too, or nothing but parameters
        design = without_norm(design)
    training, events = trained(design)
    measured, average = by_hand(design, settings["averaging"])
    assert [event.values["loss"] for event in events if isinstance(event, Measured)] == measured
    assert same(dict(average.state_dict()), weights(training))


def without_norm(design: Design) -> Design:
    graph = design.networks["Points"]
    nodes = {name: replace(node, muted="BatchNorm" in type(node.block).__name__) for name, node in graph.nodes.items()}
    return replace(design, networks={"Points": replace(graph, nodes=nodes)})


@pytest.mark.parametrize("settings", [EMA, SWA, EMA | {"accumulate": 4}], ids=["ema", "swa", "gathered"])
def test_the_script_alone_trains_as_the_worker_does(settings: dict[str, Any]) -> None:
    design = phases(settings, {"restore_best_weights": True} | settings, epochs=4)
    assert losses_alone(design) == losses_of(design)


def test_training_goes_on_with_the_weights_themselves() -> None:
    plain = losses_of(points(epochs=3, dropout=0.0, **FAST))[:-1]
    for settings in (EMA, SWA):  # without dropout, for what counts anew draws too
        assert losses_of(points(epochs=3, dropout=0.0, **settings))[:-1] == plain


@pytest.mark.parametrize("settings", [EMA, SWA], ids=["ema", "swa"])
def test_a_killed_training_goes_on_to_the_same_bits(settings: dict[str, Any], tmp_path: Path) -> None:
    program = compiled(phases(settings, settings, epochs=2))
    straight, (*_, ended) = trained(phases(settings, settings, epochs=2))
    assert isinstance(ended, Ended)
    for stop in (5, 12, 20):
        part = Training(
            program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint, cadence=Cadence(0.0, 0.0)
        )
        for _ in part.events():
            if part.course.step >= stop:
                list(part.save())
                break
    last = Training(program, CPU, folder=tmp_path, checkpoint=newest(tmp_path).checkpoint)
    assert last.course.step >= 20
    events = [*last.events()]
    assert same(weights(straight), weights(last))
    assert isinstance(events[-1], Ended)
    assert replace(events[-1], sequence=0, seconds=0.0) == replace(ended, sequence=0, seconds=0.0)


def test_a_run_gives_its_averages_away(tmp_path: Path) -> None:
    training, _ = trained(points(epochs=4, **EMA), folder=tmp_path)
    assert same(load_file(last_weights(tmp_path)["Points"]), weights(training))
    middle = Training(compiled(points(epochs=50, **EMA)), CPU, folder=tmp_path / "middle")
    for _ in middle.events():
        if middle.course.step > 20:
            list(middle.save())
            break
    for found in (last_weights(tmp_path / "middle"), best_weights(tmp_path / "middle")):
        assert not same(load_file(found["Points"]), weights(middle), "fc1")
    assert same(load_file(last_weights(tmp_path / "middle")["Points"]), dict(middle._kept()["Points"].state_dict()))


def test_the_next_phase_begins_with_the_averages() -> None:
    still: dict[str, Any] = {"optimizer": SGD(lr=0.0), "frozen": ("Points.batchnorm1d",)}
    first, _ = trained(phases(EMA))
    second, _ = trained(phases(EMA, still))
    assert same(weights(first), weights(second))


def test_whole_numbers_are_copied_and_not_averaged() -> None:
    average = AveragedModel(nn.Linear(2, 2), multi_avg_fn=moving(0.9), use_buffers=True)
    network = nn.Linear(2, 2)
    for module in (average.module, network):
        module.register_buffer("table", torch.arange(100))
        module.register_buffer("mean", torch.zeros(2))
    for count in range(3):
        network.get_buffer("mean").fill_(count)
        average.update_parameters(network)
    assert torch.equal(average.module.get_buffer("table"), torch.arange(100))
    assert average.module.get_buffer("mean").tolist() == pytest.approx([0.9 * 0.1 + 0.2] * 2)


def test_late_averages_leave_frozen_normalizations_alone() -> None:
    first, _ = trained(phases(FAST))
    second, _ = trained(phases(FAST, SWA | {"frozen": ("Points.batchnorm1d",)}))
    assert same(weights(first), weights(second), "batchnorm1d")
    assert not same(weights(first), weights(second), "fc1")


@pytest.mark.parametrize("settings", [EMA | {"accumulate": 4}, SWA, EMA], ids=["gathered", "swa", "ema"])
def test_only_what_is_asked_for_is_printed(settings: dict[str, Any], tmp_path: Path) -> None:
    text = print_training(points(**settings)).text
    assert ("count_anew" in text, "def moving" in text) == (settings is SWA, settings is not SWA)
    assert "averages_of" not in print_training(points()).text
    (tmp_path / "train.py").write_text(text)
    for words in (["format", "--line-length", "100", "--diff"], ["check", "--select", "F,E7,E9,B"]):
        command = [sys.executable, "-m", "ruff", *words, "--isolated", str(tmp_path)]
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "design",
    [
        plain(averaging="ema", ema_decay=0.9),
        points(dropout=0.0, epochs=4, averaging="swa", swa_start=0.5, optimizer=SGD(lr=0.1)),
        plain(averaging="ema", precision="16-mixed", gradient_clip_val=0.1, accumulate=2),
    ],
    ids=["ema", "swa", "16-mixed"],
)
def test_two_processes_take_the_averages_of_one(design: Design, tmp_path: Path) -> None:
    one, two = run_of(design, tmp_path / "one"), run_of(design, tmp_path / "two")
    assert (finish(one), finish(two, *TOGETHER)) == (0, 0), two.log_tail()
    exact = 1e-5 if design.training[0].plan.precision == "32-true" else 1e-2  # a share is rounded by itself
    assert losses(two) == pytest.approx(losses(one), abs=exact)
    for name, tensor in weights_in(two).items():
        assert torch.allclose(tensor.float(), weights_in(one)[name].float(), atol=exact)
    torchrun(two.folder, "train.py", "--device", "cpu", "--losses", "losses.json")
    assert json.loads((two.folder / "losses.json").read_text()) == losses(two)
    told = {f"Points.{name}": tensor for name, tensor in torch.load(two.folder / "Points.pt").items()}
    assert same(weights_in(two), told)
