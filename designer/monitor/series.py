"""Long series of numbers: growing, smoothed, and thinned to what a screen can show; no Qt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating]

BLOCK = 64  # points of which the extremes are kept, so that a million points thin in microseconds
_ROOM = 1024  # points there is room for at first


class Series:
    """Points (x, y) with x rising, appended in chunks; every value is kept as it came.

    Values that are not finite are kept too, and are gaps in what `thin` gives.
    """

    def __init__(self, dtype: type[np.floating] = np.float64) -> None:
        self._x = np.empty(_ROOM, np.float64)
        self._y = np.empty(_ROOM, dtype)
        self._low = np.empty(_ROOM // BLOCK, dtype)
        self._high = np.empty(_ROOM // BLOCK, dtype)
        self._count = 0
        self._blocks = 0  # complete ones, whose extremes are known

    def __len__(self) -> int:
        return self._count

    @property
    def x(self) -> Floats:
        """All places, as a view."""
        return self._x[: self._count]

    @property
    def y(self) -> Floats:
        """All values, as a view."""
        return self._y[: self._count]

    def append(self, x: ArrayLike, y: ArrayLike) -> None:
        """Adds points to the right; what stood at or right of the first new x is replaced.

        So the steps that a resumed training repeats do not appear twice. ValueError where x and y
        differ in length.
        """
        places, values = np.atleast_1d(np.asarray(x, np.float64)), np.atleast_1d(np.asarray(y))
        if places.shape != values.shape:
            raise ValueError(f"{len(places)} places for {len(values)} values")
        if not len(places):
            return
        self.cut(float(places[0]))
        end = self._count + len(places)
        self._make_room(end)
        self._x[self._count : end] = places
        self._y[self._count : end] = values
        self._count = end
        self._close_blocks()

    def cut(self, x: float) -> None:
        """Forgets all points at or right of x."""
        if self._count and x <= self._x[self._count - 1]:
            self._count = int(np.searchsorted(self.x, x, "left"))
            self._blocks = min(self._blocks, self._count // BLOCK)

    def last(self) -> float:
        """The newest value; NaN where there is none."""
        return float(self._y[self._count - 1]) if self._count else math.nan

    def at(self, x: float) -> int | None:
        """The index of the point nearest to x; None where there is none."""
        if not self._count:
            return None
        right = min(int(np.searchsorted(self.x, x)), self._count - 1)
        left = max(right - 1, 0)
        return left if abs(self._x[left] - x) <= abs(self._x[right] - x) else right

    def thin(self, pixels: int, low: float = -math.inf, high: float = math.inf) -> tuple[Floats, Floats]:
        """At most about 2 points a pixel that look like all points from x = `low` to `high`.

        Each pixel gets the smallest and the largest value that falls on it. The work is bounded by
        `pixels` and a 64th of the points, and the choice of points stays while points are added.
        """
        first = max(int(np.searchsorted(self.x, low, "left")) - 1, 0)
        last = min(int(np.searchsorted(self.x, high, "right")) + 1, self._count)
        stride = _stride(last - first, pixels)
        if stride == 1:
            return self._x[first:last], _finite(self._y[first:last])
        if stride < BLOCK:
            first -= first % stride
            return _extremes(self._x[first:last], _finite(self._y[first:last]), stride)
        return self._thin_blocks(first - first % stride, last, stride)

    def _thin_blocks(self, first: int, last: int, stride: int) -> tuple[Floats, Floats]:
        """Thins by the extremes of the complete blocks, and the points after them as one more."""
        start, end = first // BLOCK, min(last // BLOCK, self._blocks)
        starts = np.arange(start, end, stride // BLOCK)
        if not len(starts):
            return _extremes(self._x[first:last], _finite(self._y[first:last]), stride)
        with np.errstate(invalid="ignore"):
            low = np.fmin.reduceat(self._low[:end], starts)
            high = np.fmax.reduceat(self._high[:end], starts)
        edges = starts * BLOCK
        ends = np.append(edges[1:], end * BLOCK) - 1
        body = _zigzag(self._x[edges], self._x[ends], low, high, self._y[edges] <= self._y[ends])
        rest = slice(end * BLOCK, last)
        tail = _extremes(self._x[rest], _finite(self._y[rest]), stride)
        return np.concatenate([body[0], tail[0]]), np.concatenate([body[1], tail[1]])

    def _make_room(self, count: int) -> None:
        if count <= len(self._x):
            return
        room = max(count, 2 * len(self._x))
        for name, size in (("_x", room), ("_y", room), ("_low", room), ("_high", room)):
            old = getattr(self, name)
            fresh = np.empty(size if name in ("_x", "_y") else size // BLOCK + 1, old.dtype)
            fresh[: len(old)] = old
            setattr(self, name, fresh)

    def _close_blocks(self) -> None:
        done, full = self._blocks, self._count // BLOCK
        if full == done:
            return
        rows = _finite(self._y[done * BLOCK : full * BLOCK]).reshape(-1, BLOCK)
        with np.errstate(invalid="ignore"):
            self._low[done:full] = np.fmin.reduce(rows, axis=1)
            self._high[done:full] = np.fmax.reduce(rows, axis=1)
        self._blocks = full


def thin(x: Floats, y: Floats, pixels: int) -> tuple[Floats, Floats]:
    """At most about 2 points a pixel that look like all of them; values not finite are gaps."""
    stride = _stride(len(x), pixels)
    return (x, _finite(y)) if stride == 1 else _extremes(x, _finite(y), stride)


def _stride(count: int, pixels: int) -> int:
    # A power of two counted from the first point: as points come, buckets fill but never move.
    stride = 1
    while count > 2 * stride * max(pixels, 1):
        stride *= 2
    return stride if stride == 1 else 2 * stride


def _finite(y: Floats) -> Floats:
    good = np.isfinite(y)
    return y if good.all() else np.where(good, y, np.nan)


def _extremes(x: Floats, y: Floats, stride: int) -> tuple[Floats, Floats]:
    if not len(x):
        return x, y
    starts = np.arange(0, len(x), stride)
    ends = np.append(starts[1:], len(x)) - 1
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduceat(y, starts), np.fmax.reduceat(y, starts)
    return _zigzag(x[starts], x[ends], low, high, y[starts] <= y[ends])


def _zigzag(left: Floats, right: Floats, low: Floats, high: Floats, rising: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Two points a bucket, the lower first where the bucket rises: a smooth line stays smooth."""
    x, y = np.empty(2 * len(left)), np.empty(2 * len(left))
    x[0::2], x[1::2] = left, right
    y[0::2], y[1::2] = np.where(rising, low, high), np.where(rising, high, low)
    return x, y


class Smoothing:
    """A running mean with exponential weights, free of the bias to zero at the start, as TensorBoard draws it.

    s_t = w s_{t-1} + (1 - w) y_t, divided by 1 - w^t. Values that are not finite are passed over.
    """

    def __init__(self, weight: float) -> None:
        if not 0 <= weight < 1:
            raise ValueError(f"a smoothing weight is from 0 up to below 1, not {weight}")
        self.weight = weight
        self._sum = 0.0
        self._count = 0

    def extend(self, values: ArrayLike) -> Floats:
        """The smoothed values that follow on those given before; NaN where a value is not finite."""
        given = np.asarray(values, np.float64)
        good = np.isfinite(given)
        result = np.full(given.shape, np.nan)
        seen = given if good.all() else given[good]
        if len(seen):
            sums = _recur((1 - self.weight) * seen, self.weight, self._sum)
            counts = self._count + np.arange(1, len(seen) + 1)
            result[good] = sums / (1 - self.weight**counts)
            self._sum, self._count = float(sums[-1]), int(counts[-1])
        return result


def smooth(values: ArrayLike, weight: float) -> Floats:
    """All values smoothed at once; see `Smoothing`."""
    return Smoothing(weight).extend(values)


def _recur(inputs: Floats, weight: float, start: float) -> Floats:
    """c_t = weight c_{t-1} + inputs_t from c_0 = start, without a Python loop over the values.

    Rows short enough that weight^width stays above 1e-6 are summed each by itself; what one row hands
    to the next is the same recurrence over the rows' ends.
    """
    count = len(inputs)
    if count == 0:
        return inputs
    if weight < 1e-3:  # eight terms reach below 1e-24
        result = np.convolve(inputs, weight ** np.arange(8))[:count]
        result[:8] += start * weight ** np.arange(1, min(count, 8) + 1)
        return result
    width = max(min(count, int(math.log(1e-6) / math.log(weight))), 1)
    powers = weight ** np.arange(1, width + 1)
    rows = np.zeros((-(-count // width), width))
    rows.reshape(-1)[:count] = inputs
    inner = np.cumsum(rows / powers, axis=1) * powers
    carried = np.append(start, _recur(inner[:-1, -1], float(powers[-1]), start))
    return np.asarray((inner + carried[:, None] * powers).reshape(-1)[:count])
