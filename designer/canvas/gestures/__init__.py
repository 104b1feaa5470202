"""Everything a hand does on the canvas, one small object a gesture. `begin` finds the one that a press starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from designer.canvas.gestures.carry import CarryThing
from designer.canvas.gestures.double import double_pressed
from designer.canvas.gestures.drop import BLOCK_MIME, Drop, name_in, read_block
from designer.canvas.gestures.gesture import Gesture, Touch
from designer.canvas.gestures.look import Band, ChooseWire, Pan
from designer.canvas.gestures.move import Move
from designer.canvas.gestures.reshape import MoveBend, SizeFrame, SizeNote
from designer.canvas.gestures.rewire import Rewire
from designer.canvas.gestures.wire import DrawWire

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

__all__ = ["BLOCK_MIME", "Drop", "Gesture", "Touch", "begin", "double_pressed", "name_in", "read_block"]


def begin(canvas: Canvas, touch: Touch, button: Qt.MouseButton) -> Gesture | None:
    """The gesture that a press with this button starts here, if any."""
    if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and canvas.panning):
        return Pan(canvas, touch)
    if button != Qt.MouseButton.LeftButton:
        return None
    spot = None if canvas.read_only else canvas.spot_under(touch)
    if spot is not None:
        all_ = touch.held(Qt.KeyboardModifier.ControlModifier)
        return Rewire(canvas, touch, spot) if all_ else DrawWire(canvas, touch, spot)
    name = canvas.sheet.node_at(touch.at.x(), touch.at.y())
    if name is not None:
        return Move(canvas, touch, name)
    bend = canvas.bend_under(touch)
    if bend is not None:
        return MoveBend(canvas, touch, *bend)
    if canvas.wire_under(touch) is not None:
        return ChooseWire(canvas, touch)
    return _beside(canvas, touch) or Band(canvas, touch)


def _beside(canvas: Canvas, touch: Touch) -> Gesture | None:
    """The gesture that takes hold of a note or a frame."""
    x, y, zoom = touch.at.x(), touch.at.y(), canvas.camera.zoom
    edge = canvas.notes.edge_at(x, y, zoom)
    if edge is not None:
        return SizeNote(canvas, touch, edge)
    note = canvas.notes.note_at(x, y)
    if note is not None:
        return CarryThing(canvas, touch, "notes", note)
    grip = canvas.frames.grip_at(x, y, zoom)
    if grip is None:
        return None
    number, side = grip
    return SizeFrame(canvas, touch, number, side) if any(side) else CarryThing(canvas, touch, "frames", number)
