"""Paints a composition: feature maps as papers draw them."""

from __future__ import annotations

from math import atan2, cos, hypot, pi, sin

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from designer.canvas.inks import mixed
from designer.figures.choice import Choice, Subject
from designer.figures.composition import RADIUS, Arrow, Composition, Placed, Role, Swatch, Words, compose
from designer.figures.printed import PRINT
from designer.figures.solids import BAND, STRIP, Solid, strip_places
from designer.figures.story import Kind, story
from designer.theme import CATEGORY_TOKENS, Theme, fonts

_MARGIN = 24.0
_FRONT, _TOP, _SIDE, _BAND = 0.30, 0.16, 0.44, 0.72  # how much of its colour a face has
_CORNER = 9.0  # radius of an arc's corners
_HEAD = 7.0, 3.0  # length and half width of an arrow's head
_DASHES = [3.0, 3.0]
# On paper categories differ in how dark they are, so that they are told apart in grey.
_GREYS = {"convolution": 1.2, "composite": 1.45, "pooling": 0.35, "linear": 0.75, "join": 0.15, "ends": 0.5}


class StackFigure:
    """The feature maps of a network, left to right."""

    def __init__(self, subject: Subject, choice: Choice, theme: Theme) -> None:
        self.title = subject.name
        self._theme, self.ground = theme, QColor(theme.canvas)
        faces = fonts()
        self._fonts: dict[Role, QFont] = {
            "name": _weighed(faces.small, QFont.Weight.DemiBold),
            "size": faces.small,
            "op": faces.small,
            "count": faces.small,
            "sign": faces.strong,
            "legend": faces.small,
        }
        self._metrics = {role: QFontMetricsF(font) for role, font in self._fonts.items()}
        told = story(subject.graph, subject.checked)
        self.composition: Composition = compose(
            told, self._width, shapes=choice.shapes, counts=choice.counts, words=choice.words
        )
        x1, y1, x2, y2 = self.composition.box
        self.area = QRectF(x1, y1, x2 - x1, y2 - y1).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)

    def _width(self, text: str, role: Role) -> float:
        return self._metrics[role].horizontalAdvance(text)

    def paint(self, painter: QPainter) -> None:
        """Paints arrows, solids and words."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for arrow in self.composition.arrows:
            self._paint_arrow(painter, arrow)
        for placed in self.composition.solids:
            if placed.part.role == "join":
                self._paint_join(painter, placed)
            elif placed.part.role == "feature":
                self._paint_solid(painter, placed)
        for swatch in self.composition.swatches:
            self._paint_swatch(painter, swatch)
        for words in self.composition.words:
            self._paint_words(painter, words)

    # Words

    def _paint_words(self, painter: QPainter, words: Words) -> None:
        theme = self._theme
        strong = words.role in ("name", "sign")
        painter.setFont(self._fonts[words.role])
        painter.setPen(QColor(theme.text if strong else theme.hint if words.role == "count" else theme.muted))
        x = words.x if words.left else words.x - words.width / 2
        painter.drawText(QPointF(x, words.y), words.text)

    def _paint_swatch(self, painter: QPainter, swatch: Swatch) -> None:
        painter.setPen(self._edge(swatch.look))
        painter.setBrush(self._face(swatch.look, _SIDE))
        painter.drawRect(QRectF(swatch.x, swatch.y, 10.0, 10.0))

    # Solids

    def _colour(self, look: Kind) -> QColor:
        return QColor(self._theme.category_colour(*look))

    def _face(self, look: Kind, share: float) -> QColor:
        if self._theme.name == PRINT.name:
            share = min(share * _GREYS.get(_token(look), 1.0), 1.0)
        return mixed(self._colour(look), QColor(self._theme.card), share)

    def _edge(self, look: Kind) -> QPen:
        return QPen(self._colour(look), 1.0, j=Qt.PenJoinStyle.RoundJoin)

    def _paint_solid(self, painter: QPainter, placed: Placed) -> None:
        solid, look = placed.solid, placed.part.look
        top = placed.y - solid.whole[1] / 2 + solid.up
        front = QRectF(placed.x, top, solid.width, solid.height)
        painter.setPen(self._edge(look))
        if solid.sort == "unknown":
            self._paint_unknown(painter, front)
        elif solid.sort == "dot":
            painter.setBrush(self._face(look, _BAND))
            painter.drawEllipse(front)
        elif solid.sort in ("strips", "rows"):
            self._paint_strips(painter, front, solid, look)
        else:
            self._paint_block(painter, front, placed)

    def _paint_unknown(self, painter: QPainter, front: QRectF) -> None:
        pen = QPen(QColor(self._theme.hint), 1.0)
        pen.setDashPattern(_DASHES)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(front)
        painter.setPen(QColor(self._theme.hint))
        painter.setFont(self._fonts["sign"])
        painter.drawText(QPointF(front.center().x() - self._width("?", "sign") / 2, front.center().y() + 4.5), "?")

    def _paint_strips(self, painter: QPainter, front: QRectF, solid: Solid, look: Kind) -> None:
        upright = solid.sort == "strips"
        painter.setBrush(self._face(look, _FRONT))
        places = strip_places(solid)
        for at in places:
            if upright:
                painter.drawRect(QRectF(front.left() + at, front.top(), STRIP, front.height()))
            else:
                painter.drawRect(QRectF(front.left(), front.top() + at, front.width(), STRIP))
        if solid.more:
            self._paint_gap(painter, front, (places[-2] + STRIP + places[-1]) / 2, upright)

    def _paint_gap(self, painter: QPainter, front: QRectF, at: float, upright: bool) -> None:
        """Three points where more strips stand than are drawn."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.muted))
        for k in (-1, 0, 1):
            x, y = (
                (front.left() + at + 3.5 * k, front.center().y()) if upright else (front.center().x(), front.top() + at)
            )
            painter.drawEllipse(QPointF(x, y + (0.0 if upright else 3.5 * k)), 1.0, 1.0)

    def _paint_block(self, painter: QPainter, front: QRectF, placed: Placed) -> None:
        solid, look = placed.solid, placed.part.look
        if solid.right:
            self._paint_slanted(painter, front, solid, look)
        painter.setBrush(self._face(look, _FRONT))
        painter.drawRect(front)
        self._paint_bands(painter, front, placed)
        if solid.cells > 1:
            step = front.height() / solid.cells
            painter.setPen(self._edge(look))
            for k in range(1, solid.cells):
                y = front.top() + k * step
                painter.drawLine(QPointF(front.left(), y), QPointF(front.right(), y))
        if look[1]:
            self._paint_inner(painter, front, placed)

    def _paint_slanted(self, painter: QPainter, front: QRectF, solid: Solid, look: Kind) -> None:
        """The top and the right side."""
        way = QPointF(solid.right, -solid.up)
        painter.setBrush(self._face(look, _TOP))
        painter.drawPolygon(
            QPolygonF([front.topLeft(), front.topRight(), front.topRight() + way, front.topLeft() + way])
        )
        painter.setBrush(self._face(look, _SIDE))
        corners = [front.topRight(), front.bottomRight(), front.bottomRight() + way, front.topRight() + way]
        painter.drawPolygon(QPolygonF(corners))

    def _paint_bands(self, painter: QPainter, front: QRectF, placed: Placed) -> None:
        """At the right of the front, and on top: normalization, activation and what else follows at once."""
        bands, way = placed.part.bands, QPointF(placed.solid.right, -placed.solid.up)
        for k, look in enumerate(bands):
            x = front.right() - BAND * (len(bands) - k)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._face(look, _BAND))
            painter.drawRect(QRectF(x, front.top(), BAND, front.height()))
            if placed.solid.right:
                left, right = QPointF(x, front.top()), QPointF(x + BAND, front.top())
                painter.drawPolygon(QPolygonF([left, right, right + way, left + way]))
        if bands:
            self._paint_outline(painter, front, placed, way)

    def _paint_outline(self, painter: QPainter, front: QRectF, placed: Placed, way: QPointF) -> None:
        """The edges that bands have covered."""
        painter.setPen(self._edge(placed.part.look))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(front)
        if placed.solid.right:
            left, right = front.topLeft(), front.topRight()
            painter.drawPolygon(QPolygonF([left, right, right + way, left + way]))

    def _paint_inner(self, painter: QPainter, front: QRectF, placed: Placed) -> None:
        """A second edge tells that layers are inside."""
        room = front.adjusted(2.5, 2.5, -2.5 - BAND * len(placed.part.bands), -2.5)
        if room.width() > 3 and room.height() > 3:
            painter.setPen(QPen(self._face(placed.part.look, _BAND), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room)

    def _paint_join(self, painter: QPainter, placed: Placed) -> None:
        middle = QPointF(placed.x + RADIUS, placed.y)
        colour = self._colour(placed.part.look)
        painter.setPen(QPen(colour, 1.25))
        painter.setBrush(QColor(self._theme.card))
        painter.drawEllipse(middle, RADIUS, RADIUS)

    # Arrows

    def _paint_arrow(self, painter: QPainter, arrow: Arrow) -> None:
        ink = QColor(self._theme.muted)
        points = [QPointF(*point) for point in arrow.points]
        painter.setPen(QPen(ink, 1.25, c=Qt.PenCapStyle.FlatCap))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        tip, before = points[-1], points[-2]
        points[-1] = _short_of(tip, before)
        painter.drawPath(_bent(points) if arrow.curved else _cornered(points))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPolygon(_head(tip, before))
        if arrow.dot:
            painter.drawEllipse(points[0], 2.2, 2.2)


def _token(look: Kind) -> str:
    category, composite = look
    return "composite" if composite else CATEGORY_TOKENS.get(category, "join")


def _weighed(font: QFont, weight: QFont.Weight) -> QFont:
    heavier = QFont(font)
    heavier.setWeight(weight)
    return heavier


def _bent(points: list[QPointF]) -> QPainterPath:
    """Straight, over into another lane, straight."""
    start, leave, reach, end = points
    middle = (leave.x() + reach.x()) / 2
    path = QPainterPath(start)
    path.lineTo(leave)
    path.cubicTo(QPointF(middle, leave.y()), QPointF(middle, reach.y()), reach)
    path.lineTo(end)
    return path


def _cornered(points: list[QPointF]) -> QPainterPath:
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.lineTo(_toward(corner, before, _CORNER))
        path.quadTo(corner, _toward(corner, after, _CORNER))
    path.lineTo(points[-1])
    return path


def _toward(start: QPointF, goal: QPointF, way: float) -> QPointF:
    length = hypot(goal.x() - start.x(), goal.y() - start.y())
    share = min(way, length / 2) / length if length else 0.0
    return start + (goal - start) * share


def _short_of(tip: QPointF, before: QPointF) -> QPointF:
    length = hypot(before.x() - tip.x(), before.y() - tip.y())
    return tip + (before - tip) * (min(_HEAD[0] - 1.0, length) / length) if length else tip


def _head(tip: QPointF, before: QPointF) -> QPolygonF:
    angle = atan2(before.y() - tip.y(), before.x() - tip.x())
    length, half = _HEAD
    back = tip + QPointF(cos(angle), sin(angle)) * length
    aside = QPointF(cos(angle + pi / 2), sin(angle + pi / 2)) * half
    return QPolygonF([tip, back + aside, back - aside])
