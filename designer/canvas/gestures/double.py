"""What a double-click beside the cards does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blocks.graph import Wire
from designer.canvas import beside
from designer.canvas.gestures.gesture import Touch
from designer.decor import Picked

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


def bend_here(canvas: Canvas, touch: Touch, wire: Wire) -> None:
    """Leads a wire through one more point, where the hand is."""
    x, y = touch.at.x(), touch.at.y()
    slot = canvas.sheet.wires.bend_slot(wire, x, y)
    canvas.submit(beside.bent(wire, slot, (round(x), round(y))))
    if wire in canvas.decor.bends:
        canvas.select((), Picked(bend=(wire, slot)))


def double_pressed(canvas: Canvas, touch: Touch) -> None:
    """Sets or removes a bend point of a wire, opens words to be written, or else the search."""
    x, y = touch.at.x(), touch.at.y()
    bend = None if canvas.read_only else canvas.bend_under(touch)
    wire = None if canvas.read_only else canvas.wire_under(touch)
    note, grip = canvas.notes.note_at(x, y), canvas.frames.grip_at(x, y, canvas.camera.zoom)
    if bend is not None:
        canvas.submit(beside.straightened(*bend))
    elif wire is not None:
        bend_here(canvas, touch, wire)
    elif note is not None:
        canvas.note_field.open(note)
    elif grip is not None and not any(grip[1]):
        canvas.title_field.open(grip[0])
    else:
        canvas.open_search(touch.at)
