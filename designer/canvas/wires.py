"""All wires of the canvas as arrays: their ends, ways round cards, colours and widths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import log10

import numpy as np
from numpy.typing import NDArray

from blocks.block import Port
from blocks.check import Checked
from blocks.graph import Graph
from blocks.measure import Row
from blocks.shape import Meaning, Shape
from designer.canvas.ports import slots
from designer.canvas.ways import MIDDLE, Ways

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

MEANINGS = tuple(Meaning)
UNKNOWN = len(MEANINGS)
_CODE = {meaning: i for i, meaning in enumerate(MEANINGS)}
_THINNEST, _THICKEST = 1.25, 4.5


class Wires(Ways):
    """The wires of one graph: what they carry, as it is painted, and where they run."""

    def __init__(self) -> None:
        super().__init__()
        self._index: Mapping[str, int] = {}
        self._no_shapes()
        self._no_ends()

    def _no_shapes(self) -> None:
        count = len(self.all)
        self.shapes: list[Shape | None] = [None] * count
        self.code = np.full(count, UNKNOWN, np.uint8)
        self.width = np.full(count, _THINNEST)
        self.error = np.zeros(count, np.bool_)

    def _no_ends(self) -> None:
        count = len(self.all)
        self.clear(count)
        self.shared: Flags = np.zeros(count, np.bool_)
        self.crowded: Flags = np.zeros(count, np.bool_)

    def __len__(self) -> int:
        return len(self.all)

    def connect(self, graph: Graph, index: Mapping[str, int]) -> None:
        """Takes over the wires of a graph; where they go is not known until `place`, what they carry until `carry`."""
        self.remember()
        self.all, self._index = graph.wires, index
        self._no_shapes()
        self._no_ends()
        if not self.all:
            return
        self.source = np.fromiter((index[w.source] for w in self.all), np.intp, len(self.all))
        self.target = np.fromiter((index[w.target] for w in self.all), np.intp, len(self.all))
        self._find_slots(graph)
        self.shared = np.bincount(self.source, minlength=len(index))[self.source] > 1
        self.crowded = np.bincount(self.target, minlength=len(index))[self.target] > 1

    def _find_slots(self, graph: Graph) -> None:
        """Leaves the middle of the edge to the wires of nodes with a single port; finds the place of the others."""
        nodes = graph.nodes
        entries = {n for n, node in nodes.items() if node.block.inputs and _several(node.block.inputs)}
        exits = {n for n, node in nodes.items() if len(node.block.outputs) > 1}
        if not entries and not exits:
            return
        counts = Counter((w.target, w.input) for w in self.all if w.target in entries)
        into = {n: _offsets(nodes[n].block.inputs, n, counts) for n in entries}
        leaving = Counter((w.source, w.output) for w in self.all if w.source in exits)
        out = {n: _offsets(nodes[n].block.outputs, n, leaving) for n in exits}
        for i, wire in enumerate(self.all):
            if wire.target in into:
                places = into[wire.target].get(wire.input, (MIDDLE,))
                self.into[i] = places[min(wire.place, len(places) - 1)]
            if wire.source in out:
                self.out[i] = out[wire.source].get(wire.output, (MIDDLE,))[0]
                self.slot[i] = [p.name for p in nodes[wire.source].block.outputs].index(wire.output)

    def carry(self, checked: Checked, rows: Sequence[Row | None], changed: Sequence[int] | None = None) -> None:
        """Takes over the shapes that flow, from the rows of all nodes; only out of the `changed` ones where given."""
        if changed is None:
            sources, slots_ = self.source.tolist(), self.slot
            self.shapes = [_shape(rows[i], slot) for i, slot in zip(sources, slots_, strict=True)]
            self.code = np.fromiter(map(_code, self.shapes), np.uint8, len(self.shapes))
            self.width = np.fromiter(map(thickness, self.shapes), np.float64, len(self.shapes))
        else:
            for i in np.flatnonzero(np.isin(self.source, np.asarray(changed, np.intp))).tolist():
                shape = self.shapes[i] = _shape(rows[int(self.source[i])], self.slot[i])
                self.code[i], self.width[i] = _code(shape), thickness(shape)
        self.error[:] = False
        for name in checked.unfit:
            self._mark(checked, name)

    def _mark(self, checked: Checked, name: str) -> None:
        """Marks the wires that bring what a node cannot take."""
        problem = checked.rows[name].problem
        if problem is None or name not in self._index:
            return
        for i in np.flatnonzero(self.target == self._index[name]).tolist():
            wire = self.all[i]
            self.error[i] = not problem.port or (wire.input, wire.place) == (problem.port, problem.index)


def _shape(row: Row | None, slot: int) -> Shape | None:
    return row.outputs[slot] if row is not None and row.outputs else None


def _code(shape: Shape | None) -> int:
    return UNKNOWN if shape is None else _CODE[shape.meaning]


@lru_cache(maxsize=4096)
def thickness(shape: Shape | None) -> float:
    """The width of a wire, which grows with the logarithm of the values it carries, px."""
    if shape is None:
        return _THINNEST
    return min(max(0.78 * log10(max(shape.numel, 1)) - 0.66, _THINNEST), _THICKEST)


def _several(ports: tuple[Port, ...]) -> bool:
    return len(ports) > 1 or ports[0].many


def _offsets(ports: tuple[Port, ...], node: str, wires: Mapping[tuple[str, str], int]) -> dict[str, tuple[float, ...]]:
    places = slots(ports, tuple([wires.get((node, p.name), 0) for p in ports]))
    return {port.name: xs for port, xs in zip(ports, places, strict=True)}
