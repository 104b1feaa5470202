"""What a panel shows while it has nothing to show: a glyph, and in calm words why and how to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from designer import icons
from designer.theme import Theme

_GLYPH = 32  # px


class Empty(QWidget):
    """A glyph over a title (where there is one) and a sentence, in the middle of the space there is."""

    def __init__(self, glyph: str, words: str, theme: Theme, title: str = "", colour: str = "faint") -> None:
        super().__init__()
        self._name, self._colour = glyph, colour
        self._glyph, self._title, self.words = QLabel(), QLabel(title), QLabel(words)
        self._title.setProperty("role", "strong")
        self._title.setVisible(bool(title))
        self.words.setProperty("role", "muted")
        self.words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(6)
        column.addStretch(1)
        for label in (self._glyph, self._title, self.words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        column.addStretch(1)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        colour = str(getattr(theme, self._colour))
        self._glyph.setPixmap(icons.pixmap(self._name, colour, _GLYPH, self.devicePixelRatio()))
