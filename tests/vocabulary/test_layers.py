"""Rows L01-L40 of the vocabulary: layers and operations, with the numbers of each row."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from blocks.activation import Maxout, ReLU, Softmax
from blocks.adversarial import HalvingStage
from blocks.block import Block
from blocks.check import Checked, check
from blocks.composite import Sketch
from blocks.context import MlpConv
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.embedding import Embedding, OneHot
from blocks.ends import Output
from blocks.folding import opened
from blocks.gate import L1Gate
from blocks.graph import Graph, Node, Wire
from blocks.inception import Inception
from blocks.linear import Linear
from blocks.lints import double_softmax
from blocks.marks import freeze, share
from blocks.measure import Row, measure
from blocks.merge import Add, Concat, Multiply
from blocks.normalization import BatchNorm1d, BatchNorm2d, GroupNorm, InstanceNorm2d, LayerNorm, LocalResponseNorm
from blocks.pooling import AvgPool2d, MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.repair import fixes
from blocks.reshape import Flatten, Permute, Reshape
from blocks.resize import ZeroPad2d
from blocks.separable import SeparableConv2d
from blocks.shape import Meaning, Shape, image, labels, shape_of, tokens, vector
from blocks.transposed import ConvTranspose2d
from blocks.units import ConvUnit, LinearUnit
from runtime.source import print_networks
from tests.blocks.oracle import answer, made
from tests.vocabulary.rows import compiled, mobilenet_v1


def row(block: Block, *inputs: object) -> Row:
    """What the rules say of one block."""
    return measure(Node(block), tuple(inputs))


def out(block: Block, *inputs: object) -> tuple[int, ...]:
    """The sizes that leave a block."""
    shape = row(block, *inputs).outputs[0]
    assert shape is not None, row(block, *inputs).problem
    return shape.sizes


def chain(start: Shape, *blocks: Block) -> Checked:
    """Blocks in a row, checked."""
    g = Sketch()
    end = g.input("image", start)
    for block in blocks:
        end = g.add(block, end)
    g.output("out", end)
    return check(g.graph())


def grid(*rows: list[float]) -> Tensor:
    return torch.tensor([[list(map(float, r)) for r in rows]])[None]


def test_L01_a_linear_layer_has_I_times_O_plus_O_parameters() -> None:
    assert row(Linear(7), vector(5)).parameters == 5 * 7 + 7
    with_relu, without = chain(vector(5), Linear(7), ReLU()), chain(vector(5), Linear(7))
    assert with_relu.parameters == without.parameters == 42


def test_L03_picture_size_leaves_parameters_alone_and_changes_macs() -> None:
    small, large = (chain(image(3, n, n), Conv2d(8), Conv2d(4)) for n in (16, 32))
    assert small.parameters == large.parameters
    assert large.macs == 4 * small.macs


def test_L04_convolution_is_product_and_sum_without_a_flip() -> None:
    x, w = torch.randn(1, 1, 5, 5), torch.randn(3, 3)
    network = made(Conv2d(1, 3, padding="valid", bias=False), image(1, 5, 5))
    with torch.no_grad():
        next(network.parameters()).copy_(w[None, None])
        by_hand = torch.stack([(x[0, 0, i : i + 3, j : j + 3] * w).sum() for i in range(3) for j in range(3)])
        torch.testing.assert_close(network(x).flatten(), by_hand)
        next(network.parameters()).copy_(w.flip(0, 1)[None, None])
        assert not torch.allclose(network(x).flatten(), by_hand)


def test_L06_one_kernel_gives_one_map_and_N_give_N() -> None:
    assert out(Conv2d(1, 3, padding="valid"), image(1, 5, 5)) == (1, 3, 3)
    assert out(Conv2d(1, 3, padding="valid"), image(7, 5, 5)) == (1, 3, 3)
    many = row(Conv2d(6, 3, padding="valid"), image(7, 5, 5))
    assert many.outputs[0] is image(6, 3, 3)
    assert many.parameters == 6 * (7 * 3 * 3) + 6


def test_L07_channels_last_or_first_makes_no_difference_to_counts() -> None:
    first = chain(image(3, 8, 6), Conv2d(4))
    last = chain(image(8, 6, 3), Permute((2, 0, 1)), Conv2d(4), Permute((1, 2, 0)))
    assert last.rows["out"].inputs[0] is not None
    assert last.rows["out"].inputs[0].sizes == (8, 6, 4)
    assert (first.parameters, first.macs) == (last.parameters, last.macs)


def test_L08_padding_keeps_the_size_also_on_one_side_only() -> None:
    assert out(Conv2d(1, 3, padding=1), image(1, 5, 5)) == (1, 5, 5)
    assert out(ZeroPad2d(1, 0, 2, 0), image(1, 5, 5)) == (1, 7, 6)


def test_L09_stride_reduces_by_its_factor_and_axes_may_differ() -> None:
    assert out(Conv2d(4, 3, 2, "same"), image(1, 28, 28)) == (4, 14, 14)
    assert out(Conv2d(4, 3, (2, 1), "same"), image(1, 28, 28)) == (4, 14, 28)


def test_L10_a_keras_style_convolution_is_one_block_and_pads_after_the_image() -> None:
    checked = chain(image(3, 224, 224), ConvUnit(64, 3, 2, "same", normalization="none"))
    assert checked.rows["out"].inputs[0] is image(64, 112, 112)
    text = print_networks("net", {"net": checked.graph}).text
    assert "F.pad(x, (0, 1, 0, 1))" in text
    assert "nn.ReLU()" in text


SIZES = """
5 3 1 3 5
224 3 2 111 112
224 11 4 54 56
112 3 2 55 56
28 5 1 24 28
7 2 2 3 4
"""


@pytest.mark.parametrize("n, f, s, valid, same", [[*map(int, line.split())] for line in SIZES.strip().splitlines()])
def test_L11_valid_and_same_sizes(n: int, f: int, s: int, valid: int, same: int) -> None:
    for kind in (Conv2d(1, f, s, "valid"), MaxPool2d(f, s, "valid")):
        assert out(kind, image(1, n, n)) == (1, valid, valid)
    for kind in (Conv2d(1, f, s, "same"), MaxPool2d(f, s, "same")):
        assert out(kind, image(1, n, n)) == (1, same, same)


def test_L12_max_and_mean_of_windows() -> None:
    x = grid([0, 1, 2], [3, 4, 5], [6, 7, 8])
    assert answer(MaxPool2d(2, 1), x).flatten().tolist() == [4, 5, 7, 8]
    assert answer(AvgPool2d(2, 1), x).flatten().tolist() == [2, 3, 5, 6]
    assert row(MaxPool2d(2), image(9, 4, 4)).parameters == 0
    assert out(AvgPool2d(2), image(9, 4, 4))[0] == 9


def test_L13_a_ten_by_ten_window_makes_two_of_twenty() -> None:
    assert out(MaxPool2d(10, 10), image(3, 20, 20)) == (3, 2, 2)


def test_L14_mean_pooling_is_a_depthwise_convolution_with_fixed_weights() -> None:
    x = torch.randn(2, 3, 6, 6)
    fixed = DepthwiseConv2d(2, 2, "valid", bias=False, init="constant", init_scale=1 / 4)
    g = Sketch()
    g.output("out", g.add(fixed, g.input("image", image(3, 6, 6)), name="mean"))
    graph = freeze(g.graph(), ["mean"], True)
    assert check(graph).parameters == 0
    network = compiled(graph)
    torch.testing.assert_close(network(x), answer(AvgPool2d(2), x))
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("size", [7, 5, 12])
def test_L15_global_average_pooling_takes_any_size(size: int) -> None:
    found = row(GlobalAvgPool(), image(1024, size, size))
    assert found.outputs[0] is vector(1024)
    assert found.parameters == 0


def test_L16_flatten_multiplies_out_and_a_wrong_linear_is_named() -> None:
    assert out(Flatten(), image(16, 4, 4)) == (256,)
    g = Sketch()
    x = g.input("image", image(16, 4, 4))
    graph = g.graph()
    graph = Graph({**graph.nodes, "fc": Node(Linear(10)), "out": Node(Output())}, (Wire("image", "y", "fc", "x"),))
    graph = graph.with_wires((*graph.wires, Wire("fc", "y", "out", "x")))
    problem = check(graph).errors[0]
    assert (problem.node, x.shape) == ("fc", image(16, 4, 4))
    assert any("Flatten" in fix.title for fix in fixes(problem, check(graph)))


def test_L16_a_linear_whose_borrowed_weights_are_of_another_width_is_named() -> None:
    g = Sketch()
    flat = g.add(Flatten(), g.input("image", image(16, 4, 4)), name="flat")
    first = g.add(Linear(256), flat, name="first")
    g.output("out", g.add(Linear(256), g.add(Concat(), first, flat), name="second"))
    problem = check(share(g.graph(), "second", "first")).errors[0]
    assert problem.node == "second"
    assert "512" in problem.message, problem.message


def test_L17_concat_joins_where_all_other_axes_agree() -> None:
    def table(*rows: list[int]) -> Shape:
        return shape_of((len(rows), len(rows[0])), Meaning.TENSOR)

    x, y, z = ([[1, 1]] * 2, [[3, 3], [4, 4], [5, 5]], [[6, 6], [7, 7], [8, 8]])
    shapes = tuple(table(*each) for each in (x, y, z))
    assert out(Concat(0), shapes) == (8, 2)
    assert out(Concat(1), shapes[1:]) == (3, 4)
    joined = made(Concat(1), *shapes[1:])(*(torch.tensor([each]).float() for each in (y, z)))
    assert joined[0].tolist() == [[3, 3, 6, 6], [4, 4, 7, 7], [5, 5, 8, 8]]
    problem = row(Concat(1), shapes).problem
    assert problem is not None
    assert (problem.received, "axis 0" in problem.expected) == ("sizes 2, 3, 3", True)


def test_L18_unequal_branches_are_refused_with_both_shapes_and_a_projection() -> None:
    g = Sketch()
    a = g.input("a", image(64, 8, 8))
    b = g.add(Conv2d(128, 3), g.input("b", image(64, 8, 8)), name="wide")
    graph = g.graph()
    wires = (*graph.wires, Wire("a", "y", "add", "parts", 0), Wire("wide", "y", "add", "parts", 1))
    graph = Graph({**graph.nodes, "add": Node(Add()), "out": Node(Output())}, (*wires, Wire("add", "y", "out", "x")))
    checked = check(graph)
    problem = next(d for d in checked.errors if d.node == "add")
    assert str(a.shape) in problem.message
    assert str(b.shape) in problem.message
    assert any("Conv2d" in fix.title for fix in fixes(problem, checked))


def test_L19_a_vector_scales_the_channels_of_a_map() -> None:
    x, scale = torch.randn(2, 4, 5, 6), torch.randn(2, 4)
    network = made(Multiply(), image(4, 5, 6), vector(4))
    torch.testing.assert_close(network(x, scale), x * scale[:, :, None, None])


def test_L20_softmax_sums_to_one_over_a_thousand_classes() -> None:
    shares = answer(Softmax(), torch.randn(3, 1000))
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(3))


def test_L20_a_softmax_before_a_cross_entropy_is_advised_away() -> None:
    checked = chain(vector(8), Linear(1000), Softmax())
    assert print_networks("net", {"net": checked.graph}).text.count("nn.Softmax(") == 1
    found = double_softmax(checked.graph, "softmax", "CrossEntropy")
    assert found is not None
    assert found[0].node == "softmax"
    assert "softmax" not in found[1].edit(checked.graph).nodes
    assert double_softmax(checked.graph, "linear", "CrossEntropy") is None


def test_L21_a_depthwise_convolution_has_a_kernel_a_channel() -> None:
    found = row(DepthwiseConv2d(3, 1, 1, bias=False), image(3, 5, 5))
    assert (found.outputs[0], found.parameters) == (image(3, 5, 5), 27)
    assert "groups=3" in print_networks("net", {"net": chain(image(3, 5, 5), DepthwiseConv2d()).graph}).text
    assert "out_channels" not in DepthwiseConv2d.settings, "it cannot change their number by itself"


def test_L22_a_pointwise_convolution_changes_the_channels() -> None:
    found = row(Conv2d(4, 1, bias=False), image(3, 5, 5))
    assert (found.outputs[0], found.parameters) == (image(4, 5, 5), 12)


def test_L23_a_separable_block_expands_to_six_nodes() -> None:
    inside = row(SeparableConv2d(8), image(3, 5, 5)).inside
    assert inside is not None
    kinds = [node.block.kind() for node in inside.graph.nodes.values() if not node.block.role]
    assert kinds == ["DepthwiseConv2d", "BatchNorm2d", "ReLU", "Conv2d", "BatchNorm2d", "ReLU"]


def test_L24_grouped_convolutions_see_half_of_the_channels() -> None:
    layers = [(Conv2d(256, 5, groups=2), 96, 48, 307_456), (Conv2d(384, 3, groups=2), 384, 192, 663_936)]
    layers.append((Conv2d(256, 3, groups=2), 384, 192, 442_624))
    for block, channels, depth, parameters in layers:
        x = image(channels, 13, 13)
        assert block.parameters(x)["weight"][1] == depth
        assert row(block, x).parameters == parameters


def test_L25_a_transposed_convolution_enlarges_by_its_stride() -> None:
    x = image(3, 4, 4)
    assert out(ConvTranspose2d(5, 3, 2, 1, 1), x) == (5, 8, 8)
    assert out(ConvTranspose2d(5, 3, 2, 1), x) == (5, (4 - 1) * 2 - 2 * 1 + 3, 7)
    assert row(ConvTranspose2d(5, 3, 2, 1), x).parameters == 3 * 5 * 9 + 5


def test_L26_maxout_halves_channels_and_only_the_winner_learns() -> None:
    assert chain(image(3, 4, 4), Conv2d(8, 1), Maxout(2)).shape("maxout") is image(4, 4, 4)
    x = torch.tensor([[1.0, 3.0, 2.0, -1.0]], requires_grad=True)
    answer(Maxout(2), x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[0, 1, 1, 0]]


def test_L26_maxout_is_piecewise_linear() -> None:
    network = compiled(chain(vector(1), Linear(8), Maxout(8)).graph)
    steps = network(torch.linspace(-9, 9, 4001)[:, None]).detach().flatten().diff()
    bent = (steps.diff().abs() > 1e-5).sum().item()
    assert 0 < bent <= 2 * 7, "eight lines meet in at most seven corners, each between two steps or within one"


def test_L27_mlpconv_is_a_small_network_slid_over_the_map() -> None:
    x = torch.randn(2, 3, 6, 6)
    network = made(MlpConv(7, 3, 1, 0, (6, 5)), image(3, 6, 6))
    convs = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert [conv.kernel_size for conv in convs] == [(3, 3), (1, 1), (1, 1)]
    layers: list[nn.Module] = []
    for conv in convs:
        layer = nn.Linear(conv.weight[0].numel(), conv.out_channels)
        given = dict(conv.named_parameters())
        layer.weight.data, layer.bias.data = given["weight"].data.flatten(1), given["bias"].data
        layers += [layer, nn.ReLU()]
    windows = nn.functional.unfold(x, 3).transpose(1, 2)  # (N, places, 3 * 3 * 3)
    slid = nn.Sequential(*layers)(windows).transpose(1, 2).reshape(2, 5, 4, 4)
    torch.testing.assert_close(network(x), slid)


def test_L28_inception_3a_joins_256_maps() -> None:
    assert out(Inception(64, 96, 128, 16, 32, 32), image(192, 28, 28)) == (256, 28, 28)


def test_L29_local_response_normalization_divides_alpha_by_its_size() -> None:
    x = torch.full((1, 7, 1, 1), 10.0)
    papers = answer(LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0), x)[0, 3]
    torchs = answer(LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0), x)[0, 3]
    assert papers.item() == pytest.approx(5.8369, abs=5e-5)
    assert torchs.item() == pytest.approx(5.9238, abs=5e-5)


def test_L30_four_normalizations_of_which_batch_norm_keeps_statistics() -> None:
    x = image(8, 4, 4)
    blocks = [BatchNorm2d(), InstanceNorm2d(affine=True), GroupNorm(2), LayerNorm()]
    assert [row(b, x).parameters for b in blocks[:3]] == [16, 16, 16]
    assert [bool(row(b, x).buffers) for b in blocks] == [True, False, False, False]
    assert row(LayerNorm(), vector(8)).parameters == 16


@pytest.mark.parametrize(
    ("block", "axes"),
    [
        (BatchNorm2d(), (0, 2, 3)),
        (LayerNorm(3), (1, 2, 3)),
        (InstanceNorm2d(), (2, 3)),
        (GroupNorm(2), None),
    ],
    ids=str,
)
def test_L30_each_normalization_makes_its_own_axes_have_mean_0_and_deviation_1(
    block: Block, axes: tuple[int, ...] | None
) -> None:
    y = made(block, image(4, 5, 6)).train()(torch.randn(3, 4, 5, 6) * 4 + 2).detach()
    cut = y.reshape(3, 2, 2, 5, 6) if axes is None else y
    over = (2, 3, 4) if axes is None else axes
    assert cut.mean(over).abs().max() < 1e-5
    assert (cut.std(over, unbiased=False) - 1).abs().max() < 1e-3
    others = {(0, 2, 3), (1, 2, 3), (2, 3)} - {axes}
    assert axes == (2, 3) or any(y.mean(other).abs().max() > 1e-2 for other in others)


def test_L31_weight_norm_and_an_l1_penalty_are_two_things() -> None:
    x = torch.randn(2, 5)
    normed = made(Linear(3, parametrization="weight_norm"), vector(5))
    held = dict(normed.named_parameters())
    length, direction = (held[f"node.parametrizations.weight.original{i}"] for i in (0, 1))
    weight = length * direction / direction.norm(dim=1, keepdim=True)
    torch.testing.assert_close(normed(x), x @ weight.T + held["node.bias"])
    gate = made(L1Gate(), vector(5))
    with torch.no_grad():
        next(gate.parameters()).copy_(torch.tensor([1.0, -2.0, 0.0, 0.5, 0.0]))
    y, penalty = gate(x)
    assert penalty.tolist() == [3.5, 3.5]
    assert y[:, 2].tolist() == [0.0, 0.0]


def test_L32_batch_norm_stands_between_affine_and_activation() -> None:
    checked = chain(vector(5), Linear(4), BatchNorm1d(), ReLU())
    assert not checked.errors
    unit = row(LinearUnit(4, normalization="BatchNorm"), vector(5)).inside
    assert unit is not None
    kinds = [unit.graph.block(name).kind() for name in unit.graph.structure.order]
    assert kinds == ["Input", "Linear", "BatchNorm1d", "ReLU", "Output"]
    assert row(BatchNorm2d(), image(6, 3, 3)).parameters == 12
    network = made(BatchNorm1d(), vector(4))
    x = torch.randn(8, 4) * 3 + 1
    assert not torch.allclose(network.train()(x), network.eval()(x))


def test_L33_batch_norms_two_numbers_set_mean_and_deviation() -> None:
    network = made(BatchNorm1d(), vector(1)).train()
    weight, bias = network.parameters()
    with torch.no_grad():
        weight.fill_(3.0)
        bias.fill_(-2.0)
        y = network(torch.randn(4096, 1) * 7 + 5)
    assert (y.mean().item(), y.std().item()) == pytest.approx((-2.0, 3.0), abs=1e-2)


def test_L34_long_kernels_keep_the_grid() -> None:
    checked = chain(image(4, 17, 17), Conv2d(4, (3, 1), padding=(1, 0)), Conv2d(4, (1, 3), padding=(0, 1)))
    assert checked.rows["out"].inputs[0] is image(4, 17, 17)


def test_L35_a_five_by_five_depthwise_kernel_has_25_weights_a_channel() -> None:
    assert row(DepthwiseConv2d(5, bias=False), image(16, 9, 9)).parameters == 25 * 16


def test_L36_embedding_counts_V_times_E_and_one_hot_has_1027_columns() -> None:
    assert row(Embedding(1027, 32), tokens(6, 1027)).parameters == 1027 * 32
    assert out(OneHot(), tokens(6, 1027)) == (6, 1027)
    assert out(OneHot(), labels(1027)) == (1027,)


def test_L38_heads_of_several_scales_are_joined() -> None:
    g = Sketch()
    fine = g.input("image", image(8, 8, 8))
    coarse = g.add(HalvingStage(8), fine, name="halved")
    heads = []
    for end in (fine, coarse):
        laid = g.add(Permute((1, 2, 0)), g.add(Conv2d(8, 3), end))
        heads.append(g.add(Reshape((-1, 4), "sequence"), laid))
    g.output("boxes", g.add(Concat(0), *heads, name="all"))
    g.output("features", coarse)
    checked = check(g.graph())
    assert checked.shape("all") is shape_of(((64 + 16) * 2, 4), Meaning.SEQUENCE)
    assert checked.shape("halved") is image(8, 4, 4)
    assert len(checked.graph.outputs()) == 2


def test_L40_stride_two_replaces_pooling() -> None:
    open_, _ = opened(mobilenet_v1())
    kinds = [open_.graph.block(name).kind() for name in open_.order]
    convs = [at for at, kind in enumerate(kinds) if kind in ("Conv2d", "DepthwiseConv2d")]
    assert len(convs) == 27
    assert all(kinds[at + 1 : at + 3] == ["BatchNorm2d", "ReLU"] for at in convs)
    strides = [open_.graph.block(open_.order[at]).value("stride") for at in convs]
    assert sum(stride in (2, (2, 2)) for stride in strides) == 5
    assert open_.shape(open_.order[convs[-1]]) is image(1024, 7, 7)
    assert kinds[convs[-1] + 3 :] == ["GlobalAvgPool", "Linear", "Output"]
