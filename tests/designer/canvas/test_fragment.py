from __future__ import annotations

import json
from dataclasses import replace

import pytest

from designer.canvas import fragment
from designer.canvas.fragment import NotAFragment
from tests.designer.canvas.desk import graph, node

SHOWN = graph(
    {"image": node("Input", shape=[3, 8, 8]), "unit": node("Residual", 3, out_channels=3), "add": node("Add")},
    "image -> unit",
    "image -> add.parts[0]",
    "unit -> add.parts[1]",
)


def test_what_is_written_is_read_again() -> None:
    read = fragment.read(fragment.write(SHOWN, {"image": (0, 0), "unit": (8, 96)}))
    assert read.graph == SHOWN
    assert read.layout == {"image": (0.0, 0.0), "unit": (8.0, 96.0)}


def test_the_text_has_a_node_a_line() -> None:
    lines = fragment.write(SHOWN, {}).splitlines()
    assert '    "unit": {"block": "Residual", "out_channels": 3, "repeat": 3},' in lines


@pytest.mark.parametrize(
    "nodes, wires, layout",
    [
        ({"a": {"block": "ReLU", "muted": 1}}, [], {}),
        ({"a": {"block": "ReLU", "shares": "b"}}, [], {}),
        ({"a": {"block": "Conv2d", "out_channels": "many"}}, [], {}),
        ({"a": {"block": "ReLU", "repeat": True}}, [], {}),
        ({"a b": {"block": "ReLU"}}, [], {}),
        ({"a": {"block": "ReLU"}}, ["a -> b"], {}),
        ({"a": {"block": "ReLU"}}, [], {"a": [0, "x"]}),
        ({"a": {"block": "ReLU"}}, [], {"a": [1e300, 0]}),
        ({"a": ["ReLU"]}, [], {}),
        ({}, [], {}),
        ([], [], {}),
    ],
)
def test_damaged_text_is_refused_in_a_sentence(nodes: object, wires: object, layout: object) -> None:
    text = json.dumps({"layerwright": 1, "nodes": nodes, "wires": wires, "layout": layout})
    with pytest.raises(NotAFragment, match="pasted"):
        fragment.read(text)


@pytest.mark.parametrize("text", ["", "hello", '{"layerwright": 1', '{"layerwright": 1, "nodes": ' + "[" * 5000])
def test_other_text_is_refused_too(text: str) -> None:
    with pytest.raises(NotAFragment):
        fragment.read(text)


def test_marks_sums_and_blocks_of_a_newer_version_go_along() -> None:
    given = replace(node("Conv2d", out_channels=16), frozen=True, given=(("out_channels", "2*width"),))
    nodes = {"a": given, "b": replace(node("Conv2d", out_channels=16), shares="a", muted=True)}
    shown = replace(graph(nodes, "a -> b"), settings={"width": 8.0, "depth": 3.0})
    read = fragment.read(fragment.write(shown, {})).graph
    assert (read.nodes, read.wires, read.settings) == (nodes, shown.wires, {"width": 8.0})
    newer = fragment.read('{"layerwright": 1, "nodes": {"a": {"block": "NotYet", "size": 3}}}').graph
    assert newer.block("a").stored() == {"size": 3}
