"""What would be lost if the program died now: a copy of every changed document, offered at the next start."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QRunnable, QStandardPaths, QThreadPool, QTimer, Signal

from designer.document import OpenDesign
from runtime.design import Design
from runtime.file import BadDesign, dumps, loads
from runtime.store import CannotSave, save

BURST = 1000  # ms after the first of a row of changes
_VERSION = 1


@dataclass(frozen=True)
class Left:
    """A document that was never saved nor given up: its copy, what it is called, its own file, and when it changed."""

    path: Path
    title: str
    file: Path | None
    at: float  # seconds since 1970

    @property
    def words(self) -> str:
        """What it is and from when, as a person is asked."""
        where = f" ({self.file.name})" if self.file is not None else ""
        return f"{self.title}{where}, changed {datetime.fromtimestamp(self.at):%d %B %H:%M}"


def home() -> Path:
    """The folder of the copies."""
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation), "layerwright")


def left(folder: Path) -> tuple[Left, ...]:
    """What programs that no longer run have left in a folder, newest first; copies of those that run are theirs."""
    found = [_told(path) for path in folder.glob("*.recovery") if _orphaned(path)]
    return tuple(sorted((each for each in found if each is not None), key=lambda each: -each.at))


def drop(copy: Left) -> None:
    """Gives a copy up."""
    copy.path.unlink(missing_ok=True)


def taken(copy: Left) -> Design:
    """The design of a copy; raises BadDesign."""
    return loads(str(json.loads(copy.path.read_text("utf-8"))["design"]), name=str(copy.path))


def _told(path: Path) -> Left | None:
    try:
        held = json.loads(path.read_text("utf-8"))
        file = Path(held["file"]) if held["file"] else None
        return Left(path, str(held["title"]), file, float(held["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # torn or foreign: there is nothing in it to offer


def _lock(path: Path) -> QLockFile:
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # it is stale when its process is gone, however old
    return lock


def _orphaned(path: Path) -> bool:
    lock = _lock(path)
    free = lock.tryLock(0)
    lock.unlock()
    return free


class Recovery(QObject):
    """Keeps the copy of one document: written a moment after it changed, gone once it is saved or given up."""

    said = Signal(str)
    _failed = Signal(str)

    def __init__(
        self,
        document: OpenDesign,
        folder: Path,
        parent: QObject | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._folder = document, folder
        self._clock = clock or (lambda: datetime.now().timestamp())
        self.path = folder / f"{uuid.uuid4().hex}.recovery"
        self._own: QLockFile | None = None
        self._complained = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)  # the newest copy is written last
        self._burst = QTimer(self, interval=BURST, singleShot=True)
        self._burst.timeout.connect(self._write)
        self._failed.connect(self._complain)
        document.file_changed.connect(self._follow)

    def take(self, copy: Left) -> None:
        """Opens what was left, as unsaved changes of its file; raises BadDesign, and then it is still there."""
        self._document.show(taken(copy), copy.file, saved=False)
        self._write()
        self._pool.waitForDone()
        if self.path.exists():
            drop(copy)

    def forget(self) -> None:
        """There is nothing to lose any more: saved, given up, or the window closes."""
        self._burst.stop()
        self._pool.waitForDone()
        self.path.unlink(missing_ok=True)
        if self._own is not None:
            self._own.unlock()
            self._own = None

    def _follow(self) -> None:
        if not self._document.modified:
            self.forget()
        elif not self._burst.isActive():  # a hand that never rests is not waited for
            self._burst.start()

    def _write(self) -> None:
        """Writes the copy beside the window: a design is a value, so that it may be edited on meanwhile."""
        try:
            self._claim()
        except OSError as cause:
            self._complain(str(CannotSave(self.path, cause)))
            return
        document = self._document
        self._pool.start(_Writing(self.path, document.design, document.path, self._clock(), self._failed.emit))

    def _claim(self) -> None:
        if self._own is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._own = _lock(self.path)
            self._own.tryLock(0)

    def _complain(self, why: str) -> None:
        if not self._complained:
            self._complained = True
            self.said.emit(f"What you do is not kept aside in case of a crash. {why}")


class _Writing(QRunnable):
    """One writing of a copy."""

    def __init__(
        self, path: Path, design: Design, file: Path | None, at: float, failed: Callable[[str], object]
    ) -> None:
        super().__init__()
        self._path, self._design, self._file, self._at, self._tell = path, design, file, at, failed

    def run(self) -> None:
        try:
            told = {
                "recovery": _VERSION,
                "title": self._design.title,
                "file": str(self._file.resolve()) if self._file is not None else "",
                "at": self._at,
                "design": dumps(self._design),
            }
            save(self._path, json.dumps(told).encode())
        except CannotSave as why:
            self._tell(str(why))
        except ValueError as cause:
            self._tell(str(CannotSave(self._path, cause)))


__all__ = ["BURST", "BadDesign", "Left", "Recovery", "drop", "home", "left", "taken"]
