"""Muted, frozen and shared nodes: what counts, what is said of them, and the edits that keep them right."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks import edits
from blocks.activation import ReLU
from blocks.check import check, recheck
from blocks.convolution import Conv2d
from blocks.cost import receptive_field
from blocks.edits import Refused
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.marks import bypassed
from blocks.merge import Add
from blocks.normalization import BatchNorm2d
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import LSTM
from blocks.repair import fixes
from blocks.reshape import Flatten
from blocks.residual import Residual
from blocks.shape import image
from tests.blocks.drawn import drawn

CHAIN = drawn(
    "image -> conv1 -> norm -> relu -> conv2 -> out", conv1=Conv2d(8), norm=BatchNorm2d(), relu=ReLU(), conv2=Conv2d(4)
)
TWINS = drawn(
    "image -> left -> sum.parts[0]",
    "other -> right -> sum.parts[1]",
    "sum -> out",
    other=Input((3, 28, 28)),
    left=Conv2d(8),
    right=Conv2d(8),
    sum=Add(),
)
SIAMESE = edits.share(TWINS, "right", "left")


def shares(graph: Graph) -> dict[str, str]:
    return {name: node.shares for name, node in graph.nodes.items() if node.shares}


# --- muted --------------------------------------------------------------------------------


def test_a_muted_node_passes_on_what_arrives_and_costs_nothing() -> None:
    checked = check(edits.mute(CHAIN, ["conv1"], True))
    row = checked.rows["conv1"]
    assert row.outputs == (image(3, 28, 28),)
    assert (row.parameters, row.buffers, row.macs, row.activations) == (0, 0, 0, 0)
    assert checked.rows["norm"].parameters == 6
    assert receptive_field(checked)["out"] == ((3, 1), (3, 1))


def test_muting_a_join_passes_on_its_first_part() -> None:
    graph = drawn("image -> conv -> join.parts[1]", "image -> join.parts[0]", "join -> out", conv=Conv2d(8), join=Add())
    assert check(graph).errors
    muted = check(edits.mute(graph, ["join"], True))
    assert muted.errors == ()
    assert muted.shape("join") is image(3, 28, 28)


@pytest.mark.parametrize("name, why", [("image", "no input that it could pass on"), ("out", "no output to pass it on")])
def test_a_node_that_could_pass_nothing_on_cannot_be_muted(name: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        edits.mute(CHAIN, [name], True)


def test_a_muted_input_in_a_file_is_an_error_that_unmuting_repairs() -> None:
    checked = check(CHAIN.with_node("image", replace(CHAIN.nodes["image"], muted=True)))
    (error,) = checked.errors
    assert error.message == (
        "image expects an input and an output, so that it can be muted and pass on what arrives, "
        "received no input. Unmute it."
    )
    (fix,) = fixes(error, checked)
    assert fix.title == "Unmute image"
    assert check(fix.edit(checked.graph)).errors == ()


def test_what_no_longer_fits_behind_a_muted_node_offers_to_unmute_it() -> None:
    graph = drawn(
        "image -> conv -> pool -> relu -> fc -> out", conv=Conv2d(8), pool=GlobalAvgPool(), relu=ReLU(), fc=Linear(3)
    )
    checked = check(edits.mute(graph, ["pool"], True))
    (error,) = checked.errors
    assert error.node == "fc"
    first = fixes(error, checked)[0]
    assert first.title == "Unmute pool"
    assert first.edit(checked.graph) == graph


def test_a_second_result_of_a_muted_node_is_an_error_where_it_is_read() -> None:
    graph = drawn(
        "rows -> lstm -> image2",
        "lstm.h -> flat -> out",
        rows=Input((5, 4)),
        lstm=LSTM(6),
        flat=Flatten(),
        image2=Output(),
    )
    graph = edits.remove(graph, ["image"])
    checked = check(edits.mute(graph, ["lstm"], True))
    (error,) = checked.errors
    assert error.message == "lstm is muted and gives no h, which flat reads. Unmute it."
    assert [fix.title for fix in fixes(error, checked)] == ["Unmute lstm"]


def test_only_what_a_muted_node_passes_on_must_be_connected() -> None:
    graph = drawn("image -> join.parts[0]", "join -> out", join=Add())
    assert check(edits.mute(graph, ["join"], True)).errors == ()
    lone = drawn("relu -> out", relu=ReLU())
    assert [d.node for d in check(edits.mute(lone, ["relu"], True)).errors] == ["relu"]


def test_a_bypass_leads_around_muted_nodes_one_after_another() -> None:
    heard = bypassed(edits.mute(CHAIN, ["norm", "relu"], True))
    assert list(heard.nodes) == ["image", "conv1", "conv2", "out"]
    assert [(w.source, w.target) for w in heard.wires] == [("image", "conv1"), ("conv1", "conv2"), ("conv2", "out")]
    assert bypassed(CHAIN) is CHAIN


# --- frozen -------------------------------------------------------------------------------


def test_frozen_parameters_are_kept_but_do_not_learn() -> None:
    before, after = check(CHAIN), check(edits.freeze(CHAIN, ["conv1", "norm"], True))
    assert after.parameters == before.parameters - 224 - 16
    assert after.parameters + after.buffers == before.parameters + before.buffers
    assert after.macs == before.macs
    assert edits.freeze(edits.freeze(CHAIN, ["conv1"], True), ["conv1"], False) == CHAIN


def test_all_inside_a_frozen_composite_is_frozen_and_stays_so_when_expanded() -> None:
    graph = edits.freeze(drawn("image -> res -> out", res=Residual(8)), ["res"], True)
    row = check(graph).rows["res"]
    assert row.inside is not None
    assert row.parameters == sum(inner.parameters for inner in row.inside.rows.values()) == 0
    assert row.buffers == sum(inner.buffers for inner in row.inside.rows.values())
    expanded, _ = edits.expand(graph, "res", row)
    assert (check(expanded).parameters, check(expanded).buffers) == (0, row.buffers)


def test_a_frozen_use_and_copies_that_are_frozen_count_as_buffers() -> None:
    inner = drawn("image -> conv -> out", conv=Conv2d(3))
    graph = drawn("image -> body -> again -> out", body=Use("inner"), again=Node(Conv2d(3), 2))
    checked = check(edits.freeze(graph, ["body", "again"], True), {"inner": inner})
    assert (checked.parameters, checked.buffers) == (0, 3 * 84)


def test_freezing_passes_over_what_has_no_weights_but_not_over_all() -> None:
    assert not edits.freeze(CHAIN, ["relu", "conv1"], True).nodes["relu"].frozen
    with pytest.raises(Refused, match="relu: no weights that could be frozen"):
        edits.freeze(CHAIN, ["relu"], True)


# --- shared weights -----------------------------------------------------------------------


def test_shared_weights_are_counted_once_and_their_cost_twice() -> None:
    alone, shared = check(TWINS), check(SIAMESE)
    assert shares(SIAMESE) == {"right": "left"}
    assert shared.parameters == alone.parameters / 2 == 224
    assert (shared.rows["right"].parameters, shared.rows["right"].macs) == (0, alone.rows["right"].macs)
    assert shared.macs == alone.macs
    assert shared.errors == ()


def test_sharing_takes_over_settings_and_whole_families() -> None:
    graph = edits.add(edits.configure(TWINS, ["right"], {"kernel_size": 5}), "third", Node(Conv2d(2)))
    graph = edits.share(edits.share(graph, "third", "right"), "right", "left")
    assert shares(graph) == {"right": "left", "third": "left"}
    assert {graph.block(n) for n in ("left", "right", "third")} == {Conv2d(8)}


@pytest.mark.parametrize(
    "name, with_, why",
    [
        ("left", "left", "left shares its weights with itself"),
        ("sum", "left", "sum is Add, left is Conv2d: only nodes of one block can share weights"),
        ("image", "other", "image has no weights to share"),
        ("right", "many", "many is repeated, so its weights cannot be shared"),
    ],
)
def test_sharing_that_could_not_be_is_refused(name: str, with_: str, why: str) -> None:
    graph = edits.add(TWINS, "many", Node(Conv2d(8), 2))
    with pytest.raises(Refused, match=why):
        edits.share(graph, name, with_)


def test_settings_and_blocks_of_a_family_change_together() -> None:
    wider = edits.configure(SIAMESE, ["right"], {"out_channels": 5})
    assert wider.block("left") == wider.block("right") == Conv2d(5)
    other = edits.replace_block(SIAMESE, "left", Residual(8))
    assert other.block("right") == Residual(8)
    assert edits.freeze(SIAMESE, ["right"], True).nodes["left"].frozen
    with pytest.raises(Refused, match="left shares weights with right, so it cannot be repeated"):
        edits.repeat(SIAMESE, "left", 2)


def test_a_renamed_owner_goes_on_lending() -> None:
    assert shares(edits.rename(SIAMESE, "left", "encoder")) == {"right": "encoder"}


def test_who_is_left_of_a_family_owns_the_weights() -> None:
    graph = edits.share(edits.add(SIAMESE, "third", Node(Conv2d(8))), "third", "right")
    assert shares(edits.remove(graph, ["left"])) == {"third": "right"}
    assert shares(edits.remove(graph, ["left", "right"])) == {}
    assert shares(edits.mute(graph, ["left"], True)) == {"left": "right", "third": "right"}
    assert shares(edits.unshare(graph, ["left"])) == {"third": "right"}
    assert shares(edits.unshare(graph, ["right"])) == {"third": "left"}


def test_copies_share_among_themselves_only() -> None:
    pasted, named = edits.paste(SIAMESE, edits.extract(SIAMESE, ["left", "right"]))
    assert shares(pasted) == {"right": "left", named["right"]: named["left"]}
    pasted, _ = edits.paste(SIAMESE, edits.extract(SIAMESE, ["right"]))
    assert shares(pasted) == {"right": "left"}


def test_composites_that_share_are_expanded_together_and_go_on_sharing() -> None:
    graph = edits.replace_block(SIAMESE, "left", Residual(8))
    before = check(graph)
    expanded, inside = edits.expand(graph, "right", before.rows["right"])
    after = check(expanded)
    assert after.errors == ()
    assert (after.parameters, after.buffers, after.macs) == (before.parameters, before.buffers, before.macs)
    assert all(name.startswith("right_") for name in inside.values())


def wrong(graph: Graph) -> str:
    (error,) = check(graph).errors
    return error.message


@pytest.mark.parametrize(
    "right, message",
    [
        (Node(Conv2d(8), shares="gone"), "the name of a node that lends it weights, received gone, which is not there"),
        (Node(Conv2d(8), shares="right"), "a node with weights of its own to lend it some, received a circle, right →"),
        (Node(BatchNorm2d(), shares="left"), "another BatchNorm2d to lend it weights, received left, a Conv2d."),
        (Node(Conv2d(8, 5), shares="left"), "kernel_size 3, as left, whose weights it uses, received kernel_size 5."),
        (Node(Conv2d(8), 2, shares="left"), "to stand once, as left does, since they share weights, received 2 times."),
        (Node(Conv2d(8), frozen=True, shares="left"), "to be one that learns, as left, whose weights it uses"),
    ],
)
def test_what_is_wrong_with_shared_weights_is_said(right: Node, message: str) -> None:
    graph = replace(TWINS, nodes={**TWINS.nodes, "right": right})
    assert message in next(d.message for d in check(graph).errors if d.node == "right")


def test_an_input_that_asks_for_other_weights_is_said_and_repaired() -> None:
    graph = SIAMESE.with_node("other", Node(Input((1, 28, 28))))
    checked = recheck(check(SIAMESE), graph, ["other"])
    assert wrong(graph) == checked.errors[0].message
    assert checked.errors[0].message == (
        "right expects an input that suits the weights of left, which receives (3, 28, 28), received (1, 28, 28). "
        "Give it weights of its own."
    )
    (fix,) = fixes(checked.errors[0], checked)
    assert fix.title == "Give right weights of its own"
    assert recheck(checked, SIAMESE, ["other"]).errors == ()


def test_the_same_weights_on_another_size_are_fine_where_the_module_is_the_same() -> None:
    nodes = {**SIAMESE.nodes, "image": Node(Input((3, 14, 14))), "sum": Node(Output())}
    wires = [w for w in SIAMESE.wires if w.source != "sum"]
    graph = replace(
        SIAMESE, nodes=nodes, wires=tuple(w._replace(input="x", place=0) for w in wires if w.target != "sum")
    )
    assert [d for d in check(graph).errors if d.node == "right"] == []


def test_every_recheck_of_shared_weights_equals_a_fresh_check() -> None:
    checked = check(SIAMESE)
    for name, node in (
        ("left", Node(Conv2d(9))),
        ("right", Node(Conv2d(9), shares="left")),
        ("left", Node(Conv2d(9), muted=True)),
        ("left", Node(Conv2d(9), frozen=True)),
        ("right", Node(Conv2d(9), frozen=True)),
        ("right", Node(Conv2d(9), frozen=True, shares="left")),
    ):
        graph = checked.graph.with_node(name, node)
        checked, fresh = recheck(checked, graph, [name]), check(graph)
        assert (checked.parameters, checked.buffers, checked.macs) == (fresh.parameters, fresh.buffers, fresh.macs)
        assert [d.message for d in checked.diagnostics] == [d.message for d in fresh.diagnostics]


# --- any edits ----------------------------------------------------------------------------

BRANCHES = drawn(
    "image -> a -> b -> sum.parts[0]",
    "image -> c -> d -> sum.parts[1]",
    "sum -> e -> out",
    image=(4, 8, 8),
    a=Conv2d(4),
    b=BatchNorm2d(),
    c=Conv2d(4),
    d=Residual(4),
    sum=Add(),
    e=Conv2d(4),
)


def random_edit(graph: Graph, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Graph:
    """One of the edits a person may make, on nodes drawn from all."""
    one, other = draw(st.sampled_from([*graph.nodes])), draw(st.sampled_from([*graph.nodes]))
    match draw(st.integers(0, 10)):
        case 0:
            return edits.mute(graph, [one, other], draw(st.booleans()))
        case 1:
            return edits.freeze(graph, [one, other], draw(st.booleans()))
        case 2 | 3 | 4:
            return edits.share(graph, one, other)
        case 5:
            return edits.unshare(graph, [one, other])
        case 6:
            return edits.remove(graph, [one])
        case 7:
            return edits.rename(graph, one, edits.fresh_name(graph.nodes, "other"))
        case 10:
            return edits.checkpoint(graph, [one, other], draw(st.booleans()))
        case 8:
            return edits.paste(graph, edits.extract(graph, [one, other]))[0]
        case _:
            return edits.expand(graph, one, check(graph).rows[one])[0]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_edited_shared_weights_have_one_owner_with_the_same_settings(data: st.DataObject) -> None:
    graph = BRANCHES
    for _ in range(8):
        with suppress(Refused):
            graph = random_edit(graph, data.draw)
    for name in graph.sharers:
        lender = graph.nodes[graph.nodes[name].shares]
        assert not lender.shares
        assert (lender.block, lender.repeat, lender.frozen) == (graph.block(name), 1, graph.nodes[name].frozen)
        assert graph.nodes[name].muted or not lender.muted
    assert not any(d.setting == "shares" and "receives" not in d.message for d in check(graph).errors)
