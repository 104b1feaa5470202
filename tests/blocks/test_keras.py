"""Keras's words for blocks, settings and values, each held to the catalogue."""

from __future__ import annotations

import pytest

from blocks.catalogue import CATALOGUE
from blocks.keras import LAYERS, SETTINGS, VALUES, setting_of, value_of, wider
from blocks.setting import BadSetting
from blocks.units import ACTIVATIONS


def test_every_layer_of_the_table_is_a_block_of_another_name() -> None:
    assert {ours for ours in LAYERS.values() if ours not in CATALOGUE} == set()
    assert all(name != ours.lower() for name, ours in LAYERS.items())


def test_every_setting_of_the_table_is_one_of_some_block() -> None:
    known = {name for kind in CATALOGUE for name in kind.settings}
    assert {name for names in SETTINGS.values() for name in names if name not in known} == {"size"} - known


@pytest.mark.parametrize(
    "block, word, setting",
    [
        ("Conv2d", "filters", "out_channels"),
        ("Conv2d", "kernel", "kernel_size"),
        ("Conv2d", "strides", "stride"),
        ("Conv2d", "dilation_rate", "dilation"),
        ("Conv2d", "use_bias", "bias"),
        ("DepthwiseConv2d", "depth_multiplier", "multiplier"),
        ("MaxPool2d", "pool_size", "kernel_size"),
        ("Linear", "units", "out_features"),
        ("LSTM", "units", "hidden_size"),
        ("Dropout", "rate", "p"),
        ("GaussianNoise", "stddev", "std"),
        ("BatchNorm2d", "epsilon", "eps"),
        ("LeakyReLU", "alpha", "negative_slope"),
        ("ELU", "alpha", "alpha"),
        ("Embedding", "input_dim", "num_embeddings"),
        ("Embedding", "output_dim", "embedding_dim"),
    ],
)
def test_keras_words_name_our_settings(block: str, word: str, setting: str) -> None:
    kind = CATALOGUE.get(block)
    assert kind is not None
    found = setting_of(kind, word)
    assert found is not None
    assert found.name == setting


@pytest.mark.parametrize(
    "word, meant",
    [
        ("relu", "ReLU"),
        ("leaky_relu", "LeakyReLU"),
        ("'swish'", "SiLU"),
        ("linear", "none"),
        ("hard_sigmoid", "Hardsigmoid"),
    ],
)
def test_keras_words_name_our_activations(word: str, meant: str) -> None:
    unit = CATALOGUE.get("ConvUnit")
    assert unit is not None
    assert value_of(unit.settings["activation"], word) == meant
    assert meant in {"none", *ACTIVATIONS}


def test_a_word_that_is_no_choice_is_refused_with_those_that_are() -> None:
    unit = CATALOGUE.get("ConvUnit")
    assert unit is not None
    with pytest.raises(BadSetting, match="activation expects one of none, ReLU"):
        value_of(unit.settings["activation"], "bogus")


def test_the_momentum_of_a_line_of_keras_is_turned_round() -> None:
    norm = CATALOGUE.get("BatchNorm2d")
    assert norm is not None
    assert value_of(norm.settings["momentum"], "0.99", keras=True) == 0.01
    assert value_of(norm.settings["momentum"], "0.1") == 0.1


def test_a_block_without_a_setting_gives_way_to_the_one_that_extends_it() -> None:
    plain = CATALOGUE.get("Conv2d")
    assert plain is not None
    assert wider(plain, {"activation", "filters"}, CATALOGUE).kind() == "ConvUnit"
    assert wider(plain, {"filters"}, CATALOGUE) is plain
    assert wider(plain, {"nonsense"}, CATALOGUE) is plain


def test_what_extends_a_block_is_that_block_where_bare() -> None:
    for kind in CATALOGUE:
        if kind.extends:
            assert kind.extends in CATALOGUE
            assert kind.bare
            assert all(kind.settings[name].parse(value) == value for name, value in kind.bare.items())
    assert VALUES["linear"] == "none"
