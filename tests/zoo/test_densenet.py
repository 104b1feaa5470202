"""Dense networks: published figures, settings in between, what cannot be, and torchvision's names."""

from __future__ import annotations

import re
from contextlib import suppress
from math import prod

import pytest
import torch

from blocks.block import Unfit
from blocks.setting import BadSetting
from blocks.zoo import Template
from blocks.zoo.densenet import DenseNet, DenseNetCifar
from runtime.adopted import adopted
from runtime.torchvision_names import NoName, renamed
from tests.zoo.entries_dense import TAUGHT
from tests.zoo.listed import Weights, conv, linear, norm, ours
from tests.zoo.meta import agree, called, checked, drawn, given, text


@pytest.mark.parametrize(
    "depth, parameters", [("121", 7_978_856), ("161", 28_681_000), ("169", 14_149_480), ("201", 20_013_928)]
)
def test_N11_densenet_bc_has_its_published_parameters_at_every_depth(depth: str, parameters: int) -> None:
    assert checked(DenseNet(depth)).parameters == parameters


def test_N11_the_network_as_taught_has_four_blocks_whose_channels_grow_and_are_cut() -> None:
    found = checked(TAUGHT)
    ways = ["conv", *(name for i in (1, 2, 3) for name in (f"denseblock{i}", f"transition{i}")), "denseblock4"]
    assert [given(found, way)[0] for way in ways] == [64, 192, 96, 224, 112, 240, 120, 248]
    assert found.parameters == 758_226


PLAIN = {"bottleneck": 0, "compression": 1.0}


@pytest.mark.parametrize(
    "template, millions",
    [
        (DenseNetCifar(40, 12, **PLAIN), 1.0),
        (DenseNetCifar(100, 12, **PLAIN), 7.0),
        (DenseNetCifar(100, 24, **PLAIN), 27.2),
        (DenseNetCifar(100, 12), 0.8),
        (DenseNetCifar(250, 24), 15.3),
        (DenseNetCifar(190, 40), 25.6),
    ],
    ids=called,
)
def test_networks_for_small_pictures_have_the_millions_of_table_2(template: Template, millions: float) -> None:
    assert checked(template).parameters / 1e6 == pytest.approx(millions, abs=0.06)


@pytest.mark.parametrize(
    "template",
    [
        DenseNet(layers=(1, 3, 2), growth=5, compression=0.3, bottleneck=2, dropout=0.2, classes=7, resolution=65),
        DenseNet("161", (2, 1), channels=1, resolution=40),
        DenseNet(layers=(2,), growth=1, bias=True, resolution=32),
        DenseNetCifar(10, 7, bottleneck=3),
        DenseNetCifar(13, 5, **PLAIN, channels=1, resolution=9),
    ],
    ids=str,
)
def test_torch_agrees_about_settings_between_those_of_the_paper(template: Template) -> None:
    agree(drawn(template))


def test_growth_follows_the_depth_unless_it_is_set() -> None:
    found = [checked(each) for each in (DenseNet("161"), DenseNet("161", growth=32), DenseNet("169"))]
    assert [given(each, "conv")[0] for each in found] == [96, 64, 64]


def test_a_plain_network_begins_with_16_channels_and_transitions_keep_all() -> None:
    found = checked(DenseNetCifar(40, 12, **PLAIN))
    assert [given(found, name)[0] for name in ("conv", "denseblock1", "transition1")] == [16, 160, 160]


@pytest.mark.parametrize(
    "template, told",
    [
        (DenseNet("201"), "DenseNet-201"),
        (DenseNet(layers=(4, 4, 4, 4), bottleneck=0), "DenseNet-21"),
        (DenseNetCifar(), "DenseNet-100 for small pictures, growth 12"),
    ],
    ids=str,
)
def test_a_network_is_called_by_its_depth(template: Template, told: str) -> None:
    assert template.title() == told


@pytest.mark.parametrize(
    "template, sentence",
    [
        (DenseNetCifar(99), "depth expects 6n + 4 layers, as 94 or 100, received 99"),
        (DenseNetCifar(41, bottleneck=0), "depth expects 3n + 4 layers, as 40 or 43, received 41"),
        (DenseNetCifar(7), "depth expects 6n + 4 layers, as 10 or 16, received 7"),
        (DenseNet(layers=(1,) * 8, resolution=32), "inside"),
    ],
    ids=str,
)
def test_settings_that_do_not_go_together_are_refused(template: Template, sentence: str) -> None:
    with pytest.raises((BadSetting, Unfit), match=re.escape(sentence)):
        template.networks()


@pytest.mark.parametrize("kind", [DenseNet, DenseNetCifar])
def test_a_setting_at_its_bound_draws_or_is_refused(kind: type[Template]) -> None:
    small = kind().with_settings(**{"layers": (2, 2)} if kind is DenseNet else {"depth": 16})
    for name, setting in kind.settings.items():
        for value in setting.examples():
            with suppress(BadSetting, Unfit):
                small.with_settings(**{name: value}).networks()


@pytest.mark.parametrize("kind", [DenseNet, DenseNetCifar])
def test_every_node_stands_below_what_it_reads(kind: type[Template]) -> None:
    (drawing,) = kind().networks().values()
    places, drawn = drawing.layout(), drawing.graph()
    assert places.keys() == drawn.nodes.keys()
    assert all(places[wire.source][1] < places[wire.target][1] for wire in drawn.wires)


def test_printed_code_has_one_class_for_a_layer_and_one_for_a_transition() -> None:
    printed = text(drawn(DenseNet("121")))
    assert re.findall(r"^class (\w+)", printed, re.M) == ["ConvUnit", "DenseLayer", "Transition", "Net"]


def densenet(layers: tuple[int, ...], growth: int) -> Weights:
    """What a checkpoint of torchvision's DenseNet holds, by its table of blocks."""
    come = 2 * growth
    weights = conv("features.conv0", 3, come, 7) | norm("features.norm0", come)
    for block, count in enumerate(layers, 1):
        for layer in range(1, count + 1):
            at = f"features.denseblock{block}.denselayer{layer}"
            weights |= norm(f"{at}.norm1", come) | conv(f"{at}.conv1", come, 4 * growth, 1)
            weights |= norm(f"{at}.norm2", 4 * growth) | conv(f"{at}.conv2", 4 * growth, growth, 3)
            come += growth
        if block < len(layers):
            at = f"features.transition{block}"
            weights |= norm(f"{at}.norm", come) | conv(f"{at}.conv", come, come // 2, 1)
            come //= 2
    return weights | norm("features.norm5", come) | linear("classifier", come, 1000)


@pytest.mark.parametrize(
    "template, theirs",
    [
        (DenseNet("121"), densenet((6, 12, 24, 16), 32)),
        (DenseNet("161"), densenet((6, 12, 36, 24), 48)),
        (DenseNet("121", (1, 2, 1, 3), 8), densenet((1, 2, 1, 3), 8)),
    ],
    ids=called,
)
def test_weights_have_torchvisions_names_and_shapes(template: Template, theirs: Weights) -> None:
    assert ours(template) == theirs


@pytest.mark.parametrize("template", [TAUGHT, DenseNet(compression=0.6), DenseNetCifar()], ids=str)
def test_torchvision_has_no_other_of_these_networks(template: Template) -> None:
    with pytest.raises(NoName):
        renamed(template, ["conv.conv.weight"])


def test_the_files_that_torchvision_still_offers_name_layers_with_a_dot() -> None:
    template = DenseNet("121", (1, 2, 1, 3), 8)
    listed = {name: shape for name, shape in densenet((1, 2, 1, 3), 8).items() if shape}  # nor do they count batches
    old = re.compile(r"(denselayer\d\.(?:norm|conv))(\d)")
    checkpoint = {old.sub(r"\1.\2", name): torch.full(shape, 0.5) for name, shape in listed.items()}
    assert "features.denseblock2.denselayer2.conv.1.weight" in checkpoint
    weights = adopted(template, checkpoint)
    assert sum(weight.numel() for weight in weights.values() if weight.dim()) == sum(map(prod, listed.values()))
    assert all(weight.eq(0.5).all() for weight in weights.values() if weight.dim())
