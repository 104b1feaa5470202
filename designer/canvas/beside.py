"""The intents about what is beside the network: making, changing and deleting frames, notes and bend points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from blocks.graph import Wire
from designer.canvas import deeds, frames
from designer.canvas.intent import Intent, unchanged
from designer.canvas.metrics import Point, snapped
from designer.decor import Decor, Picked
from designer.theme import FRAME_TOKENS
from runtime.design import Frame, Note

if TYPE_CHECKING:
    from designer.canvas.stage import Stage

COLORS = tuple(FRAME_TOKENS)
_FRESH = tuple(color for color in COLORS if color != "grey")


def framed(canvas: Stage) -> Intent:
    """A frame around all that is selected, or an empty one amid what is in sight; in a colour that is rare."""
    box = canvas.chosen_box()
    used = [frame.color for frame in canvas.decor.frames]
    color = min(_FRESH, key=used.count)
    if box is None:
        x1, y1, x2, y2 = canvas.camera.seen()
        wide, high = Frame("").size
        frame = Frame("Frame", (snapped((x1 + x2 - wide) / 2), snapped((y1 + y2 - high) / 2)), color=color)
    else:
        frame = frames.around(box, "Frame", color)
    return Intent("Add a frame", decor=lambda decor: replace(decor, frames=(*decor.frames, frame)))


def titled(number: int, title: str) -> Intent:
    """A frame under another title."""
    return Intent(
        f"Name a frame {title}".rstrip(),
        decor=lambda decor: decor.with_frame(number, replace(decor.frames[number], title=title)),
    )


def coloured(numbers: Sequence[int], color: str) -> Intent:
    """Frames in another colour."""

    def edit(decor: Decor) -> Decor:
        for number in numbers:
            decor = decor.with_frame(number, replace(decor.frames[number], color=color))
        return decor

    return Intent(f"Make {'a frame' if len(numbers) == 1 else f'{len(numbers)} frames'} {color}", decor=edit)


def fitted(canvas: Stage, number: int) -> Intent | None:
    """A frame drawn close around the nodes and notes it holds; None where it holds nothing."""
    frame = canvas.decor.frames[number]
    box = frames.cards_box(canvas.sheet.at[frames.cards_within(frame, canvas.sheet.at)])
    for i in range(len(canvas.decor.notes)):
        if frames.holds(frame, canvas.notes.box(i)):
            box = frames.joined(box, canvas.notes.box(i))
    if box is None:
        return None
    around = frames.around(box, frame.title, frame.color)
    return Intent("Fit a frame to its nodes", decor=lambda decor: decor.with_frame(number, around))


def noted(text: str, at: Point) -> Intent:
    """One more note."""
    return Intent("Add a note", decor=lambda decor: replace(decor, notes=(*decor.notes, Note(text, at))))


def rewritten(number: int, text: str) -> Intent:
    """A note with other words; without words it is gone."""
    if not text.strip():
        return Intent("Delete a note", decor=lambda decor: decor.without([number], []))
    return Intent("Write a note", decor=lambda decor: decor.with_note(number, replace(decor.notes[number], text=text)))


def bent(wire: Wire, slot: int, at: Point) -> Intent:
    """A wire led through one more point."""

    def edit(decor: Decor) -> Decor:
        points = decor.bends.get(wire, ())
        return decor.with_bend(wire, (*points[:slot], at, *points[slot:]))

    return Intent("Bend a wire", decor=edit)


def straightened(wire: Wire, number: int | None = None) -> Intent:
    """A wire without one of its bend points, or without all."""

    def edit(decor: Decor) -> Decor:
        points = decor.bends.get(wire, ())
        return decor.with_bend(wire, () if number is None else (*points[:number], *points[number + 1 :]))

    return Intent("Straighten a wire", decor=edit)


def removed(canvas: Stage, names: Sequence[str], picked: Picked, heal: bool) -> Intent:
    """Without some nodes, notes and frames; the nodes of a frame stay."""
    nodes = deeds.removed(canvas.sheet, names, heal) if names else Intent("", unchanged, select=())
    if not picked:
        return nodes
    what = told(names, len(picked.notes), [canvas.decor.frames[i] for i in sorted(picked.frames)])
    return replace(
        nodes,
        label=f"Delete {what}",
        decor=lambda decor: decor.without(sorted(picked.notes), sorted(picked.frames)),
    )


def told(names: Sequence[str], notes: int, framed: Sequence[Frame]) -> str:
    """Nodes, notes and frames in words."""
    one = f"the frame {framed[0].title}".rstrip() if len(framed) == 1 else f"{len(framed)} frames"
    parts = [deeds.counted(names)] if names else []
    parts += ["a note" if notes == 1 else f"{notes} notes"] if notes else []
    parts += [one] if framed else []
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def whole(canvas: Stage) -> tuple[tuple[str, ...], Picked]:
    """The selected nodes with those of selected frames, frames whose nodes are all selected, and notes in these."""
    sheet, decor, picked = canvas.sheet, canvas.decor, canvas.picked
    chosen = sheet.selected.copy()
    for number in picked.frames:
        chosen[frames.cards_within(decor.frames[number], sheet.at)] = True
    held = [frames.cards_within(frame, sheet.at) for frame in decor.frames]
    framed = [i for i, some in enumerate(held) if i in picked.frames or (len(some) and chosen[some].all())]
    inside = {n for n in range(len(decor.notes)) for i in framed if frames.holds(decor.frames[i], canvas.notes.box(n))}
    names = tuple(sheet.names[i] for i in chosen.nonzero()[0].tolist())
    return names, Picked(frozenset(framed), picked.notes | inside)


def taken(canvas: Stage) -> tuple[tuple[str, ...], Decor]:
    """What a selection takes along where it is copied: nodes by name, what is beside them, the bends between."""
    names, picked = whole(canvas)
    decor, among = canvas.decor, set(names)
    bends = {w: points for w, points in decor.bends.items() if w.source in among and w.target in among}
    notes = tuple(decor.notes[i] for i in sorted(picked.notes))
    return names, Decor(notes, tuple(decor.frames[i] for i in sorted(picked.frames)), bends)
