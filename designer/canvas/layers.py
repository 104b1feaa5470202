"""The few items of the scene: each paints everything of its kind that is in sight."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from designer.canvas.cards import Box

HALF = 1_000_000.0  # the scene reaches this far from its middle, px
WORLD = QRectF(-HALF, -HALF, 2 * HALF, 2 * HALF)


class Layer(QGraphicsItem):
    """An item as large as the scene that paints by calling `draw(painter, box in sight, zoom)`."""

    def __init__(self, height: float, draw: Callable[[QPainter, Box, float], None]) -> None:
        super().__init__()
        self._draw = draw
        self.setZValue(height)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def boundingRect(self) -> QRectF:
        return WORLD

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        seen: QRectF = option.exposedRect
        zoom = option.levelOfDetailFromTransform(painter.worldTransform())
        self._draw(painter, (seen.left(), seen.top(), seen.right(), seen.bottom()), zoom)
