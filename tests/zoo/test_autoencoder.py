"""Autoencoders: figures of the notes, tied weights, corruption, and whatever settings lie in between."""

from __future__ import annotations

import pytest
import torch

from blocks.check import check
from blocks.graph import Graph
from blocks.setting import BadSetting
from blocks.units import NONE
from blocks.zoo import Template
from blocks.zoo.autoencoder import (
    Autoencoder,
    ConvolutionalAutoencoder,
    StackedDenoisingAutoencoder,
    VariationalAutoencoder,
)
from tests.vocabulary.rows import compiled
from tests.zoo import meta


def graphs(template: Template) -> dict[str, Graph]:
    return {name: drawing.graph() for name, drawing in template.networks().items()}


def counts(template: Template) -> list[int]:
    found = [check(graph) for graph in graphs(template).values()]
    assert not any(each.errors for each in found)
    return [each.parameters for each in found]


def test_N20_autoencoders_and_their_classifier() -> None:
    assert counts(Autoencoder()) == [1_569_784]
    assert counts(Autoencoder(hidden=(1000, 500, 250, 30), code_activation=NONE)) == [2_837_314]
    assert counts(StackedDenoisingAutoencoder())[0] == 2_797_010


def test_with_tied_weights_a_matrix_counts_once() -> None:
    assert counts(Autoencoder(tied=True)) == [785_784]
    assert counts(Autoencoder(784, (500, 30), True)) == [784 * 500 + 500 * 30 + 500 + 30 + 500 + 784]


def test_each_layer_of_a_stack_is_taught_by_an_autoencoder_of_its_own() -> None:
    assert list(graphs(StackedDenoisingAutoencoder())) == ["Classifier", "Layer1", "Layer2", "Layer3"]
    assert counts(StackedDenoisingAutoencoder())[1:] == [785_784, 1_002_000, 1_002_000]
    assert counts(StackedDenoisingAutoencoder(tied=False))[1:] == [1_569_784, 2_002_000, 2_002_000]


def test_a_variational_autoencoder_counts_both_halves_and_two_heads() -> None:
    wide, heads = 784 * 400 + 400, 2 * (400 * 20 + 20)
    assert counts(VariationalAutoencoder()) == [wide + heads + 20 * 400 + 400 + 400 * 784 + 784]


def test_the_decoder_of_tied_weights_uses_the_encoders_matrix_transposed() -> None:
    [graph] = graphs(Autoencoder(6, (4,), True)).values()
    network = compiled(graph)
    w, x = network.state_dict(), torch.rand(3, 6)
    y, code = network(x)
    torch.testing.assert_close(code, (x @ w["encode1.weight"].T + w["encode1_bias.bias"]).sigmoid())
    torch.testing.assert_close(y, (code @ w["encode1.weight"] + w["decode1_bias.bias"]).sigmoid())


@pytest.mark.parametrize("noise", ["masking", "gaussian", "salt and pepper"])
def test_an_input_is_corrupted_in_training_only(noise: str) -> None:
    [graph] = graphs(Autoencoder(64, (8,), noise=noise, level=0.4)).values()
    network, x = compiled(graph), torch.rand(2, 64)
    codes = [network.train(training)(x)[1] for training in (True, True, False, False)]
    assert not torch.equal(codes[0], codes[1])
    assert torch.equal(codes[2], codes[3])


def test_a_picture_comes_out_as_large_as_it_went_in() -> None:
    for template in (Autoencoder(49, (5,), picture=True), VariationalAutoencoder(49, (9,), 3, picture=True)):
        [graph] = graphs(template).values()
        assert meta.given(check(graph), "output") == (1, 7, 7)


BETWEEN: list[Template] = [
    Autoencoder(100, (64, 32, 8), True, "ReLU", NONE, NONE, "gaussian", 2.5),
    Autoencoder(64, (16,), False, "Tanh", noise="salt and pepper", picture=True),
    StackedDenoisingAutoencoder(36, (20, 20, 7), 4, noise="salt and pepper", picture=True),
    StackedDenoisingAutoencoder(36, (20,), 4, False, "ReLU", "gaussian", 2.0),
    ConvolutionalAutoencoder(),
    ConvolutionalAutoencoder(3, 48, (8, 16, 24, 32), 10, "BatchNorm", "Tanh", "masking"),
    ConvolutionalAutoencoder(1, 6, (5,)),
    VariationalAutoencoder(),
    VariationalAutoencoder(81, (50, 30, 20), 2, "GELU", NONE, True),
]


@pytest.mark.parametrize("template", BETWEEN, ids=repr)
def test_settings_in_between_give_what_torch_counts(template: Template) -> None:
    for graph in graphs(template).values():
        meta.agree(graph)


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (Autoencoder(hidden=()), "hidden expects the width of one layer at least"),
        (Autoencoder(783, picture=True), "inputs expects a square, as 729 or 784"),
        (Autoencoder(noise="masking", level=1.5), "level expects a part from 0 to 1, where the noise is masking"),
        (ConvolutionalAutoencoder(filters=()), "filters expects the channels of one halving at least"),
        (ConvolutionalAutoencoder(filters=(8, 8, 8)), "resolution expects a multiple of 8"),
    ],
)
def test_settings_that_do_not_go_together_are_refused_in_a_sentence(template: Template, sentence: str) -> None:
    with pytest.raises(BadSetting, match=sentence):
        template.networks()


def test_it_is_called_as_in_papers() -> None:
    templates = Autoencoder(), Autoencoder(hidden=(9, 3)), Autoencoder(noise="masking"), VariationalAutoencoder()
    titles = ["Autoencoder", "Deep autoencoder", "Denoising autoencoder", "Variational autoencoder"]
    assert [template.title() for template in templates] == titles


def test_the_printed_deep_autoencoder_reads_as_a_funnel_and_its_mirror() -> None:
    [graph] = graphs(Autoencoder(hidden=(1000, 500, 250, 30), code_activation=NONE)).values()
    lines = [line.strip() for line in meta.text(graph).splitlines()]
    funnel = ["LinearUnit(784, 1000)", "LinearUnit(1000, 500)", "LinearUnit(500, 250)", "nn.Linear(250, 30)"]
    mirror = ["LinearUnit(30, 250)", "LinearUnit(250, 500)", "LinearUnit(500, 1000)", "nn.Linear(1000, 784)"]
    told = [f"self.encode{i} = {each}" for i, each in enumerate(funnel, 1)]
    told += [f"self.decode{i} = {each}" for i, each in enumerate(mirror, 1)]
    assert [line for line in lines if line in told] == told
