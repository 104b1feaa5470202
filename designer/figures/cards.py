"""The network as on the canvas: cards and wires, without a hand on them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

from designer.canvas.cards import CardPainter
from designer.canvas.frames import FramePainter
from designer.canvas.inks import Inks
from designer.canvas.notes import NotePainter
from designer.canvas.sheet import Sheet
from designer.canvas.strands import WirePainter
from designer.figures.choice import Choice, Subject
from designer.theme import Theme

MARGIN = 24.0  # around the drawing


class CardsFigure:
    """Cards, wires, and where wanted frames and notes; errors are marked, advice is not."""

    def __init__(self, subject: Subject, choice: Choice, theme: Theme) -> None:
        self.title = subject.name
        inks = Inks(theme)
        self.ground = QColor(theme.canvas)
        self._sheet = Sheet()
        errors = [d for d in subject.checked.errors if d.node in subject.graph.nodes]
        self._sheet.show(subject.graph, subject.checked, subject.layout, errors)
        self._sheet.bend(subject.decor.bends)
        self._frames, self._notes = FramePainter(inks), NotePainter(inks)
        if choice.notes:
            self._frames.show(subject.decor.frames)
            self._notes.show(subject.decor.notes)
        self._wires, self._cards = WirePainter(self._sheet, inks), CardPainter(self._sheet, inks)
        self._wires.titles = self._frames.titles
        self._wires.with_shapes, self._cards.with_counts = choice.shapes, choice.counts
        self.area = self._extent()

    def _extent(self) -> QRectF:
        box = self._frames.extent(self._notes.extent(self._sheet.extent()))
        assert box is not None  # what is empty gets no figure
        area = QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])
        wires = self._sheet.wires
        if len(wires):
            wires.route(np.arange(len(wires)), self._sheet.at)
            left, top = wires.box[:, :2].min(axis=0).tolist()
            right, bottom = wires.box[:, 2:].max(axis=0).tolist()
            area = area.united(QRectF(left, top, right - left, bottom - top))
        return area.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)

    def paint(self, painter: QPainter) -> None:
        """Paints everything from near."""
        box = self.area.left(), self.area.top(), self.area.right(), self.area.bottom()
        behind = self._frames.paint, self._notes.paint, self._wires.paint, self._frames.paint_words
        for paint in (*behind, self._cards.paint):
            paint(painter, box, 1.0)
