"""Checkpointed nodes: which can be computed again, what is kept of them, and what of them is said."""

from __future__ import annotations

import pytest

from blocks import edits
from blocks.activation import ReLU
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.cost import training_memory
from blocks.edits import Refused
from blocks.ends import Input, Use
from blocks.graph import Graph
from blocks.merge import Add
from blocks.recurrent import LSTM
from blocks.repair import fixes
from blocks.residual import Residual
from tests.blocks.drawn import drawn

PLAIN = drawn("image -> one -> two -> act -> out", image=(8, 4, 4), one=Residual(8), two=Residual(8), act=ReLU())
BOTH = edits.checkpoint(PLAIN, ["one", "two"], True)


def test_of_a_checkpointed_node_only_what_leaves_it_is_kept() -> None:
    kept, again = check(PLAIN), check(BOTH)
    image = 8 * 4 * 4 * 4
    assert kept.rows["one"].activations == 7 * image
    assert again.rows["one"].activations == image
    assert again.activations == kept.activations - 2 * 6 * image
    assert (again.parameters, again.buffers, again.macs) == (kept.parameters, kept.buffers, kept.macs)


def test_the_memory_of_a_training_holds_one_node_while_it_is_computed_again() -> None:
    image = 8 * 4 * 4 * 4
    before, after = (training_memory(check(graph), 2).activations for graph in (PLAIN, BOTH))
    assert before - after == 2 * (2 * 6 * image - 7 * image)


def test_copies_are_computed_again_one_at_a_time() -> None:
    row = check(edits.repeat(edits.checkpoint(PLAIN, ["one"], True), "one", 3)).rows["one"]
    image = 8 * 4 * 4 * 4
    assert (row.activations, row.again) == (3 * image, 7 * image)


def test_inner_networks_hand_on_what_is_computed_again_and_every_step_counts() -> None:
    outer = drawn("film -> body -> out", film=Input((5, 8, 4, 4)), body=Use("Inner", over_time=True))
    outer = edits.remove(outer, ["image"])
    rows = [check(outer, {"Inner": graph}).rows["body"] for graph in (PLAIN, BOTH)]
    image = 8 * 4 * 4 * 4
    assert [(r.activations, r.again) for r in rows] == [(5 * 15 * image, 0), (5 * 3 * image, 5 * 7 * image)]


def test_a_layer_with_nothing_inside_is_no_smaller_for_it() -> None:
    graph = drawn("image -> conv -> out", conv=Conv2d(8))
    assert check(edits.checkpoint(graph, ["conv"], True)).activations == check(graph).activations


@pytest.mark.parametrize(
    ("graph", "why"),
    [
        (PLAIN, "act has no layers inside whose results would be kept"),
        (drawn("image -> conv -> out", conv=Conv2d(8)), "image computes nothing"),
        (
            drawn("rows -> act -> out", rows=Input((5, 6)), act=LSTM(6, stateful=True)),
            "move on the state that it keeps",
        ),
        (
            drawn("image -> act -> out", act=Conv2d(8, parametrization="spectral_norm")),
            "the two vectors of its spectral",
        ),
    ],
)
def test_what_cannot_be_computed_again_is_refused_in_words(graph: Graph, why: str) -> None:
    name = why.partition(" ")[0] if "act" not in graph.nodes else "act"
    with pytest.raises(Refused, match=why):
        edits.checkpoint(graph, [name], True)


def test_of_several_nodes_those_that_can_be_are() -> None:
    graph = edits.checkpoint(PLAIN, ["one", "act"], True)
    assert [name for name, node in graph.nodes.items() if node.checkpointed] == ["one"]
    assert edits.checkpoint(graph, ["one", "act"], False) == PLAIN


def test_a_network_with_a_layer_that_moves_on_inside_is_told_and_repaired() -> None:
    inner = drawn("image -> conv -> out", conv=Conv2d(3, parametrization="spectral_norm"))
    outer = edits.checkpoint(drawn("image -> body -> out", body=Use("Inner")), ["body"], True)
    checked = check(outer, {"Inner": inner})
    (error,) = checked.errors
    assert "received conv, where each run moves on the two vectors of its spectral norm." in error.message
    (fix,) = fixes(error, checked)
    assert fix.title == "Keep what body computes"
    assert not check(fix.edit(outer), {"Inner": inner}).errors


def test_of_nodes_that_share_weights_each_is_checkpointed_by_itself() -> None:
    ends = "image -> left -> sum.parts[0]", "image -> right -> sum.parts[1]", "sum -> out"
    graph = drawn(*ends, image=(8, 4, 4), left=Residual(8), right=Residual(8), sum=Add())
    graph = edits.share(edits.checkpoint(graph, ["left"], True), "right", "left")
    assert [node.checkpointed for node in graph.nodes.values()].count(True) == 1
    assert edits.mute(graph, ["left"], True).nodes["left"].checkpointed
