"""Penalties of weights in a training step: what they count, how they print, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from blocks.block import Block
from blocks.composite import Sketch
from blocks.ends import Input, Use
from blocks.formula import Formula
from blocks.graph import Graph, Node, read_wire
from blocks.loss import CrossEntropy
from blocks.loss_classes import FocalLoss
from blocks.penalty import L1Penalty, L2Penalty, OrthogonalityPenalty, Sparsity
from blocks.shape import vector
from designer.actions import renamed_network
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Phase
from runtime.model import compiled
from runtime.modules.unorthogonal import unorthogonal
from runtime.modules.weights_of import weights_of
from runtime.optimizer import SGD
from runtime.recipe import Objective
from runtime.schedule import Constant
from runtime.script import print_training
from runtime.source import CannotPrint, print_design
from runtime.verdict import judge
from tests.designs import mlp

KINDS: list[Any] = [L1Penalty, L2Penalty, OrthogonalityPenalty, Sparsity]


def step(loss: str, **blocks: Block) -> Design:
    """Cross-entropy of two moons, more blocks without inputs, and a formula of all that is minimized."""
    nodes = {
        "point": Node(Input((2,))),
        "label": Node(Input((), classes=2)),
        "net": Node(Use("Net", ("x",), ("logits",))),
        "cross": Node(CrossEntropy()),
        **{name: Node(block) for name, block in blocks.items()},
        "loss": Node(Formula(loss)),
    }
    wires = ["point -> net.x", "net -> cross.logits", "label -> cross.labels", "cross -> loss.a"]
    wires += [f"{name} -> loss.{port.name}" for name, port in zip(blocks, nodes["loss"].block.inputs[1:], strict=False)]
    graph = Graph(nodes, tuple(read_wire(wire, nodes) for wire in wires))
    plan = Drawn(graph, (Objective("loss", ("Net",), SGD(lr=0.1), Constant()),), epochs=2)
    data = Moons().with_settings(samples=100, batch_size=20)
    return Design("Moons", {"Net": mlp()}, data, (Phase("fit", plan),))


def values(design: Design) -> tuple[nn.Module, dict[str, Tensor]]:
    """The network as it begins, and what the printed step says of its first batch."""
    script = compiled(design).script
    networks = script.build()
    batch = next(script.batches(script.load(torch.device("cpu"))[0], 0))
    return networks["Net"], script.fit_loss(networks, batch)


def test_a_loss_and_a_tenth_of_another_is_printed_as_a_person_would() -> None:
    text = print_training(step("a + 0.1 * b", l2=L2Penalty(network="Net"))).text
    assert "    l2 = 0.0001 * sum(p.square().sum() for p in weights_of(net))\n" in text
    assert "    loss = cross + 0.1 * l2\n" in text
    assert text.count("def weights_of") == 1
    plain = print_training(step("a + b", l2=L2Penalty(network="Net", factor=1.0, biases=True, half=True))).text
    assert "    l2 = 0.5 * sum(p.square().sum() for p in net.parameters())\n" in plain


@pytest.mark.parametrize("part", ["", "fc2"])
@pytest.mark.parametrize("biases", [False, True])
def test_penalties_count_weights_and_leave_out_biases_and_norms(part: str, biases: bool) -> None:
    settings = {"network": "Net", "part": part, "biases": biases, "factor": 0.5}
    net, found = values(step("a + b + c", one=L1Penalty(**settings), two=L2Penalty(**settings, half=True)))
    named = [p for n, p in net.named_parameters() if n.startswith(part)]
    counted = [p for p in named if biases or p.ndim > 1]
    assert len(counted) == {("", False): 3, ("fc2", False): 1, ("", True): 8, ("fc2", True): 2}[part, biases]
    torch.testing.assert_close(found["one"], 0.5 * torch.cat([p.flatten() for p in counted]).norm(1))
    torch.testing.assert_close(found["two"], 0.25 * torch.cat([p.flatten() for p in counted]).norm(2) ** 2)
    torch.testing.assert_close(found["loss"], found["cross"] + found["one"] + found["two"])


def test_the_gradient_of_half_the_squares_is_that_of_weight_decay() -> None:
    net, found = values(step("a + b", two=L2Penalty(network="Net", factor=0.3, half=True)))
    weight = net.get_parameter("fc1.weight")
    [gradient] = torch.autograd.grad(found["two"], weight)
    torch.testing.assert_close(gradient, 0.3 * weight)


def test_orthogonality_costs_what_is_missing_to_an_identity() -> None:
    net, found = values(step("a + b", apart=OrthogonalityPenalty(network="Net", factor=1.0)))
    grams = [w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w for w in weights_of(net)]
    expected = sum((g - torch.eye(len(g))).square().sum() for g in grams)
    torch.testing.assert_close(found["apart"], expected)
    nn.init.orthogonal_(weight := torch.empty(4, 3, 2, 2))
    assert unorthogonal(weight).item() == pytest.approx(0, abs=1e-9)


def test_sparsity_is_the_share_of_weights_near_zero() -> None:
    design = step("a + 0 * b", share=Sparsity(network="Net", part="fc2", threshold=0.1))
    net, found = values(design)
    assert found["share"].item() == pytest.approx((net.get_parameter("fc2.weight").abs() <= 0.1).float().mean().item())
    assert not found["share"].requires_grad


def test_weights_that_two_layers_share_are_counted_once() -> None:
    one, other = nn.Linear(3, 3), nn.Linear(3, 3)
    other.weight = one.weight
    assert len(weights_of(nn.Sequential(one, other))) == 1
    assert len(weights_of(nn.Sequential(one, nn.LayerNorm((2, 3))), biases=False)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_or_a_node_that_is_not_there_is_said_before_it_runs(kind: Any) -> None:
    for settings, told in (({}, "no network named"), ({"network": "Nut"}, "no network Nut")):
        design = step("a + b", extra=kind(**settings))
        assert any(told in finding.message for finding in judge(design).errors)
        with pytest.raises(CannotPrint, match=told):
            print_training(design)
    with pytest.raises(CannotPrint, match="does not hold"):
        print_training(step("a + b", extra=kind(network="Net", part="fc9")))


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_network_it_is_an_error(kind: Any) -> None:
    g = Sketch()
    g.output("y", g.input("x", vector(2)))
    graph = g.graph()
    placed = Design("One", {"Net": replace(graph, nodes={**graph.nodes, "l2": Node(kind(network="Net"))})})
    assert any("only a training step can" in finding.message for finding in judge(placed).errors)
    with pytest.raises(CannotPrint, match="only a training step can"):
        print_design(placed)


def test_a_penalty_follows_its_network_to_another_name() -> None:
    design = renamed_network("Net", "Other")(step("a + b", l2=L2Penalty(network="Net")))
    plan = design.training[0].plan
    assert isinstance(plan, Drawn)
    assert plan.step.block("l2").value("network") == "Other"
    assert not judge(design).errors


def test_a_network_called_as_what_a_loss_brings_along_is_to_be_renamed() -> None:
    design = step("a + b", l2=L2Penalty(network="Net"))
    plan = design.training[0].plan
    assert isinstance(plan, Drawn)
    focal = replace(plan, step=plan.step.with_node("cross", Node(FocalLoss())))
    bad = renamed_network("Net", "FocalLoss")(replace(design, training=(Phase("fit", focal),)))
    with pytest.raises(CannotPrint, match="Rename the network"):
        print_training(bad)
