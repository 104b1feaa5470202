"""A witness of everything that happens to a document: what it held before and after each step, to the byte."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from blocks.block import Unfit
from blocks.check import Checked
from blocks.edits import Refused
from blocks.setting import BadSetting
from designer.document import PAUSE, Change, OpenDesign, View
from designer.place import Place
from runtime.design import Design
from runtime.file import dumps, loads
from runtime.verdict import Verdict, judge
from tests.designer import edits_at_random, laws, laws_of_copies, promises
from tests.designer.hand_at_random import EDITS, Deed, Hand
from tests.designer.promises import OF_CANVAS, Done

__all__ = ["Broken", "Witness", "edits_at_random", "laws_of_copies", "session"]


class Broken(AssertionError):
    """A step that undo, redo or the verdict did not keep its word about."""


class Moment(NamedTuple):
    """The document at one time: the text of its file, and all that it holds in memory, in its order."""

    text: str
    held: str


def moment(design: Design) -> Moment:
    """What a design is now. Later changes within it cannot reach this."""
    return Moment(dumps(design), repr(design))


_ROWS: dict[int, tuple[object, object]] = {}  # by identity; the rows are kept, so that no other takes their number


def plain(value: object) -> object:
    """A row of a check, and whatever holds rows, as values that can be compared."""
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(plain(each) for each in value)
    if isinstance(value, Unfit):
        return str(value), plain(tuple(vars(value).values()))
    if not dataclasses.is_dataclass(value) or type(value).__eq__ is not object.__eq__:
        return value
    if id(value) not in _ROWS:
        told = tuple(plain(getattr(value, each.name)) for each in dataclasses.fields(value))
        _ROWS[id(value)] = value, told
    return _ROWS[id(value)][1]


def facts(verdict: Verdict, design: Design) -> dict[str, object]:
    """Everything that a verdict says, as values to compare."""
    told: dict[str, object] = {
        "order": list(verdict.networks),
        "faces": dict(verdict.faces),
        "said": [(f.level, f.network, f.phase, f.node, f.message, f.setting, f.port) for f in verdict.diagnostics],
        "phases": [(p.name, p.problem, p.step, p.checked and _shapes(p.checked)) for p in verdict.phases],
    }
    for name, checked in verdict.networks.items():
        told[f"{name} rows"] = plain(checked.rows)
        told[f"{name} sums"] = checked.parameters, checked.buffers, checked.macs, checked.activations, checked.unfit
        told[f"{name} graph"] = checked.graph is design.networks[name]
        told[f"{name} networks"] = [(n, checked.networks.get(n) is g) for n, g in design.networks.items()]
    return told


def _shapes(checked: Checked) -> object:
    """The shapes in a step; what it counts of the networks is worked out when it is looked at."""
    return {name: (row.inputs, row.outputs) for name, row in checked.rows.items()}


@dataclass
class Clock:
    """A clock that goes on only when it is told to."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Witness:
    """Holds a document to its word: `moments[at]` is what it holds now, those beyond have been undone."""

    def __init__(self, document: OpenDesign) -> None:
        self.document = document
        self.moments = [moment(document.design)]
        self.words: list[str] = []
        self.at, self.saved, self.steps = 0, 0 if not document.modified else -1, 0
        self.typing: tuple[str, ...] = ()

    def edit(self, deed: Deed) -> bool:
        """Does an edit and sees what it did; False where it was refused or changed nothing."""
        self.same("before an edit")
        before, verdict = self.document.design, self.document.verdict
        try:
            done = self.document.apply(deed.edit, deed.label, deed.merge, deed.seen)
        except (Refused, BadSetting):
            self.check("after a refusal")
            return False
        if done:
            self.note(deed.gesture)
            self.document.leave(_left(self.document.design, deed.seen))
        self.check(f"after {deed.kind}")
        if done:
            self.law(deed, before, verdict)
        return done

    def law(self, deed: Deed, before: Design, verdict: Verdict) -> None:
        """An edit did what it promises and left alone what it may not change, and the design makes sense."""
        after, known = self.document.design, EDITS.get(deed.kind)
        wrong = promises.unsound(after, before)
        self.require(not wrong, f"after {deed.kind}: {wrong}")
        if known is not None and deed.network in before.networks:
            done = Done(before, after, deed.network, (verdict, self.document.verdict), deed.chosen, deed.copied)
            wrong = promises.overstepped(done, known.touches) or laws.broken(deed.kind, done)
            self.require(not wrong, f"after {deed.kind}: {wrong}")

    def note(self, gesture: tuple[str, ...]) -> None:
        """Takes down what an edit led to: a step of its own, or a part of the gesture that went on."""
        now, joins = moment(self.document.design), bool(gesture) and gesture == self.typing
        self.steps, self.typing = self.steps + 1, gesture
        if joins and now == self.moments[self.at - 1]:  # typed back to what it was
            self.at -= 1
            del self.moments[self.at + 1 :], self.words[self.at :]
            self.rest()
            return
        if not joins:
            self.require(now != self.moments[self.at], "a step that changes nothing")
            self.at += 1
        if self.saved >= self.at:
            self.saved = -1
        del self.moments[self.at :], self.words[self.at - 1 :]
        self.moments.append(now)
        self.words.append(self.document.history[-1] if self.document.history else "")
        self.require(self.words[-1] not in ("", "Edit the design"), "the step is not told in words")

    def rest(self) -> None:
        """The hand does something else: what is typed next is another gesture."""
        self.typing = ()

    def go(self, by: int) -> None:
        """Undoes or redoes one step after the other, each of which has to lead to what was taken down."""
        for _ in range(abs(by)):
            forward = by > 0
            to = self.at + (1 if forward else -1)
            change = (self.document.redo if forward else self.document.undo)()
            self.rest()
            if not 0 <= to < len(self.moments):
                self.require(change is None, "there was nothing to undo or redo, and yet something was done")
                break
            self.at = to
            self.require(change is not None, "a step was not undone or redone")
            told = change.label if change is not None else ""
            self.require(told == self.words[to - 1 if forward else to], f"the step tells something else: {told}")
            if change is not None:
                self.seen(change, forward)
            self.check("after a redo" if forward else "after an undo")

    def seen(self, change: Change, forward: bool) -> None:
        """What a step changed is shown where it is: nothing is taken back out of sight."""
        place = change.shown(forward).place.network
        there = [name for name in self.document.design.networks if _differs(name, change.before, change.after)]
        self.require(not there or place in there, f"{change.label} is shown in {place or 'no network'}, not {there}")

    def jump(self, to: int) -> None:
        """Goes over many steps at once."""
        self.document.go_to(to)
        self.at = to
        self.rest()
        self.check("after a jump")

    def save(self, path: Path) -> None:
        """Writes the file, which has to hold the very bytes."""
        self.document.save(path)
        self.saved = self.at
        self.rest()
        self.require(path.read_text("utf-8") == self.moments[self.at].text, "the file holds something else")
        self.check("after saving")

    def check(self, when: str) -> None:
        """The document is what was taken down, its history as long, and its verdict that of a fresh look."""
        self.same(when)
        document = self.document
        self.require(document.position == self.at, f"{when}: at step {document.position}, not {self.at}")
        self.require(len(document.steps) == len(self.words), f"{when}: {len(document.steps)} steps are listed")
        self.require(document.modified == (self.saved != self.at), f"{when}: modified is {document.modified}")
        verdict, fresh = facts(document.verdict, document.design), facts(judge(document.design), document.design)
        wrong = [name for name in fresh if fresh[name] != verdict.get(name)]
        self.require(verdict.keys() == fresh.keys() and not wrong, f"{when}: the verdict is stale in {wrong}")

    def same(self, when: str) -> None:
        """Not a byte has changed since it was taken down."""
        now, then = moment(self.document.design), self.moments[self.at]
        self.require(now.text == then.text, f"{when}: other bytes than were recorded")
        self.require(now.held == then.held, f"{when}: other things in memory than were recorded")

    def require(self, true: bool, sentence: str) -> None:
        """Breaks off where something is not as it was."""
        if not true:
            raise Broken(f"step {self.steps}: {sentence}")


def _left(design: Design, seen: View) -> View:
    """What is in view after an edit: the same place, or another where that one is gone."""
    return seen if seen.place.network in design.networks else View(Place(next(iter(design.networks), "")))


def _differs(name: str, before: Design, after: Design) -> bool:
    held = [(getattr(before, each).get(name), getattr(after, each).get(name)) for each in ("networks", *OF_CANVAS)]
    return any((old or None) != (new or None) for old, new in held)


def session(design: Design, seed: int, edits: int, file: Path) -> dict[str, int]:
    """So many edits at random with undo and redo among them, then all the way back and on; how often each was done.

    Raises Broken with what was not kept.
    """
    clock = Clock()
    document = OpenDesign(design, clock=clock)
    hand, witness = Hand(document, seed), Witness(document)
    done: dict[str, int] = {}
    while witness.steps < edits:
        for deed in hand.deeds():
            if witness.edit(deed):
                done[deed.kind] = done.get(deed.kind, 0) + 1
        _otherwise(hand, witness, clock, file)
    _all_the_way(witness)
    return done


def _otherwise(hand: Hand, witness: Witness, clock: Clock, file: Path) -> None:
    """What a person does between edits."""
    rng = hand.rng
    what = rng.uniform(0.20, 0.26) if witness.typing and rng.random() < 0.4 else rng.random()
    if what < 0.10:
        witness.go(-rng.randint(1, 6))
    elif what < 0.18:
        witness.go(rng.randint(1, 6))
    elif what < 0.20:
        witness.jump(rng.randint(max(witness.at - 20, 0), len(witness.words)))
    elif what < 0.21:
        witness.save(file)
    elif what < 0.23:
        clock.now += PAUSE
        witness.rest()
    elif what < 0.26:
        hand.document.end_gesture()
        witness.rest()
    elif what < 0.27:
        text = witness.moments[witness.at].text
        witness.require(dumps(loads(text)) == text, "what the file would hold does not read back as it is")


def _all_the_way(witness: Witness) -> None:
    witness.go(len(witness.words) - witness.at)
    witness.go(-len(witness.words))
    witness.go(len(witness.words))
    witness.jump(0)
    witness.jump(len(witness.words))
