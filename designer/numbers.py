"""Numbers for people: thousands separators, units, and no more digits than tell something."""

from __future__ import annotations

_LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_BYTES = ((2**40, "TB"), (2**30, "GB"), (2**20, "MB"), (2**10, "kB"))


def whole(number: int) -> str:
    """A count in full: `1,116,416`."""
    return f"{number:,}"


def short(number: float) -> str:
    """A count with one decimal and a unit from ten thousand on: `416.5 k`, `1.1 M`."""
    for size, unit in _LARGE:
        if number >= size and number >= 1e4:
            return f"{number / size:.1f} {unit}"
    return f"{number:,.0f}"


def in_bytes(number: float) -> str:
    """A size in memory: `784 bytes`, `0.9 MB`."""
    for size, unit in _BYTES:
        if number >= 0.9 * size:
            return f"{number / size:.1f} {unit}"
    return f"{number:,.0f} bytes"


def duration(seconds: float) -> str:
    """A time in its two largest units: `1 m 10 s`."""
    whole_ = max(round(seconds), 0)
    days, hours, minutes = whole_ // 86400, whole_ % 86400 // 3600, whole_ % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} m"
    return f"{minutes} m {whole_ % 60} s" if minutes else f"{whole_} s"


def counted(number: int, thing: str) -> str:
    """A number of things: `1 problem`, `2 problems`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
