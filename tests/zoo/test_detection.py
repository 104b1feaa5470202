"""Detectors at any number of classes, anchors and scales: figures by the papers and by torch."""

from __future__ import annotations

import pytest
import torch

from blocks.block import Unfit
from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.setting import BadSetting
from blocks.zoo import TEMPLATES, Template
from blocks.zoo.rcnn import RPN, BoxHead, FasterRCNN, FastRCNN
from blocks.zoo.ssd import SSD, TinySSD
from runtime.model import network_class
from tests.zoo.meta import agree, text

_HEAD, _RPN, _VGG = 119_976_041, 2_387_510, 14_714_688


def graph_of(template: Template) -> Graph:
    return next(iter(template.networks().values())).graph()


def found(template: Template) -> Checked:
    checked = check(graph_of(template))
    assert not checked.diagnostics
    return checked


def exits(template: Template) -> dict[str, tuple[int, ...]]:
    checked = found(template)
    return {name: checked.rows[name].inputs[0].sizes for name in checked.graph.outputs()}


def test_N22_ssd300_has_its_figures_for_voc_and_coco() -> None:
    assert found(SSD()).parameters == 26_285_486
    assert found(SSD(classes=90)).parameters == 35_641_826  # 91 with the background
    assert exits(SSD()) == {"class_scores": (8732, 21), "box_offsets": (8732, 4)}


def test_N22_a_tiny_ssd_has_its_figures() -> None:
    assert found(TinySSD()).parameters == 1_010_376
    assert exits(TinySSD()) == {"class_scores": (5444, 2), "box_offsets": (4 * 5444,)}


def test_N22_fast_and_faster_r_cnn_on_vgg_16_are_the_sums_of_their_parts() -> None:
    assert found(FastRCNN()).parameters == _VGG + _HEAD
    assert found(FastRCNN(proposals=True)).parameters == _VGG + _RPN + _HEAD == 137_078_239
    assert (found(BoxHead()).parameters, found(RPN()).parameters) == (_HEAD, _RPN)


def test_N22_faster_r_cnn_on_a_pyramid_and_its_head_have_torchvisions_figure() -> None:
    head = BoxHead(channels=256, units=1024, dropout=0.0, classes=90)
    assert found(FasterRCNN()).parameters + found(head).parameters == 41_808_406


def test_ssd512_reads_seven_maps() -> None:
    maps = [(64, 4), (32, 6), (16, 6), (8, 6), (4, 6), (2, 4), (1, 4)]
    assert exits(SSD("512"))["box_offsets"] == (sum(side * side * n for side, n in maps), 4) == (24_564, 4)


@pytest.mark.parametrize("scales", [1, 2, 4])
def test_a_tiny_ssd_of_other_scales_has_a_box_for_each_anchor_of_each_pixel(scales: int) -> None:
    sides = [32, 16, 8, 4][: max(1, scales - 1)] + [1] * (scales > 1)
    boxes = 3 * sum(side * side for side in sides)
    assert exits(TinySSD(scales=scales, anchors=3, classes=5))["class_scores"] == (boxes, 6)


def test_the_levels_of_the_pyramid_share_one_network_that_proposes() -> None:
    graph = graph_of(FasterRCNN())
    assert [graph.nodes[f"rpn_P{n}"].shares for n in range(2, 7)] == ["", *["rpn_P2"] * 4]
    lines = [line.strip() for line in text(graph).splitlines()]
    assert sum("= RegionProposal(" in line for line in lines) == 1
    assert len(lines) < 180


@pytest.mark.parametrize(
    "template",
    [
        SSD(width=8, classes=3, channels=1),
        SSD("512", width=4),
        TinySSD((5, 7), 9, 3, 2, 4, 1, 65),
        TinySSD((6,), scales=1, resolution=20),
        BoxHead(6, 3, 10, 0.1, 4),
        RPN(7, 5, 6, 9, 4, 1),
        FasterRCNN("101", 4, 12, 2, 1, 70, 90),
    ],
    ids=repr,
)
def test_torch_agrees_on_settings_in_between(template: Template) -> None:
    agree(graph_of(template))


def test_faster_r_cnn_tells_of_every_box_that_arrives_and_proposes_at_every_pixel() -> None:
    graph = graph_of(FastRCNN(True, 5, 3, 4, 12, 0.2, 2, 1, 50, 67))
    module = network_class({"Net": graph}, "Net")()
    checked = check(graph)
    assert checked.parameters == sum(p.numel() for p in module.parameters())
    boxes = torch.tensor([[0.0, 0, 20, 30]]).expand(2, 5, 4)
    results = dict(zip(graph.outputs(), module(torch.rand(2, 1, 50, 67), boxes), strict=True))
    assert {name: tuple(result.shape[1:]) for name, result in results.items()} == {
        "objectness": (6, 3, 4),
        "proposals": (12, 3, 4),
        "class_scores": (5, 3),
        "box_offsets": (5, 12),
    }


def test_what_no_detector_can_be_is_refused_in_words() -> None:
    with pytest.raises(BadSetting, match="base expects the channels of a stage at least"):
        TinySSD(())
    with pytest.raises(BadSetting, match="resolution expects one of"):
        SSD("400")
    with pytest.raises(BadSetting, match="breadth expects a whole number of at least 16"):
        FastRCNN(breadth=8)
    with pytest.raises(Unfit, match="2 pixels with its padding"):
        graph_of(TinySSD(resolution=16))


def test_detectors_are_found_by_their_word() -> None:
    known = {t.kind() for t in TEMPLATES if "detector" in t.keywords}
    assert known == {"SSD", "TinySSD", "BoxHead", "RPN", "FastRCNN", "FasterRCNN"}
