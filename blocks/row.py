"""What is known of one node once it is measured: shapes, counts and cost, and the same of all that is inside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blocks.block import Unfit
from blocks.graph import Graph
from blocks.shape import Shape

Inputs = tuple[Any, ...]
Counts = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """What is known of a node: the shapes in and out, counts, MACs, bytes of activations.

    `again` are those of what is computed again at once in the backward pass, of the activations beyond these.
    `parameters` learn; `buffers` are kept without learning: running statistics, and the parameters of a frozen node.
    A node that shares another's weights has neither. `problem` says why it cannot take its input; then the outputs
    are unknown, but for weights that cannot be shared. `inside` holds the graph and rows of a composite or network,
    `copies` those of a repeated block.
    """

    inputs: Inputs
    outputs: tuple[Shape | None, ...]
    parameters: int = 0
    buffers: int = 0
    macs: int = 0
    activations: int = 0
    again: int = 0
    problem: Unfit | None = None
    inside: Inside | None = None
    copies: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """The graph within a composite or network, and the row of each of its nodes."""

    graph: Graph
    rows: Mapping[str, Row]


def frozen(row: Row) -> Row:
    """The row of the same node where nothing in it learns: its parameters are kept as buffers are."""
    return _counted(row, lambda each: (0, each.buffers + each.parameters))


def lent(row: Row) -> Row:
    """The row of the same node where its weights are another's, which counts them."""
    return _counted(row, lambda each: (0, 0))


def _counted(row: Row, count: Callable[[Row], Counts]) -> Row:
    """With other counts, also of everything inside."""
    parameters, buffers = count(row)
    inside, copies = row.inside, tuple(_counted(copy, count) for copy in row.copies)
    if inside is not None:
        inside = Inside(inside.graph, {name: _counted(inner, count) for name, inner in inside.rows.items()})
    return replace(row, parameters=parameters, buffers=buffers, inside=inside, copies=copies)
