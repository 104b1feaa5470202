"""A part of a network as readable JSON text, as it goes through the clipboard and between windows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.block import CATALOGUE
from blocks.edits import NAME
from blocks.graph import BadWire, Graph, Node, read_wire, wire_text
from blocks.setting import TEXT_LIMIT, BadSetting
from designer.canvas.decor import Bends, Decor
from designer.canvas.metrics import Layout, Point
from designer.theme import FRAME_TOKENS
from runtime.design import Frame, Note

VERSION = 1
_LONGEST = 4 * 2**20  # characters
_MOST = 10_000  # nodes


class NotAFragment(ValueError):
    """Text that holds no nodes, and why, in a sentence."""


@dataclass(frozen=True)
class Fragment:
    """Nodes with the wires among them, where they stood, and what was beside them."""

    graph: Graph
    layout: Layout
    decor: Decor = field(default_factory=Decor)


def write(graph: Graph, layout: Layout, decor: Decor | None = None) -> str:
    """The text of some nodes: `{"layerwright": 1, "nodes": …, "wires": …, "layout": …}`, a node a line."""
    nodes = {name: _node(node) for name, node in graph.nodes.items()}
    wires = [wire_text(wire, graph.nodes) for wire in graph.wires]
    places = {name: [round(v) for v in layout[name]] for name in graph.nodes if name in layout}
    parts = [
        f'  "layerwright": {VERSION}',
        f'  "nodes": {_lines(nodes)}',
        f'  "wires": {json.dumps(wires, ensure_ascii=False)}',
        f'  "layout": {json.dumps(places)}',
        *(f'  "{key}": {json.dumps(held, ensure_ascii=False)}' for key, held in _beside(graph, decor or Decor())),
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
        decor = _read_beside(content, Graph(nodes, wires))
    except (BadSetting, BadWire) as error:
        raise NotAFragment(f"The copied text cannot be pasted: {error}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAFragment("The copied text is damaged and cannot be pasted.") from error
    if not 0 < len(nodes) + len(decor.notes) + len(decor.frames) <= _MOST:
        raise NotAFragment(f"The copied text holds {len(nodes):,} nodes; 1 to {_MOST:,} can be pasted.")
    return Fragment(Graph(nodes, wires), layout, decor)


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


def _beside(graph: Graph, decor: Decor) -> list[tuple[str, object]]:
    """Frames, notes and bend points as a file of a design writes them; nothing where there are none."""
    frames = [{"title": f.title, "at": [*f.at], "size": [*f.size], "color": f.color} for f in decor.frames]
    notes = [{"text": n.text, "at": [*n.at], "width": n.width} for n in decor.notes]
    bends = {wire_text(wire, graph.nodes): [[*point] for point in points] for wire, points in decor.bends.items()}
    parts: list[tuple[str, object]] = [("frames", frames), ("notes", notes), ("bends", bends)]
    return [(key, held) for key, held in parts if held]


def _read_beside(content: Mapping[str, Any], graph: Graph) -> Decor:
    frames = tuple(_read_frame(each) for each in content.get("frames", []))
    notes = tuple(Note(_text(n["text"]), _point(n["at"]), _length(n["width"], 4_000)) for n in content.get("notes", []))
    bends: Bends = {
        read_wire(line, graph.nodes): tuple(_point(at) for at in points)
        for line, points in content.get("bends", {}).items()
    }
    return Decor(notes, frames, {wire: points for wire, points in bends.items() if wire in graph.wires})


def _read_frame(told: Mapping[str, Any]) -> Frame:
    title, color = _text(told["title"]), told["color"]
    if color not in FRAME_TOKENS or not (title.isprintable() or not title):
        raise ValueError("a frame that no design could hold")
    wide, high = told["size"]
    return Frame(title, _point(told["at"]), (_length(wide, 100_000), _length(high, 100_000)), color)


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or len(raw) > TEXT_LIMIT:
        raise ValueError("no text, or too long")
    return raw


def _length(raw: Any, most: float) -> float:
    if not 40 <= float(raw) <= most:
        raise ValueError("a size that no design could hold")
    return float(raw)


def _point(at: Any) -> Point:
    x, y = (float(v) for v in at)
    if not (abs(x) < 1e6 and abs(y) < 1e6):
        raise ValueError("a place off the canvas")
    return x, y
