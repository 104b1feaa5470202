"""Printed text runs, reads well, is what the graph says, and knows the node behind each line."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from blocks.activation import ReLU
from blocks.block import Block
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire, read_wire
from blocks.linear import Linear
from blocks.merge import Add, Concat
from blocks.recurrent import LSTM
from blocks.residual import Residual
from blocks.shape import image, sequence, vector
from runtime.naming import attribute, class_name, variable
from runtime.source import CannotPrint, Place, Source, print_networks

HOSTILE = ['a"""\nimport os', "x\r\nprint(1)", "\\", "'''", "名前", "{x}", "\u202eevil", "class"]


def chain(entry: Any, *blocks: Block) -> Graph:
    g = Sketch()
    end = g.input("data", entry)
    for block in blocks:
        end = g.add(block, end)
    g.output("result", end)
    return g.graph()


def run(source: Source) -> ModuleType:
    module = ModuleType("printed")
    exec(compile(source.text, "printed.py", "exec"), module.__dict__)
    return module


def test_a_chain_reads_as_people_write_it() -> None:
    source = print_networks("Tiny", {"tiny": chain(vector(4), Linear(3), ReLU(), Linear(2))})
    assert "        self.linear = nn.Linear(4, 3)\n" in source.text
    assert "        x = self.linear(data)\n        x = self.relu(x)\n        return self.linear2(x)\n" in source.text


def test_a_result_that_is_read_later_keeps_its_name() -> None:
    g = Sketch()
    entry = g.input("data", vector(4))
    left = g.add(Linear(4), entry, name="left")
    right = g.add(Linear(4), left, name="right")
    g.output("result", g.add(Add(), left, right, name="sum"))
    text = print_networks("T", {"t": g.graph()}).text
    assert "left = self.left(data)" in text
    made = run(print_networks("T", {"t": g.graph()})).T()
    given = torch.randn(2, 4)
    torch.testing.assert_close(made(given), made.left(given) + made.right(made.left(given)))


def test_composites_of_one_structure_share_a_class_with_arguments() -> None:
    graph = chain(image(8, 8, 8), Residual(8), Residual(16, stride=2), Residual(32, stride=2))
    source = print_networks("R", {"r": graph})
    kinds = {line.split("(")[0] for line in source.text.splitlines() if line.startswith("class Residual")}
    assert len(kinds) == 1  # with and without a projection
    assert "in_channels: int, out_channels: int, project: bool" in source.text
    assert run(source).R()(torch.randn(2, 8, 8, 8)).shape == (2, 32, 2, 2)


def test_equal_copies_of_a_repeated_node_are_one_comprehension() -> None:
    g = Sketch()
    end = g.add(Residual(8), g.input("data", image(8, 8, 8)), name="stage", repeat=3)
    g.output("result", end)
    source = print_networks("R", {"r": g.graph()})
    assert "self.stage = nn.Sequential(*(Residual() for _ in range(3)))" in source.text
    assert any(name.startswith("stage.2.") for name in run(source).R().state_dict())


def test_copies_that_need_padding_of_their_own_are_called_one_by_one() -> None:
    g = Sketch()
    g.output("result", g.add(Conv2d(4, 2), g.input("data", image(4, 6, 6)), name="even", repeat=2))
    made = run(print_networks("E", {"e": g.graph()})).E()
    assert made(torch.randn(2, 4, 6, 6)).shape == (2, 4, 6, 6)


def test_same_padding_with_stride_two_pads_one_side_only() -> None:
    text = print_networks("K", {"k": chain(image(3, 224, 224), Conv2d(64, 3, 2))}).text
    assert "self.conv2d(F.pad(data, (0, 1, 0, 1)))" in text


def test_several_results_are_unpacked_and_unread_ones_are_dropped() -> None:
    g = Sketch()
    y, h, _ = g.add(LSTM(5), g.input("rows", sequence(8, 3)), name="lstm")
    g.output("all", y)
    g.output("last", h)
    source = print_networks("L", {"l": g.graph()})
    everything, last = run(source).L()(torch.randn(2, 8, 3))
    assert everything.shape == (2, 8, 5)
    assert last.shape[-1] == 5


def test_a_network_in_a_network_is_constructed_and_called() -> None:
    inner = chain(vector(4), Linear(4))
    nodes = {"data": Node(Input((4,))), "body": Node(Use("inner")), "result": Node(Output())}
    outer = Graph(nodes, (read_wire("data -> body", nodes), read_wire("body -> result", nodes)))
    source = print_networks("N", {"outer": outer, "inner": inner})
    assert source.text.index("class Inner") < source.text.index("class Outer")
    assert run(source).Outer()(torch.randn(2, 4)).shape == (2, 4)


def test_every_line_of_a_network_knows_its_node() -> None:
    source = print_networks("T", {"t": chain(vector(4), Linear(3), ReLU())})
    lines = source.text.splitlines()
    told = [lines[n - 1].strip() for n in source.by_place[Place("t", "linear")]]
    assert told == ["self.linear = nn.Linear(4, 3)", "x = self.linear(data)"]
    assert len(source.lines) == len(lines)


def test_a_network_with_an_error_is_not_printed_and_the_node_is_named() -> None:
    nodes = {"data": Node(Input((1, 8, 8))), "fc": Node(Linear(3)), "out": Node(Output())}
    graph = Graph(nodes, (Wire("data", "y", "fc", "x"), Wire("fc", "y", "out", "x")))
    with pytest.raises(CannotPrint) as caught:
        print_networks("T", {"t": graph})
    assert caught.value.node == "fc"


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_and_names_change_nothing_but_words(title: str) -> None:
    harmless = print_networks("Title", {"net": chain(vector(4), Linear(3))})
    hostile = print_networks(title, {title: chain(vector(4), Linear(3))})
    assert _skeleton(hostile.text) == _skeleton(harmless.text)
    run(hostile)


def _skeleton(text: str) -> list[str]:
    return [type(node).__name__ for node in ast.walk(ast.parse(text))]


@pytest.mark.parametrize("name", ["forward", "train", "type", "class", "half", "__init__", "self", "nn", "torch", "F"])
def test_node_names_that_python_or_torch_own_are_changed(name: str) -> None:
    g = Sketch()
    g.output("result", g.add(Linear(3), g.input("data", vector(4)), name=name))
    made = run(print_networks("T", {"t": g.graph()})).T()
    assert made(torch.randn(2, 4)).shape == (2, 3)
    assert attribute(name).isidentifier()
    assert variable(name).isidentifier()


def test_class_names_are_capitalized_words() -> None:
    assert class_name("res net-18") == "ResNet18"
    assert class_name("3d") == "Network3d"
    assert class_name("list") == "List"
    assert class_name("Tensor") == "TensorNetwork"


def test_the_text_is_as_the_formatter_would_leave_it(tmp_path: Path) -> None:
    g = Sketch()
    entry = g.input("a_rather_long_name_for_a_picture", image(3, 32, 32))
    parts = [g.add(Conv2d(8), entry, name=f"a_rather_long_name_for_branch_{i}") for i in range(5)]
    total = g.add(Add(), *parts, name="sum_of_all_the_branches")
    end = g.add(Residual(16, stride=2), g.add(Concat(), *parts, total, name="joined"))
    g.output("result", g.add(Conv2d(8, (3, 5), (2, 1), dilation=1, bias=False, groups=8), end, name="grouped_conv"))
    file = tmp_path / "model.py"
    file.write_text(print_networks("A long one", {"long": g.graph()}).text)
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "100", "--diff", str(file)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
