from __future__ import annotations

import pytest

from blocks.graph import Graph, Node
from blocks.measure import measure
from blocks.setting import BadSetting
from blocks.shape import image
from designer.canvas import query
from tests.designer.canvas.desk import graph, node

KNOWN = query.offers({}, Graph())


def best(text: str) -> str:
    return query.found(query.parse(text), KNOWN, [])[0][0].kind.kind()


def built(text: str) -> str:
    hits, read = query.found(query.parse(text), KNOWN, [])
    made = query.build(hits[0], read.settings, read.keras)
    return f"{made.block!r}" + (f" ×{made.repeat}" if made.repeat > 1 else "")


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("conv", "Conv2d"),
        ("conv1d", "Conv1d"),
        ("max pool", "MaxPool2d"),
        ("maxpool 3", "MaxPool2d"),
        ("bn", "BatchNorm2d"),
        ("lin", "Linear"),
        ("dense", "Linear"),
        ("global", "GlobalAvgPool"),
        ("lstm", "LSTM"),
        ("se", "SqueezeExcite"),
    ],
)
def test_a_few_letters_find_the_block(typed: str, meant: str) -> None:
    hits = query.found(query.parse(typed), KNOWN, [])[0]
    assert meant in [offer.kind.kind() for offer in hits[:4]]


def test_the_plain_word_means_the_two_dimensional_kind() -> None:
    assert best("conv") == "Conv2d"
    assert best("maxpool") == "MaxPool2d"


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("conv 64 3 /2", "Conv2d(out_channels=64, stride=2)"),
        ("conv 64 3x5", "Conv2d(out_channels=64, kernel_size=(3, 5))"),
        ("conv 64 bias=no", "Conv2d(out_channels=64, bias=False)"),
        ("conv 64 valid", "Conv2d(out_channels=64, padding='valid')"),
        ("conv 2*32 k=5", "Conv2d(out_channels=64, kernel_size=5)"),
        ("input 3 32 32", "Input(shape=(3, 32, 32))"),
        ("linear 100", "Linear(out_features=100)"),
        ("residual 64 x3", "Residual(out_channels=64) ×3"),
    ],
)
def test_settings_follow_the_name(typed: str, meant: str) -> None:
    assert built(typed) == built_like(meant)


@pytest.mark.parametrize(
    "typed, meant",
    [
        ("conv filters=64 kernel=5 strides=2", "Conv2d(out_channels=64, kernel_size=5, stride=2)"),
        ("conv 64 (3, 5)", "Conv2d(out_channels=64, kernel_size=(3, 5))"),
        ("conv filters = 64, padding = 'valid'", "Conv2d(out_channels=64, padding='valid')"),
        ("maxpool pool_size=3 strides=1", "MaxPool2d(kernel_size=3, stride=1)"),
        ("dense 10", "Linear()"),
        ("dense units=7 use_bias=False", "Linear(out_features=7, bias=False)"),
        ("dropout rate=0.3", "Dropout(p=0.3)"),
        ("conv 64 relu", "ConvUnit(out_channels=64, normalization='none')"),
        ("dense 64 activation=swish", "LinearUnit(out_features=64, activation='SiLU')"),
        ("layers.Dense(64, activation='softmax')", "LinearUnit(out_features=64, activation='Softmax')"),
        ("Conv2D(64, 3)", "Conv2d(out_channels=64, padding='valid')"),
        ("Conv2D(64, (3, 3), strides=(2, 2), padding='same'", "Conv2d(out_channels=64, stride=2)"),
        ("MaxPooling2D(pool_size=(2, 2))", "MaxPool2d()"),
        ("keras.LSTM(units=32)", "LSTM(hidden_size=32)"),
        ("BatchNormalization(momentum=0.9)", "BatchNorm2d()"),
        ("layers.BatchNormalization(momentum=0.9)", "BatchNorm2d()"),
    ],
)
def test_settings_can_be_said_in_the_words_of_keras(typed: str, meant: str) -> None:
    assert built(typed) == meant


def test_L10_a_line_of_keras_with_its_activation_is_one_block() -> None:
    hits, read = query.found(query.parse("Conv2D(64, 3, strides=2, padding='same', activation='relu')"), KNOWN, [])
    made = query.build(hits[0], read.settings, read.keras).block
    assert repr(made) == "ConvUnit(out_channels=64, stride=2, normalization='none')"
    assert measure(Node(made), (image(3, 224, 224),)).outputs == (image(64, 112, 112),)


def test_a_word_that_neither_block_nor_activation_knows_is_said() -> None:
    with pytest.raises(BadSetting, match="Conv2d expects settings among"):
        built("conv nonsense=3")


def built_like(meant: str) -> str:
    """Defaults are not shown, whatever they are: a setting typed as its default drops out."""
    return meant if not meant.startswith("Residual") else built("residual out_channels=64 x3")


def test_a_setting_that_is_not_there_is_said() -> None:
    with pytest.raises(BadSetting, match="ReLU expects"):
        built("relu /2")


def test_nothing_is_found_for_nonsense() -> None:
    assert query.found(query.parse("qqqq"), KNOWN, [])[0] == []


def test_other_networks_of_the_design_are_offered_as_blocks() -> None:
    body = graph({"x": node("Input"), "y": node("Output")}, "x -> y")
    here = Graph()
    offer = next(o for o in query.offers({"Body": body, "Main": here}, here) if o.kind.role == "network")
    made = query.build(offer, []).block
    assert (made.value("network"), made.value("takes"), made.value("gives")) == ("Body", ("x",), ("y",))


def test_a_network_with_delays_is_offered_at_every_step() -> None:
    cell = graph(
        {"x": node("Input", shape=[3]), "h": node("Delay", shape=[3]), "y": node("Output")}, "x -> h", "h -> y"
    )
    offer = next(o for o in query.offers({"Cell": cell}, Graph()) if o.kind.role == "network")
    assert query.build(offer, ()).block.value("over_time") is True
