"""The words of the canvas: numbers in short, what stands on a card, what a reader is told of a node or a wire."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.any_length import Sizes, sizes_of, sizes_text
from blocks.check import Checked
from blocks.graph import Graph, Node, Wire
from blocks.measure import Row
from blocks.shape import Shape, channels_last, dotted
from blocks.sharing import owner

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


def detail(node: Node, uses: int = 0) -> str:
    """What a node is: its block and telling settings, `Conv2d 64 · 5×5`; of a network how often it is used."""
    if node.block.role == "network":
        told = node.block.shorthand() or "no network"
    else:
        told = f"{node.block.label()} {node.block.shorthand()}".rstrip()
    return f"{told} · used {uses:,} times" if uses > 1 else told


def parameter_count(row: Row | None) -> str:
    """The number at the right of a card; empty where nothing is learned."""
    return compact(row.parameters) if row and row.parameters else ""


def shape_text(shape: Shape | None) -> str:
    """A shape as written on a wire."""
    return "unknown" if shape is None else dotted(shape.sizes)


def ordered(sizes: Sizes, shape: Shape, last: bool) -> Sizes:
    """The sizes of a shape as they are read: channels first, as torch has them, or last."""
    return channels_last(sizes, shape.meaning) if last else sizes


def wire_hint(wire: Wire, checked: Checked, last: bool = False) -> str:
    """What a wire's tooltip says: from where to where, shape, meaning, kind of number, bytes of one example.

    The channels are written `last` where one wants them so.
    """
    ends, shape = f"{wire.source} → {wire.target}", checked.shape(wire.source, wire.output)
    if shape is None:
        return f"{ends}\nshape not known yet"
    sizes = sizes_of(checked, wire.source, wire.output) or shape.sizes
    size = in_bytes(shape.bytes) if sizes == shape.sizes else f"at most {in_bytes(shape.bytes)}"
    return f"{ends}\n{dotted(ordered(sizes, shape, last))} · {shape.meaning.value} · {shape.dtype} · {size} an example"


def node_hint(name: str, graph: Graph, checked: Checked, problem: str) -> str:
    """What a node's tooltip says: what it is, what it does, what is wrong with it."""
    node = graph.nodes[name]
    row = checked.rows.get(name)
    lines = [f"{name} · {detail(node)}", type(node.block).summary()]
    if row and row.parameters:
        lines.append(f"{row.parameters:,} parameters")
    said = state(name, graph)
    lines += [f"{said[:1].upper()}{said[1:]}"] if said else []
    return "\n".join([*lines, problem] if problem else lines)


def state(name: str, graph: Graph) -> str:
    """What is said of a node beside its settings: `3 times in a row, frozen: keeps its weights`; empty if nothing."""
    node = graph.nodes[name]
    users = [other for other in graph.sharers if owner(graph.nodes, other) == name]
    said = [
        f"{node.repeat} times in a row" if node.repeat > 1 else "",
        "muted: passes on what arrives" if node.muted else "",
        "frozen: keeps its weights" if node.frozen else "",
        "checkpointed: computed again in the backward pass, which takes time and spares memory" * node.checkpointed,
        f"uses the weights of {owner(graph.nodes, name)}" if node.shares else "",
        f"lends its weights to {', '.join(users)}" if users else "",
    ]
    return ", ".join(filter(None, said))


def spoken(name: str, graph: Graph, checked: Checked, problem: str = "") -> str:
    """A node for ears: name, block, what is said of it, ports with their shapes, problem."""
    return ", ".join((name, detail(graph.nodes[name]), *_heard(name, graph, checked, problem)))


def spoken_rest(name: str, graph: Graph, checked: Checked, problem: str = "") -> str:
    """The same without name and block."""
    return ", ".join(_heard(name, graph, checked, problem))


def _heard(name: str, graph: Graph, checked: Checked, problem: str) -> Iterator[str]:
    said, row = state(name, graph), checked.rows.get(name)
    if said:
        yield said
    yield from _arriving(name, graph, checked)
    yield from _leaving(name, graph, checked)
    if problem or (row is not None and row.problem is not None):
        yield problem or str(row and row.problem)


def _arriving(name: str, graph: Graph, checked: Checked) -> Iterator[str]:
    ports, wires = graph.block(name).inputs, graph.into(name)
    for port in ports:
        words = "in" if len(ports) == 1 else f"in {port.name}"
        fed = [w for w in wires if w.input == port.name]
        for wire in fed:
            yield f"{words} {sizes_text(checked, wire.source, wire.output)} from {wire.source}"
        if not fed and not port.optional:
            yield f"{words} not connected"


def _leaving(name: str, graph: Graph, checked: Checked) -> Iterator[str]:
    ports, wires = graph.block(name).outputs, graph.out_of(name)
    for port in ports:
        words = "out" if len(ports) == 1 else f"out {port.name}"
        to = ", ".join(w.target for w in wires if w.output == port.name)
        yield f"{words} {sizes_text(checked, name, port.name)} to {to or 'nothing yet'}"
