"""Where the shape is written that flows along a wire: beside it, clear of cards and of other wires."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF

from designer.canvas.detours import touched
from designer.canvas.sheet import Sheet
from designer.theme import CARD_HEIGHT, CARD_WIDTH

_BESIDE = 9.0  # from a wire to its shape
_ROOM = 34.0  # length a wire needs for its shape to be written
_EDGE = 3.0  # from a card to a shape
_LEVEL = 1.0
_LEADING = 2.0  # of a line, above and below its letters

Rect = tuple[float, float, float, float]


class Labels:
    """The places of shapes; kept until their wires find new ways."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._known: dict[int, tuple[int, float, QPointF | None]] = {}

    def place(self, i: int, width: float, height: float) -> QPointF | None:
        """The top left corner of a text of this size beside wire `i`; None where it would cover something."""
        stamp = int(self._sheet.wires.stamp[i])
        known = self._known.get(i)
        if known is None or known[:2] != (stamp, width):
            found = next((box for box in self._wishes(i, width, height) if self._free(i, box)), None)
            known = self._known[i] = stamp, width, None if found is None else QPointF(found[0], found[1])
        return known[2]

    def _wishes(self, i: int, width: float, height: float) -> Iterator[Rect]:
        """Boxes beside a wire, the best first: midway where it is straight, else at the end that is its own."""
        wires = self._sheet.wires
        x1, y1, x2, y2 = wires.line_ends(i)
        if y2 - y1 < _ROOM:
            return
        right, left = _BESIDE, -_BESIDE - width
        own = wires.shared[i], wires.crowded[i]
        route = wires.routes.get(i)
        if abs(x2 - x1) < _LEVEL and route is None:
            for side in (right, left):
                yield _box(x1 + side, (y1 + y2 - height) / 2, width, height)
        if all(own):
            return
        if not own[0]:
            for side in (left, right) if x2 > x1 else (right, left):
                yield _box(x1 + side, y1 + _EDGE, width, height)
        if not own[1]:
            for side in (right, left) if x2 > x1 else (left, right):
                yield _box(x2 + side, y2 - height - _EDGE, width, height)

    def _free(self, i: int, box: Rect) -> bool:
        """Whether a box covers neither cards nor wires; its own wire may come as near as its letters do not reach."""
        sheet = self._sheet
        x, y = sheet.at[:, 0], sheet.at[:, 1]
        under = (x < box[2]) & (x + CARD_WIDTH > box[0]) & (y < box[3]) & (y + CARD_HEIGHT > box[1])
        if under.any():
            return False
        wires, area = sheet.wires, sheet.wires.box
        near = (area[:, 0] < box[2]) & (area[:, 2] > box[0]) & (area[:, 1] < box[3]) & (area[:, 3] > box[1])
        near[i] = False
        letters = box[0], box[1] + _LEADING, box[2], box[3] - _LEADING
        crossed = wires.known[i] and touched(wires.line(i), letters)
        return not crossed and not any(touched(wires.line(k), box) for k in np.flatnonzero(near & wires.known).tolist())


def _box(x: float, y: float, width: float, height: float) -> Rect:
    return x, y, x + width, y + height
