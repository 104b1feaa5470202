"""Rows O06, D05, G07, G08, T09, T19 and Q12 of the vocabulary: what is learned without, before and beside labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.activation import Sigmoid
from blocks.block import Block
from blocks.embedding import Embedding
from blocks.linear import Linear
from blocks.noise import GaussianNoise, MaskingNoise, SaltAndPepperNoise
from blocks.recurrent import GRU, RNN, LastStep
from blocks.shape import tokens, vector
from blocks.zoo.autoencoder import Autoencoder as Drawn
from blocks.zoo.autoencoder import StackedDenoisingAutoencoder
from runtime.data.curve import Curve
from runtime.data.digits import Digits
from runtime.data.tasks import Recall
from runtime.design import Design, Phase
from runtime.messages import Ended, Failed
from runtime.model import Program, compiled, network_class
from runtime.optimizer import Adam
from runtime.recipe import Classification, Recipe
from runtime.recipes.autoencoder import Autoencoder, Denoising
from runtime.train import Training
from tests.blocks.oracle import made
from tests.taught import column, design
from tests.taught_codes import denoising_curve, probe_digits, stacked_digits
from tests.taught_tasks import adding_lstm
from tests.vocabulary.rows import chained

CPU = torch.device("cpu")


def trained(design: Design) -> tuple[dict[str, float], Training]:
    """What is measured at the end of a training, and the training."""
    training = Training(compiled(design), CPU)
    *_, last = (event for event in training.events() if event is not None)
    assert isinstance(last, Ended), last.message if isinstance(last, Failed) else last
    return dict(last.final), training


def shorter(design: Design, *epochs: int) -> Design:
    """The same with so many epochs in each phase; 0 leaves a phase out."""
    phases = []
    for phase, count in zip(design.training, epochs, strict=True):
        assert isinstance(phase.plan, Recipe)
        phases += [Phase(phase.name, phase.plan.with_settings(epochs=count))] if count else []
    return replace(design, training=tuple(phases))


# --- O06, D05: what is restored, and how it is corrupted ------------------------------------


def restoring(recipe: Recipe, *blocks: Block) -> Program:
    """A network that is to restore points of a curve."""
    data = Curve(samples_=64, batch_size=64, validation=0.0)
    return compiled(Design("Restored", {"Net": chained(vector(2), *blocks)}, data, (Phase("restore", recipe),)))


def loss_of(program: Program, network: nn.Module, batch: dict[str, Tensor]) -> Tensor:
    torch.manual_seed(3)
    told: Tensor = program.script.PHASES[0].measure({"Net": network}, batch)["loss"]
    return told


@pytest.mark.parametrize(("loss", "judge"), [("squared", F.mse_loss), ("absolute", F.l1_loss)])
def test_O06_what_comes_out_is_compared_with_the_clean_input(loss: str, judge: Any) -> None:
    program = restoring(Denoising(noise="masking", level=0.5, loss=loss), Linear(8), Linear(2))
    network = program.script.build()["Net"]
    batch, _ = program.script.load(CPU)
    torch.manual_seed(3)
    corrupted = batch["point"] * (torch.rand_like(batch["point"]) >= 0.5)
    found = loss_of(program, network, batch)
    torch.testing.assert_close(found, judge(network(corrupted), batch["point"]))
    assert not torch.isclose(found, judge(network(corrupted), corrupted))


def test_O06_the_cross_entropy_of_a_reconstruction_is_that_of_each_number() -> None:
    recipe = Autoencoder(loss="cross-entropy")
    points = {"point": torch.rand(16, 2)}
    for blocks in ((Linear(2),), (Linear(2), Sigmoid())):
        program = restoring(recipe, *blocks)
        network = program.script.build()["Net"]
        p = network(points["point"]) if len(blocks) == 2 else network(points["point"]).sigmoid()
        wanted = -(points["point"] * p.log() + (1 - points["point"]) * (1 - p).log()).mean()
        torch.testing.assert_close(loss_of(program, network, points), wanted)


@pytest.mark.parametrize(
    ("noise", "share"),
    [(MaskingNoise(0.3), 0.3), (SaltAndPepperNoise(0.3, low=-9.0, high=9.0), 0.3), (GaussianNoise(0.5), 1.0)],
    ids=lambda each: type(each).__name__,
)
def test_D05_noise_corrupts_in_training_only_and_as_much_as_it_says(noise: Block, share: float) -> None:
    module = made(noise, vector(500))
    x = torch.ones(400, 500)
    torch.manual_seed(0)
    noisy = module.train()(x)
    assert (noisy != x).float().mean().item() == pytest.approx(share, abs=0.005)
    assert torch.equal(module.eval()(x), x)


def test_D05_the_noises_leave_zeros_extremes_or_a_deviation() -> None:
    x = torch.full((400, 500), 0.5)
    torch.manual_seed(0)
    assert made(MaskingNoise(0.3), vector(500)).train()(x).unique().tolist() == [0.0, 0.5]
    assert made(SaltAndPepperNoise(0.3), vector(500)).train()(x).unique().tolist() == [0.0, 0.5, 1.0]
    assert (made(GaussianNoise(0.2), vector(500)).train()(x) - x).std().item() == pytest.approx(0.2, abs=0.002)


# --- G07, G08: codes and manifolds ----------------------------------------------------------


def codes(template: Any, name: str, training: bool) -> tuple[Tensor, Tensor]:
    """The codes of two passes with the same weights."""
    networks = {each: drawing.graph() for each, drawing in template.networks().items()}
    torch.manual_seed(0)
    module = network_class(networks, name)().train(training)
    x = torch.rand(5, *networks[name].block(networks[name].inputs()[0]).shape().sizes)
    place = networks[name].outputs().index("code")
    return module(x)[place], module(x)[place]


NOISY = Drawn(12, (6,), noise="masking", tied=True)
STACKED = StackedDenoisingAutoencoder(12, (8, 6))


@pytest.mark.parametrize(
    ("template", "name", "random"),
    [
        (Drawn(12, (6,)), "Autoencoder", False),
        (NOISY, "Autoencoder", True),
        (STACKED, "Layer1", True),
        (STACKED, "Layer2", True),
    ],
    ids=["plain", "denoising", "stacked, first", "stacked, second"],
)
def test_G07_the_encoder_is_deterministic_and_the_corruption_random(template: Any, name: str, random: bool) -> None:
    networks = template.networks()
    name = name if name in networks else next(iter(networks))
    assert torch.equal(*codes(template, name, training=False))
    assert torch.equal(*codes(template, name, training=True)) is not random


def distances(design: Design) -> tuple[float, float]:
    """How far held-out points are from the circle on average, as they come and as the network restores them."""
    _, training = trained(design)
    [network] = training.networks.values()
    points = training.held_out["point"]
    with torch.no_grad():
        restored = network.eval()(points)
    before, after = ((each.norm(dim=1) - 1).abs().mean().item() for each in (points, restored))
    return before, after


def test_G08_corrupted_points_are_pulled_to_the_curve() -> None:
    circle = denoising_curve()
    before, after = distances(shorter(replace(circle, data=Curve(samples_=1500, noise=0.2)), 8))
    assert before > 0.14
    assert after < 0.6 * before


@pytest.mark.slow
def test_G08_after_a_whole_training_a_seventh_of_the_distance_is_left() -> None:
    before, after = distances(denoising_curve())
    assert after < before / 7


# --- T09, T19: what is learned before labels ------------------------------------------------


def test_T09_layers_are_handed_over_as_they_were_learned_and_then_tuned_together() -> None:
    script = compiled(shorter(stacked_digits(), 1, 1, 1, 1)).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    assert [phase.name for phase in script.PHASES] == ["layer 1", "layer 2", "layer 3", "fine-tuning"]
    learned: dict[str, dict[str, Tensor]] = {}
    for place, phase in enumerate(script.PHASES[:3], 1):
        assert phase.learning == (f"Encoder{place}", f"Decoder{place}")
        script.train(phase, networks, data, held_out, 1, 3)
        learned[f"Encoder{place}"] = weights(networks[f"Encoder{place}"])
    for name, before in learned.items():  # layer k stayed as it was while k + 1 learned, and so the classifier begins
        assert all(torch.equal(before[n], p) for n, p in weights(networks[name]).items())
    script.train(script.PHASES[3], networks, data, held_out, 1, 3)
    assert not any(
        torch.equal(before[n], p) for name, before in learned.items() for n, p in weights(networks[name]).items()
    )


def weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: p.detach().clone() for name, p in network.named_parameters()}


def test_T09_a_layer_reads_clean_codes_and_restores_them_from_corrupted_ones() -> None:
    script = compiled(stacked_digits()).script
    networks, (data, _) = script.build(), script.load(CPU)
    batch = {name: field[:16] for name, field in data.items()}
    torch.manual_seed(5)
    found = script.PHASES[1].measure(networks, batch)["loss"]
    torch.manual_seed(5)
    code = networks["Encoder1"](batch["image"])
    corrupted = code * (torch.rand_like(code) >= 0.3)
    restored = networks["Decoder2"](networks["Encoder2"](corrupted))
    torch.testing.assert_close(found, F.binary_cross_entropy_with_logits(restored, code))


def test_T19_a_probe_tells_learned_features_from_random_ones_and_leaves_them_alone() -> None:
    whole = replace(shorter(probe_digits(), 5, 5), data=Digits(batch_size=64))
    learned, training = trained(whole)
    random, _ = trained(shorter(probe_digits(), 0, 5))
    assert learned["accuracy"] > random["accuracy"] + 0.05
    script = compiled(whole).script
    networks, (data, held_out) = script.build(), script.load(CPU)
    script.train(script.PHASES[0], networks, data, held_out, 5, 10_000)
    for name, p in networks["Encoder"].named_parameters():
        assert torch.equal(p, training.networks["Encoder"].get_parameter(name))


# --- Q12: a long gap ------------------------------------------------------------------------


def recalling(memory: Block) -> Design:
    """A sign is to be kept in mind over thirty others."""
    layers = ("table", Embedding(4, 8)), ("memory", memory), ("last", LastStep()), ("classes", Linear(2))
    drawing = column("sequence", tokens(30, 4), "logits", *layers)
    recipe = Classification(epochs=5, optimizer=Adam(lr=0.03), gradient_clip_val=1.0)
    data = Recall(length=30, classes=2, samples_=1000, batch_size=50)
    return design("Recall", data, (Phase("keep", recipe),), Net=(drawing, "# Recall"))


def test_Q12_gates_carry_a_sign_over_a_gap_that_a_plain_network_loses() -> None:
    kept, _ = trained(recalling(GRU(16)))
    lost, _ = trained(recalling(RNN(16)))
    assert kept["accuracy"] > 0.95
    assert lost["accuracy"] < 0.7  # guessing gives 0.5


@pytest.mark.slow
def test_Q12_an_lstm_adds_over_a_gap_that_a_plain_network_does_not_learn() -> None:
    memory = adding_lstm()
    [graph] = memory.networks.values()
    nodes = {**graph.nodes, "lstm": replace(graph.nodes["lstm"], block=RNN(32))}
    plain = replace(memory, networks={"Adder": replace(graph, nodes=nodes)})
    learned, _ = trained(memory)
    lost, _ = trained(plain)
    assert learned["loss"] < 0.01
    assert lost["loss"] > 0.12  # who always answers 1 is wrong by 1/6
