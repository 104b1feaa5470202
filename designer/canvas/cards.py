"""Painting nodes: boxes from afar, names from the middle, whole cards from near."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QStaticText

from blocks.graph import Node
from blocks.measure import Row
from designer.canvas.inks import Inks, prepared, strip
from designer.canvas.metrics import BACK, FAR, NEAR
from designer.canvas.sheet import ERROR, WARNING, Sheet
from designer.canvas.words import detail, parameter_count
from designer.theme import CARD_HEIGHT, CARD_WIDTH, RADIUS, STRIP

Box = tuple[float, float, float, float]
_LEFT = STRIP + 12.0
_RIGHT = CARD_WIDTH - 12.0
_MARK = 7.5  # radius of the round mark of an error
_DIM = 0.32


@dataclass(slots=True)
class _Face:
    """The words of one card, laid out."""

    node: Node
    row: Row | None
    name: QStaticText
    detail: QStaticText
    count: QStaticText
    count_width: float
    badge: str


class CardPainter:
    """Paints the nodes of a sheet; keeps the laid-out words of those it has shown."""

    def __init__(self, sheet: Sheet, inks: Inks) -> None:
        self._sheet, self._inks = sheet, inks
        self._faces: dict[str, _Face] = {}
        self._strip = strip()
        self.dimmed: NDArray[np.bool_] | None = None  # nodes that step back while a wire is drawn

    def restyle(self, inks: Inks) -> None:
        """Paints with other colours and fonts from now on."""
        self._inks = inks
        self._faces.clear()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints what of the nodes lies in `box`."""
        visible = self._sheet.within(box)
        if zoom < FAR:
            self._paint_boxes(painter, visible, zoom)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        if self.dimmed is None:
            self._paint_cards(painter, visible.tolist(), zoom)
            return
        dimmed = self.dimmed[visible]
        painter.setOpacity(_DIM)
        self._paint_cards(painter, visible[dimmed].tolist(), zoom)
        painter.setOpacity(1.0)
        self._paint_cards(painter, visible[~dimmed].tolist(), zoom)

    def _paint_boxes(self, painter: QPainter, visible: NDArray[np.intp], zoom: float) -> None:
        """All boxes of a category with one call, straight from the array."""
        sheet, inks = self._sheet, self._inks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rects = np.empty((len(visible), 4))
        rects[:, :2] = sheet.at[visible]
        rects[:, 2:] = CARD_WIDTH, CARD_HEIGHT
        kinds, bad = sheet.kind[visible], sheet.level[visible] == ERROR
        painter.setPen(Qt.PenStyle.NoPen)
        for kind, look in enumerate(sheet.kinds):
            painter.setBrush(inks.box(look))
            draw_rects(painter, rects[(kinds == kind) & ~bad])
        painter.setBrush(inks.error)
        draw_rects(painter, rects[bad])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(inks.accent, 2.0 / zoom))
        draw_rects(painter, rects[sheet.selected[visible]])

    def _paint_cards(self, painter: QPainter, visible: list[int], zoom: float) -> None:
        corners = self._sheet.at[visible].tolist() if visible else []
        if zoom < NEAR:
            self._paint_plain(painter, visible)
            self._paint_borders(painter, visible, corners)
            self._paint_names(painter, visible, corners, CARD_HEIGHT / 2)
            return
        self._paint_bodies(painter, visible, corners)
        self._paint_strips(painter, visible, corners)
        self._paint_borders(painter, visible, corners)
        self._paint_names(painter, visible, corners, 15.0)
        self._paint_details(painter, visible, corners)
        for i, (x, y) in zip(visible, corners, strict=True):
            if self._sheet.level[i] == ERROR:
                self._paint_mark(painter, x + CARD_WIDTH, y)

    def _paint_plain(self, painter: QPainter, visible: list[int]) -> None:
        """Cards with square corners, which nobody can tell at this zoom, a few calls for all of them."""
        sheet, inks = self._sheet, self._inks
        rects = np.empty((len(visible), 4))
        rects[:, :2] = sheet.at[visible]
        rects[:, 2:] = CARD_WIDTH, CARD_HEIGHT
        painter.setBrush(inks.card)
        painter.setPen(inks.border)
        draw_rects(painter, rects[sheet.composite[visible]] + (BACK, BACK, 0.0, 0.0))
        draw_rects(painter, rects)
        rects[:, 2] = STRIP
        kinds = sheet.kind[visible]
        painter.setPen(Qt.PenStyle.NoPen)
        for kind, look in enumerate(sheet.kinds):
            painter.setBrush(inks.category(look))
            draw_rects(painter, rects[kinds == kind])

    def _paint_bodies(self, painter: QPainter, visible: list[int], corners: list[list[float]]) -> None:
        sheet, inks = self._sheet, self._inks
        composite = sheet.composite
        painter.setBrush(inks.card)
        painter.setPen(inks.border)
        for i, (x, y) in zip(visible, corners, strict=True):
            if composite[i]:
                painter.drawRoundedRect(QRectF(x + BACK, y + BACK, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)
        for x, y in corners:
            painter.drawRoundedRect(QRectF(x, y, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)

    def _paint_borders(self, painter: QPainter, visible: list[int], corners: list[list[float]]) -> None:
        """The border of cards that are chosen or have a problem, over their strips."""
        sheet = self._sheet
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for i, (x, y) in zip(visible, corners, strict=True):
            if sheet.selected[i] or sheet.level[i] >= WARNING:
                painter.setPen(self._pen(i))
                painter.drawRoundedRect(QRectF(x, y, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)

    def _pen(self, i: int) -> QPen:
        level = int(self._sheet.level[i])
        chosen = bool(self._sheet.selected[i]) and level != ERROR
        return self._inks.chosen if chosen else self._inks.levels[level]

    def _paint_strips(self, painter: QPainter, visible: list[int], corners: list[list[float]]) -> None:
        sheet, inks = self._sheet, self._inks
        colours = [inks.category(look) for look in sheet.kinds]
        painter.setPen(Qt.PenStyle.NoPen)
        done = 0.0, 0.0
        for i, (x, y) in zip(visible, corners, strict=True):
            painter.translate(x - done[0], y - done[1])
            painter.fillPath(self._strip, colours[sheet.kind[i]])
            done = x, y
        painter.translate(-done[0], -done[1])

    def _paint_names(self, painter: QPainter, visible: list[int], corners: list[list[float]], middle: float) -> None:
        painter.setFont(self._inks.strong)
        painter.setPen(self._inks.text)
        top = middle - self._inks.strong_metrics.height() / 2
        for i, (x, y) in zip(visible, corners, strict=True):
            painter.drawStaticText(QPointF(x + _LEFT, y + top), self._face(i).name)

    def _paint_details(self, painter: QPainter, visible: list[int], corners: list[list[float]]) -> None:
        inks = self._inks
        half = inks.small_metrics.height() / 2
        painter.setFont(inks.small)
        painter.setPen(inks.muted)
        faces = [self._face(i) for i in visible]
        for face, (x, y) in zip(faces, corners, strict=True):
            painter.drawStaticText(QPointF(x + _LEFT, y + 32.0 - half), face.detail)
        painter.setPen(inks.hint)
        for face, (x, y) in zip(faces, corners, strict=True):
            if face.count_width:
                painter.drawStaticText(QPointF(x + _RIGHT - face.count_width, y + 15.0 - half), face.count)
        for face, (x, y) in zip(faces, corners, strict=True):
            if face.badge:
                self._paint_badge(painter, face.badge, x + _RIGHT, y + 32.0)

    def _paint_badge(self, painter: QPainter, text: str, right: float, middle: float) -> None:
        inks = self._inks
        painter.setFont(inks.badge)
        rect = QRectF(right - _badge_width(inks, text), middle - 8.0, _badge_width(inks, text), 16.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.accent_tint)
        painter.drawRoundedRect(rect, 8.0, 8.0)
        painter.setPen(inks.accent_text)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_mark(self, painter: QPainter, x: float, y: float) -> None:
        """The round exclamation mark on the corner of a card that cannot run."""
        inks = self._inks
        painter.setPen(QPen(inks.canvas, 1.5))
        painter.setBrush(inks.error)
        painter.drawEllipse(QPointF(x, y), _MARK, _MARK)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(inks.on_error)
        painter.drawRoundedRect(QRectF(x - 0.9, y - 4.2, 1.8, 5.2), 0.8, 0.8)
        painter.drawEllipse(QPointF(x, y + 3.2), 1.1, 1.1)

    def _face(self, i: int) -> _Face:
        name, node, row = self._sheet.names[i], self._sheet.nodes[i], self._sheet.rows[i]
        face = self._faces.get(name)
        if face is None or face.node is not node or face.row is not row:
            face = self._faces[name] = self._new_face(name, node, row)
        return face

    def _new_face(self, name: str, node: Node, row: Row | None) -> _Face:
        inks = self._inks
        count = parameter_count(row)
        count_width = inks.small_metrics.horizontalAdvance(count) if count else 0.0
        badge = f"×{node.repeat}" if node.repeat > 1 else ""
        room = _RIGHT - _LEFT
        shown = _elided(inks.strong_metrics, name, room - (count_width + 8 if count else 0))
        told = _elided(inks.small_metrics, detail(node), room - (_badge_width(inks, badge) + 6 if badge else 0))
        name_text, detail_text = prepared(shown, inks.strong), prepared(told, inks.small)
        return _Face(node, row, name_text, detail_text, prepared(count, inks.small), count_width, badge)

    def forget(self) -> None:
        """Lets go of the words of nodes that are gone."""
        index = self._sheet.index
        if len(self._faces) > 2 * len(index) + 64:
            self._faces = {name: face for name, face in self._faces.items() if name in index}


def draw_rects(painter: QPainter, rects: NDArray[np.float64]) -> None:
    """Draws rows of x, y, width, height with one call, without an object for each."""
    if len(rects):
        held = np.ascontiguousarray(rects)
        painter.drawRects(shiboken6.wrapInstance(held.ctypes.data, QRectF), len(held))  # type: ignore[call-overload]


def _badge_width(inks: Inks, text: str) -> float:
    return inks.small_metrics.horizontalAdvance(text) + 18.0


def _elided(metrics: QFontMetricsF, text: str, width: float) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
