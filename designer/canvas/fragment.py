"""A part of a network as readable JSON text, as it goes through the clipboard and between windows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blocks.block import CATALOGUE
from blocks.edits import NAME
from blocks.graph import BadWire, Graph, Node, read_wire, wire_text
from blocks.setting import BadSetting
from designer.canvas.metrics import Layout, Point

VERSION = 1
_LONGEST = 4 * 2**20  # characters
_MOST = 10_000  # nodes


class NotAFragment(ValueError):
    """Text that holds no nodes, and why, in a sentence."""


@dataclass(frozen=True)
class Fragment:
    """Nodes with the wires among them and where they stood."""

    graph: Graph
    layout: Layout


def write(graph: Graph, layout: Layout) -> str:
    """The text of some nodes: `{"layerwright": 1, "nodes": …, "wires": …, "layout": …}`, a node a line."""
    nodes = {name: _node(node) for name, node in graph.nodes.items()}
    wires = [wire_text(wire, graph.nodes) for wire in graph.wires]
    places = {name: [round(v) for v in layout[name]] for name in graph.nodes if name in layout}
    parts = [
        f'  "layerwright": {VERSION}',
        f'  "nodes": {_lines(nodes)}',
        f'  "wires": {json.dumps(wires, ensure_ascii=False)}',
        f'  "layout": {json.dumps(places)}',
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read(text: str) -> Fragment:
    """The nodes that a text holds; raises NotAFragment."""
    if '"layerwright"' not in text[:200] or len(text) > _LONGEST:
        raise NotAFragment("The clipboard holds no nodes; copy some first.")
    try:
        content = json.loads(text)
        nodes = {name: _read_node(name, told) for name, told in content["nodes"].items()}
        wires = tuple(read_wire(line, nodes) for line in content.get("wires", []))
        layout = {n: _point(at) for n, at in content.get("layout", {}).items() if n in nodes}
    except (BadSetting, BadWire) as error:
        raise NotAFragment(f"The copied text cannot be pasted: {error}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAFragment("The copied text is damaged and cannot be pasted.") from error
    if not 0 < len(nodes) <= _MOST:
        raise NotAFragment(f"The copied text holds {len(nodes):,} nodes; 1 to {_MOST:,} can be pasted.")
    return Fragment(Graph(nodes, wires), layout)


def _node(node: Node) -> dict[str, object]:
    told: dict[str, object] = {"block": type(node.block).kind(), **node.block.stored()}
    return told | ({"repeat": node.repeat} if node.repeat > 1 else {})


def _lines(nodes: Mapping[str, object]) -> str:
    lines = (f"    {json.dumps(name)}: {json.dumps(told, ensure_ascii=False)}" for name, told in nodes.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


def _read_node(name: str, told: Mapping[str, Any]) -> Node:
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!a} is no name")
    settings = dict(told)
    block, repeat = settings.pop("block"), settings.pop("repeat", 1)
    if type(repeat) is not int or not 1 <= repeat <= 1000:
        raise BadSetting("repeat", "a whole number from 1 to 1000", repeat)
    return Node(CATALOGUE.make(block, settings), repeat)


def _point(at: Any) -> Point:
    x, y = (float(v) for v in at)
    if not (abs(x) < 1e6 and abs(y) < 1e6):
        raise ValueError("a place off the canvas")
    return x, y
