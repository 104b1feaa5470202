"""Refuses, at the start and with a sentence, a Qt that would abort the window later."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

import PySide6


def broken_qt(python: Sequence[int], qt: Sequence[int]) -> str | None:
    """Return why this Python and this PySide6 cannot be used together, or None if they can.

    PySide6 6.12.0 on Python 3.11 gives back one reference to None too many on every call that
    returns nothing, and the process aborts after some thousand of them.
    """
    if tuple(python[:2]) != (3, 11) or tuple(qt[:3]) != (6, 12, 0):
        return None
    return (
        "PySide6 6.12.0 crashes on Python 3.11 after a few thousand calls. "
        "Install another one: python -m pip install 'PySide6-Essentials<6.12'"
    )


def refuse_broken_qt() -> None:
    """Return if the installed Qt can be trusted; raise SystemExit with a sentence if not."""
    problem = broken_qt(sys.version_info[:3], PySide6.__version_info__[:3])
    if problem is not None:
        raise SystemExit(problem)


def no_display(environment: Mapping[str, str], system: str) -> str | None:
    """Return why no window can be shown here, or None where one can: Qt itself would abort."""
    if system != "linux" or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        return None
    return "There is no display to show a window on. `layerwright --help` lists what can be done without one."


def refuse_no_display() -> None:
    """Return if a window can be shown; raise SystemExit 2 after a sentence if not."""
    problem = no_display(os.environ, sys.platform)
    if problem is not None:
        print(f"layerwright: {problem}", file=sys.stderr)
        raise SystemExit(2)
