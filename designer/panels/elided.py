"""A label that takes the room there is: words that do not fit end in three dots, and the tooltip has them all."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QStyle, QStyleOption, QStyleOptionButton


class Elided(QLabel):
    """One line of plain text that never asks for more than a little room."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    @property
    def words(self) -> str:
        """The text as it is painted: cut to the width between the margins."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the text cut to the width; it is plain, so nothing in it is read as markup."""
        words = self.words
        option = QStyleOption()
        option.initFrom(self)
        with QPainter(self) as painter:
            self.style().drawItemText(
                painter, self.contentsRect(), int(self.alignment()), option.palette, self.isEnabled(), words,
                self.foregroundRole(),
            )  # fmt: skip


class ElidedButton(QPushButton):
    """A button that may be narrower than its words: they end in three dots instead of losing both ends."""

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        """What is painted: the words cut to the room that the style leaves them."""
        super().initStyleOption(option)
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
