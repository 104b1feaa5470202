"""A sentence at the cursor: why something is refused, said where the hand is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

_AWAY = QPoint(16, 18)
_WIDEST = 340
_LASTS = 4_500  # ms


class Bubble(QLabel):
    """A small card with one sentence over the canvas; it takes no clicks."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setObjectName("bubble")
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self.hide)
        self.hide()

    def restyle(self, text: str, ground: str, border: str) -> None:
        """Shows itself in other colours."""
        self.setStyleSheet(
            f"QLabel#bubble {{ color: {text}; background: {ground}; border: 1px solid {border};"
            " border-radius: 6px; padding: 5px 9px; }"
        )

    def say(self, sentence: str, pixel: QPointF, *, passing: bool = False) -> None:
        """Shows a sentence beside a point of the viewport; a `passing` one goes by itself."""
        if sentence != self.text() or not self.isVisible():
            self.setText(sentence)
            wide = self.fontMetrics().horizontalAdvance(sentence) + 24
            self.setFixedWidth(min(wide, _WIDEST))
            self.adjustSize()
        self.move(self._placed(pixel.toPoint() + _AWAY))
        self.show()
        self.raise_()
        if passing:
            self._clock.start(_LASTS)
        else:
            self._clock.stop()

    def hush(self) -> None:
        """Takes the sentence away."""
        self._clock.stop()
        self.hide()

    def _placed(self, at: QPoint) -> QPoint:
        area = self._ground.rect()
        return QPoint(
            max(4, min(at.x(), area.right() - self.width() - 4)), max(4, min(at.y(), area.bottom() - self.height() - 4))
        )
