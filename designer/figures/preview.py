"""A figure as large as the room it is given, never larger than it is."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from designer.canvas.inks import mixed
from designer.figures.output import Figure, image
from designer.theme import RADIUS, Theme

_EDGE = 16.0  # around the figure, px
_CHECK = 8  # side of a square of what shows through
_FAINT = 0.16  # how much the squares stand out


class Preview(QWidget):
    """Shows a figure; squares show through where it has no ground."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._figure: Figure | None = None
        self._transparent = False
        self._picture = QPixmap()
        self.setMinimumSize(320, 320)
        self.setAccessibleName("Preview of the picture")

    def sizeHint(self) -> QSize:
        return QSize(680, 600)

    def set_theme(self, theme: Theme) -> None:
        """The frame in other colours."""
        self._theme = theme
        self.update()

    def show_figure(self, figure: Figure | None, transparent: bool) -> None:
        """Shows a figure, or nothing."""
        self._figure, self._transparent = figure, transparent
        self._picture = QPixmap()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(QPen(QColor(self._theme.line), 1.0))
            painter.setBrush(QColor(self._theme.inset))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
            if self._figure is not None:
                self._paint_figure(painter, self._figure)

    def _paint_figure(self, painter: QPainter, figure: Figure) -> None:
        room = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        size = figure.area.size()
        scale = min(room.width() / size.width(), room.height() / size.height(), 1.0)
        ratio = self.devicePixelRatioF()
        if self._picture.isNull() or self._picture.width() != round(size.width() * scale * ratio):
            self._picture = QPixmap.fromImage(image(figure, scale * ratio, self._transparent))
        place = QRectF(0, 0, size.width() * scale, size.height() * scale)
        place.moveCenter(room.center())
        if self._transparent:
            self._paint_squares(painter, place, figure.ground)
        painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))

    def _paint_squares(self, painter: QPainter, place: QRectF, ground: QColor) -> None:
        """Squares about as light as the ground for which the colours are made, so that the picture can be judged."""
        painter.save()
        painter.setClipRect(place)
        painter.fillRect(place, ground)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(QColor("#808080"), ground, _FAINT))
        for row in range(int(place.height()) // _CHECK + 1):
            for column in range(row % 2, int(place.width()) // _CHECK + 1, 2):
                painter.drawRect(QRectF(place.left() + column * _CHECK, place.top() + row * _CHECK, _CHECK, _CHECK))
        painter.restore()
