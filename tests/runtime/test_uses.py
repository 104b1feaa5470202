"""Uses of a network in a mode of their own, or without gradient: printed, run, and known to who learns from what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch._C._distributed_c10d import HashStore

from blocks import edits
from blocks.block import Block
from blocks.check import check
from blocks.delay import Delay
from blocks.edits import Refused
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.marks import checkpoint
from blocks.merge import Add
from blocks.normalization import BatchNorm1d
from blocks.regularization import Dropout
from runtime.by_hand import learning_from
from runtime.carried.loop import Replica
from runtime.design import Drawn
from runtime.model import compiled, network_class
from runtime.modules.in_mode import in_mode
from runtime.modules.without_gradient import without_gradient
from runtime.source import print_networks
from runtime.verdict import judge
from tests.runtime.test_step_check import only, repaired, with_objectives

STILL: dict[str, object] = {"mode": "eval", "gradient": False}


def graph(wires: str, **blocks: Block) -> Graph:
    """A network from x to y; `fc>norm` leads a wire from the first result of a node to the next free input."""
    nodes = {name: Node(block) for name, block in {**blocks, "y": Output()}.items()}
    found: list[Wire] = []
    for source, target in (pair.split(">") for pair in wires.split()):
        port, place = nodes[target].block.inputs[0], sum(wire.target == target for wire in found)
        found.append(Wire(source, nodes[source].block.outputs[0].name, target, port.name, place))
    return Graph(nodes, tuple(found))


def body() -> Graph:
    parts = {"x": Input((4,)), "fc": Linear(4), "norm": BatchNorm1d(), "drop": Dropout(0.5)}
    return graph("x>fc fc>norm norm>drop drop>y", **parts)


def headed(**settings: object) -> dict[str, Graph]:
    """A network that ends in a layer of its own after another network."""
    body_ = Use("Body").with_settings(**settings)
    return {"Body": body(), "Headed": graph("x>body body>head head>y", x=Input((4,)), body=body_, head=Linear(2))}


def with_use(name: str, **settings: object) -> Any:
    """The two networks that pull at each other, one use of them with these settings."""

    def change(plan: Drawn) -> Drawn:
        node = plan.step.nodes[name]
        return replace(plan, step=plan.step.with_node(name, replace(node, block=node.block.with_settings(**settings))))

    return with_objectives(change)


def learners(design: Any, name: str) -> set[str]:
    return learning_from(design.training[0].plan.step, name)


def test_its_card_says_how_it_runs() -> None:
    assert Use("Body").shorthand() == "Body"
    assert Use("Body").with_settings(**STILL).shorthand() == "Body · no grad · eval"


def test_a_network_within_another_is_a_fixed_extractor_of_features() -> None:
    networks = headed(**STILL)
    text = print_networks("", networks).text
    assert "without_gradient(in_mode, self.body, x, training=False)" in text
    network = network_class(networks, "Headed")()
    given = torch.randn(8, 4, requires_grad=True)
    network(given).sum().backward()
    assert {name for name, p in network.named_parameters() if p.grad is not None} == {"head.weight", "head.bias"}
    assert given.grad is None
    assert torch.equal(network.get_buffer("body.norm.running_mean"), torch.zeros(4))  # it was in evaluation mode
    assert all(module.training for module in network.modules())


def test_nothing_is_carried_along_where_a_network_runs_as_ever() -> None:
    text = print_networks("", headed()).text
    assert "in_mode" not in text
    assert "without_gradient" not in text
    assert "from typing import Any" not in text


def test_the_mode_comes_back_part_by_part_also_after_a_failure() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5).eval())
    modes = [module.training for module in network.modules()]
    assert torch.equal(in_mode(network, torch.ones(1, 2), training=False), network[0](torch.ones(1, 2)))
    with pytest.raises(RuntimeError):
        in_mode(network, torch.ones(1, 3), training=True)
    assert [module.training for module in network.modules()] == modes


def test_a_network_that_rests_counts_no_statistics_while_it_runs_as_in_training() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2)).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    x = torch.randn(8, 2)
    given = in_mode(network, x, training=True) + in_mode(network, 2 * x, training=True)
    given.square().sum().backward()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.allclose(in_mode(network, x, training=True).mean(0), torch.zeros(2), atol=1e-6)


@pytest.fixture
def process_group() -> Iterator[None]:
    dist.init_process_group("gloo", store=HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("process_group")
def test_replicas_of_several_processes_run_so_too() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    replica = Replica(network)
    x = torch.randn(4, 2)
    for _ in range(2):
        wanted = without_gradient(in_mode, replica, x, training=False)
        assert not wanted.requires_grad
        (replica(x) - wanted).square().sum().backward()
    assert all(p.grad is not None for p in network.parameters())
    assert all(module.training for module in replica.modules())


def test_the_gradient_of_a_loss_ends_at_a_use_without_one() -> None:
    assert learners(with_use("second"), "draw") == {"First", "Second"}
    assert learners(with_use("second", gradient=False), "draw") == set()
    assert learners(with_use("first", gradient=False), "draw") == {"Second"}
    assert learners(with_use("first", mode="eval"), "draw") == {"First", "Second"}


def test_a_loss_from_which_no_gradient_reaches_a_network_is_told_with_what_lets_it_through() -> None:
    design = with_use("second", gradient=False)
    assert only(design).message == ("draw does not depend on the weights of First or Second: no gradient leads there.")
    repaired(design, "Let the gradient through second")


def test_a_network_used_without_gradient_alone_is_not_advised_to_learn() -> None:
    design = with_use("first", gradient=False)
    [finding] = judge(design).diagnostics
    assert finding.message.startswith("draw does not depend on the weights of First")
    after = repaired(design, "Do not update First by draw", "warning")
    assert judge(after).diagnostics == ()


def test_a_step_holds_what_is_used_without_gradient_still() -> None:
    design = with_use("second", **STILL)
    plan = design.training[0].plan
    step = replace(plan, objectives=(replace(plan.objectives[1]),))
    program = compiled(replace(design, training=(replace(design.training[0], plan=step),)))
    phase, networks = program.script.PHASES[0], program.script.build()
    values = phase.measure(networks, {"point": torch.randn(6, 2)})
    assert not values["draw"].requires_grad
    assert values["push"].requires_grad


def test_uses_that_share_weights_may_differ_in_how_they_run() -> None:
    uses = {"left": Use("Body"), "right": Use("Body").with_settings(**STILL)}
    pair = graph("x>left x>right left>sum right>sum sum>y", x=Input((4,)), **uses, sum=Add())
    pair = pair.with_node("right", replace(pair.nodes["right"], shares="left"))
    networks = {"Body": body(), "Pair": pair}
    assert check(pair, networks).errors == ()
    assert "without_gradient(in_mode, self.left, x, training=False)" in print_networks("", networks).text


def test_what_runs_in_its_own_way_is_not_laid_open() -> None:
    networks = headed(gradient=False)
    checked = check(networks["Headed"], networks)
    with pytest.raises(Refused, match="without gradient"):
        edits.expand(networks["Headed"], "body", checked.rows["body"])


def test_a_network_that_remembers_steps_runs_without_gradient_as_a_whole() -> None:
    parts = {"x": Input((4,)), "fc": Linear(4), "state": Delay((4,)), "sum": Add()}
    cell = graph("x>fc fc>sum state>sum sum>y sum>state", **parts)
    use = Use("Cell").with_settings(over_time=True, gradient=False)
    networks = {"Cell": cell, "Rolled": graph("x>cell cell>y", x=Input((3, 4)), cell=use)}
    assert "without_gradient(self.cell, x)" in print_networks("", networks).text


def test_frames_are_joined_before_and_parted_after_the_call() -> None:
    use = Use("Body").with_settings(over_time=True, **STILL)
    networks = {"Body": body(), "Film": graph("x>body body>y", x=Input((3, 4)), body=use)}
    told = "without_gradient(in_mode, self.body, x.flatten(0, 1), training=False).unflatten("
    assert told in print_networks("", networks).text


def test_what_is_computed_again_must_not_be_in_another_mode_by_then() -> None:
    networks = headed(mode="eval")
    networks["Body"] = networks["Body"].with_node("fc", replace(networks["Body"].nodes["fc"], checkpointed=True))
    [error] = check(networks["Headed"], networks).errors
    assert (error.node, error.setting) == ("body", "mode")
    still = headed(**STILL)
    assert check(still["Headed"], {**networks, **still, "Body": networks["Body"]}).errors == ()
    with pytest.raises(Refused, match="in a mode of its own"):
        checkpoint(still["Headed"], ["body"], on=True)
    marked = still["Headed"].with_node("body", replace(still["Headed"].nodes["body"], checkpointed=True))
    assert check(marked, still).errors[0].node == "body"


def test_what_cuts_the_gradient_is_named_also_where_it_is_another_network() -> None:
    def cut(plan: Drawn) -> Drawn:
        node = plan.step.nodes["second"]
        step = plan.step.with_node("second", replace(node, block=node.block.with_settings(gradient=False)))
        return replace(
            plan, step=step, objectives=(replace(plan.objectives[0], networks=("First",)), plan.objectives[1])
        )

    repaired(with_objectives(cut), "Let the gradient through second")
