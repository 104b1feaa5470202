"""Tables with sparse gradients: learned as torch documents it, resumed, and refused where nothing can follow them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from blocks.composite import Sketch
from blocks.embedding import Embedding
from blocks.linear import Linear
from blocks.shape import tokens
from runtime.checkpoint import weights_of
from runtime.course import Cadence
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.messages import Ended, Failed, Gauged, Stepped
from runtime.model import compiled
from runtime.optimizer import SGD, Adam, SparseAdam
from runtime.plan import plan
from runtime.recipe import Classification
from runtime.script import print_training
from runtime.source import CannotPrint
from runtime.together import alone
from runtime.train import Training
from runtime.weights import newest

CPU = torch.device("cpu")


def words(folder: Path, sparse: bool = True, **terms: Any) -> Design:
    """A table of letters and a line behind it, on a text of its own."""
    (folder / "text.txt").write_text("the quick brown fox jumps over the lazy dog. " * 20, encoding="utf-8")
    g = Sketch()
    x = g.add(Embedding(30, 6, sparse=sparse), g.input("text", tokens(5, 30)), name="table")
    g.output("logits", g.add(Linear(30), x, name="fc"))
    recipe = Classification(**{"epochs": 2, "optimizer": SparseAdam(lr=0.05)} | terms)
    data = Text(file=str(folder / "text.txt"), vocabulary=30, steps=5, batch_size=8)
    return Design("Words", {"Net": g.graph()}, data, (Phase("fit", recipe),))


def by_hand(design: Design) -> list[float]:
    script = compiled(design).script
    network, losses = script.build()["Net"], []
    data, _ = script.load(CPU)
    rows = torch.optim.SparseAdam(network.table.parameters(), lr=0.05)
    rest = torch.optim.Adam(network.fc.parameters(), lr=0.05, fused=True)
    for epoch in range(2):
        for batch in script.batches(data, epoch):
            loss = F.cross_entropy(network(batch["text"]).transpose(1, 2), batch["next"])
            network.zero_grad()
            loss.backward()
            rows.step()
            rest.step()
            losses.append(loss.item())
    return losses


def test_rows_follow_sparse_adam_and_all_else_adam(tmp_path: Path) -> None:
    design = words(tmp_path)
    training = Training(compiled(design), CPU)
    told = [event for event in training.events() if isinstance(event, Stepped)]
    assert [loss for event in told for loss in event.values["loss"]] == by_hand(design)
    table: Any = training.networks["Net"]
    assert table.table.weight.grad.is_sparse


def test_a_training_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    program = compiled(words(tmp_path, accumulate=2, averaging="ema"))
    straight = Training(program, CPU)
    assert isinstance([*straight.events()][-1], Ended)
    part = Training(program, CPU, folder=tmp_path / "run", cadence=Cadence(0.0, 0.0))
    for _ in part.events():
        if part.course.step >= 5:
            list(part.save())
            break
    last = Training(program, CPU, folder=tmp_path / "run", checkpoint=newest(tmp_path / "run").checkpoint)
    list(last.events())
    ours, theirs = weights_of(straight.networks)["Net"], weights_of(last.networks)["Net"]
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())


def test_sparse_gradients_are_gauged_and_their_overflow_is_told(tmp_path: Path) -> None:
    training = Training(compiled(words(tmp_path, epochs=60)), CPU)
    assert any(isinstance(event, Gauged) for event in training.events())
    network: Any = training.networks["Net"]
    with torch.no_grad():
        network.table.weight[3] = float("nan")
    training.course.epoch = 0
    failed = [*training.events()][-1]
    assert isinstance(failed, Failed)


def test_the_table_says_so_in_the_code_and_the_optimizer_is_brought_along(tmp_path: Path) -> None:
    text = print_training(words(tmp_path)).text
    assert text.index("class Several(") < text.index("class SparseAdamWithAdam(Several):")
    assert 'SparseAdamWithAdam([networks["Net"]], lr=LEARNING_RATE)' in text
    assert "Several" not in print_training(words(tmp_path, optimizer=Adam(), sparse=False)).text


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"optimizer": SGD()}, "Net.table has sparse gradients, which SGD does not take. Choose SparseAdam"),
        ({"gradient_clip_val": 1.0}, "cannot be clipped"),
    ],
)
def test_what_sparse_gradients_cannot_be_is_refused_in_words(terms: dict[str, Any], told: str, tmp_path: Path) -> None:
    with pytest.raises(CannotPrint, match=told):
        plan(words(tmp_path, **terms))
    plan(words(tmp_path, sparse=False, **terms))


def test_several_processes_cannot_share_them(tmp_path: Path) -> None:
    design = words(tmp_path)
    assert alone(plan(design), design.networks).startswith("Net.table has sparse gradients, which processes do not")
