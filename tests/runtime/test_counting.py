"""Counting by steps: one pass over a text leaves the table with how often each sign followed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from blocks.block import Block
from blocks.counting import NGram
from blocks.recurrent import LastStep
from blocks.shape import tokens
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.messages import Ended
from runtime.model import compiled
from runtime.optimizer import SGD, Adam, Optimizer
from runtime.plan import plan
from runtime.recipe import CannotPlan
from runtime.recipes.counting import Counting
from runtime.train import Training
from tests.vocabulary.rows import chained

LINE = "the cat sat on the mat and that was that "


def counting(folder: Path, n: int, added: float = 0.1, **more: object) -> Design:
    """A line said again and again, and a network that counts what follows n - 1 characters."""
    (folder / "text.txt").write_text(LINE * 40, encoding="utf-8")
    data = Text(file=str(folder / "text.txt"), vocabulary=16, steps=n - 1, predict="last", batch_size=100)
    blocks: list[Block] = [NGram(16, n, holds="counts", added=added), LastStep()]
    net = chained(tokens(n - 1, 16), *blocks)
    return Design("Counts", {"Net": net}, data, (Phase("count", Counting(**more)),))


def counted(design: Design) -> tuple[Tensor, Ended, Training]:
    training = Training(compiled(design), torch.device("cpu"))
    *_, last = (event for event in training.events() if event is not None)
    assert isinstance(last, Ended)
    [network] = training.networks.values()
    return next(network.parameters()).detach(), last, training


@pytest.mark.parametrize("n", [2, 3])
def test_one_pass_counts_every_sign_once(tmp_path: Path, n: int) -> None:
    table, _, training = counted(counting(tmp_path, n))
    expected = torch.zeros_like(table)
    rows = sum(training.data["text"][:, -back] * 16 ** (back - 1) for back in range(1, n))
    expected.index_put_((rows, training.data["next"]), torch.ones(()), accumulate=True)
    torch.testing.assert_close(table, expected)
    assert table.sum().item() == pytest.approx(len(training.data["next"]), rel=1e-5)


def test_the_perplexity_of_what_is_held_out_is_that_of_the_shares(tmp_path: Path) -> None:
    table, ended, training = counted(counting(tmp_path, 2, added=0.5))
    shares = (table + 0.5) / (table + 0.5).sum(1, keepdim=True)
    chances = shares[training.held_out["text"][:, 0], training.held_out["next"]]
    assert ended.final["perplexity"] == pytest.approx(math.exp(-chances.log().mean()), rel=1e-4)


def test_two_passes_count_everything_twice(tmp_path: Path) -> None:
    once, twice = (counted(counting(tmp_path, 2, epochs=epochs))[0] for epochs in (1, 2))
    torch.testing.assert_close(twice, 2 * once)


@pytest.mark.parametrize("optimizer", [Adam(), SGD(lr=1.0, momentum=0.9)])
def test_what_is_no_counting_is_refused(tmp_path: Path, optimizer: Optimizer) -> None:
    with pytest.raises(CannotPlan, match="Only plain SGD counts"):
        plan(counting(tmp_path, 2, optimizer=optimizer))
