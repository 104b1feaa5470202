"""The canvas for ears: every node a part with its name, block, ports, shapes and problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect

from blocks.graph import Graph
from designer.canvas import words
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.stage import Stage


class Ears:
    """The nodes of a canvas in the order in which the network runs."""

    def __init__(self, canvas: Stage) -> None:
        self._canvas = canvas
        self._graph: Graph | None = None
        self._order: dict[str, int] = {}

    def _places(self) -> dict[str, int]:
        graph = self._canvas.sheet.graph
        if graph is not self._graph:
            self._graph = graph
            self._order = {name: i for i, name in enumerate(dict.fromkeys((*graph.structure.order, *graph.nodes)))}
        return self._order

    def keys(self) -> Sequence[str]:
        return tuple(self._places())

    def index(self, key: str) -> int:
        return self._places().get(key, -1)

    def name(self, key: str) -> str:
        return f"{key}, {words.detail(self._canvas.sheet.graph.nodes[key])}"

    def description(self, key: str) -> str:
        sheet = self._canvas.sheet
        problem = sheet.problem(key)
        return words.spoken_rest(key, sheet.graph, sheet.checked, problem.message if problem else "")

    def rect(self, key: str) -> QRect:
        canvas = self._canvas
        x, y = canvas.sheet.place(key)
        corners = (QPointF(x, y), QPointF(x + CARD_WIDTH, y + CARD_HEIGHT))
        first, last = (canvas.viewport().mapTo(canvas, canvas.mapFromScene(corner)) for corner in corners)
        return QRect(first, last)

    def key_at(self, at: QPoint) -> str | None:
        canvas = self._canvas
        pixel = canvas.viewport().mapFrom(canvas, at)
        if canvas.viewport().childAt(pixel) is not None:
            return None
        point = canvas.mapToScene(pixel)
        return canvas.sheet.node_at(point.x(), point.y())

    def chosen(self, key: str) -> bool:
        return bool(self._canvas.sheet.selected[self._canvas.sheet.index[key]])

    def current(self) -> str | None:
        chosen = self._canvas.selection()
        return chosen[-1] if chosen else None
