"""Muted, frozen and shared nodes as torch has them: names, counts, results, and weights that training leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor, nn

from blocks import edits
from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import check
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.edits import Refused
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.merge import Concat
from blocks.normalization import BatchNorm2d
from blocks.recurrent import LSTM
from blocks.residual import Residual
from blocks.separable import SeparableConv2d
from blocks.shape import vector
from runtime.checkpoint import weights_of
from runtime.design import Design, Drawn, Phase
from runtime.file import BadDesign, dumps, loads
from runtime.messages import Ended
from runtime.model import compiled, network_class
from runtime.optimizer import SGD, Adam, AdamW
from runtime.report import facts
from runtime.script import print_training
from runtime.source import CannotPrint, print_networks
from runtime.train import Training
from runtime.verdict import judge
from runtime.weights import last_weights
from tests.blocks.drawn import drawn
from tests.blocks.test_marks import BRANCHES, random_edit
from tests.designs import mlp, points, two_losses
from tests.training import finish, run_of, start, until

CPU = torch.device("cpu")
TWINS = drawn(
    "image -> left -> join.parts[0]",
    "other -> right -> join.parts[1]",
    "join -> out",
    other=Input((3, 28, 28)),
    left=Conv2d(8),
    right=Conv2d(8),
    join=Concat(),
)
SIAMESE = edits.share(TWINS, "right", "left")


def built(graph: Graph, **others: Graph) -> Any:
    """The network N as torch has it, from seed 0."""
    torch.manual_seed(0)
    return network_class({"N": graph, **others}, "N")()


def counted(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


# --- shared -------------------------------------------------------------------------------


def test_two_inputs_go_through_one_encoder() -> None:
    made = built(SIAMESE)
    assert list(made.state_dict()) == ["left.weight", "left.bias"]
    assert counted(made) == check(SIAMESE).parameters
    one, other = torch.randn(2, 2, 3, 28, 28)
    both = made(one, other)
    assert torch.equal(both[:, :8], made.left(one))
    assert torch.equal(both[:, 8:], made.left(other))
    text = print_networks("S", {"N": SIAMESE}).text
    assert text.count("self.left = nn.Conv2d(3, 8, 3, padding=1)") == 1
    assert "        x = self.left(other)\n" in text


def test_a_shared_network_and_a_shared_composite_are_one_module() -> None:
    inner = drawn("image -> conv -> out", conv=Conv2d(8))
    for block, names in ((Use("Encoder"), {"Encoder": inner}), (Residual(8, stride=2), {})):
        graph = edits.replace_block(SIAMESE, "left", block)
        made, checked = built(graph, **names), check(graph, names)
        assert checked.errors == ()
        assert {name.partition(".")[0] for name in made.state_dict()} == {"left"}
        assert counted(made) == checked.parameters
        image = torch.randn(2, 3, 28, 28)
        halves = made.eval()(image, image).chunk(2, dim=1)
        assert torch.equal(*halves)


def test_an_owner_that_comes_later_lends_all_the_same() -> None:
    g = Sketch()
    x = g.add(Linear(4), g.input("x", vector(4)), name="first")
    g.output("y", g.add(Linear(4), g.add(ReLU(), x, name="relu"), name="second"))
    made = built(edits.share(g.graph(), "first", "second"))
    assert list(made.state_dict()) == ["second.weight", "second.bias"]
    given = torch.randn(2, 4)
    assert torch.equal(made(given), made.second(made.second(given).relu()))


def test_a_lstm_shares_all_its_weights() -> None:
    graph = drawn("rows -> a -> b -> out", rows=Input((5, 6)), a=LSTM(6), b=LSTM(6))
    graph = edits.remove(edits.share(graph, "b", "a"), ["image"])
    made = built(graph)
    assert counted(made) == check(graph).parameters
    given = torch.randn(2, 5, 6)
    assert torch.equal(made(given), made.a(made.a(given)[0])[0])


@pytest.mark.parametrize(
    "kind, sides, fits",
    [
        (Conv2d, (9, 10), True),
        (SeparableConv2d, (9, 10), False),
        (SeparableConv2d, (9, 12), True),
        (Conv2d, (9, 8), False),
    ],
)
def test_other_sizes_share_where_one_module_takes_both(kind: type[Block], sides: tuple[int, int], fits: bool) -> None:
    """A kernel of 4 at every third place pads 9 and 10 pixels outside the module, and 8 inside it."""
    one, other = ((8, side, side) for side in sides)
    graph = drawn(
        "image -> a -> out",
        "other -> b -> next",
        image=one,
        other=Input(other),
        a=kind(8, 4, 3),
        b=kind(8, 4, 3),
        next=Output(),
    )
    graph = edits.share(graph, "b", "a")
    checked = check(graph)
    assert (not checked.errors) is fits
    if fits:
        results = built(graph)(torch.randn(2, *one), torch.randn(2, *other))
        assert [tuple(r.shape[1:]) for r in results] == [checked.rows[n].inputs[0].sizes for n in graph.outputs()]


def test_repeated_nodes_that_share_are_not_printed() -> None:
    graph = replace(SIAMESE, nodes={**SIAMESE.nodes, "right": Node(Conv2d(8), 2, shares="left")})
    with pytest.raises(CannotPrint, match="right expects to stand once, as left does"):
        print_networks("S", {"N": graph})


# --- muted --------------------------------------------------------------------------------


def test_a_muted_node_leaves_no_trace_in_the_code() -> None:
    graph = drawn("image -> conv1 -> norm -> relu -> out", conv1=Conv2d(8), norm=BatchNorm2d(), relu=ReLU())
    muted = edits.mute(graph, ["norm", "relu"], True)
    text = print_networks("M", {"N": muted}).text
    assert "norm" not in text
    assert "        return self.conv1(image)\n" in text
    made = built(muted)
    assert counted(made) == check(muted).parameters == 224
    given = torch.randn(2, 3, 28, 28)
    assert torch.equal(made(given), made.conv1(given))


def test_a_network_of_which_all_is_muted_gives_what_it_gets() -> None:
    muted = edits.mute(drawn("image -> conv -> out", conv=Conv2d(8)), ["conv"], True)
    given = torch.randn(2, 3, 28, 28)
    assert torch.equal(built(muted)(given), given)


# --- frozen -------------------------------------------------------------------------------


def test_frozen_modules_need_no_gradient_whatever_the_mode() -> None:
    graph = drawn("image -> conv -> norm -> last -> out", conv=Conv2d(8), norm=BatchNorm2d(), last=Conv2d(2))
    graph = edits.freeze(graph, ["conv", "norm"], True)
    made, checked = built(graph), check(graph)
    text = print_networks("F", {"N": graph}).text
    assert "        self.conv = nn.Conv2d(3, 8, 3, padding=1)\n        self.conv.requires_grad_(False)" in text
    for _ in range(2):
        assert counted(made) == checked.parameters
        assert not made.norm.training
        made.requires_grad_(True).train()
    kept = {n: b for n, b in made.named_buffers() if b.shape}
    assert checked.parameters + checked.buffers == sum(t.numel() for t in (*made.parameters(), *kept.values()))


def test_inner_networks_keep_what_is_frozen_in_them() -> None:
    inner = edits.freeze(drawn("image -> conv -> next -> out", conv=Conv2d(3), next=Conv2d(3)), ["conv"], True)
    outer = drawn("image -> body -> res -> out", body=Use("Inner"), res=Residual(3))
    outer = edits.freeze(outer, ["res"], True)
    made = built(outer, Inner=inner).requires_grad_(True).train()
    assert counted(made) == check(outer, {"Inner": inner}).parameters == 84
    assert made.body.next.training
    assert not any(module.training for module in made.res.modules())


def test_what_has_no_weights_is_not_frozen_in_the_code() -> None:
    graph = drawn("image -> relu -> conv -> out", relu=Node(ReLU(), frozen=True), conv=Conv2d(2))
    assert "requires_grad_" not in print_networks("F", {"N": graph}).text


# --- any edits ----------------------------------------------------------------------------


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_is_marked_torch_counts_the_same(data: st.DataObject) -> None:
    graph = BRANCHES
    for _ in range(6):
        with suppress(Refused):
            graph = random_edit(graph, data.draw)
    checked = check(graph)
    assume(not checked.errors)
    made = built(graph).requires_grad_(True).train()
    kept = [tensor for tensor in made.state_dict().values() if tensor.shape]
    assert counted(made) == checked.parameters
    assert sum(tensor.numel() for tensor in kept) == checked.parameters + checked.buffers
    result, out = made(*torch.randn(len(graph.inputs()), 2, 4, 8, 8)), graph.outputs()
    shapes = [checked.rows[name].inputs[0].sizes for name in out]
    assert [tuple(part.shape[1:]) for part in (result if len(out) > 1 else [result])] == shapes


# --- training -----------------------------------------------------------------------------


def frozen(optimizer: object = None, **recipe: Any) -> Design:
    """A design whose first layer and its normalization do not learn."""
    design = points(optimizer=optimizer or AdamW(lr=0.01, weight_decay=0.1), **recipe)
    return design.edited("Points", lambda graph: edits.freeze(graph, ["fc1", "batchnorm1d"], True))


def first(design: Design) -> dict[str, Tensor]:
    """The weights that the seed gives."""
    program = compiled(design)
    return {name: tensor.clone() for name, tensor in program.script.build()["Points"].state_dict().items()}


def trained(design: Design) -> dict[str, Tensor]:
    """The weights after training."""
    training = Training(compiled(design), CPU)
    assert [type(event) for event in training.events()][-1] is Ended
    return dict(weights_of(training.networks)["Points"])


def unchanged(before: dict[str, Tensor], after: dict[str, Tensor]) -> set[str]:
    """The nodes of which every number is as it was."""
    nodes = {name.partition(".")[0] for name in before}
    return {n for n in nodes if all(torch.equal(after[k], before[k]) for k in before if k.partition(".")[0] == n)}


@pytest.mark.parametrize(
    "optimizer", [SGD(lr=0.1, momentum=0.9, weight_decay=0.1), Adam(weight_decay=0.1), AdamW(weight_decay=0.1)]
)
def test_no_optimizer_changes_frozen_weights(optimizer: object) -> None:
    design = frozen(optimizer, gradient_clip_val=1.0)
    assert unchanged(first(design), trained(design)) == {"fc1", "batchnorm1d"}


@pytest.mark.slow
def test_a_worker_leaves_frozen_weights_as_they_were(tmp_path: Path) -> None:
    run = run_of(frozen(), tmp_path)
    assert finish(run) == 0, run.log_tail()
    after = load_file(last_weights(run.folder)["Points"])
    assert unchanged(first(frozen()), after) == {"fc1", "batchnorm1d"}


@pytest.mark.slow
def test_a_frozen_training_that_was_killed_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    design = frozen(epochs=40)
    alone, broken = run_of(design, tmp_path / "alone"), run_of(design, tmp_path / "broken")
    assert finish(alone) == 0
    process = start(broken, "--checkpoint-every", "0.05")
    until(lambda: any((broken.folder / "checkpoints").glob("step-*")))
    process.kill()
    process.wait()
    assert finish(broken, "--resume") == 0, broken.log_tail()
    one, other = (load_file(last_weights(run.folder)["Points"]) for run in (alone, broken))
    assert unchanged(one, other) == {name.partition(".")[0] for name in one}


def test_shared_weights_are_trained_and_saved_once() -> None:
    graph = edits.configure(mlp(hidden=8), ["fc1"], {"out_features": 8})
    graph = edits.insert(graph, graph.into("relu2")[0], "again", Node(Linear(8)))
    design = replace(points(), networks={"Points": edits.share(graph, "again", "fc2")})
    weights = trained(design)
    assert not any(name.startswith("again") for name in weights)
    assert "fc2" not in unchanged(first(design), weights)


def test_the_counts_of_a_beginning_are_those_that_learn() -> None:
    design = frozen()
    began = next(iter(Training(compiled(design), CPU).events()))
    assert getattr(began, "parameters", 0) == judge(design).networks["Points"].parameters


def with_step(design: Design, edit: Callable[[Graph], Graph]) -> Design:
    """With one phase, the last, its drawn step edited."""
    plan = design.training[-1].plan
    assert isinstance(plan, Drawn)
    return replace(design, training=(Phase("tug", replace(plan, step=edit(plan.step))),))


def test_a_muted_node_of_a_drawn_step_is_passed_by() -> None:
    design = with_step(two_losses(), lambda step: edits.mute(step, ["second"], True))
    assert judge(design).errors == ()
    assert "    y = first(point)\n    draw = F.mse_loss(y, point)\n" in print_training(design).text


def test_a_frozen_use_in_a_drawn_step_is_told() -> None:
    design = with_step(two_losses(), lambda step: edits.freeze(step, ["second"], True))
    (error,) = judge(design).errors
    assert error.message.startswith("second cannot be frozen in a training step. Freeze what is in Second")
    with pytest.raises(CannotPrint, match="second cannot be frozen"):
        print_training(design)


def test_a_network_that_is_frozen_throughout_is_not_trained() -> None:
    design = points().edited("Points", lambda graph: edits.freeze(graph, ["fc1", "batchnorm1d", "fc2", "fc3"], True))
    (error,) = judge(design).errors
    assert error.message == "Nothing in Points can learn: there are no weights, or all are frozen."
    with pytest.raises(CannotPrint, match="Nothing in Points can learn"):
        compiled(design)


# --- the file -----------------------------------------------------------------------------


def test_marks_are_written_where_they_are_set_and_read_back() -> None:
    graph = edits.freeze(edits.mute(SIAMESE, ["join"], True), ["left"], True)
    text = dumps(Design(networks={"N": graph}))
    assert '"right": {"block": "Conv2d", "out_channels": 8, "frozen": true, "shares": "left"}' in text
    assert '"join": {"block": "Concat", "muted": true}' in text
    assert text.count("muted") == text.count("shares") == 1
    assert loads(text).networks["N"] == graph
    assert dumps(loads(text)) == text


def test_marks_of_an_unknown_block_are_kept() -> None:
    text = '{"format": 1, "networks": {"N": {"nodes": {"a": {"block": "New", "x": 1, "muted": true}}, "wires": []}}}'
    again = dumps(loads(text))
    assert loads(text).networks["N"].nodes["a"].muted
    assert '"a": {"block": "New", "x": 1, "muted": true}' in again


@pytest.mark.parametrize(
    "mark, place, expected",
    [
        ('"muted": 1', "muted", "true or false"),
        ('"frozen": "yes"', "frozen", "true or false"),
        ('"checkpointed": 1', "checkpointed", "true or false"),
        ('"shares": 3', "shares", "the name of another node, whose weights it uses"),
        ('"shares": "two words"', "shares", "the name of another node, whose weights it uses"),
        ('"shares": "gone"', "shares", "the name of a node of this network"),
        ('"shares": "a"', "shares", "a node with weights of its own"),
    ],
)
def test_a_mark_that_cannot_be_is_told_by_its_place(mark: str, place: str, expected: str) -> None:
    text = f'{{"format": 1, "networks": {{"N": {{"nodes": {{"a": {{"block": "Linear", {mark}}}}}}}}}}}'
    with pytest.raises(BadDesign) as caught:
        loads(text)
    assert (caught.value.place, caught.value.expected) == (f"networks.N.nodes.a.{place}", expected)


def test_a_chain_of_sharing_is_read_as_sharing_with_its_owner() -> None:
    nodes = {"a": Node(Linear(3)), "b": Node(Linear(3), shares="a"), "c": Node(Linear(3), shares="b")}
    text = dumps(Design(networks={"N": Graph(nodes)}))
    assert loads(text).networks["N"].nodes["c"].shares == "a"
    assert dumps(loads(dumps(loads(text)))) == dumps(loads(text))


def test_the_summary_counts_what_learns_and_what_is_kept() -> None:
    graph = edits.mute(edits.freeze(SIAMESE, ["left"], True), ["join"], True)
    told = json.loads(json.dumps(facts(judge(Design(networks={"N": graph})))))["networks"]["N"]
    assert (told["parameters"], told["parameters_total"]) == (0, 224)
    assert told["nodes"]["right"]["parameters"] == 0
    assert told["nodes"]["left"]["macs"] == told["nodes"]["right"]["macs"] > 0
    assert told["nodes"]["join"] == {"block": "Concat", "shape": [8, 28, 28], "parameters": 0, "macs": 0}
