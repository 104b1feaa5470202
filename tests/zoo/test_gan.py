"""DCGAN and cDCGAN of any size, and what a label does to both networks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.setting import BadSetting
from blocks.zoo import Template
from blocks.zoo.dcgan import DCGAN, NUMBERS, ConditionalDCGAN
from tests.vocabulary.rows import compiled
from tests.zoo import meta

SMALL = ConditionalDCGAN(16, 4, 6)


def graphs(template: Template) -> tuple[Graph, Graph]:
    drawn = template.networks()
    assert list(drawn) == ["Generator", "Discriminator"]
    return drawn["Generator"].graph(), drawn["Discriminator"].graph()


def found(template: Template) -> tuple[Checked, Checked]:
    generator, discriminator = map(check, graphs(template))
    assert not generator.errors + discriminator.errors
    return generator, discriminator


def test_N17_both_networks_of_cdcgan_take_the_label_beside_their_input() -> None:
    generator, discriminator = found(ConditionalDCGAN())
    assert (generator.parameters, discriminator.parameters) == (3_076_737, 2_643_329)
    assert generator.graph.inputs() == ("noise", "label")
    assert discriminator.graph.inputs() == ("image", "label")


def test_N17_the_label_picks_what_is_drawn_and_what_is_judged() -> None:
    generator, discriminator = (compiled(graph).eval() for graph in graphs(SMALL))
    noise = torch.randn(1, 6, 1, 1).expand(2, -1, -1, -1)
    label = F.one_hot(torch.tensor([3, 7]), 10).float()[:, :, None, None]
    pictures = generator(noise, label)
    assert pictures.shape == (2, 1, 16, 16)
    assert not torch.allclose(pictures[0], pictures[1])
    same = pictures[:1].expand(2, -1, -1, -1)
    one, other = discriminator(same, label.expand(-1, -1, 16, 16)).flatten()
    assert one != other


def test_N17_a_label_may_arrive_as_the_number_of_the_digit() -> None:
    by_number = [compiled(graph).eval() for graph in graphs(SMALL.with_settings(labels=NUMBERS))]
    by_maps = [compiled(graph).eval() for graph in graphs(SMALL)]
    for one, other in zip(by_number, by_maps, strict=True):
        one.load_state_dict(other.state_dict())
    digits, noise = torch.tensor([3, 7]), torch.randn(2, 6, 1, 1)
    maps = F.one_hot(digits, 10).float()[:, :, None, None]
    pictures = by_maps[0](noise, maps)
    torch.testing.assert_close(by_number[0](noise, digits), pictures)
    torch.testing.assert_close(by_number[1](pictures, digits), by_maps[1](pictures, maps.expand(-1, -1, 16, 16)))


@pytest.mark.parametrize("template", [DCGAN, ConditionalDCGAN])
@pytest.mark.parametrize("side", [16, 32, 128])
def test_a_generator_draws_what_its_discriminator_takes(template: type[Template], side: int) -> None:
    generator, discriminator = found(template(resolution=side))
    assert meta.given(generator, "output") == meta.given(discriminator, "image")
    assert meta.given(generator, "output")[1:] == (side, side)
    assert meta.given(discriminator, "output") == (1, 1, 1)


@pytest.mark.parametrize(
    "template",
    [
        DCGAN(8, 3, 5, 1),
        DCGAN(128, 32, 128, 1, False),
        ConditionalDCGAN(64, 48, 20, 7, 3, NUMBERS, False, False),
        ConditionalDCGAN(16, 2),
    ],
    ids=repr,
)
def test_sizes_in_between_give_what_torch_counts(template: Template) -> None:
    for graph in graphs(template):
        meta.agree(graph)


def test_each_halving_doubles_the_channels_of_both() -> None:
    generator, discriminator = found(DCGAN(128, 16))
    made = [meta.given(generator, f"up{i}") for i in range(1, 7)]
    assert made == [(256, 4, 4), (128, 8, 8), (64, 16, 16), (32, 32, 32), (16, 64, 64), (3, 128, 128)]
    assert [meta.given(discriminator, f"d{i}") for i in range(1, 6)] == made[-2::-1]


def test_without_biases_a_conditional_pair_saves_one_number_a_channel() -> None:
    with_, without = (found(ConditionalDCGAN(bias=bias)) for bias in (True, False))
    saved = [a.parameters - b.parameters for a, b in zip(with_, without, strict=True)]
    assert saved == [256 + 256 + 256 + 128 + 1, 256 + 512 + 1]


@pytest.mark.parametrize("template", [DCGAN(resolution=48), ConditionalDCGAN(resolution=48)])
def test_a_side_that_is_no_power_of_two_is_refused_in_a_sentence(template: Template) -> None:
    with pytest.raises(BadSetting, match="resolution expects a power of 2, as 32 or 64, received 48"):
        template.networks()


def test_pictures_lie_between_minus_one_and_one_and_verdicts_between_zero_and_one() -> None:
    generator, discriminator = (compiled(graph) for graph in graphs(DCGAN(16, 4, 6)))
    pictures = generator(3 * torch.randn(8, 6, 1, 1))
    assert pictures.abs().max() <= 1
    verdicts = discriminator(pictures)
    assert ((verdicts > 0) & (verdicts < 1)).all()


def test_the_printed_networks_have_one_class_for_all_their_stages() -> None:
    for graph, kind in zip(graphs(DCGAN()), ("GeneratorStage", "CriticStage"), strict=True):
        text = meta.text(graph)
        assert [line for line in text.splitlines() if line.startswith("class ")] == [
            f"class {kind}(nn.Module):",
            "class Net(nn.Module):",
        ]
        assert len(text.splitlines()) < 60
