"""What can be put on the canvas beside blocks: notes and frames, by key, menu or the search box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from designer.canvas import beside
from designer.canvas.metrics import GRID
from designer.decor import Picked
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from runtime.design import Note

if TYPE_CHECKING:
    from designer.canvas.view import Canvas


@dataclass(frozen=True)
class Extra:
    """A line of the search box that is no block."""

    title: str
    doc: str
    add: Callable[[Canvas, QPointF], None]


def add_note(canvas: Canvas, at: QPointF) -> None:
    """Has a note written at a point of the canvas, or right of the cards that are there."""
    sheet, (x, y) = canvas.sheet, (at.x(), at.y())
    hit = sheet.within((x, y, x + Note.width, y + 2.0 * CARD_HEIGHT))
    while len(hit):
        x = float(sheet.at[hit, 0].max()) + CARD_WIDTH + 3 * GRID
        hit = sheet.within((x, y, x + Note.width, y + 2.0 * CARD_HEIGHT))
    canvas.note_field.begin(QPointF(x, y))


def add_frame(canvas: Canvas, at: QPointF) -> None:
    """Makes a frame around the selection, or amid what is in sight, and has it named."""
    number = len(canvas.decor.frames)
    canvas.submit(beside.framed(canvas))
    if len(canvas.decor.frames) > number:
        canvas.select((), Picked(frames=frozenset({number})))
        canvas.title_field.open(number)


EXTRAS = (
    Extra("Note", "A card of Markdown text beside the network.", add_note),
    Extra("Frame", "A titled area behind the selected nodes, which it carries along.", add_frame),
)


def meant(text: str) -> list[Extra]:
    """The extras that begin with what was typed."""
    typed = text.strip().lower()
    return [extra for extra in EXTRAS if typed and extra.title.lower().startswith(typed)]
