"""Asks what the network is called into which the selected nodes go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit

from blocks.edits import fresh_name
from designer.canvas.asking import Question
from designer.theme import GAP

if TYPE_CHECKING:
    from designer.canvas.view import Canvas

_FIRST, _ENDS = "Block", {"input", "output"}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class GroupField(Question):
    """Enter makes the network and puts it in the place of the nodes; Esc leaves them as they are."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas, "Group into a network")
        self._nodes: tuple[str, ...] = ()
        self.label, self.field = QLabel("Group into a network called"), QLineEdit(self)
        self.field.setAccessibleName("Name of the network")
        self.field.setMaxLength(64)
        self.field.setFixedWidth(160)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, GAP, 12, GAP)
        row.setSpacing(GAP)
        row.addWidget(self.label)
        row.addWidget(self.field)
        self.field.installEventFilter(self)

    def open(self, nodes: tuple[str, ...]) -> None:
        """Appears beside the last of some nodes, with a name that is free."""
        self._nodes = nodes
        self.field.setText(fresh_name(self._canvas.sheet.checked.networks, _FIRST))
        self.field.selectAll()
        self._appear(nodes[-1], self.field)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() in _ENTER:
            self._take()
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        return False

    def _take(self) -> None:
        """Asks for the network; where it is refused, which is said, another name can be typed."""
        before = self._canvas.sheet.graph
        self._canvas.grouped.emit(self._nodes, self.field.text().strip())
        if self._canvas.sheet.graph is before:
            self.field.selectAll()
        else:
            self.leave()


def why_not_group(canvas: Canvas) -> str:
    """Why the selection can be no network of its own; empty where it may be one."""
    graph, chosen = canvas.sheet.graph, canvas.selection()
    if not chosen:
        return "Select one or more nodes first."
    ends = all(graph.block(name).role in _ENDS for name in chosen)
    return "An Input or Output stays where it is; select other nodes too." if ends else ""
