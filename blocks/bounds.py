"""Between which numbers a setting lies, tested and in words."""

from __future__ import annotations

WHOLE_LIMIT = 2**31 - 1


def span(low: float | None, high: float | None) -> str:
    """The bounds as they follow `a number`; nothing where there are none."""
    if low is not None and high is not None and high < WHOLE_LIMIT:
        return f" from {low} to {high}"
    if low is not None:
        return f" of at least {low}"
    return f" of at most {high}" if high is not None else ""


def within(n: float, low: float | None, high: float | None) -> bool:
    """Whether a number lies between bounds, where there are any, and is none of the absurdly large ones."""
    return (low is None or n >= low) and (high is None or n <= high) and abs(n) <= 1e18
