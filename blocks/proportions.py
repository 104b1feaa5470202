"""How a network is proportioned: depth and width, 1×1 layers that reduce before wider ones, and early bottlenecks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import lcm

from blocks.block import Block
from blocks.check import Checked
from blocks.edits import configure
from blocks.graph import Graph, Node, Structure
from blocks.measure import Row
from blocks.shape import Meaning, Shape

FACTOR = 6  # a pooling by 2 keeps a fourth, one of 3×3 with odd sizes a little less
_STEP = 8  # channels are told in multiples of this
_SPATIAL = frozenset({Meaning.SIGNAL, Meaning.IMAGE, Meaning.VOLUME})


@dataclass(frozen=True)
class Narrowing:
    """A node that passes on far fewer numbers than arrive; `setting` and `value` would let more through."""

    node: str
    before: int
    after: int
    setting: str = ""
    value: int = 0

    def edit(self, graph: Graph) -> Graph:
        """The network with the wider node."""
        return configure(graph, [self.node], {self.setting: self.value})


@dataclass(frozen=True)
class Proportions:
    """Layers with weights on the longest way through a network, the channels or features they give on average.

    `reductions` are the 1×1 layers that have fewer results than inputs and are read by a wider kernel, by the way to
    them (`inception3a.three_reduce`).
    """

    depth: int
    width: float
    reductions: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """Width by depth."""
        return self.width / self.depth if self.depth else 0.0


def narrowed(checked: Checked, factor: float = FACTOR) -> Iterator[Narrowing]:
    """Where everything must pass through one node of the first third that keeps less than 1 / factor of the numbers.

    And less than half of the fewest so far: what was widened just before, as in a dense block, may be taken back. Only
    pixels are spoken of: what stands beside a branch is not narrow, and a classifier has to be.
    """
    rows, before, fewest = checked.rows, None, 0
    for name in _passes(checked.graph.structure):
        row = rows.get(name)
        shape = row.outputs[0] if row is not None and row.outputs else None
        if shape is None or shape.meaning not in _SPATIAL:
            return
        if before is not None and before.numel > factor * shape.numel and fewest > 2 * shape.numel:
            yield _told(name, checked.graph.block(name), before.numel, shape, factor)
        before, fewest = shape, min(fewest or shape.numel, shape.numel)


@lru_cache(maxsize=16)
def _passes(structure: Structure) -> tuple[str, ...]:
    """The nodes of the first third through which everything must pass, in order; known until a wire changes."""
    found, reached = [], 0
    for turn, name in enumerate(structure.order[: len(structure.order) // 3]):
        readers = structure.consumers[name]
        if reached <= turn and readers:
            found.append(name)
        reached = max(reached, *(structure.position.get(reader, turn) for reader in readers), turn)
    return tuple(found)


def _told(name: str, block: Block, before: int, shape: Shape, factor: float) -> Narrowing:
    if not block.widens:
        return Narrowing(name, before, shape.numel)
    step = lcm(_STEP, int(block.value("groups")) if "groups" in block.settings else 1)
    wanted = before / factor / (shape.numel // shape.channels)
    return Narrowing(name, before, shape.numel, block.widens, -int(-wanted // step) * step)


def proportions(checked: Checked) -> Proportions:
    """Depth, width and reductions of a network, through everything that is inside its nodes."""
    widths = list(_widths(checked.graph, checked.rows))
    width = sum(widths) / len(widths) if widths else 0.0
    return Proportions(_depth(checked.graph, checked.rows), width, tuple(_reductions(checked.graph, checked.rows, "")))


def _parts(row: Row) -> tuple[Row, ...]:
    return row.copies or (row,)


def _depth(graph: Graph, rows: Mapping[str, Row]) -> int:
    """Layers with weights on the longest way within one step, which begins at the inputs and at the delays."""
    deep: dict[str, int] = {}
    for name in graph.structure.order:
        wires = graph.into(name) if graph.block(name).role != "delay" else ()
        before = max((deep[wire.source] for wire in wires), default=0)
        deep[name] = before + sum(map(_layers, _parts(rows[name])))
    return max(deep.values(), default=0)


def _layers(row: Row) -> int:
    return _depth(row.inside.graph, row.inside.rows) if row.inside else int(row.macs > 0)


def _widths(graph: Graph, rows: Mapping[str, Row]) -> Iterator[int]:
    """The channels or features of every result that a layer with weights gives."""
    for row in (part for name in graph.structure.order for part in _parts(rows[name])):
        if row.inside is not None:
            yield from _widths(row.inside.graph, row.inside.rows)
        elif row.macs and row.outputs and row.outputs[0] is not None and row.outputs[0].sizes:
            shape = row.outputs[0]
            yield shape.channels if shape.meaning in _SPATIAL else shape.features


def _reductions(graph: Graph, rows: Mapping[str, Row], way: str) -> Iterator[str]:
    for name in graph.structure.order:
        if _reduces(graph.nodes[name], rows[name]) and any(_is_wide(graph, n) for n in _next(graph, rows, name)):
            yield way + name
        inside = _parts(rows[name])[0].inside
        if inside is not None:
            yield from _reductions(inside.graph, inside.rows, f"{way}{name}.")


def _reduces(node: Node, row: Row) -> bool:
    shapes = row.inputs[0] if row.inputs else None, row.outputs[0] if row.outputs else None
    if not row.macs or _kernel(node.block) != 1 or not all(isinstance(s, Shape) for s in shapes):
        return False
    return bool(shapes[1].channels < shapes[0].channels)  # type: ignore[union-attr]


def _is_wide(graph: Graph, name: str) -> bool:
    return _kernel(graph.block(name)) > 1


def _kernel(block: Block) -> int:
    """The largest size of a kernel; 0 of what has none."""
    size = block.value("kernel_size") if "kernel_size" in block.settings and block.widens else 0
    return max(size) if isinstance(size, tuple) else int(size)


def _next(graph: Graph, rows: Mapping[str, Row], name: str) -> Iterator[str]:
    """The layers that read a result, through what only changes its numbers."""
    waiting = list(graph.structure.consumers[name])
    while waiting:
        reader = waiting.pop()
        row = rows[reader]
        if row.macs == 0 and row.outputs and row.inputs and row.outputs[0] is row.inputs[0]:
            waiting += graph.structure.consumers[reader]
        else:
            yield reader
