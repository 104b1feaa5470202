"""Moving all wires of a port to another: Ctrl and a drag from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from blocks.edits import refusal
from blocks.graph import Graph, Wire
from designer.canvas import deeds
from designer.canvas.cards import Box
from designer.canvas.fitting import problem_with
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.metrics import PORT_RADIUS, REACH
from designer.canvas.ports import Spot
from designer.canvas.routes import path

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


class Rewire(Gesture):
    """Takes all wires of a port along to another port of the same kind; what speaks against it is said at the hand."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, touch: Touch, spot: Spot) -> None:
        super().__init__(canvas, touch)
        self._spot, self._now = spot, touch
        self._wires = _of(canvas.sheet.graph, spot)
        self._end: Spot | None = None
        self._why, self._going = "", False
        self._answers: dict[tuple[str, str], str] = {}

    def moved(self, touch: Touch) -> None:
        self._now = touch
        self._going = self._going or touch.far_from(self.began)
        if not self._going:
            return
        self.canvas.light(self._wires)
        self._aim(touch)
        if self._why:
            self.canvas.bubble.say(self._why, touch.pixel)
        else:
            self.canvas.bubble.hush()
        self.canvas.redraw()

    def _aim(self, touch: Touch) -> None:
        """Finds the port under the hand, or that of the node under it, and what speaks against it."""
        self._end, self._why = None, ""
        if not self._wires:
            self._why = f"{self._spot.node}.{self._spot.port.name} has no wires to move."
            return
        sheet, x, y = self.canvas.sheet, touch.at.x(), touch.at.y()
        near = sheet.spot_at(x, y, REACH / self.canvas.camera.zoom)
        name = near.node if near else sheet.node_at(x, y)
        if name is None:
            return
        own = [s for s in sheet.spots(name) if s.port.into == self._spot.port.into]
        if near is not None and near.port.into == self._spot.port.into:
            own = [near]
        fit = [s for s in own if not self.why_not(s)]
        self._end = next(iter(fit or own), None)
        self._why = self.why_not(self._end) if self._end else f"{name} has no port on this side."

    def why_not(self, end: Spot) -> str:
        """Why the wires may not move to a port, in a sentence; empty where they may."""
        key = (end.node, end.port.name)
        if key not in self._answers:
            self._answers[key] = self._asked(end)
        return self._answers[key]

    def _asked(self, end: Spot) -> str:
        if (end.node, end.port) == (self._spot.node, self._spot.port):
            return ""
        if end.port.into and not end.port.many and len(self._wires) > 1:
            return f"{end.node}.{end.port.name} takes one wire; these are {len(self._wires)}."
        without = self.canvas.sheet.graph.with_wires(w for w in self.canvas.sheet.graph.wires if w not in self._wires)
        for wire in deeds.led_to(without, self._wires, end.node, end.port.name, end.port.into):
            why = refusal(without, wire) or problem_with(self.canvas.sheet, wire)
            if why:
                return f"{why.rstrip('.')}."
        return ""

    def released(self, touch: Touch) -> None:
        self.moved(touch)
        end, why, going = self._end, self._why, self._going
        self.cancelled()
        if not going:
            self.canvas.select((*self.canvas.selection(), self._spot.node))
        elif why:
            self.canvas.say(why)
        elif end is None:
            self.canvas.say("Let go on another port to move the wires there.")
        elif (end.node, end.port) != (self._spot.node, self._spot.port):
            self.canvas.submit(deeds.rewired(self._wires, end.node, end.port.name, end.port.into))

    def cancelled(self) -> None:
        self.canvas.bubble.hush()
        self.canvas.light(())
        self.canvas.redraw()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        if not self._going:
            return
        inks = self.canvas.inks
        good = self._end is not None and not self._why
        at = QPointF(self._end.x, self._end.y) if self._end and good else self._now.at
        colour = inks.error if self._why else inks.accent
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(colour, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, y in self._fixed_ends():
            ends = (x, y, at.x(), at.y()) if self._spot.port.into else (at.x(), at.y(), x, y)
            painter.drawPath(path(ends))
        glow = QColor(colour)
        glow.setAlphaF(0.25)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(glow)
        painter.drawEllipse(at, PORT_RADIUS * 2.5, PORT_RADIUS * 2.5)
        painter.setBrush(colour)
        painter.drawEllipse(at, PORT_RADIUS, PORT_RADIUS)

    def _fixed_ends(self) -> list[tuple[float, float]]:
        """The other ends of the wires, which stay."""
        wires = self.canvas.sheet.wires
        which = [i for i, wire in enumerate(wires.all) if wire in set(self._wires)]
        ends = [wires.line_ends(i) for i in which]
        return [(e[0], e[1]) if self._spot.port.into else (e[2], e[3]) for e in ends]


def _of(graph: Graph, spot: Spot) -> tuple[Wire, ...]:
    """The wires of a port."""
    if spot.port.into:
        return tuple(w for w in graph.into(spot.node) if w.input == spot.port.name)
    return tuple(w for w in graph.out_of(spot.node) if w.output == spot.port.name)
