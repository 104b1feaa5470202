"""The printed code of every template: clean, the same after save and load, and as short as a paper's table."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from blocks.zoo import TEMPLATES, Template
from blocks.zoo.densenet import DenseNet
from blocks.zoo.inception_v3 import InceptionV3
from blocks.zoo.mobilenet import MobileNetV2, MobileNetV3
from blocks.zoo.residual import ResNet
from blocks.zoo.ssd import SSD
from runtime.beginning import begun
from runtime.file import dumps, loads
from runtime.page import docstring
from runtime.source import print_design

each = pytest.mark.parametrize("kind", TEMPLATES, ids=lambda kind: kind.kind())


@cache
def text_of(template: Template) -> str:
    return print_design(begun(template)).text


def ruff(*words: str) -> str:
    command = [sys.executable, "-m", "ruff", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_all_of_it_is_as_the_formatter_leaves_it_and_the_linter_is_content(tmp_path: Path) -> None:
    for kind in TEMPLATES:
        (tmp_path / f"{kind.kind()}.py").write_text(text_of(kind()), encoding="utf-8")
    assert ruff("format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)) == ""
    found = ruff("check", "--isolated", "--select", "F,E7,E9,B,I", str(tmp_path))
    assert found.strip() == "All checks passed!"


@each
def test_names_and_code_are_the_same_after_save_and_load(kind: type[Template]) -> None:
    saved = dumps(begun(kind()))
    read = loads(saved)
    assert dumps(read) == saved
    assert print_design(read).text == text_of(kind())


@pytest.mark.parametrize(("template", "most"), [(ResNet("50"), 119), (InceptionV3(), 259), (MobileNetV3(), 240)])
def test_a_paper_prints_as_a_page(template: Template, most: int) -> None:
    assert len(text_of(template).splitlines()) <= most


@pytest.mark.parametrize("template", [ResNet("18"), ResNet("50"), InceptionV3(), MobileNetV2(), MobileNetV3()])
def test_every_kind_of_block_is_one_class(template: Template) -> None:
    names = re.findall(r"^class (\w+)\(", text_of(template), re.MULTILINE)
    kinds = {re.sub(r"(?<=[a-z])\d$", "", name) for name in names}
    assert len(kinds) == len(names)


@pytest.mark.parametrize(("template", "repeats"), [(ResNet("50"), 4), (MobileNetV2(), 4), (DenseNet("121"), 4)])
def test_repeats_are_comprehensions(template: Template, repeats: int) -> None:
    assert text_of(template).count(" in range(") >= repeats


def test_a_call_says_nothing_of_what_its_part_leaves_out_and_no_more_than_is_needed_of_the_rest() -> None:
    text = text_of(MobileNetV3())
    assert "self.bneck8 = InvertedResidual(80, 200, 80, 3, padding=1)\n" in text  # no gate, and so no channels of one
    assert "if squeeze_excite_reduce_channels\n" in text
    assert "self.conv1 = ConvUnit(3, 16, 3, stride=2, padding=1)\n" in text


def test_channels_that_leave_a_block_are_called_so() -> None:
    assert "self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)\n" in text_of(ResNet("50"))


def test_no_line_of_a_docstring_ends_within_a_shape() -> None:
    words = "a " * 60
    for at in range(len(words)):
        lines = docstring("    ", words[:at] + "(C, H, W) -> (C', H', W') " + words).splitlines()
        assert all(line.count("(") == line.count(")") for line in lines)
        assert max(map(len, lines)) <= 100


def test_heads_of_a_detector_are_read_from_the_first_to_the_last() -> None:
    heads = re.findall(r"self\.head(\d) = ", text_of(SSD()))
    assert heads == ["1", "6", "2", "3", "4", "5"]  # the last of the main way follows it
