"""Drawing a wire: ports that fit glow, the rest steps back, a refusal is said at the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from designer.canvas import deeds
from designer.canvas.cards import Box
from designer.canvas.fitting import Fitting, Loose
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.metrics import PORT_RADIUS, REACH
from designer.canvas.ports import Spot
from designer.canvas.routes import path
from designer.canvas.wires import thickness

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_FORCE = Qt.KeyboardModifier.ShiftModifier


class DrawWire(Gesture):
    """From a port to another, to the body of a node, or to empty canvas, where the search opens with what fits.

    From an input that is connected it takes the wire's end along. With Shift a wire that does not fit yet is made.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Canvas, touch: Touch, spot: Spot) -> None:
        super().__init__(canvas, touch)
        self._loose = _picked_up(canvas, spot)
        self._fitting = Fitting(canvas.sheet, self._loose)
        self._known: set[str] = set()
        self._fit: set[str] = set()
        self._end: Spot | None = None
        self._why = ""
        self._now = touch
        self._started = False

    def moved(self, touch: Touch) -> None:
        self._now = touch
        self._started = self._started or touch.far_from(self.began)
        if not self._started:
            return
        self._look_around()
        self._aim(touch)
        self.canvas.light({self._loose.instead_of} if self._loose.instead_of else ())
        self.canvas.redraw()

    def _look_around(self) -> None:
        """Finds which nodes in sight fit, each once."""
        sheet = self.canvas.sheet
        seen = {sheet.names[i] for i in sheet.within(self.canvas.camera.seen()).tolist()} - self._known
        self._known |= seen
        self._fit |= self._fitting.nodes(iter(seen))
        if seen or self.canvas.cards.dimmed is None:
            keep = [sheet.index[n] for n in self._fit] + [sheet.index[self._loose.spot.node]]
            dimmed = np.ones(len(sheet.names), np.bool_)
            dimmed[keep] = False
            self.canvas.cards.dimmed, self.canvas.strands.dim = dimmed, True

    def _aim(self, touch: Touch) -> None:
        """Finds the port under the hand, or the fitting port of the node under it, and what speaks against it."""
        x, y = touch.at.x(), touch.at.y()
        sheet = self.canvas.sheet
        self._end, self._why = None, ""
        near = sheet.spot_at(x, y, REACH / self.canvas.camera.zoom)
        if near is not None and near.port.into == self._loose.forward:
            self._end, self._why = near, self._fitting.why_not(near)
        else:
            name = sheet.node_at(x, y)
            if name is not None and name != self._loose.spot.node:
                self._end = self._fitting.best(name, x) or next(iter(self._fitting.spots(name)), None)
                self._why = self._fitting.why_not(self._end) if self._end else f"{name} has no port on this side"
        if self._why:
            hint = " Let go with Shift to connect it anyway." if self._forcible() else ""
            self.canvas.bubble.say(f"{self._why.rstrip('.')}.{hint}", touch.pixel)
        else:
            self.canvas.bubble.hush()

    def _forcible(self) -> bool:
        return bool(
            self._why and self._end and self.canvas.sheet.checked.shape(self._loose.spot.node) is not None
        ) and ("circle" not in self._why)

    def released(self, touch: Touch) -> None:
        self.cancelled()
        if not self._started:
            self._click()
        elif self._end is not None and (not self._why or (touch.held(_FORCE) and self._forcible())):
            self._connect(self._end)
        elif self._why:
            self.canvas.say(self._why)
        elif self._loose.instead_of is not None:
            self.canvas.submit(deeds.disconnected([self._loose.instead_of]))
        else:
            self.canvas.open_search(touch.at, self._loose.spot)

    def _connect(self, end: Spot) -> None:
        wire = self._loose.to(self.canvas.sheet, end)
        if wire != self._loose.instead_of:
            self.canvas.submit(deeds.wired(wire, self._loose.instead_of))

    def _click(self) -> None:
        self.canvas.select((self.canvas.sheet.node_at(self.began.at.x(), self.began.at.y()) or self._loose.spot.node,))

    def cancelled(self) -> None:
        self.canvas.cards.dimmed, self.canvas.strands.dim = None, False
        self.canvas.bubble.hush()
        self.canvas.light(())
        self.canvas.redraw()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        if not self._started:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._paint_glow(painter)
        inks = self.canvas.inks
        spot = self._loose.spot
        shape = self.canvas.sheet.checked.shape(spot.node, spot.port.name) if self._loose.forward else None
        pen = QPen(inks.error if self._why else inks.accent, max(thickness(shape), 2.0))
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        at = QPointF(self._end.x, self._end.y) if self._end and not self._why else self._now.at
        ends = (spot.x, spot.y, at.x(), at.y()) if self._loose.forward else (at.x(), at.y(), spot.x, spot.y)
        painter.drawPath(path(ends))
        painter.setBrush(pen.color())
        painter.drawEllipse(at, PORT_RADIUS, PORT_RADIUS)

    def _paint_glow(self, painter: QPainter) -> None:
        glow = QColor(self.canvas.inks.accent)
        glow.setAlphaF(0.25)
        for name in self._fit:
            for spot in self._fitting.spots(name):
                if not self._fitting.why_not(spot):
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(glow)
                    painter.drawEllipse(QPointF(spot.x, spot.y), PORT_RADIUS * 2.5, PORT_RADIUS * 2.5)
                    painter.setBrush(self.canvas.inks.accent)
                    painter.drawEllipse(QPointF(spot.x, spot.y), PORT_RADIUS, PORT_RADIUS)


def _picked_up(canvas: Canvas, spot: Spot) -> Loose:
    """A new wire from the port; or, from a single input that is connected, its wire by that end."""
    if not spot.port.into or spot.port.many:
        return Loose(spot)
    wire = next((w for w in canvas.sheet.graph.into(spot.node) if w.input == spot.port.name), None)
    if wire is None:
        return Loose(spot)
    source = next(s for s in canvas.sheet.spots(wire.source) if not s.port.into and s.port.name == wire.output)
    return Loose(source, wire)
