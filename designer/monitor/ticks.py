"""Round numbers for axes, and numbers as text for legends; no Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

_DIGITS = tuple(range(1, 10))


@dataclass(frozen=True, slots=True)
class Axis:
    """A range that begins and ends on a tick; the ticks' places, and what is written at them."""

    low: float
    high: float
    places: tuple[float, ...]
    labels: tuple[str, ...]


def linear_axis(low: float, high: float, ticks: int = 4) -> Axis:
    """The tightest round range around low..high in at most `ticks` steps (2 or more)."""
    low, high = _widened(low, high)
    coarse = round_step((high - low) / 2)
    best = (coarse, math.floor(low / coarse), math.ceil(high / coarse))
    for finer in (10.0, 5.0, 4.0, 2.5, 2.0):
        step = round_step(coarse / finer)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= ticks and (last - first) * step <= (best[2] - best[1]) * best[0] * 1.000001:
            best = (step, first, last)
    step, first, last = best
    places = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Axis(places[0], places[-1], places, tuple(label(p, step) for p in places))


def log_axis(low: float, high: float, ticks: int = 4) -> Axis:
    """The range of log10 values around low..high (themselves log10), with ticks at round values."""
    low, high = (low, high) if high - low > 1e-6 else (low - 0.15, high + 0.15)
    span = high - low
    per_decade = (1,) if span > 2 else (1, 3) if span > 0.9 else (1, 2, 5) if span > 0.4 else _DIGITS
    every = max(math.ceil(span / max(ticks, 1)), 1) if len(per_decade) == 1 else 1
    decades = range(math.floor(low) // every * every, math.ceil(high) + every, every)
    places = [math.log10(m) + d for d in decades for m in per_decade]
    first = max((i for i, p in enumerate(places) if p <= low + 1e-9), default=0)
    last = min((i for i, p in enumerate(places) if p >= high - 1e-9), default=len(places) - 1)
    kept = tuple(places[first : last + 1])
    return Axis(kept[0], kept[-1], kept, tuple(label(10**p, 10**p) for p in kept))


def inner_ticks(low: float, high: float, ticks: int = 4) -> Axis:
    """Round places inside low..high, whose range stays as it is: for the steps of a training."""
    step = max(round_step((high - low) / max(ticks, 1)), 1e-12)
    places = tuple(round(i * step, 12) for i in range(math.ceil(low / step), int(high / step) + 1))
    return Axis(low, high, places, tuple(label(p, step) for p in places))


def round_step(step: float) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10^n that is not below `step`."""
    scale = 10.0 ** math.floor(math.log10(step))
    return next(m * scale for m in (1.0, 2.0, 2.5, 5.0, 10.0) if m * scale >= step * (1 - 1e-9))


def label(value: float, step: float) -> str:
    """A tick's value with as many decimals as its step needs; powers of ten where that is shorter."""
    if value == 0:
        return "0"
    if abs(value) >= 1e6 or step < 1e-4:
        return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e−").replace("-", "−")
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if round(step * 10**decimals, 6) % 1:  # 0.25 needs one decimal more than 0.2
        decimals += 1
    return f"{value:,.{decimals}f}".replace("-", "−")


def number(value: float) -> str:
    """A measured value for reading: three decimals around one, fewer digits further off."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else ("−∞" if value < 0 else "∞")
    size = abs(value)
    if size and size < 1e-4:
        text = f"{value:.1e}".replace("e-0", "e-")
    elif size < 0.01:
        text = f"{value:.2g}"
    else:
        text = f"{value:,.{3 if size < 10 else 1 if size < 1000 else 0}f}"
    return text.replace("-", "−")


def spread(values: np.ndarray, outer: float = 1.0) -> tuple[float, float] | None:
    """Where all but the outermost `outer` per cent of the finite values lie; None where none is."""
    good = values[np.isfinite(values)]
    if not len(good):
        return None
    aside = int(len(good) * outer / 100)
    ordered = np.partition(good, (aside, len(good) - 1 - aside))
    return float(ordered[aside]), float(ordered[-1 - aside])


def _widened(low: float, high: float) -> tuple[float, float]:
    if high - low > 1e-9 * max(abs(low), abs(high)):
        return low, high
    room = max(abs(low) * 0.05, 1e-3)
    return low - room, high + room
