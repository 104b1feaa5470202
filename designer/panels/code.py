"""The Python that the drawing is, kept up while drawing; a line selects its node and a node its lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from designer.document import OpenDesign
from designer.panels.elided import Elided
from designer.panels.listing import Listing
from designer.panels.sight import Sight
from designer.theme import Theme
from runtime.design import Design
from runtime.recipe import CannotPlan
from runtime.script import print_training
from runtime.source import CannotPrint, Place, Source, print_design
from runtime.sources import NoData

_SETTLE_MS = 120  # typing and dragging settle before the text is printed again
MODEL, TRAINING = "model.py", "train.py"
_PRINTERS: dict[str, Callable[[Design], Source]] = {MODEL: print_design, TRAINING: print_training}
_TOLD = {
    MODEL: "The networks. This text is what is trained and exported.",
    TRAINING: "The training. This text is what the training process runs; by itself it does the same.",
}


class CodePanel(QWidget):
    """Shows model.py or train.py. `revealed` is sent with the node of a line that is clicked.

    Its first word is a network for model.py, and the phase of the training for train.py.
    """

    revealed = Signal(str, str)

    def __init__(self, document: OpenDesign, theme: Theme) -> None:
        super().__init__()
        self._document, self._theme = document, theme
        self._sources: dict[str, Source] = {}  # by file, the last that could be printed
        self._printed: tuple[str, Design] | None = None  # what was printed last, or tried
        self._marked: tuple[Place, ...] = ()
        self.file = MODEL
        self.view = Listing(theme)
        self.view.line_clicked.connect(self._follow)
        self.state, self.copy = Elided(), QPushButton("Copy")
        self.copy.setToolTip("Copy the whole text")
        self.copy.clicked.connect(self._copy_text)
        self.files = {name: self._file_button(name) for name in _PRINTERS}
        self._sight = Sight(self)
        self._sight.changed.connect(self._catch_up)
        self._lay_out()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        document.changed.connect(self._later)
        document.replaced.connect(self._sources.clear)
        self.show_file(MODEL)

    def _file_button(self, name: str) -> QToolButton:
        button = QToolButton()
        button.setText(name)
        button.setCheckable(True)
        button.setToolTip(_TOLD[name])
        button.clicked.connect(lambda: self.show_file(name))
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 8)
        head.setSpacing(2)
        group = QButtonGroup(self)
        for button in self.files.values():
            group.addButton(button)
            head.addWidget(button)
        head.addSpacing(10)
        head.addWidget(self.state, 1)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)

    def set_document(self, document: OpenDesign) -> None:
        """Shows another document."""
        self._document.changed.disconnect(self._later)
        self._document.replaced.disconnect(self._sources.clear)
        self._document = document
        document.changed.connect(self._later)
        document.replaced.connect(self._sources.clear)
        self._sources.clear()
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

    def show_file(self, name: str) -> None:
        """Shows model.py or train.py from its top."""
        self.file = name
        self.files[name].setChecked(True)
        self.view.setAccessibleName(f"Code of {name}")
        self.refresh()
        self.view.verticalScrollBar().setValue(0)
        if lines := self._lines():
            self.view.bring(lines[0])

    def select(self, where: str, nodes: Sequence[str]) -> None:
        """Marks the lines of nodes of a network, or of a phase, and brings the first into view."""
        self._marked = tuple(Place(where, node) for node in nodes)
        self._mark()
        lines = self._lines()
        if lines:
            self.view.bring(lines[0])

    # --- keeping up ---------------------------------------------------------------------

    def _later(self, before: Design, after: Design) -> None:
        if self._sight.now and not _same_code(before, after):
            self._settle.start()

    def _catch_up(self, seen: bool) -> None:
        if seen:
            self.refresh()

    def refresh(self) -> None:
        """Prints the design now. While something does not fit, the last text stays, with a word on why."""
        self._settle.stop()
        design, last = self._document.design, self._printed
        if last is not None and last[0] == self.file and _same_code(last[1], design):
            return
        self._printed = self.file, design
        try:
            self._sources[self.file] = _PRINTERS[self.file](design)
        except (CannotPrint, CannotPlan, NoData) as wrong:
            why = wrong.message if isinstance(wrong, CannotPrint) else str(wrong)
            self._tell(f"{'Not up to date' if self._source else 'Nothing to show yet'}: {why}", "warning")
        else:
            lines = len(self._sources[self.file].lines)
            self._tell(f"{lines:,} lines  ·  {_TOLD[self.file]}", "small")
        text = self._source.text if self._source else ""
        if text != self.text:
            self.view.show_text(text)
        self._mark()

    @property
    def _source(self) -> Source | None:
        return self._sources.get(self.file)

    def _tell(self, words: str, role: str) -> None:
        self.state.setText(words)
        self.state.setToolTip(words)
        if self.state.property("role") != role:
            self.state.setProperty("role", role)
            self.state.style().unpolish(self.state)
            self.state.style().polish(self.state)

    # --- lines and nodes ----------------------------------------------------------------

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


def _same_code(one: Design, other: Design) -> bool:
    """Whether two designs print the same, as those do that differ in places of nodes only."""
    return (
        one.networks is other.networks
        and one.title == other.title
        and one.data is other.data
        and one.training is other.training
    )
