"""Colours for printed Python: words of the language, strings, numbers and comments."""

from __future__ import annotations

import keyword
import re

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from designer.theme import Theme

_RULES = (
    (re.compile(r"\b(?:" + "|".join(keyword.kwlist) + r")\b"), "keyword"),
    (re.compile(r"\bself\b"), "muted"),
    (re.compile(r"(?<=\bclass )\w+|(?<=\bdef )\w+"), "name"),
    (re.compile(r"\b\d[\d_]*(?:\.\d+)?(?:e[-+]?\d+)?\b"), "number"),
    (re.compile(r"\"(?:[^\"\\]|\\.)*\""), "string"),
    (re.compile(r"#.*"), "muted"),
)
_DOCSTRING = '"""'


class PythonColours(QSyntaxHighlighter):
    """Colours a document as it is laid out."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._formats = _formats(theme)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._formats = _formats(theme)
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        for pattern, kind in _RULES:
            for match in pattern.finditer(text):
                self.setFormat(match.start(), match.end() - match.start(), self._formats[kind])
        self._docstring(text)

    def _docstring(self, text: str) -> None:
        """Marks text between triple quotes, also over several lines."""
        inside = self.previousBlockState() == 1
        start = 0
        while True:
            quote = text.find(_DOCSTRING, start)
            if inside:
                end = len(text) if quote < 0 else quote + 3
                begin = 0 if start == 0 else start - 3
                self.setFormat(begin, end - begin, self._formats["string"])
            if quote < 0:
                break
            inside, start = not inside, quote + 3
        self.setCurrentBlockState(1 if inside else 0)


def _formats(theme: Theme) -> dict[str, QTextCharFormat]:
    colours = {
        "keyword": theme.normalization,
        "name": theme.accent_text,
        "number": theme.warning_text,
        "string": theme.good_text,
        "muted": theme.muted,
    }
    formats = {}
    for kind, colour in colours.items():
        formats[kind] = QTextCharFormat()
        formats[kind].setForeground(QColor(colour))
    formats["name"].setFontWeight(QFont.Weight.DemiBold)
    return formats
