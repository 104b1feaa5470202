"""The page before a design is open: lessons with a picture each, recent files, and a new network."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QMargins, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from designer import files
from designer.icons import icon
from designer.lessons import Lesson, lessons, thumbnail
from designer.panels.elided import Elided
from designer.panels.flow import Flow
from designer.panels.parts import label, paragraph
from designer.recovery import Left
from designer.theme import GAP, Theme
from runtime.file import BadDesign, open_design

_PICTURE = QSize(268, 128)
_COLUMNS = 4  # at most
_APART, _EDGE = 16, 32  # px between cards, and from them to the window
Pictures = dict[tuple[Path, str, float], QPixmap]  # of a sample, in a theme, at so many pixels for one
_ABOUT = "Training runs in a process of its own; the device is found when a training first starts."


class Welcome(QScrollArea):
    """Offers lessons, recent files and an empty design."""

    sample_wanted = Signal(Path)
    file_wanted = Signal(Path)
    new_wanted = Signal()
    template_wanted = Signal()
    open_wanted = Signal()
    left_wanted = Signal(object)  # a Left: to be opened
    left_dropped = Signal(object)  # a Left: not wanted any more

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._left: tuple[Left, ...] = ()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Welcome")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.new = QPushButton()
        self.message = paragraph("", "error")
        self.cards: list[LessonCard] = []
        self._grids: list[tuple[QGridLayout, list[LessonCard]]] = []
        self._pictures: Pictures = {}
        self._said = ""
        self._stale = True  # built anew when it is next in sight
        self._draw = QTimer(self, interval=0)
        self._draw.timeout.connect(self._draw_next)

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._theme = theme
        self.refresh()

    def offer(self, left: tuple[Left, ...]) -> None:
        """Offers what was not saved when the program last ended."""
        self._left = left
        self.refresh()

    def say(self, sentence: str) -> None:
        """Says what went wrong, as a file that could not be opened."""
        self._said = sentence
        if not self._stale:
            self.message.setText(sentence)
            self.message.setVisible(bool(sentence))

    def refresh(self) -> None:
        """Shows the lessons and the recent files as they are now; pictures are drawn one by one after that."""
        self._stale = True
        if self.isVisible():
            self._build()

    def _build(self) -> None:
        self._stale = False
        self.message = paragraph("", "error")
        page = QWidget()
        page.setProperty("role", "page")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle = QVBoxLayout()
        middle.setContentsMargins(0, 56, 0, 32)
        middle.setSpacing(GAP)
        self._head(middle)
        self._unsaved(middle)
        self._recent(middle)
        self._lessons(middle)
        middle.addStretch(1)
        about = paragraph(_ABOUT, "small")
        middle.addWidget(about)
        column = QWidget()
        column.setLayout(middle)
        column.setMaximumWidth(_COLUMNS * (_PICTURE.width() + 2) + (_COLUMNS - 1) * _APART)
        row = QHBoxLayout(page)
        row.setContentsMargins(_EDGE, 0, _EDGE, 0)
        row.addStretch(1)
        row.addWidget(column, 100)
        row.addStretch(1)
        self.setWidget(page)
        self.say(self._said)
        self._draw.start()

    def _head(self, middle: QVBoxLayout) -> None:
        middle.addWidget(label("Layerwright", "display"))
        middle.addWidget(paragraph("Draw a neural network, train it here, and keep the PyTorch code.", "muted"))
        middle.addSpacing(12)
        row = Flow(QMargins(), GAP)
        new, template, opened = (QPushButton(words) for words in ("New network", "New from template…", "Open…"))
        self.new = new
        new.setProperty("primary", True)
        new.setIcon(icon("plus", self._theme, "on_accent"))
        template.setIcon(icon("layers", self._theme, "text"))
        opened.setIcon(icon("folder-open", self._theme, "text"))
        new.clicked.connect(self._new)
        template.clicked.connect(self._template)
        opened.clicked.connect(self._open)
        for button in (new, template, opened):
            button.setFixedHeight(34)
            row.addWidget(button)
        middle.addLayout(row)
        middle.addWidget(self.message)
        middle.addSpacing(20)

    def _unsaved(self, middle: QVBoxLayout) -> None:
        if not self._left:
            return
        middle.addWidget(label("NOT SAVED WHEN THE PROGRAM ENDED", "heading"))
        for left in self._left:
            row = QHBoxLayout()
            row.setSpacing(2 * GAP)
            for words, told, wanted in (
                (left.words, "Open it as it was, to be saved", self.left_wanted),
                ("Discard", f"Give up {left.words}", self.left_dropped),
            ):
                button = QPushButton(words.replace("&", "&&"))  # a lone one would mark a key
                button.setProperty("link", True)
                button.setToolTip(told)
                button.setAccessibleDescription(told)
                button.clicked.connect(partial(_emit, wanted, left))
                row.addWidget(button)
            row.addStretch(1)
            middle.addLayout(row)
        middle.addSpacing(20)

    def _lessons(self, middle: QVBoxLayout) -> None:
        self.cards, self._grids = [], []
        for heading, held in lessons().items():
            cards = [LessonCard(lesson, self._theme, self._pictures) for lesson in held]
            grid = QGridLayout()
            grid.setSpacing(_APART)
            grid.setColumnStretch(_COLUMNS, 1)
            for card in cards:
                card.picked.connect(self._sample)
            self.cards += cards
            self._grids.append((grid, cards))
            middle.addWidget(label(heading.upper(), "heading"))
            middle.addLayout(grid)
            middle.addSpacing(20)
        self._flow()

    def _draw_next(self) -> None:
        """Draws the picture of one more lesson, so that the page answers between two of them."""
        card = next((card for card in self.cards if not card.drawn), None)
        if card is None or not self.isVisible():
            self._draw.stop()
        else:
            card.draw()

    def _flow(self) -> None:
        """Puts as many cards into a row as the window is wide."""
        room = self.viewport().width() - 2 * _EDGE + _APART
        across = max(1, min(_COLUMNS, room // (_PICTURE.width() + 2 + _APART)))
        for grid, cards in self._grids:
            for number, card in enumerate(cards):
                grid.addWidget(card, number // across, number % across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._flow()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._build()
        self._draw.start()
        self.new.setFocus(Qt.FocusReason.OtherFocusReason)

    def _recent(self, middle: QVBoxLayout) -> None:
        found = files.recent()
        if not found:
            return
        middle.addWidget(label("RECENT", "heading"))
        row = Flow(QMargins(), 3 * GAP)
        for path in found:
            button = QPushButton(path.name.replace("&", "&&"))  # a lone one would mark a key
            button.setProperty("link", True)
            button.setToolTip(str(path))
            button.clicked.connect(partial(self._file, path))
            row.addWidget(button)
        middle.addLayout(row)
        middle.addSpacing(20)

    def _new(self) -> None:
        self.new_wanted.emit()

    def _template(self) -> None:
        self.template_wanted.emit()

    def _open(self) -> None:
        self.open_wanted.emit()

    def _sample(self, path: Path) -> None:
        self.sample_wanted.emit(path)

    def _file(self, path: Path, *_: object) -> None:
        self.file_wanted.emit(path)


class LessonCard(QPushButton):
    """A sample with its picture, title and first line; a click or Enter opens it."""

    picked = Signal(Path)

    def __init__(self, lesson: Lesson, theme: Theme, pictures: Pictures) -> None:
        super().__init__()
        self._lesson, self._theme, self._pictures = lesson, theme, pictures
        self.drawn = False
        self.setProperty("role", "lesson")
        self.setFixedWidth(_PICTURE.width() + 2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._pick)
        self.picture, self.title, self.note = QLabel(), Elided(), paragraph(lesson.about, "small")
        self.title.setProperty("role", "strong")
        self.title.setText(lesson.title)
        self.setToolTip(lesson.title)
        self.picture.setFixedSize(_PICTURE)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.note.setFixedHeight(32)
        self.note.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 12)
        column.setSpacing(4)
        column.addWidget(self.picture)
        for words in (self.title, self.note):
            words.setContentsMargins(12, 2, 12, 0)
            column.addWidget(words)
        self.setAccessibleName(f"Lesson: {lesson.title}")
        self.setAccessibleDescription(lesson.about)

    def draw(self) -> None:
        """Reads the sample and draws it, once for each theme; done after the page is up, since many take their time."""
        self.drawn = True
        path, ratio = self._lesson.path, self.devicePixelRatioF()
        key = path, self._theme.name, ratio
        try:
            if key not in self._pictures:
                self._pictures[key] = thumbnail(open_design(path), self._theme, _PICTURE, ratio)
        except BadDesign as error:
            self.note.setText(str(error))
            self.setEnabled(False)
            return
        self.picture.setPixmap(self._pictures[key])

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _pick(self) -> None:
        self.picked.emit(self._lesson.path)


def _emit(signal: SignalInstance, value: object, *_: object) -> None:
    signal.emit(value)
