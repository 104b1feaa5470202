"""The one field that appears on a card to give its node another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from blocks import edits
from designer.canvas import deeds
from designer.canvas.cards import LEFT
from designer.theme import CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_LINE = 26.0  # height of the line with the name, canvas px


class NameField(QLineEdit):
    """Enter takes the name, Esc and leaving keep the old one."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas, self._node = canvas, ""
        self.setAccessibleName("Name of the node")
        self.setMaxLength(64)
        self.returnPressed.connect(self._take)
        self.hide()

    def over_name(self, name: str, at: QPointF) -> bool:
        """Whether a point of the canvas is on the name of a node, not on the rest of its card."""
        x, y = self._canvas.sheet.place(name)
        width = self._canvas.inks.strong_metrics.horizontalAdvance(name)
        return x + LEFT - 6 <= at.x() <= x + LEFT + 8 + width and y <= at.y() <= y + _LINE

    def open(self, name: str) -> None:
        """Appears over the name of a node."""
        canvas = self._canvas
        if canvas.read_only:
            canvas.say(canvas.why_read_only)
            return
        canvas.reveal(name)
        self._node = name
        x, y = canvas.sheet.place(name)
        corner = canvas.mapFromScene(QPointF(x, y))
        zoom = max(canvas.camera.zoom, 0.8)
        self.setGeometry(QRect(corner.x() + 6, corner.y() - 1, round((CARD_WIDTH - 8) * zoom), 30))
        self.setText(name)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        old, new = self._node, self.text().strip()
        graph = self._canvas.sheet.graph
        try:
            edits.rename(graph, old, new)
        except edits.Refused as refused:
            self._canvas.bubble.say(f"{refused}.", QPointF(self.geometry().bottomLeft()), passing=True)
            self.selectAll()
            return
        self._close()
        if new != old:
            self._canvas.submit(deeds.renamed(self._canvas.sheet, old, new))

    def _close(self) -> None:
        self.hide()
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)
        event.accept()  # what a field leaves over is not meant for the canvas

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.hide()
