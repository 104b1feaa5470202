"""Words in the room there is: a label that ends them in three dots, and a button that goes on in the next line."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
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


class WrappedButton(QPushButton):
    """A button that is as tall as its words are at its width; only a word that is wider than it ends in three dots."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        self.ensurePolished()
        option = QStyleOptionButton()
        super().initStyleOption(option)
        option.rect = QRect(0, 0, width, option.rect.height())
        further = len(self._lines(option)) - 1
        return self.sizeHint().height() + further * self.fontMetrics().lineSpacing()

    def initStyleOption(self, option: QStyleOptionButton) -> None:
        """What is painted: the words in lines."""
        super().initStyleOption(option)
        option.text = "\n".join(self._lines(option))

    def _lines(self, option: QStyleOptionButton) -> list[str]:
        """The words in lines that fit into the room that the style leaves them in a button."""
        room = self.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, self).width()
        metrics, lines = self.fontMetrics(), [""]
        for word in self.text().split():
            longer = f"{lines[-1]} {word}".strip()
            if not lines[-1] or metrics.horizontalAdvance(longer) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]
