"""Several real processes that train as one: to the same weights, under the same commands, and never one left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
import torch.distributed as dist
from safetensors.torch import load_file
from torch import Tensor
from torch.testing._internal.distributed.fake_pg import FakeStore

from blocks.activation import ReLU
from blocks.composite import Sketch
from blocks.linear import Linear
from blocks.shape import vector
from runtime.carried.loop import share
from runtime.cli import main
from runtime.data.points import Moons
from runtime.design import Design, Drawn
from runtime.file import save_design
from runtime.messages import (
    Began,
    Continued,
    Ended,
    Failed,
    Measured,
    Pause,
    Paused,
    Resume,
    Saved,
    SetLearningRate,
    Stepped,
    Stop,
)
from runtime.model import compiled, network_class
from runtime.optimizer import SGD, Muon
from runtime.parallel import CannotShare, _refuse_lonely
from runtime.run import Run
from runtime.schedule import Plateau
from runtime.weights import last_weights
from tests.designs import points, two_losses
from tests.training import ENVIRONMENT, bits, finish, losses, run_of, said, start, until

TOGETHER = ("--nproc", "2")
RANKS = """
import torch
import torch.distributed as dist
import train
networks = train.build()
device = train.join("cpu")
learners = train.replicated(networks)
data, held_out = train.load(device)
train.train(train.PHASES[0], learners, data, held_out, 2, 100)
torch.save({name: network.state_dict() for name, network in networks.items()}, f"rank{dist.get_rank()}.pt")
train.leave()
"""


def plain(**recipe: Any) -> Design:
    """Without dropout and batch normalization; the batches of 33 and the last of 29 are cut unevenly."""
    g = Sketch()
    x = g.add(ReLU(), g.add(Linear(16), g.input("point", vector(2)), name="fc1"), name="relu")
    g.output("logits", g.add(Linear(2), x, name="fc2"))
    design = points(**{"epochs": 4, "optimizer": SGD(lr=0.1, momentum=0.9), **recipe})
    data = Moons().with_settings(samples=202, batch_size=33)
    return replace(design, networks={"Points": g.graph()}, data=data)


def weights(run: Run) -> dict[str, Tensor]:
    return {f"{n}.{k}": v for n, path in last_weights(run.folder).items() for k, v in load_file(path).items()}


def torchrun(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *words]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)


def others(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The processes that a worker has started."""
    return [p for p in psutil.Process(process.pid).children() if p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = run_of(plain(), tmp_path_factory.mktemp("alone"))
    assert finish(run) == 0, run.log_tail()
    return run


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = run_of(plain(), tmp_path_factory.mktemp("together"))
    assert finish(run, *TOGETHER) == 0, run.log_tail()
    return run


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[tuple[Run, subprocess.Popen[bytes]]]:
    run = run_of(points(epochs=100_000), tmp_path)
    process = start(run, *TOGETHER)
    until(lambda: said(run, Stepped))
    yield run, process
    if process.poll() is None:
        process.kill()
        process.wait()


def test_two_processes_end_in_the_weights_of_one(alone: Run, together: Run) -> None:
    assert losses(together) == pytest.approx(losses(alone), abs=1e-5)
    expected, found = weights(alone), weights(together)
    assert found.keys() == expected.keys()
    assert all(torch.allclose(found[name], expected[name], atol=1e-5) for name in expected)


def test_two_processes_measure_what_one_measures(alone: Run, together: Run) -> None:
    pairs = zip(said(alone, Measured), said(together, Measured), strict=True)
    assert all(a.values == pytest.approx(b.values, abs=1e-5) for a, b in pairs)  # type: ignore[attr-defined]
    assert isinstance(together.events()[-1], Ended)
    assert not list(together.folder.glob(".meeting*"))


def test_what_two_processes_saved_is_loaded_strictly(together: Run) -> None:
    network = network_class(dict(plain().networks), "Points")()
    network.load_state_dict(load_file(last_weights(together.folder)["Points"]), strict=True)


@pytest.mark.slow
def test_torchrun_trains_the_script_to_the_very_losses_of_the_worker(together: Run) -> None:
    torchrun(together.folder, "train.py", "--device", "cpu", "--losses", "losses.json")
    assert json.loads((together.folder / "losses.json").read_text()) == losses(together)
    assert set(torch.load(together.folder / "Points.pt")) == {k.partition(".")[2] for k in weights(together)}


@pytest.mark.slow
@pytest.mark.parametrize("design", [plain(), two_losses()], ids=lambda design: design.title)
def test_all_processes_hold_the_same_bits(design: Design, tmp_path: Path) -> None:
    run = run_of(design, tmp_path)
    (run.folder / "ranks.py").write_text(RANKS)
    torchrun(run.folder, "ranks.py")
    first, second = (torch.load(run.folder / f"rank{rank}.pt") for rank in (0, 1))
    assert all(torch.equal(first[n][k], second[n][k]) for n in first for k in first[n])


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"schedule": Plateau(patience=0, factor=0.5, threshold=0.5), "rates": (("fc1", 0.5),)},
        {"optimizer": Muon(lr=0.01), "accumulate": 3},
    ],
    ids=["on a plateau", "gathered"],
)
def test_two_processes_follow_one_rate_and_gather_the_same_gradients(settings: dict[str, Any], tmp_path: Path) -> None:
    one, two = run_of(plain(**settings), tmp_path / "one"), run_of(plain(**settings), tmp_path / "two")
    assert (finish(one), finish(two, *TOGETHER)) == (0, 0), two.log_tail()
    assert losses(two) == pytest.approx(losses(one), abs=1e-5)
    torchrun(two.folder, "train.py", "--device", "cpu", "--losses", "losses.json")
    assert json.loads((two.folder / "losses.json").read_text()) == losses(two)


@pytest.mark.slow
def test_two_networks_two_losses_and_two_phases_end_in_the_weights_of_one(tmp_path: Path) -> None:
    one, two = run_of(two_losses(), tmp_path / "one"), run_of(two_losses(), tmp_path / "two")
    assert (finish(one), finish(two, *TOGETHER)) == (0, 0)
    assert losses(two, "draw") == pytest.approx(losses(one, "draw"), abs=1e-5)
    assert all(torch.allclose(w, weights(one)[name], atol=1e-5) for name, w in weights(two).items())


@pytest.mark.slow
def test_commands_reach_all_processes(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    run.send(Pause())
    until(lambda: said(run, Paused))
    run.send(SetLearningRate(0.125))
    run.send(Resume())
    until(lambda: said(run, Continued))
    until(lambda: [e for e in said(run, Stepped) if isinstance(e, Stepped) and e.learning_rate == 0.125])
    left = others(process)
    run.send(Stop())
    assert process.wait(30) == 0
    assert [type(event) for event in run.events()[-2:]] == [Saved, Ended]
    assert not [p for p in left if p.is_running()]


@pytest.mark.slow
def test_a_process_that_dies_ends_the_run_with_its_cause(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    others(process)[0].kill()
    assert process.wait(30) == 1
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("Training process 2 of 2 was killed")


@pytest.mark.slow
def test_a_process_that_dies_during_a_pause_ends_the_run(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    run, process = endless
    run.send(Pause())
    until(lambda: said(run, Paused))
    others(process)[0].kill()
    assert process.wait(30) == 1
    assert isinstance(run.events()[-1], Failed)


@pytest.mark.slow
def test_no_process_outlives_the_first(endless: tuple[Run, subprocess.Popen[bytes]]) -> None:
    _, process = endless
    left = others(process)
    assert left
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert psutil.wait_procs(left, timeout=10)[1] == []


@pytest.mark.slow
def test_two_processes_killed_and_resumed_end_in_the_same_bits(tmp_path: Path) -> None:
    design = points(epochs=60)  # with dropout, of which each process has its own
    straight, killed = run_of(design, tmp_path / "straight"), run_of(design, tmp_path / "killed")
    assert finish(straight, *TOGETHER) == 0
    process = start(killed, *TOGETHER, "--checkpoint-every", "0.05")
    until(lambda: len(said(killed, Saved)) > 2)
    process.kill()
    process.wait()
    assert finish(killed, *TOGETHER, "--resume") == 0, killed.log_tail()
    assert said(killed, Began)[-1].resumed_from  # type: ignore[attr-defined]
    assert bits(killed) == bits(straight)
    assert losses(killed) == losses(straight)


@pytest.mark.slow
def test_a_gradient_that_explodes_names_its_node(tmp_path: Path) -> None:
    run = run_of(plain(epochs=50, optimizer=SGD(lr=1000.0, momentum=0.9)), tmp_path)
    assert finish(run, *TOGETHER) == 1
    failed = run.events()[-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("The gradient of loss exploded at step ")
    assert failed.node in ("fc1", "fc2")


@pytest.mark.parametrize(
    ("examples", "expected"),
    [(10, [3, 3, 2, 2]), (8, [2, 2, 2, 2]), (7, [3, 2, 2, 0]), (2, [2, 0, 0, 0]), (1, [1] + 3 * [0])],
)
def test_shares_are_contiguous_and_hold_two_examples_or_count_for_nothing(examples: int, expected: list[int]) -> None:
    seen, counted = [], []
    for rank in range(4):
        dist.init_process_group("fake", rank=rank, world_size=4, store=FakeStore())
        own, weight = share({"x": torch.arange(examples)})
        dist.destroy_process_group()
        counted.append(round(weight * examples))
        seen += own["x"].tolist() if weight else []
        assert len(own["x"])
    assert counted == expected
    assert seen == list(range(examples))


def test_a_loss_that_is_a_sum_is_refused() -> None:
    drawn = two_losses()
    once = drawn.training[0].plan
    assert isinstance(once, Drawn)
    block = once.step.block("draw").with_settings(reduction="sum")
    nodes = {**once.step.nodes, "draw": replace(once.step.nodes["draw"], block=block)}
    step = replace(once.step, nodes=nodes)
    phases = (replace(drawn.training[0], plan=replace(once, step=step)),)
    with pytest.raises(CannotShare, match="draw sums"):
        _refuse_lonely(compiled(replace(drawn, training=phases)))


def test_more_processes_than_there_is_room_for_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_design(tmp_path / "a.json", plain())
    words = ["train", str(tmp_path / "a.json"), "--runs", str(tmp_path / "runs"), "--device", "cpu"]
    assert main([*words, "--nproc", "5000"]) == 2
    told = capsys.readouterr().err
    assert told.startswith(f"layerwright: This machine has {os.cpu_count()} processor core")
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_the_command_line_trains_in_two_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save_design(tmp_path / "a.json", plain())
    words = ["train", str(tmp_path / "a.json"), "--runs", str(tmp_path / "runs"), "--device", "cpu"]
    assert main([*words, "--nproc", "2", "--epochs", "2"]) == 0
    assert "parameters on cpu × 2" in capsys.readouterr().out
