"""The whole network in a corner, with what is in sight; a press goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from designer.canvas.cards import Box, draw_rects
from designer.canvas.inks import Inks
from designer.canvas.sheet import ERROR
from designer.theme import CARD_HEIGHT, CARD_WIDTH, RADIUS

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

_WIDE, _HIGH = 122, 150
_AWAY = 16
_INSET = 12.0
_LEAST = 520  # px of canvas below which the corner is needed for better things
_ROOMY = (900, 600)  # px of canvas from which a card under the map is no loss: there is room to move it
_CLEAR = 8  # px between the map and a card


class Minimap(QWidget):
    """A small picture of the canvas, straight from the arrays."""

    def __init__(self, canvas: Stage) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._drawn: tuple[int, Inks, float] | None = None
        self._boxes = QPixmap()
        self.setFixedSize(_WIDE, _HIGH)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Overview: press or drag to go there")
        self.setAccessibleName("Overview")

    def place(self) -> None:
        """Goes to the lower right corner of the view."""
        area = self._canvas.viewport().rect()
        self.move(area.right() - _WIDE - _AWAY, area.bottom() - _HIGH - _AWAY)
        self.follow()

    def follow(self) -> None:
        """Shows what is there now; steps aside where there is no room, and on a small canvas for a card."""
        area = self._canvas.viewport().size()
        room = area.width() > _LEAST and area.height() > _LEAST / 2
        roomy = area.width() >= _ROOMY[0] and area.height() >= _ROOMY[1]
        self.setVisible(room and (roomy or not self._covers()))
        self.update()

    def _covers(self) -> bool:
        """Whether a card lies under the map."""
        place = self.geometry().adjusted(-_CLEAR, -_CLEAR, _CLEAR, _CLEAR)
        box = self._canvas.mapToScene(place).boundingRect()
        return len(self._canvas.sheet.within((box.left(), box.top(), box.right(), box.bottom()))) > 0

    def paintEvent(self, event: QPaintEvent) -> None:
        sheet, inks = self._canvas.sheet, self._canvas.inks
        if len(sheet.names) < 2:
            return
        drawn = sheet.revision, inks, self.devicePixelRatioF()
        if drawn != self._drawn:
            self._drawn, self._boxes = drawn, self._picture()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawPixmap(0, 0, self._boxes)
        self._paint_sight(painter, *self._mapping())

    def _picture(self) -> QPixmap:
        """The map without what is in sight, which stays while only the eye moves."""
        sheet, inks = self._canvas.sheet, self._canvas.inks
        ratio = self.devicePixelRatioF()
        result = QPixmap(self.size() * ratio)
        result.setDevicePixelRatio(ratio)
        result.fill(Qt.GlobalColor.transparent)
        painter = QPainter(result)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(QColor(inks.theme.line), 1.0))
        painter.setBrush(QColor(inks.theme.panel))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        left, top, scale = self._mapping()
        rects = np.empty((len(sheet.names), 4))
        rects[:, :2] = (sheet.at - (left, top)) * scale + _INSET
        rects[:, 2:] = max(CARD_WIDTH * scale, 1.5), max(CARD_HEIGHT * scale, 1.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.border.color())
        draw_rects(painter, rects[sheet.level < ERROR])
        painter.setBrush(inks.error)
        draw_rects(painter, rects[sheet.level == ERROR])
        painter.end()
        return result

    def _paint_sight(self, painter: QPainter, left: float, top: float, scale: float) -> None:
        x1, y1, x2, y2 = self._canvas.camera.seen()
        seen = QRectF((x1 - left) * scale, (y1 - top) * scale, (x2 - x1) * scale, (y2 - y1) * scale)
        seen.translate(_INSET, _INSET)
        painter.setPen(QPen(self._canvas.inks.accent, 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(seen.intersected(QRectF(self.rect()).adjusted(4.5, 4.5, -4.5, -4.5)), 3.0, 3.0)

    def _mapping(self) -> tuple[float, float, float]:
        """What corner of the canvas is shown in the corner of the map, and at which scale."""
        x1, y1, x2, y2 = self._whole()
        scale = min((_WIDE - 2 * _INSET) / (x2 - x1), (_HIGH - 2 * _INSET) / (y2 - y1), 0.14)
        spare_x = (_WIDE - 2 * _INSET) / scale - (x2 - x1)
        spare_y = (_HIGH - 2 * _INSET) / scale - (y2 - y1)
        return x1 - spare_x / 2, y1 - spare_y / 2, scale

    def _whole(self) -> Box:
        return self._canvas.sheet.extent() or (0.0, 0.0, 1.0, 1.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def _go(self, event: QMouseEvent) -> None:
        left, top, scale = self._mapping()
        x = (event.position().x() - _INSET) / scale + left
        y = (event.position().y() - _INSET) / scale + top
        self._canvas.camera.look((self._canvas.camera.zoom, x, y))
        self._canvas.looked()
        event.accept()
