"""The card that says, calmly, why a training broke off, what to do, and where."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from designer import icons
from designer.theme import Theme
from runtime.messages import Failed


class FailureCard(QFrame):
    """Shows a Failed. `revealed(network, node)` is sent to be shown where it began."""

    revealed = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("problem", "error")
        self._icon, self.message, self.repair = QLabel(), QLabel(), QLabel()
        self.message.setProperty("role", "error")
        self.repair.setProperty("role", "muted")
        for label in (self.message, self.repair):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_node = QPushButton("Show the node")
        self.show_node.clicked.connect(self._reveal)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.message)
        words.addWidget(self.repair)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 8, 12, 8)
        line.setSpacing(10)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(words, 1)
        line.addWidget(self.show_node)
        self._event: Failed | None = None
        self.set_theme(theme)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """The same in other colours."""
        self._icon.setPixmap(icons.pixmap("circle-alert", theme.error, 16, self.devicePixelRatio()))

    def show_failure(self, event: Failed) -> None:
        """Says what a run broke off with."""
        self._event = event
        self.message.setText(event.message)
        self.repair.setText(event.repair)
        self.repair.setVisible(bool(event.repair))
        self.show_node.setVisible(bool(event.node))
        self.show_node.setToolTip(f"Show {event.node} on the canvas")
        self.show()

    def _reveal(self) -> None:
        if self._event is not None:
            self.revealed.emit(self._event.network, self._event.node)
