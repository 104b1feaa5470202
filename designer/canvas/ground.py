"""The ground of the canvas: its colour, and dots to judge distances by."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from designer.canvas.cards import Box
from designer.canvas.inks import Inks
from designer.canvas.metrics import DOTS

_CLOSEST = 20.0  # pixels of the screen between dots
_FADED = 0.3  # zoom below which dots only disturb


class Ground:
    """Paints what lies under everything."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks

    def restyle(self, inks: Inks) -> None:
        """Paints in other colours from now on."""
        self._inks = inks

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Fills the box in sight and sets its dots."""
        painter.fillRect(QRectF(box[0] - 2, box[1] - 2, box[2] - box[0] + 4, box[3] - box[1] + 4), self._inks.canvas)
        if zoom < _FADED:
            return
        step = float(DOTS)
        while step * zoom < _CLOSEST:
            step *= 2
        xs = np.arange(np.floor(box[0] / step), box[2] / step + 1) * step
        ys = np.arange(np.floor(box[1] / step), box[3] / step + 1) * step
        dots = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(self._inks.grid, 2.0 / zoom))
        if len(dots):
            held = np.ascontiguousarray(dots)
            painter.drawPoints(shiboken6.wrapInstance(held.ctypes.data, QPointF), len(held))  # type: ignore[call-overload]
