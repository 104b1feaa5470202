"""Another block in place of one: chosen in the search box, dropped on it, also where nothing else can be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from blocks.block import Block
from designer.canvas import deeds
from designer.theme import CARD_HEIGHT, CARD_WIDTH

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


def why_not(canvas: Canvas) -> str:
    """Why the selected node cannot be replaced, or nothing."""
    if len(canvas.selection()) != 1:
        return "Select exactly one node first."
    able = not canvas.read_only or canvas.selection()[0] in canvas.offered
    return "" if able else canvas.why_read_only


def ask(canvas: Canvas) -> None:
    """Opens the search box under the selected node, for what shall stand there."""
    name = canvas.selection()[0]
    x, y = canvas.sheet.place(name)
    canvas.search.open(QPointF(x + CARD_WIDTH / 2, y + CARD_HEIGHT), instead_of=name)


def put(canvas: Canvas, name: str, block: Block) -> None:
    """Puts a block where another one stands, or says why it cannot stand there."""
    few = canvas.offered.get(name, ())
    if not canvas.read_only:
        canvas.submit(deeds.replaced(name, block))
    elif block.kind() in few:
        canvas.edited.emit(deeds.replaced(name, block))
    else:
        told = f"{name} may be {', '.join(few)}. " if few else ""
        canvas.say(f"{told}{canvas.why_read_only}")
