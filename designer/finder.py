"""The box that finds nodes: what was found is listed with its place, and Enter goes from one to the next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from designer.accessible import announce
from designer.sought import Hit, hits, where
from designer.theme import GAP, ROW
from designer.two_sides import TOLD, TwoSides

__all__ = ["FindBar", "Hit", "hits"]

_WIDTH, _LINES, _MOST = 460, 8, 500
_AWAY = 12  # px from the corner of the canvas
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HINT = "Find: name, block, kernel_size=5, out_channels>128, 64x28x28, error"


class FindBar(QFrame):
    """Finds nodes while one types; Enter goes from one to the next, Shift+Enter back, Esc leaves.

    What is in sight is shown while one types; another place is opened only when it is asked for.
    """

    found = Signal(object)  # a Hit
    left = Signal()

    def __init__(self, parent: QWidget, search: Callable[[str], list[Hit]]) -> None:
        super().__init__(parent)
        self._parent = parent
        self._search, self._hits, self._at = search, list[Hit](), -1
        self._gone = False  # whether the hit at hand has been shown
        self.setProperty("role", "card")
        self.field, self.count, self.list = QLineEdit(), QLabel(), QListWidget()
        self._lay_out()
        self.field.textEdited.connect(self._look)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._clicked)
        self.hide()

    def _lay_out(self) -> None:
        self.field.setPlaceholderText(_HINT)
        self.field.setAccessibleName("Find a node")
        self.count.setProperty("role", "small")
        self.count.setMinimumWidth(64)
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.list.setAccessibleName("Nodes that were found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setItemDelegate(TwoSides(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP, GAP, GAP, GAP)
        column.setSpacing(GAP - 2)
        column.addLayout(row)
        column.addWidget(self.list)
        self.setFixedWidth(_WIDTH)

    def open(self) -> None:
        """Appears at the top of its parent with the cursor in the field, what was sought last selected."""
        self.show()
        self.raise_()
        self._look(self.field.text(), show=False)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def refresh(self, *_: object) -> None:
        """Looks again after the design changed, where it is open."""
        if self.isVisible():
            kept = self._hits[self._at] if 0 <= self._at < len(self._hits) else None
            self._look(self.field.text(), show=False)
            if kept in self._hits:
                self._at = self._hits.index(kept)
                self._tell()

    def _look(self, text: str, show: bool = True) -> None:
        self._hits = self._search(text)
        self._at = 0 if self._hits else -1
        self._fill()
        self._gone = bool(show and self._hits and self._hits[0].here)
        if self._gone:
            self.found.emit(self._hits[0])
        self._tell()

    def _fill(self) -> None:
        self.list.clear()
        for hit in self._hits[:_MOST]:
            item = QListWidgetItem(hit.node)
            item.setData(TOLD, (hit.node, hit.told, "" if hit.here else where(hit.place)))
            item.setToolTip(f"{hit.node}, {hit.told}, in {where(hit.place)}")
            self.list.addItem(item)
        self.list.setVisible(bool(self._hits))
        self.list.setFixedHeight(ROW * max(1, min(len(self._hits), _LINES)) + 4)
        self.adjustSize()
        self.move(max(self._parent.width() - self.width() - _AWAY, 0), _AWAY)  # what is found comes to the middle

    def _tell(self) -> None:
        nothing = "nothing" if self.field.text().strip() else ""
        self.count.setText(f"{self._at + 1:,} of {len(self._hits):,}" if self._hits else nothing)
        self.list.setCurrentRow(self._at if self._at < _MOST else -1)
        hit = self._hits[self._at] if self._hits else None
        announce(self.field, f"{hit.node}, {hit.told}, {self.count.text()}" if hit else self.count.text())

    def go(self, step: int) -> None:
        """Shows the next hit, or the one before; the first time the one that is marked."""
        if self._hits:
            self._at = (self._at + (step if self._gone else 0)) % len(self._hits)
            self._gone = True
            self._tell()
            self.found.emit(self._hits[self._at])
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _clicked(self, item: QListWidgetItem) -> None:
        self._at, self._gone = self.list.row(item), False
        self.go(1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if event.key() in _ENTER:
                self.go(-1 if back else 1)
            elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                self.go(1 if event.key() == Qt.Key.Key_Down else -1)
            elif event.key() == Qt.Key.Key_Escape:
                self.hide()
                self.left.emit()
            else:
                return False
            return True
        return False
