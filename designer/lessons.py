"""The samples as lessons: what the welcome page says of each, in which order, and its picture."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from blocks.check import check
from designer import files
from designer.figures import CannotPicture, Choice, Subject, figure, image
from designer.figures.output import Figure
from designer.theme import Theme
from runtime.design import Design

START, TRAINED, READ = "Start here", "Train in a minute or two", "Networks of the papers, to take apart"
_EDGE = 14.0  # around a picture, px


@dataclass(frozen=True)
class Lesson:
    """A sample as far as its file says by itself: cheap enough to be told before anything is drawn."""

    path: Path
    title: str
    about: str
    trains: bool

    @classmethod
    def at(cls, path: Path) -> Lesson:
        """What a file says; one that cannot be read has its own name."""
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            held = None
        told: dict[str, Any] = held if isinstance(held, dict) else {}
        return cls(path, str(told.get("title") or path.stem), _heading(told.get("notes")), bool(told.get("data")))


def lessons() -> dict[str, list[Lesson]]:
    """The lessons under their headings: those to begin with, those that train here, those to read."""
    found: dict[str, list[Lesson]] = {START: [], TRAINED: [], READ: []}
    for path in files.samples():
        lesson = Lesson.at(path)
        heading = START if path.stem in files.STARTERS else TRAINED if lesson.trains else READ
        found[heading].append(lesson)
    return {heading: held for heading, held in found.items() if held}


def _heading(notes: object) -> str:
    """The first line of the first note: what the lesson is about."""
    lines = (line.strip("#* ") for text in _texts(notes) for line in text.splitlines())
    return next((line for line in lines if line), "")


def _texts(notes: object) -> Iterator[str]:
    for held in notes.values() if isinstance(notes, dict) else ():
        for note in held if isinstance(held, list) else ():
            text = note.get("text") if isinstance(note, dict) else None
            if isinstance(text, str):
                yield text


def thumbnail(design: Design, theme: Theme, size: QSize, ratio: float = 1.0) -> QPixmap:
    """A small picture of a design's first network, as papers draw feature maps, without a word in it."""
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.canvas))
        painter.drawRoundedRect(QRectF(0, 0, size.width(), size.height() + 10), 7.0, 7.0)
        shown = _figure(design, theme)
        if shown is not None:
            room = QRectF(0, 0, size.width(), size.height()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
            _paint(painter, shown, room, ratio)
    return picture


def _figure(design: Design, theme: Theme) -> Figure | None:
    name, graph = next(((n, g) for n, g in design.networks.items() if g.nodes), ("", None))
    if graph is None:
        return None
    try:
        subject = Subject(name, graph, check(graph, design.networks))
        return figure(subject, Choice(style="stack", colors=theme.name, words=False))
    except CannotPicture:
        return None


def _paint(painter: QPainter, shown: Figure, room: QRectF, ratio: float) -> None:
    area = shown.area
    scale = min(room.width() / area.width(), room.height() / area.height(), 1.0)
    place = QRectF(0, 0, area.width() * scale, area.height() * scale)
    place.moveCenter(room.center())
    drawn = image(shown, scale * ratio, transparent=True)
    painter.drawImage(place, drawn, QRectF(drawn.rect()))
