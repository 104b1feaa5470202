"""Units of small networks: the published networks made of them, and the rule of each unit."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.graph import Node
from blocks.linear import Linear
from blocks.measure import measure
from blocks.mobile import Fire, MBConv, ShuffleUnit, ShuffleUnitV2, XceptionModule
from blocks.normalization import BatchNorm2d
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.shape import Shape, image
from blocks.units import NONE, ConvUnit
from tests.blocks import oracle

IMAGENET = image(3, 224, 224)


def begun(start: Shape = IMAGENET) -> tuple[Sketch, End]:
    g = Sketch()
    return g, g.input("x", start)


def head(g: Sketch, x: End) -> Checked:
    g.output("y", g.add(Linear(1000), g.add(GlobalAvgPool(), x)))
    return finished(g)


def finished(g: Sketch) -> Checked:
    found = check(g.graph())
    assert not found.errors
    return found


def figures(found: Checked) -> tuple[int, int, int]:
    return found.parameters, found.parameters + found.buffers, found.macs


def inside(block: Block, x: Shape) -> list[str]:
    found = measure(Node(block), (x,)).inside
    assert found is not None
    return [name for name in found.graph.structure.order if not found.graph.block(name).role]


# --- Xception -------------------------------------------------------------------------------------


def separable(g: Sketch, x: End, channels: int) -> End:
    x = g.add(Conv2d(channels, 1, bias=False), g.add(DepthwiseConv2d(3, 1, 1, bias=False), x))
    y: End = g.add(ReLU(), g.add(BatchNorm2d(), x))
    return y


def test_xception_has_its_published_figures() -> None:
    g, x = begun(image(3, 299, 299))
    x = g.add(ConvUnit(64, 3, 1, 0), g.add(ConvUnit(32, 3, 2, 0), x))
    for i, channels in enumerate((128, 256, 728)):
        x = g.add(XceptionModule(channels, 2, 2, starts_with_relu=i > 0), x)
    x = g.add(XceptionModule(728, 3), x, repeat=8)
    x = g.add(XceptionModule(1024, 2, 2, grows_first=False), x)
    found = head(g, separable(g, separable(g, x, 1536), 2048))
    assert figures(found) == (22_855_952, 22_910_480, 8_357_403_496)


def test_no_activation_stands_between_a_depthwise_and_its_pointwise_convolution() -> None:
    order = inside(XceptionModule(8), image(8, 6, 6))
    assert order == [f"{part}{i}" for i in (1, 2) for part in ("relu", "depthwise", "pointwise", "norm")] + ["add"]
    assert inside(XceptionModule(16, 1, 2), image(8, 6, 6))[-4:-1].count("project") == 1


# --- SqueezeNet -----------------------------------------------------------------------------------


def test_squeezenet_has_its_published_figures() -> None:
    g, x = begun()
    x = g.add(ConvUnit(96, 7, 2, 0, normalization=NONE), x)
    for squeeze, expand, pooled in ((16, 64, 1), (16, 64, 0), (32, 128, 0), (32, 128, 1)):
        x = g.add(MaxPool2d(3, 2, ceil_mode=True), x) if pooled else x
        x = g.add(Fire(squeeze, expand, expand), x)
    for squeeze, expand, pooled in ((48, 192, 0), (48, 192, 0), (64, 256, 0), (64, 256, 1)):
        x = g.add(MaxPool2d(3, 2, ceil_mode=True), x) if pooled else x
        x = g.add(Fire(squeeze, expand, expand), x)
    g.output("y", g.add(GlobalAvgPool(), g.add(ConvUnit(1000, 1, normalization=NONE), x)))
    assert figures(finished(g)) == (1_248_424, 1_248_424, 818_924_576)


def test_a_fire_module_has_the_weights_of_its_three_convolutions() -> None:
    row = measure(Node(Fire(16, 64, 64)), (image(96, 8, 8),))
    assert row.parameters == (96 * 16 + 16) + (16 * 64 + 64) + (9 * 16 * 64 + 64)


# --- ShuffleNet -----------------------------------------------------------------------------------


def shufflenet(groups: int, channels: int) -> Checked:
    g, x = begun()
    x = g.add(MaxPool2d(3, 2, 1), g.add(ConvUnit(24, 3, 2, 1), x))
    for stage, count in enumerate((4, 8, 4)):
        wide = channels << stage
        x = g.add(ShuffleUnit(wide, groups, 2, first_groups=0 if stage else 1), x)
        x = g.add(ShuffleUnit(wide, groups), x, repeat=count - 1)
    return head(g, x)


@pytest.mark.parametrize(
    "groups, channels, published",
    [
        (1, 144, (1_531_936, 1_546_624, 143_078_976)),
        (2, 200, (1_733_848, 1_754_248, 140_836_512)),
        (3, 240, (1_865_728, 1_890_208, 137_460_672)),
    ],
)
def test_shufflenet_has_its_published_figures(groups: int, channels: int, published: tuple[int, int, int]) -> None:
    assert figures(shufflenet(groups, channels)) == published


@pytest.mark.parametrize(
    "channels, last, published",
    [
        (48, 1024, (1_366_792, 1_374_744, 40_476_448)),
        (116, 1024, (2_278_604, 2_294_784, 144_907_992)),
        (244, 2048, (7_393_996, 7_427_712, 583_253_464)),
    ],
)
def test_shufflenet_v2_has_its_published_figures(channels: int, last: int, published: tuple[int, int, int]) -> None:
    g, x = begun()
    x = g.add(MaxPool2d(3, 2, 1), g.add(ConvUnit(24, 3, 2, 1), x))
    for stage, count in enumerate((4, 8, 4)):
        x = g.add(ShuffleUnitV2(channels << stage, 2), x)
        x = g.add(ShuffleUnitV2(channels << stage), x, repeat=count - 1)
    assert figures(head(g, g.add(ConvUnit(last, 1), x))) == published


def test_a_strided_shuffle_unit_joins_the_averaged_input_on() -> None:
    unit, x = oracle.made(ShuffleUnit(12, 1, 2), image(4, 6, 6)).eval(), torch.randn(2, 4, 6, 6)
    y = unit(x)
    assert y.shape == (2, 12, 3, 3)
    torch.testing.assert_close(y[:, :4], F.relu(F.avg_pool2d(x, 3, 2, 1)))


def test_half_of_the_channels_pass_a_unit_of_version_2_and_are_mixed_with_the_others() -> None:
    unit, x = oracle.made(ShuffleUnitV2(8), image(8, 5, 5)).eval(), torch.randn(2, 8, 5, 5)
    torch.testing.assert_close(unit(x)[:, ::2], x[:, :4])


# --- MnasNet and EfficientNet ---------------------------------------------------------------------

MNASNET_A1 = (  # expansion, channels, count, stride, kernel, gate
    (6, 24, 2, 2, 3, 0),
    (3, 40, 3, 2, 5, 0.25),
    (6, 80, 4, 2, 3, 0),
    (6, 112, 2, 1, 3, 0.25),
    (6, 160, 3, 2, 5, 0.25),
    (6, 320, 1, 1, 3, 0),
)
EFFICIENTNET_B0 = (
    (1, 16, 1, 1, 3, 0.25),
    (6, 24, 2, 2, 3, 0.25),
    (6, 40, 2, 2, 5, 0.25),
    (6, 80, 3, 2, 3, 0.25),
    (6, 112, 3, 1, 5, 0.25),
    (6, 192, 4, 2, 5, 0.25),
    (6, 320, 1, 1, 3, 0.25),
)


def mobile(g: Sketch, x: End, rows: tuple[tuple[float, ...], ...], activation: str) -> End:
    for expansion, channels, count, stride, kernel, gate in rows:
        for copy in range(int(count)):
            step = 1 if copy else int(stride)
            x = g.add(MBConv(int(channels), int(kernel), step, expansion, activation, gate), x)
    y: End = g.add(ConvUnit(1280, 1, activation=activation), x)
    return y


def test_mnasnet_a1_has_its_published_figures() -> None:
    g, x = begun()
    x = g.add(ConvUnit(32, 3, 2, 1), x)
    x = g.add(ConvUnit(32, 3, 1, 1, groups=32), x)
    x = g.add(ConvUnit(16, 1, activation=NONE), x)
    assert figures(head(g, mobile(g, x, MNASNET_A1, "ReLU"))) == (3_887_038, 3_920_526, 311_579_072)


def test_efficientnet_b0_has_its_published_5_3_million_parameters() -> None:
    g, x = begun()
    x = g.add(ConvUnit(32, 3, 2, 1, activation="SiLU"), x)
    assert head(g, mobile(g, x, EFFICIENTNET_B0, "SiLU")).parameters == 5_288_548


def test_the_gate_of_an_mbconv_stands_on_the_widened_channels_and_is_as_wide_as_a_part_of_the_narrow_ones() -> None:
    row = measure(Node(MBConv(24)), (image(24, 8, 8),))
    assert inside(MBConv(24), image(24, 8, 8)) == ["expand", "depthwise", "squeeze_excite", "project", "add"]
    assert row.inside is not None
    assert row.inside.rows["squeeze_excite"].parameters == (144 * 6 + 6) + (6 * 144 + 144)
