"""The Python that the drawing is, kept up while drawing; a line selects its node and a node its lines."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from designer.document import OpenDesign
from designer.panels.highlight import PythonColours
from designer.theme import Theme, fonts
from runtime.design import Design
from runtime.source import CannotPrint, Place, Source, print_design

_SETTLE_MS = 120  # typing and dragging settle before the text is printed again


class CodePanel(QWidget):
    """Shows the text of model.py. `revealed(network, node)` is sent when a line is clicked."""

    revealed = Signal(str, str)

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._source: Source | None = None
        self._marked: tuple[Place, ...] = ()
        self.view = _Listing(theme)
        self.view.line_clicked.connect(self._follow)
        self._state = QLabel()
        self._state.setProperty("role", "small")
        self._copy = QPushButton("Copy")
        self._copy.setToolTip("Copy the whole text")
        self._copy.clicked.connect(self._copy_text)
        self._lay_out()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        document.changed.connect(self._later)
        self.refresh()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 6, 12, 6)
        head.addWidget(self._state, 1)
        head.addWidget(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)

    def set_document(self, document: OpenDesign) -> None:
        """Shows another document."""
        self._document.changed.disconnect(self._later)
        self._document = document
        document.changed.connect(self._later)
        self._source = None
        self.refresh()

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self.view.set_theme(theme)
        self._mark()

    @property
    def text(self) -> str:
        """What is shown."""
        return self.view.toPlainText()

    def select(self, network: str, nodes: tuple[str, ...]) -> None:
        """Marks the lines of the selected nodes and brings the first into view."""
        self._marked = tuple(Place(network, node) for node in nodes)
        self._mark()
        lines = self._lines()
        if lines:
            self.view.bring(lines[0])

    def _later(self, before: Design, after: Design) -> None:
        if before.networks is not after.networks or before.title != after.title:
            self._settle.start()

    def refresh(self) -> None:
        """Prints the design now. While something does not fit, the last text stays, with a word on why."""
        try:
            self._source = print_design(self._document.design)
        except CannotPrint as wrong:
            self._tell(f"Not up to date: {wrong.message}", "error")
            return
        if self._source.text != self.text:
            self.view.show_text(self._source.text)
        self._tell(f"model.py · {len(self._source.lines):,} lines · this text is what is trained and exported", "small")
        self._mark()

    def _tell(self, words: str, role: str) -> None:
        self._state.setText(words)
        self._state.setProperty("role", role)
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)

    def _lines(self) -> list[int]:
        by_place = self._source.by_place if self._source else {}
        return sorted(line for place in self._marked for line in by_place.get(place, ()))

    def _mark(self) -> None:
        self.view.mark(self._lines())

    def _follow(self, line: int) -> None:
        place = self._source.place(line) if self._source else None
        if place is not None:
            self.revealed.emit(place.network, place.node)

    def _copy_text(self) -> None:
        QApplication.clipboard().setText(self.text)


class _Listing(QPlainTextEdit):
    """Read-only code with line numbers; tells which line was clicked."""

    line_clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setReadOnly(True)
        self.setFont(fonts().code)
        self.setProperty("role", "code")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setAccessibleName("Code of the network")
        self._colours = PythonColours(self.document(), theme)
        self._margin = _Margin(self)
        self.updateRequest.connect(self._scroll_margin)
        self.setViewportMargins(self.margin_width(), 0, 0, 0)

    def show_text(self, text: str) -> None:
        """Other text, with the scroll position kept."""
        bar = self.verticalScrollBar()
        at = bar.value()
        self.setPlainText(text)
        bar.setValue(at)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._colours.set_theme(theme)
        self._margin.update()

    def mark(self, lines: list[int]) -> None:
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
        block = self.document().findBlockByNumber(line - 1)
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        if not 0 <= top <= self.viewport().height() - 20:
            visible = max(self.viewport().height() // max(self.fontMetrics().lineSpacing(), 1), 1)
            self.verticalScrollBar().setValue(max(line - visible // 2, 0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self.line_clicked.emit(self.cursorForPosition(event.position().toPoint()).blockNumber() + 1)

    def margin_width(self) -> int:
        return 24 + self.fontMetrics().horizontalAdvance("9999")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._margin.setGeometry(QRect(area.left(), area.top(), self.margin_width(), area.height()))

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
        width = self._margin.width() - 12
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            number = str(block.blockNumber() + 1)
            painter.drawText(0, round(top), width, round(height), Qt.AlignmentFlag.AlignRight, number)
            block, top = block.next(), top + height


class _Margin(QWidget):
    """The column of line numbers."""

    def __init__(self, listing: _Listing) -> None:
        super().__init__(listing)
        self._listing = listing

    def sizeHint(self) -> QSize:
        return QSize(self._listing.margin_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._listing.paint_margin(QPainter(self), event.rect())
