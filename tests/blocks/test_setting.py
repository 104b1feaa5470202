"""Settings: what they take from files and from hands, what they refuse, and how they show on a card."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.arithmetic import arithmetic
from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.convolution import Conv2d, Conv3d
from blocks.ends import Input
from blocks.linear import Linear
from blocks.pooling import MaxPool2d
from blocks.regularization import Dropout
from blocks.setting import BadSetting, Setting

EVERY = [(kind, name) for kind in CATALOGUE for name in kind.settings]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


def bad(text: object) -> Exception:
    return BadSetting("it", "a sum", text)


def test_every_setting_of_the_catalogue_reads_what_it_shows() -> None:
    for kind, name in EVERY:
        setting = kind.settings[name]
        for value in setting.examples():
            assert setting.read(setting.show(value)) == value, (kind, name, value)


def test_every_setting_of_the_catalogue_parses_what_it_dumps() -> None:
    for kind, name in EVERY:
        setting = kind.settings[name]
        for value in setting.examples():
            assert setting.parse(json.loads(json.dumps(setting.dump(value)))) == value, (kind, name, value)


@given(raw=JSON)
def test_whatever_a_file_holds_is_a_value_or_a_bad_setting(raw: Any) -> None:
    for setting in _ONE_OF_EACH:
        with suppress(BadSetting):
            value = setting.parse(raw)
            assert setting.parse(setting.dump(value)) == value


@given(text=st.text(max_size=12) | st.text("0123456789.+-*/() x×e", max_size=12))
def test_whatever_is_typed_is_a_value_or_a_bad_setting(text: str) -> None:
    for setting in _ONE_OF_EACH:
        with suppress(BadSetting):
            value = setting.read(text)
            assert setting.read(setting.show(value)) == value


_ONE_OF_EACH: list[Setting] = [
    Linear.settings["out_features"],
    Linear.settings["bias"],
    Dropout.settings["p"],
    Conv2d.settings["kernel_size"],
    Conv3d.settings["padding"],
    Conv2d.settings["padding_mode"],
    MaxPool2d.settings["stride"],
    Input.settings["shape"],
]


@pytest.mark.parametrize("raw", [10**400, -(10**400), float("nan"), float("inf"), True, "0.5", None, [0.5]])
def test_a_number_refuses_what_is_none(raw: object) -> None:
    with pytest.raises(BadSetting, match="p expects a number from 0"):
        Dropout(raw)


@pytest.mark.parametrize("raw", [True, 2.0, "2", 0, 2**31, None, [2]])
def test_a_whole_number_is_an_int_and_nothing_like_one(raw: object) -> None:
    with pytest.raises(BadSetting, match="out_features expects a whole number of at least 1"):
        Linear(raw)


@pytest.mark.parametrize(
    "text, value",
    [("2*32", 64), ("(28 + 4) / 2", 16), ("-3", -3), ("7 // 2", 3), ("1/4", 0.25), ("2.0", 2.0), ("2**9", 512)],
)
def test_sums_are_worked_out(text: str, value: float) -> None:
    assert arithmetic(text, bad) == value


@pytest.mark.parametrize(
    "text",
    ["", "1/0", "2**99", "a", "[1]", "f(1)", "True", "1 if 1 else 2", "9" * 300, "(" * 150, "\x00", "__import__"],
)
def test_what_is_not_a_sum_is_refused(text: str) -> None:
    with pytest.raises(BadSetting):
        arithmetic(text, bad)


@pytest.mark.parametrize("text, value", [("3", 3), ("3x5", (3, 5)), ("3 × 5", (3, 5)), ("(2, 2)", 2), ("1+2", 3)])
def test_sizes_of_a_kernel_are_typed_as_people_write_them(text: str, value: object) -> None:
    assert Conv2d.settings["kernel_size"].read(text) == value


@pytest.mark.parametrize("raw", [[3], [3, 3, 3], [3, 0], [3, True], "same", {}, 0])
def test_a_kernel_has_a_size_for_each_axis(raw: object) -> None:
    with pytest.raises(BadSetting, match="kernel_size expects"):
        Conv2d(8, raw)


def test_equal_sizes_are_kept_as_one() -> None:
    assert Conv2d(8, (3, 3)) == Conv2d(8, 3) == Conv2d(8, [3, 3])
    assert Conv3d(8, (1, 2, 2)).value("kernel_size") == (1, 2, 2)


def test_an_optional_setting_may_be_left_empty() -> None:
    stride = MaxPool2d.settings["stride"]
    assert stride.read("") is stride.read("none") is None
    assert stride.show(None) == ""


def test_a_card_tells_what_differs() -> None:
    assert Conv2d(64).shorthand() == "64 · 3×3"
    assert Conv2d(64, 5, 2, "valid").shorthand() == "64 · 5×5 · /2 · pad valid"
    assert Conv2d(64, (1, 7)).shorthand() == "64 · 1×7"
    assert Dropout().shorthand() == "0.5"


def test_a_setting_of_another_block_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match="kernel expects to be one of out_features, bias"):
        Linear(8).with_settings(kernel=3)
    with pytest.raises(BadSetting, match="kernel"):
        CATALOGUE.make("Linear", {"kernel": 3})


def test_an_unknown_block_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadSetting, match="block expects one of "):
        CATALOGUE.make("Conv9d", {})


def test_only_what_differs_from_the_default_is_stored() -> None:
    assert Conv2d(32, 3).stored() == {}
    assert Conv2d(64, (1, 7)).stored() == {"out_channels": 64, "kernel_size": [1, 7]}


def test_values_are_compared_by_what_they_hold() -> None:
    kinds: list[type[Block]] = [Conv2d, Linear]
    assert len({kind(8) for kind in kinds for _ in range(3)}) == 2
