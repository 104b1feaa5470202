"""Painting nodes: boxes from afar, names from the middle, whole cards from near."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen, QStaticText

from blocks.graph import Node
from blocks.measure import Row
from blocks.sharing import owner
from designer.canvas import marks
from designer.canvas.heat import Heat
from designer.canvas.inks import HEATS, Inks, Tone, prepared, strip
from designer.canvas.metrics import BACK, FAR, NEAR
from designer.canvas.sheet import ERROR, WARNING, Sheet
from designer.canvas.words import detail, parameter_count
from designer.icons import own_icon
from designer.theme import CARD_HEIGHT, CARD_WIDTH, RADIUS, STRIP

Box = tuple[float, float, float, float]
Corners = list[list[float]]
ICON = 16.0
ICON_MIDDLE = STRIP + 16.0
LEFT = STRIP + 30.0  # where the words begin
RIGHT = CARD_WIDTH - 12.0  # where they end
UPPER, LOWER = 15.0, 32.0  # the middles of the two lines
_SIGN = 13.0  # width of a sign
_SIGNS = ("snowflake", "refresh-cw", "link")  # a frozen node, one computed again, one that shares weights
_GAP = 6.0
_SPARE = 5.0  # by which a line of settings may come nearer to the edge of its card than a number does
_BETWEEN = " · "  # settings
_FEW = 2  # letters by which a network is told from another
_CARD_BOX = QRectF(-1.0, -1.0, CARD_WIDTH + BACK + 2.0, CARD_HEIGHT + BACK + 2.0)
_DIM = 0.32
_PULSE = 2.5  # the height of the bar of a training


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
    signs: tuple[str, ...]
    lends: bool  # its weights to other nodes
    uses: int  # of the network that stands there


class CardPainter:
    """Paints the nodes of a sheet; keeps the laid-out words of those it has shown."""

    def __init__(self, sheet: Sheet, inks: Inks) -> None:
        self._sheet, self._inks = sheet, inks
        self._faces: dict[str, _Face] = {}
        self._strip, self._stamps = strip(), marks.Stamps()
        self.dimmed: NDArray[np.bool_] | None = None  # nodes that step back while a wire is drawn
        self._lending: set[str] = set()
        self.heat: Heat | None = None
        self.with_counts = True  # whether parameter counts are written
        self.pulse: Mapping[str, float] = {}  # the log10 of update to weight by node, while a training runs

    def restyle(self, inks: Inks) -> None:
        """Paints with other colours and fonts from now on."""
        self._inks, self._stamps = inks, marks.Stamps()
        self._faces.clear()

    def paint(self, painter: QPainter, box: Box, zoom: float) -> None:
        """Paints what of the nodes lies in `box`."""
        visible, graph = self._sheet.within(box), self._sheet.graph
        self._lending = {owner(graph.nodes, name) for name in graph.sharers}
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

    # From afar

    def _paint_boxes(self, painter: QPainter, visible: NDArray[np.intp], zoom: float) -> None:
        """All boxes of a colour with one call, straight from the array."""
        sheet, inks = self._sheet, self._inks
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rects = self._rects(visible)
        bad = sheet.level[visible] == ERROR
        painter.setPen(Qt.PenStyle.NoPen)
        if self.heat is None:
            groups, brushes = sheet.kind[visible].astype(np.intp), [inks.box(look[:2]) for look in sheet.kinds]
        else:
            painter.setPen(QPen(inks.border.color(), 0.0))
            groups, brushes = self._steps(self.heat, visible), inks.heats
        for group, brush in enumerate(brushes):
            painter.setBrush(brush)
            draw_rects(painter, rects[(groups == group) & ~bad])
        painter.setBrush(inks.error)
        draw_rects(painter, rects[bad])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(inks.accent, 2.0 / zoom))
        draw_rects(painter, rects[sheet.selected[visible]])

    def _rects(self, visible: NDArray[np.intp] | Sequence[int]) -> NDArray[np.float64]:
        rects = np.empty((len(visible), 4))
        rects[:, :2] = self._sheet.at[visible]
        rects[:, 2:] = CARD_WIDTH, CARD_HEIGHT
        return rects

    @staticmethod
    def _steps(heat: Heat, visible: NDArray[np.intp]) -> NDArray[np.intp]:
        steps: NDArray[np.intp] = np.rint(heat.share[visible] * (HEATS - 1)).astype(np.intp)
        return steps

    # From the middle and from near

    def _paint_cards(self, painter: QPainter, visible: list[int], zoom: float) -> None:
        """Withdrawn cards in their own tone, all others after them."""
        nodes, inks = self._sheet.nodes, self._inks
        muted = [i for i in visible if nodes[i].muted]
        lively = [i for i in visible if not nodes[i].muted] if muted else visible
        paint = self._paint_middle if zoom < NEAR else self._paint_near
        for some, tone in ((muted, inks.withdrawn), (lively, inks.heated if self.heat is not None else inks.lively)):
            if some:
                paint(painter, some, self._sheet.at[some].tolist(), tone)

    def _paint_middle(self, painter: QPainter, visible: list[int], corners: Corners, tone: Tone) -> None:
        """Cards with square corners, which nobody can tell at this zoom, a few calls for all of them."""
        sheet = self._sheet
        rects, kinds = self._rects(visible), sheet.kind[visible]
        painter.setPen(tone.border)
        painter.setBrush(tone.body)
        draw_rects(painter, rects[sheet.composite[visible]] + (BACK, BACK, 0.0, 0.0))
        for brush, some in self._bodies(np.array(visible), tone):
            painter.setBrush(brush)
            draw_rects(painter, rects[some])
        rects[:, 2] = STRIP
        painter.setPen(Qt.PenStyle.NoPen)
        for kind, look in enumerate(sheet.kinds):
            painter.setBrush(self._inks.category(look[:2], tone.strength))
            draw_rects(painter, rects[kinds == kind])
        self._paint_borders(painter, visible, corners)
        self._paint_names(painter, map(self._face, visible), corners, tone, (STRIP + 12.0, CARD_HEIGHT / 2))

    def _bodies(self, visible: NDArray[np.intp], tone: Tone) -> list[tuple[QBrush, NDArray[np.intp]]]:
        """The cards that share a colour, by their place among the visible ones."""
        if self.heat is None or tone is not self._inks.heated:
            return [(tone.body, np.arange(len(visible)))]
        steps = self._steps(self.heat, visible)
        return [(self._inks.heats[step], np.flatnonzero(steps == step)) for step in np.unique(steps).tolist()]

    def _paint_near(self, painter: QPainter, visible: list[int], corners: Corners, tone: Tone) -> None:
        self._paint_bodies(painter, np.array(visible), tone)
        self._paint_borders(painter, visible, corners)
        faces = [self._face(i) for i in visible]
        self._paint_names(painter, faces, corners, tone, (LEFT, UPPER))
        self._paint_details(painter, faces, corners, tone)
        self._paint_signs(painter, faces, corners, tone)
        if self.pulse:
            self._paint_pulse(painter, visible, corners)
        self._paint_marks(painter, np.array(visible))

    def _paint_bodies(self, painter: QPainter, visible: NDArray[np.intp], tone: Tone) -> None:
        """Everything of a card but its words: the same for all of a kind, so drawn once for each."""
        sheet = self._sheet
        hot = self.heat is not None and tone is self._inks.heated
        steps = self._steps(self.heat, visible) if self.heat is not None and hot else np.zeros(len(visible), np.intp)
        looks = sheet.kind[visible].astype(np.intp) * HEATS + steps
        for look in np.unique(looks).tolist():
            kind, step = divmod(look, HEATS)
            brush = self._inks.heats[step] if hot else tone.body
            draw = partial(self._draw_body, sheet.kinds[kind], tone, brush)
            self._stamps.put(
                painter, (sheet.kinds[kind], id(tone), step), _CARD_BOX, draw, sheet.at[visible[looks == look]]
            )

    def _draw_body(self, look: tuple[str, bool, str], tone: Tone, brush: QBrush, painter: QPainter) -> None:
        """One card about (0, 0): the second edge of a composite, body, border, strip and icon."""
        painter.setBrush(brush)
        painter.setPen(tone.border)
        if look[1]:
            painter.setBrush(tone.body)
            painter.drawRoundedRect(QRectF(BACK, BACK, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)
            painter.setBrush(brush)
        painter.drawRoundedRect(QRectF(0, 0, CARD_WIDTH, CARD_HEIGHT), RADIUS, RADIUS)
        own = self._inks.category(look[:2], tone.strength)
        painter.fillPath(self._strip, own)
        colour = tone.name if tone is self._inks.heated else own
        marks.draw_icon(painter, own_icon(look[2], look[0]), colour, QPointF(ICON_MIDDLE, CARD_HEIGHT / 2), ICON)

    def _paint_marks(self, painter: QPainter, visible: NDArray[np.intp]) -> None:
        """The marks of problems on the upper right corners."""
        sheet, inks = self._sheet, self._inks
        for level, draw in ((WARNING, marks.draw_warning), (ERROR, marks.draw_error)):
            places = sheet.at[visible[sheet.level[visible] == level]] + (CARD_WIDTH, 0.0)
            self._stamps.put(painter, level, marks.MARK_BOX, partial(draw, inks=inks), places)

    def _paint_borders(self, painter: QPainter, visible: list[int], corners: Corners) -> None:
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

    def _paint_names(
        self, painter: QPainter, faces: Iterable[_Face], corners: Corners, tone: Tone, at: tuple[float, float]
    ) -> None:
        painter.setFont(self._inks.strong)
        painter.setPen(tone.name)
        left, top = at[0], at[1] - self._inks.strong_metrics.height() / 2
        for face, (x, y) in zip(faces, corners, strict=True):
            painter.drawStaticText(QPointF(x + left, y + top), face.name)

    def _paint_details(self, painter: QPainter, faces: list[_Face], corners: Corners, tone: Tone) -> None:
        half = self._inks.small_metrics.height() / 2
        painter.setFont(self._inks.small)
        painter.setPen(tone.detail)
        for face, (x, y) in zip(faces, corners, strict=True):
            painter.drawStaticText(QPointF(x + LEFT, y + LOWER - half), face.detail)
        painter.setPen(tone.count)
        for face, (x, y) in zip(faces, corners, strict=True):
            if face.count_width:
                painter.drawStaticText(QPointF(x + RIGHT - face.count_width, y + UPPER - half), face.count)

    def _paint_signs(self, painter: QPainter, faces: list[_Face], corners: Corners, tone: Tone) -> None:
        """At the right of the lower line: how often, frozen, shared."""
        places: dict[str, list[tuple[float, float]]] = {}
        for face, (x, y) in zip(faces, corners, strict=True):
            right = x + RIGHT
            if face.badge:
                places.setdefault(face.badge, []).append((right, y + LOWER))
                right -= marks.badge_width(self._inks, face.badge) + _GAP
            for sign in face.signs:
                places.setdefault(sign, []).append((right, y + LOWER))
                right -= _SIGN + _GAP
        for sign, ends in places.items():
            box, draw = self._sign(sign, tone)
            self._stamps.put(painter, (sign, id(tone)), box, draw, np.array(ends))

    def _sign(self, sign: str, tone: Tone) -> tuple[QRectF, marks.Drawing]:
        """The box and the drawing of a badge or an icon that ends at (0, 0)."""
        if sign not in _SIGNS:
            width = marks.badge_width(self._inks, sign)
            return QRectF(-width - 1, -9.0, width + 2, 18.0), partial(marks.draw_badge, inks=self._inks, text=sign)
        colour = tone.name if tone is self._inks.heated else self._inks.accent_text
        middle = QPointF(-_SIGN / 2, 0)
        draw = partial(marks.draw_icon, name=sign, colour=colour, middle=middle, size=_SIGN)
        return QRectF(-_SIGN - 1, -_SIGN, _SIGN + 2, 2 * _SIGN), draw

    def _paint_pulse(self, painter: QPainter, visible: list[int], corners: Corners) -> None:
        """A thin bar along the lower edge, its colour how fast the weights of the node change."""
        painter.setPen(Qt.PenStyle.NoPen)
        for i, (x, y) in zip(visible, corners, strict=True):
            ratio = self.pulse.get(self._sheet.names[i])
            if ratio is not None:
                painter.setBrush(self._inks.pulse(ratio))
                bar = QRectF(x + STRIP, y + CARD_HEIGHT - _PULSE - 0.5, CARD_WIDTH - STRIP - RADIUS, _PULSE)
                painter.drawRect(bar)

    # The words of a card

    def _face(self, i: int) -> _Face:
        name, node, row = self._sheet.names[i], self._sheet.nodes[i], self._sheet.rows[i]
        face, lends, uses = self._faces.get(name), name in self._lending, self._sheet.times_used(node)
        if face is None or face.node is not node or face.row is not row or face.lends is not lends or face.uses != uses:
            face = self._faces[name] = self._new_face(i, name, node, row, lends)
        return face

    def _count(self, i: int, row: Row | None) -> str:
        return parameter_count(row) if self.heat is None else self.heat.text(i)

    def _new_face(self, i: int, name: str, node: Node, row: Row | None, lends: bool) -> _Face:
        inks = self._inks
        count = self._count(i, row) if self.with_counts else ""
        count_width = inks.small_metrics.horizontalAdvance(count) if count else 0.0
        badge, signs = f"×{node.repeat}" if node.repeat > 1 else "", _signs(node, lends)
        beside = (marks.badge_width(inks, badge) + _GAP if badge else 0.0) + len(signs) * (_SIGN + _GAP)
        room = RIGHT - LEFT
        shown = _elided(inks.strong_metrics, name, room - (count_width + 8 if count else 0))
        uses = self._sheet.times_used(node)
        left = room - beside if beside else room + _SPARE
        told = (_cut_name if node.block.role == "network" else _cut)(inks.small_metrics, detail(node, uses), left)
        name_text, detail_text = prepared(shown, inks.strong), prepared(told, inks.small)
        counted = prepared(count, inks.small)
        return _Face(node, row, name_text, detail_text, counted, count_width, badge, signs, lends, uses)

    def show_heat(self, heat: Heat | None) -> None:
        """Colours the cards by a measure from now on, or by nothing."""
        if heat is not self.heat:
            self.heat = heat
            self._faces.clear()

    def forget(self) -> None:
        """Lets go of the words of nodes that are gone."""
        index = self._sheet.index
        if len(self._faces) > 2 * len(index) + 64:
            self._faces = {name: face for name, face in self._faces.items() if name in index}


def _signs(node: Node, lends: bool) -> tuple[str, ...]:
    """The icons of what is said of a node beside its settings, from the right."""
    said = node.frozen, node.checkpointed, bool(node.shares) or lends
    return tuple(sign for sign, on in zip(_SIGNS, said, strict=True) if on)


def draw_rects(painter: QPainter, rects: NDArray[np.float64]) -> None:
    """Draws rows of x, y, width, height with one call, without an object for each."""
    if len(rects):
        held = np.ascontiguousarray(rects)
        painter.drawRects(shiboken6.wrapInstance(held.ctypes.data, QRectF), len(held))  # type: ignore[call-overload]


def _cut(metrics: QFontMetricsF, text: str, width: float) -> str:
    """A line of settings that fits: from its end whole settings go, so that no number is seen in part."""
    parts = text.split(_BETWEEN)
    while len(parts) > 2 and metrics.horizontalAdvance(text) > width:
        parts = parts[:-1]
        text = _BETWEEN.join((*parts, "…"))
    return _elided(metrics, text, width)


def _cut_name(metrics: QFontMetricsF, text: str, width: float) -> str:
    """A line that begins with the name of a network: the name is shortened first, what is said of its use stays."""
    name, between, said = text.partition(_BETWEEN)
    left = width - metrics.horizontalAdvance(between + said)
    if left < metrics.horizontalAdvance(name[:_FEW] + "…"):
        return _cut(metrics, text, width)
    return _elided(metrics, name, left) + between + said


def _elided(metrics: QFontMetricsF, text: str, width: float) -> str:
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
