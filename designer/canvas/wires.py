"""All wires of the canvas as arrays: their ends, ways round cards, colours and widths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from blocks.block import Port
from blocks.check import Checked
from blocks.graph import Graph, Wire
from blocks.shape import Meaning, Shape
from designer.canvas.ports import slots
from designer.canvas.routes import bounds, lanes
from designer.theme import CARD_HEIGHT, CARD_WIDTH

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]

MEANINGS = tuple(Meaning)
UNKNOWN = len(MEANINGS)
_CODE = {meaning: i for i, meaning in enumerate(MEANINGS)}
_MIDDLE = CARD_WIDTH / 2
_THINNEST, _THICKEST = 1.25, 4.5


class Wires:
    """The wires of one graph. `ends` holds x1, y1, x2, y2; `lane` the x of a detour, NaN where there is none."""

    def __init__(self) -> None:
        self.all: tuple[Wire, ...] = ()
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
        self.source: Ints = np.zeros(count, np.intp)
        self.target: Ints = np.zeros(count, np.intp)
        self._out: Floats = np.full(count, _MIDDLE)
        self._into: Floats = np.full(count, _MIDDLE)
        self.ends: Floats = np.zeros((count, 4))
        self.lane: Floats = np.full(count, np.nan)
        self.box: Floats = np.zeros((count, 4))
        self.shared: Flags = np.zeros(count, np.bool_)
        self.crowded: Flags = np.zeros(count, np.bool_)

    def __len__(self) -> int:
        return len(self.all)

    def connect(self, graph: Graph, index: Mapping[str, int]) -> None:
        """Takes over the wires of a graph; where they go is not known until `place`, what they carry until `carry`."""
        self.all, self._index = graph.wires, index
        self._no_shapes()
        self._no_ends()
        if not self.all:
            return
        self.source = np.fromiter((index[w.source] for w in self.all), np.intp, len(self.all))
        self.target = np.fromiter((index[w.target] for w in self.all), np.intp, len(self.all))
        self._find_slots(graph)
        fan = Counter((w.source, w.output) for w in self.all)
        self.shared = np.fromiter((fan[w.source, w.output] > 1 for w in self.all), np.bool_, len(self.all))
        self.crowded = np.bincount(self.target, minlength=len(index))[self.target] > 1

    def _find_slots(self, graph: Graph) -> None:
        """Leaves the middle of the edge to the wires of nodes with a single port; finds the place of the others."""
        nodes = graph.nodes
        entries = {
            n for n, node in nodes.items() if len(node.block.inputs) > 1 or any(p.many for p in node.block.inputs)
        }
        exits = {n for n, node in nodes.items() if len(node.block.outputs) > 1}
        if not entries and not exits:
            return
        counts = Counter((w.target, w.input) for w in self.all if w.target in entries)
        into = {n: _offsets(graph, n, counts) for n in entries}
        out = {n: {p.name: xs for p, xs in _paired(nodes[n].block.outputs, [])} for n in exits}
        for i, wire in enumerate(self.all):
            if wire.target in into:
                places = into[wire.target].get(wire.input, [_MIDDLE])
                self._into[i] = places[min(wire.place, len(places) - 1)]
            if wire.source in out:
                self._out[i] = out[wire.source].get(wire.output, [_MIDDLE])[0]

    def place(self, at: Floats, moved: Ints | None = None) -> None:
        """Works out ends, detours and boxes from the cards' corners; only for wires at `moved` nodes where given."""
        if not self.all:
            return
        if moved is None:
            some = np.arange(len(self.all))
        else:
            hit = np.zeros(len(at), np.bool_)
            hit[moved] = True
            some = np.flatnonzero(hit[self.source] | hit[self.target])
        source, target = at[self.source[some]], at[self.target[some]]
        self.ends[some, 0] = source[:, 0] + self._out[some]
        self.ends[some, 1] = source[:, 1] + CARD_HEIGHT
        self.ends[some, 2] = target[:, 0] + self._into[some]
        self.ends[some, 3] = target[:, 1]
        self.lane[some] = lanes(self.ends[some], self.source[some], self.target[some], at)
        self.box[some] = bounds(self.ends[some], self.lane[some])

    def carry(self, checked: Checked, changed: Sequence[int] | None = None) -> None:
        """Takes over the shapes that flow; only out of the `changed` nodes where given."""
        if changed is None:
            some: Sequence[int] = range(len(self.all))
        else:
            some = np.flatnonzero(np.isin(self.source, np.asarray(changed, np.intp))).tolist()
        for i in some:
            wire = self.all[i]
            self._set_shape(i, checked.shape(wire.source, wire.output))
        self.error[:] = False
        for name in checked.unfit:
            self._mark(checked, name)

    def _set_shape(self, i: int, shape: Shape | None) -> None:
        if shape is self.shapes[i]:
            return
        self.shapes[i] = shape
        self.code[i] = UNKNOWN if shape is None else _CODE[shape.meaning]
        self.width[i] = thickness(shape)

    def _mark(self, checked: Checked, name: str) -> None:
        """Marks the wires that bring what a node cannot take."""
        problem = checked.rows[name].problem
        if problem is None or name not in self._index:
            return
        for i in np.flatnonzero(self.target == self._index[name]).tolist():
            wire = self.all[i]
            self.error[i] = not problem.port or (wire.input, wire.place) == (problem.port, problem.index)


def thickness(shape: Shape | None) -> float:
    """The width of a wire, which grows with the logarithm of the values it carries, px."""
    if shape is None:
        return _THINNEST
    return float(np.clip(0.78 * np.log10(max(shape.numel, 1)) - 0.66, _THINNEST, _THICKEST))


def _offsets(graph: Graph, name: str, counts: Mapping[tuple[str, str], int]) -> dict[str, list[float]]:
    ports = graph.block(name).inputs
    return {p.name: xs for p, xs in _paired(ports, [counts.get((name, p.name), 0) for p in ports])}


def _paired(ports: Sequence[Port], counts: list[int]) -> list[tuple[Port, list[float]]]:
    return list(zip(ports, slots(ports, counts or [0] * len(ports)), strict=True))
