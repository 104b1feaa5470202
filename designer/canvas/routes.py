"""The line a wire draws, smooth or square: straight from port to port, by lanes round cards, or through bend points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from designer.canvas.metrics import Point
from designer.theme import CARD_WIDTH

Floats = NDArray[np.float64]
Ends = tuple[float, float, float, float]
Cubic = tuple[Point, Point, Point, Point]

LOOP = 64.0  # how far a wire that runs upwards swings out
_ROUND = 8.0  # radius of a square wire's corners
_WIDE = 20.0  # the same where a smooth wire runs back up
_STUB = 16.0  # down which a square wire goes before it turns upwards
_BACK = 21.0  # and one that runs back up: half of what is free between two rows
_FINE = 8  # lines for one curve
_SAME = 0.5


@dataclass(frozen=True, slots=True)
class Route:
    """The points a wire passes between its ends, in order.

    Where a wire was bent by hand (`by_hand`) it passes them in whatever direction is smooth; else they are the ends of
    lanes, which run straight down. `levels` are the heights at which a square wire crosses over, one for each time it
    has to; halfway where there are none. `aside` is the lane of a wire that runs back up, past all that is between.
    """

    points: tuple[Point, ...] = ()
    by_hand: bool = False
    levels: tuple[float, ...] = ()
    aside: float | None = None


DIRECT = Route()


def path(ends: Ends, route: Route = DIRECT, square: bool = False) -> QPainterPath:
    """One wire as a line to stroke."""
    if route.aside is not None:
        return _rounded(corners(ends, route), _ROUND if square else _WIDE)
    return _rounded(corners(ends, route), _ROUND) if square else _smooth(ends, route)


def polyline(ends: Ends, route: Route = DIRECT, square: bool = False) -> Floats:
    """One wire as a chain of straight lines: (points, 2)."""
    if square or route.aside is not None:
        return np.array(corners(ends, route))
    points = [ends[:2]]
    for curve in cubics(ends, route):
        points += [curve[3]] if _is_line(curve) else _sampled(curve)
    return np.array(points)


def polylines(ends: Floats, pieces: int, square: bool = False) -> Floats:
    """All wires that run direct as chains of straight lines: (wires, pieces + 1, 2); three a wire where square."""
    if pieces == 1:
        return ends.reshape(-1, 2, 2)
    start, end = ends[:, :2], ends[:, 2:]
    if square:
        level = (ends[:, 1] + ends[:, 3]) / 2
        turns = [np.stack([ends[:, k], level], axis=1) for k in (0, 2)]
        return np.stack([start, *turns, end], axis=1)
    dy = ends[:, 3] - ends[:, 1]
    reach = np.where(dy > 0, np.maximum(dy / 2, np.minimum(LOOP / 2, np.abs(dy) + 16)), LOOP - dy / 4)
    down = np.stack([np.zeros_like(reach), reach], axis=1)
    t = np.linspace(0.0, 1.0, pieces + 1)[None, :, None]
    s = 1.0 - t
    near = s**3 * start[:, None] + 3 * s**2 * t * (start + down)[:, None]
    result: Floats = near + 3 * s * t**2 * (end - down)[:, None] + t**3 * end[:, None]
    return result


def cubics(ends: Ends, route: Route) -> list[Cubic]:
    """The curves of a smooth wire; they begin and end upright at ports and lanes."""
    start, end = ends[:2], ends[2:]
    if not route.points:
        reach = _reach(end[1] - start[1])
        return [(start, (start[0], start[1] + reach), (end[0], end[1] - reach), end)]
    stops = [start, *route.points, end]
    if route.by_hand:
        return [_between(stops, k) for k in range(len(stops) - 1)]
    return [_upright(a, b) for a, b in pairwise(stops)]


def corners(ends: Ends, route: Route = DIRECT) -> list[Point]:
    """The points at which a square wire turns, its ends first and last."""
    start, end = ends[:2], ends[2:]
    if route.aside is not None:
        low, high = start[1] + _BACK, end[1] - _BACK
        return [start, (start[0], low), (route.aside, low), (route.aside, high), (end[0], high), end]
    if route.by_hand and route.points:
        return _corners_by_hand(start, route.points, end)
    stops = [start, *route.points, end]
    levels = iter(route.levels)
    found = [start]
    for a, b in pairwise(stops):
        if abs(a[0] - b[0]) >= _SAME:
            found += _crossing_over(a, b, next(levels, None))
        found.append(b)
    return found


def _crossing_over(a: Point, b: Point, level: float | None) -> list[Point]:
    if b[1] - a[1] < _STUB and level is None:
        aside = (a[0] + b[0]) / 2 if abs(a[0] - b[0]) > CARD_WIDTH * 1.25 else max(a[0], b[0]) + CARD_WIDTH / 2 + 32
        low, high = a[1] + _STUB, b[1] - _STUB
        return [(a[0], low), (aside, low), (aside, high), (b[0], high)]
    y = (a[1] + b[1]) / 2 if level is None else level
    return [(a[0], y), (b[0], y)]


def _corners_by_hand(start: Point, points: Sequence[Point], end: Point) -> list[Point]:
    """Down to the height of each bend point, then across to it; into the end from above."""
    found = [start]
    for point in points:
        found += [(found[-1][0], point[1]), point]
    last, before = found[-1], found[-2]
    back = (end[0] - last[0]) * (last[0] - before[0]) < 0 or end[1] < last[1]
    return [*found, *(_crossing_over(last, end, None) if back else [(end[0], last[1])]), end]


def _reach(dy: float) -> float:
    """How far the control points of a direct curve stand from its ends; `polylines` says the same of many."""
    return max(dy / 2, min(LOOP / 2, dy + 16)) if dy > 0 else LOOP - dy / 4


def _upright(a: Point, b: Point) -> Cubic:
    middle = (a[1] + b[1]) / 2
    return a, (a[0], middle), (b[0], middle), b


def _between(stops: Sequence[Point], k: int) -> Cubic:
    """The curve from one stop of a wire bent by hand to the next: upright at ports, else along its neighbours."""
    a, b = stops[k], stops[k + 1]
    length = hypot(b[0] - a[0], b[1] - a[1]) / 3
    (ux, uy), (vx, vy) = _heading(stops, k), _heading(stops, k + 1)
    return a, (a[0] + ux * length, a[1] + uy * length), (b[0] - vx * length, b[1] - vy * length), b


def _heading(stops: Sequence[Point], k: int) -> Point:
    if k in (0, len(stops) - 1):
        return 0.0, 1.0
    dx, dy = stops[k + 1][0] - stops[k - 1][0], stops[k + 1][1] - stops[k - 1][1]
    length = hypot(dx, dy) or 1.0
    return dx / length, dy / length


def _smooth(ends: Ends, route: Route) -> QPainterPath:
    line = QPainterPath(QPointF(*ends[:2]))
    for curve in cubics(ends, route):
        if _is_line(curve):
            line.lineTo(*curve[3])
        else:
            line.cubicTo(*curve[1], *curve[2], *curve[3])
    return line


def _rounded(points: Sequence[Point], radius: float) -> QPainterPath:
    kept = list(_turning(points))
    line = QPainterPath(QPointF(*kept[0]))
    for before, at, after in zip(kept, kept[1:], kept[2:], strict=False):
        line.lineTo(*_towards(at, before, radius))
        line.quadTo(*at, *_towards(at, after, radius))
    line.lineTo(*kept[-1])
    return line


def _turning(points: Sequence[Point]) -> Iterator[Point]:
    """Without the points at which nothing turns."""
    last = points[0]
    yield last
    for at, after in pairwise(points[1:]):
        straight = abs(last[0] - at[0]) + abs(at[0] - after[0]) < _SAME or last[1] == at[1] == after[1]
        if at != last and not straight:
            yield at
            last = at
    yield points[-1]


def _towards(corner: Point, other: Point, radius: float) -> Point:
    """Where the rounding of a corner begins; never beyond half of the way to the next."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = hypot(dx, dy) or 1.0
    part = min(radius, length / 2) / length
    return corner[0] + dx * part, corner[1] + dy * part


def _is_line(curve: Cubic) -> bool:
    a, b, c, d = curve
    return abs(a[0] - d[0]) + abs(b[0] - a[0]) + abs(c[0] - d[0]) < _SAME and a[1] <= d[1]


def _sampled(curve: Cubic) -> list[Point]:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = curve
    result = []
    for k in range(1, _FINE + 1):
        t = k / _FINE
        s = 1.0 - t
        p, q, r, w = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        result.append((p * ax + q * bx + r * cx + w * dx, p * ay + q * by + r * cy + w * dy))
    return result
