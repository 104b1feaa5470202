"""A part of a network as readable JSON text, as it goes through the clipboard and between windows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from blocks.graph import BadWire, Graph, read_wire, wire_text
from blocks.measure import NO_NETWORKS, Networks
from blocks.nesting import within
from blocks.setting import TEXT_LIMIT
from blocks.sums import names_in, scope_of
from designer.canvas.metrics import Layout, Point
from designer.decor import Decor, Laid, not_laid
from designer.theme import FRAME_TOKENS
from runtime.design import Bends, Frame, Note
from runtime.reading import Reader
from runtime.strict_json import BadDesign
from runtime.writing import graph_tree

VERSION = 1
_LONGEST = 4 * 2**20  # characters
_MOST = 10_000  # nodes
_GRAPH = ("nodes", "wires", "settings")
_INNER = ("variables", "networks")


class NotAFragment(ValueError):
    """Text that holds no nodes, and why, in a sentence."""


@dataclass(frozen=True)
class Fragment:
    """Nodes with the wires among them, where they stood, what was beside them, and the networks that they use."""

    graph: Graph
    layout: Layout
    decor: Decor = field(default_factory=Decor)
    networks: Networks = field(default_factory=dict)
    laid: Mapping[str, Laid] = field(default_factory=dict)


def write(
    graph: Graph,
    layout: Layout,
    decor: Decor | None = None,
    networks: Networks = NO_NETWORKS,
    laid: Callable[[str], Laid] = not_laid,
) -> str:
    """The text of some nodes: `{"layerwright": 1, "nodes": …, "wires": …, "layout": …}`, a node a line.

    Of the `networks` of their design those that the nodes use go along, as they are `drawn` there.
    """
    used = within(graph, networks)
    tree = graph_tree(replace(graph, settings=_known(graph), variables={}))
    places = _rounded(graph, layout)
    parts = [
        f'  "layerwright": {VERSION}',
        *(f'  "settings": {json.dumps(held)}' for held in (tree.get("settings"),) if held),
        f'  "nodes": {_lines(tree["nodes"])}',
        f'  "wires": {json.dumps(tree["wires"], ensure_ascii=False)}',
        f'  "layout": {json.dumps(places)}',
        *(f'  "{key}": {json.dumps(held, ensure_ascii=False)}' for key, held in _beside(graph, decor or Decor())),
        *(f'  "{key}": {json.dumps(held, ensure_ascii=False)}' for key, held in _used(used)),
        *(f'  "drawn": {json.dumps(held, ensure_ascii=False)}' for held in [_layouts(used, laid)] if held),
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def read(text: str) -> Fragment:
    """The nodes that a text holds; raises NotAFragment."""
    if '"layerwright"' not in text[:200] or len(text) > _LONGEST:
        raise NotAFragment("The clipboard holds no nodes; copy some first.")
    try:
        content = json.loads(text)
        graph = Reader("the copied text").graph({k: v for k, v in content.items() if k in _GRAPH}, "")
        layout = _places(content, graph)
        decor = _read_beside(content, graph)
        inner = Reader("the copied text").design({key: content.get(key, {}) for key in _INNER}).networks
        told = content.get("drawn", {})
        laid = {n: (_places(each, inner[n]), _read_beside(each, inner[n])) for n, each in told.items() if n in inner}
    except (BadDesign, BadWire) as error:
        raise NotAFragment(f"This cannot be pasted: {str(error).rstrip('.')}.") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotAFragment("The copied text is damaged and cannot be pasted.") from error
    if not 0 < len(graph.nodes) + len(decor.notes) + len(decor.frames) <= _MOST:
        raise NotAFragment(f"The copied text holds {len(graph.nodes):,} nodes; 1 to {_MOST:,} can be pasted.")
    return Fragment(graph, layout, decor, inner, laid)


def _known(graph: Graph) -> Mapping[str, float]:
    """The names that sums of these nodes are over, with their values, so that the text can be read by itself."""
    names = {name for node in graph.nodes.values() if node.given for name in names_in(node)}
    return {name: value for name, value in scope_of(graph).items() if name in names} if names else {}


def _used(networks: Networks) -> list[tuple[str, object]]:
    """The networks that the nodes use, and the variables that sums in them are over."""
    names = {name for g in networks.values() for node in g.nodes.values() if node.given for name in names_in(node)}
    known = {name: value for g in networks.values() for name, value in g.variables.items() if name in names}
    trees = {name: graph_tree(graph) for name, graph in networks.items()}
    return [(key, held) for key, held in (("variables", known), ("networks", trees)) if held]


def _layouts(networks: Networks, laid: Callable[[str], Laid]) -> dict[str, dict[str, object]]:
    """Of every network where its cards stand and what is beside them; nothing of those never laid out."""
    told = {}
    for name, graph in networks.items():
        layout, decor = laid(name)
        parts = [("layout", _rounded(graph, layout)), *_beside(graph, decor)]
        told[name] = {key: held for key, held in parts if held}
    return {name: parts for name, parts in told.items() if parts}


def _rounded(graph: Graph, layout: Layout) -> dict[str, list[int]]:
    return {name: [round(v) for v in layout[name]] for name in graph.nodes if name in layout}


def _places(content: Mapping[str, Any], graph: Graph) -> dict[str, Point]:
    return {name: _point(at) for name, at in content.get("layout", {}).items() if name in graph.nodes}


def _lines(nodes: Mapping[str, object]) -> str:
    lines = (f"    {json.dumps(name)}: {json.dumps(told, ensure_ascii=False)}" for name, told in nodes.items())
    return "{\n" + ",\n".join(lines) + "\n  }"


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
