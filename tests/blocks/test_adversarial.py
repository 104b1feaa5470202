"""Stages of generators and critics and the heads of detectors, by the networks made of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from blocks.activation import Sigmoid
from blocks.adversarial import CriticStage, DetectionHead, GeneratorStage, HalvingStage
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d
from blocks.graph import Node
from blocks.measure import measure
from blocks.merge import Concat
from blocks.pooling_global import AdaptiveMaxPool2d
from blocks.shape import image, sequence
from tests.blocks import oracle


def finished(g: Sketch, **ends: End) -> Checked:
    for name, end in ends.items():
        g.output(name, end)
    found = check(g.graph())
    assert not found.errors
    return found


def figures(found: Checked) -> tuple[int, int, int]:
    return found.parameters, found.parameters + found.buffers, found.macs


def test_the_generator_of_dcgan_has_its_published_figures() -> None:
    g = Sketch()
    x = g.add(GeneratorStage(512, 4, 1, 0), g.input("x", image(100, 1, 1)))
    for channels in (256, 128, 64):
        x = g.add(GeneratorStage(channels), x)
    x = g.add(GeneratorStage(3, normalization="none", activation="Tanh", bias="no"), x)
    assert x.shape == image(3, 64, 64)
    assert figures(finished(g, y=x)) == (3_576_704, 3_578_624, 104_628_224)


def test_the_critic_of_dcgan_has_its_published_figures() -> None:
    g = Sketch()
    x = g.add(CriticStage(64, normalization="none", bias="no"), g.input("x", image(3, 64, 64)))
    for channels in (128, 256, 512):
        x = g.add(CriticStage(channels), x)
    x = g.add(Sigmoid(), g.add(Conv2d(1, 4, 1, 0, bias=False), x))
    assert x.shape == image(1, 1, 1)
    assert figures(finished(g, y=x)) == (2_765_568, 2_767_360, 103_817_216)


def test_a_generator_stage_doubles_and_a_critic_stage_halves() -> None:
    assert measure(Node(GeneratorStage(8)), (image(4, 5, 7),)).outputs == (image(8, 10, 14),)
    assert measure(Node(CriticStage(8)), (image(4, 10, 14),)).outputs == (image(8, 5, 7),)
    x = torch.randn(2, 4, 6, 6)
    model = oracle.made(CriticStage(8, normalization="none"), image(4, 6, 6))
    w = model.state_dict()
    conv = F.conv2d(x, w["node.conv.weight"], w["node.conv.bias"], 2, 1)
    torch.testing.assert_close(model(x), F.leaky_relu(conv, 0.2))


def test_an_ssd_head_lays_its_maps_out_box_after_box() -> None:
    x = torch.randn(2, 8, 3, 5)
    model = oracle.made(DetectionHead(2, 3), image(8, 3, 5)).eval()
    w = model.state_dict()
    for name, width, told in zip(("scores", "offsets"), (4, 4), model(x), strict=True):
        maps = F.conv2d(x, w[f"node.{name}_conv.weight"], w[f"node.{name}_conv.bias"], padding=1)
        torch.testing.assert_close(told, maps.permute(0, 2, 3, 1).reshape(2, -1, width))


def test_an_ssd_head_has_a_3x3_kernel_for_each_number_of_each_box() -> None:
    row = measure(Node(DetectionHead(6, 20)), (image(512, 38, 38),))
    assert row.parameters == (9 * 512 + 1) * 6 * 21 + (9 * 512 + 1) * 6 * 4
    assert row.outputs == (sequence(38 * 38 * 6, 21), sequence(38 * 38 * 6, 4))


def test_a_tiny_ssd_of_five_scales_has_its_published_figures() -> None:
    g = Sketch()
    x = g.input("x", image(3, 256, 256))
    for channels in (16, 32, 64):
        x = g.add(HalvingStage(channels), x)
    heads = [g.add(DetectionHead(4, 1), x)]
    for _ in range(3):
        x = g.add(HalvingStage(128), x)
        heads.append(g.add(DetectionHead(4, 1), x))
    heads.append(g.add(DetectionHead(4, 1), g.add(AdaptiveMaxPool2d(1), x)))
    scores, offsets = (g.add(Concat(dim=0), *ends) for ends in zip(*heads, strict=True))
    assert (scores.shape, offsets.shape) == (sequence(5444, 2), sequence(5444, 4))
    assert figures(finished(g, scores=scores, offsets=offsets)) == (1_010_376, 1_012_360, 976_628_736)
