"""Where wires run: their ends at the ports, their ways round cards, and those led through points by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from blocks.graph import Wire
from designer.canvas.detours import Obstacles, Taken, blocked, detour, lane_back
from designer.canvas.metrics import ROW_PITCH, Point
from designer.canvas.routes import DIRECT, LOOP, Ends, Route, polyline, polylines
from designer.canvas.tracks import Tracks
from designer.theme import CARD_HEIGHT, CARD_WIDTH

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Flags = NDArray[np.bool_]
Bends = Mapping[Wire, tuple[Point, ...]]

MIDDLE = CARD_WIDTH / 2
_LONG = ROW_PITCH + 8.0  # a wire that goes further down passes a row of cards, and may need a way round
_AROUND = CARD_WIDTH + 64.0  # how far aside a wire may run that has not found its way yet
_FEW_CARDS = 24  # moved cards for which it pays to look what they came near
_NEAR = 16.0  # a card so near to a wire's box may be in its way
_FEW = 500  # wires that may be led at once without a pause
_SAME = 0.5
_FINE = 24  # lines for a curve that the hand is compared with


class Ways:
    """The ways of all wires of one graph. `ends` holds x1, y1, x2, y2; `known` tells which have found their way.

    `routes` holds those that do not run direct. `bends` are the points through which wires are led by hand (see
    `lead`, `bend_at`, `bend_slot`), and `square` the style of all: upright and level lines, or else smooth curves.
    A way is found when it is first seen (`route`) and kept until one of its ends or a card in its way moves.
    """

    def __init__(self) -> None:
        self.all: tuple[Wire, ...] = ()
        self.bends: Bends = {}
        self.square = False
        self._changes = 0
        self._found: dict[Wire, tuple[Ends, Route]] = {}  # ways of the network before, which may still do
        self._stood: Floats = np.zeros((0, 2))
        self.clear(0)

    def clear(self, count: int) -> None:
        """Forgets everything, to have room for so many wires."""
        self.source: Ints = np.zeros(count, np.intp)
        self.target: Ints = np.zeros(count, np.intp)
        self.slot = [0] * count
        self.out: Floats = np.full(count, MIDDLE)
        self.into: Floats = np.full(count, MIDDLE)
        self.ends: Floats = np.zeros((count, 4))
        self.box: Floats = np.zeros((count, 4))
        self.known: Flags = np.zeros(count, np.bool_)
        self.routes: dict[int, Route] = {}
        self._lines: dict[int, Floats] = {}  # of those that do not run as `polylines` has it
        self._pairs: dict[int, Floats] = {}  # the same as lines x1, y1, x2, y2
        self._own: Flags = np.zeros(count, np.bool_)  # which those are
        self.stamp: Ints = np.zeros(count, np.intp)  # the last change of each way, for who keeps what follows from it
        self._at: Floats = np.zeros((0, 2))
        self._lanes, self._tracks = Taken(), Tracks()
        self._obstacles: Obstacles | None = None
        self._numbers: dict[Wire, int] | None = None  # of the wires, once some are led by hand

    def remember(self) -> None:
        """Keeps the ways found so far, for those wires that will be there after `clear` as well."""
        self._stood = self._at
        self._found = {}
        if not self.square:
            self._found = {self.all[i]: (self.line_ends(i), r) for i, r in self.routes.items() if not r.by_hand}

    def _recall(self, at: Floats) -> None:
        """Leads wires as before where neither their ends nor any card near them has changed."""
        found, self._found = self._found, {}
        stood = np.unique(self._stood.view(np.complex128)), np.unique(at.view(np.complex128))
        changed = np.setxor1d(*stood, assume_unique=True)
        if not found or len(changed) > 2 * _FEW_CARDS:
            return
        for i, wire in enumerate(self.all):
            ends, route = found.get(wire, (None, DIRECT))
            if ends is not None and ends == self.line_ends(i) and wire not in self.bends:
                low, high = _reach(polyline(ends, route))
                x, y = changed.real, changed.imag
                beside = (x + CARD_WIDTH + _NEAR < low[0]) | (x - _NEAR > high[0])
                if (beside | (y + CARD_HEIGHT + _NEAR < low[1]) | (y - _NEAR > high[1])).all():
                    self._occupy(i, route)
                    self._take(i, route)

    def _occupy(self, i: int, route: Route) -> None:
        if route.aside is not None:
            _, bottom, _, top = self.line_ends(i)
            self._lanes.add(i, self._owner(i), route.aside, top, bottom)
        for (x, top), (_, bottom) in zip(route.points[::2], route.points[1::2], strict=True):
            self._lanes.add(i, self._owner(i), x, top, bottom)

    def place(self, at: Floats, moved: Ints | None = None) -> None:
        """Works out ends and boxes from the cards' corners; only for wires at `moved` nodes where given.

        Ways that nothing has come near stay as they are.
        """
        if not self.all:
            return
        if moved is None:
            some = self._touched(at)
            self._at = at.copy()
        else:
            some = self._at_nodes(len(at), moved)
        source, target = at[self.source[some]], at[self.target[some]]
        self.ends[some, 0] = source[:, 0] + self.out[some]
        self.ends[some, 1] = source[:, 1] + CARD_HEIGHT
        self.ends[some, 2] = target[:, 0] + self.into[some]
        self.ends[some, 3] = target[:, 1]
        self._obstacles = None
        self._forget(some)
        if self._found and moved is None:
            self._recall(self._at)

    def _at_nodes(self, count: int, nodes: Ints) -> Ints:
        hit = np.zeros(count, np.bool_)
        hit[nodes] = True
        return np.flatnonzero(hit[self.source] | hit[self.target])

    def _touched(self, at: Floats) -> Ints:
        """The wires that cards which moved since all were placed last belong to, leave or come near."""
        if self._at.shape != at.shape:
            return np.arange(len(self.all))
        changed = np.flatnonzero((self._at != at).any(axis=1))
        if len(changed) > _FEW_CARDS:
            return np.arange(len(self.all))
        near = np.zeros(len(self.all), np.bool_)
        near[self._at_nodes(len(at), changed)] = True
        area = self.box + np.array([-CARD_WIDTH - _NEAR, -CARD_HEIGHT - _NEAR, _NEAR, _NEAR])
        for x, y in np.concatenate([self._at[changed], at[changed]]).tolist():
            near |= (area[:, 0] < x) & (x < area[:, 2]) & (area[:, 1] < y) & (y < area[:, 3])
        return np.flatnonzero(near)

    def lead(self, bends: Mapping[Wire, tuple[Point, ...]]) -> None:
        """Leads wires through these points from now on; a wire that is not named runs as it finds its way."""
        before, self.bends = self.bends, bends
        if before is not bends and (before or bends):
            if self._numbers is None:
                self._numbers = {wire: i for i, wire in enumerate(self.all)}
            other = (w for w in before.keys() | bends.keys() if before.get(w, ()) != bends.get(w, ()))
            changed = sorted(self._numbers[wire] for wire in other if wire in self._numbers)
            self._forget(np.array(changed, np.intp))

    def restyle(self, square: bool) -> None:
        """Draws all wires square, or smooth, from now on."""
        self.square = square
        self._forget(np.arange(len(self.all)))

    def _forget(self, some: Ints) -> None:
        """Lets some wires run direct, or through their bend points, until they are asked to find their way."""
        self._changes += 1
        self.stamp[some] = self._changes
        self._own[some] = False
        if self.routes or self._lines:
            for i in some.tolist():
                self.routes.pop(i, None)
                self._lines.pop(i, None)
                self._pairs.pop(i, None)
            self._lanes.leave(some)
            self._tracks.leave(some)
        ends = self.ends[some]
        down = ends[:, 3] - ends[:, 1]
        turning = np.abs(ends[:, 2] - ends[:, 0]) >= _SAME
        self.known[some] = (down <= _LONG) & (down > -_LONG) & ~(self.square & (turning | (down < 0)))
        aside = np.where(self.known[some], 4.0, _AROUND)
        over = np.where(down > 0, 4.0, LOOP * 2)
        low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
        reach = np.stack([aside, over], axis=1)
        self.box[some] = np.concatenate([low - reach, high + reach], axis=1)
        if self.bends:
            for i in some.tolist():
                bent = self.bends.get(self.all[i])
                if bent:
                    self._take(i, Route(bent, True))

    def route(self, some: Ints, at: Floats) -> None:
        """Finds the ways of some wires, those about to be seen, that are not known yet.

        All wires of one result are led together, the longest first, so that the others can run along with it; and
        results that go far after those that do not, so that the far ones go round the near ones.
        """
        waiting = some[~self.known[some]]
        if not len(waiting):
            return
        if self._obstacles is None:
            self._obstacles = Obstacles(at)
        asked = np.zeros(len(at), np.bool_)
        asked[self.source[waiting]] = True
        together = np.flatnonzero(asked[self.source] & ~self.known)
        span = self.ends[together, 3] - self.ends[together, 1]
        source = self.source[together]
        furthest = np.zeros(len(at))
        np.maximum.at(furthest, source, span)
        order = together[np.lexsort((-span, source, furthest[source]))].tolist()
        found = {i: self._way(i, self._obstacles) for i in order}
        if self.square:
            aside = np.abs(self.ends[together, 2] - self.ends[together, 0])
            found = {i: self._levelled(i, found[i]) for i in together[np.argsort(aside, kind="stable")].tolist()}
        for i, route in found.items():
            self._take(i, route)

    def find(self, at: Floats) -> None:
        """Finds all ways at once, where they are not so many that one would wait."""
        waiting = np.flatnonzero(~self.known)
        if len(waiting) <= _FEW:
            self.route(waiting, at)

    def around(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """A box grown to hold the wires too, as far as their ways are known."""
        if not self.routes:
            return box
        own = self.box[np.fromiter(self.routes, np.intp, len(self.routes))]
        (x1, y1), (x2, y2) = own[:, :2].min(axis=0).tolist(), own[:, 2:].max(axis=0).tolist()
        return min(box[0], x1), min(box[1], y1), max(box[2], x2), max(box[3], y2)

    def _way(self, i: int, obstacles: Obstacles) -> Route:
        ends = self.line_ends(i)
        if ends[3] - ends[1] <= -_LONG:
            back = Route(aside=lane_back(ends, obstacles, self._lanes, self._owner(i)))
            self._occupy(i, back)
            return back
        between = obstacles.between(ends, int(self.source[i]), int(self.target[i]))
        if not len(between) or not blocked(polyline(ends, DIRECT, self.square), between):
            return DIRECT
        owner, lean = self._owner(i), float(self.into[i]) - MIDDLE or float(self.out[i]) - MIDDLE
        route = Route(detour(ends, between, self._lanes, owner, lean, self.square))
        self._occupy(i, route)
        return route

    def _owner(self, i: int) -> int:
        """Whose result a wire carries: one number for each output of each node."""
        return int(self.source[i]) * 64 + self.slot[i]

    def _levelled(self, i: int, route: Route) -> Route:
        ends = self.line_ends(i)
        if route.aside is not None:
            return route
        stops = [ends[:2], *route.points, ends[2:]]
        levels = self._tracks.levels(i, self._owner(i), stops, bool(self.into[i] != MIDDLE))
        return Route(route.points, False, levels) if levels else route

    def _take(self, i: int, route: Route) -> None:
        self.known[i] = True
        self._changes += 1
        self.stamp[i] = self._changes
        if route is not DIRECT:
            self.routes[i] = route
        ends = self.line_ends(i)
        line = polyline(ends, route, self.square)
        if route is not DIRECT or (self.square and ends[3] < ends[1]):
            self._lines[i], self._pairs[i] = line, np.concatenate([line[:-1], line[1:]], axis=1)
            self._own[i] = True
        low, high = _reach(line)
        self.box[i, :2], self.box[i, 2:] = low - 4.0, high + 4.0

    def line_ends(self, i: int) -> Ends:
        """Where a wire begins and ends: x1, y1, x2, y2."""
        x1, y1, x2, y2 = self.ends[i].tolist()
        return x1, y1, x2, y2

    def line(self, i: int) -> Floats:
        """A wire as a chain of straight lines: (points, 2)."""
        own = self._lines.get(i)
        return polyline(self.line_ends(i), DIRECT, self.square) if own is None else own

    def segments(self, some: Ints, pieces: int) -> Floats:
        """Some wires as straight lines x1, y1, x2, y2: `pieces` for each that runs direct, and one where that is 1."""
        if pieces == 1:
            return self.ends[some]
        own, direct = some[self._own[some]], some[~self._own[some]]
        ends = self.ends[direct]
        plumb = (ends[:, 0] == ends[:, 2]) & (ends[:, 1] < ends[:, 3])  # in pieces these would look dotted
        chains = polylines(ends[~plumb], pieces, self.square)
        lines = np.concatenate([chains[:, :-1], chains[:, 1:]], axis=2).reshape(-1, 4)
        return np.concatenate([ends[plumb], lines, *(self._pairs[i] for i in own.tolist())])

    def nearest(self, at: Floats, x: float, y: float, reach: float) -> int | None:
        """The wire nearest to a point, if one is within `reach`; `at` are the cards' corners."""
        box = self.box
        near = (box[:, 0] - reach < x) & (x < box[:, 2] + reach) & (box[:, 1] - reach < y) & (y < box[:, 3] + reach)
        some = np.flatnonzero(near)
        if not len(some):
            return None
        self.route(some, at)
        own, direct = some[self._own[some]], some[~self._own[some]]
        point = np.array([x, y])
        away = [_distance(self._lines[i][None], point) for i in own.tolist()]
        distance = np.concatenate([*away, _distance(polylines(self.ends[direct], _FINE, self.square), point)])
        best = int(np.argmin(distance))
        return int(np.concatenate([own, direct])[best]) if distance[best] <= reach else None

    def bend_at(self, x: float, y: float, reach: float) -> tuple[Wire, int] | None:
        """The bend point nearest to a point, if one is within `reach`: its wire and its number along it."""
        found = [
            ((a - x) ** 2 + (b - y) ** 2, wire, k)
            for wire, points in self.bends.items()
            for k, (a, b) in enumerate(points)
        ]
        best = min(found, default=None)
        return best[1:] if best is not None and best[0] <= reach**2 else None

    def bend_slot(self, wire: Wire, x: float, y: float) -> int:
        """The number along its wire that a new bend point at a point of it gets; those behind move up by one."""
        i, points = self.all.index(wire), self.bends.get(wire, ())
        line = self.line(i)
        here = _along(line, (x, y))
        return sum(_along(line, stop) < here for stop in points)


def _reach(line: Floats) -> tuple[Floats, Floats]:
    return line.min(axis=0), line.max(axis=0)


def _along(line: Floats, point: Point) -> float:
    """How far along a chain of lines, in lines, its place nearest to a point is."""
    start, way = line[:-1], np.diff(line, axis=0)
    length = np.maximum((way**2).sum(axis=1), 1e-9)
    part = np.clip(((np.array(point) - start) * way).sum(axis=1) / length, 0.0, 1.0)
    distance = ((start + part[:, None] * way - point) ** 2).sum(axis=1)
    best = int(np.argmin(distance))
    return best + float(part[best])


def _distance(lines: Floats, point: Floats) -> Floats:
    """From a point to each of several chains of lines."""
    start, way = lines[:, :-1], np.diff(lines, axis=1)
    length = np.maximum((way**2).sum(axis=2), 1e-9)
    along = np.clip(((point - start) * way).sum(axis=2) / length, 0.0, 1.0)
    nearest = start + along[..., None] * way
    result: Floats = np.sqrt(((point - nearest) ** 2).sum(axis=2)).min(axis=1)
    return result
