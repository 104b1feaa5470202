"""The ways wires take: smooth curves down, round the cards that stand between."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from designer.canvas.metrics import ROW_PITCH
from designer.theme import CARD_HEIGHT, CARD_WIDTH

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_CLEAR = 28.0  # between a detour and the cards it passes
_APART = 14.0  # between detours side by side
_TURN = 40.0  # the height in which a wire turns into its detour
_LONG = ROW_PITCH + 8.0
_MOST_LONG = 2_000  # beyond this, wires run straight: nobody can follow so many detours
_LOOP = 64.0  # how far a wire that runs upwards swings out


def handles(ends: Floats) -> Floats:
    """How far the control points of each curve stand from its ends."""
    dy = ends[:, 3] - ends[:, 1]
    result: Floats = np.where(dy > 0, np.maximum(dy / 2, np.minimum(_LOOP / 2, np.abs(dy) + 16)), _LOOP - dy / 4)
    return result


def bounds(ends: Floats, lane: Floats) -> Floats:
    """The boxes x1, y1, x2, y2 in which the wires run."""
    over = np.where(ends[:, 3] > ends[:, 1], 4.0, _LOOP * 2)
    across = np.where(np.isnan(lane), ends[:, 0], lane)
    return np.stack(
        [
            np.minimum(np.minimum(ends[:, 0], ends[:, 2]), across) - 4,
            np.minimum(ends[:, 1], ends[:, 3]) - over,
            np.maximum(np.maximum(ends[:, 0], ends[:, 2]), across) + 4,
            np.maximum(ends[:, 1], ends[:, 3]) + over,
        ],
        axis=1,
    )


def path(ends: tuple[float, float, float, float], lane: float) -> QPainterPath:
    """One wire as a curve to stroke; `lane` is NaN where it needs no detour."""
    x1, y1, x2, y2 = ends
    curve = QPainterPath(QPointF(x1, y1))
    if lane != lane:
        reach = float(handles(np.array([ends]))[0])
        curve.cubicTo(x1, y1 + reach, x2, y2 - reach, x2, y2)
        return curve
    turn = _turn(y1, y2)
    curve.cubicTo(x1, y1 + turn / 2, lane, y1 + turn / 2, lane, y1 + turn)
    curve.lineTo(lane, y2 - turn)
    curve.cubicTo(lane, y2 - turn / 2, x2, y2 - turn / 2, x2, y2)
    return curve


def polylines(ends: Floats, lane: Floats, pieces: int) -> Floats:
    """All wires as chains of `pieces` straight lines: (wires, pieces + 1, 2)."""
    reach = handles(ends)
    low = ends[:, :2] + np.stack([np.zeros_like(reach), reach], axis=1)
    high = ends[:, 2:] - np.stack([np.zeros_like(reach), reach], axis=1)
    points = _cubic(ends[:, :2], low, high, ends[:, 2:], pieces)
    for i in np.flatnonzero(~np.isnan(lane)).tolist():
        points[i] = _detour(ends[i], float(lane[i]), pieces)
    return points


def lanes(ends: Floats, source: Ints, target: Ints, at: Floats) -> Floats:
    """For each wire the x at which it passes the cards in its way; NaN where none is."""
    result = np.full(len(ends), np.nan)
    long = np.flatnonzero(ends[:, 3] - ends[:, 1] > _LONG)
    if not 0 < len(long) <= _MOST_LONG:
        return result
    taken: list[tuple[float, float, float]] = []
    for i in long[np.argsort((ends[:, 3] - ends[:, 1])[long], kind="stable")].tolist():
        between = _between(ends[i], at, int(source[i]), int(target[i]))
        if len(between) and _blocked(ends[i], between):
            result[i] = _free(ends[i], between, taken)
            taken.append((float(result[i]), float(ends[i, 1]), float(ends[i, 3])))
    return result


def _between(ends: Floats, at: Floats, source: int, target: int) -> Floats:
    """The corners of the cards that stand at heights the wire passes."""
    passed = (at[:, 1] + CARD_HEIGHT > ends[1] + 8) & (at[:, 1] < ends[3] - 8)
    passed[[source, target]] = False
    found: Floats = at[passed]
    return found


def _blocked(ends: Floats, cards: Floats) -> bool:
    points = polylines(ends[None, :], np.array([np.nan]), 16)[0]
    inside = np.abs(points[:, None] - cards[None] - (CARD_WIDTH / 2, CARD_HEIGHT / 2))
    return bool(np.any((inside[..., 0] < CARD_WIDTH / 2 + 6) & (inside[..., 1] < CARD_HEIGHT / 2 + 6)))


def _free(ends: Floats, cards: Floats, taken: list[tuple[float, float, float]]) -> float:
    """The x nearest both ends at which neither a card nor another detour is."""
    rivals = [x for x, top, bottom in taken if top < ends[3] and bottom > ends[1]]
    lefts = np.concatenate([cards[:, 0] - _CLEAR, np.array(rivals) - _APART])
    rights = np.concatenate([cards[:, 0] + CARD_WIDTH + _CLEAR, np.array(rivals) + _APART])
    candidates = np.concatenate([rights, lefts])
    covered = (candidates[:, None] > lefts[None] + 0.5) & (candidates[:, None] < rights[None] - 0.5)
    open_ = candidates[~covered.any(axis=1)]
    detour = np.abs(open_ - ends[0]) + np.abs(open_ - ends[2])
    return float(open_[int(np.argmin(detour))])


def _turn(y1: float, y2: float) -> float:
    return min(_TURN, (y2 - y1) / 3)


def _cubic(a: Floats, b: Floats, c: Floats, d: Floats, pieces: int) -> Floats:
    t = np.linspace(0.0, 1.0, pieces + 1)[None, :, None]
    s = 1.0 - t
    result: Floats = s**3 * a[:, None] + 3 * s**2 * t * b[:, None] + 3 * s * t**2 * c[:, None] + t**3 * d[:, None]
    return result


def _detour(ends: Floats, lane: float, pieces: int) -> Floats:
    """A wire with a detour: two bends and a straight way, `pieces` lines in all."""
    x1, y1, x2, y2 = ends.tolist()
    turn = _turn(y1, y2)
    first = max(pieces // 2, 1)
    corners = np.array([[[x1, y1], [x1, y1 + turn / 2], [lane, y1 + turn / 2], [lane, y1 + turn]]])
    last = np.array([[[lane, y2 - turn], [lane, y2 - turn / 2], [x2, y2 - turn / 2], [x2, y2]]])
    down = _cubic(corners[:, 0], corners[:, 1], corners[:, 2], corners[:, 3], first)[0]
    up = _cubic(last[:, 0], last[:, 1], last[:, 2], last[:, 3], max(pieces - first - 1, 1))[0]
    both = np.concatenate([down, up])
    return both[np.linspace(0, len(both) - 1, pieces + 1).round().astype(np.intp)]
