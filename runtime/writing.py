"""From a Design to the text of its file: always the same for the same design, and friendly to line-by-line diffs."""

from __future__ import annotations

import json
from typing import Any

from blocks.ends import Unknown
from blocks.graph import Graph, Node, wire_text
from runtime.design import Bends, Design, Drawn, Frame, Layout, Note, Phase, drawn_steps
from runtime.given import with_sums
from runtime.recipe import FOLLOWED, Objective
from runtime.sources import DataSource
from runtime.unknown import UnknownRecipe, UnknownSource

FORMAT = 1
WIDTH = 120
_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


def tree_of(design: Design) -> dict[str, Any]:
    """The design as plain JSON; what is empty is left out."""
    canvases = {**design.networks, **drawn_steps(design.training)}
    optional = {
        "data": _data(design.data) if design.data else None,
        "training": [_phase(phase) for phase in design.training],
        "layout": {name: layout_tree(layout) for name, layout in design.layout.items() if layout},
        "notes": {name: [_note(note) for note in notes] for name, notes in design.notes.items() if notes},
        "frames": {name: [_frame(frame) for frame in frames] for name, frames in design.frames.items() if frames},
        "bends": {name: _bends(bends, canvases[name]) for name, bends in design.bends.items() if bends},
    }
    return {
        "format": FORMAT,
        "title": design.title,
        **({"variables": dict(design.variables)} if design.variables else {}),
        "networks": {name: graph_tree(graph) for name, graph in design.networks.items()},
        **{key: value for key, value in optional.items() if value},
        **design.kept,
    }


def graph_tree(graph: Graph) -> dict[str, Any]:
    """Nodes and wires as the file holds them."""
    return {
        **({"settings": dict(graph.settings)} if graph.settings else {}),
        "nodes": {name: _node(node) for name, node in graph.nodes.items()},
        "wires": [wire_text(wire, graph.nodes) for wire in graph.wires],
    }


def layout_tree(layout: Layout) -> dict[str, Any]:
    """Positions as the file holds them."""
    return {name: [_short(x), _short(y)] for name, (x, y) in layout.items()}


def _node(node: Node) -> dict[str, Any]:
    block = node.block
    kind = block.name if isinstance(block, Unknown) else block.kind()
    repeat = {"repeat": node.repeat} if node.repeat > 1 else {}
    stored = with_sums(node, block.stored()) if node.given else block.stored()
    return {"block": kind, **stored, **repeat, **marks(node)}


def marks(node: Node) -> dict[str, Any]:
    """What a node's entry says beside its block: whether it is muted, frozen or checkpointed, whose weights it has."""
    told = {"muted": node.muted, "frozen": node.frozen, "checkpointed": node.checkpointed, "shares": node.shares}
    return {key: value for key, value in told.items() if value}


def _data(source: DataSource) -> dict[str, Any]:
    return source.stored() if isinstance(source, UnknownSource) else {"source": source.kind(), **source.stored()}


def _phase(phase: Phase) -> dict[str, Any]:
    plan = phase.plan
    if isinstance(plan, Drawn):
        return {"phase": phase.name, **_drawn(plan)}
    if isinstance(plan, UnknownRecipe):
        return {"phase": phase.name, **plan.stored()}
    return {"phase": phase.name, "recipe": plan.kind(), **plan.stored()}


def _drawn(plan: Drawn) -> dict[str, Any]:
    return {
        "step": graph_tree(plan.step),
        "objectives": [_objective(objective) for objective in plan.objectives],
        **plan.stored(),
    }


def _objective(objective: Objective) -> dict[str, Any]:
    optimizer, schedule = objective.optimizer, objective.schedule
    return {
        "minimize": objective.minimize,
        "networks": list(objective.networks),
        "optimizer": {"kind": optimizer.kind(), **optimizer.stored()},
        "schedule": {"kind": schedule.kind(), **schedule.stored()},
        **{
            name: setting.dump(getattr(objective, name))
            for name, setting in FOLLOWED.items()
            if name not in ("optimizer", "schedule") and getattr(objective, name) != getattr(Objective, name)
        },
    }


def _note(note: Note) -> dict[str, Any]:
    return {"text": note.text, "at": [_short(note.at[0]), _short(note.at[1])], "width": _short(note.width)}


def _frame(frame: Frame) -> dict[str, Any]:
    at, size = ([_short(number) for number in pair] for pair in (frame.at, frame.size))
    return {"title": frame.title, "at": at, "size": size, "color": frame.color}


def _bends(bends: Bends, graph: Graph) -> dict[str, Any]:
    """The points of each wire, under its text."""
    return {wire_text(w, graph.nodes): [[_short(x), _short(y)] for x, y in points] for w, points in bends.items()}


def _short(number: float) -> float:
    """A whole number without its `.0`."""
    return int(number) if float(number).is_integer() else number


def text_of(tree: Any) -> str:
    """JSON of two-space indent in which whatever fits on a line of 120 characters is one; ends in a newline."""
    return "".join(_written(tree, 0, WIDTH)) + "\n"


def _written(value: Any, depth: int, room: int) -> list[str]:
    """The pieces of a value's text; `room` is what its key and comma leave of the line."""
    if not isinstance(value, dict | list) or not value:
        return [_line(value)]
    if not _opened(value, depth):
        line = _line(value)
        if len(line) <= room:
            return [line]
    indent = "  " * (depth + 1)
    pieces = ["{\n" if isinstance(value, dict) else "[\n"]
    for key, each in value.items() if isinstance(value, dict) else ((None, each) for each in value):
        name = "" if key is None else f"{_line(key)}: "
        pieces += [indent, name, *_written(each, depth + 1, WIDTH - len(indent) - len(name) - 1), ",\n"]
    pieces[-1] = "\n"
    pieces += ["  " * depth, "}" if isinstance(value, dict) else "]"]
    return pieces


def _opened(value: Any, depth: int) -> bool:
    """Whether lines of their own are due even to what is short: so that a diff names the node."""
    return depth == 0 or (isinstance(value, dict) and ("nodes" in value or any(map(_holds_nodes, value.values()))))


def _holds_nodes(value: Any) -> bool:
    return isinstance(value, dict) and ("nodes" in value or "block" in value)
