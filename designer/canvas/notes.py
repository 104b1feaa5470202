"""Notes on the canvas: cards of Markdown text beside the network."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QUrl
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
from designer.canvas.frames import joined
from designer.canvas.inks import Inks
from designer.canvas.metrics import FAR
from designer.theme import RADIUS
from runtime.design import Note

INSET = 14.0
LEAST = 80.0  # a note is never narrower
_INDENT = 12.0  # of a list
_EDGE = 6.0  # pixels of the screen on either side of the right edge that take hold of it
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")  # shown as a link: nothing is fetched for a note
_FEATURE = QTextDocument.MarkdownFeature
_MARKDOWN = _FEATURE.MarkdownDialectGitHub | _FEATURE.MarkdownNoHTML


class Page(QTextDocument):
    """Laid-out text that loads nothing: neither pictures nor anything else a text may name."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        return None


class NotePainter:
    """Paints the notes of one network."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self.all: tuple[Note, ...] = ()
        self.picked: frozenset[int] = frozenset()
        self.hidden: int | None = None  # the one that is being written
        self._pages: dict[tuple[str, float], Page] = {}  # by text and width
        self._rects: list[QRectF] = []

    def restyle(self, inks: Inks) -> None:
        """Paints in other colours and fonts from now on."""
        self._inks, notes = inks, self.all
        self._pages, self.all = {}, ()
        self.show(notes)

    def show(self, notes: Sequence[Note]) -> None:
        """Takes over the notes; those whose words and width stayed are not laid out again."""
        notes = tuple(notes)
        if notes != self.all:
            self.all = notes
            kept, self._pages = self._pages, {}
            for note in notes:
                key = note.text, note.width
                self._pages[key] = kept.get(key) or self._page(note)
            self._rects = [self._rect(note) for note in notes]

    def extent(self, box: Box | None) -> Box | None:
        """A box widened so that it holds the notes too."""
        for rect in self._rects:
            box = joined(box, (rect.left(), rect.top(), rect.right(), rect.bottom()))
        return box

    def box(self, number: int) -> Box:
        """The box x1, y1, x2, y2 of a note, as tall as its words."""
        rect = self._rects[number]
        return rect.left(), rect.top(), rect.right(), rect.bottom()

    def note_at(self, x: float, y: float, reach: float = 0.0) -> int | None:
        """The topmost note within `reach` of a point."""
        found = [i for i, r in enumerate(self._rects) if r.adjusted(-reach, -reach, reach, reach).contains(x, y)]
        return found[-1] if found else None

    def within(self, box: Box) -> frozenset[int]:
        """The notes that touch a box."""
        area = QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])
        return frozenset(i for i, rect in enumerate(self._rects) if rect.intersects(area))

    def edge_at(self, x: float, y: float, zoom: float) -> int | None:
        """The note whose right edge, by which its width is changed, is at a point."""
        reach = _EDGE / zoom
        number = self.note_at(x, y, reach)
        return number if number is not None and x >= self._rects[number].right() - reach else None

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints the notes that lie in `box`; only their cards from afar."""
        seen = QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])
        for number, rect in enumerate(self._rects):
            if rect.intersects(seen) and number != self.hidden:
                self._paint(painter, number, zoom)

    def _paint(self, painter: QPainter, number: int, zoom: float) -> None:
        theme, note, rect = self._inks.theme, self.all[number], self._rects[number]
        picked = number in self.picked
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setBrush(QColor(theme.inset))
        line = QPen(QColor(theme.accent), 2.0) if picked else QPen(QColor(theme.line), 1.0)
        painter.setPen(line)
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if zoom < FAR:
            return
        look = QAbstractTextDocumentLayout.PaintContext()
        look.palette.setColor(QPalette.ColorRole.Text, self._inks.muted)
        painter.save()
        painter.translate(rect.left() + INSET, rect.top() + INSET - 2.0)
        self._pages[note.text, note.width].documentLayout().draw(painter, look)
        painter.restore()

    def _rect(self, note: Note) -> QRectF:
        tall = self._pages[note.text, note.width].size().height() + 2 * INSET - 4.0
        return QRectF(note.at[0], note.at[1], max(note.width, LEAST), tall)

    def _page(self, note: Note) -> Page:
        page = Page()
        page.setDocumentMargin(0.0)
        page.setDefaultFont(self._inks.small)
        page.setIndentWidth(_INDENT)
        page.setMarkdown(_PICTURE.sub(r"[\1](\2)", note.text), _MARKDOWN)
        self._calm(page)
        page.setTextWidth(max(note.width, LEAST) - 2 * INSET)
        return page

    def _calm(self, page: Page) -> None:
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
