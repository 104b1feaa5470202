"""Notes on the canvas: cards of Markdown text beside the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QPainter,
    QPalette,
    QPen,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from designer.canvas.cards import Box
from designer.canvas.inks import Inks
from designer.canvas.metrics import FAR, Point
from designer.theme import RADIUS

_INSET = 14.0
_INDENT = 12.0  # of a list


class Written(Protocol):
    """A note as the design keeps it: Markdown, its top left corner and its width, px."""

    @property
    def text(self) -> str: ...
    @property
    def at(self) -> Point: ...
    @property
    def width(self) -> float: ...


class NotePainter:
    """Paints the notes of one network."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self._notes: tuple[Written, ...] = ()
        self._pages: list[tuple[QRectF, QTextDocument]] = []

    def restyle(self, inks: Inks) -> None:
        """Paints in other colours and fonts from now on."""
        self._inks = inks
        self._pages = [self._page(note) for note in self._notes]

    def show(self, notes: Sequence[Written]) -> None:
        """Takes over the notes; those that stayed are not laid out again."""
        notes = tuple(notes)
        if notes != self._notes:
            self._notes = notes
            self._pages = [self._page(note) for note in notes]

    def extent(self, box: Box | None) -> Box | None:
        """A box widened so that it holds the notes too."""
        for rect, _ in self._pages:
            own = rect.left(), rect.top(), rect.right(), rect.bottom()
            first = box or own
            box = min(first[0], own[0]), min(first[1], own[1]), max(first[2], own[2]), max(first[3], own[3])
        return box

    def note_at(self, x: float, y: float) -> int | None:
        """Which note is under a point."""
        return next((i for i, (rect, _) in enumerate(self._pages) if rect.contains(x, y)), None)

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints the notes that lie in `box`; only their cards from afar."""
        seen = QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])
        for rect, page in self._pages:
            if rect.intersects(seen):
                self._paint(painter, rect, page, zoom)

    def _paint(self, painter: QPainter, rect: QRectF, page: QTextDocument, zoom: float) -> None:
        theme = self._inks.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(QColor(theme.inset))
        painter.setPen(QPen(QColor(theme.line), 1.0))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if zoom < FAR:
            return
        look = QAbstractTextDocumentLayout.PaintContext()
        look.palette.setColor(QPalette.ColorRole.Text, self._inks.muted)
        painter.save()
        painter.translate(rect.left() + _INSET, rect.top() + _INSET - 2.0)
        page.documentLayout().draw(painter, look)
        painter.restore()

    def _page(self, note: Written) -> tuple[QRectF, QTextDocument]:
        page = QTextDocument()
        page.setDocumentMargin(0.0)
        page.setDefaultFont(self._inks.small)
        page.setIndentWidth(_INDENT)
        page.setMarkdown(note.text)
        self._calm(page)
        width = max(note.width, 80.0)
        page.setTextWidth(width - 2 * _INSET)
        height = page.size().height() + 2 * _INSET - 4.0
        return QRectF(note.at[0], note.at[1], width, height), page

    def _calm(self, page: QTextDocument) -> None:
        """Gives headings and links the type and colours of the window instead of Markdown's own."""
        heading, link = QTextCharFormat(), QTextCharFormat()
        heading.setFont(self._inks.strong)
        heading.setForeground(self._inks.text)
        link.setForeground(self._inks.accent_text)
        cursor, block = QTextCursor(page), page.begin()
        while block.isValid():
            cursor.setPosition(block.position())
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            if block.blockFormat().headingLevel():
                cursor.setCharFormat(heading)
            shape = block.blockFormat()
            shape.setTopMargin(0.0 if block.blockNumber() == 0 else 4.0)
            shape.setBottomMargin(2.0)
            cursor.setBlockFormat(shape)
            for part in block.textFormats():
                if part.format.isAnchor():
                    cursor.setPosition(block.position() + part.start)
                    end = block.position() + part.start + part.length
                    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                    cursor.mergeCharFormat(link)
            block = block.next()
