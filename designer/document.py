"""The one place where a Design changes: edits in, undo and redo, what is saved, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from designer.place import Place
from designer.wording import differing, told
from runtime.design import Design
from runtime.file import open_design, save_design
from runtime.verdict import Verdict, judge, rejudge, replanned

Edit = Callable[[Design], Design]
PAUSE = 2.0  # seconds without a key after which typing goes on as another step


@dataclass(frozen=True)
class View:
    """Where one looked, and what was selected there."""

    place: Place = Place()
    selection: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """One undo step: the design before and after, what one saw before (`seen`) and after (`left`), and when.

    `said` are the words it was given; without any it is told from the difference. `merge` names the gesture it is
    part of, empty for one that is a step of its own.
    """

    said: str
    before: Design
    after: Design
    merge: str = ""
    seen: View = View()
    left: View = View()
    at: float = 0.0  # seconds since 1970

    @cached_property
    def label(self) -> str:
        """What was done, in words."""
        return self.said or told(self.before, self.after)

    @cached_property
    def networks(self) -> tuple[str, ...]:
        """The networks that it changed, the one in view first; none where it was about the whole design."""
        changed = differing(self.before, self.after)
        return tuple(sorted(changed, key=lambda name: name != self.seen.place.network))

    def shown(self, forward: bool) -> View:
        """Where to look so that one sees it undone, or done again (`forward`); no place where any will do."""
        view, design = (self.left, self.after) if forward else (self.seen, self.before)
        there = [name for name in self.networks if name in design.networks]
        stepped = bool(view.place.step) and self.before.training is not self.after.training
        if view.place.network in there or (not there and (self.networks or stepped)):
            return view
        return View(Place(there[0]), view.selection if forward else ()) if there else View()


class OpenDesign(QObject):
    """A Design that changes, with its history and file. Views listen to `changed` and never write back into it."""

    changed = Signal(object, object)  # the Design before and after
    history_changed = Signal()
    file_changed = Signal()  # path, or saved or not
    replaced = Signal()  # another document altogether, before `changed` tells what it holds

    def __init__(
        self,
        design: Design | None = None,
        path: Path | None = None,
        parent: QObject | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._design = design or Design()
        self._saved: Design | None = self._design
        self.path = path
        self.verdict: Verdict = judge(self._design)
        self._done: list[Change] = []
        self._undone: list[Change] = []
        self._clock = clock
        self._gesture = ""  # the one under way
        self._last = 0.0  # when its last edit was done

    @classmethod
    def read(cls, path: Path, parent: QObject | None = None) -> OpenDesign:
        """Opens a file; raises BadDesign or CannotRead, and then nothing has happened."""
        return cls(open_design(path), path, parent)

    def show(self, design: Design, path: Path | None = None, *, saved: bool = True) -> None:
        """Takes another document in place of this one, with a history of its own; not `saved` where no file has it."""
        before, self._design, self._saved = self._design, design, design if saved else None
        self.path, self.verdict = path, judge(design)
        self._done, self._undone = [], []
        self.end_gesture()
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

    # History

    @property
    def steps(self) -> tuple[Change, ...]:
        """Every step of the history, oldest first; those from `position` on are undone."""
        return (*self._done, *reversed(self._undone))

    @property
    def position(self) -> int:
        """How many steps are done."""
        return len(self._done)

    @property
    def saved_position(self) -> int | None:
        """After how many steps the document was as its file holds it; None where no step leads there."""
        steps = self.steps
        states = [steps[0].before, *(step.after for step in steps)] if steps else [self._design]
        return next((place for place, state in enumerate(states) if state is self._saved), None)

    @property
    def history(self) -> tuple[str, ...]:
        """What was done, in words, oldest first."""
        return tuple(change.label for change in self._done)

    @property
    def future(self) -> tuple[str, ...]:
        """What was undone and can be done again, next first."""
        return tuple(change.label for change in reversed(self._undone))

    def apply(self, edit: Edit, label: str = "", merge: str = "", seen: View | None = None) -> bool:
        """Does an edit as one undo step; with the `merge` word of the gesture under way, as one with the last.

        Without a label the step is told from what changed. Raises what the edit raises (Refused, BadSetting), and then
        nothing has happened. False: nothing changed.
        """
        before, after = self._design, edit(self._design)
        if after is before or after == before:
            return False
        view = seen or View()
        after = self._record(Change(label, before, after, merge, view, view, time.time()))
        self._become(after)
        self._last = self._clock()  # a slow edit is no pause of the hand
        return True

    def leave(self, seen: View) -> None:
        """Says what is in view after the last step: doing it again shows that again."""
        if self._done:
            self._done[-1] = replace(self._done[-1], left=seen)

    def end_gesture(self, *_: object) -> None:
        """The hand has left what it was at: the next edit is a step of its own."""
        self._gesture = ""

    def _record(self, change: Change) -> Design:
        """Puts a step into the history, or joins it to the last; gives the design that it leads to."""
        self._undone.clear()
        if self._goes_on(change.merge):
            first = self._done.pop()
            change = replace(change, said=first.said, before=first.before, seen=first.seen)
            if change.after == change.before:  # typed back to what it was: nothing was done
                self.end_gesture()
                return change.before
        self._done.append(change)
        self._gesture = change.merge
        return change.after

    def _goes_on(self, merge: str) -> bool:
        under_way = bool(merge) and merge == self._gesture and bool(self._done)
        return under_way and self._clock() - self._last < PAUSE

    def undo(self) -> Change | None:
        """Takes back the last step and says which; None where there is none."""
        return self.go_to(self.position - 1)

    def redo(self) -> Change | None:
        """Does again what was taken back last and says what; None where there is none."""
        return self.go_to(self.position + 1)

    def go_to(self, position: int) -> Change | None:
        """Undoes or redoes so many steps at once that `position` are done; gives the last one gone over, or None."""
        self.end_gesture()
        change, after = None, self._design
        while self._done and position < len(self._done):
            change = self._done.pop()
            self._undone.append(change)
            after = change.before
        while self._undone and position > len(self._done):
            change = self._undone.pop()
            self._done.append(change)
            after = change.after
        if change is not None:
            self._become(after)
        return change

    # File

    def save(self, path: Path | None = None) -> None:
        """Writes the file; raises CannotSave, and then it still counts as modified."""
        target = path or self.path
        if target is None:
            raise ValueError("a design without a file needs a path to be saved to")
        save_design(target, self._design)
        self.path, self._saved = target, self._design
        self.end_gesture()  # what is typed on must not carry the saved state away
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
    same = list(before.networks) == list(after.networks) and before.data is after.data
    if same and not differing and before.training is not after.training:
        return replanned(verdict, after)
    if not same or before.training is not after.training or len(differing) > 1:
        return judge(after)
    if not differing:
        return verdict
    old, new = before.networks[differing[0]].nodes, after.networks[differing[0]].nodes
    touched = [name for name, node in new.items() if old.get(name) is not node]
    return rejudge(verdict, after, differing[0], touched)
