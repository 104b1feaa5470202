"""Everything a hand does on the canvas, one small object a gesture. `begin` finds the one that a press starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.canvas.gestures.drop import BLOCK_MIME, Drop, read_block
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.gestures.look import Band, ChooseWire, Pan
from designer.canvas.gestures.move import Move
from designer.canvas.gestures.wire import DrawWire

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

__all__ = ["BLOCK_MIME", "Drop", "Gesture", "Touch", "begin", "read_block"]


def begin(canvas: Canvas, touch: Touch, button: Qt.MouseButton) -> Gesture | None:
    """The gesture that a press with this button starts here, if any."""
    if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and canvas.panning):
        return Pan(canvas, touch)
    if button != Qt.MouseButton.LeftButton:
        return None
    spot = None if canvas.read_only else canvas.spot_under(touch)
    if spot is not None:
        return DrawWire(canvas, touch, spot)
    name = canvas.sheet.node_at(touch.at.x(), touch.at.y())
    if name is not None:
        return Move(canvas, touch, name)
    if canvas.wire_under(touch) is not None:
        return ChooseWire(canvas, touch)
    return Band(canvas, touch)
