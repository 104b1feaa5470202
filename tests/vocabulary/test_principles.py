"""Rows P01-P20 of the vocabulary: rules of design, with the numbers that they come to."""

from __future__ import annotations

import pytest

from blocks.activation import Hardswish, ReLU
from blocks.block import Block
from blocks.check import check
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.cost import field_text, receptive_field
from blocks.dense import DenseBlock, Transition
from blocks.graph import Graph
from blocks.inception import Inception
from blocks.linear import Linear
from blocks.lints import advice
from blocks.merge import Concat
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.proportions import narrowed, proportions
from blocks.residual import Bottleneck, InvertedResidual, Residual
from blocks.row import Row
from blocks.shape import image, vector
from blocks.squeeze_excite import SqueezeExcite
from blocks.units import ConvUnit
from blocks.zoo.densenet import DenseNet
from tests.vocabulary.rows import IMAGENET, chain, chained, costs, drawn, mobilenet_v1, row, vgg_features


def plain(channels: int, kernel: object, stride: int = 1) -> Conv2d:
    """A convolution without a bias, as the rows count them."""
    return Conv2d(channels, kernel, stride, bias=False)


def field(*blocks: Block, size: int = 224) -> str:
    """What one result at the end of a chain sees."""
    checked = chain(image(3, size, size), *blocks)
    return field_text(receptive_field(checked)["y"])


def parts(row: Row) -> list[str]:
    """The kinds inside a composite, in the order in which they run."""
    assert row.inside is not None
    graph = row.inside.graph
    return [graph.block(name).kind() for name in graph.structure.order if not graph.block(name).role]


def test_P01_a_shared_kernel_costs_nine_weights_whatever_the_picture() -> None:
    assert {row(plain(1, 3), image(1, n, n)).parameters for n in (5, 28, 224)} == {9}
    assert row(Linear(25, bias=False), vector(25)).parameters == 25 * 25


def alexnet_features() -> list[Block]:
    """Krizhevsky et al. 2012."""
    stem = [Conv2d(96, 11, 4, "valid"), MaxPool2d(3, 2), Conv2d(256, 5), MaxPool2d(3, 2)]
    return [*stem, Conv2d(384), Conv2d(384), Conv2d(256), MaxPool2d(3, 2)]


def test_P02_small_kernels_in_a_row_see_what_a_large_one_sees() -> None:
    assert [field(*[Conv2d(4)] * n) for n in (1, 2, 3)] == ["3 × 3", "5 × 5", "7 × 7"]
    assert field(*vgg_features()) == "212 × 212"
    assert field(*alexnet_features()) == "195 × 195"


@pytest.mark.parametrize("channels", [1, 64])
def test_P03_three_small_kernels_have_27_weights_where_one_has_49(channels: int) -> None:
    x = image(channels, 14, 14)
    assert chain(x, *[plain(channels, 3)] * 3).parameters == 27 * channels**2
    assert chain(x, plain(channels, 7)).parameters == 49 * channels**2


def test_P04_a_pointwise_layer_adds_depth_and_sees_no_more() -> None:
    before, after = [Conv2d(8), ReLU()], [Conv2d(8), ReLU(), Conv2d(8, 1), ReLU()]
    assert field(*before) == field(*after) == "3 × 3"
    depths = [proportions(chain(IMAGENET, *blocks)).depth for blocks in (before, after)]
    assert depths == [1, 2]


def test_P05_two_3x3_save_28_percent_of_a_5x5() -> None:
    x = image(16, 14, 14)
    two, one = chain(x, *[plain(16, 3)] * 2), chain(x, plain(16, 5))
    assert (two.parameters / one.parameters, two.macs / one.macs) == (18 / 25, 18 / 25)


def test_P06_long_kernels_save_a_third_of_a_3x3_and_more_of_a_7x7() -> None:
    x = image(16, 17, 17)
    for size, saved in ((3, 6 / 9), (7, 14 / 49)):
        long = chain(x, plain(16, (size, 1)), plain(16, (1, size)))
        assert long.macs / chain(x, plain(16, size)).macs == saved


def beside(g: Sketch, x: End) -> End:
    """A stride-2 convolution and a pooling side by side (Szegedy et al. 2016, fig. 10)."""
    y: End = g.add(Concat(), g.add(Conv2d(320, 3, 2, "valid"), x), g.add(MaxPool2d(3, 2, "valid"), x), name="join")
    return y


def test_P07_a_grid_is_reduced_by_two_blocks_side_by_side() -> None:
    x, pool = image(320, 35, 35), MaxPool2d(3, 2, "valid")
    late, early = chain(x, Conv2d(640), pool), chain(x, pool, Conv2d(640))
    both = check(drawn(x, beside))
    assert [c.rows["y"].inputs[0] for c in (late, early, both)] == [image(640, 17, 17)] * 3
    assert (late.macs, early.macs, both.macs) == (2_257_920_000, 532_684_800, 266_342_400)


def small(*start: Block) -> Graph:
    """A network of some length after a start of one's own."""
    rest = [part for _ in range(6) for part in (Conv2d(32), ReLU())]
    return chained(image(32, 64, 64), *start, *rest, GlobalAvgPool(), Linear(10))


def test_P08_an_early_bottleneck_is_advised_against_and_the_fix_widens_it() -> None:
    [(diagnostic, *fixes)] = advice(check(small(Conv2d(4, 3, 2), ReLU())))
    assert (diagnostic.level, diagnostic.node) == ("advice", "conv2d")
    assert "4,096 numbers of 131,072" in diagnostic.message
    wider = check(fixes[0].edit(small(Conv2d(4, 3, 2), ReLU())))
    assert not wider.errors
    assert not list(advice(wider))


def test_P08_the_factor_is_ones_own_and_halving_a_picture_is_fine() -> None:
    checked = check(small(Conv2d(32, 3, 2), ReLU()))
    assert not list(narrowed(checked))
    assert [place.node for place in narrowed(checked, factor=3)] == ["conv2d"]


def test_P08_what_a_block_has_just_widened_may_be_taken_back() -> None:
    graph = next(iter(DenseNet("121").networks().values())).graph()
    assert not list(narrowed(check(graph)))  # the first transition keeps an eighth of what the dense block has made


def test_P08_a_branch_beside_another_is_no_bottleneck() -> None:
    def draw(g: Sketch, x: End) -> End:
        joined = g.add(Concat(), g.add(Conv2d(2, 1), x), g.add(ReLU(), x))
        for _ in range(12):
            joined = g.add(ReLU(), joined)
        y: End = joined
        return y

    assert not list(narrowed(check(drawn(image(32, 16, 16), draw))))


def test_P08_one_by_one_reductions_and_width_by_depth_are_told() -> None:
    found = proportions(chain(image(192, 28, 28), Inception(64, 96, 128, 16, 32, 32)))
    assert [way.partition(".")[2] for way in found.reductions] == ["three_reduce", "five_reduce"]
    assert found.depth == 2
    assert found.width == (64 + 96 + 128 + 16 + 32 + 32) / 6
    assert found.ratio == found.width / 2


def test_P09_basic_and_bottleneck_cost_about_the_same() -> None:
    basic = chain(image(64, 56, 56), plain(64, 3), plain(64, 3))
    bottleneck = chain(image(256, 56, 56), plain(64, 1), plain(64, 3), plain(256, 1))
    assert (basic.parameters, bottleneck.parameters) == (73_728, 69_632)
    inside = [row(b, image(n, 56, 56)) for b, n in ((Residual(64, normalization="none"), 64), (Bottleneck(64), 256))]
    assert inside[0].parameters == 73_728 + 2 * 64  # biases, for nothing subtracts them
    assert inside[1].parameters == 69_632 + 2 * (64 + 64 + 256)


def test_P10_shortcuts_are_projected_only_where_shapes_change() -> None:
    for block, changes in (
        (Residual(64), False),
        (Residual(128, 2), True),
        (Bottleneck(16), False),
        (Bottleneck(32), True),
    ):
        found = row(block, image(64, 8, 8))
        assert found.inside is not None
        assert ("project" in found.inside.graph.nodes) is changes
        convs = [n.block for n in found.inside.graph.nodes.values() if isinstance(n.block, Conv2d)]
        assert not any(conv.bias for conv in convs), "a batch normalization follows"


def test_P11_stages_double_channels_and_halve_size_but_the_first() -> None:
    x, seen = image(64, 56, 56), []
    for channels in (64, 128, 256, 512):
        end = chain(x, Residual(channels, 1 if channels == 64 else 2), Residual(channels)).rows["y"].inputs[0]
        seen.append(end.sizes)
        x = end
    assert seen == [(64, 56, 56), (128, 28, 28), (256, 14, 14), (512, 7, 7)]


def test_P12_dense_blocks_grow_and_transitions_halve() -> None:
    x, seen = image(64, 32, 32), [64]
    for place in range(4):
        blocks: list[Block] = [DenseBlock(32, 4, 0), *([Transition()] if place < 3 else [])]
        for block in blocks:
            x = chain(x, block).rows["y"].inputs[0]
            seen.append(x.channels)
    assert seen == [64, 192, 96, 224, 112, 240, 120, 248]
    assert x.space == (4, 4)


def test_P13_a_separable_convolution_costs_1_over_N_plus_1_over_k_squared() -> None:
    x = image(3, 5, 5)
    depthwise, pointwise = DepthwiseConv2d(3, 1, 1, bias=False), plain(4, 1)
    assert costs(chain(x, plain(4, 3))) == (108, 2_700)
    assert (costs(chain(x, depthwise)), costs(chain(x, pointwise))) == ((27, 675), (12, 300))
    assert chain(x, depthwise, pointwise).parameters == 39
    assert pytest.approx(975 / 2_700) == 1 / 4 + 1 / 9


def test_P14_mobilenet_order_costs_less_than_xception_order() -> None:
    x, slid = image(32, 112, 112), DepthwiseConv2d(3, bias=False)
    xception, mobilenet = chain(x, plain(64, 1), slid), chain(x, slid, plain(64, 1))
    assert costs(xception) == (2_048 + 576, 32_915_456)
    assert costs(mobilenet) == (288 + 2_048, 29_302_784)
    assert costs(chain(x, plain(64, 3))) == (18_432, 231_211_008)


WIDTHS = {
    1.0: (4_231_976, 568_740_352),
    0.75: (2_585_560, 325_400_448),
    0.5: (1_331_592, 149_497_088),
    0.25: (470_072, 41_030_272),
}


@pytest.mark.parametrize("alpha", WIDTHS)
def test_P15_the_width_multiplier_costs_about_its_square(alpha: float) -> None:
    parameters, macs = costs(mobilenet_v1(alpha))
    assert (parameters, macs) == WIDTHS[alpha]
    assert alpha**2 <= macs / WIDTHS[1.0][1] < alpha**2 + 0.02


def test_P15_a_quarter_of_the_width_costs_a_fourteenth_and_has_a_ninth_of_the_weights() -> None:
    shares = [part / whole for part, whole in zip(WIDTHS[0.25], WIDTHS[1.0], strict=True)]
    assert [round(100 * share, 1) for share in shares] == [11.1, 7.2]


@pytest.mark.parametrize("size, macs", [(224, 568.74), (192, 418.12), (160, 290.68), (128, 186.40)])
def test_P16_the_resolution_multiplier_leaves_parameters_alone(size: int, macs: float) -> None:
    found = mobilenet_v1(size=size)
    assert round(found.macs / 1e6, 2) == macs
    assert found.parameters == 4_231_976
    sizes = [shape.space[0] for name in found.order if (shape := found.shape(name)) and len(shape.sizes) == 3]
    assert list(dict.fromkeys(sizes)) == [size >> n for n in range(6)]
    assert mobilenet_v1().macs - mobilenet_v1(size=192).macs == 150_618_624


def test_P17_squeeze_and_excite_costs_2_C_C_ratio() -> None:
    def weights(found: Row) -> int:
        assert found.inside is not None
        rows = [found.inside.rows[name] for name in ("reduce", "expand")]
        return sum(each.macs for each in rows)

    assert weights(row(SqueezeExcite(4), image(64, 8, 8))) == 2_048
    built = row(SqueezeExcite(4, gate="Hardsigmoid", divisor=8), image(72, 28, 28))
    assert (built.parameters, 2 * 72 * 72 // 4) == (3_552, 2_592)
    widths = [(256, 3), (512, 4), (1024, 6), (2048, 3)]
    gates = [row(SqueezeExcite(16), image(c, 7, 7)) for c, count in widths for _ in range(count)]
    assert sum(map(weights, gates)) == 2_514_944
    assert sum(gate.parameters for gate in gates) == 2_514_944 + 16_048


def test_P18_the_gate_stands_after_the_branch_or_after_the_depthwise_convolution() -> None:
    residual = parts(row(Bottleneck(16, squeeze_excite=16), image(64, 8, 8)))
    assert residual.index("SqueezeExcite") == residual.index("Add") - 1
    found = row(InvertedResidual(24, 5, expansion=3, squeeze_excite=4), image(24, 8, 8))
    assert found.inside is not None
    order = [name for name in found.inside.graph.structure.order if not found.inside.graph.block(name).role]
    assert order == ["expand", "depthwise", "squeeze_excite", "project", "add"]


def test_P19_a_linear_bottleneck_widens_by_T_and_has_a_shortcut_where_nothing_changes() -> None:
    strided = row(InvertedResidual(32, stride=2, expansion=6, normalization="none"), image(24, 8, 8))
    assert strided.inside is not None
    units = [strided.inside.graph.block(n) for n in ("expand", "depthwise", "project")]
    channels = [24, 144, 144]
    found = [row(plain_of(unit), image(n, 8, 8)).parameters for unit, n in zip(units, channels, strict=True)]
    assert found == [3_456, 1_296, 4_608]
    assert sum(found) == 9_360
    shortcuts = [parts(row(InvertedResidual(n, stride=s), image(24, 8, 8))) for n, s in ((32, 2), (32, 1), (24, 1))]
    assert ["Add" in kinds for kinds in shortcuts] == [False, False, True]
    assert row(InvertedResidual(24, expansion=0.5), image(24, 8, 8)).inside is not None, "T below 1 shrinks"


def plain_of(unit: Block) -> Conv2d:
    """The convolution of a unit without its bias."""
    values = {name: unit.value(name) for name in ("out_channels", "kernel_size", "padding", "groups")}
    return Conv2d(**values, bias=False)


def test_P20_version_3_pools_before_its_last_expansion() -> None:
    end = (ConvUnit(960, 1, activation="Hardswish"), GlobalAvgPool(), Linear(1280), Hardswish(), Linear(1000))
    found = chain(image(160, 7, 7), *end)
    assert [found.shape(name) for name in found.order[1:-1]] == [
        image(960, 7, 7),
        vector(960),
        *[vector(1280)] * 2,
        vector(1000),
    ]
    assert found.macs == 960 * 160 * 49 + 960 * 1280 + 1280 * 1000
    before = ConvUnit(320, 1), ConvUnit(1280, 1), GlobalAvgPool(), Linear(1000)
    assert chain(image(960, 7, 7), *before).macs > found.macs, "as version 2 ends"
