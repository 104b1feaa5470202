"""Mobile and searched networks: rows of the vocabulary, published figures in between, torchvision's checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import pytest
import torch
from torch import nn

from blocks.block import Unfit
from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.measure import Row
from blocks.setting import BadSetting
from blocks.zoo import Template
from blocks.zoo.mnasnet import MnasNet
from blocks.zoo.mobilenet import MobileNetV1, MobileNetV2, MobileNetV3
from blocks.zoo.nasnet import NASNet
from blocks.zoo.shufflenet import ShuffleNetV1, ShuffleNetV2
from blocks.zoo.squeezenet import SqueezeNet
from runtime.source import print_networks
from runtime.torchvision_names import renamed
from tests.zoo import mobile_by_hand as by_hand
from tests.zoo.meta import agree, checked, drawn, given


def sides(found: Checked, *nodes: str) -> list[int]:
    return [given(found, node)[1] for node in nodes]


def weight_layers(graph: Graph, rows: Mapping[str, Row]) -> int:
    """Convolutions and linear layers, but for those of gates."""
    total = 0
    for name, node in graph.nodes.items():
        total += node.block.kind() in {"Conv2d", "DepthwiseConv2d", "Linear"}
        for copy in rows[name].copies or (rows[name],):
            if copy.inside is not None and node.block.kind() != "SqueezeExcite":
                total += weight_layers(copy.inside.graph, copy.inside.rows)
    return total


def counted(template: Template) -> tuple[int, int]:
    """Parameters, and layers with weights."""
    found = checked(template)
    return found.parameters, weight_layers(found.graph, found.rows)


# --- Rows of the vocabulary -----------------------------------------------------------------------


def test_N12_mobilenet_v1_has_its_figures_at_two_resolutions() -> None:
    large, small = checked(MobileNetV1()), checked(MobileNetV1(resolution=192))
    assert (large.parameters, large.macs) == (4_231_976, 568_740_352)
    assert (small.parameters, small.macs) == (4_231_976, 418_121_728)
    assert weight_layers(large.graph, large.rows) == 28


def test_N13_mobilenet_v2_has_53_weight_layers_and_54_in_the_literal_reading() -> None:
    assert counted(MobileNetV2()) == (3_504_872, 53)
    assert counted(MobileNetV2(first_expands=True)) == (3_505_960, 54)


def test_N14_mobilenet_v3_is_large_and_small() -> None:
    assert counted(MobileNetV3("Large")) == (5_483_032, 48)
    assert counted(MobileNetV3("Small")) == (2_542_856, 36)


N15: dict[Template, int] = {
    SqueezeNet(): 1_248_424,
    ShuffleNetV1(3): 1_865_728,
    ShuffleNetV2(): 2_278_604,
    NASNet(4, 1056): 5_289_978,
    MnasNet("B1"): 4_383_312,
    MnasNet("A1"): 3_887_038,
}


@pytest.mark.parametrize("template", N15, ids=lambda template: template.title())
def test_N15_a_small_network_has_its_parameters(template: Template) -> None:
    assert checked(template).parameters == N15[template]


P15 = {
    1.0: (4_231_976, 568_740_352),
    0.75: (2_585_560, 325_400_448),
    0.5: (1_331_592, 149_497_088),
    0.25: (470_072, 41_030_272),
}


@pytest.mark.parametrize("alpha", P15)
def test_P15_the_cost_falls_with_about_the_square_of_the_width(alpha: float) -> None:
    found = checked(MobileNetV1(alpha))
    assert (found.parameters, found.macs) == P15[alpha]
    assert found.macs / P15[1.0][1] == pytest.approx(alpha**2, abs=0.013)


P16 = {224: (112, 56, 28, 14, 7), 192: (96, 48, 24, 12, 6), 160: (80, 40, 20, 10, 5), 128: (64, 32, 16, 8, 4)}


def test_P16_the_resolution_costs_multiplications_and_no_parameters() -> None:
    found = {side: checked(MobileNetV1(resolution=side)) for side in P16}
    nodes = ("conv1", "dw_pw2", "dw_pw4", "dw_pw6", "dw_pw12")
    assert {side: tuple(sides(each, *nodes)) for side, each in found.items()} == P16
    assert {each.parameters for each in found.values()} == {4_231_976}
    assert [round(each.macs / 1e6, 2) for each in found.values()] == [568.74, 418.12, 290.68, 186.40]
    assert found[224].macs - found[192].macs == 150_618_624


# --- Figures between and beyond -------------------------------------------------------------------

PUBLISHED: dict[
    Template, tuple[float, int]
] = {  # parameters in millions, multiplications in millions, as papers and releases round them
    MobileNetV1(middle=0): (2.9, 307),
    MobileNetV1(separable=False): (29.3, 4867),
    MobileNetV3("Large", 0.75): (4.0, 155),
    MobileNetV3("Small", 0.75): (2.0, 43),
    NASNet(6, 768, "CIFAR", 96, classes=10, resolution=32): (3.3, 526),
}
EXACT: dict[Template, int] = {  # of torchvision, Keras and a public collection
    MobileNetV2(1.4): 6_108_776,
    SqueezeNet("1.1"): 1_235_496,
    ShuffleNetV1(4): 1_968_344,
    ShuffleNetV1(8): 2_434_768,
    ShuffleNetV1(1, 0.25): 209_746,
    ShuffleNetV1(3, 0.75): 1_238_266,
    ShuffleNetV2(1.5): 3_503_624,
    NASNet(6, 4032, stem=96, skip_reduction=True, resolution=331): 88_753_150,
}


@pytest.mark.parametrize("template", PUBLISHED, ids=lambda template: template.title())
def test_other_settings_give_the_rounded_figures_of_the_papers(template: Template) -> None:
    found = checked(template)
    assert (round(found.parameters / 1e6, 1), round(found.macs / 1e6)) == PUBLISHED[template]


@pytest.mark.parametrize("template", EXACT, ids=lambda template: template.title())
def test_other_settings_give_the_released_parameters(template: Template) -> None:
    assert checked(template).parameters == EXACT[template]


BETWEEN = (
    MobileNetV1(0.6, 2, channels=1, classes=10, resolution=32),
    MobileNetV2(0.35, True, resolution=33),
    MobileNetV3("Small", 0.5, resolution=32),
    SqueezeNet("1.1", "complex", fires=5, pools=(2, 4), base=30, increase=7, every=3, wide_part=0.9, resolution=64),
    ShuffleNetV1(5, 0.5, width=97, resolution=32),
    ShuffleNetV2(0.8, last=100, resolution=32),
    MnasNet("A1", 0.75, resolution=32),
    NASNet(1, 100, "CIFAR", 8, skip_reduction=True, auxiliary=True, drop_path=0.3, resolution=32),
)


@pytest.mark.parametrize("template", BETWEEN, ids=lambda template: repr(template))
def test_torch_agrees_about_settings_that_nobody_listed(template: Template) -> None:
    agree(drawn(template))


@pytest.mark.parametrize(
    "template, sentence",
    [
        (ShuffleNetV1(5), "width.*the channels of stage 2, which table 1 has only for 1, 2, 3, 4, 8 groups"),
        (ShuffleNetV2(width=57), "width.*an even number"),
        (SqueezeNet(resolution=16), "fire|pool|conv"),
        (NASNet(resolution=2), "stem"),
        (NASNet(auxiliary=True, resolution=64), "aux_pool"),
    ],
    ids=lambda value: repr(value),
)
def test_settings_that_do_not_go_together_are_refused(template: Template, sentence: str) -> None:
    with pytest.raises((BadSetting, Unfit), match=sentence):
        template.networks()


SMALL = {"resolution": 32, "channels": 1, "classes": 10}
KINDS = (MobileNetV1, MobileNetV2, MobileNetV3, SqueezeNet, ShuffleNetV1, ShuffleNetV2, MnasNet)
ENDS = [
    (kind, setting, value)
    for kind in KINDS
    for setting, held in kind.settings.items()
    if setting not in {"classes", "channels", "dropout"}
    for value in held.examples()
    if value != held.default
]


@pytest.mark.parametrize("kind, setting, value", ENDS, ids=lambda v: getattr(v, "__name__", None) or str(v))
def test_a_setting_at_its_bound_fits_or_is_refused(kind: type[Template], setting: str, value: object) -> None:
    try:
        found = check(drawn(kind(**SMALL | {setting: value})))
    except (BadSetting, Unfit):
        return
    assert not found.errors


def test_a_network_with_an_auxiliary_head_gives_its_own_answer_first() -> None:
    assert list(drawn(NASNet(1, 96, auxiliary=True, resolution=128)).outputs()) == ["output", "auxiliary"]


def test_the_shortcuts_of_squeezenet_stand_where_figure_2_has_them() -> None:
    added = {way: [name for name in drawn(SqueezeNet(bypass=way)).nodes if name.startswith("add")] for way in WAYS}
    assert added == {
        "none": [],
        "simple": ["add3", "add5", "add7", "add9"],
        "complex": [f"add{i}" for i in range(2, 10)],
    }
    around = [name for name in drawn(SqueezeNet(bypass="complex")).nodes if name.startswith("bypass")]
    assert around == ["bypass2", "bypass4", "bypass6", "bypass8"]


WAYS = ("none", "simple", "complex")

# --- Printed code ---------------------------------------------------------------------------------

LINES: dict[Template, int] = {
    MobileNetV1(): 95,
    MobileNetV2(): 140,
    SqueezeNet(): 100,
    ShuffleNetV1(): 140,
    ShuffleNetV2(): 145,
}


@pytest.mark.parametrize("template", LINES, ids=lambda template: template.title())
def test_printed_code_is_as_short_as_the_paper(template: Template) -> None:
    assert len(print_networks("Net", {"Net": drawn(template)}).text.splitlines()) < LINES[template]


# --- torchvision's checkpoints --------------------------------------------------------------------

RELEASED: dict[Template, Callable[[], nn.Module]] = {
    MobileNetV2(resolution=64): by_hand.mobilenet_v2,
    MobileNetV3("Large", resolution=64): lambda: by_hand.mobilenet_v3(by_hand.LARGE, 1280),
    MobileNetV3("Small", resolution=64): lambda: by_hand.mobilenet_v3(by_hand.SMALL, 1024),
    SqueezeNet("1.0", resolution=64): lambda: by_hand.squeezenet(96, 7, (4, 8)),
    SqueezeNet("1.1", resolution=64): lambda: by_hand.squeezenet(64, 3, (3, 5)),
    ShuffleNetV2(1.0, resolution=64): lambda: by_hand.shufflenet_v2(116, 232, 464, 1024),
    MnasNet("B1", 0.5, resolution=64): lambda: by_hand.mnasnet_b1(16, 8, 16, 24, 40, 48, 96, 160),
}


def filled(module: nn.Module) -> nn.Module:
    """With random weights that keep the size of what runs through, and random statistics."""
    torch.manual_seed(0)
    for name, tensor in module.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif tensor.dim() > 1:
            tensor.normal_(std=(2 / tensor[0].numel()) ** 0.5)
        elif tensor.is_floating_point():
            tensor.normal_(1.0 if name.endswith("weight") else 0.0, 0.1)
    return module.double().eval()


@pytest.mark.parametrize("template", RELEASED, ids=lambda template: template.title())
def test_a_checkpoint_of_torchvision_gives_what_the_network_written_by_hand_gives(template: Template) -> None:
    theirs = filled(RELEASED[template]())
    source, printed = print_networks("Net", {"Net": drawn(template)}), ModuleType("printed")
    exec(compile(source.text, "printed.py", "exec"), printed.__dict__)
    ours: nn.Module = getattr(printed, source.classes["Net"])().double().eval()
    names, weights = renamed(template, ours.state_dict()), theirs.state_dict()
    assert set(names.values()) == set(weights)
    assert all(weights[names[name]].shape == tensor.shape for name, tensor in ours.state_dict().items())
    ours.load_state_dict({name: weights[their_name] for name, their_name in names.items()})
    x = torch.rand(2, 3, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        found, wanted = ours(x), theirs(x)
    assert wanted.std() > 0.01
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("template", [MobileNetV1(), MnasNet("A1"), SqueezeNet(bypass="simple"), NASNet()])
def test_torchvision_has_no_other_of_these_networks(template: Template) -> None:
    assert not template.torchvision()
