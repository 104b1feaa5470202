"""The line above a step that is drawn by a recipe: why it cannot be changed, and the button by which it can."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from designer.scene import Scene

EDIT_BY_HAND = "Edit by hand"
_TOLD = "Makes the step a drawing of your own, which trains exactly the same; undo gives it back to the recipe."
_ABLE = "The recipe draws this step. Select the loss to change it here, or edit it all by hand."
_UNABLE = "The recipe cannot draw this step yet. Set what it lacks, or draw a step of your own by hand."
_BEGIN = "Begins a drawing of your own with the fields of the data; undo gives it back to the recipe."


class StepBar(QWidget):
    """Shown where the recipe's step is in sight. `wanted` asks to edit it by hand."""

    wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "tabs")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words, self.edit = QLabel(), QPushButton(EDIT_BY_HAND)
        self.words.setProperty("role", "muted")
        self.words.setSizePolicy(self.words.sizePolicy().Policy.Ignored, self.words.sizePolicy().Policy.Preferred)
        self.edit.clicked.connect(self._want)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 6, 12, 6)
        row.setSpacing(12)
        row.addWidget(self.words, 1)
        row.addWidget(self.edit)
        self.hide()

    def look_at(self, scene: Scene, begins: bool) -> None:
        """Says why a scene cannot be changed, where it is a recipe's step; else there is no line.

        `begins` says whether a drawing by hand can.
        """
        read_only = bool(scene.place.step) and not scene.place.path and not scene.by_hand
        told = _ABLE if scene.offered else _UNABLE if scene.trouble and begins else scene.locked
        self.words.setText(told)
        self.words.setToolTip(told)
        self.edit.setEnabled(begins)
        self.edit.setToolTip(_TOLD if scene.graph.nodes else _BEGIN if begins else scene.trouble)
        self.setVisible(read_only)

    def _want(self) -> None:
        self.wanted.emit()
