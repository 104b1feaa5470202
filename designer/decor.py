"""What stands on a canvas beside cards and wires: notes, frames, and the points through which wires are led."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from blocks.graph import Graph, Wire
from runtime.design import Bends, Design, Frame, Note, Point

Kind = Literal["frames", "notes"]
T = TypeVar("T")


@dataclass(frozen=True)
class Decor:
    """The notes, frames and bend points of one network. Every change gives a new one."""

    notes: tuple[Note, ...] = ()
    frames: tuple[Frame, ...] = ()
    bends: Bends = field(default_factory=dict)

    def with_note(self, number: int, note: Note) -> Decor:
        """With another note in the place of one, or one more."""
        return replace(self, notes=_put(self.notes, number, note))

    def with_frame(self, number: int, frame: Frame) -> Decor:
        """With another frame in the place of one, or one more."""
        return replace(self, frames=_put(self.frames, number, frame))

    def without(self, notes: Sequence[int], frames: Sequence[int]) -> Decor:
        """Without some notes and frames."""
        return replace(
            self,
            notes=tuple(note for i, note in enumerate(self.notes) if i not in notes),
            frames=tuple(frame for i, frame in enumerate(self.frames) if i not in frames),
        )

    def with_bend(self, wire: Wire, points: tuple[Point, ...]) -> Decor:
        """With a wire led through these points; through none it runs as the canvas leads it."""
        others = {each: bent for each, bent in self.bends.items() if each != wire}
        return replace(self, bends={**others, wire: points} if points else others)


@dataclass(frozen=True)
class Picked:
    """What is selected beside nodes and wires: frames and notes by number, and at most one bend point of a wire."""

    frames: frozenset[int] = frozenset()
    notes: frozenset[int] = frozenset()
    bend: tuple[Wire, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.frames or self.notes or self.bend)

    def of(self, kind: Kind) -> frozenset[int]:
        """The frames, or the notes."""
        return self.frames if kind == "frames" else self.notes

    def with_(self, kind: Kind, numbers: frozenset[int]) -> Picked:
        """With other frames, or other notes, and no bend point."""
        return Picked(numbers, self.notes) if kind == "frames" else Picked(self.frames, numbers)

    def within(self, decor: Decor) -> Picked:
        """What of it is still there."""
        wire, number = self.bend or (None, 0)
        there = wire is not None and number < len(decor.bends.get(wire, ()))
        return Picked(
            frozenset(i for i in self.frames if i < len(decor.frames)),
            frozenset(i for i in self.notes if i < len(decor.notes)),
            self.bend if there else None,
        )


NOTHING = Picked()
Laid = tuple[Mapping[str, Point], Decor]  # where the cards of a network stand, and what is beside them


def not_laid(network: str) -> Laid:
    """What is known of a network that nobody has laid out by hand."""
    return {}, Decor()


def grown(decor: Decor, copied: Decor, named: Mapping[str, str], way: Point) -> Decor:
    """With copies so far from where they were; `named` gives the new name of each copied node."""
    dx, dy = way
    bends = {
        wire._replace(source=named[wire.source], target=named[wire.target]): tuple((x + dx, y + dy) for x, y in points)
        for wire, points in copied.bends.items()
    }
    return replace(
        decor,
        notes=(*decor.notes, *(replace(n, at=(n.at[0] + dx, n.at[1] + dy)) for n in copied.notes)),
        frames=(*decor.frames, *(replace(f, at=(f.at[0] + dx, f.at[1] + dy)) for f in copied.frames)),
        bends={**decor.bends, **bends} if bends else decor.bends,
    )


def renamed_bends(decor: Decor, before: Graph, after: Graph) -> Decor:
    """With the bend points of wires that only came to bear other names; both networks list them in one order."""
    if not decor.bends or len(before.wires) != len(after.wires):
        return decor
    named = dict(zip(before.wires, after.wires, strict=True))
    return replace(decor, bends={named.get(wire, wire): points for wire, points in decor.bends.items()})


def as_it_was(decor: Decor) -> Decor:
    """The change of a gesture that touches none of it."""
    return decor


def decor_of(design: Design, network: str) -> Decor:
    """What a design has on the canvas of a network."""
    notes, frames = design.notes.get(network, ()), design.frames.get(network, ())
    return Decor(notes, frames, design.bends.get(network, {}))


def decorated(design: Design, network: str, decor: Decor) -> Design:
    """A design with this on the canvas of a network; what is the same stays untouched."""
    before = decor_of(design, network)
    if decor.notes != before.notes:
        design = design.with_notes(network, decor.notes)
    if decor.frames != before.frames:
        design = design.with_frames(network, decor.frames)
    return design.with_bends(network, decor.bends) if decor.bends != before.bends else design


def _put(row: tuple[T, ...], number: int, each: T) -> tuple[T, ...]:
    return (*row[:number], each, *row[number + 1 :])
