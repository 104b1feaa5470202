"""A row of widgets that goes on in the next line where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem


class Flow(QLayout):
    """Lays widgets out like words, each as wide as it wants to be."""

    def __init__(self, margins: QMargins, spacing: int) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(margins)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid(QRect(0, 0, width, 0), place=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._laid(rect, place=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        margins, size = self.contentsMargins(), QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def _laid(self, rect: QRect, *, place: bool) -> int:
        """The height that all lines take within a width; also puts the widgets there where asked to."""
        area = rect.marginsRemoved(self.contentsMargins())
        at, tall = QPoint(area.topLeft()), 0
        for item in self._items:
            size = item.sizeHint()
            if item.isEmpty():
                continue
            if at.x() > area.left() and at.x() + size.width() > area.left() + area.width():
                at, tall = QPoint(area.left(), at.y() + tall + self.spacing()), 0
            if place:
                item.setGeometry(QRect(at, size))
            at, tall = at + QPoint(size.width() + self.spacing(), 0), max(tall, size.height())
        return at.y() + tall - rect.top() + self.contentsMargins().bottom()
