"""Where the eye has been: back and forward through the views of a network, as in a browser."""

from __future__ import annotations

import time
from math import hypot

from designer.canvas.camera import Eye

_REST = 0.7  # seconds without a move after which a view counts as one that was looked at
_MOST = 100


class Trail:
    """The views of one network, with a place among them."""

    def __init__(self) -> None:
        self._before: list[Eye] = []
        self._after: list[Eye] = []
        self._here: Eye | None = None
        self._since = 0.0

    def look(self, eye: Eye, now: float | None = None) -> None:
        """The eye has moved here; moves that follow each other closely count as one."""
        now = time.monotonic() if now is None else now
        if self._here is not None and not _same(self._here, eye):
            if now - self._since >= _REST:
                self._before = [*self._before, self._here][-_MOST:]
            self._after = []
        self._here, self._since = eye, now

    def back(self) -> Eye | None:
        """The view before, or None where there is none."""
        return self._step(self._before, self._after)

    def forward(self) -> Eye | None:
        """The view that was left by going back, or None."""
        return self._step(self._after, self._before)

    def _step(self, source: list[Eye], target: list[Eye]) -> Eye | None:
        if not source or self._here is None:
            return None
        target.append(self._here)
        self._here, self._since = source.pop(), float("-inf")
        return self._here

    @property
    def has_before(self) -> bool:
        """Whether there is a view to go back to."""
        return bool(self._before)

    @property
    def has_after(self) -> bool:
        """Whether there is a view to go forward to."""
        return bool(self._after)


def _same(one: Eye, other: Eye) -> bool:
    """Whether two views differ by no more than rounding."""
    return abs(one[0] / other[0] - 1) < 1e-3 and hypot(one[1] - other[1], one[2] - other[2]) * one[0] < 2.0
