"""Rows P01-P28 of the vocabulary: rules of design, with the numbers that they come to."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from blocks.activation import Hardswish, ReLU, Tanh
from blocks.block import Block
from blocks.check import Checked, check
from blocks.compare import compared
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.cost import field_text, receptive_field, summary, training_memory
from blocks.dense import DenseBlock, Transition
from blocks.edits import share
from blocks.graph import Graph
from blocks.inception import Inception
from blocks.indexing import Select
from blocks.linear import Linear
from blocks.lints import advice
from blocks.merge import Add, Concat
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.proportions import narrowed, proportions
from blocks.recurrent import RNN
from blocks.reshape import Flatten
from blocks.residual import Bottleneck, InvertedResidual, Residual
from blocks.row import Row
from blocks.separable import SeparableConv2d
from blocks.shape import image, sequence, vector
from blocks.squeeze_excite import SqueezeExcite
from blocks.units import ConvUnit
from runtime.carried.int8 import load_int8
from runtime.cli import main
from runtime.compression import smaller
from runtime.design import Design
from runtime.file import save_design
from runtime.folding import fused
from runtime.latency import latency
from runtime.report import timed, totals
from tests.blocks.oracle import made
from tests.vocabulary.rows import chain, chained, compiled, costs, drawn, row

IMAGENET = image(3, 224, 224)


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


VGG16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]


def vgg_features() -> list[Block]:
    """Five stages of 3×3 convolutions (Simonyan & Zisserman 2015, configuration D)."""
    return [
        b for n, width in VGG16 for b in (*(part for _ in range(n) for part in (Conv2d(width), ReLU())), MaxPool2d(2))
    ]


def vgg16() -> list[Block]:
    return [*vgg_features(), Flatten(), Linear(4096), ReLU(), Linear(4096), ReLU(), Linear(1000)]


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


def mobilenet_v1(alpha: float = 1.0, size: int = 224) -> Checked:
    """Howard et al. 2017, table 1."""
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    blocks = [SeparableConv2d(int(n * alpha), stride=stride, padding=1) for n, stride in widths]
    return chain(image(3, size, size), ConvUnit(int(32 * alpha), 3, 2, 1), *blocks, GlobalAvgPool(), Linear(1000))


WIDTHS = {
    1.0: (4_231_976, 568_740_352),
    0.75: (2_585_560, 325_400_448),
    0.5: (1_331_592, 149_497_088),
    0.25: (470_072, 41_030_272),
}


@pytest.mark.parametrize("alpha", WIDTHS)
def test_P15_the_width_multiplier_costs_about_its_square(alpha: float) -> None:
    assert costs(mobilenet_v1(alpha)) == WIDTHS[alpha]


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


def settled(graph: Graph) -> nn.Module:
    """A network whose batch normalizations have seen other means and deviations than 0 and 1."""
    network = compiled(graph).train()
    shape = check(graph).shape("x")
    assert shape is not None
    for _ in range(3):
        network(torch.randn(16, *shape.sizes) * 2 + 1)
    return network.eval()


def mobile() -> Graph:
    """A small network of ReLU6 units with shortcuts."""
    blocks = [ConvUnit(8, 3, 2, 1, activation="ReLU6"), InvertedResidual(8), InvertedResidual(12, stride=2)]
    return chained(image(3, 16, 16), *blocks, ConvUnit(24, 1, activation="ReLU6"), GlobalAvgPool(), Linear(10))


def test_P21_normalizations_fold_into_the_layers_before_and_the_answers_stay() -> None:
    network = settled(mobile())
    graph, weights = fused(check(mobile()), network.state_dict())
    kinds = {node.block.kind() for node in graph.nodes.values()}
    assert not any(kind.startswith("BatchNorm") for kind in kinds)
    smaller = compiled(graph).eval()
    smaller.load_state_dict(weights)
    x = torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(smaller(x), network(x), atol=1e-5, rtol=1e-5)


def test_P21_a_network_of_relu6_runs_in_eight_bits(tmp_path: Path) -> None:
    graph, weights = fused(check(mobile()), settled(mobile()).state_dict())
    whole = compiled(graph).eval()
    whole.load_state_dict(weights)
    save_file(weights, tmp_path / "whole.safetensors")
    (tmp_path / "int8.safetensors").write_bytes(smaller(tmp_path / "whole.safetensors", 0.0, True)[0])
    small = load_int8(compiled(graph), str(tmp_path / "int8.safetensors"))
    for module in small.modules():
        if isinstance(module, nn.ReLU6):  # from 0 to 6 in 255 steps, whatever comes in
            module.register_forward_hook(lambda _, __, y: torch.round(y * 255 / 6) * 6 / 255)
    x = torch.randn(64, 3, 16, 16)
    with torch.no_grad():
        wanted, found = whole(x), small(x)
    assert (wanted - found).abs().max() < 0.05 * wanted.abs().max()
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("whole", "int8")]
    assert sizes[1] < 0.6 * sizes[0]


def test_P22_vgg_16_needs_527_8_mebibytes_for_its_weights_in_float32() -> None:
    checked = chain(IMAGENET, *vgg16())
    assert checked.parameters == 138_357_544
    assert training_memory(checked, 1).weights == 553_430_176
    told = totals(checked, 1)
    assert "553.4 MB (527.8 MiB) of weights in float32" in told


@pytest.mark.parametrize("features, weights, trained", [(6400, 172, 688), (9216, 218, 872)])
def test_P23_memory_of_weights_and_of_training_are_told_apart(features: int, weights: int, trained: int) -> None:
    memory = training_memory(chain(vector(features), Linear(4096), Linear(4096)), 1)
    assert round(memory.weights / 1e6) == weights
    assert (memory.parameters + memory.gradients + memory.optimizer) // 10**6 == pytest.approx(trained, abs=1)
    assert memory.total > memory.weights * 4


def test_P24_latency_is_measured_here_and_stands_beside_macs_and_results() -> None:
    found = latency({"net": mobile()}, "net", seconds=0.02)
    assert found.seconds > 0
    assert found.device == "cpu"
    line = timed(asdict(found))
    assert re.fullmatch(r"[\d.,]+ ms for one example on this computer's processor with \d+ threads? \(measured\)", line)
    assert "MACs (computed)" in totals(check(mobile()), 1)
    assert all(layer.activations >= 0 for layer in summary(check(mobile())))


def test_P25_global_average_pooling_learns_nothing_and_ignores_shifts() -> None:
    pool, last = made(GlobalAvgPool(), image(5, 7, 7)), torch.randn(2, 5, 7, 7)
    assert row(GlobalAvgPool(), image(5, 7, 7)).parameters == 0
    torch.testing.assert_close(pool(last.roll((2, 3), (2, 3))), pool(last))


def unrolled_steps(steps: int) -> Graph:
    """A recurrent layer laid out in time: every step a copy of one cell, all with the weights of the first."""
    g = Sketch()
    x = g.input("x", sequence(steps, 4))
    state = g.input("state", vector(8))
    for step in range(steps):
        seen = g.add(Linear(8, bias=False), g.add(Select(0, step), x), name=f"U{step}")
        kept = g.add(Linear(8, bias=False), state, name=f"W{step}")
        state = g.add(Tanh(), g.add(Add(), seen, kept), name=f"s{step}")
    g.output("y", state)
    graph = g.graph()
    for step in range(1, steps):
        graph = share(share(graph, f"U{step}", "U0"), f"W{step}", "W0")
    return graph


def test_P26_depth_in_time_is_the_number_of_steps_and_costs_no_weights() -> None:
    found = check(unrolled_steps(5))
    assert not found.errors
    assert sum(name.startswith("U") for name in found.graph.nodes) == 5
    assert found.parameters == row(RNN(8, bias=False), sequence(5, 4)).parameters == 8 * 4 + 8 * 8
    cell, folded = compiled(unrolled_steps(5)), made(RNN(8, bias=False), sequence(5, 4), vector(8))
    folded.load_state_dict(dict(zip(folded.state_dict(), cell.state_dict().values(), strict=True)))
    x, state = torch.randn(3, 5, 4), torch.randn(3, 8)
    torch.testing.assert_close(cell(x, state), folded(x, state)[1])


def test_P26_depth_is_had_by_stacking_or_within_a_step() -> None:
    one, two = (row(RNN(8, num_layers=n), sequence(5, 4)) for n in (1, 2))
    assert two.parameters - one.parameters == 2 * 8 * 8 + 2 * 8
    within = chain(sequence(5, 4), Linear(8), ReLU(), Linear(8))
    assert proportions(within).depth == 2


def test_P27_a_recurrent_layer_is_a_dense_one_and_one_matrix_more() -> None:
    recurrent = row(RNN(32, bias=False), sequence(7, 16)).parameters
    assert recurrent - row(Linear(32, bias=False), vector(16)).parameters == 32 * 32


def test_P28_networks_are_compared_by_the_blocks_they_are_made_of() -> None:
    gated = InvertedResidual(16, 5, activation="Hardswish", squeeze_excite=4)
    versions = {
        "v1": chain(image(16, 8, 8), SeparableConv2d(16)),
        "v2": chain(image(16, 8, 8), InvertedResidual(16)),
        "v3": chain(image(16, 8, 8), gated),
    }
    found = compared(versions)
    assert found.names == ("v1", "v2", "v3")
    assert found.kinds["SeparableConv2d 3×3"] == ("1", "", "")
    assert found.kinds["InvertedResidual"][:2] == ("", "1")
    assert [found.kinds[kind] for kind in ("ReLU6", "Hardswish", "SqueezeExcite")] == [
        ("", "2", ""),
        ("", "", "2"),
        ("", "", "1"),
    ]
    assert found.kinds["DepthwiseConv2d 5×5"] == ("", "", "1")
    assert found.figures["parameters"] == tuple(f"{checked.parameters:,}" for checked in versions.values())


def test_P28_the_command_line_lists_them_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks = {"v1": chained(image(8, 8, 8), SeparableConv2d(8)), "v2": chained(image(8, 8, 8), InvertedResidual(8))}
    save_design(tmp_path / "mobile.json", Design(title="mobile", networks=networks))
    assert main(["compare", str(tmp_path / "mobile.json")]) == 0
    told = capsys.readouterr().out
    assert re.search(r"┃ +v1 ┃ +v2", told)
    assert re.search(r"SeparableConv2d 3×3 +│ +1 │ +\n", told)
