"""The words of the canvas: numbers in short, what stands on a card, what a reader is told of a node or a wire."""

from __future__ import annotations

from blocks.check import Checked
from blocks.graph import Graph, Node, Wire
from blocks.measure import Row
from blocks.shape import Shape, dotted

_UNITS = ((10**12, "T"), (10**9, "G"), (10**6, "M"))
_BYTES = ((2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


def compact(number: int) -> str:
    """A count as short as it stays telling: `61,706`, `1.1 M`."""
    for size, unit in _UNITS:
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:,}"


def in_bytes(number: int) -> str:
    """A size in memory: `784 bytes`, `3.1 kB`."""
    for size, unit in _BYTES:
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number:,} bytes"


def detail(node: Node) -> str:
    """What a node is: its block and telling settings, `Conv2d 64 · 5×5`."""
    return f"{node.block.label()} {node.block.shorthand()}".rstrip()


def parameter_count(row: Row | None) -> str:
    """The number at the right of a card; empty where nothing is learned."""
    return compact(row.parameters) if row and row.parameters else ""


def shape_text(shape: Shape | None) -> str:
    """A shape as written on a wire."""
    return "unknown" if shape is None else dotted(shape.sizes)


def wire_hint(wire: Wire, shape: Shape | None) -> str:
    """What a wire's tooltip says: from where to where, shape, meaning, kind of number, bytes of one example."""
    ends = f"{wire.source} → {wire.target}"
    if shape is None:
        return f"{ends}\nshape not known yet"
    return f"{ends}\n{dotted(shape.sizes)} · {shape.meaning.value} · {shape.dtype} · {in_bytes(shape.bytes)} an example"


def node_hint(name: str, graph: Graph, checked: Checked, problem: str) -> str:
    """What a node's tooltip says: what it is, what it does, what is wrong with it."""
    node = graph.nodes[name]
    row = checked.rows.get(name)
    lines = [f"{name} · {detail(node)}", type(node.block).summary()]
    if row and row.parameters:
        lines.append(f"{row.parameters:,} parameters")
    return "\n".join([*lines, problem] if problem else lines)


def spoken(name: str, graph: Graph, checked: Checked) -> str:
    """A node for ears: name, block, repeat, shapes in and out, problem."""
    node, row = graph.nodes[name], checked.rows.get(name)
    told = [name, detail(node)]
    if node.repeat > 1:
        told.append(f"{node.repeat} times")
    if row is not None:
        arriving = [shape for entry in row.inputs for shape in (entry if isinstance(entry, tuple) else (entry,))]
        told += [f"in {shape_text(shape)}" for shape in arriving]
        told += [f"out {shape_text(shape)}" for shape in row.outputs]
        if row.problem is not None:
            told.append(str(row.problem))
    return ", ".join(told)
