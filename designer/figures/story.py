"""A network told as papers tell it: the feature maps, and what leads from one to the next. Knows no Qt.

Activations, normalizations and the like change no sizes; they are told together with the layer before them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from blocks.block import Port
from blocks.check import Checked
from blocks.graph import Graph, Node
from blocks.shape import Shape

_QUIET = {"Activation", "Normalization", "Regularization"}
_WIDEST = 18  # letters of a line
_MOST_LINES = 5
Kind = tuple[str, bool]  # category, and whether it has an inside


@dataclass(frozen=True)
class Part:
    """A feature map, a join or an end: what it is called and made of, its shape, what it is made by.

    `nodes` are those it stands for, the one it is named after first; `bands` the looks of those told together with it.
    """

    nodes: tuple[str, ...]
    role: Literal["feature", "join", "end"]
    shape: Shape | None
    look: Kind
    sign: str = ""
    ops: tuple[str, ...] = ()
    bands: tuple[Kind, ...] = ()
    parameters: int = 0
    given: bool = False  # comes from outside, made by nothing

    @property
    def name(self) -> str:
        """What it is called."""
        return self.nodes[0]


@dataclass(frozen=True)
class Story:
    """The parts in the order in which they come about, and who leads to whom, by number."""

    parts: tuple[Part, ...]
    ties: tuple[tuple[int, int], ...]


@dataclass
class _Telling:
    graph: Graph
    checked: Checked
    parts: list[Part] = field(default_factory=list)
    part_of: dict[str, int] = field(default_factory=dict)
    uses: Counter[str] = field(default_factory=Counter)


def story(graph: Graph, checked: Checked) -> Story:
    """The story of a network; `checked` may know more nodes than the graph has."""
    telling = _Telling(graph, checked, uses=Counter(w.source for w in graph.wires))
    arriving: dict[str, list[str]] = {name: [] for name in graph.nodes}
    for wire in graph.wires:
        arriving[wire.target].append(wire.source)
    order = graph.structure.order
    for name in (*order, *(n for n in graph.nodes if n not in graph.structure.position)):
        before = _told_with(telling, name, arriving[name])
        if before is None:
            telling.part_of[name] = len(telling.parts)
            telling.parts.append(_part(telling, name, len(arriving[name])))
        else:
            telling.part_of[name] = before
            telling.parts[before] = _longer(telling, telling.parts[before], name)
    return Story(tuple(telling.parts), tuple(_ties(telling)))


def _told_with(telling: _Telling, name: str, sources: list[str]) -> int | None:
    """The part that a node is told together with, if it only follows it."""
    node, row = telling.graph.nodes[name], telling.checked.rows.get(name)
    if len(sources) != 1 or telling.uses[sources[0]] != 1 or sources[0] not in telling.part_of or row is None:
        return None
    before = telling.parts[telling.part_of[sources[0]]]
    same = row.outputs[:1] == (row.inputs[0],) and row.inputs[0] is not None
    quiet = node.muted or node.block.category in _QUIET
    fits = before.role == "feature" and not before.given
    return telling.part_of[sources[0]] if quiet and same and fits else None


def _part(telling: _Telling, name: str, fed: int) -> Part:
    node, row = telling.graph.nodes[name], telling.checked.rows.get(name)
    block = node.block
    look = block.category, block.composite or block.role == "network"
    if block.role == "output":
        return Part((name,), "end", None, look)
    joins = bool(block.sign) and fed > 1
    return Part(
        (name,),
        "join" if joins else "feature",
        _shape(telling, name),
        look,
        block.sign if joins else "",
        () if joins or block.role == "input" else _op(node),
        parameters=row.parameters if row else 0,
        given=block.role == "input",
    )


def _longer(telling: _Telling, part: Part, name: str) -> Part:
    """A part with one more node told together with it."""
    node, row = telling.graph.nodes[name], telling.checked.rows.get(name)
    look = node.block.category, node.block.composite
    said = f"({node.block.label()})" if node.muted else node.block.label()
    last = part.ops[-1] if len(part.ops) > 1 else ""
    joined = f"{last}, {said}"
    ops = (*part.ops[:-1], joined) if part.bands and len(joined) <= _WIDEST else (*part.ops, said)
    return Part(
        (*part.nodes, name),
        part.role,
        part.shape,
        part.look,
        part.sign,
        ops,
        part.bands if node.muted else (*part.bands, look),
        part.parameters + (row.parameters if row else 0),
    )


def _shape(telling: _Telling, name: str) -> Shape | None:
    """The shape at the first port that something reads, else at the first."""
    row, outputs = telling.checked.rows.get(name), telling.graph.block(name).outputs
    if row is None or not row.outputs:
        return None
    shape: Shape | None = row.outputs[_read_port(telling, name, outputs)]
    return shape


def _read_port(telling: _Telling, name: str, outputs: tuple[Port, ...]) -> int:
    if len(outputs) < 2:
        return 0
    read = {wire.output for wire in telling.graph.out_of(name)}
    return next((i for i, port in enumerate(outputs) if port.name in read), 0)


def _op(node: Node) -> tuple[str, ...]:
    """What a node does, in short lines: the block, then its telling settings."""
    lines = _wrapped(node.block.label())
    first = len(lines)
    for word in node.block.shorthand().split(" · "):
        joined = f"{lines[-1]} · {word}"
        if len(lines) > first and len(joined) <= _WIDEST:
            lines[-1] = joined
        elif word:
            lines.append(word)
    if node.repeat > 1:
        lines[first - 1] = f"{lines[first - 1]} × {node.repeat}"
    if node.muted:
        lines[0] = f"({lines[0]})"
    return tuple(short(line, 26) for line in lines[:_MOST_LINES])


def _wrapped(label: str) -> list[str]:
    lines: list[str] = []
    for word in label.split():
        if lines and len(lines[-1]) + 1 + len(word) <= _WIDEST:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines or [label]


def _ties(telling: _Telling) -> Iterator[tuple[int, int]]:
    for wire in telling.graph.wires:
        source, target = telling.part_of[wire.source], telling.part_of[wire.target]
        if source != target:
            yield source, target


def short(text: str, letters: int) -> str:
    """A text with at most so many letters."""
    return text if len(text) <= letters else f"{text[: letters - 1]}…"
