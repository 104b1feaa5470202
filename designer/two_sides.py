"""A line of a list in three parts: what it is, in quiet what more is known of it, and something short at the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from designer.theme import ROW

TOLD = Qt.ItemDataRole.UserRole  # holds the three texts


class TwoSides(QStyledItemDelegate):
    """A line of three texts: what it is, in quiet what more is known of it, and at the right where it is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, ROW)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = ""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        first, more, right = index.data(TOLD)
        painter.save()
        painter.setFont(option.font)
        rect, metrics = option.rect.adjusted(10, 0, -10, 0), option.fontMetrics
        quiet = option.palette.placeholderText().color()
        enabled = index.flags() & Qt.ItemFlag.ItemIsEnabled
        painter.setPen(quiet)
        room = min(metrics.horizontalAdvance(right) + 1, rect.width() // 2)  # what it is rounded off is a letter
        shown = metrics.elidedText(right, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, shown)
        left = rect.adjusted(0, 0, -room - (16 if right else 0), 0)
        painter.setPen(option.palette.text().color() if enabled else quiet)
        self._left(painter, left, first, more, quiet)
        painter.restore()

    @staticmethod
    def _left(painter: QPainter, room: QRect, first: str, more: str, quiet: QColor) -> None:
        metrics, way = painter.fontMetrics(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        name = metrics.elidedText(first, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, way, name)
        rest = room.adjusted(metrics.horizontalAdvance(name) + 12, 0, 0, 0)
        if more and rest.width() > 24:
            painter.setPen(quiet)
            painter.drawText(rest, way, metrics.elidedText(more, Qt.TextElideMode.ElideRight, rest.width()))
