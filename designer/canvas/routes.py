"""The ways wires take: smooth curves down, round the cards that stand between."""

from __future__ import annotations

from math import isfinite

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
_LOOP = 64.0  # how far a wire that runs upwards swings out


def _handles(ends: Floats) -> Floats:
    """How far the control points of each curve stand from its ends; `path` says the same of one."""
    dy = ends[:, 3] - ends[:, 1]
    result: Floats = np.where(dy > 0, np.maximum(dy / 2, np.minimum(_LOOP / 2, np.abs(dy) + 16)), _LOOP - dy / 4)
    return result


def bounds(ends: Floats, lane: Floats) -> Floats:
    """The boxes x1, y1, x2, y2 in which the wires run; wide ones where a lane is not known yet (infinite)."""
    over = np.where(ends[:, 3] > ends[:, 1], 4.0, _LOOP * 2)
    aside = np.where(np.isinf(lane), CARD_WIDTH + _CLEAR, 4.0)
    across = np.where(np.isfinite(lane), lane, ends[:, 0])
    return np.stack(
        [
            np.minimum(np.minimum(ends[:, 0], ends[:, 2]), across) - aside,
            np.minimum(ends[:, 1], ends[:, 3]) - over,
            np.maximum(np.maximum(ends[:, 0], ends[:, 2]), across) + aside,
            np.maximum(ends[:, 1], ends[:, 3]) + over,
        ],
        axis=1,
    )


def path(ends: tuple[float, float, float, float], lane: float) -> QPainterPath:
    """One wire as a curve to stroke; `lane` is not finite where it needs no detour."""
    x1, y1, x2, y2 = ends
    curve = QPainterPath(QPointF(x1, y1))
    if not isfinite(lane):
        dy = y2 - y1
        reach = max(dy / 2, min(_LOOP / 2, dy + 16)) if dy > 0 else _LOOP - dy / 4
        curve.cubicTo(x1, y1 + reach, x2, y2 - reach, x2, y2)
        return curve
    turn = _turn(y1, y2)
    curve.cubicTo(x1, y1 + turn / 2, lane, y1 + turn / 2, lane, y1 + turn)
    curve.lineTo(lane, y2 - turn)
    curve.cubicTo(lane, y2 - turn / 2, x2, y2 - turn / 2, x2, y2)
    return curve


def polylines(ends: Floats, lane: Floats, pieces: int) -> Floats:
    """All wires as chains of straight lines, one or at least four of them: (wires, pieces + 1, 2)."""
    if pieces == 1:
        return ends.reshape(-1, 2, 2)
    reach = _handles(ends)
    low = ends[:, :2] + np.stack([np.zeros_like(reach), reach], axis=1)
    high = ends[:, 2:] - np.stack([np.zeros_like(reach), reach], axis=1)
    points = _cubic(ends[:, :2], low, high, ends[:, 2:], pieces)
    aside = np.isfinite(lane)
    if aside.any():
        points[aside] = _detours(ends[aside], lane[aside], pieces)
    return points


def long_ones(ends: Floats) -> NDArray[np.bool_]:
    """Which wires pass at least one row of cards, and so may need a detour."""
    result: NDArray[np.bool_] = ends[:, 3] - ends[:, 1] > _LONG
    return result


def detour(ends: Floats, source: int, target: int, at: Floats, others: Floats) -> float:
    """The x at which one wire passes the cards in its way, NaN where none is; `others` are rows of x, top, bottom."""
    between = _between(ends, at, source, target)
    return _free(ends, between, others) if len(between) and _blocked(ends, between) else np.nan


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


def _free(ends: Floats, cards: Floats, others: Floats) -> float:
    """The x nearest both ends at which neither a card nor another detour is; rather at the source's than aside."""
    rivals = others[(others[:, 1] < ends[3]) & (others[:, 2] > ends[1]), 0]
    lefts = np.concatenate([cards[:, 0] - _CLEAR, rivals - _APART])
    rights = np.concatenate([cards[:, 0] + CARD_WIDTH + _CLEAR, rivals + _APART])
    candidates = np.concatenate([ends[[0, 2]], rights, lefts])
    covered = (candidates[:, None] > lefts[None] + 0.5) & (candidates[:, None] < rights[None] - 0.5)
    open_ = candidates[~covered.any(axis=1)]
    length = 1.05 * np.abs(open_ - ends[0]) + np.abs(open_ - ends[2])
    return float(open_[int(np.argmin(length))])


def _turn(y1: float, y2: float) -> float:
    return min(_TURN, (y2 - y1) / 3)


def _cubic(a: Floats, b: Floats, c: Floats, d: Floats, pieces: int) -> Floats:
    t = np.linspace(0.0, 1.0, pieces + 1)[None, :, None]
    s = 1.0 - t
    result: Floats = s**3 * a[:, None] + 3 * s**2 * t * b[:, None] + 3 * s * t**2 * c[:, None] + t**3 * d[:, None]
    return result


def _detours(ends: Floats, lane: Floats, pieces: int) -> Floats:
    """Wires with a detour: a bend, a straight way and a bend, `pieces` lines in all."""
    x1, y1, x2, y2 = ends.T
    turn = np.minimum(_TURN, (y2 - y1) / 3)
    first = pieces // 2
    down = _cubic(*_bend(x1, y1, lane, y1 + turn), first)
    up = _cubic(*_bend(lane, y2 - turn, x2, y2), pieces - first - 1)
    return np.concatenate([down, up], axis=1)


def _bend(x1: Floats, y1: Floats, x2: Floats, y2: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The control points of curves that begin and end upright."""
    middle = (y1 + y2) / 2
    ways = ((x1, y1), (x1, middle), (x2, middle), (x2, y2))
    a, b, c, d = (np.stack(way, axis=1) for way in ways)
    return a, b, c, d
