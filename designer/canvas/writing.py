"""The fields in which words on the canvas are written where they stand: the title of a frame, the text of a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit

from blocks.setting import TEXT_LIMIT
from designer.canvas import beside, frames
from designer.canvas.metrics import Point, snapped
from designer.canvas.notes import INSET
from designer.decor import Picked
from runtime.design import Note

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_PASSING = {Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason}


class TitleField(QLineEdit):
    """Enter and leaving take the title, Esc keeps the old one."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas, self._frame = canvas, -1
        self.setAccessibleName("Title of the frame")
        self.setMaxLength(120)
        self.returnPressed.connect(canvas.setFocus)  # which this field loses, and so takes the title
        self.hide()

    def open(self, number: int) -> None:
        """Appears over the title of a frame."""
        canvas, frame = self._canvas, self._canvas.decor.frames[number]
        if canvas.read_only:
            canvas.say(canvas.why_read_only)
            return
        self._frame = number
        zoom = canvas.camera.zoom
        corner = canvas.mapFromScene(QPointF(*frame.at))
        wide = min(max(round(frame.size[0] * zoom) - 8, 160), 480)
        high = round(frames.band(frame, zoom) * zoom)
        self.setGeometry(QRect(corner.x() + 4, corner.y() + (high - 30) // 2, wide, 30))
        self.setText(frame.title)
        self.selectAll()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        number, self._frame = self._frame, -1
        self.hide()
        every = self._canvas.decor.frames
        title = "".join(c if c.isprintable() else " " for c in self.text()).strip()
        if 0 <= number < len(every) and every[number].title != title:
            self._canvas.submit(beside.titled(number, title))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._frame = -1
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
        event.accept()  # what a field leaves over is not meant for the canvas

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _PASSING:
            self._take()


class NoteField(QPlainTextEdit):
    """Markdown is typed as plain text; Esc, Ctrl+Enter and a press beside end it. A note without words is no note."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas.viewport())
        self._canvas = canvas
        self._note: int | None = None
        self._at: Point | None = None
        self.setAccessibleName("Text of the note, as Markdown")
        self.setPlaceholderText("# Title, **bold**, - list")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(0.0)
        self.textChanged.connect(self.place)
        self.hide()

    def open(self, number: int) -> None:
        """Appears over a note."""
        note = self._canvas.decor.notes[number]
        if self._may_write():
            self._note, self._at = number, note.at
            self._canvas.notes.hidden = number
            self._begin(note.text)

    def begin(self, at: QPointF) -> None:
        """Appears where there is to be a new note."""
        if self._may_write():
            self._note, self._at = None, (snapped(at.x()), snapped(at.y()))
            self._begin("")

    def _may_write(self) -> bool:
        if self._canvas.read_only:
            self._canvas.say(self._canvas.why_read_only)
        return not self._canvas.read_only

    def _begin(self, text: str) -> None:
        self._restyle()
        self.setPlainText(text)
        self.selectAll()
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._canvas.redraw()

    def _restyle(self) -> None:
        theme = self._canvas.inks.theme
        self.setStyleSheet(
            f"QPlainTextEdit {{ color: {theme.text}; background: {theme.card}; border: 2px solid {theme.accent};"
            " border-radius: 6px; }"
        )

    def place(self) -> None:
        """Lies over its note, as wide as it and as tall as its words, however the eye moves."""
        if self._at is None:
            return
        canvas, zoom = self._canvas, max(self._canvas.camera.zoom, 0.6)
        every = canvas.decor.notes
        width = every[self._note].width if self._note is not None else Note("").width
        font = QFont(canvas.inks.small)
        font.setPointSizeF(font.pointSizeF() * zoom)
        self.setFont(font)
        inset = round(INSET * zoom)
        self.setViewportMargins(inset, inset - 2, inset - 4, inset - 4)
        self.move(canvas.mapFromScene(QPointF(*self._at)))
        self.resize(round(width * zoom), self.height())
        self.resize(self.width(), max(round(self._tall()), 2 * self.fontMetrics().lineSpacing()) + 2 * inset)

    def _tall(self) -> float:
        """The height of what is written, in the width there is now."""
        block, tall = self.document().begin(), 0.0
        while block.isValid():
            tall += self.blockBoundingRect(block).height()
            block = block.next()
        return tall

    def _take(self) -> None:
        number, at = self._note, self._at
        if at is None:
            return
        self._note = self._at = self._canvas.notes.hidden = None
        self.hide()
        self._canvas.redraw()
        text = self.toPlainText()[:TEXT_LIMIT].rstrip()
        every = self._canvas.decor.notes
        if number is None and text.strip():
            self._canvas.submit(beside.noted(text, at))
            self._canvas.select((), Picked(notes=frozenset({len(every)})))
        elif number is not None and number < len(every) and every[number].text != text:
            self._canvas.submit(beside.rewritten(number, text))

    def leave(self) -> None:
        """Ends the writing; what was written is kept."""
        self._take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        ends = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and (
            event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        if ends or event.key() == Qt.Key.Key_Escape:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)  # which this field loses, and so takes the words
        else:
            super().keyPressEvent(event)
        event.accept()  # what a field leaves over is not meant for the canvas

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in _PASSING:
            self._take()
