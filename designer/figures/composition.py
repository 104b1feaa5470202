"""The stack figure as lines and words at their places: solids, joins, arrows, captions, a legend. Knows no Qt.

How wide a word is, is asked of whoever paints it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from blocks.shape import Shape, dotted
from designer.figures.lanes import Lanes, Tie, lanes
from designer.figures.solids import Scale, Solid
from designer.figures.story import Kind, Part, Story, short

Role = Literal["name", "size", "op", "count", "sign", "legend"]
Measure = Callable[[str, Role], float]
Point = tuple[float, float]

LINE = 14.0  # from line to line of the captions, px
RADIUS = 11.0  # of a join
_UNDER = 7.0  # from a solid to its caption
_OVER = 6.0  # from an arrow to what is written on it
_ROOM = 10.0  # on either side of what is written on an arrow
_HEAD = 8.0  # length of an arrow's head
_ARROW = 34.0  # the shortest arrow
_SHORT_ARROW = 18.0  # where nothing is written
_BEND = 34.0  # in which an arrow changes its lane
_STUB = 16.0  # where an arc leaves an arrow
_LANE_GAP = 26.0
_CLEAR = 14.0  # between captions of neighbours, and between arcs
_LETTERS = 24  # of a name
_LEGEND = 10.0  # side of a legend's square


@dataclass(frozen=True)
class Placed:
    """A part where it is drawn: `x` is the left of its solid or join, `y` its middle."""

    part: Part
    solid: Solid
    x: float
    y: float


@dataclass(frozen=True)
class Words:
    """A line of text: `x` is its middle, or its left for a name at an end and the legend; `y` its baseline."""

    text: str
    x: float
    y: float
    role: Role
    width: float
    left: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x1, y1, x2, y2."""
        start = self.x if self.left else self.x - self.width / 2
        return start, self.y - 10.0, start + self.width, self.y + 3.0


@dataclass(frozen=True)
class Arrow:
    """From part to part: the corners of its way, bent smoothly where `curved`, else with round corners."""

    points: tuple[Point, ...]
    curved: bool = False
    dot: bool = False  # an arc that leaves another arrow here


@dataclass(frozen=True)
class Swatch:
    """A square of the legend."""

    look: Kind
    x: float
    y: float


@dataclass
class Composition:
    """Everything to paint, and the box x1, y1, x2, y2 it fills."""

    solids: list[Placed] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    words: list[Words] = field(default_factory=list)
    swatches: list[Swatch] = field(default_factory=list)
    box: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Form:
    """The room one part takes: its solid, and the lines above its arrow and below it."""

    solid: Solid
    ops: tuple[str, ...]
    captions: tuple[tuple[str, Role], ...]
    half: float  # width of the solid from its middle
    op_width: float
    caption_half: float
    arrow: float = _ARROW  # to it, at least

    @property
    def above(self) -> float:
        """Room above the middle."""
        return max(self.solid.whole[1] / 2, len(self.ops) * LINE + _OVER + 2.0)

    @property
    def below(self) -> float:
        """Room below the middle."""
        under = _UNDER + len(self.captions) * LINE if self.captions else 0.0
        return self.solid.whole[1] / 2 + under

    @property
    def lead(self) -> float:
        """How long the arrow to it must be."""
        return max(self.op_width + 2 * _ROOM + _HEAD, self.arrow) if self.ops else self.arrow


def compose(
    story: Story, measure: Measure, *, shapes: bool = True, counts: bool = True, words: bool = True
) -> Composition:
    """Lays out a story; `shapes` and `counts` say whether sizes and parameter counts are written, `words` if any is."""
    scale = Scale(part.shape for part in story.parts)
    fed = {b for _, b in story.ties}
    forms = [_form(p, i in fed, scale, measure, shapes, counts) for i, p in enumerate(story.parts)]
    forms = forms if words else [_bare(form) for form in forms]
    placed = lanes(len(forms), story.ties, [f.above for f in forms], [f.below for f in forms], _LANE_GAP)
    middles = _across(forms, placed, story.ties)
    result = Composition()
    for i, part in enumerate(story.parts):
        _put(result, part, forms[i], middles[i], placed.middle[i], measure)
    _lead(result, story.ties, placed, forms, middles)
    if not words:
        result.words = [each for each in result.words if each.role == "sign"]
    _frame(result)
    if words:
        _explain(result, measure)
    return result


def _form(part: Part, fed: bool, scale: Scale, measure: Measure, shapes: bool, counts: bool) -> _Form:
    if part.role == "end":
        name = short(part.name, _LETTERS)
        return _Form(Solid("dot", measure(name, "name"), 12.0), (), (), measure(name, "name") / 2, 0.0, 0.0)
    join = part.role == "join"
    solid = Solid("dot", 2 * RADIUS, 2 * RADIUS) if join else scale.solid(part.shape, len(part.bands))
    captions: list[tuple[str, Role]] = [(short(part.name, _LETTERS), "name")]
    if shapes and part.shape is not None:
        captions.append((dotted(part.shape.sizes), "size"))
    if counts and part.parameters:
        captions.append((f"{_compact(part.parameters)} params", "count"))
    ops = part.ops if fed else ()
    if not fed:
        captions += [(line, "op") for line in part.ops]
    return _Form(
        solid,
        ops,
        tuple(captions),
        solid.whole[0] / 2,
        max((measure(line, "op") for line in ops), default=0.0),
        max(measure(text, role) for text, role in captions) / 2,
    )


def _bare(form: _Form) -> _Form:
    """The same without words; an end, which is nothing but its name, becomes the tip of its arrow."""
    tip = form.solid.sort == "dot" and not form.captions
    solid, half = (Solid("dot", 1.0, 1.0), 0.5) if tip else (form.solid, form.half)
    return _Form(solid, (), (), half, 0.0, 0.0, _SHORT_ARROW)


def _compact(number: int) -> str:
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if number >= size:
            return f"{number / (size if size > 10**4 else 10**3):.1f} {unit}"
    return f"{number:,}"


# --- across -------------------------------------------------------------------------------


def _across(forms: Sequence[_Form], placed: Lanes, ties: Sequence[Tie]) -> list[float]:
    """The middle of every part, column by column."""
    left = {a for a, _ in placed.arcs}
    bent = _bent_gaps(placed, ties)
    middles = [0.0] * len(forms)
    at = 0.0
    for k, (here, there) in enumerate(pairwise(placed.columns)):
        reach = max((max(forms[i].half, forms[i].caption_half) for i in here), default=0.0)
        risen = max((_rise(i, placed, forms) + _STUB / 2 for i in here if i in left), default=0.0)
        plain = max((f.half + f.lead for f in _of(forms, there)), default=0.0)
        words = max((f.caption_half for f in _of(forms, there)), default=0.0)
        if k in bent:
            at += max(reach, risen) + _BEND + max(plain, words)
        else:
            solid = max((forms[i].half for i in here), default=0.0)
            caption = max((forms[i].caption_half for i in here), default=0.0)
            at += max(solid + plain, risen + plain, risen + words, caption + _CLEAR + words)
        for i in there:
            middles[i] = at
    return middles


def _of(forms: Sequence[_Form], some: Sequence[int]) -> Iterator[_Form]:
    return (forms[i] for i in some)


def _rise(part: int, placed: Lanes, forms: Sequence[_Form]) -> float:
    """How far right of the middle of a part an arc from it goes up: past all that is drawn above it in its column."""
    column = placed.columns[placed.column[part]]
    over = column[: column.index(part)]
    return max([forms[part].half, *(max(f.half, f.caption_half) for f in _of(forms, over))]) + _STUB / 2


def _bent_gaps(placed: Lanes, ties: Sequence[Tie]) -> set[int]:
    """The columns after which some arrow changes its lane: just before the part it leads to."""
    return {placed.column[b] - 1 for a, b in ties if (a, b) not in placed.arcs and placed.middle[a] != placed.middle[b]}


# --- parts --------------------------------------------------------------------------------


def _put(result: Composition, part: Part, form: _Form, x: float, y: float, measure: Measure) -> None:
    left = x - form.half
    result.solids.append(Placed(part, form.solid, left, y))
    if part.role == "end":
        name = short(part.name, _LETTERS)
        result.words.append(Words(name, left + 2.0, y + 4.0, "name", measure(name, "name"), left=True))
        return
    if part.role == "join":
        result.words.append(Words(part.sign, x, y + 4.5, "sign", measure(part.sign, "sign")))
    base = y + form.solid.whole[1] / 2 + _UNDER + 8.0
    for k, (text, role) in enumerate(form.captions):
        result.words.append(Words(text, x, base + k * LINE, role, measure(text, role)))
    middle = left - _HEAD - _ROOM - form.op_width / 2
    for k, line in enumerate(reversed(form.ops)):
        result.words.append(Words(line, middle, y - _OVER - k * LINE, "op", measure(line, "op")))


# --- arrows -------------------------------------------------------------------------------


def _lead(
    result: Composition, ties: Sequence[Tie], placed: Lanes, forms: Sequence[_Form], middles: list[float]
) -> None:
    levels = _levels(placed, forms)
    landing: dict[int, int] = {}
    for a, b in dict.fromkeys(ties):
        if (a, b) in placed.arcs:
            nth = landing[b] = landing.get(b, -1) + 1
            aside = _left_of(b, placed, forms, middles) if _is_covered(b, placed) else None
            up = middles[a] + _rise(a, placed, forms) + 1.0
            result.arrows.append(_arc((a, b), (up, levels[a, b]), nth, result.solids, middles, aside))
        else:
            result.arrows.append(_direct(a, b, placed, forms, result.solids, middles))


def _ends(a: int, b: int, solids: Sequence[Placed]) -> tuple[Point, Point]:
    source, target = solids[a], solids[b]
    return (source.x + source.solid.whole[0], source.y), (target.x, target.y)


def _direct(
    a: int, b: int, placed: Lanes, forms: Sequence[_Form], solids: Sequence[Placed], middles: list[float]
) -> Arrow:
    start, end = _ends(a, b, solids)
    if start[1] == end[1]:
        return Arrow((start, end))
    there = placed.columns[placed.column[b]]
    right = min(middles[i] - max(forms[i].half + forms[i].lead, forms[i].caption_half) for i in there)
    here = placed.columns[placed.column[b] - 1]
    risen = max((middles[i] + _rise(i, placed, forms) + _STUB / 2 for i, _ in placed.arcs if i in here), default=0.0)
    left = max((middles[i] + max(forms[i].half, forms[i].caption_half) for i in here), default=right - _BEND)
    left = max(min(max(left, risen), right - _BEND), start[0])
    return Arrow((start, (left, start[1]), (right, end[1]), end), curved=True)


def _levels(placed: Lanes, forms: Sequence[_Form]) -> dict[Tie, float]:
    """The height of every arc: above all it passes, wide ones above narrow ones."""
    tops = [min((placed.middle[i] - forms[i].above for i in stack), default=0.0) for stack in placed.columns]
    levels: dict[Tie, float] = {}
    spans: dict[Tie, tuple[int, int]] = {}
    for tie in sorted(placed.arcs, key=lambda t: (abs(placed.column[t[1]] - placed.column[t[0]]), t)):
        first, last = sorted(placed.column[i] for i in tie)
        own = [placed.middle[tie[0]] - forms[tie[0]].solid.whole[1] / 2, placed.middle[tie[1]] - forms[tie[1]].above]
        covered = placed.column[tie[1]] if _is_covered(tie[1], placed) else last
        passed = tops[min(first + 1, covered) : last] or own
        under = [levels[t] for t, (low, high) in spans.items() if low < last and first < high]
        levels[tie] = min([*passed, *own, *under]) - _CLEAR
        spans[tie] = first, last
    return levels


def _is_covered(part: int, placed: Lanes) -> bool:
    """Whether others stand above it in its column, through which no arc may come down."""
    return placed.columns[placed.column[part]][0] != part


def _left_of(part: int, placed: Lanes, forms: Sequence[_Form], middles: list[float]) -> float:
    """Where an arrow comes down beside a column: left of its solids and of what is written before them."""
    return min(middles[i] - forms[i].half - forms[i].lead for i in placed.columns[placed.column[part]])


def _arc(tie: Tie, turn: Point, nth: int, solids: Sequence[Placed], middles: list[float], aside: float | None) -> Arrow:
    """From behind a part up to where it turns, over all that is between, and down, or down `aside` and in from left."""
    a, b = tie
    (_, y1), end = _ends(a, b, solids)
    (x1, level), target = turn, solids[b]
    if aside is not None:
        return Arrow(((x1, y1), (x1, level), (aside, level), (aside, end[1]), end), dot=True)
    x2 = middles[b] + (0.0 if target.part.role == "join" else target.solid.right / 2) - 6.0 * nth
    y2 = target.y - target.solid.whole[1] / 2
    if target.part.role == "join" and nth:
        y2 += RADIUS - (RADIUS**2 - min(6.0 * nth, RADIUS) ** 2) ** 0.5
    return Arrow(((x1, y1), (x1, level), (x2, level), (x2, y2)), dot=True)


# --- frame and legend ---------------------------------------------------------------------


def _frame(result: Composition) -> None:
    boxes = [word.box for word in result.words]
    boxes += [(x, y, x, y) for arrow in result.arrows for x, y in arrow.points]
    for placed in result.solids:
        width, height = placed.solid.whole
        boxes.append((placed.x, placed.y - height / 2, placed.x + width, placed.y + height / 2))
    x1, y1, x2, y2 = zip(*boxes, strict=True)
    result.box = min(x1), min(y1), max(x2), max(y2)


def _explain(result: Composition, measure: Measure) -> None:
    """A legend below: what the colours mean, where there are several."""
    known: dict[str, Kind] = {}
    for placed in result.solids:
        if placed.part.role == "feature":
            for look in (placed.part.look, *placed.part.bands):
                known.setdefault(_told(look), look)
    if len(known) < 2:
        return
    x1, y1, x2, y2 = result.box
    x, y = x1, y2 + 26.0
    for text, look in known.items():
        width = measure(text, "legend")
        if x > x1 and x + _LEGEND + 6.0 + width > max(x2, x1 + 320.0):
            x, y = x1, y + LINE + 4.0
        result.swatches.append(Swatch(look, x, y))
        result.words.append(Words(text, x + _LEGEND + 6.0, y + 9.0, "legend", width, left=True))
        x += _LEGEND + 6.0 + width + 20.0
    right = max(x2, *(word.box[2] for word in result.words if word.role == "legend"))
    result.box = x1, y1, right, y + _LEGEND + 2.0


def _told(look: Kind) -> str:
    return "Block of layers" if look[1] else look[0]


__all__ = ["Arrow", "Composition", "Measure", "Placed", "Role", "Shape", "Swatch", "Words", "compose"]
