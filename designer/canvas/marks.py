"""The small drawings of the canvas, each made once for a zoom and put down many times; on paper they stay lines."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPixmap, QPolygonF

from designer import icons
from designer.canvas.inks import Inks

Places = NDArray[np.float64]
Drawing = Callable[[QPainter], None]
_PAPER = {QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture}
_ROUND = 7.5  # radius of the mark of an error
MARK_BOX = QRectF(-11.0, -11.0, 22.0, 22.0)


class Stamps:
    """Drawings by name. A drawing paints itself about (0, 0) within its box, and is put wherever it is wanted."""

    def __init__(self) -> None:
        self._held: dict[Hashable, QPixmap] = {}
        self._scale = 0.0

    def put(self, painter: QPainter, name: Hashable, box: QRectF, draw: Drawing, places: Places) -> None:
        """Puts a drawing at rows of x, y."""
        if not len(places):
            return
        if painter.paintEngine().type() in _PAPER:
            for x, y in places.tolist():
                painter.save()
                painter.translate(x, y)
                draw(painter)
                painter.restore()
            return
        scale = painter.deviceTransform().m11()
        picture = self._picture(name, box, draw, scale)
        fragments = np.zeros((len(places), 10))  # middle, source corner, source size, scales, rotation, opacity
        fragments[:, 0] = places[:, 0] + box.left() + picture.width() / scale / 2
        fragments[:, 1] = places[:, 1] + box.top() + picture.height() / scale / 2
        fragments[:, 4:6] = picture.width(), picture.height()
        fragments[:, 6:8] = 1.0 / scale
        fragments[:, 9] = 1.0
        painter.drawPixmapFragments(
            shiboken6.wrapInstance(fragments.ctypes.data, QPainter.PixmapFragment),  # type: ignore[arg-type]
            len(places),
            picture,
        )

    def _picture(self, name: Hashable, box: QRectF, draw: Drawing, scale: float) -> QPixmap:
        if scale != self._scale:
            self._held, self._scale = {}, scale
        picture = self._held.get(name)
        if picture is None:
            picture = QPixmap(int(np.ceil(box.width() * scale)), int(np.ceil(box.height() * scale)))
            picture.fill(Qt.GlobalColor.transparent)
            with QPainter(picture) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
                painter.scale(scale, scale)
                painter.translate(-box.topLeft())
                draw(painter)
            self._held[name] = picture
        return picture


def draw_icon(painter: QPainter, name: str, colour: QColor, middle: QPointF, size: float) -> None:
    """An icon in a colour."""
    icons.drawing(name, colour.name()).render(painter, QRectF(middle.x() - size / 2, middle.y() - size / 2, size, size))


def badge_width(inks: Inks, text: str) -> float:
    """How wide a badge with a text is."""
    return inks.badge_metrics.horizontalAdvance(text) + 14.0


def draw_badge(painter: QPainter, inks: Inks, text: str) -> None:
    """A word on a pill that ends at x = 0, about y = 0."""
    width = badge_width(inks, text)
    rect = QRectF(-width, -8.0, width, 16.0)
    painter.setFont(inks.badge)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(inks.accent_tint)
    painter.drawRoundedRect(rect, 8.0, 8.0)
    painter.setPen(inks.accent_text)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)


def draw_error(painter: QPainter, inks: Inks) -> None:
    """The round exclamation mark on the corner of a card that cannot run."""
    painter.setPen(QPen(inks.canvas, 1.5))
    painter.setBrush(inks.error)
    painter.drawEllipse(QPointF(0, 0), _ROUND, _ROUND)
    _draw_exclamation(painter, inks.on_error, 0.0)


def draw_warning(painter: QPainter, inks: Inks) -> None:
    """The triangle on the corner of a card that runs, but not as it should: another shape, for eyes without colours."""
    painter.setPen(QPen(inks.canvas, 1.5, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(inks.warning)
    painter.drawPolygon(QPolygonF([QPointF(0, -9.5), QPointF(9.5, 7.0), QPointF(-9.5, 7.0)]))
    _draw_exclamation(painter, inks.on_error, 1.0)


def _draw_exclamation(painter: QPainter, colour: QColor, y: float) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(-0.9, y - 4.2, 1.8, 5.2), 0.8, 0.8)
    painter.drawEllipse(QPointF(0, y + 3.2), 1.1, 1.1)
