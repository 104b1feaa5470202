"""Every source of data in a tiny training of its own: the printed script is formatted, and trains by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from blocks.block import Block
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.embedding import Embedding
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from blocks.loss_pairs import CosineEmbedding, TripletMargin
from blocks.recurrent import LSTM, LastStep
from blocks.reshape import Flatten
from blocks.shape import Meaning
from runtime.data.bits import Bits
from runtime.data.curve import Curve, Surface
from runtime.data.pairs import Pairs, Triplets
from runtime.data.shapes import Shapes
from runtime.data.tasks import Adding, Copying, Recall
from runtime.data.text import Text
from runtime.design import Design, Drawn, Phase
from runtime.model import compiled
from runtime.optimizer import Adam
from runtime.recipe import Objective
from runtime.schedule import Constant
from runtime.script import printed
from runtime.sources import DataSource

SHORT = {"samples": 60, "batch_size": 16}
WORDS = Text(limit=500, batch_size=16, unit="words", predict="last", steps=2)
TRAININGS: dict[str, tuple[DataSource, int, Block]] = {  # with how many numbers the network gives, and their loss
    "bits": (Bits(gate="XOR"), 2, CrossEntropy()),
    "curve": (Curve().with_settings(**SHORT), 2, MeanSquaredError()),
    "surface": (Surface().with_settings(**SHORT), 1, MeanSquaredError()),
    "mask": (Shapes().with_settings(**SHORT), 4, CrossEntropy()),
    "label": (Shapes(answer="label").with_settings(**SHORT), 3, CrossEntropy()),
    "present": (Shapes(answer="present").with_settings(**SHORT), 3, BinaryCrossEntropy()),
    "adding": (Adding().with_settings(**SHORT), 1, MeanSquaredError()),
    "recall": (Recall().with_settings(**SHORT), 4, CrossEntropy()),
    "copying": (Copying().with_settings(**SHORT), 9, CrossEntropy()),
    "characters": (Text(limit=4000, batch_size=8), 100, CrossEntropy()),
    "n-gram": (WORDS, 100, CrossEntropy()),
    "pairs": (Pairs().with_settings(**SHORT), 5, CosineEmbedding()),
    "triplets": (Triplets().with_settings(**SHORT), 5, TripletMargin()),
}


def network(source: DataSource, results: int) -> Graph:
    """The least that turns the first field into so many numbers for each thing that is asked."""
    given, *_, wanted = source.fields().values()
    g = Sketch()
    x = g.input("x", given)
    if given.meaning is Meaning.TOKENS:
        x = g.add(Embedding(given.classes, 6), x)
    if given.meaning in (Meaning.TOKENS, Meaning.SEQUENCE):
        x, *_ = g.add(LSTM(7), x)
        x = x if wanted.rank else g.add(LastStep(), x)
    elif given.meaning is Meaning.IMAGE and wanted.meaning is not Meaning.TENSOR:
        x = g.add(Flatten(), x)
    last = Conv2d(results, 3) if wanted.meaning is Meaning.TENSOR else Linear(results)
    g.output("y", g.add(last, x))
    return g.graph()


def step(source: DataSource, loss: Block) -> Drawn:
    """Every field that is as the first goes through the network; the loss compares them, and with what is wanted."""
    fields = source.fields()
    given = next(iter(fields.values()))
    nodes = {name: Node(Input.of(shape)) for name, shape in fields.items()} | {"loss": Node(loss)}
    wires = []
    for place, (name, port) in enumerate(zip(fields, loss.inputs, strict=True)):
        if place == 0 or (fields[name] is given and given.meaning is Meaning.IMAGE):
            nodes[f"net_{name}"] = Node(Use("Net", ("x",), ("y",)))
            wires += [Wire(name, "y", f"net_{name}", "x"), Wire(f"net_{name}", "y", "loss", port.name)]
        else:
            wires.append(Wire(name, "y", "loss", port.name))
    return Drawn(Graph(nodes, tuple(wires)), (Objective("loss", ("Net",), Adam(), Constant()),), epochs=1)


def training(name: str) -> Design:
    source, results, loss = TRAININGS[name]
    return Design(name, {"Net": network(source, results)}, source, (Phase("fit", step(source, loss)),))


def ruff(*arguments: str) -> str:
    found = subprocess.run([sys.executable, "-m", "ruff", *arguments], capture_output=True, text=True, check=False)
    return found.stdout if found.returncode else ""


def test_every_script_is_formatted_and_has_no_loose_end(tmp_path: Path) -> None:
    for name in TRAININGS:
        (tmp_path / name).mkdir()
        for file, text in printed(training(name)).items():
            (tmp_path / name / file).write_text(text)
    assert ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)) == ""
    assert ruff("check", "--isolated", "--select", "F,E7,E9,B", str(tmp_path)) == ""


@pytest.mark.parametrize("name", TRAININGS)
def test_every_script_reads_what_is_promised_and_makes_a_step(name: str) -> None:
    design = training(name)
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(torch.device("cpu"))
    (phase,) = script.PHASES
    batch = next(script.batches(data, 0))
    values = phase.step(networks, phase.optimizers(networks), batch, 0)
    assert torch.isfinite(values["loss"])
    assert len(next(iter(held_out.values()))) > 0 or isinstance(design.data, Bits)


def test_rows_of_text_are_cut_into_streams_by_the_size_of_a_batch() -> None:
    data, held_out = compiled(training("characters")).script.load(torch.device("cpu"))
    text, following = data["text"], data["next"]
    assert len(text) % 8 == len(held_out["text"]) % 8 == 0
    assert (following[:-8, -1] == text[8:, 0]).all()  # what follows a row begins the same row of the next batch


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAININGS)
def test_every_script_runs_alone(name: str, tmp_path: Path) -> None:
    for file, text in printed(training(name)).items():
        (tmp_path / file).write_text(text)
    told = [sys.executable, "train.py", "--steps", "3", "--device", "cpu", "--losses", "losses.json"]
    subprocess.run(told, cwd=tmp_path, check=True, capture_output=True)
    assert len(json.loads((tmp_path / "losses.json").read_text())) == 3
