"""Norms between scales and proposals of regions, by their definitions."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from blocks.detection import L2Norm, RegionProposal
from blocks.graph import Node
from blocks.measure import measure
from blocks.shape import image
from tests.blocks import oracle


def test_an_l2_norm_gives_every_pixel_one_length_to_begin_with() -> None:
    y = oracle.answer(L2Norm(), 100 * torch.randn(2, 8, 3, 5))
    torch.testing.assert_close(y.norm(dim=1), torch.full((2, 3, 5), 20.0))


def test_an_l2_norm_learns_a_scale_a_channel() -> None:
    model, x = oracle.made(L2Norm(10.0), image(4, 3, 3)), torch.randn(2, 4, 3, 3)
    with torch.no_grad():
        model.get_parameter("node.weight").copy_(torch.arange(4.0))
    torch.testing.assert_close(model(x), x / x.norm(dim=1, keepdim=True) * torch.arange(4.0)[:, None, None])


def test_a_region_proposal_reads_both_of_one_convolution() -> None:
    model, x = oracle.made(RegionProposal(6, 3), image(8, 4, 5)), torch.randn(2, 8, 4, 5)
    w = {name.removeprefix("node."): tensor for name, tensor in model.state_dict().items()}
    read = F.relu(F.conv2d(x, w["conv.weight"], w["conv.bias"], padding=1))
    for result, name in zip(model(x), ("objectness_conv", "offsets_conv"), strict=True):
        torch.testing.assert_close(result, F.conv2d(read, w[f"{name}.weight"], w[f"{name}.bias"]))


def test_nine_anchors_with_two_scores_take_18_and_36_maps() -> None:
    row = measure(Node(RegionProposal(512, 9, 2)), (image(512, 37, 62),))
    assert row.outputs == (image(18, 37, 62), image(36, 37, 62))
    assert row.parameters == 2_387_510
