"""The small parts that panels are made of: sections, rows of facts, problems with their buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from blocks.check import Diagnostic
from designer.hovering import Hovering
from designer.panels.elided import WrappedButton
from designer.theme import GAP
from runtime.verdict import DesignFix

EDGE = 20  # px from the side of a panel to its text
_LONG_WORD, _MAY_BREAK = re.compile(r"\S{25,}"), "\N{ZERO WIDTH SPACE}"


class Section(QWidget):
    """A part of a panel under a hairline, with a heading in small capitals."""

    def __init__(self, heading: str = "") -> None:
        super().__init__()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        rule = QFrame()
        rule.setProperty("role", "line")
        outer.addWidget(rule)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(EDGE, 14, EDGE, 16)
        self.column.setSpacing(GAP)
        outer.addLayout(self.column)
        self.heading = label(heading.upper(), "heading")
        if heading:
            self.column.addWidget(self.heading)

    def add(self, widget: QWidget) -> None:
        """Puts a widget beneath what is there."""
        self.column.addWidget(widget)
        inner = widget.focusProxy()
        if self.heading.buddy() is None and inner is not None:
            self.heading.setBuddy(inner)  # a field without a name of its own is read under it


class Facts(QWidget):
    """Names at the left, what is true of them at the right."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(GAP)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[tuple[QLabel, QLabel]] = []

    def tell(self, facts: Sequence[tuple[str, str, str]]) -> None:
        """Shows name, value and how it is known (the tooltip) of each fact."""
        while len(self._labels) < len(facts):
            self._labels.append(self._new_line(len(self._labels)))
        for place, (name, value) in enumerate(self._labels):
            told = place < len(facts)
            name.setVisible(told)
            value.setVisible(told)
            if told:
                name.setText(facts[place][0])
                value.setText(facts[place][1])
                name.setToolTip(facts[place][2])
                value.setToolTip(facts[place][2])

    def _new_line(self, line: int) -> tuple[QLabel, QLabel]:
        name, value = label("", "muted"), label("", "fact")
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.addWidget(name, line, 0, alignment=Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(value, line, 1)
        return name, value


class Title(QLineEdit):
    """A name that is edited in place: Enter or leaving takes it, Esc gives it up."""

    renamed = Signal(str)

    def __init__(self, what: str) -> None:
        super().__init__()
        self.setProperty("role", "title")
        self.setAccessibleName(what)
        self.setToolTip(f"{what}: click to change it, Enter to keep it")
        self._shown = ""
        self.editingFinished.connect(self._finish)

    def show_name(self, name: str) -> None:
        """Shows a name, unless it is shown already."""
        if name != self._shown:
            self._shown = name
            self.setText(name)
            self.setCursorPosition(0)

    def put_back(self) -> None:
        """Gives up what was typed."""
        self.setText(self._shown)
        self.setCursorPosition(0)

    def _finish(self) -> None:
        text = self.text().strip()
        if text and text != self._shown:
            self.renamed.emit(text)
        elif not text:
            self.put_back()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.put_back()
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()  # or it would press what has the keyboard next


class ProblemCard(QFrame):
    """What is wrong with a node, and its fixes as buttons."""

    picked = Signal(object)  # a DesignFix
    previewed = Signal(object)  # the edit of the one under the hand; None when it leaves

    def __init__(self, problem: Diagnostic, fixes: Iterable[DesignFix]) -> None:
        super().__init__()
        self.setProperty("problem", problem.level)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(GAP)
        message = label(breakable(problem.message), problem.level if problem.level != "advice" else "muted")
        message.setAccessibleName(problem.message)
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setWordWrap(True)
        message.setMinimumWidth(1)  # no layout around it may reckon with more than the width it has
        column.addWidget(message)
        for place, fix in enumerate(fixes):
            button = WrappedButton(fix.title)
            button.setProperty("primary", place == 0 and problem.level == "error")
            button.setToolTip(f"{fix.title}: one step, which undo takes back" + (" (Alt+Enter)" if place == 0 else ""))
            button.clicked.connect(partial(self._pick, fix))
            Hovering(button, partial(self._foresee, fix))
            column.addWidget(button)

    def _foresee(self, fix: DesignFix, on: bool) -> None:
        self.previewed.emit(fix.edit if on else None)

    def _pick(self, fix: DesignFix, *_: object) -> None:
        self.picked.emit(fix)


def breakable(text: str) -> str:
    """The same to the eye, but its very long words can go on in the next line wherever a line ends."""
    return _LONG_WORD.sub(lambda word: _MAY_BREAK.join(word[0]), text)


def label(text: str, role: str = "") -> QLabel:
    """A label in one of the roles of the style sheet."""
    made = QLabel(text)
    if role:
        made.setProperty("role", role)
    return made


def paragraph(text: str, role: str = "") -> QLabel:
    """A label that wraps, whose links open in the browser."""
    made = label(text, role)
    made.setWordWrap(True)
    made.setOpenExternalLinks(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    return made
