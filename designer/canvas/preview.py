"""What a fix would do, drawn on the canvas while the hand is over its button, and taken away when it leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from blocks.check import Checked
from blocks.graph import Wire
from blocks.shape import Shape, dotted
from designer.canvas.cards import LEFT, UPPER, Box
from designer.canvas.metrics import FAR, NEAR, Layout, Point
from designer.canvas.routes import DIRECT, path
from designer.canvas.sheet import Sheet
from designer.canvas.words import ordered
from designer.theme import CARD_HEIGHT, CARD_WIDTH, RADIUS

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_DASHES = [4.0, 3.0]
_TINT = 0.10
_ROOM = 5.0  # beside a shape in its pill


@dataclass(frozen=True)
class Difference:
    """What is new on a canvas: nodes that come, change and go, wires that come, and wires with another shape."""

    fresh: frozenset[str]
    changed: frozenset[str]
    gone: dict[str, Point]
    wires: frozenset[Wire]
    reshaped: frozenset[Wire]


class Preview:
    """Shows a network as it would be. The document knows nothing of it: what is shown comes back when it ends."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.seen: Difference | None = None

    def show(self, checked: Checked, layout: Layout) -> None:
        """Draws a network that might come in place of the one that is there."""
        self.end()
        canvas, sheet = self._canvas, self._canvas.sheet
        self.seen = differing(sheet, checked)
        sheet.show(checked.graph, checked, layout, checked.diagnostics)
        canvas.show_decor(canvas.decor)
        canvas.redraw()

    def end(self) -> None:
        """Draws the network that is there again."""
        if self.seen is not None:
            self.seen = None
            self._canvas.restore()

    def forget(self) -> None:
        """Another state of the network is about to be shown anyway."""
        self.seen = None

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Marks what would be new: dashed cards and wires, shapes in pills, an empty outline for what would go."""
        if self.seen is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for wire in self.seen.wires | self.seen.reshaped:
            self._paint_wire(painter, wire, wire in self.seen.wires)
        for name in self.seen.fresh | self.seen.changed:
            self._paint_card(painter, name)
        for name, at in self.seen.gone.items():
            self._paint_gone(painter, name, at, zoom)
        if zoom >= NEAR:
            for wire in self.seen.wires | self.seen.reshaped:
                self._paint_shape(painter, wire)

    def _paint_wire(self, painter: QPainter, wire: Wire, fresh: bool) -> None:
        inks, wires = self._canvas.inks, self._canvas.sheet.wires
        i = wires.all.index(wire)
        curve = path(wires.line_ends(i), wires.routes.get(i, DIRECT), wires.square)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if fresh:  # dashes alone would let the wire's own line through
            bare = QPen(inks.canvas, float(wires.width[i]) + 2.0)
            bare.setCapStyle(Qt.PenCapStyle.FlatCap)  # or it would cut the borders of the cards
            painter.strokePath(curve, bare)
        painter.strokePath(curve, _dashed(inks.accent, 2.0) if fresh else QPen(inks.accent, 2.0))

    def _paint_card(self, painter: QPainter, name: str) -> None:
        inks, (x, y) = self._canvas.inks, self._canvas.sheet.place(name)
        card = QRectF(x, y, CARD_WIDTH, CARD_HEIGHT)
        tint = QColor(inks.accent)
        tint.setAlphaF(_TINT)
        painter.setBrush(tint)
        painter.setPen(QPen(inks.canvas, 2.0))
        painter.drawRoundedRect(card, RADIUS, RADIUS)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_dashed(inks.accent, 2.0))
        painter.drawRoundedRect(card, RADIUS, RADIUS)

    def _paint_gone(self, painter: QPainter, name: str, at: Point, zoom: float) -> None:
        inks = self._canvas.inks
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_dashed(inks.error, 1.5))
        painter.drawRoundedRect(QRectF(*at, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)
        if zoom >= FAR:
            font = painter.font()
            font = type(font)(inks.strong)
            font.setStrikeOut(True)
            painter.setFont(font)
            painter.setPen(inks.muted)
            words = QRectF(at[0] + LEFT, at[1], CARD_WIDTH - LEFT, 2 * UPPER)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_shape(self, painter: QPainter, wire: Wire) -> None:
        """The new shape in a pill where it would be written."""
        inks, wires = self._canvas.inks, self._canvas.sheet.wires
        i = wires.all.index(wire)
        shape, metrics = wires.shapes[i], inks.small_metrics
        if shape is None:
            return
        sizes = ordered(shape.sizes, shape, self._canvas.sheet.channels_last)
        text, height = dotted(sizes), metrics.height()
        place = self._canvas.strands.label_place(i, metrics.horizontalAdvance(text), height)
        if place is None:
            return
        pill = QRectF(place, place + QPointF(metrics.horizontalAdvance(text), height)).adjusted(-_ROOM, -1, _ROOM, 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.accent_tint)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)
        painter.setFont(inks.small)
        painter.setPen(inks.accent_text)
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def differing(sheet: Sheet, after: Checked) -> Difference:
    """What a network would have that the one on a sheet has not, and the other way round."""
    old, new = sheet.graph, after.graph
    fresh = new.nodes.keys() - old.nodes.keys()
    changed = {n for n, node in new.nodes.items() if n not in fresh and node != old.nodes[n]}
    gone = {n: sheet.place(n) for n in old.nodes if n not in new.nodes}
    before = set(old.wires)
    reshaped = frozenset(w for w in new.wires if w in before and _shape(sheet.checked, w) is not _shape(after, w))
    wires = frozenset(w for w in new.wires if w not in before)
    return Difference(frozenset(fresh), frozenset(changed), gone, wires, reshaped)


def _shape(checked: Checked, wire: Wire) -> Shape | None:
    return checked.shape(wire.source, wire.output)


def _dashed(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setDashPattern(_DASHES)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
