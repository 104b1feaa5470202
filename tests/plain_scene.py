"""The canvas as it is usually made, an item for every node, port, text and wire: what ours is measured beside."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen
from PySide6.QtWidgets import (
    QGraphicsEllipseItem,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
)

from blocks.graph import Graph
from designer.canvas.metrics import Layout
from designer.theme import CARD_HEIGHT, CARD_WIDTH


def plain_view(graph: Graph, layout: Layout) -> QGraphicsView:
    """A view of 1600 × 1000 px with items that can be moved and selected, as the tutorials of Qt show."""
    scene = QGraphicsScene()
    ends: dict[str, tuple[QPointF, QPointF]] = {}
    for name, node in graph.nodes.items():
        x, y = layout[name]
        scene.addItem(_card(name, node.block.kind(), x, y))
        middle = x + CARD_WIDTH / 2
        ends[name] = QPointF(middle, y), QPointF(middle, y + CARD_HEIGHT)
    for wire in graph.wires:
        scene.addItem(_wire(ends[wire.source][1], ends[wire.target][0]))
    view = QGraphicsView(scene)
    scene.setParent(view)
    view.setRenderHint(view.renderHints().Antialiasing)
    view.resize(1600, 1000)
    return view


def _card(name: str, kind: str, x: float, y: float) -> QGraphicsItem:
    card = QGraphicsRectItem(QRectF(0, 0, CARD_WIDTH, CARD_HEIGHT))
    card.setPos(x, y)
    card.setBrush(QBrush(QColor("white")))
    card.setPen(QPen(QColor("#cbd2dc")))
    card.setFlags(QGraphicsItem.GraphicsItemFlag.ItemIsMovable | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
    strip = QGraphicsRectItem(QRectF(0, 0, 6, CARD_HEIGHT), card)
    strip.setBrush(QBrush(QColor("#2f6feb")))
    for text, height in ((name, 6.0), (kind, 24.0)):
        label = QGraphicsSimpleTextItem(text, card)
        label.setPos(18, height)
    for height in (0.0, float(CARD_HEIGHT)):
        port = QGraphicsEllipseItem(CARD_WIDTH / 2 - 4, height - 4, 8, 8, card)
        port.setBrush(QBrush(QColor("#667085")))
    return card


def _wire(start: QPointF, end: QPointF) -> QGraphicsItem:
    path = QPainterPath(start)
    reach = abs(end.y() - start.y()) / 2
    path.cubicTo(start.x(), start.y() + reach, end.x(), end.y() - reach, end.x(), end.y())
    item = QGraphicsPathItem(path)
    item.setPen(QPen(QColor("#2f6feb"), 1.5))
    item.setBrush(Qt.BrushStyle.NoBrush)
    return item
