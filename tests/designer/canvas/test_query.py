from __future__ import annotations

import pytest

from blocks.graph import Graph
from blocks.setting import BadSetting
from designer.canvas import query
from tests.designer.canvas.desk import graph, node

KNOWN = query.offers({}, Graph())


def best(text: str) -> str:
    return query.found(query.parse(text), KNOWN, [])[0][0].kind.kind()


def built(text: str) -> str:
    hits, read = query.found(query.parse(text), KNOWN, [])
    made = query.build(hits[0], read.settings)
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
