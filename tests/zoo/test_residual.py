"""Residual networks: published figures, settings in between, what cannot be, and torchvision's checkpoints."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
import torch

from blocks.block import Unfit
from blocks.setting import BadSetting
from blocks.zoo import Template
from blocks.zoo.preactivation import PreActResNet, PreActResNetCifar
from blocks.zoo.residual import ResNet, ResNeXt, SEResNet, WideResNet
from blocks.zoo.residual_cifar import ResNetCifar, WideResNetCifar
from runtime.model import network_class
from runtime.torchvision_names import NoName, renamed
from tests.zoo.entries_residual import TAUGHT
from tests.zoo.listed import Weights, conv, linear, norm, ours
from tests.zoo.meta import agree, called, checked, drawn, given, text
from tests.zoo.resnet_by_hand import ResNet18, filled

PUBLISHED = {"18": 11_689_512, "34": 21_797_672, "50": 25_557_032, "101": 44_549_160, "152": 60_192_808}


@pytest.mark.parametrize("depth, parameters", PUBLISHED.items())
def test_N10_resnet_has_its_published_parameters_at_every_depth(depth: str, parameters: int) -> None:
    assert checked(ResNet(depth)).parameters == parameters


@pytest.mark.parametrize("depth, macs", [("50", 3_857_973_248), ("152", 11_282_415_616)])
def test_N10_the_step_at_the_first_1x1_costs_less_with_the_same_parameters(depth: str, macs: int) -> None:
    found = checked(ResNet(depth, stride_at="1×1"))
    assert (found.parameters, found.macs) == (PUBLISHED[depth], macs)


def test_N10_the_network_as_taught_has_11_178_378_parameters() -> None:
    assert checked(TAUGHT).parameters == 11_178_378


@pytest.mark.parametrize("depth", [8, 20, 44, 1202, 2000])
def test_N10_option_b_learns_2752_numbers_more_than_option_a_at_any_depth(depth: int) -> None:
    n = (depth - 2) // 6
    a, b = checked(ResNetCifar(depth, "A")), checked(ResNetCifar(depth, "B"))
    stages = sum(9 * come * go + 2 * go for come, go in [(16, 16), (16, 32), (32, 64)])
    stages += (2 * n - 1) * sum(9 * go * go + 2 * go for go in (16, 32, 64))
    assert a.parameters == 9 * 3 * 16 + 2 * 16 + stages + 650
    assert b.parameters == a.parameters + 2_752


def test_N10_option_c_projects_in_every_block() -> None:
    c, b = checked(ResNetCifar(20, "C")), checked(ResNetCifar(20, "B"))
    assert c.parameters - b.parameters == sum(count * (go * go + 2 * go) for count, go in [(3, 16), (2, 32), (2, 64)])


def test_N16_the_gates_of_se_resnet_50_add_2_530_992() -> None:
    assert checked(SEResNet("50")).parameters == 28_088_024 == PUBLISHED["50"] + 2_530_992


@pytest.mark.parametrize(
    "template, parameters",
    [
        (ResNeXt("50"), 25_028_904),
        (ResNeXt("101", width_per_group=8), 88_791_336),
        (ResNeXt("101", groups=64), 83_455_272),
        (WideResNet("50"), 68_883_240),
        (WideResNet("101"), 126_886_696),
    ],
    ids=called,
)
def test_resnext_and_wide_resnet_have_torchvisions_parameters(template: Template, parameters: int) -> None:
    assert checked(template).parameters == parameters


@pytest.mark.parametrize(
    "template, millions",
    [
        (PreActResNetCifar(110, "basic"), 1.7),
        (PreActResNetCifar(164), 1.7),
        (PreActResNetCifar(1001), 10.2),
        (WideResNetCifar(28, 10), 36.5),
        (WideResNetCifar(40, 4), 8.9),
        (WideResNetCifar(16, 8), 11.0),
    ],
    ids=called,
)
def test_networks_for_small_pictures_have_the_millions_of_their_papers(template: Template, millions: float) -> None:
    assert checked(template).parameters / 1e6 == pytest.approx(millions, rel=0.02)


def test_pre_activation_moves_norms_and_leaves_those_of_projections_out() -> None:
    """A norm stands where a convolution reads, so each has the channels that come; the last reads what leaves."""
    before, after = checked(PreActResNet("50")), checked(ResNet("50"))
    projections = 2 * (256 + 512 + 1024 + 2048)
    leave = 2 * (3 * 256 + 4 * 512 + 6 * 1024 + 3 * 2048)
    come = 2 * (2 * 256 + 256 + 3 * 512 + 512 + 5 * 1024 + 1024 + 2 * 2048 + 2048)
    assert after.parameters - before.parameters == projections + leave - come
    assert before.macs == after.macs


@pytest.mark.parametrize(
    "template",
    [
        ResNet("18", (1, 3, 2), width=24, shortcut="padded", channels=1, classes=7, resolution=65),
        ResNet("50", (1, 2), width=16, stride_at="1×1", shortcut="always projected", bias="yes", resolution=64),
        ResNet("50", (2, 1), width=32, groups=3, width_per_group=10, resolution=33),
        SEResNet("34", (1, 1, 1, 1, 1), width=8, squeeze_excite=3, bias="no", resolution=50),
        ResNeXt("50", (1, 2, 1), width=16, groups=8, width_per_group=12, shortcut="projected without norm"),
        ResNetCifar(14, "C", width=5, channels=1, resolution=9),
        WideResNetCifar(10, 3, 0.3, classes=3),
        WideResNetCifar(16, 1),
        PreActResNet("34", (2, 1, 1), width=8, channels=2, resolution=40),
        PreActResNet("101", (1, 2), width=8),
        PreActResNetCifar(20, "basic", width=6, resolution=7),
        PreActResNetCifar(29, width=3, classes=100),
    ],
    ids=str,
)
def test_torch_agrees_about_settings_between_those_of_the_papers(template: Template) -> None:
    agree(drawn(template))


@pytest.mark.parametrize(
    "template, told",
    [
        (ResNet("18"), "ResNet-18"),
        (ResNet("50", (2, 2, 2, 2)), "ResNet-26"),
        (SEResNet(), "SE-ResNet-50"),
        (ResNeXt(), "ResNeXt-50 (32×4d)"),
        (WideResNet("101"), "Wide ResNet-101-2"),
        (WideResNetCifar(), "WRN-28-10"),
        (PreActResNet(), "Pre-activation ResNet-200"),
    ],
    ids=str,
)
def test_a_network_is_called_by_its_depth_and_kind(template: Template, told: str) -> None:
    assert template.title() == told


def test_stages_halve_the_image_and_double_the_channels() -> None:
    found = checked(ResNet("18", resolution=65))
    assert [given(found, f"conv{i}_x") for i in (2, 3, 4, 5)] == [
        (64, 17, 17),
        (128, 9, 9),
        (256, 5, 5),
        (512, 3, 3),
    ]


@pytest.mark.parametrize(
    "template, sentence",
    [
        (ResNetCifar(22), "depth expects 6n + 2 layers, as 20 or 26, received 22"),
        (WideResNetCifar(30), "depth expects 6n + 4 layers, as 28 or 34, received 30"),
        (PreActResNetCifar(111), "depth expects 9n + 2 layers, as 110 or 119, received 111"),
        (PreActResNetCifar(8), "depth expects 9n + 2 layers, as 11 or 20, received 8"),
        (ResNet("34", groups=2), "groups expects 1 at depth 34, whose blocks are no bottlenecks, received 2"),
        (ResNeXt("18"), "groups expects 1 at depth 18"),
        (ResNet("18", stride_at="1×1"), "stride_at expects 3×3 at depth 18"),
        (ResNet("50", width=1, width_per_group=8), "width_per_group expects at least 64 at a width of 1, received 8"),
        (ResNet("50", width=2**31 - 1), "expects a whole number"),
    ],
    ids=str,
)
def test_settings_that_do_not_go_together_are_refused(template: Template, sentence: str) -> None:
    with pytest.raises((BadSetting, Unfit), match=re.escape(sentence)):
        template.networks()


@pytest.mark.parametrize("depth", [7, 6003, "20"])
def test_a_depth_out_of_bounds_is_refused_at_once(depth: object) -> None:
    with pytest.raises(BadSetting, match="depth expects"):
        ResNetCifar(depth)


KINDS = [ResNet, SEResNet, ResNeXt, WideResNet, PreActResNet, ResNetCifar, WideResNetCifar, PreActResNetCifar]


@pytest.mark.parametrize("kind", KINDS)
def test_a_setting_at_its_bound_draws_or_is_refused(kind: type[Template]) -> None:
    for name, setting in kind.settings.items():
        for value in setting.examples():
            with suppress(BadSetting, Unfit):
                kind().with_settings(**{name: value}).networks()


@pytest.mark.parametrize("kind", KINDS)
def test_every_node_stands_below_what_it_reads(kind: type[Template]) -> None:
    (drawing,) = kind().networks().values()
    places, drawn = drawing.layout(), drawing.graph()
    assert places.keys() == drawn.nodes.keys()
    assert all(places[wire.source][1] < places[wire.target][1] for wire in drawn.wires)


@pytest.mark.parametrize(
    "template, lines",
    [(ResNet("50"), 120), (ResNet("18"), 120), (ResNetCifar(1202), 120), (WideResNetCifar(), 120)],
    ids=str,
)
def test_printed_code_has_a_class_for_each_kind_of_block_and_a_line_for_a_stage(template: Template, lines: int) -> None:
    printed = text(drawn(template))
    assert len(printed.splitlines()) < lines
    assert len(re.findall(r"^class (Residual|Bottleneck|PreActivation)", printed, re.M)) <= 2
    assert "for _ in range(" in printed or isinstance(template, ResNet)


def resnet(layers: tuple[int, ...], basic: bool, width_per_group: int = 64, groups: int = 1) -> Weights:
    """What a checkpoint of torchvision's ResNet holds, by its table of blocks."""
    weights = conv("conv1", 3, 64, 7) | norm("bn1", 64)
    come = 64
    for stage, count in enumerate(layers):
        planes = 64 * 2**stage
        inside, leave = (planes, planes) if basic else (planes * width_per_group // 64 * groups, 4 * planes)
        for block in range(count):
            at = f"layer{stage + 1}.{block}"
            weights |= norm(f"{at}.bn1", inside) | norm(f"{at}.bn2", inside)
            if basic:
                weights |= conv(f"{at}.conv1", come, inside, 3) | conv(f"{at}.conv2", inside, leave, 3)
            else:
                weights |= conv(f"{at}.conv1", come, inside, 1) | conv(f"{at}.conv2", inside, inside, 3, groups)
                weights |= conv(f"{at}.conv3", inside, leave, 1) | norm(f"{at}.bn3", leave)
            if block == 0 and (stage or not basic):
                weights |= conv(f"{at}.downsample.0", come, leave, 1) | norm(f"{at}.downsample.1", leave)
            come = leave
    return weights | linear("fc", come, 1000)


@pytest.mark.parametrize(
    "template, theirs",
    [
        (ResNet("18"), resnet((2, 2, 2, 2), True)),
        (ResNet("34"), resnet((3, 4, 6, 3), True)),
        (ResNet("50"), resnet((3, 4, 6, 3), False)),
        (ResNet("101", (1, 2, 1, 3)), resnet((1, 2, 1, 3), False)),
        (ResNeXt("50"), resnet((3, 4, 6, 3), False, 4, 32)),
        (WideResNet("50"), resnet((3, 4, 6, 3), False, 128)),
    ],
    ids=called,
)
def test_weights_have_torchvisions_names_and_shapes(template: Template, theirs: Weights) -> None:
    assert ours(template) == theirs


@pytest.mark.parametrize(
    "template",
    [
        SEResNet(),
        TAUGHT,
        ResNet(stride_at="1×1"),
        ResNet("18", (1, 1)),
        ResNetCifar(),
        PreActResNet(),
        WideResNetCifar(),
    ],
    ids=str,
)
def test_torchvision_has_no_other_of_these_networks(template: Template) -> None:
    with pytest.raises(NoName):
        renamed(template, ["conv1.conv.weight"])


def test_a_checkpoint_of_torchvision_gives_what_the_network_written_by_hand_gives() -> None:
    template = ResNet("18", classes=10, resolution=64)
    by_hand, x = filled(ResNet18(10)), torch.randn(2, 3, 64, 64)
    printed = network_class({"ResNet": drawn(template)}, "ResNet")().eval()
    checkpoint = by_hand.state_dict()
    printed.load_state_dict(
        {name: checkpoint[theirs] for name, theirs in renamed(template, printed.state_dict()).items()}
    )
    assert len(checkpoint) == len(printed.state_dict())
    with torch.no_grad():
        torch.testing.assert_close(printed(x), by_hand(x), rtol=1e-5, atol=1e-5)
