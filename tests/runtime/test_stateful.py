"""Layers that go on where the batch before ended: texts in order, truncated back-propagation, exact resume."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from blocks.check import check
from blocks.composite import Sketch
from blocks.edits import configure
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.recurrent import GRU, LSTM, RNN
from blocks.shape import sequence
from blocks.zoo.language import CharacterModel
from runtime.beginning import begun
from runtime.checkpoint import weights_of
from runtime.course import Cadence
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.messages import Ended, Stepped
from runtime.model import compiled, network_class
from runtime.optimizer import AdamW
from runtime.recipe import Classification
from runtime.train import Training
from runtime.weights import newest

CPU = torch.device("cpu")
each = pytest.mark.parametrize("kind", [RNN, GRU, LSTM], ids=lambda kind: kind.kind())


def network(block: RNN | GRU | LSTM) -> Graph:
    g = Sketch()
    states = g.add(block, g.input("x", sequence(4, 3)), name="layer")[0]
    g.output("y", g.add(Linear(2), states, name="scores"))
    return g.graph()


def twins(kind: type[RNN | GRU | LSTM]) -> tuple[nn.Module, nn.Module]:
    """A stateful network and a plain one with the same weights."""
    pair = [
        network_class({"Net": network(kind(hidden_size=5, num_layers=2, stateful=on))}, "Net")() for on in (True, False)
    ]
    pair[1].load_state_dict(pair[0].state_dict())
    return pair[0], pair[1]


@each
def test_two_halves_of_a_row_are_read_like_the_whole(kind: type[RNN | GRU | LSTM]) -> None:
    stateful, plain = twins(kind)
    x = torch.randn(6, 8, 3)
    torch.testing.assert_close(torch.cat([stateful(x[:, :4]), stateful(x[:, 4:])], 1), plain(x))


@each
def test_gradients_stop_at_the_beginning_of_a_batch(kind: type[RNN | GRU | LSTM]) -> None:
    stateful, _ = twins(kind)
    before = torch.randn(6, 4, 3, requires_grad=True)
    stateful(before)
    stateful(torch.randn(6, 4, 3)).sum().backward()
    assert before.grad is None


@each
def test_it_begins_anew_in_another_mode_and_with_another_number_of_rows(kind: type[RNN | GRU | LSTM]) -> None:
    stateful, plain = twins(kind)
    x = torch.randn(6, 4, 3)
    fresh = plain(x)
    stateful(x)
    assert not torch.allclose(stateful(x), fresh)
    torch.testing.assert_close(stateful(x[:2]), fresh[:2])
    stateful(x)
    torch.testing.assert_close(stateful.eval()(x), fresh)
    torch.testing.assert_close(stateful.train()(x), fresh)


def test_both_directions_cannot_be_stateful() -> None:
    drawn = network(LSTM(5, stateful=True))
    [wrong, *_] = check(configure(drawn, ["layer"], {"bidirectional": True})).errors
    assert (wrong.node, wrong.setting) == ("layer", "stateful")
    assert "one direction" in wrong.message


def reader(folder: Path, epochs: int = 2, **terms: Any) -> Design:
    """A small character model on a text of its own."""
    (folder / "text.txt").write_text("the quick brown fox jumps over the lazy dog. " * 40, encoding="utf-8")
    design = begun(CharacterModel("LSTM", vocabulary=30, hidden=12, steps=5, stateful=True))
    recipe = Classification(epochs=epochs, optimizer=AdamW(lr=0.01), gradient_clip_val=1.0, **terms)
    data = Text(file=str(folder / "text.txt"), vocabulary=30, steps=5, batch_size=4)
    return replace(design, data=data, training=(Phase("fit", recipe),))


def test_every_batch_of_a_text_goes_on_where_the_one_before_ended(tmp_path: Path) -> None:
    training = Training(compiled(reader(tmp_path)), CPU)
    batches = list(training.program.script.batches(training.data, epoch=1))
    assert len(batches) > 3
    for before, after in pairwise(batches):
        assert torch.equal(before["next"][:, -1], after["text"][:, 0])


def test_states_that_go_on_resume_to_the_same_bits(tmp_path: Path) -> None:
    design = reader(tmp_path, epochs=6)
    program = compiled(design)
    straight = Training(program, CPU)
    assert [type(event) for event in straight.events()][-1] is Ended
    chance, folder = random.Random(3), tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    for _ in range(3):
        drawn = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint, cadence=Cadence(0.0, 0.02))
        stop = drawn.course.step + chance.randrange(5, 40)
        for _ in drawn.events():
            if drawn.course.step > stop:
                break
    last = Training(program, CPU, folder=folder, checkpoint=newest(folder).checkpoint)
    assert last.course.step > 0
    assert [type(event) for event in last.events()][-1] is Ended
    pairs = [(weights_of(straight.networks), weights_of(last.networks))]
    for ours, theirs in pairs:
        assert all(torch.equal(t, theirs[made][name]) for made, ts in ours.items() for name, t in ts.items())


@pytest.mark.parametrize("terms", [{"averaging": "ema"}, {"averaging": "swa", "swa_start": 0.0}], ids=["ema", "swa"])
def test_averages_are_measured_from_the_beginning_each_time(terms: dict[str, Any], tmp_path: Path) -> None:
    training = Training(compiled(reader(tmp_path, epochs=1, **terms)), CPU)
    list(training._phases())
    training._begin_averages()
    training._average(training._steps - 1)
    first, second = ([*training._evaluated()][-1]["loss"] for _ in range(2))
    assert float(first) == float(second)


def test_averages_of_what_remembers_are_those_of_the_script(tmp_path: Path) -> None:
    design = reader(tmp_path, averaging="ema", ema_decay=0.9)
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    losses = script.train(script.PHASES[0], networks, data, held_out, 2, 10**9)
    training = Training(compiled(design), CPU)
    told = [event for event in training.events() if isinstance(event, Stepped)]
    assert [loss for event in told for loss in event.values["loss"]] == losses
    ours, theirs = weights_of(networks), weights_of(training.networks)
    assert all(torch.equal(t, theirs[made][name]) for made, ts in ours.items() for name, t in ts.items())
