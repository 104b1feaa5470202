"""Where the eye is: zoom, fit, pan and reveal on a view whose scene never changes its size."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

from designer.canvas.cards import Box
from designer.canvas.metrics import LARGEST, NEAR, SMALLEST

_MARGIN = 56.0
_READING = 0.75  # the zoom at which a network too large to be read whole begins
Eye = tuple[float, float, float]  # zoom, and the point in the middle


class Camera:
    """Moves the eye of a view."""

    def __init__(self, view: QGraphicsView) -> None:
        self._view = view

    @property
    def zoom(self) -> float:
        """Pixels of the screen for one of the canvas."""
        return self._view.transform().m11()

    def eye(self) -> Eye:
        """Where the eye is, to come back to."""
        middle = self._view.mapToScene(self._view.viewport().rect().center())
        return self.zoom, middle.x(), middle.y()

    def look(self, eye: Eye) -> None:
        """Puts the eye where it was."""
        self._view.setTransform(QTransform.fromScale(eye[0], eye[0]))
        self._view.centerOn(eye[1], eye[2])

    def zoom_at(self, pixel: QPointF, factor: float) -> None:
        """Zooms; what is under `pixel` of the viewport stays there."""
        inverse, _ = self._view.viewportTransform().inverted()
        held = inverse.map(pixel)
        zoom = min(max(self.zoom * factor, SMALLEST), LARGEST)
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        now = self._view.viewportTransform().map(held)
        self.pan(pixel.x() - now.x(), pixel.y() - now.y())

    def zoom_to(self, zoom: float) -> None:
        """Sets the zoom about the middle of the view."""
        self.zoom_at(QPointF(self._view.viewport().rect().center()), zoom / self.zoom)

    def pan(self, dx: float, dy: float) -> None:
        """Moves what is seen by pixels of the screen."""
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - round(dx))
        down.setValue(down.value() - round(dy))

    def fit(self, box: Box, largest: float = 1.0) -> None:
        """Shows a box x1, y1, x2, y2 whole, with a margin, at most `largest` times its size."""
        size = self._view.viewport().size()
        wide = max(size.width() - 2 * _MARGIN, 50.0) / max(box[2] - box[0], 1.0)
        high = max(size.height() - 2 * _MARGIN, 50.0) / max(box[3] - box[1], 1.0)
        zoom = min(max(min(wide, high), SMALLEST), largest)
        self.look((zoom, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2))

    def begin(self, box: Box, middle: float) -> None:
        """Shows a box whole where its words can be read so, else its top at a zoom at which they can.

        `middle` is the x to keep in the middle where the box is too wide.
        """
        self.fit(box)
        if self.zoom >= NEAR:
            return
        size = self._view.viewport().size()
        wide = (box[2] - box[0]) * _READING <= size.width() - _MARGIN
        x = (box[0] + box[2]) / 2 if wide else middle
        self.look((_READING, x, box[1] + (size.height() / 2 - _MARGIN / 2) / _READING))

    def seen(self) -> Box:
        """The box of the canvas that is in sight."""
        area = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        return area.left(), area.top(), area.right(), area.bottom()

    def reveal(self, box: Box) -> None:
        """Moves as little as needed so that a box is in sight, and nearer where it could not be read."""
        if self.zoom < 0.5:
            self.look((0.8, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
            return
        x1, y1, x2, y2 = self.seen()
        edge = 24.0 / self.zoom
        dx = min(box[0] - edge - x1, 0.0) or max(box[2] + edge - x2, 0.0)
        dy = min(box[1] - edge - y1, 0.0) or max(box[3] + edge - y2, 0.0)
        if dx or dy:
            self.pan(-dx * self.zoom, -dy * self.zoom)
