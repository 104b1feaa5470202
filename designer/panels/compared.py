"""Past runs behind the curves of the one that is followed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject

from designer.monitor.curves import CurvesView
from designer.past import Past, PastReader
from runtime.run import Run


class Compared(QObject):
    """Keeps the past runs that a view of curves shows, each as soon as it has been read."""

    def __init__(self, curves: CurvesView) -> None:
        super().__init__(curves)
        self._curves = curves
        self._own: Run | None = None
        self._held: dict[Path, Past] = {}
        self._labels: dict[Path, str] = {}
        self._reader = PastReader(self)
        self._reader.done.connect(self._take)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Shows these runs and no others."""
        wanted = {run.folder: run for run in runs}
        for folder in self._held.keys() - wanted.keys():
            self._reader.forget(self._held.pop(folder).run)
            self._curves.set_overlay(self._labels.pop(folder), {})
        for folder in wanted.keys() - self._held.keys():
            self._held[folder] = Past(wanted[folder])
            self._labels[folder] = _label(folder, self._labels.values())
            self._reader.read(wanted[folder])

    def begin(self, own: Run) -> None:
        """Shows them again behind other curves; a run is not compared with itself."""
        self._own = own
        for past in self._held.values():
            self._show(past)

    def _take(self, past: Past) -> None:
        if past.run.folder in self._held:
            self._held[past.run.folder] = past
            self._show(past)

    def _show(self, past: Past) -> None:
        folder = past.run.folder
        if self._own is None or self._own.folder != folder:
            self._curves.set_overlay(self._labels[folder], past.training, past.validation)


def _label(folder: Path, taken: Collection[str]) -> str:
    """When a run was started, `09:31:41`, with the day where it is not this one; its name where that is taken."""
    day, clock = folder.name[:10], folder.name[11:17]
    time = f"{clock[:2]}:{clock[2:4]}:{clock[4:]}"
    told = time if day == f"{date.today()}" else f"{day} {time}"
    return folder.name if told in taken or not clock.isdigit() else told
