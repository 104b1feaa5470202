"""What lies over the cards: ports where the hand is near, the gesture under way, and words for what is pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from blocks.graph import Wire
from designer.canvas import words
from designer.canvas.cards import Box
from designer.canvas.gestures.gesture import Touch
from designer.canvas.gestures.reshape import cursor_for
from designer.canvas.metrics import FAR, PORT_RADIUS
from designer.canvas.ports import Spot
from designer.canvas.routes import path

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_PORTS_SHOWN = 1.5  # from this zoom every card shows its ports


class Overlay:
    """Keeps what the hand hovers over."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._node: str | None = None
        self._spot: Spot | None = None
        self._bend: tuple[Wire, int] | None = None
        self._cursor: Qt.CursorShape | None = None

    def hover(self, touch: Touch) -> None:
        """The hand passes over the canvas without a gesture."""
        canvas = self._canvas
        spot = None if canvas.read_only else canvas.spot_under(touch)
        node = spot.node if spot else canvas.sheet.node_at(touch.at.x(), touch.at.y())
        bend = None if node or canvas.read_only else canvas.bend_under(touch)
        self.point(Qt.CursorShape.CrossCursor if spot else None if node else self._beside(touch, bend is not None))
        if (node, spot, bend) != (self._node, self._spot, self._bend):
            self._node, self._spot, self._bend = node, spot, bend
            canvas.light((bend[0],) if bend else ())

    def _beside(self, touch: Touch, bend: bool) -> Qt.CursorShape | None:
        """The cursor over what is not a card: a bend point, an edge of a note or a frame."""
        canvas, x, y = self._canvas, touch.at.x(), touch.at.y()
        if bend:
            return Qt.CursorShape.SizeAllCursor
        if canvas.read_only:
            return None
        if canvas.notes.edge_at(x, y, canvas.camera.zoom) is not None:
            return Qt.CursorShape.SizeHorCursor
        grip = canvas.frames.grip_at(x, y, canvas.camera.zoom)
        over_note = canvas.notes.note_at(x, y) is not None
        return cursor_for(grip[1]) if grip and not over_note and not canvas.wire_under(touch) else None

    def forget_cursor(self) -> None:
        """The plain cursor, until the hand passes over something."""
        self._cursor = None
        self._canvas.viewport().unsetCursor()

    def point(self, cursor: Qt.CursorShape | None) -> None:
        """Shows a cursor; None the plain one."""
        if self._canvas.panning:
            cursor = Qt.CursorShape.OpenHandCursor
        if cursor != self._cursor:
            self._cursor = cursor
            if cursor is None:
                self._canvas.viewport().unsetCursor()
            else:
                self._canvas.viewport().setCursor(cursor)

    def leave(self) -> None:
        """The hand has left the canvas."""
        if self._node is not None or self._spot is not None or self._bend is not None:
            self._node = self._spot = self._bend = None
            self._canvas.light(())

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
        if wire is None:
            return ""
        told = words.wire_hint(wire, sheet.checked, sheet.channels_last)
        return told if canvas.read_only else f"{told}\nDouble-click bends it, a block dropped on it goes in between."

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints titles seen from afar, ports and the gesture."""
        sheet = self._canvas.sheet
        self._canvas.frames.paint_titles(painter, box, zoom)
        if zoom >= FAR and self._canvas.gesture is None and not self._canvas.read_only:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            for name in self._with_ports(box, zoom):
                for spot in sheet.spots(name):
                    self._paint_port(painter, spot)
        self._paint_bend(painter)
        self._paint_loose(painter)
        if self._canvas.gesture is not None:
            self._canvas.gesture.paint(painter, box, zoom)

    def _paint_loose(self, painter: QPainter) -> None:
        """A wire that was let go over empty canvas stays while the search asks where it is to lead."""
        loose = self._canvas.search.loose
        if loose is None:
            return
        spot, at = loose
        ends = (at.x(), at.y(), spot.x, spot.y) if spot.port.into else (spot.x, spot.y, at.x(), at.y())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(self._canvas.inks.accent, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path(ends))

    def _paint_bend(self, painter: QPainter) -> None:
        """Fills the bend point that is selected."""
        wire, number = self._canvas.picked.bend or (None, 0)
        points = self._canvas.decor.bends.get(wire, ()) if wire else ()
        if number < len(points):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.setPen(QPen(self._canvas.inks.accent, 1.5))
            painter.setBrush(self._canvas.inks.accent)
            painter.drawEllipse(QPointF(*points[number]), PORT_RADIUS + 1.0, PORT_RADIUS + 1.0)

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
    hands = "Drag to connect. Ctrl+drag moves all its wires to another port."
    return "\n".join(filter(None, (first, port.doc, hands)))
