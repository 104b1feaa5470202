"""Composites that differ by optional parts are one class, which computes what each of them computes alone."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from blocks.block import Block
from blocks.check import check
from blocks.composite import Sketch
from blocks.graph import Graph
from blocks.residual import Bottleneck, InvertedResidual, Residual
from blocks.shape import Shape, image
from blocks.units import ConvUnit
from runtime import pasted
from runtime.source import print_networks

X = image(8, 8, 8)
FAMILIES: dict[str, list[Block]] = {
    "projection": [Residual(8), Residual(16, stride=2), Residual(16), Residual(32, stride=2)],
    "bottleneck": [Bottleneck(8), Bottleneck(8), Bottleneck(16, 2), Bottleneck(16), Bottleneck(8, 2)],
    "expansion and sum": [InvertedResidual(12, expansion=1), InvertedResidual(12), InvertedResidual(16)],
    "gate": [InvertedResidual(8, squeeze_excite=4), InvertedResidual(8), InvertedResidual(8, expansion=3)],
    "activation": [ConvUnit(8), ConvUnit(4, activation="none"), ConvUnit(8, normalization="none")],
    "activations": [ConvUnit(8, activation=name) for name in ("ReLU", "Hardswish", "none")],
    "activations inside": [InvertedResidual(8, activation=name) for name in ("ReLU", "Hardswish", "ReLU")],
}
each = pytest.mark.parametrize("blocks", FAMILIES.values(), ids=FAMILIES)


def chain(x: Shape, *blocks: Block) -> Graph:
    g = Sketch()
    end = g.input("x", x)
    for i, block in enumerate(blocks):
        end = g.add(block, end, name=f"part{i}")
    g.output("y", end)
    return g.graph()


def text_of(graph: Graph) -> str:
    return print_networks("Net", {"Net": graph}).text


def run(text: str) -> nn.Module:
    printed = ModuleType("printed")
    exec(compile(text, "printed.py", "exec"), printed.__dict__)
    made: nn.Module = printed.Net()
    return made.eval()


def classes(text: str, stem: str) -> int:
    return len(re.findall(rf"^class {stem}\d*\(", text, re.MULTILINE))


@each
def test_blocks_of_one_kind_are_one_class(blocks: list[Block]) -> None:
    assert classes(text_of(chain(X, *blocks)), blocks[0].kind()) == 1


@each
def test_each_computes_what_it_computes_alone(blocks: list[Block]) -> None:
    graph = chain(X, *blocks)
    found, together = check(graph), run(text_of(graph))
    x: Tensor = torch.randn(2, *X.sizes)
    for i, block in enumerate(blocks):
        arriving = found.rows[f"part{i}"].inputs[0]
        part, alone = together.get_submodule(f"part{i}"), run(text_of(chain(arriving, block)))
        alone.get_submodule("part0").load_state_dict(part.state_dict())  # the same names, none more, none less
        torch.testing.assert_close(part(x), alone(x))
        x = part(x)


@each
def test_the_text_is_as_the_formatter_leaves_it_and_pastes_back(blocks: list[Block], tmp_path: Path) -> None:
    graph = chain(X, *blocks)
    (tmp_path / "model.py").write_text(text_of(graph), encoding="utf-8")
    formatted = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff", str(tmp_path)]
    assert subprocess.run(formatted, capture_output=True, text=True, check=False).stdout == ""
    assert check(pasted.read(text_of(graph)).graph).parameters == check(graph).parameters


def test_structures_of_which_none_holds_the_other_stay_two_classes() -> None:
    gated, wide = InvertedResidual(16, squeeze_excite=4, expansion=1), InvertedResidual(16, stride=2)
    assert classes(text_of(chain(X, gated, wide)), "InvertedResidual") == 2


def test_an_activation_is_an_argument_and_passed_on_to_what_is_inside() -> None:
    graph = chain(X, *(InvertedResidual(8, activation=name) for name in ("ReLU6", "Hardswish", "none")))
    text = text_of(graph)
    assert text.count("activation: type[nn.Module] = nn.") == 2  # of the unit, and of what is made of units
    assert "= InvertedResidual(activation=nn.Hardswish)" in text
    assert classes(text, "ConvUnit") == classes(text, "InvertedResidual") == 1
    kinds = [type(run(text).get_submodule(f"part{i}.depthwise.activation")) for i in range(3)]
    assert kinds == [nn.ReLU6, nn.Hardswish, nn.Identity]


def test_an_activation_with_settings_is_another_class() -> None:
    text = text_of(chain(X, ConvUnit(8), ConvUnit(8, activation="LeakyReLU")))
    assert classes(text, "ConvUnit") == 2
