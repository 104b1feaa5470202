"""Residual blocks as the papers after ResNet make them: pre-activated, wide, in groups."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from blocks.activation import ReLU
from blocks.block import Block, Change
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d
from blocks.graph import Node
from blocks.linear import Linear
from blocks.measure import measure
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.residual import Bottleneck, PreActivation, Residual
from blocks.row import Row
from blocks.shape import image
from blocks.shortcut import PaddedIdentity
from blocks.units import ConvUnit
from tests.blocks import oracle

SCALE = (1 + 1e-5) ** -0.5  # of a fresh batch normalization that is not training


def row(block: Block, channels: int) -> Row:
    found = measure(Node(block), (image(channels, 8, 8),))
    assert found.problem is None
    return found


def names(block: Block, channels: int = 64) -> list[str]:
    inside = row(block, channels).inside
    assert inside is not None
    return [name for name in inside.graph.structure.order if not inside.graph.block(name).role]


def test_norm_and_activation_stand_before_each_convolution_and_nothing_after_the_sum() -> None:
    assert names(PreActivation()) == ["norm1", "relu1", "conv1", "norm2", "relu2", "conv2", "add"]
    assert names(PreActivation(bottleneck=4))[-4:] == ["norm3", "relu3", "conv3", "add"]
    assert names(PreActivation(dropout=0.3))[4:6] == ["relu2", "dropout"]


def test_a_pre_activated_block_has_the_weights_of_its_convolutions_and_a_norm_of_what_each_reads() -> None:
    assert row(PreActivation(), 64).parameters == 2 * 9 * 64 * 64 + 2 * 64 + 2 * 64
    narrow = 256 * 64 + 9 * 64 * 64 + 64 * 256
    assert row(PreActivation(256, bottleneck=4), 256).parameters == narrow + 2 * 256 + 2 * 64 + 2 * 64
    changed = 9 * 64 * 128 + 9 * 128 * 128 + 64 * 128
    assert row(PreActivation(128, 2), 64).parameters == changed + 2 * 64 + 2 * 128


def test_where_the_shape_changes_the_shortcut_reads_the_activated_input() -> None:
    model, x = oracle.made(PreActivation(6, 2), image(4, 8, 8)).eval(), torch.randn(2, 4, 8, 8)
    w = {name.removeprefix(f"{oracle.NODE}."): tensor for name, tensor in model.state_dict().items()}
    first = F.relu(x * SCALE)
    y = F.relu(F.conv2d(first, w["conv1.weight"], stride=2, padding=1) * SCALE)
    expected = F.conv2d(y, w["conv2.weight"], padding=1) + F.conv2d(first, w["project.weight"], stride=2)
    torch.testing.assert_close(model(x), expected)


def test_where_the_shape_stays_the_input_passes_untouched() -> None:
    model, x = oracle.made(PreActivation(4), image(4, 8, 8)).eval(), torch.randn(2, 4, 8, 8)
    torch.nn.init.zeros_(model.get_parameter(f"{oracle.NODE}.conv2.weight"))
    torch.testing.assert_close(model(x), x)  # also where it is negative: no activation follows the sum


def tail(g: Sketch, x: End, classes: int) -> Checked:
    g.output("y", g.add(Linear(classes), g.add(GlobalAvgPool(), x)))
    return check(g.graph())


def pre_activated(blocks: int, widths: tuple[int, int, int], bottleneck: int = 0) -> Checked:
    """A network of three stages for pictures of 32×32."""
    g = Sketch()
    x = g.add(Conv2d(16, 3, 1, 1, bias=False), g.input("x", image(3, 32, 32)))
    for stage, width in enumerate(widths):
        for i in range(blocks):
            x = g.add(PreActivation(width, 2 if stage and not i else 1, bottleneck), x)
    return tail(g, g.add(ReLU(), g.add(BatchNorm2d(), x)), 10)


def test_wide_resnet_28_10_has_its_published_36_5_million_parameters() -> None:
    assert pre_activated(4, (160, 320, 640)).parameters == 36_479_194


def test_a_pre_activated_resnet_164_has_its_published_1_7_million_parameters() -> None:
    assert pre_activated(18, (64, 128, 256), 4).parameters == 1_703_258


@pytest.mark.parametrize(
    "settings, parameters",
    [({"expansion": 2, "groups": 32}, 25_028_904), ({"expansion": 2}, 68_883_240)],
    ids=["ResNeXt-50 32x4d", "Wide ResNet-50-2"],
)
def test_groups_or_width_make_a_bottleneck_the_block_of_other_networks(
    settings: dict[str, int], parameters: int
) -> None:
    g = Sketch()
    x = g.add(MaxPool2d(3, 2, 1), g.add(ConvUnit(64, 7, 2, 3), g.input("x", image(3, 224, 224))))
    for stage, count in enumerate((3, 4, 6, 3)):
        width = 128 << stage
        x = g.add(Bottleneck(width, 2 if stage else 1, **settings), x)
        x = g.add(Bottleneck(width, **settings), x, repeat=count - 1)
    assert tail(g, x, 1000).parameters == parameters


def test_groups_divide_the_weights_of_the_3x3_alone() -> None:
    """The rule of Xie et al. 2017, table 1: 32 groups of 4 cost about what one of 64 does."""
    grouped, plain = row(Bottleneck(128, expansion=2, groups=32), 256), row(Bottleneck(64), 256)
    assert grouped.parameters == 256 * 128 + 9 * 4 * 128 + 128 * 256 + 2 * (128 + 128 + 256)
    assert 0.97 < grouped.parameters / plain.parameters < 1.03


def test_option_a_adds_every_second_pixel_of_the_input_and_zeros() -> None:
    model, x = oracle.made(Residual(6, 2, shortcut="padded"), image(4, 7, 5)).eval(), torch.randn(2, 4, 7, 5)
    torch.nn.init.zeros_(model.get_parameter(f"{oracle.NODE}.conv2.weight"))  # the branch gives nothing
    y = model(x)
    torch.testing.assert_close(y[:, :4], F.relu(x[:, :, ::2, ::2]))
    assert y.shape == (2, 6, 4, 3)
    assert not y[:, 4:].any()


def test_option_a_learns_nothing_on_the_shortcut_and_options_b_and_c_do() -> None:
    plain = 9 * 4 * 8 + 9 * 8 * 8 + 2 * 2 * 8
    assert row(Residual(8, 2, shortcut="padded"), 4).parameters == plain
    assert row(Residual(8, 2), 4).parameters == plain + 4 * 8 + 2 * 8
    assert row(Residual(8, 2, shortcut="projected without norm", bias="no"), 4).parameters == plain + 4 * 8
    assert "project" not in names(Residual(8), 8)
    assert "project" in names(Residual(8, shortcut="always projected"), 8)


def test_where_fewer_channels_leave_than_come_zeros_do_not_help() -> None:
    found = measure(Node(Residual(4, shortcut="padded")), (image(8, 6, 6),))
    assert "at most the 4 that come out" in str(found.problem)
    problem = measure(Node(PaddedIdentity(4)), (image(8, 6, 6),)).problem
    assert problem is not None
    assert problem.remedies == (Change({"out_channels": 8}),)


def test_biases_stand_where_they_are_wished_and_on_a_projection_without_norm() -> None:
    weights = 9 * 4 * 8 + 9 * 8 * 8 + 4 * 8 + 2 * 2 * 8
    assert row(Residual(8, 2, shortcut="projected without norm"), 4).parameters == weights + 8
    assert row(Residual(8, 2, shortcut="projected without norm", bias="yes"), 4).parameters == weights + 3 * 8


def test_a_bottleneck_gives_any_number_of_channels() -> None:
    assert row(Bottleneck(6, out_channels=10), 10).outputs == (image(10, 8, 8),)


def test_a_block_that_starts_activated_reads_its_input_as_it_is() -> None:
    assert names(PreActivation(starts_activated=True)) == ["conv1", "norm2", "relu2", "conv2", "add"]
    block = PreActivation(6, 2, starts_activated=True)
    model, x = oracle.made(block, image(4, 8, 8)).eval(), torch.randn(2, 4, 8, 8)
    w = {name.removeprefix(f"{oracle.NODE}."): tensor for name, tensor in model.state_dict().items()}
    y = F.relu(F.conv2d(x, w["conv1.weight"], stride=2, padding=1) * SCALE)
    expected = F.conv2d(y, w["conv2.weight"], padding=1) + F.conv2d(x, w["project.weight"], stride=2)
    torch.testing.assert_close(model(x), expected)
