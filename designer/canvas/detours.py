"""Ways round the cards that stand between the ends of a wire: lanes straight down, as few and as near as can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from designer.canvas.metrics import GRID, Point
from designer.canvas.routes import Ends, Floats
from designer.theme import CARD_HEIGHT, CARD_WIDTH

Ints = NDArray[np.intp]

_CLEAR = 28.0  # from a lane to a card where there is room
_TIGHT = 14.0  # and where there is little
_APART = 12.0  # between lanes side by side
_TOUCHED = 6.0  # nearer than this to a card a wire counts as in its way
_TURN = 40.0  # the height in which a wire turns into its lane
_STREET = 12.0  # the least height between rows of cards in which a wire may cross over
_STEP_ASIDE = 48.0  # what a change of lane costs, in px of way
_NARROW = 30.0  # passing nearer to a card than need be
_WRONG_SIDE = 160.0  # coming from the left to a port at the right
_CROWDED = 400.0  # and running on top of another wire
_TOGETHER = 40.0  # what wires with the same result save by running together
_SIGHTS = (1.5 * CARD_WIDTH, 4.5 * CARD_WIDTH, 1e6)  # how far aside of both ends a way is sought, one after the other
_BLOCKED = 1e9


class Taken:
    """Stretches of lanes, or of ways across, that wires have taken: where, from, to, whose result, which wire."""

    def __init__(self) -> None:
        self._rows = np.zeros((64, 5))
        self._count = 0

    def add(self, wire: int, owner: int, where: float, start: float, end: float) -> None:
        """Takes a stretch."""
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros_like(self._rows)])
        self._rows[self._count] = where, start, end, owner, wire
        self._count += 1

    def leave(self, wires: Ints) -> None:
        """Gives up what some wires have taken."""
        rows = self._rows[: self._count]
        kept = rows[~np.isin(rows[:, 4], wires)]
        self._rows[: len(kept)] = kept
        self._count = len(kept)

    def between(self, low: float, high: float, start: float, end: float) -> Floats:
        """The stretches that lie between `low` and `high` and reach into what is from `start` to `end`."""
        rows = self._rows[: self._count]
        inside = (rows[:, 0] > low) & (rows[:, 0] < high) & (rows[:, 1] < end) & (rows[:, 2] > start)
        found: Floats = rows[inside]
        return found


class Obstacles:
    """All cards, sorted by height, to find those in a wire's way."""

    def __init__(self, at: Floats) -> None:
        self._order: Ints = np.argsort(at[:, 1], kind="stable")
        self._at: Floats = at[self._order]
        self._tops = np.ascontiguousarray(self._at[:, 1])

    def between(self, ends: Ends, source: int, target: int) -> Floats:
        """The corners of the cards that stand at heights the wire passes, the highest first."""
        first = int(np.searchsorted(self._tops, ends[1] + GRID - CARD_HEIGHT, "right"))
        last = int(np.searchsorted(self._tops, ends[3] - GRID, "left"))
        some = self._order[first:last]
        found: Floats = self._at[first:last][(some != source) & (some != target)]
        return found

    def beside(self, top: float, bottom: float) -> Floats:
        """The corners of all cards that reach into a stretch of heights."""
        first = int(np.searchsorted(self._tops, top - CARD_HEIGHT, "right"))
        found: Floats = self._at[first : int(np.searchsorted(self._tops, bottom, "left"))]
        return found


def blocked(line: Floats, cards: Floats) -> bool:
    """Whether a chain of lines runs through a card, or touches one."""
    half = np.array([CARD_WIDTH / 2 + _TOUCHED, CARD_HEIGHT / 2 + _TOUCHED])
    middle = cards + np.array([CARD_WIDTH / 2, CARD_HEIGHT / 2])
    low, high = line.min(axis=0) - half, line.max(axis=0) + half
    near = middle[((middle > low) & (middle < high)).all(axis=1)]
    if not len(near):
        return False
    if (np.abs(near[:, :1] - line[[0, -1], 0]) < half[0]).all(axis=1).any():
        return True  # it is wide enough to stand under both ends
    return bool((np.abs(_dense(line)[:, None] - near[None]) < half).all(axis=2).any())


def touched(line: Floats, box: tuple[float, float, float, float]) -> bool:
    """Whether a chain of lines runs through a box."""
    low, high = np.array(box[:2]), np.array(box[2:])
    start, end = line[:-1], line[1:]
    near = ((np.minimum(start, end) < high) & (np.maximum(start, end) > low)).all(axis=1)
    if not near.any():
        return False
    start, way = start[near], (end - start)[near]
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (low - start) / way, (high - start) / way
    enters = np.where(way == 0, -np.inf, np.fmin(a, b)).max(axis=1)
    leaves = np.where(way == 0, np.inf, np.fmax(a, b)).min(axis=1)
    return bool((np.maximum(enters, 0.0) < np.minimum(leaves, 1.0)).any())


def _dense(line: Floats) -> Floats:
    """Points on a chain of lines, so many that no card lies between two of them."""
    pieces = max(2, int(np.abs(np.diff(line, axis=0)).max() // CARD_HEIGHT) + 1)
    parts = np.arange(pieces) / pieces
    points = line[:-1, None] + parts[None, :, None] * np.diff(line, axis=0)[:, None]
    return np.concatenate([points.reshape(-1, 2), line[-1:]])


def detour(ends: Ends, cards: Floats, lanes: Taken, owner: int, lean: float, square: bool) -> tuple[Point, ...]:
    """The ends of the lanes by which a wire passes the cards in its way: top and bottom of each, in order.

    `owner` is whose result it carries; `lean` tells on which side of its card it is fastened: left (negative) or right.
    A square wire leaves all of the height between rows free to cross over in.
    """
    x1, y1, x2, y2 = ends
    for sight in _SIGHTS:
        low, high = min(x1, x2) - sight, max(x1, x2) + sight
        near = cards[(cards[:, 0] > low - CARD_WIDTH) & (cards[:, 0] < high)]
        found = _way(ends, near, lanes.between(low, high, y1, y2), owner, lean, (low, high))
        if found is not None:
            break
    return () if found is None else _lane_ends(ends, *found, square)


def lane_back(ends: Ends, obstacles: Obstacles, lanes: Taken, owner: int) -> float:
    """Where a wire that runs back up passes beside everything between its ends: the x of the nearest free lane."""
    x1, y1, x2, y2 = ends
    cards, rivals = obstacles.beside(y2, y1), lanes.between(-_BLOCKED, _BLOCKED, y2, y1)
    xs = _candidates(ends, cards, rivals, (-_BLOCKED, _BLOCKED))
    close = (np.abs(xs[:, None] - (cards[None, :, 0] + CARD_WIDTH / 2)) < CARD_WIDTH / 2 + _TIGHT - 0.5).any(axis=1)
    foreign = rivals[rivals[:, 3] != owner, 0]
    crowded = (np.abs(xs[:, None] - foreign[None]) < _APART - 1.0).any(axis=1)
    cost = np.abs(xs - x1) + np.abs(xs - x2) + _BLOCKED * close + _CROWDED * crowded
    return float(xs[int(cost.argmin())])


def _way(
    ends: Ends, cards: Floats, rivals: Floats, owner: int, lean: float, sight: tuple[float, float]
) -> tuple[list[float], Floats, Floats] | None:
    """For every band of cards the x at which the wire passes it, with tops and bottoms; None where it cannot."""
    firsts = np.flatnonzero(np.diff(cards[:, 1], prepend=-np.inf) > CARD_HEIGHT + _STREET)
    tops, bottoms = cards[firsts, 1], np.append(cards[firsts[1:] - 1, 1], cards[-1, 1]) + CARD_HEIGHT
    xs = _candidates(ends, cards, rivals, sight)
    toll = _tolls(xs, cards, firsts, rivals, owner, tops, bottoms)
    change = np.abs(xs[:, None] - xs[None]) + _STEP_ASIDE
    np.fill_diagonal(change, 0.0)
    cost = _entry(xs, ends[0]) * 1.02 + toll[0]
    came = np.zeros(toll.shape, np.intp)
    columns = np.arange(len(xs))
    for band in range(1, len(toll)):
        way = cost[:, None] + change
        came[band] = way.argmin(axis=0)
        cost = way[came[band], columns] + toll[band]
    cost += _entry(xs, ends[2]) + np.where((xs - ends[2]) * lean < 0, _WRONG_SIDE * min(abs(lean) / 36.0, 1.0), 0.0)
    best = int(cost.argmin())
    if cost[best] >= _BLOCKED:
        return None
    chosen = [best]
    for band in range(len(toll) - 1, 0, -1):
        chosen.append(int(came[band, chosen[-1]]))
    return [float(xs[k]) for k in reversed(chosen)], tops, bottoms


def _entry(xs: Floats, x: float) -> Floats:
    result: Floats = np.abs(xs - x) + np.where(xs == x, 0.0, _STEP_ASIDE)
    return result


def _candidates(ends: Ends, cards: Floats, rivals: Floats, sight: tuple[float, float]) -> Floats:
    """The x worth a thought: straight from either port, beside cards, and on or beside lanes that are there."""
    found = {ends[0], ends[2]}
    for left in set(cards[:, 0].tolist()):
        right = left + CARD_WIDTH
        found.update((left - _CLEAR, left - _TIGHT, right + _TIGHT, right + _CLEAR))
    for lane in set(rivals[:, 0].tolist()):
        found.update((lane - _APART, lane, lane + _APART))
    return np.array(sorted(x for x in found if sight[0] <= x <= sight[1]))


def _tolls(
    xs: Floats, cards: Floats, firsts: Ints, rivals: Floats, owner: int, tops: Floats, bottoms: Floats
) -> Floats:
    """What it costs to pass each band at each x: nothing, something beside a rival, too much through a card."""
    room = np.abs(xs[None] - (cards[:, :1] + CARD_WIDTH / 2)) - CARD_WIDTH / 2 + 0.5
    least = np.minimum.reduceat(room, firsts, axis=0)
    toll: Floats = np.where(least < _TIGHT, _BLOCKED, np.where(least < _CLEAR, _NARROW, 0.0))
    if len(rivals):
        beside = (rivals[:, 1] < bottoms[:, None]) & (rivals[:, 2] > tops[:, None])  # (bands, rivals)
        close = np.abs(rivals[:, :1] - xs[None]) < _APART - 1.0
        foreign = rivals[:, 3] != owner
        crowd = beside[:, foreign].astype(np.float64) @ close[foreign].astype(np.float64)
        same = rivals[~foreign, :1] == xs[None]
        toll += _CROWDED * np.minimum(crowd, 3.0)
        toll -= _TOGETHER * np.minimum(beside[:, ~foreign].astype(np.float64) @ same.astype(np.float64), 1.0)
    return toll


def _lane_ends(ends: Ends, xs: list[float], tops: Floats, bottoms: Floats, square: bool) -> tuple[Point, ...]:
    """Runs of one x become a lane each; where rows are far apart, a wire turns near the cards only."""
    x1, y1, x2, y2 = ends
    runs: list[list[float]] = []
    for x, top, bottom in zip(xs, tops.tolist(), bottoms.tolist(), strict=True):
        if runs and runs[-1][0] == x:
            runs[-1][2] = bottom
        else:
            runs.append([x, top, bottom])
    least = min(_TURN, (y2 - y1) / 3)
    points: list[Point] = []
    for k, (x, top, bottom) in enumerate(runs):
        above, below = (runs[k - 1][2] if k else y1), (runs[k + 1][1] if k + 1 < len(runs) else y2)
        before, after = (runs[k - 1][0] if k else x1), (runs[k + 1][0] if k + 1 < len(runs) else x2)
        over = 0.0 if square else _slack(top - above, abs(x - before))
        under = 0.0 if square else _slack(below - bottom, abs(x - after))
        start = top - over / 2 if k else max(y1 + least, top - over)
        stop = bottom + under / 2 if k + 1 < len(runs) else min(y2 - least, bottom + under)
        start = min(start, y2 - least)
        points += [(x, start), (x, max(stop, start))]
    return tuple(points)


def _slack(street: float, aside: float) -> float:
    """How much of the height between rows a wire need not turn in."""
    return max(0.0, street - max(_TURN, aside / 2))
