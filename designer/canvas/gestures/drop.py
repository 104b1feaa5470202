"""A block dragged in from the palette: shown where it would stand, inserted where it is dropped on a wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from blocks.block import CATALOGUE
from blocks.graph import Node, Wire
from blocks.setting import BadSetting
from designer.canvas import deeds, replacing
from designer.canvas.cards import Box
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.metrics import WIRE_REACH
from designer.theme import CARD_HEIGHT, CARD_WIDTH, RADIUS

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

BLOCK_MIME = "application/x-layerwright-block"


def read_block(mime: QMimeData) -> Node | None:
    """The block that is being dragged, or None where it is something else or unknown."""
    if not mime.hasFormat(BLOCK_MIME):
        return None
    try:
        told = json.loads(bytes(mime.data(BLOCK_MIME).data()))
        return Node(CATALOGUE.make(told["block"], told.get("settings", {})))
    except (BadSetting, ValueError, TypeError, KeyError, AttributeError):
        return None


def name_in(mime: QMimeData) -> str:
    """The name that the node of the block must have that is being dragged, if it must."""
    told = json.loads(bytes(mime.data(BLOCK_MIME).data()))
    return str(told.get("name", ""))


class Drop(Gesture):
    """A block over the canvas. Alt prevents that it is inserted in a wire."""

    def __init__(self, canvas: Canvas, touch: Touch, node: Node, name: str = "") -> None:
        super().__init__(canvas, touch)
        self._name = name
        self._node, self._now = node, touch
        self._wire: Wire | None = None
        self._instead = ""  # the node that it would replace, where nothing else can be done

    def moved(self, touch: Touch) -> None:
        self._now = touch
        if self.canvas.read_only:
            name = self.canvas.sheet.node_at(touch.at.x(), touch.at.y())
            self._instead = name if name and name in self.canvas.offered else ""
            self.canvas.redraw()
            return
        through = self._node.block.inputs and self._node.block.outputs
        free = not through or touch.held(Qt.KeyboardModifier.AltModifier)
        self._wire = None if free else self.canvas.wire_under(touch, 2.0 * WIRE_REACH)
        self.canvas.light({self._wire} if self._wire else ())
        self.canvas.redraw()

    def released(self, touch: Touch) -> None:
        self.moved(touch)
        self.canvas.light(())
        sheet = self.canvas.sheet
        if self._instead:
            replacing.put(self.canvas, self._instead, self._node.block)
        elif self._wire is not None:
            before = sheet.shown_layout()
            self.canvas.submit(deeds.inserted(sheet, self._wire, self._node))
            self.canvas.glide.begin({**sheet.shown_layout(), **before})  # what was there slides, the new one is there
        else:
            at = deeds.centred(touch.at.x(), touch.at.y())
            self.canvas.submit(deeds.added(sheet, self._node, at, name=self._name))

    def cancelled(self) -> None:
        self.canvas.light(())
        self.canvas.redraw()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        inks = self.canvas.inks
        free = deeds.centred(self._now.at.x(), self._now.at.y())
        rect = QRectF(*(self.canvas.sheet.place(self._instead) if self._instead else free), CARD_WIDTH, CARD_HEIGHT)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setOpacity(0.85)
        painter.setPen(QPen(inks.accent, 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(inks.accent_tint)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        painter.setPen(inks.text)
        painter.setFont(inks.strong)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._name or self._node.block.label())
        painter.setOpacity(1.0)
