"""Rows of any length: which sizes go with it, told as `T × 128`, and which nodes hold the length fixed.

Shapes stay numbers. A network whose Input `varies` is checked again with longer rows, and how each size has grown
says what it is: as long as the row, half as long, or no longer than it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

from blocks.block import At, Block
from blocks.check import Checked, Diagnostic, check
from blocks.edits import Fix, configure, replace_block
from blocks.ends import Input
from blocks.graph import Graph
from blocks.nesting import Networks
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import MeanOverTime
from blocks.reshape import Flatten
from blocks.row import Row
from blocks.shape import Meaning, dotted

Sizes = tuple[int | str, ...]
Advice = tuple[Diagnostic, *tuple[Fix, ...]]

_AXIS = {Meaning.SEQUENCE: 0, Meaning.TOKENS: 0, Meaning.SIGNAL: 1}
_LETTERS = "TSUVW"  # one for each length of rows; inputs of one length vary together
# Steps added to the rows: a few, to see by how many a size goes up and when, and many, to see how fast in the long run.
# The many are a multiple of all usual strides, and one less shows whether a size is rounded down or up.
_NEAR, _FAR = (1, 2, 3), 960
_ADDED = (*_NEAR, _FAR - 1, _FAR)
_MOST = 3  # nodes told of for each length: what holds it further on is seen once these are repaired
_BACK = 4  # nodes looked at before one that holds the length


@dataclass(frozen=True)
class Lengths:
    """What is known of the rows of a network: the sizes that go with their length, and the nodes that hold it fixed."""

    sizes: Mapping[tuple[str, int], Sizes] = field(default_factory=dict)  # by node and place of the output
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Held:
    """A node that takes rows of one length only, which that is, and why."""

    node: str
    length: int
    message: str


_NONE = Lengths()


def varying(graph: Graph) -> dict[str, int]:
    """The inputs whose rows may be of any length, with that of the longest."""
    found = {}
    for name in graph.inputs():
        block = graph.block(name)
        if isinstance(block, Input) and block.varies and (axis := _AXIS.get(block.shape().meaning)) is not None:
            found[name] = block.shape_[axis]
    return found


def lengths(checked: Checked) -> Lengths:
    """What is known of the rows of a network; worked out when first asked for, and nothing where none varies."""
    known: Lengths | None = checked.__dict__.get("_lengths")
    if known is None:
        longest = tuple(dict.fromkeys(varying(checked.graph).values()))
        known = checked.__dict__["_lengths"] = _lengths(checked, longest) if longest else _NONE
    return known


def sizes_of(checked: Checked, node: str, port: str = "") -> Sizes | None:
    """The sizes at an output port of a node (its first where none is named), with letters for those that vary."""
    shape = checked.shape(node, port)
    if shape is None:
        return None
    names = [p.name for p in checked.graph.block(node).outputs]
    place = names.index(port) if port in names else 0
    return lengths(checked).sizes.get((node, place), shape.sizes)


def node_sizes(checked: Checked, node: str) -> Sizes | None:
    """The sizes of the first thing that leaves a node, or of what an Output gets."""
    if checked.graph.block(node).outputs:
        return sizes_of(checked, node)
    wires = checked.graph.into(node)
    return sizes_of(checked, wires[0].source, wires[0].output) if wires else None


def sizes_text(checked: Checked, node: str, port: str = "") -> str:
    """The same as written on a wire: `T × 128`; `unknown` where nothing is known."""
    sizes = sizes_of(checked, node, port)
    return "unknown" if sizes is None else dotted(sizes)


def holding(checked: Checked) -> Iterator[Advice]:
    """A warning for every node that takes rows of one length only where they may be of any; the fixes were tried."""
    for name in checked.graph.inputs():
        block = checked.graph.block(name)
        if isinstance(block, Input) and block.varies and block.shape().meaning not in _AXIS:
            message = f"{name} holds {block.shape()}: only a sequence, a signal or tokens have rows of any length."
            yield Diagnostic("warning", name, message, "varies"), _unvaried([name])
    for held in lengths(checked).held:
        yield Diagnostic("warning", held.node, held.message), *_fixes(held, checked)


# --- how sizes grow -----------------------------------------------------------------------


def _lengths(checked: Checked, sizes: Sequence[int]) -> Lengths:
    rules: dict[tuple[str, int, int], list[str]] = {}
    held: list[Held] = []
    for letter, size in zip(_LETTERS, sizes, strict=False):
        after = {by: _with_longer(checked, size, by) for by in _ADDED}
        held += _held(checked, after, size)
        for place, rule in _grown(checked, after, size):
            rules.setdefault(place, []).append(rule.format(letter))
    return Lengths(_symbolic(checked, rules), tuple(held))


def _with_longer(checked: Checked, size: int, by: int) -> Checked:
    """The check with longer rows in all inputs of that length, also of the networks that stand in this one."""
    graph = _longer(checked.graph, size, by)
    networks = {name: _longer(inner, size, by) for name, inner in _used(checked).items()}
    return check(graph, {**checked.networks, **networks} if networks else checked.networks)


def _used(checked: Checked) -> Networks:
    return checked.networks if checked.graph.uses else {}


def _longer(graph: Graph, size: int, by: int) -> Graph:
    for name, longest in varying(graph).items():
        block = graph.block(name)
        if longest == size and isinstance(block, Input):
            sizes = list(block.shape_)
            sizes[_AXIS[block.shape().meaning]] += by
            graph = configure(graph, [name], {"shape": sizes})
    return graph


def _grown(checked: Checked, after: Mapping[int, Checked], size: int) -> Iterator[tuple[tuple[str, int, int], str]]:
    """A rule for every axis of every output that goes with the length of the rows."""
    for name, row in checked.rows.items():
        others = {by: longer.rows.get(name) for by, longer in after.items()}
        if all(other is row for other in others.values()):
            continue
        for slot, shape in enumerate(row.outputs):
            found = {by: other.outputs[slot] for by, other in others.items() if other and other.outputs}
            if shape is None or any(other is None or other.rank != shape.rank for other in found.values()):
                continue
            for axis, base in enumerate(shape.sizes):
                rule = _rule(base, {by: other.sizes[axis] for by, other in found.items()}, size)
                if rule:
                    yield (name, slot, axis), rule


def _rule(base: int, grown: Mapping[int, int], size: int) -> str:
    """How a size goes with the length of the row, with `{}` for the letter; empty where it does not."""
    if all(other == base for other in grown.values()):
        return ""
    slope = Fraction(grown[_FAR] - base, _FAR)
    times, parts = slope.numerator, slope.denominator
    added = base - times * size
    if parts == 1 and all(other == base + times * by for by, other in grown.items()):
        return ("{}" if times == 1 else f"{times}·{{}}") + _signed(added)
    if times == 1:
        more = [d for d in range(parts * base - size, parts * base - size + parts) if _halves(d, parts, grown, size)]
        if len(more) == 1:
            return _divided(more[0], parts)
    return f"≤{base}"  # the rows are no longer than the size says, and so is this


def _halves(more: int, parts: int, grown: Mapping[int, int], size: int) -> bool:
    return all(other == (size + by + more) // parts for by, other in grown.items())


def _divided(more: int, parts: int) -> str:
    if more == parts - 1:
        return f"⌈{{}}/{parts}⌉"
    return f"⌊({{}}{_signed(more)})/{parts}⌋" if more else f"⌊{{}}/{parts}⌋"


def _signed(number: int) -> str:
    return f"{number:+}".replace("-", "−") if number else ""


def _symbolic(checked: Checked, rules: Mapping[tuple[str, int, int], Sequence[str]]) -> dict[tuple[str, int], Sizes]:
    found: dict[tuple[str, int], Sizes] = {}
    for (name, slot, axis), said in rules.items():
        shape = checked.rows[name].outputs[slot]
        assert shape is not None
        sizes = list(found.get((name, slot), shape.sizes))
        sizes[axis] = said[0] if len(said) == 1 else f"≤{shape.sizes[axis]}"
        found[name, slot] = tuple(sizes)
    return found


# --- what holds the length ----------------------------------------------------------------


def _held(checked: Checked, after: Mapping[int, Checked], size: int) -> list[Held]:
    told = []
    for name in checked.order:
        reason = next(filter(None, (_reason(name, checked, after[by], size + by) for by in _NEAR)), "")
        if reason:
            told.append(Held(name, size, f"{name} holds the length of a row at {size:,}: {reason}"))
        if len(told) == _MOST:
            break
    return told


def _reason(name: str, checked: Checked, longer: Checked, length: int) -> str:
    """Why a node takes no rows of another length; empty where it does."""
    row, other = checked.rows[name], longer.rows[name]
    if row is other or row.problem is not None:
        return ""
    if other.problem is not None:
        problem = other.problem
        told = f"of rows of {length:,} it receives {problem.received} and expects {problem.expected}."
        return f"{told} {problem.repair}".rstrip()
    node = checked.graph.nodes[name]
    if node.muted or None in other.outputs or _alike(node.block, row, other):
        return ""
    learned, needed = row.parameters, other.parameters
    if learned != needed:
        return f"it learns {learned:,} numbers for it, and would need {needed:,} for {length:,}."
    return f"its code is written for that length, and would be another one for rows of {length:,}."


@lru_cache(1 << 15)  # rows are remembered with their nodes, so that an edit asks again about few
def _alike(block: Block, row: Row, other: Row) -> bool:
    return bool(_code(block, row) == _code(block, other))


def _code(block: Block, row: Row) -> Any:
    """What is printed of a node for what arrives at it; of a network nothing, which says so itself."""
    if block.role in ("network", "input", "output", "unknown"):
        return None
    if row.copies:
        return tuple(_code(block, copy) for copy in row.copies)
    if row.inside is not None:
        nodes = row.inside.graph.nodes
        return tuple(_code(nodes[name].block, inner) for name, inner in row.inside.rows.items())
    made = "" if block.shorter else str(block.construct(*row.inputs))
    fed = [(port.name, shape) for port, shape in zip(block.inputs, row.inputs, strict=True)]
    return made, block.forward(At("m", {name: _names(name, shape) for name, shape in fed}, dict(fed)))


def _names(port: str, arriving: Any) -> Any:
    if isinstance(arriving, tuple):
        return tuple(f"{port}{i}" for i in range(len(arriving)))
    return None if arriving is None else port


# --- repairs ------------------------------------------------------------------------------


def _fixes(held: Held, checked: Checked) -> Iterator[Fix]:
    for fix in _candidates(held, checked):
        after = check(fix.edit(checked.graph), checked.networks)
        if len(after.errors) <= len(checked.errors) and all(h.node != held.node for h in lengths(after).held):
            yield fix
    yield _unvaried([name for name, size in varying(checked.graph).items() if size == held.length])


def _unvaried(inputs: Sequence[str]) -> Fix:
    title = f"Set varies to no on {', '.join(inputs)}"
    return Fix(title, lambda graph: configure(graph, inputs, {"varies": False}))


def _candidates(held: Held, checked: Checked) -> Iterator[Fix]:
    block = checked.graph.block(held.node)
    if "padding" in block.settings and block.value("padding") == "same":
        kernel, dilation = (block.value(name) for name in ("kernel_size", "dilation"))
        if isinstance(kernel, int) and isinstance(dilation, int):
            padding = dilation * (kernel - 1) // 2
            edit = f"Set padding to {padding} on {held.node}"
            yield Fix(edit, lambda graph: configure(graph, [held.node], {"padding": padding}))
    flat = _flattened(held.node, checked.graph)
    arriving = checked.rows[flat].inputs[0] if flat else None
    if arriving is not None and arriving.meaning in (Meaning.SEQUENCE, Meaning.SIGNAL):
        mean = MeanOverTime() if arriving.meaning is Meaning.SEQUENCE else GlobalAvgPool()
        yield Fix(f"Replace {flat} by {mean.kind()}", lambda graph: replace_block(graph, flat, mean))


def _flattened(name: str, graph: Graph) -> str:
    """The Flatten not far before a node, where there is one on the way to its first input."""
    for _ in range(_BACK):
        wires = graph.into(name)
        name = wires[0].source if wires else ""
        if not name or isinstance(graph.block(name), Flatten):
            return name
    return ""
