"""The ground of the canvas: its colour, and dots to judge distances by."""

from __future__ import annotations

import numpy as np
import shiboken6
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainter, QPen, QPixmap

from designer.canvas.cards import Box
from designer.canvas.inks import Inks
from designer.canvas.metrics import DOTS

_CLOSEST = 20.0  # pixels of the screen between dots
_FADED = 0.3  # zoom below which dots only disturb


class Ground:
    """Paints what lies under everything; kept as a picture while the eye does not move."""

    def __init__(self, inks: Inks) -> None:
        self._inks = inks
        self._shown: object = None
        self._picture = QPixmap()

    def restyle(self, inks: Inks) -> None:
        """Paints in other colours from now on."""
        self._inks, self._shown = inks, None

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Fills the device of the painter and sets the dots of the box in sight."""
        device = painter.device()
        size, ratio = (device.width(), device.height()), device.devicePixelRatioF()
        shown = box, zoom, size, ratio
        if shown != self._shown:
            self._shown, self._picture = shown, self._drawn(box, zoom, size, ratio)
        painter.save()
        painter.resetTransform()
        painter.drawPixmap(0, 0, self._picture)
        painter.restore()

    def _drawn(self, box: Box, zoom: float, size: tuple[int, int], ratio: float) -> QPixmap:
        picture = QPixmap(round(size[0] * ratio), round(size[1] * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(self._inks.canvas)
        dots = _dots(box, zoom)
        if len(dots):
            painter = QPainter(picture)
            painter.setPen(QPen(self._inks.grid, 2.0))
            held = np.ascontiguousarray(dots)
            painter.drawPoints(shiboken6.wrapInstance(held.ctypes.data, QPointF), len(held))  # type: ignore[call-overload]
            painter.end()
        return picture


def _dots(box: Box, zoom: float) -> np.ndarray:
    """Where dots are seen, in pixels of the screen."""
    if zoom < _FADED:
        return np.empty((0, 2))
    step = float(DOTS)
    while step * zoom < _CLOSEST:
        step *= 2
    xs = np.arange(np.floor(box[0] / step), box[2] / step + 1) * step
    ys = np.arange(np.floor(box[1] / step), box[3] / step + 1) * step
    return (np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2) - box[:2]) * zoom
