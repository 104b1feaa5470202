"""What recipes print: formatted, without loose ends, and giving the very losses of the training process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from runtime.design import Design, Phase
from runtime.messages import Event, Failed, Stepped
from runtime.model import compiled
from runtime.script import printed
from runtime.train import Training
from tests.make_samples import TAUGHT
from tests.taught import Taught

every_sample = pytest.mark.parametrize("taught", TAUGHT, ids=lambda taught: taught.file)
CPU = torch.device("cpu")


def short(design: Design, epochs: int = 1) -> Design:
    """The same with few examples, where there can be, and so many epochs in each phase."""
    assert design.data is not None
    fewer = {"samples": 60, "limit": 20_000 if _in_rows(design) else 1_000}
    few = {name: number for name, number in fewer.items() if name in design.data.settings}
    data = design.data.with_settings(**few, batch_size=min(design.data.batch_size, 16) if few else 128)
    return replace(design, data=data, training=tuple(_shorter(phase, epochs) for phase in design.training))


def _in_rows(design: Design) -> bool:
    """Whether a text is cut into rows, and not into one for each of its signs."""
    assert design.data is not None
    return "predict" not in design.data.settings or design.data.value("predict") == "each"


def _shorter(phase: Phase, epochs: int) -> Phase:
    return Phase(phase.name, phase.plan.with_settings(epochs=epochs))


def told(events: list[Event], design: Design) -> list[float]:
    """The loss of every step, as a training process tells it."""
    assert not [event for event in events if isinstance(event, Failed)], design.title
    return [value for event in events if isinstance(event, Stepped) for value in event.values["loss"]]


def ruff(*arguments: str) -> str:
    found = subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True, check=False)
    return found.stdout if found.returncode else ""


def test_every_way_of_learning_is_printed_formatted_and_has_no_loose_end(tmp_path: Path) -> None:
    for taught in TAUGHT:
        (tmp_path / taught.file).mkdir()
        for file, text in printed(taught.draw()).items():
            (tmp_path / taught.file / file).write_text(text)
    assert ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)) == ""
    assert ruff("check", "--isolated", "--select", "F,E7,E9,B", str(tmp_path)) == ""


@every_sample
def test_the_printed_loop_and_the_training_process_give_the_same_losses(taught: Taught) -> None:
    design = short(taught.draw())
    events = [event for event in Training(compiled(design), CPU).events() if event is not None]
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    losses: list[float] = []
    for phase in script.PHASES:
        losses += script.train(phase, networks, data, held_out, phase.epochs, 1000)
    assert losses == told(events, design)
    assert len(losses) == len(script.PHASES) * script.steps_per_epoch(data)


@pytest.mark.slow
@every_sample
def test_the_script_alone_gives_the_losses_of_the_training_process_bit_for_bit(taught: Taught, tmp_path: Path) -> None:
    design = short(taught.draw(), epochs=2)
    events = [event for event in Training(compiled(design), CPU).events() if event is not None]
    for name, text in printed(design).items():
        (tmp_path / name).write_text(text)
    words = ["train.py", "--losses", "losses.json", "--device", "cpu"]
    subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads((tmp_path / "losses.json").read_text()) == told(events, design)
