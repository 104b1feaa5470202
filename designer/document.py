"""The one place where a Design changes: edits in, undo and redo, what is saved, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from runtime.design import Design
from runtime.file import open_design, save_design
from runtime.verdict import Verdict, judge, rejudge

Edit = Callable[[Design], Design]
_MERGE_SECONDS = 1.0


@dataclass(frozen=True)
class Change:
    """One undo step: what was done in words, and the design before and after."""

    label: str
    before: Design
    after: Design
    merge: str = ""
    at: float = 0.0


class OpenDesign(QObject):
    """A Design that changes, with its history and file. Views listen to `changed` and never write back into it."""

    changed = Signal(object, object)  # the Design before and after
    history_changed = Signal()
    file_changed = Signal()  # path, or saved or not
    replaced = Signal()  # another document altogether, before `changed` tells what it holds

    def __init__(self, design: Design | None = None, path: Path | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._design = design or Design()
        self._saved = self._design
        self.path = path
        self.verdict: Verdict = judge(self._design)
        self._done: list[Change] = []
        self._undone: list[Change] = []

    @classmethod
    def read(cls, path: Path, parent: QObject | None = None) -> OpenDesign:
        """Opens a file; raises BadDesign or CannotRead, and then nothing has happened."""
        return cls(open_design(path), path, parent)

    def show(self, design: Design, path: Path | None = None) -> None:
        """Takes another document in place of this one, with a history of its own."""
        before, self._design, self._saved = self._design, design, design
        self.path, self.verdict = path, judge(design)
        self._done, self._undone = [], []
        self.replaced.emit()
        self._tell(before, design)

    def open(self, path: Path) -> None:
        """Takes the document in a file in place of this one; raises BadDesign, and then nothing has happened."""
        self.show(open_design(path), path)

    @property
    def design(self) -> Design:
        """The document as it is now."""
        return self._design

    @property
    def modified(self) -> bool:
        """Whether it differs from what the file holds."""
        return self._design is not self._saved

    @property
    def history(self) -> tuple[str, ...]:
        """What was done, in words, oldest first."""
        return tuple(change.label for change in self._done)

    @property
    def future(self) -> tuple[str, ...]:
        """What was undone and can be done again, next first."""
        return tuple(change.label for change in reversed(self._undone))

    def apply(self, edit: Edit, label: str, merge: str = "") -> bool:
        """Does an edit as one undo step; with the same `merge` word right after each other, as one with the last.

        Raises what the edit raises (Refused, BadSetting), and then nothing has happened. False: nothing changed.
        """
        before, after = self._design, edit(self._design)
        if after is before or after == before:
            return False
        self._record(Change(label, before, after, merge, time.monotonic()))
        self._become(after)
        return True

    def _record(self, change: Change) -> None:
        last = self._done[-1] if self._done else None
        if last and change.merge and last.merge == change.merge and change.at - last.at < _MERGE_SECONDS:
            self._done[-1] = Change(last.label, last.before, change.after, change.merge, change.at)
        else:
            self._done.append(change)
        self._undone.clear()

    def undo(self) -> str:
        """Takes back the last step and says which; nothing where there is none."""
        if not self._done:
            return ""
        change = self._done.pop()
        self._undone.append(change)
        self._become(change.before)
        return change.label

    def redo(self) -> str:
        """Does again what was taken back last and says what; nothing where there is none."""
        if not self._undone:
            return ""
        change = self._undone.pop()
        self._done.append(change)
        self._become(change.after)
        return change.label

    def save(self, path: Path | None = None) -> None:
        """Writes the file; raises CannotSave, and then it still counts as modified."""
        target = path or self.path
        if target is None:
            raise ValueError("a design without a file needs a path to be saved to")
        save_design(target, self._design)
        self.path, self._saved = target, self._design
        self.file_changed.emit()

    def _become(self, after: Design) -> None:
        before, self._design = self._design, after
        self.verdict = _judged(self.verdict, before, after)
        self._tell(before, after)

    def _tell(self, before: Design, after: Design) -> None:
        self.changed.emit(before, after)
        self.history_changed.emit()
        self.file_changed.emit()


def _judged(verdict: Verdict, before: Design, after: Design) -> Verdict:
    """The verdict after a change: only what differs is checked again."""
    differing = [name for name in after.networks if before.networks.get(name) is not after.networks[name]]
    same = before.networks.keys() == after.networks.keys() and before.data is after.data
    if not same or before.training is not after.training or len(differing) > 1:
        return judge(after)
    if not differing:
        return verdict
    old, new = before.networks[differing[0]].nodes, after.networks[differing[0]].nodes
    touched = [name for name, node in new.items() if old.get(name) is not node]
    return rejudge(verdict, after, differing[0], touched)
