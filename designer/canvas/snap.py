"""Where a thing in the hand comes to rest: in line with what stands near, else on the grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from designer.canvas.cards import Box
from designer.canvas.metrics import Point, snapped

Boxes = NDArray[np.float64]  # rows of x1, y1, x2, y2

_REACH = 6.0  # pixels of the screen over which a line draws what is dragged
_FARTHEST = 16.0  # px of the canvas; from afar lines would otherwise hold too much


@dataclass(frozen=True)
class Guide:
    """A line on which two things stand: upright at x = `at`, or level at y = `at`, from `start` to `end`."""

    upright: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True)
class Rest:
    """Where a dragged thing would come to rest: its way from where it began, and the lines it then stands on."""

    way: Point
    guides: tuple[Guide, ...] = ()


def on_grid(box: Box, way: Point) -> Rest:
    """At rest with the corner on the grid."""
    return Rest((snapped(box[0] + way[0]) - box[0], snapped(box[1] + way[1]) - box[1]))


def in_line(box: Box, way: Point, others: Boxes, zoom: float) -> Rest:
    """At rest with an edge or the middle in line with that of another thing, where one is near; else on the grid."""
    reach = min(_REACH / zoom, _FARTHEST)
    wanted = box[0] + way[0], box[1] + way[1], box[2] + way[0], box[3] + way[1]
    grid = on_grid(box, way).way
    across = _nearest(wanted, others, 0, reach)
    down = _nearest(wanted, others, 1, reach)
    rest = grid[0] if across is None else way[0] + across, grid[1] if down is None else way[1] + down
    there = box[0] + rest[0], box[1] + rest[1], box[2] + rest[0], box[3] + rest[1]
    found = [_guide(there, others, axis) for axis, by in ((0, across), (1, down)) if by is not None]
    return Rest(rest, tuple(guide for guide in found if guide))


def _lines(boxes: Boxes, axis: int) -> Boxes:
    """The start, middle and end of each box along an axis."""
    low, high = boxes[:, axis], boxes[:, axis + 2]
    return np.stack([low, (low + high) / 2, high], axis=1)


def _nearest(box: Box, others: Boxes, axis: int, reach: float) -> float | None:
    """How far to go along an axis to stand in line with another thing, if that is within reach."""
    if not len(others):
        return None
    by = (_lines(others, axis) - _lines(np.array([box]), axis)).ravel()
    best = int(np.argmin(np.abs(by)))
    return float(by[best]) if abs(by[best]) <= reach else None


def _guide(box: Box, others: Boxes, axis: int) -> Guide | None:
    """The line through a box at rest and the nearest thing in line with it; through the middles where all fit."""
    own, aside = _lines(np.array([box]), axis)[0], 1 - axis
    meet = np.abs(_lines(others, axis) - own) < 0.01
    if not meet.any():
        return None
    middle = (box[aside] + box[aside + 2]) / 2
    distance = np.abs((others[:, aside] + others[:, aside + 2]) / 2 - middle)
    near = int(np.argmin(np.where(meet.any(axis=1), distance, np.inf)))
    which = 1 if meet[near, 1] else int(np.argmax(meet[near]))
    start, end = min(box[aside], others[near, aside]), max(box[aside + 2], others[near, aside + 2])
    return Guide(axis == 0, float(own[which]), float(start), float(end))


def stacked(boxes: Sequence[Box]) -> Boxes:
    """Boxes as rows, also where there are none."""
    return np.array(boxes, np.float64).reshape(-1, 4)
