"""Composites: what is inside, that it can be laid open without changing a count, and their choices."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from blocks.block import CATALOGUE, Block, Unfit
from blocks.check import Checked, check
from blocks.composite import Sketch
from blocks.context import PyramidPooling
from blocks.dense import DenseBlock, Transition
from blocks.edits import expand
from blocks.ends import Input
from blocks.graph import Graph, Node
from blocks.inception import Inception
from blocks.loss import MeanSquaredError
from blocks.measure import Row, measure
from blocks.merge import Add
from blocks.repair import fixes
from blocks.residual import Bottleneck, InvertedResidual, Residual
from blocks.shape import Shape, image, sequence, shape_of, vector
from blocks.squeeze_excite import SqueezeExcite, rounded
from blocks.units import ACTIVATIONS, ConvUnit, LinearUnit
from runtime.source import print_networks
from tests.blocks import oracle

PICTURE = image(64, 12, 12)
every_composite = pytest.mark.parametrize(
    "kind", [kind for kind in CATALOGUE if kind.composite], ids=lambda kind: kind.kind()
)


def alone(block: Block, x: Shape) -> Graph:
    g = Sketch()
    g.output("y", g.add(block, g.input("x", x), name="it"))
    return g.graph()


def row(block: Block, x: Shape) -> Row:
    found = measure(Node(block), (x,))
    assert found.problem is None
    return found


def inside(block: Block, x: Shape) -> dict[str, Block]:
    found = row(block, x).inside
    assert found is not None
    return {name: node.block for name, node in found.graph.nodes.items()}


def printed(block: Block, x: Shape) -> nn.Module:
    """The module that the text makes, with running averages in use."""
    scope: dict[str, object] = {"__name__": "printed"}
    exec(print_networks("Net", {"Net": alone(block, x)}).text, scope)
    build = scope["Net"]
    assert callable(build)
    torch.manual_seed(0)
    model = build()
    assert isinstance(model, nn.Module)
    return model.eval()


def counts(checked: Checked) -> tuple[object, ...]:
    leaving = {name: checked.rows[name].inputs for name in checked.graph.outputs()}
    return checked.parameters, checked.buffers, checked.macs, leaving


@every_composite
def test_laying_a_composite_open_changes_no_count(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        before = check(case.graph())
        graph, named = expand(before.graph, oracle.NODE, before.rows[oracle.NODE])
        after = check(graph)
        assert not after.errors, str(case)
        assert counts(after) == counts(before), str(case)
        assert set(named.values()) <= set(graph.nodes)


@every_composite
def test_composites_can_be_laid_open_down_to_plain_blocks(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        checked = check(case.graph())
        published = counts(checked)
        while composites := [n for n, node in checked.graph.nodes.items() if node.block.composite]:
            checked = check(expand(checked.graph, composites[0], checked.rows[composites[0]])[0])
        assert counts(checked) == published, str(case)


def test_a_convolution_before_a_normalization_has_no_bias_unless_wished() -> None:
    assert row(ConvUnit(8, 1), PICTURE).parameters == 8 * 64 + 2 * 8
    assert row(ConvUnit(8, 1, bias="yes"), PICTURE).parameters == 8 * 64 + 2 * 8 + 8
    assert row(ConvUnit(8, 1, normalization="none"), PICTURE).parameters == 8 * 64 + 8
    assert row(ConvUnit(8, 1, normalization="LocalResponseNorm"), PICTURE).parameters == 8 * 64 + 8


def test_the_order_of_a_unit_is_a_choice() -> None:
    assert list(inside(ConvUnit(), PICTURE))[1:4] == ["conv", "norm", "activation"]
    assert list(inside(ConvUnit(order="normalization first"), PICTURE))[1:4] == ["norm", "activation", "conv"]
    assert list(inside(ConvUnit(order="activation before normalization"), PICTURE))[1:4] == [
        "conv",
        "activation",
        "norm",
    ]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_catalogue_can_be_chosen(name: str) -> None:
    assert CATALOGUE.get(name) is type(inside(ConvUnit(activation=name), PICTURE)["activation"])


def test_group_normalization_takes_as_many_of_32_groups_as_divide_the_channels() -> None:
    assert inside(ConvUnit(64, normalization="GroupNorm"), PICTURE)["norm"].value("num_groups") == 32
    assert inside(ConvUnit(20, normalization="GroupNorm"), PICTURE)["norm"].value("num_groups") == 4


def test_a_linear_unit_reads_every_step_of_a_sequence() -> None:
    assert row(LinearUnit(5, normalization="LayerNorm"), sequence(7, 4)).outputs == (sequence(7, 5),)
    problem = measure(Node(LinearUnit(normalization="BatchNorm")), (sequence(7, 4),)).problem
    assert problem is not None
    assert "inside, at norm" in problem.expected


def test_the_input_is_projected_only_where_the_shape_changes() -> None:
    assert "project" not in inside(Residual(64), PICTURE)
    assert "project" in inside(Residual(64, stride=2), PICTURE)
    assert "project" in inside(Residual(65), PICTURE)
    assert "project" not in inside(Bottleneck(16), PICTURE)


def test_a_residual_block_computes_what_the_paper_says() -> None:
    model, x = printed(Residual(64, stride=2), PICTURE), torch.randn(2, 64, 12, 12)
    it = {name: tensor for name, tensor in model.state_dict().items() if name.endswith("weight") and tensor.dim() == 4}
    scale = 1 / (1 + 1e-5) ** 0.5  # a fresh batch normalization that is not training
    y = F.relu(F.conv2d(x, it["it.conv1.weight"], stride=2, padding=1) * scale)
    y = F.conv2d(y, it["it.conv2.weight"], padding=1) * scale
    expected = F.relu(y + F.conv2d(x, it["it.project.weight"], stride=2) * scale)
    torch.testing.assert_close(model(x), expected)


def test_squeeze_and_excite_computes_what_the_paper_says() -> None:
    model, x = printed(SqueezeExcite(8), PICTURE), torch.randn(2, 64, 12, 12)
    w = model.state_dict()
    middle = F.relu(x.mean((2, 3)) @ w["it.reduce.weight"].T + w["it.reduce.bias"])
    gate = torch.sigmoid(middle @ w["it.expand.weight"].T + w["it.expand.bias"])
    torch.testing.assert_close(model(x), x * gate[:, :, None, None])


def test_a_gate_of_convolutions_computes_what_one_of_linear_layers_does() -> None:
    linear, convolved = printed(SqueezeExcite(8), PICTURE), printed(SqueezeExcite(8, convolutions=True), PICTURE)
    shapes = {name: tensor.shape for name, tensor in convolved.state_dict().items()}
    assert sorted(shapes.values()) == [(8,), (8, 64, 1, 1), (64,), (64, 8, 1, 1)]
    convolved.load_state_dict({name: w.reshape(shapes[name]) for name, w in linear.state_dict().items()})
    x = torch.randn(2, 64, 12, 12)
    torch.testing.assert_close(convolved(x), linear(x))


def test_an_inverted_residual_can_keep_the_convolution_that_would_not_widen() -> None:
    assert "expand" not in inside(InvertedResidual(64, expansion=1), PICTURE)
    assert "expand" in inside(InvertedResidual(64, expansion=1, always_expands=True), PICTURE)


@pytest.mark.parametrize("unit", [ConvUnit(8, eps=0.001), InvertedResidual(8, eps=0.001)], ids=lambda u: u.kind())
def test_every_normalization_of_a_unit_has_its_eps(unit: Block) -> None:
    norms = [m for m in printed(unit, PICTURE).modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert {m.eps for m in norms} == {0.001}


def test_a_dense_block_keeps_what_came_in_and_grows_by_each_layer() -> None:
    model, x = printed(DenseBlock(8, 3), PICTURE), torch.randn(2, 64, 12, 12)
    y = model(x)
    assert y.shape == (2, 64 + 3 * 8, 12, 12)
    torch.testing.assert_close(y[:, :64], x)


def test_inception_3a_gives_256_channels_from_its_four_branches() -> None:
    x = image(192, 28, 28)
    assert row(Inception(), x).outputs == (image(256, 28, 28),)
    assert row(Inception(), x).parameters == 163_696
    assert [str(type(b).__name__) for b in inside(Inception(), x).values()].count("ConvUnit") == 6


def test_an_inverted_residual_is_added_only_where_the_shape_stays() -> None:
    assert any(isinstance(b, Add) for b in inside(InvertedResidual(64), PICTURE).values())
    assert not any(isinstance(b, Add) for b in inside(InvertedResidual(64, stride=2), PICTURE).values())
    assert "expand" not in inside(InvertedResidual(64, expansion=1), PICTURE)


def test_squeezed_widths_are_rounded_as_in_mobilenet() -> None:
    widths = {72: 24, 120: 32, 480: 120, 672: 168, 960: 240}
    assert {channels: rounded(channels / 4, 8) for channels in widths} == widths


def test_a_product_of_settings_too_large_for_any_computer_is_unfit_and_not_a_crash() -> None:
    problem = measure(Node(Bottleneck(2**31 - 1)), (PICTURE,)).problem
    assert isinstance(problem, Unfit)
    assert "out_channels of a block inside" in problem.expected


def test_a_pyramid_without_grids_is_unfit_and_offers_those_of_the_paper() -> None:
    row = measure(Node(PyramidPooling(())), (image(8, 12, 12),))
    assert row.problem is not None
    assert (row.problem.setting, row.problem.received) == ("grids", "no grids")


def test_a_transition_keeps_at_least_one_channel() -> None:
    assert row(Transition(0.0), PICTURE).outputs == (image(1, 6, 6),)


def test_a_unit_that_is_the_last_layer_is_widened_to_the_target() -> None:
    g = Sketch()
    given, wanted = g.input("x", vector(4)), g.input("target", vector(3))
    g.output("y", g.add(MeanSquaredError(), g.add(LinearUnit(3), given, name="it"), wanted, name="loss"))
    graph = g.graph().with_node("target", Node(Input.of(vector(5))))
    checked = check(graph)
    [problem] = checked.errors
    assert "Set out_features to 5 on it" in [fix.title for fix in fixes(problem, checked)]
    assert shape_of(()) in check(fixes(problem, checked)[0].edit(graph)).rows["y"].inputs
