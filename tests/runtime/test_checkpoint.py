"""Checkpoints: whole or not at all, checked bit by bit, and readable by people who have only torch."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from runtime.checkpoint import load_state, random_states, restore_random, save_checkpoint, weights_of
from runtime.messages import Saved
from runtime.model import compiled
from runtime.store import CannotRead
from runtime.train import Training
from runtime.weights import MANIFEST, Manifest, best_weights, forget_after, last_weights, newest, prune, verified
from tests.designs import digits, points

CPU = torch.device("cpu")
CLEAN = """
import sys, torch
from safetensors.torch import load_file
from model import LeNet
network = LeNet()
network.load_state_dict(load_file(sys.argv[1]), strict=True)
torch.save(network.eval()(torch.load("given.pt")), "result.pt")
ours = {name for name in sys.modules if name.split(".")[0] in ("blocks", "runtime", "designer")}
assert not ours, ours
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkpoints of a finished training."""
    folder = tmp_path_factory.mktemp("trained")
    for _ in Training(compiled(points()), CPU, folder=folder).events():
        pass
    return folder


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """The same in a folder of one's own."""
    return shutil.copytree(trained, tmp_path / "run")


def test_a_finished_training_leaves_its_last_and_its_best_weights(run: Path) -> None:
    found = newest(run)
    assert found.checkpoint is not None
    assert found.checkpoint.manifest.step == 18
    assert last_weights(run) == {"Points": run / "checkpoints/step-000018/Points.safetensors"}
    assert best_weights(run)["Points"].parent.name.startswith("best-")


def test_one_flipped_bit_anywhere_is_noticed(run: Path) -> None:
    chance = random.Random(1)
    files = sorted((run / "checkpoints/step-000018").iterdir())
    for _ in range(200):
        file = chance.choice(files)
        before = file.read_bytes()
        place = chance.randrange(len(before))
        file.write_bytes(before[:place] + bytes([before[place] ^ 1 << chance.randrange(8)]) + before[place + 1 :])
        with pytest.raises(CannotRead):
            verified(file.parent)
        file.write_bytes(before)
    verified(run / "checkpoints/step-000018")


def test_a_damaged_checkpoint_is_told_and_the_one_before_is_used(run: Path) -> None:
    shutil.copytree(run / "checkpoints/step-000018", run / "checkpoints/step-000100")
    with open(run / "checkpoints/step-000100/state.pt", "ab") as file:
        file.write(b"x")
    found = newest(run)
    assert found.checkpoint is not None
    assert found.checkpoint.folder.name == "step-000018"
    assert "SHA-256" in f"{found.damaged[0]}"


def test_a_checkpoint_without_a_manifest_counts_for_nothing(run: Path) -> None:
    (run / "checkpoints/step-000018" / MANIFEST).unlink()
    assert newest(run).checkpoint is None
    with pytest.raises(CannotRead):
        last_weights(run)


def test_the_last_weights_stand_in_for_the_best_where_those_came_to_harm(run: Path) -> None:
    best_weights(run)["Points"].write_bytes(b"")
    assert best_weights(run) == last_weights(run)


def test_only_the_last_two_and_their_best_are_kept(run: Path) -> None:
    for step in (30, 40):
        shutil.copytree(run / "checkpoints/step-000018", run / f"checkpoints/step-{step:06d}")
    (run / "checkpoints/best-000001").mkdir()
    prune(run)
    names = sorted(folder.name for folder in (run / "checkpoints").iterdir())
    assert names[1:] == ["step-000030", "step-000040"]
    assert names[0].startswith("best-")
    assert names[0] != "best-000001"


def test_checkpoints_after_the_step_one_goes_on_from_are_forgotten(run: Path) -> None:
    forget_after(run, 17)
    assert newest(run).checkpoint is None


def test_a_state_that_would_run_code_is_refused(run: Path) -> None:
    found = newest(run).checkpoint
    assert found is not None
    torch.save({"progress": Path("x")}, found.folder / "state.pt")
    with pytest.raises(CannotRead):
        load_state(found)


def test_every_source_of_chance_comes_back() -> None:
    states = random_states()
    drawn = [(random.random(), np.random.rand(), torch.rand(1).item()) for _ in range(2)]
    restore_random(states)
    assert [(random.random(), np.random.rand(), torch.rand(1).item()) for _ in range(2)] == drawn


def test_the_weights_load_strictly_where_there_is_only_torch(tmp_path: Path) -> None:
    program = compiled(digits(epochs=1))
    training = Training(program, CPU, folder=tmp_path)
    saved = [event for event in training.events() if isinstance(event, Saved)]
    (tmp_path / "model.py").write_text(program.sources["<LeNet on digits/model.py>"].text)
    given = torch.randn(5, 1, 8, 8)
    torch.save(given, tmp_path / "given.pt")
    file = tmp_path / saved[-1].file / "LeNet.safetensors"
    subprocess.run([sys.executable, "-c", CLEAN, str(file)], cwd=tmp_path, check=True)
    expected = training.networks["LeNet"].eval()(given)
    assert torch.equal(torch.load(tmp_path / "result.pt"), expected)


def test_tied_weights_are_kept_once() -> None:
    network = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.Linear(2, 2)})
    network["b"].weight = network["a"].weight
    assert set(weights_of({"Net": network})["Net"]) == {"a.weight", "a.bias", "b.bias"}


def save_until_killed(run: Path, first: int) -> None:
    """Checkpoint after checkpoint, as fast as they go."""
    names = {"Net": "Net"}
    for step in range(first, first + 100_000):
        weights = {"Net": {"w": torch.full((64, 64), float(step))}}
        folder = run / "checkpoints" / f"step-{step:06d}"
        save_checkpoint(folder, weights, {"step": step}, Manifest(step, 0, {}, {}), names)
        prune(run)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_killed_while_saving_there_is_always_a_whole_checkpoint(tmp_path: Path) -> None:
    chance, newest_step = random.Random(3), 0
    for kill in range(200):
        child = os.fork()
        if not child:
            save_until_killed(tmp_path, newest_step + 1)
            os._exit(1)
        time.sleep(0.5 if not kill else chance.uniform(0.0, 0.1))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found = newest(tmp_path).checkpoint
        assert found is not None
        assert found.manifest.step >= newest_step
        assert load_state(found) == {"step": found.manifest.step}
        newest_step = found.manifest.step
