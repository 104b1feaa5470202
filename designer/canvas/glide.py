"""Cards that go to their new places in sight of the eye, so that it can follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEasingCurve, QVariantAnimation

from designer.canvas.metrics import Layout

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

_LASTS = 180  # ms
_MOST = 2_000  # nodes; more would stutter


class Glide(QVariantAnimation):
    """Shows cards on the way from where they were to where the sheet says they are."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._stage = stage
        self._start = self._end = np.zeros((0, 2))
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setDuration(_LASTS)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        self.valueChanged.connect(self._show)

    def begin(self, before: Layout) -> None:
        """Begins the way from the places before; the sheet holds those to come."""
        sheet = self._stage.sheet
        if len(sheet.names) > _MOST or any(name not in before for name in sheet.names):
            return
        self._end = sheet.at.copy()
        self._start = np.array([before[name] for name in sheet.names]).reshape(-1, 2)
        if self._stage.isVisible() and not np.array_equal(self._start, self._end):
            self._put(self._start)
            self.start()

    def finish(self) -> None:
        """Ends the way at once: something else happens on the canvas."""
        if self.state() == QVariantAnimation.State.Running:
            self.stop()
            self._show(1.0)

    def _show(self, part: float) -> None:
        self._put(self._end if part >= 1.0 else self._start + (self._end - self._start) * part)
        self._stage.sheet.revision += part >= 1.0

    def _put(self, corners: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
        sheet = self._stage.sheet
        if len(corners) == len(sheet.at):
            sheet.move(np.arange(len(corners)), corners - sheet.at)
            self._stage.redraw()
