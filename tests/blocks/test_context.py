"""Units that look far and wide: what they compute and how many weights they have, by the papers."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.block import Block
from blocks.context import (
    AtrousPyramid,
    ConvAttention,
    FeaturePyramid,
    GatedConv,
    Highway,
    MlpConv,
    PyramidPooling,
    UNetDown,
    UNetUp,
)
from blocks.graph import Node
from blocks.measure import measure
from blocks.row import Row
from blocks.shape import Shape, image, vector
from tests.blocks import oracle


def row(block: Block, *inputs: Shape) -> Row:
    found = measure(Node(block), inputs)
    assert found.problem is None
    return found


def weights(model: nn.Module) -> dict[str, Tensor]:
    return {name.removeprefix(f"{oracle.NODE}."): tensor for name, tensor in model.state_dict().items()}


def test_cbam_reads_mean_and_largest_by_one_network_then_weighs_places() -> None:
    x = torch.randn(2, 8, 7, 6)
    model = oracle.made(ConvAttention(4), image(8, 7, 6)).eval()
    w = weights(model)

    def told(pooled: Tensor) -> Tensor:
        return F.linear(
            F.relu(F.linear(pooled, w["reduce.weight"], w["reduce.bias"])), w["expand.weight"], w["expand.bias"]
        )

    weighed = x * torch.sigmoid(told(x.mean((2, 3))) + told(x.amax((2, 3))))[:, :, None, None]
    seen = torch.cat((weighed.mean(1, keepdim=True), weighed.amax(1, keepdim=True)), 1)
    places = torch.sigmoid(F.conv2d(seen, w["conv.weight"], padding=3) * (1 + 1e-5) ** -0.5)
    torch.testing.assert_close(model(x), weighed * places)


def test_cbam_has_one_small_network_and_one_7x7_kernel_over_two_maps() -> None:
    network = 64 * 4 + 4 + 4 * 64 + 64
    assert row(ConvAttention(), image(64, 8, 8)).parameters == network + 2 * 49 + 2


def test_a_feature_pyramid_adds_the_enlarged_coarse_level_to_the_narrowed_fine_one() -> None:
    coarse, fine = torch.randn(2, 4, 3, 4), torch.randn(2, 6, 6, 8)
    model = oracle.made(FeaturePyramid(4), image(4, 3, 4), image(6, 6, 8)).eval()
    w = weights(model)
    merged = F.conv2d(fine, w["lateral.weight"], w["lateral.bias"]) + F.interpolate(coarse, scale_factor=2)
    smoothed = F.conv2d(merged, w["smooth.weight"], w["smooth.bias"], padding=1)
    torch.testing.assert_close(model(coarse, fine), (smoothed, merged))


def test_a_feature_pyramid_over_resnet_50_has_torchvisions_weights() -> None:
    level = [row(FeaturePyramid(), image(256, 4, 4), image(channels, 8, 8)) for channels in (256, 512, 1024)]
    top = (2048 * 256 + 256) + (9 * 256 * 256 + 256)  # the coarsest level is added to nothing
    assert sum(each.parameters for each in level) + top == 3_344_384


def test_aspp_joins_a_1x1_three_dilated_3x3_and_the_whole_image() -> None:
    c, k, norm = 2048, 256, 2 * 256
    branches = (c * k + norm) + 3 * (9 * c * k + norm) + (c * k + k)
    assert row(AtrousPyramid(), image(2048, 33, 33)).parameters == branches + 5 * k * k + norm
    assert row(AtrousPyramid(), image(2048, 33, 33)).outputs == (image(256, 33, 33),)


def test_pyramid_pooling_doubles_the_channels_by_four_coarse_grids() -> None:
    found = row(PyramidPooling(), image(2048, 60, 60))
    assert found.outputs == (image(4096, 60, 60),)
    assert found.inside is not None
    grids = [found.inside.rows[f"pool{n}"].outputs[0] for n in (1, 2, 3, 6)]
    assert grids == [image(2048, n, n) for n in (1, 2, 3, 6)]


def test_a_u_net_keeps_size_and_halves_channels_on_the_way_up() -> None:
    down = row(UNetDown(128, normalization="none"), image(64, 32, 32))
    assert down.outputs == (image(128, 16, 16),)
    assert down.parameters == (9 * 64 * 128 + 128) + (9 * 128 * 128 + 128)
    up = row(UNetUp(64, normalization="none"), image(128, 16, 16), image(64, 32, 32))
    assert up.outputs == (image(64, 32, 32),)
    assert up.parameters == (4 * 128 * 64 + 64) + (9 * 128 * 64 + 64) + (9 * 64 * 64 + 64)


def test_an_mlpconv_has_the_weights_of_its_three_convolutions() -> None:
    assert row(MlpConv(), image(3, 32, 32)).parameters == 25 * 3 * 192 + 192 + 192 * 160 + 160 + 160 * 96 + 96


def test_a_gated_convolution_weighs_one_convolution_by_the_sigmoid_of_another() -> None:
    model, x = oracle.made(GatedConv(5), image(3, 6, 6)), torch.randn(2, 3, 6, 6)
    w = weights(model)
    told, gate = (F.conv2d(x, w[f"{name}.weight"], w[f"{name}.bias"], padding=1) for name in ("conv", "gate_conv"))
    torch.testing.assert_close(model(x), F.glu(torch.cat((told, gate), 1), 1))


def test_a_highway_layer_takes_what_its_gate_says_and_passes_the_rest() -> None:
    model, x = oracle.made(Highway(), vector(8)), torch.randn(4, 8)
    w = weights(model)
    made = F.relu(F.linear(x, w["transform.weight"], w["transform.bias"]))
    gate = torch.sigmoid(F.linear(x, w["gate_linear.weight"], w["gate_linear.bias"]) - 1)
    torch.testing.assert_close(model(x), gate * made + (1 - gate) * x)
    assert row(Highway(), vector(50)).parameters == 2 * (50 * 50 + 50)


def test_a_highway_layer_begins_by_passing_most_of_its_input() -> None:
    x = torch.randn(64, 32)
    passed = oracle.made(Highway(gate_bias=-3.0), vector(32))(x)
    assert (passed - x).norm() < 0.15 * x.norm() < (oracle.made(Highway(gate_bias=3.0), vector(32))(x) - x).norm()
