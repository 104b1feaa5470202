"""How curves are drawn, in one quiet line: steps or epochs, log axis, smoothing."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)


class CurveControls(QWidget):
    """Steps or epochs along x, a logarithmic y axis, and the smoothing weight from 0 to 0.99."""

    changed = Signal()
    smoothed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._steps = _toggle("Steps", "Count steps along the axis")
        self._epochs = _toggle("Epochs", "Count epochs along the axis")
        self._log = _toggle("Log", "Logarithmic scale: shows how small losses still fall")
        group = QButtonGroup(self)
        group.addButton(self._steps)
        group.addButton(self._epochs)
        self._steps.setChecked(True)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, 99)
        self._slider.setFixedWidth(88)
        self._slider.setAccessibleName("Smoothing")
        self._slider.setToolTip("Smoothing of the bold training line, from 0 (none) to 0.99")
        self._weight = QLabel()
        self._weight.setProperty("role", "small")
        self._slider.valueChanged.connect(self._moved)
        self._slider.setValue(90)
        for button in (self._epochs, self._log):
            button.toggled.connect(self.changed)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for widget in (self._steps, self._epochs, self._log):
            row.addWidget(widget)
        row.addSpacing(12)
        row.addWidget(self._slider)
        row.addSpacing(6)
        row.addWidget(self._weight)
        self.setFixedHeight(26)
        self._weight.setFixedWidth(self._weight.fontMetrics().horizontalAdvance("0.000"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def epochs(self) -> bool:
        """Whether x counts epochs."""
        return self._epochs.isChecked() and self._epochs.isEnabled()

    def log(self) -> bool:
        """Whether y is logarithmic."""
        return self._log.isChecked()

    def smoothing(self) -> float:
        """The weight of the past in the smoothed line, from 0 to 0.99."""
        return self._slider.value() / 100

    def allow_epochs(self, known: bool) -> None:
        """Offers epochs only where the training says how long one is."""
        self._epochs.setEnabled(known)
        self._epochs.setToolTip("Count epochs along the axis" if known else "This training has no epochs to count")

    def take(self, other: CurveControls) -> None:
        """Sets everything as the other controls stand."""
        self._epochs.setChecked(other._epochs.isChecked())
        self._log.setChecked(other.log())
        self._slider.setValue(other._slider.value())

    def _moved(self, value: int) -> None:
        self._weight.setText(f"{value / 100:.2f}")
        self.smoothed.emit(value / 100)


def _toggle(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setCheckable(True)
    button.setProperty("compact", True)
    return button
