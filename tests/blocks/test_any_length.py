"""Sizes that go with the length of a row, and the nodes that hold it fixed."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch import nn

from blocks.any_length import holding, lengths, sizes_of, sizes_text, varying
from blocks.attention import MultiheadAttention, TransformerEncoderLayer
from blocks.block import Block
from blocks.check import Checked, check
from blocks.convolution import Conv1d
from blocks.embedding import Embedding
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.mask import LengthMask, PaddingMask
from blocks.merge import Concat
from blocks.position import LearnedPositions, PositionalEncoding
from blocks.recurrent import GRU, LSTM, LastStep
from blocks.reshape import Flatten
from runtime.model import network_class


def drawn(nodes: dict[str, Block], *wires: str) -> Graph:
    """A network of these blocks; a wire is `a b` or `a.y b.mask`, and without wires they stand in a row."""
    names = list(nodes)
    told = wires or [f"{a} {b}" for a, b in pairwise(names)]
    return Graph({name: Node(block) for name, block in nodes.items()}, tuple(_wire(each, nodes) for each in told))


def _wire(text: str, nodes: dict[str, Block]) -> Wire:
    (a, _, y), (b, _, x) = (end.partition(".") for end in text.split())
    return Wire(a, y or nodes[a].outputs[0].name, b, x or nodes[b].inputs[0].name)


def row(*blocks: Block, start: tuple[int, ...] = (16, 8), holds: str = "sequence", classes: int = 0) -> Checked:
    """Blocks in a row behind an input whose rows vary; the nodes are x, n0, n1 … and y."""
    inner = {f"n{i}": block for i, block in enumerate(blocks)}
    return check(drawn({"x": Input(start, holds, classes, varies=True), **inner, "y": Output()}))


def run(checked: Checked, *inputs: torch.Tensor) -> torch.Tensor:
    """What the printed network gives."""
    made: nn.Module = network_class({"net": checked.graph}, "net")()
    result = made.eval()(*inputs)
    assert isinstance(result, torch.Tensor)
    return result


def test_a_recurrent_layer_keeps_the_length_and_its_last_step_has_none() -> None:
    checked = row(GRU(128), LastStep(), Linear(3))
    assert [sizes_text(checked, name) for name in ("x", "n0", "n1", "n2")] == ["T × 8", "T × 128", "128", "3"]
    assert not lengths(checked).held


@pytest.mark.parametrize(
    ("block", "told", "counted"),
    [
        (Conv1d(4, 3, padding=1), "4 × T", [24, 23, 22, 13]),
        (Conv1d(4, 3, padding="valid"), "4 × T−2", [22, 21, 20, 11]),
        (Conv1d(4, 3, stride=2, padding=1), "4 × ⌈T/2⌉", [12, 12, 11, 7]),
        (Conv1d(4, 2, stride=2, padding="valid"), "4 × ⌊T/2⌋", [12, 11, 11, 6]),
        (Conv1d(4, 5, stride=3, padding="valid"), "4 × ⌊(T−2)/3⌋", [7, 7, 6, 3]),
    ],
)
def test_a_convolution_tells_how_its_steps_are_counted_and_torch_agrees(
    block: Block, told: str, counted: list[int]
) -> None:
    checked = row(block, start=(8, 24), holds="signal")
    assert sizes_text(checked, "n0") == told
    assert [run(checked, torch.zeros(1, 8, steps)).shape[2] for steps in (24, 23, 22, 13)] == counted


def test_attention_and_positions_keep_the_length_and_their_code_takes_shorter_rows() -> None:
    layers = TransformerEncoderLayer(2, 16), LearnedPositions(), TransformerEncoderLayer(2, 16, causal=True)
    checked = row(PositionalEncoding(), *layers)
    assert sizes_text(checked, "n3") == "T × 8"
    assert not lengths(checked).held
    assert run(checked, torch.zeros(2, 11, 8)).shape == (2, 11, 8)


def test_flattened_steps_hold_the_length_at_the_layer_that_has_a_weight_for_each() -> None:
    checked = row(Flatten(), Linear(3))
    assert sizes_text(checked, "n0") == "8·T"
    [(diagnostic, *fixes)] = holding(checked)
    assert (diagnostic.level, diagnostic.node) == ("warning", "n1")
    assert "it learns 387 numbers for it, and would need 411 for 17" in diagnostic.message
    assert [fix.title for fix in fixes] == ["Replace n0 by MeanOverTime", "Set varies to no on x"]
    assert all(not list(holding(check(fix.edit(checked.graph)))) for fix in fixes)


def test_padding_that_hangs_on_the_length_is_told_and_repaired() -> None:
    checked = row(Conv1d(4, 3, stride=2), start=(8, 24), holds="signal")
    [(diagnostic, *fixes)] = holding(checked)
    assert "its code is written for that length" in diagnostic.message
    assert fixes[0].title == "Set padding to 1 on n0"
    assert not list(holding(check(fixes[0].edit(checked.graph))))


def test_a_mask_of_so_many_steps_is_refused_at_another_length_and_one_of_the_words_goes_along() -> None:
    words = Input((16,), "tokens", 50, varies=True)
    nodes: dict[str, Block] = {"x": words, "e": Embedding(50, 8), "mask": PaddingMask(), "rnn": LSTM(4), "y": Output()}
    wires = "x e", "x mask", "e rnn", "mask rnn.mask", "rnn y"
    checked = check(drawn(nodes, *wires))
    assert sizes_text(checked, "mask") == "T"
    assert not lengths(checked).held
    fixed = {**nodes, "count": Input((), "auto", 17), "mask": LengthMask(16)}
    checked = check(drawn(fixed, "x e", "count mask", *wires[2:]))
    assert [held.node for held in lengths(checked).held] == ["rnn"]


def test_rows_of_two_lengths_have_a_letter_each_and_what_hangs_on_both_only_a_bound() -> None:
    nodes: dict[str, Block] = {"a": Input((16, 8), varies=True), "b": Input((9, 8), varies=True)}
    nodes |= {"att": MultiheadAttention(2), "both": Concat(dim=0), "y": Output(), "z": Output()}
    wires = "a att.query", "b att.key", "b att.value", "att y", "a both", "b both", "both z"
    checked = check(drawn(nodes, *wires))
    assert [sizes_text(checked, name) for name in ("a", "b", "att", "both")] == ["T × 8", "S × 8", "T × 8", "≤25 × 8"]


def test_a_network_within_goes_along_where_its_own_input_varies() -> None:
    inner = drawn({"x": Input((16, 8), varies=True), "rnn": GRU(4), "y": Output()})
    outer = drawn({"x": Input((16, 8), varies=True), "use": Use("inner"), "y": Output()})
    assert sizes_text(check(outer, {"inner": inner}), "use") == "T × 4"
    stiff = inner.with_node("x", Node(Input((16, 8))))
    assert [held.node for held in lengths(check(outer, {"inner": stiff})).held] == ["use"]


def test_nothing_is_worked_out_where_no_row_varies_and_once_where_one_does() -> None:
    plain = check(drawn({"x": Input((16, 8)), "rnn": GRU(4), "y": Output()}))
    assert not varying(plain.graph)
    assert sizes_of(plain, "rnn") == (16, 4)
    assert lengths(plain) is lengths(row(GRU(4), start=(1, 8, 8), holds="auto"))
    checked = row(GRU(4))
    assert lengths(checked) is lengths(checked)


def test_an_image_has_no_rows_that_could_vary() -> None:
    [(diagnostic, *fixes)] = holding(check(drawn({"x": Input((1, 8, 8), varies=True), "y": Output()})))
    assert (diagnostic.node, diagnostic.setting, fixes[0].title) == ("x", "varies", "Set varies to no on x")
