"""Every sample alone: its `train.py` needs torch and the packages of its data, and gives the losses of the worker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from runtime.model import compiled
from runtime.script import printed
from runtime.train import Training
from tests.trained import CPU, TRAINED, briefly, lasting, losses_of_script, losses_of_worker, sample

STEPS = 20
# Runs the script in a folder of its own and refuses every package of ours, and all that the head does not name.
ALONE = """
import runpy, sys
sys.argv[1:] = ["--device", "cpu", "--steps", "20", "--losses", "losses.json"]
sys.path.insert(0, "")
runpy.run_path("train.py", run_name="__main__")
ours = {name.partition(".")[0] for name in sys.modules} & {"blocks", "runtime", "designer", "tests"}
assert not ours, ours
"""


@pytest.mark.parametrize("name", TRAINED)
def test_the_printed_loop_gives_the_losses_of_the_worker_bit_for_bit(name: str) -> None:
    design = sample(name)
    program = briefly(design, 3, batch=3)
    told = losses_of_worker(Training(program, CPU))
    assert losses_of_script(program, STEPS) == told
    assert len(told) >= 3


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_the_script_alone_gives_the_first_twenty_losses_of_the_worker_bit_for_bit(name: str, tmp_path: Path) -> None:
    design = sample(name)
    for file, text in printed(design).items():
        (tmp_path / file).write_text(text)
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    words = [sys.executable, "-s", "-P", "-c", ALONE]
    environment = {**plain, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=True)
    losses = json.loads((tmp_path / "losses.json").read_text())
    told = losses_of_worker(Training(compiled(design), CPU), most=STEPS)
    assert losses == told[: len(losses)]
    assert len(losses) == min(STEPS, len(told))


@pytest.mark.slow
def test_every_sample_is_printed_as_ruff_would_have_it(tmp_path: Path) -> None:
    for name in TRAINED:
        (tmp_path / name).mkdir()
        for file, text in printed(lasting(sample(name), 1)).items():
            (tmp_path / name / file).write_text(text)
    for words in (["format", "--line-length", "100", "--diff"], ["check", "--select", "F,E7,E9,B"]):
        command = [sys.executable, "-m", "ruff", words[0], "--isolated", *words[1:], str(tmp_path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout
