"""Checkpointed nodes as torch has them: the same losses and gradients from fewer numbers kept."""

from __future__ import annotations

import ast
import io
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
import torch
from rich.console import Console
from torch import Tensor, nn

from blocks import edits
from blocks.activation import Tanh
from blocks.block import Block
from blocks.check import check
from blocks.convolution import Conv2d
from blocks.delay import Delay
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, read_wire
from blocks.linear import Linear
from blocks.merge import Concat
from blocks.mobile import MBConv
from blocks.normalization import BatchNorm2d, InstanceNorm2d
from blocks.recurrent import LSTM
from blocks.regularization import Dropout
from blocks.residual import Bottleneck, Residual
from blocks.transformer import TransformerEncoder
from runtime import pasted
from runtime.design import Design, Drawn
from runtime.file import dumps, loads
from runtime.messages import Stepped
from runtime.model import compiled, network_class
from runtime.report import table
from runtime.source import print_networks
from runtime.train import Training
from runtime.verdict import judge
from tests.blocks.drawn import drawn
from tests.designs import points, two_losses

CPU = torch.device("cpu")


class Run(NamedTuple):
    """What a step leaves: the loss, gradients and state by name, and the bytes kept for the backward pass."""

    loss: Tensor
    gradients: dict[str, Tensor]
    state: dict[str, Tensor]
    kept: int


def step(graph: Graph, steps: int = 2, **others: Graph) -> Run:
    """The last of some steps of a network from seed 0 on random inputs."""
    torch.manual_seed(0)
    made: Any = network_class({"N": graph, **others}, "N")()
    given = [torch.randn(4, *graph.block(name).value("shape")) for name in graph.inputs()]
    own = {p.untyped_storage().data_ptr() for p in (*made.parameters(), *made.buffers())}
    for _ in range(steps):
        made.zero_grad()
        kept = Kept()
        with torch.autograd.graph.saved_tensors_hooks(kept.note, lambda tensor: tensor):
            result = made(*given)
        loss = (result if isinstance(result, Tensor) else result[0]).square().mean()
        loss.backward()
    gradients = {name: p.grad.clone() for name, p in made.named_parameters() if p.grad is not None}
    return Run(loss.detach(), gradients, dict(made.state_dict()), kept.beside(own))


class Kept:
    """The memory that autograd keeps, each piece of it once."""

    def __init__(self) -> None:
        self.sizes: dict[int, int] = {}

    def note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        self.sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    def beside(self, own: set[int]) -> int:
        return sum(size for place, size in self.sizes.items() if place not in own)


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


def checkpointed(graph: Graph, *names: str) -> Graph:
    return edits.checkpoint(graph, names, True)


BLOCKS: dict[str, tuple[tuple[int, ...], Block]] = {
    "residual": ((8, 8, 8), Residual(8)),
    "bottleneck": ((8, 8, 8), Bottleneck(4)),
    "gated": ((8, 8, 8), MBConv(8)),
    "plain": ((8, 8, 8), Conv2d(8, 3, 2)),
    "padded outside": ((8, 9, 9), Conv2d(8, 4, 3)),
    "encoder": ((6, 8), TransformerEncoder()),
    "recurrent": ((6, 8), LSTM(8, num_layers=2, dropout=0.5)),
}


@pytest.mark.parametrize("kind", BLOCKS)
def test_losses_gradients_and_running_averages_are_the_same_to_the_last_bit(kind: str) -> None:
    shape, block = BLOCKS[kind]
    graph = drawn("image -> part -> drop -> out", image=shape, part=block, drop=Dropout(0.5))
    plain, again = step(graph), step(checkpointed(graph, "part"))
    assert torch.equal(plain.loss, again.loss)
    assert plain.gradients
    assert equal(plain.gradients, again.gradients)
    assert equal(plain.state, again.state)


STAGES = drawn(
    "image -> stem -> stage -> head -> out", image=(3, 16, 16), stem=Conv2d(8), stage=Residual(8), head=Conv2d(2)
)


def test_fewer_bytes_are_kept_for_the_backward_pass_as_the_estimate_says() -> None:
    graph = edits.repeat(STAGES, "stage", 3)
    again = checkpointed(graph, "stage")
    before, after = step(graph), step(again)
    assert equal(before.gradients, after.gradients)
    assert equal(before.state, after.state)
    assert after.kept < before.kept / 3
    assert check(again).activations < check(graph).activations / 3
    assert after.kept == pytest.approx(4 * check(again).activations, rel=0.2)


def test_the_code_computes_each_copy_again_by_itself() -> None:
    text = print_networks("S", {"N": checkpointed(edits.repeat(STAGES, "stage", 3), "stage")}).text
    assert "from torch.utils.checkpoint import checkpoint\n" in text
    assert "        self.stage = nn.Sequential(*(Residual() for _ in range(3)))\n" in text
    assert (
        "        for layer in self.stage:\n"
        "            stage = checkpoint(layer, stage, use_reentrant=False, context_fn=CountedOnce(layer))\n"
    ) in text
    ast.parse(text)


def test_what_counts_no_batches_needs_nothing_of_its_own() -> None:
    graph = edits.configure(STAGES, ["stage"], {"normalization": "GroupNorm"})
    text = print_networks("S", {"N": checkpointed(graph, "stage")}).text
    assert "        x = checkpoint(self.stage, x, use_reentrant=False)\n" in text
    assert "CountedOnce" not in text
    assert "checkpoint" not in print_networks("S", {"N": graph}).text


def test_a_network_used_at_every_step_is_computed_again_at_all_of_them() -> None:
    inner = drawn("image -> conv -> norm -> out", image=(3, 6, 6), conv=Conv2d(4), norm=BatchNorm2d())
    outer = drawn("film -> frames -> out", film=Input((5, 3, 6, 6)), frames=Use("Inner", over_time=True))
    outer = edits.remove(outer, ["image"])
    plain, again = (step(graph, Inner=inner) for graph in (outer, checkpointed(outer, "frames")))
    assert equal(plain.gradients, again.gradients)
    assert equal(plain.state, again.state)
    assert again.kept < plain.kept


def test_shared_weights_are_computed_again_where_that_is_wished() -> None:
    ends = "image -> left -> join.parts[0]", "other -> right -> join.parts[1]", "join -> out"
    twins = drawn(*ends, image=(8, 8, 8), other=Input((8, 8, 8)), left=Residual(8), right=Residual(8), join=Concat())
    twins = edits.share(twins, "right", "left")
    runs = [step(g) for g in (twins, checkpointed(twins, "right"), checkpointed(twins, "left", "right"))]
    assert all(equal(runs[0].gradients, run.gradients) and equal(runs[0].state, run.state) for run in runs)
    assert runs[0].kept > runs[1].kept > runs[2].kept


def test_frozen_modules_pass_their_gradient_on_and_keep_what_they_have_seen() -> None:
    graph = edits.freeze(STAGES, ["stage"], True)
    plain, again = step(graph), step(checkpointed(graph, "stage"))
    assert equal(plain.gradients, again.gradients)
    assert equal(plain.state, again.state)


def test_normalizations_of_each_example_that_keep_averages_count_once_too() -> None:
    graph = drawn("image -> part -> out", image=(4, 8, 8), part=InstanceNorm2d(affine=True, track_running_stats=True))
    assert equal(step(graph).state, step(checkpointed(graph, "part")).state)


@pytest.mark.parametrize("momentum", [0.1, None])
def test_without_its_context_torch_would_count_every_batch_twice(momentum: float | None) -> None:
    """What `CountedOnce` is for."""
    graph = drawn("image -> part -> out", image=(4, 8, 8), part=BatchNorm2d(momentum=momentum))
    text = print_networks("S", {"N": checkpointed(graph, "part")}).text
    twice, once = (_averages(t) for t in (text.replace(", context_fn=CountedOnce(self.part)", ""), text))
    assert [twice.num_batches_tracked.item(), once.num_batches_tracked.item()] == [6, 3]


def _averages(text: str) -> Any:
    space: dict[str, Any] = {"__name__": "printed"}
    exec(compile(text, "printed", "exec"), space)
    torch.manual_seed(0)
    made = space["N"]()
    for _ in range(3):
        made(torch.randn(4, 4, 8, 8, requires_grad=True)).sum().backward()
    return made.part


def test_going_back_a_second_time_computes_again_and_counts_no_batch() -> None:
    made: Any = network_class({"N": checkpointed(STAGES, "stage")}, "N")()
    loss = made(torch.randn(2, 3, 16, 16)).square().sum()
    once, twice = (torch.autograd.grad(loss, [*made.parameters()], retain_graph=True) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(once, twice, strict=True))
    assert made.stage.norm1.num_batches_tracked == 1


def test_in_sixteen_bits_what_is_computed_again_is_in_sixteen_bits_too() -> None:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        plain, again = step(STAGES), step(checkpointed(STAGES, "stem", "stage", "head"))
    assert equal(plain.gradients, again.gradients)
    assert equal(plain.state, again.state)


def test_nothing_is_computed_twice_where_no_gradient_is_wanted() -> None:
    made: Any = network_class({"N": checkpointed(STAGES, "stage")}, "N")()
    runs: list[nn.Module] = []
    made.stage.register_forward_hook(lambda module, *_: runs.append(module))
    with torch.no_grad():
        made.eval()(torch.randn(1, 3, 16, 16))
    assert len(runs) == 1
    made.train()(torch.randn(2, 3, 16, 16)).sum().backward()
    assert len(runs) == 2, "the hook stands at the end, which the second run need not reach"


def test_a_cell_in_a_loop_over_steps_is_computed_again_at_each() -> None:
    nodes = {"x": Node(Input((4,))), "h": Node(Delay((6,))), "join": Node(Concat()), "cell": Node(Linear(6))}
    nodes |= {"tanh": Node(Tanh()), "out": Node(Output())}
    lines = "x -> join.parts[0]", "h -> join.parts[1]", "join -> cell", "cell -> tanh", "tanh -> h", "tanh -> out"
    cell = Graph(nodes, tuple(read_wire(line, nodes) for line in lines))
    plain, again = (stepped(graph) for graph in (cell, checkpointed(cell, "cell")))
    assert equal(plain, again)
    text = print_networks("S", {"N": checkpointed(cell, "cell")}).text
    assert "checkpoint(self.cell, join, use_reentrant=False)" in text or "checkpoint(self.cell, x, use_" in text


def stepped(graph: Graph) -> dict[str, Tensor]:
    """The gradients of a network that goes step by step."""
    torch.manual_seed(0)
    made: Any = network_class({"N": graph}, "N")()
    made(torch.randn(3, 5, 4)).square().sum().backward()
    return {name: p.grad for name, p in made.named_parameters()}


def test_training_by_the_engine_has_the_same_losses() -> None:
    design = points()
    again = design.edited("Points", lambda graph: checkpointed(graph, "fc1", "batchnorm1d", "fc2"))
    one, other = (losses(each) for each in (design, again))
    assert one == other
    assert len(one) == 18


def losses(design: Design) -> list[float]:
    """The losses of all steps of a training."""
    stepped = [event for event in Training(compiled(design), CPU).events() if isinstance(event, Stepped)]
    return [value for event in stepped for value in event.values["loss"]]


def test_a_use_in_a_drawn_step_is_not_checkpointed_and_told_so() -> None:
    design = two_losses()
    [*_, phase] = design.training
    assert isinstance(phase.plan, Drawn)
    plan = replace(phase.plan, step=checkpointed(phase.plan.step, "second"))
    (error,) = judge(replace(design, training=(replace(phase, plan=plan),))).errors
    assert error.message == "second cannot be checkpointed in a training step. Checkpoint what is in Second."


def test_code_that_computes_again_is_read_as_what_it_computes() -> None:
    text = print_networks("S", {"N": checkpointed(STAGES, "stem")}).text
    assert "checkpoint(self.stem, image" in text
    read = pasted.read(text)
    assert [block.kind() for block in (read.graph.block(n) for n in read.graph.nodes)].count("Conv2d") == 4
    assert check(read.graph).errors == ()


def test_the_summary_says_what_is_computed_again() -> None:
    graph = checkpointed(STAGES, "stage")
    console = Console(width=200, file=io.StringIO())
    console.print(table("N", check(graph)))
    assert "Residual, checkpointed" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_file_leads_back() -> None:
    graph = checkpointed(STAGES, "stage")
    text = dumps(Design(networks={"N": graph}))
    assert '"stage": {"block": "Residual", "out_channels": 8, "checkpointed": true}' in text
    assert loads(text).networks["N"] == graph
    assert dumps(loads(text)) == text
