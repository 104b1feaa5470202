"""Inception networks and Xception: their rows of the vocabulary, settings in between, and their printed code."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from blocks.block import Unfit
from blocks.graph import Graph, Node
from blocks.measure import Row, measure
from blocks.setting import BadSetting
from blocks.zoo import TEMPLATES, Template
from blocks.zoo.inception import BNInception, GoogLeNet
from blocks.zoo.inception_v3 import InceptionV2, InceptionV3
from blocks.zoo.xception import Xception
from tests.zoo.meta import agree, checked, drawn, given, text

TAUGHT = GoogLeNet("taught", channels=1, classes=10, resolution=96)


def layers(graph: Graph, rows: Mapping[str, Row]) -> int:
    """Those with weights on the longest way through; the two halves of a separable convolution are one."""
    reached: dict[str, int] = {}
    for name in graph.structure.order:
        block = graph.block(name)
        inside = measure(Node(block), rows[name].inputs).inside
        own = layers(inside.graph, inside.rows) if inside else int(block.kind() in {"Conv2d", "Linear"})
        before = max((reached[wire.source] for wire in graph.into(name)), default=0)
        reached[name] = before + graph.nodes[name].repeat * own
    return max(reached.values())


def test_N08_googlenet_as_taught_is_five_modules() -> None:
    found = checked(TAUGHT)
    assert found.parameters == 5_977_530
    ends = [given(found, name) for name in ("maxpool1", "maxpool2", "maxpool3", "maxpool4", "avgpool")]
    assert ends == [(64, 24, 24), (192, 12, 12), (480, 6, 6), (832, 3, 3), (1024,)]


def test_N08_googlenet_of_the_paper_has_its_figures_with_and_without_auxiliary_heads() -> None:
    plain, helped = checked(GoogLeNet()), checked(GoogLeNet(auxiliary=True))
    assert (plain.parameters, helped.parameters) == (6_998_552, 13_378_280)
    assert [given(helped, name) for name in helped.graph.outputs()] == [(1000,)] * 3
    assert checked(GoogLeNet("torchvision", auxiliary=True)).parameters == 13_004_888


def test_N09_inception_v2_stands_on_the_grids_of_its_table() -> None:
    found = checked(InceptionV2())
    grids = ["conv6", "inception3_last", "inception4_last", "inception5_2"]
    assert [given(found, name) for name in grids] == [(288, 35, 35), (768, 17, 17), (1280, 8, 8), (2048, 8, 8)]


def test_N09_inception_v3_has_its_figures_with_and_without_the_auxiliary_head() -> None:
    assert checked(InceptionV3()).parameters == 23_834_568
    assert checked(InceptionV3(auxiliary=True)).parameters == 27_161_264


def test_N15_xception_has_its_figures() -> None:
    found = checked(Xception())
    assert (found.parameters, found.macs) == (22_855_952, 8_357_403_496)


DEPTHS = {GoogLeNet(): 22, BNInception(): 34, InceptionV2(): 41, InceptionV3(): 48, Xception(): 37}


@pytest.mark.parametrize("template", DEPTHS, ids=lambda template: template.kind())
def test_the_longest_way_has_as_many_layers_as_told(template: Template) -> None:
    found = checked(template)
    assert layers(found.graph, found.rows) == DEPTHS[template]


def test_bn_inception_as_released_is_wider_in_two_modules() -> None:
    narrow, wide = checked(BNInception("paper")), checked(BNInception("released"))
    kept = given(narrow, "inception4c"), given(wide, "inception4c")
    assert kept == ((576, 14, 14), (608, 14, 14))
    assert (narrow.parameters, wide.parameters) == (11_204_936, 11_295_240)


IN_BETWEEN = (
    GoogLeNet("paper", True, 0.37, classes=7, channels=2, resolution=160),
    GoogLeNet("torchvision", True, 0.25, classes=10, channels=1, resolution=64),
    GoogLeNet("taught", width=1.5, classes=3, resolution=33),
    BNInception(classes=5, channels=4, resolution=97),
    InceptionV2(classes=12, channels=1, resolution=150),
    InceptionV3(False, (8,), (), classes=2, resolution=111),
    InceptionV3(True, (), (17, 33), classes=9, channels=1),
    Xception(0.3, 0, classes=4, channels=1, resolution=71),
    Xception(0.05, 3, classes=11, resolution=90),
)


@pytest.mark.parametrize("template", IN_BETWEEN, ids=str)
def test_torch_agrees_on_settings_in_between(template: Template) -> None:
    agree(drawn(template))


def test_width_narrows_every_layer_but_the_last() -> None:
    quarter = checked(GoogLeNet(width=0.25))
    assert given(quarter, "inception5b") == (256, 7, 7)
    assert given(quarter, "fc") == (1000,)


def test_an_image_too_small_for_the_grids_is_unfit() -> None:
    for template in (InceptionV3(resolution=60), InceptionV2(resolution=40), Xception(resolution=4)):
        with pytest.raises(Unfit, match="at least"):
            template.networks()


def test_an_image_too_small_for_the_windows_of_the_auxiliary_heads_is_unfit() -> None:
    assert GoogLeNet(resolution=64).networks()
    with pytest.raises(Unfit, match="aux1"):
        GoogLeNet(auxiliary=True, resolution=64).networks()


def test_a_setting_out_of_its_bounds_gets_them() -> None:
    with pytest.raises(BadSetting, match=r"form expects .*paper.*torchvision.*taught"):
        GoogLeNet("v1")
    with pytest.raises(BadSetting, match="pool_features expects up to 8"):
        InceptionV3(pool_features=(64,) * 9)
    with pytest.raises(BadSetting, match="middle expects a whole number from 0 to 1000"):
        Xception(middle=1001)


def test_heads_stand_beside_the_main_way_and_leave_it_alone() -> None:
    (drawing,) = GoogLeNet(auxiliary=True).networks().values()
    at = drawing.layout()
    assert at["aux1"][0] == at["auxiliary2"][0] > at["inception4a"][0] == at["output"][0]
    assert at["inception4a"][1] < at["aux1"][1] < at["auxiliary1"][1] < at["aux2"][1]


def test_inception_v3_prints_in_under_260_lines_with_a_class_for_each_kind_of_module() -> None:
    lines = text(drawn(InceptionV3(auxiliary=True))).splitlines()
    assert len(lines) < 260
    classes = [line.split("(")[0].removeprefix("class ") for line in lines if line.startswith("class ")]
    assert classes == ["ConvUnit", *(f"Inception{kind}" for kind in "ABCDE"), "Net"]


def test_all_of_them_are_found_by_the_word_inception() -> None:
    assert {kind.kind() for kind in TEMPLATES if kind.family == "Inception"} == {
        "GoogLeNet",
        "BNInception",
        "InceptionV2",
        "InceptionV3",
        "Xception",
    }
