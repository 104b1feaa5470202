"""The canvas for ears: along the network every node with block, ports, shapes and problem, and after it its wires."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect

from blocks.graph import Graph, Wire
from designer.canvas import words
from designer.canvas.metrics import WIRE_REACH, Point
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

_THICK = 4  # px at either side of a wire


class Ears:
    """The nodes and wires of a canvas in the order in which the network runs."""

    def __init__(self, canvas: Stage) -> None:
        self._canvas = canvas
        self._graph: Graph | None = None
        self._order: dict[str, int] = {}
        self._wires: dict[str, Wire] = {}

    def _places(self) -> dict[str, int]:
        graph = self._canvas.sheet.graph
        if graph is not self._graph:
            self._graph = graph
            self._wires = {wire_key(wire): wire for wire in graph.wires}
            names = dict.fromkeys((*graph.structure.order, *graph.nodes))
            told = (key for name in names for key in (name, *map(wire_key, graph.out_of(name))))
            self._order = {key: i for i, key in enumerate(told)}
        return self._order

    def _wire(self, key: str) -> Wire | None:
        return self._wires.get(key) if key in self._places() else None

    def keys(self) -> Sequence[str]:
        return tuple(self._places())

    def index(self, key: str) -> int:
        return self._places().get(key, -1)

    def name(self, key: str) -> str:
        wire = self._wire(key)
        if wire is not None:
            return f"wire from {wire.source} to {wire.target}"
        return f"{key}, {words.detail(self._canvas.sheet.graph.nodes[key])}"

    def description(self, key: str) -> str:
        sheet, wire = self._canvas.sheet, self._wire(key)
        if wire is not None:
            return words.wire_hint(wire, sheet.checked, sheet.channels_last).partition("\n")[2]
        problem = sheet.problem(key)
        return words.spoken_rest(key, sheet.graph, sheet.checked, problem.message if problem else "")

    def rect(self, key: str) -> QRect:
        canvas, wire = self._canvas, self._wire(key)
        (x1, y1), (x2, y2) = (canvas.sheet.place(key), canvas.sheet.place(key)) if wire is None else self._ends(wire)
        wide, high = (CARD_WIDTH, CARD_HEIGHT) if wire is None else (0, 0)
        corners = QPointF(min(x1, x2), min(y1, y2)), QPointF(max(x1, x2) + wide, max(y1, y2) + high)
        first, last = (canvas.viewport().mapTo(canvas, canvas.mapFromScene(corner)) for corner in corners)
        return QRect(first, last) if wire is None else QRect(first, last).adjusted(-_THICK, 0, _THICK, 0)

    def _ends(self, wire: Wire) -> tuple[Point, Point]:
        """Where a wire leaves and where it ends."""
        sheet = self._canvas.sheet
        out = next(s for s in sheet.spots(wire.source) if not s.port.into and s.port.name == wire.output)
        into = next(s for s in sheet.spots(wire.target) if s.port.into and s.port.name == wire.input)
        return (out.x, out.y), (into.x, into.y)

    def key_at(self, at: QPoint) -> str | None:
        canvas = self._canvas
        pixel = canvas.viewport().mapFrom(canvas, at)
        if canvas.viewport().childAt(pixel) is not None:
            return None
        point = canvas.mapToScene(pixel)
        node = canvas.sheet.node_at(point.x(), point.y())
        wire = canvas.sheet.wire_at(point.x(), point.y(), WIRE_REACH / canvas.camera.zoom) if node is None else None
        return node if wire is None else wire_key(wire)

    def chosen(self, key: str) -> bool:
        wire, sheet = self._wire(key), self._canvas.sheet
        return wire in self._canvas.selected_wires() if wire is not None else bool(sheet.selected[sheet.index[key]])

    def current(self) -> str | None:
        chosen, wires = self._canvas.selection(), self._canvas.selected_wires()
        return chosen[-1] if chosen else wire_key(wires[-1]) if wires else None


def wire_key(wire: Wire) -> str:
    """A wire in one word that no node is called."""
    return f"{wire.source}.{wire.output} > {wire.target}.{wire.input} {wire.place}"
