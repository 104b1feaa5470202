"""What holds for every test: no screen, settings of its own, and nothing left behind.

Qt's own messages and Python's warnings fail a test as well: see pyproject.toml.
"""

from __future__ import annotations

import gc
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakSet

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QSettings, QThread, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication, QWidget

# The same examples every time: a red test means a change. `dev.py test --all` looks for new ones.
hypothesis.settings.register_profile("ordinary", deadline=None, derandomize=True)
hypothesis.settings.register_profile("all", deadline=None, max_examples=500)
hypothesis.settings.load_profile("ordinary")

GRACE = 2.0  # seconds a thread that was asked to end may still take
HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")

_timers: WeakSet[QTimer] = WeakSet()
_threads: WeakSet[QThread] = WeakSet()
_numbers = itertools.count()


def _remember(kind: type[QTimer] | type[QThread], born: WeakSet[QTimer] | WeakSet[QThread]) -> None:
    """Have every `kind` made from Python listed in `born`: Qt itself keeps no such list."""
    make = kind.__init__

    def remembered(self: QTimer | QThread, *arguments: object, **keywords: object) -> None:
        make(self, *arguments, **keywords)  # type: ignore[arg-type]
        born.add(self)  # type: ignore[arg-type]

    kind.__init__ = remembered  # type: ignore[method-assign]


_remember(QTimer, _timers)
_remember(QThread, _threads)


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the test a home of its own, so that it neither reads nor writes a person's settings."""
    home = tmp_path_factory.getbasetemp() / f"home{next(_numbers)}"
    for name in HOMES:
        monkeypatch.setenv(name, str(home / name.lower()))
    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(home / "settings"))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail the test that leaves a top-level widget, a running timer or a running thread."""
    widgets, threads = _top_level_widgets(), set(threading.enumerate())
    timers = {timer for timer in _timers if _runs(timer)}
    yield
    left = _left_behind(widgets, timers, threads)
    if left:
        gc.collect()  # a reference cycle is no leak; collecting costs too much to do it every time
        left = _left_behind(widgets, timers, threads)
    if left:
        pytest.fail("left behind: " + ", ".join(left))


def _left_behind(widgets: set[int], timers: set[QTimer], threads: set[threading.Thread]) -> list[str]:
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QThreadPool.globalInstance().waitForDone(int(GRACE * 1000))
    return [
        *(f"widget {widget!r}" for widget in _new_widgets(widgets)),
        *(f"timer {timer!r}" for timer in _timers if timer not in timers and _runs(timer)),
        *(f"thread {thread!r}" for thread in _threads if _still_runs(thread)),
        *(f"thread {thread.name}" for thread in _new_threads(threads)),
    ]


def _top_level_widgets() -> set[int]:
    return {_address(widget) for widget in _orphans()}


def _new_widgets(known: set[int]) -> list[QWidget]:
    return [widget for widget in _orphans() if _address(widget) not in known]


def _orphans() -> list[QWidget]:
    """Return the top-level widgets without a parent; a leaked child comes with its parent."""
    if not isinstance(QApplication.instance(), QApplication):
        return []
    return [
        widget
        for widget in QApplication.topLevelWidgets()
        # Qt keeps the label of the last tooltip for the next one.
        if widget.parent() is None and widget.metaObject().className() != "QTipLabel"
    ]


def _address(widget: QWidget) -> int:
    return int(shiboken6.getCppPointer(widget)[0])


def _runs(timer: QTimer) -> bool:
    return shiboken6.isValid(timer) and timer.isActive()


def _still_runs(thread: QThread) -> bool:
    return shiboken6.isValid(thread) and thread.isRunning() and not thread.wait(int(GRACE * 1000))


def _new_threads(known: set[threading.Thread]) -> list[threading.Thread]:
    new = [thread for thread in threading.enumerate() if thread not in known]
    for thread in new:
        if not isinstance(thread, threading._DummyThread):  # a thread of Qt's cannot be joined
            thread.join(GRACE)
    return [t for t in new if t.is_alive() and not isinstance(t, threading._DummyThread)]


@pytest.fixture(scope="session")
def repository() -> Path:
    """Return the folder of the checkout."""
    return Path(__file__).resolve().parent.parent
