"""The page before a design is open: lessons with a picture each, recent files, and a new network."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent, QShowEvent
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

from blocks.graph import Graph
from designer import files
from designer.canvas.arrange import arrange
from designer.icons import icon
from designer.panels.parts import label, paragraph
from designer.recovery import Left
from designer.theme import GAP, Theme
from runtime.design import Design
from runtime.file import BadDesign, open_design

_PICTURE = QSize(268, 150)
_COLUMNS = 4  # at most
_APART, _EDGE = 16, 32  # px between cards, and from them to the window
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
        self._grid = QGridLayout()
        self.refresh()

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
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def refresh(self) -> None:
        """Shows the lessons and the recent files as they are now; pictures are drawn one by one after that."""
        said, self.message = self.message.text(), paragraph("", "error")
        page = QWidget()
        page.setProperty("role", "page")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle = QVBoxLayout()
        middle.setContentsMargins(0, 56, 0, 32)
        middle.setSpacing(GAP)
        self._head(middle)
        self._unsaved(middle)
        self._lessons(middle)
        self._recent(middle)
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
        self.say(said)

    def _head(self, middle: QVBoxLayout) -> None:
        middle.addWidget(label("Layerwright", "display"))
        middle.addWidget(paragraph("Draw a neural network, train it here, and keep the PyTorch code.", "muted"))
        middle.addSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(GAP)
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
        row.addStretch(1)
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
        self.cards = []
        self._grid = QGridLayout()
        self._grid.setSpacing(_APART)
        for path in files.samples():
            card = LessonCard(path, self._theme)
            card.picked.connect(self._sample)
            self.cards.append(card)
        if self.cards:
            middle.addWidget(label("LESSONS", "heading"))
            middle.addLayout(self._grid)
            middle.addSpacing(20)
        self._grid.setColumnStretch(_COLUMNS, 1)
        self._flow()

    def _flow(self) -> None:
        """Puts as many cards into a row as the window is wide."""
        room = self.viewport().width() - 2 * _EDGE + _APART
        across = max(1, min(_COLUMNS, room // (_PICTURE.width() + 2 + _APART)))
        for number, card in enumerate(self.cards):
            self._grid.addWidget(card, number // across, number % across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._flow()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.new.setFocus(Qt.FocusReason.OtherFocusReason)

    def _recent(self, middle: QVBoxLayout) -> None:
        found = files.recent()
        if not found:
            return
        middle.addWidget(label("RECENT", "heading"))
        for path in found:
            button = QPushButton(path.name)
            button.setProperty("link", True)
            button.setToolTip(str(path))
            button.clicked.connect(partial(self._file, path))
            middle.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
        middle.addSpacing(12)

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

    def __init__(self, path: Path, theme: Theme) -> None:
        super().__init__()
        self._path, self._theme = path, theme
        self.setProperty("role", "lesson")
        self.setFixedWidth(_PICTURE.width() + 2)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._pick)
        self.picture, self.title, self.note = QLabel(), label("", "strong"), paragraph("", "small")
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
        self._draw = QTimer(self, interval=0, singleShot=True)
        self._draw.timeout.connect(self.draw)
        self._draw.start()
        self.title.setText(path.stem)

    def draw(self) -> None:
        """Reads the sample and draws it; done after the page is up, since a large one takes its time."""
        try:
            design = open_design(self._path)
        except BadDesign as error:
            self.note.setText(str(error))
            self.setEnabled(False)
            return
        self.title.setText(design.title)
        self.note.setText(first_words(design))
        self.picture.setPixmap(sketch(design, self._theme, self.devicePixelRatioF()))
        self.setAccessibleName(f"Lesson: {design.title}")
        self.setAccessibleDescription(self.note.text())

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _pick(self) -> None:
        self.picked.emit(self._path)


def _emit(signal: SignalInstance, value: object, *_: object) -> None:
    signal.emit(value)


def first_words(design: Design) -> str:
    """The heading of the first note of a design: what the lesson is about."""
    notes = [note for held in design.notes.values() for note in held]
    lines = [line.strip("#* ") for line in notes[0].text.splitlines() if line.strip("#* ")] if notes else []
    return lines[0] if lines else ""


def sketch(design: Design, theme: Theme, ratio: float = 1.0) -> QPixmap:
    """A small picture of a design's first network, which flows from left to right as there is more room that way."""
    picture = QPixmap(_PICTURE * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    graph = next((graph for graph in design.networks.values() if graph.nodes), Graph())
    places = _spread({name: (y, x) for name, (x, y) in arrange(graph).items()}) if graph.nodes else {}
    with QPainter(picture) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.canvas))
        painter.drawRoundedRect(QRectF(0, 0, _PICTURE.width(), _PICTURE.height() + 10), 7.0, 7.0)
        for wire in graph.wires:
            painter.strokePath(_way(wire.source, wire.target, places), QPen(QColor(theme.faint), 1.5))
        for name, node in graph.nodes.items():
            composite = node.block.composite or node.block.role == "network"
            painter.setBrush(QColor(theme.category_colour(node.block.category, composite)))
            painter.drawRoundedRect(places[name], 2.5, 2.5)
    return picture


def _way(source: str, target: str, places: dict[str, QRectF]) -> QPainterPath:
    """From card to card; over those that stand between."""
    start, end = places[source].center(), places[target].center()
    path = QPainterPath(start)
    way = QRectF(start, end).normalized().adjusted(1, -1, -1, 1)
    level = abs(end.y() - start.y()) < 1.0
    if level and any(way.intersects(at) for name, at in places.items() if name not in (source, target)):
        top = min(places[source].top(), places[target].top()) - 22.0
        path.cubicTo(QPointF(start.x(), top), QPointF(end.x(), top), end)
    else:
        half = (start.x() + end.x()) / 2
        path.cubicTo(QPointF(half, start.y()), QPointF(half, end.y()), end)
    return path


def _spread(points: dict[str, tuple[float, float]]) -> dict[str, QRectF]:
    """Small upright cards over the picture, in the order and columns of `points`."""
    xs, ys = sorted({x for x, _ in points.values()}), [y for _, y in points.values()]
    across = (_PICTURE.width() - 48) / max(len(xs) - 1, 1)
    tall, middle = max(ys) - min(ys), (max(ys) + min(ys)) / 2
    down = min((_PICTURE.height() - 64) / tall, 0.2) if tall else 0.0
    width, height = min(across * 0.6, 12.0), 40.0 if not tall else 26.0
    left = (_PICTURE.width() - across * (len(xs) - 1)) / 2 if len(xs) > 1 else _PICTURE.width() / 2
    found = {}
    for name, (x, y) in points.items():
        centre = QPointF(left + across * xs.index(x), _PICTURE.height() / 2 + (y - middle) * down)
        found[name] = QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)
    return found
