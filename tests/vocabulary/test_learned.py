"""Rows L37, N01, N19, N20, N24, N25, Q10, Q12 and Q14 of the vocabulary where they say that something is learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.block import Block
from blocks.check import check
from blocks.embedding import Embedding
from blocks.linear import Linear
from blocks.recurrent import GRU, LSTM, RNN, LastStep
from blocks.shape import Shape, sequence, tokens
from blocks.zoo import Template
from blocks.zoo.autoencoder import Autoencoder as Drawn
from blocks.zoo.lenet import ConvNet
from blocks.zoo.perceptron import MLP
from runtime.data.bits import Bits
from runtime.data.digits import Digits
from runtime.data.films import Films
from runtime.data.tasks import Adding
from runtime.data.text import Text
from runtime.design import Design, Phase
from runtime.messages import Ended, Failed
from runtime.model import compiled, network_class
from runtime.optimizer import SGD, Adam
from runtime.recipe import Classification, Recipe, Regression
from runtime.recipes.autoencoder import Autoencoder
from runtime.train import Training
from tests.taught import column
from tests.taught_sequences import copying_lstm, film_frames, words_gru
from tests.taught_text import character_lstm, trigram_counts


def learned(design: Design, epochs: int) -> dict[str, float]:
    """What is measured of held-out examples after so many epochs in every phase."""
    phases = [replace(phase, plan=_shorter(phase, epochs)) for phase in design.training]
    training = Training(compiled(replace(design, training=tuple(phases))), torch.device("cpu"))
    *_, last = (event for event in training.events() if event is not None)
    assert isinstance(last, Ended), last.message if isinstance(last, Failed) else last
    return dict(last.final)


def _shorter(phase: Phase, epochs: int) -> Recipe:
    assert isinstance(phase.plan, Recipe)
    return phase.plan.with_settings(epochs=epochs)


# --- L37: a network for every frame ---------------------------------------------------------


def test_L37_weights_of_a_frames_network_count_once_and_it_works_for_every_frame() -> None:
    design = film_frames()
    checked = check(design.networks["Film"], design.networks)
    frame = check(design.networks["Frame"], design.networks)
    assert checked.rows["each_frame"].parameters == frame.parameters
    assert checked.rows["each_frame"].macs == 6 * frame.macs
    assert checked.shape("each_frame") is sequence(6, 32)


@pytest.mark.slow
def test_L37_what_reads_the_codes_of_the_frames_sees_the_way() -> None:
    design = film_frames()
    easy = replace(design, data=Films(samples_=600, noise=0.0, batch_size=20))
    assert learned(easy, 8)["accuracy"] > 0.9  # one frame by itself is worth 0.25


# --- Q10, N19: language ---------------------------------------------------------------------


def test_Q10_a_table_of_counts_is_learned_in_one_pass_and_shows_its_size() -> None:
    design = replace(trigram_counts(), data=Text(limit=6_000, steps=2, predict="last", batch_size=1000))
    [graph] = design.networks.values()
    assert check(graph).rows["trigram"].parameters == 100**3
    script = compiled(design).script
    networks, (data, held_out) = script.build(), script.load(torch.device("cpu"))
    script.train(script.PHASES[0], networks, data, held_out, 1, 10_000)
    table = networks["Trigram"].get_parameter("trigram.table.weight").detach()
    places = data["text"][:, 0] * 100 + data["text"][:, 1], data["next"]
    counts = torch.zeros_like(table).index_put_(places, torch.ones(()), accumulate=True)
    torch.testing.assert_close(table, counts)
    *_, means = script.evaluate(script.PHASES[0], networks, held_out)
    assert float(means["perplexity"]) < 30  # of 100 signs


def frequencies(signs: Tensor, held_out: Tensor) -> float:
    """The perplexity of who knows how frequent signs are, and nothing else."""
    shares = torch.bincount(signs.flatten(), minlength=1000) + 1.0
    return float((shares / shares.sum())[held_out.flatten()].log().mean().neg().exp())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("draw", "limit"),
    [(character_lstm, 12_000), (words_gru, 60_000)],
    ids=["characters", "words"],
)
def test_N19_models_of_characters_and_words_learn_more_than_how_frequent_signs_are(
    draw: Callable[[], Design], limit: int
) -> None:
    design = draw()
    assert isinstance(design.data, Text)
    data = design.data.with_settings(limit=limit, batch_size=4)
    few = replace(design, data=data)
    script = compiled(few).script
    held = script.load(torch.device("cpu"))
    assert learned(few, 3)["perplexity"] < 0.8 * frequencies(held[0]["next"], held[1]["next"])


# --- N01, N20, N24: what one step of a network cannot do by itself --------------------------


def test_N01_a_hidden_layer_of_two_learns_xor_from_several_seeds_and_without_it_none_does() -> None:
    assert xor_learned(MLP(2, (2,), 1, "Tanh"), seeds=8) >= 3  # others end in a half-right corner
    assert xor_learned(MLP(2, (), 1), seeds=3) == 0


def xor_learned(template: Template, seeds: int) -> int:
    """From how many seeds all four answers are right after some steps."""
    [drawing] = template.networks().values()
    phase = Phase("learn", Classification(optimizer=Adam(lr=0.2)))
    data = Bits(gate="XOR", batch_size=4)
    script = compiled(Design("XOR", {"Net": drawing.graph()}, data, (phase,))).script
    (batch, _), [told], right = script.load(torch.device("cpu")), script.PHASES, 0
    for seed in range(seeds):
        torch.manual_seed(seed)
        networks = {"Net": script.Net()}
        optimizers = told.optimizers(networks)
        script.set_rates(optimizers, {"loss": 0.2})
        for step in range(100):
            values = told.step(networks, optimizers, batch, step)
        right += int(values["accuracy"] == 1.0)
    return right


@pytest.mark.parametrize("stages", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_N24_the_general_form_learns_digits_with_any_number_of_stages(stages: int) -> None:
    [drawing] = ConvNet(stages, width=8, hidden=(32,), resolution=8).networks().values()
    phase = Phase("fit", Classification(optimizer=Adam(lr=0.01)))
    assert learned(Design("General", {"Net": drawing.graph()}, Digits(), (phase,)), 6)["accuracy"] > 0.9


def test_N20_an_autoencoder_restores_digits_better_than_their_mean() -> None:
    [drawing] = Drawn(64, (32,), picture=True).networks().values()
    phase = Phase("restore", Autoencoder(optimizer=Adam(lr=0.01)))
    design = Design("Restored", {"Net": drawing.graph()}, Digits(), (phase,))
    data, held_out = compiled(design).script.load(torch.device("cpu"))
    mean = (held_out["image"] - data["image"].mean(0)).square().mean()
    assert learned(design, 8)["loss"] < 0.5 * mean


# --- N25, Q12, Q14: over time ---------------------------------------------------------------


def told_first(layer: Block) -> float:
    """How often the first of six words is put as the last one decides, after some training."""
    network = printed(tokens(6, 4), Embedding(4, 8), layer, Linear(4))
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(60):
        x = torch.randint(4, (64, 6))
        optimizer.zero_grad()
        F.cross_entropy(network(x)[:, 0], x[:, -1]).backward()
        optimizer.step()
    x = torch.randint(4, (400, 6))
    return float((network(x)[:, 0].argmax(1) == x[:, -1]).float().mean())


def printed(start: Shape, *blocks: Block) -> nn.Module:
    torch.manual_seed(0)
    layers = [(type(block).__name__.lower(), block) for block in blocks]
    return network_class({"Net": column("x", start, "y", *layers).graph()}, "Net")()


def test_N25_what_later_words_decide_is_learned_by_a_layer_that_reads_both_ways_alone() -> None:
    assert told_first(GRU(16, bidirectional=True)) > 0.95
    assert told_first(GRU(16)) < 0.35  # guessing gives 0.25


@pytest.mark.slow
def test_Q12_an_lstm_repeats_signs_after_a_gap_over_which_a_plain_network_loses_them() -> None:
    memory = copying_lstm()
    [graph] = memory.networks.values()
    nodes = {**graph.nodes, "lstm": replace(graph.nodes["lstm"], block=RNN(64))}
    plain = replace(memory, networks={"Copier": replace(graph, nodes=nodes)})
    assert learned(memory, 25)["accuracy"] > 0.97
    assert learned(plain, 25)["accuracy"] < 0.87  # who guesses after the call is right 17 times of 20


def gradients(layer: Block, steps: int) -> tuple[float, float]:
    """How much of a loss at the last step reaches the weights through the last step, and through the first ten."""
    network = printed(sequence(steps, 2), layer, LastStep(), Linear(1))
    told = []
    x = torch.randn(16, steps, 2)
    for first, last in ((steps - 10, steps), (0, 10)):
        masked = x.clone().requires_grad_()
        network(masked).square().mean().backward()
        assert masked.grad is not None
        told.append(float(masked.grad[:, first:last].norm()))
    return told[0], told[1]


def test_Q14_over_a_hundred_steps_the_gradient_of_a_plain_network_is_lost_and_that_of_a_gated_one_is_not() -> None:
    for layer, low, high in ((RNN(16), 0.0, 1e-12), (LSTM(16, forget_bias=3.0), 1e-3, 10.0)):
        near, far = gradients(layer, 100)
        assert low <= far / near <= high


@pytest.mark.parametrize(("clip", "moved"), [(0.0, 1e3), (1.0, 1.0)])
def test_Q14_an_exploding_gradient_moves_weights_by_no_more_than_it_is_clipped_at(clip: float, moved: float) -> None:
    phase = Phase("add", Regression(optimizer=SGD(lr=1.0), gradient_clip_val=clip))
    layers = ("rnn", RNN(8, nonlinearity="relu")), ("last", LastStep()), ("sum", Linear(1))
    net = column("x", sequence(50, 2), "y", *layers).graph()
    script = compiled(Design("Long", {"Net": net}, Adding(length=50, samples_=20), (phase,))).script
    networks, (batch, _), [told] = script.build(), script.load(torch.device("cpu")), script.PHASES
    with torch.no_grad():
        networks["Net"].get_parameter("rnn.weight_hh_l0").copy_(1.4 * torch.eye(8))
    before = nn.utils.parameters_to_vector(networks["Net"].parameters()).detach().clone()
    optimizers = told.optimizers(networks)
    told.step(networks, optimizers, batch, 0)
    after = nn.utils.parameters_to_vector(networks["Net"].parameters()).detach()
    change = float((after - before).norm())
    assert change > moved if clip == 0.0 else change <= moved * 1.001
