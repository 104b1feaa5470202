"""What lies over the cards: ports where the hand is near, the gesture under way, and words for what is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from designer.canvas import words
from designer.canvas.cards import Box
from designer.canvas.gestures.gesture import Touch
from designer.canvas.metrics import FAR, PORT_RADIUS
from designer.canvas.ports import Spot

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_PORTS_SHOWN = 1.5  # from this zoom every card shows its ports


class Overlay:
    """Keeps what the hand hovers over."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._node: str | None = None
        self._spot: Spot | None = None

    def hover(self, touch: Touch) -> None:
        """The hand passes over the canvas without a gesture."""
        canvas = self._canvas
        spot = None if canvas.read_only else canvas.spot_under(touch)
        node = spot.node if spot else canvas.sheet.node_at(touch.at.x(), touch.at.y())
        if (node, spot) == (self._node, self._spot):
            return
        self._node, self._spot = node, spot
        if spot is not None:
            canvas.viewport().setCursor(Qt.CursorShape.CrossCursor)
        else:
            canvas.viewport().unsetCursor()
        canvas.redraw()

    def leave(self) -> None:
        """The hand has left the canvas."""
        if self._node is not None or self._spot is not None:
            self._node = self._spot = None
            self._canvas.redraw()

    def hint(self, touch: Touch) -> str:
        """What a tooltip says of what is under the hand; a port first, then a node, then a wire."""
        canvas, sheet = self._canvas, self._canvas.sheet
        spot = canvas.spot_under(touch)
        if spot is not None:
            return _port_hint(spot)
        name = sheet.node_at(touch.at.x(), touch.at.y())
        if name is not None:
            problem = sheet.problem(name)
            return words.node_hint(name, sheet.graph, sheet.checked, problem.message if problem else "")
        wire = canvas.wire_under(touch)
        return words.wire_hint(wire, sheet.checked.shape(wire.source, wire.output)) if wire else ""

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints ports and the gesture."""
        sheet = self._canvas.sheet
        if zoom >= FAR and self._canvas.gesture is None and not self._canvas.read_only:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            for name in self._with_ports(box, zoom):
                for spot in sheet.spots(name):
                    self._paint_port(painter, spot)
        if self._canvas.gesture is not None:
            self._canvas.gesture.paint(painter, box, zoom)

    def _with_ports(self, box: Box, zoom: float) -> list[str]:
        sheet = self._canvas.sheet
        if zoom >= _PORTS_SHOWN:
            return [sheet.names[i] for i in sheet.within(box).tolist()]
        return [self._node] if self._node in sheet.index and self._node else []

    def _paint_port(self, painter: QPainter, spot: Spot) -> None:
        inks = self._canvas.inks
        lit = self._spot is not None and (spot.node, spot.port) == (self._spot.node, self._spot.port)
        painter.setPen(QPen(inks.accent if lit else inks.hint, 1.5))
        painter.setBrush(inks.accent if lit else inks.card)
        radius = PORT_RADIUS + (1.5 if lit else 0.0)
        painter.drawEllipse(QPointF(spot.x, spot.y), radius, radius)


def _port_hint(spot: Spot) -> str:
    port = spot.port
    way = "takes" if port.into else "gives"
    kinds = ", ".join(m.value for m in port.meanings) if len(port.meanings) < 6 else "anything"
    extra = " (any number of wires)" if port.many else " (may stay empty)" if port.optional else ""
    first = f"{spot.node}.{port.name} {way} {kinds}{extra}"
    return f"{first}\n{port.doc}" if port.doc else first
