"""A page of printed code: line numbers, colours, and a word on which line was clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from designer.panels.highlight import PythonColours
from designer.theme import Theme, fonts

_EDGE, _GAP = 20, 16  # px left of the numbers, and between them and the text


class Listing(QPlainTextEdit):
    """Read-only code. `line_clicked` counts lines from 1."""

    line_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(fonts().code)
        self.setProperty("role", "code")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Code of the network")
        self._colours = PythonColours(self.document(), theme)
        self._margin = _Margin(self)
        self.updateRequest.connect(self._scroll_margin)
        self.blockCountChanged.connect(self._fit_margin)
        self._fit_margin()

    def show_text(self, text: str) -> None:
        """Other text: only lines that differ are replaced, so scrolling, selection and colours of the rest stay."""
        before, after = self.toPlainText().split("\n"), text.split("\n")
        head, most = 0, min(len(before), len(after)) - 1
        while head < most and before[head] == after[head]:
            head += 1
        tail = 1
        while tail < most + 1 - head and before[-tail - 1] == after[-tail - 1]:
            tail += 1
        if before[-1] != after[-1]:
            self.setPlainText(text)
            return
        cursor = QTextCursor(self.document().findBlockByNumber(head))
        end = self.document().findBlockByNumber(len(before) - tail).position()
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("".join(f"{line}\n" for line in after[head : len(after) - tail]))

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self._colours.set_theme(theme)
        self._margin.update()

    def mark(self, lines: Sequence[int]) -> None:
        """Tints whole lines."""
        marks = []
        for number in lines:
            selection = QTextEdit.ExtraSelection()
            selection.format.setBackground(QColor(self._theme.accent_tint))
            selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selection.cursor = QTextCursor(self.document().findBlockByNumber(number - 1))
            marks.append(selection)
        self.setExtraSelections(marks)

    def bring(self, line: int) -> None:
        """Scrolls a line to the middle unless it is in view."""
        first = self.firstVisibleBlock().blockNumber() + 1
        visible = max(self.viewport().height() // max(self.fontMetrics().lineSpacing(), 1), 1)
        if not first <= line < first + visible:
            self.verticalScrollBar().setValue(max(line - 1 - visible // 2, 0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_clicked.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    # --- line numbers -------------------------------------------------------------------

    def margin_width(self) -> int:
        """Wide enough for the largest number, and never narrower than for three digits."""
        digits = max(len(str(self.blockCount())), 3)
        return _EDGE + self.fontMetrics().horizontalAdvance("9" * digits) + _GAP

    def _fit_margin(self, *_: object) -> None:
        self.setViewportMargins(self.margin_width(), 0, 0, 0)
        self._place_margin()

    def _place_margin(self) -> None:
        area = self.contentsRect()
        self._margin.setGeometry(QRect(area.left(), area.top(), self.margin_width(), area.height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_margin()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_margin"):
            self._fit_margin()

    def _scroll_margin(self, rect: QRect, dy: int) -> None:
        if dy:
            self._margin.scroll(0, dy)
        else:
            self._margin.update(0, rect.y(), self._margin.width(), rect.height())

    def paint_margin(self, painter: QPainter, area: QRect) -> None:
        """Writes the numbers of the visible lines."""
        painter.fillRect(area, QColor(self._theme.panel))
        painter.setPen(QColor(self._theme.hint))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        width = self._margin.width() - _GAP
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            number = str(block.blockNumber() + 1)
            painter.drawText(0, round(top), width, round(height), Qt.AlignmentFlag.AlignRight, number)
            block, top = block.next(), top + height


class _Margin(QWidget):
    """The column of line numbers."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self._listing = listing

    def sizeHint(self) -> QSize:
        return QSize(self._listing.margin_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._listing.paint_margin(painter, event.rect())
