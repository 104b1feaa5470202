"""Where the parts of a story stand: columns from left to right, branches in parallel lanes, skips as arcs above.

A run of parts without branches keeps its height; of two branches of unequal length the longer one runs on straight.
Knows no Qt and no sizes but those it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Tie = tuple[int, int]
Room = tuple[Sequence[float], Sequence[float]]  # above and below the middle of each part
_ROUNDS, _PASSES = 60, 12
_PULL = 0.5  # of the way to where a run would stand best, at first
_ALMOST = 16.0  # px
_GRAIN = 2.0  # heights are whole steps of this, px


@dataclass(frozen=True)
class Lanes:
    """The column and the height of the middle of every part; the ties that run as arcs."""

    column: tuple[int, ...]
    middle: tuple[float, ...]
    arcs: frozenset[Tie]
    columns: tuple[tuple[int, ...], ...]  # the parts of each column, from above


@dataclass
class _Run:
    """Parts one after the other at one height, from its first column to its last."""

    parts: list[int]
    first: int
    last: int
    y: float = 0.0


def lanes(count: int, ties: Sequence[Tie], above: Sequence[float], below: Sequence[float], gap: float) -> Lanes:
    """Places `count` parts in the order of a story; each needs so much room above and below its middle."""
    ties = list(dict.fromkeys(ties))
    column = _columns(count, ties)
    arcs = _arcs(ties, column)
    straight = [tie for tie in ties if tie not in arcs]
    runs = _runs(count, straight, column)
    order = _order(runs, straight, max(column, default=-1) + 1)
    apart = _distances(runs, order, column, (above, below), gap)
    _settle(runs, order, straight, apart)
    place = {part: run.y for run in runs for part in run.parts}
    stacks = _stacks(runs, order, column)
    shown = tuple(tuple(part for part in stack if part >= 0) for stack in stacks)
    return Lanes(tuple(column), tuple(place[i] for i in range(count)), arcs, shown)


def _columns(count: int, ties: list[Tie]) -> list[int]:
    """The longest way from the left; what nothing leads to comes just before what it leads to."""
    column = [0] * count
    forward = [(a, b) for a, b in ties if a < b]
    for a, b in sorted(forward):
        column[b] = max(column[b], column[a] + 1)
    fed = {b for _, b in forward}
    nearest: dict[int, int] = {}
    for a, b in forward:
        if a not in fed:
            nearest[a] = min(nearest.get(a, column[b]), column[b])
    for a, b in nearest.items():
        column[a] = b - 1
    return column


def _arcs(ties: list[Tie], column: list[int]) -> frozenset[Tie]:
    """Ties that pass columns beside another way from where they begin, and those that lead back."""
    found: set[Tie] = {(a, b) for a, b in ties if column[b] <= column[a]}
    leaving = [0] * len(column)
    for a, b in ties:
        leaving[a] += (a, b) not in found
    for a, b in sorted(ties, key=lambda tie: column[tie[0]] - column[tie[1]]):
        if (a, b) not in found and column[b] - column[a] > 1 and leaving[a] > 1:
            found.add((a, b))
            leaving[a] -= 1
    return frozenset(found)


def _runs(count: int, ties: list[Tie], column: list[int]) -> list[_Run]:
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for a, b in ties:
        after[a].append(b)
        before[b].append(a)
    following = _following(after, before)
    led = set(following.values())
    runs = []
    for start in range(count):
        if start not in led:
            parts = [start]
            while parts[-1] in following:
                parts.append(following[parts[-1]])
            runs.append(_Run(parts, column[start], column[parts[-1]]))
    for run in runs:  # a wire that goes on past columns keeps its lane
        run.last = max([run.last, *(column[b] - 1 for b in after[run.parts[-1]])])
    return runs


def _following(after: list[list[int]], before: list[list[int]]) -> dict[int, int]:
    """Which part carries on the run of which other."""
    following: dict[int, int] = {}
    for a, to in enumerate(after):
        if len(to) == 1 and len(before[to[0]]) == 1:
            following[a] = to[0]
    for a, to in enumerate(after):
        if len(to) == 2 and all(len(before[b]) == 1 for b in to):
            first, second = (_length(b, following) for b in to)
            if first != second:
                following[a] = to[0] if first > second else to[1]
    led = {b: a for a, b in following.items()}
    for b, come in enumerate(before):
        free = [a for a in come if a not in following and len(after[a]) == 1]
        if len(come) == len(free) == 2:
            first, second = (_length(a, led) for a in come)
            if first != second:
                following[come[0] if first > second else come[1]] = b
    return following


def _length(part: int, along: dict[int, int]) -> int:
    seen = 1
    while part in along:
        part, seen = along[part], seen + 1
    return seen


def _order(runs: list[_Run], ties: list[Tie], columns: int) -> list[list[int]]:
    """The runs of each column, from above: those that begin stand where they come from."""
    run_of = {part: r for r, run in enumerate(runs) for part in run.parts}
    sources: dict[int, list[int]] = {r: [] for r in range(len(runs))}
    for a, b in ties:
        if run_of[a] != run_of[b] and runs[run_of[b]].parts[0] == b:
            sources[run_of[b]].append(run_of[a])
    rank: dict[int, float] = {}
    rows: list[list[int]] = []
    for k in range(columns):
        row = [r for r in (rows[-1] if rows else []) if runs[r].last >= k]
        past = {r: float(i) for i, r in enumerate(rows[-1])} if rows else {}
        new = [r for r, run in enumerate(runs) if run.first == k]
        for r in new:
            came = [rank.get(s, 0.0) if s not in past else past[s] for s in sources[r]]
            rank[r] = sum(came) / len(came) if came else float(len(past))
        keyed = [(past[r], 0, r) for r in row] + [(rank[r], _side(r, row, past, rank), r) for r in new]
        rows.append([r for _, _, r in sorted(keyed)])
    return rows


def _side(r: int, row: list[int], past: dict[int, float], rank: dict[int, float]) -> int:
    """A branch beside a run that goes on stands below it."""
    return 1 if any(past[other] == rank[r] for other in row) else 0


def _settle(runs: list[_Run], order: list[list[int]], ties: list[Tie], apart: dict[tuple[int, int], float]) -> None:
    """Gives every run its height: near those it is tied to, apart from those beside it."""
    beside = _neighbours(runs, ties)
    _spread(runs, order, apart)
    for k in range(_ROUNDS if len(runs) > 1 else 0):
        pull = _PULL * (1.0 - k / _ROUNDS)
        wishes = [_wish(r, runs, beside) for r in range(len(runs))]
        for run, wish in zip(runs, wishes, strict=True):
            run.y += pull * (wish - run.y)
        _push(runs, apart)
    _align(runs, beside, apart)
    _finish(runs, apart)


def _wish(r: int, runs: list[_Run], beside: list[list[int]]) -> float:
    """The height at which a run would stand best: amid those it is tied to."""
    others = beside[r] or [r]
    return sum(runs[o].y for o in others) / len(others)


def _push(runs: list[_Run], apart: dict[tuple[int, int], float]) -> None:
    """Moves runs apart that are too near, both as far."""
    for _ in range(_PASSES):
        worst = 0.0
        for (a, b), distance in apart.items():
            lack = runs[a].y + distance - runs[b].y
            if lack > 0:
                runs[a].y -= lack / 2
                runs[b].y += lack / 2
                worst = max(worst, lack)
        if worst < 0.5:
            return


def _align(runs: list[_Run], beside: list[list[int]], apart: dict[tuple[int, int], float]) -> None:
    """Has what is almost at the height of one it is tied to stand exactly there, where nothing is in the way."""
    for r in sorted(range(len(runs)), key=lambda r: len(runs[r].parts)):
        run, before = runs[r], runs[r].y
        near = [runs[o].y for o in beside[r] if abs(runs[o].y - before) < _ALMOST]
        if near:
            run.y = near[0]
            if any(runs[b].y < runs[a].y + distance - 0.5 for (a, b), distance in apart.items() if r in (a, b)):
                run.y = before


def _spread(runs: list[_Run], order: list[list[int]], apart: dict[tuple[int, int], float]) -> None:
    for row in order:
        ys = [0.0]
        for a, b in pairwise(row):
            ys.append(ys[-1] + apart[a, b])
        for r, y in zip(row, ys, strict=False):
            runs[r].y = y - ys[-1] / 2


def _finish(runs: list[_Run], apart: dict[tuple[int, int], float]) -> None:
    """Whole steps, and no two nearer than they may be."""
    for run in runs:
        run.y = round(run.y / _GRAIN) * _GRAIN
    for _ in range(len(runs)):
        moved = False
        for (a, b), distance in apart.items():
            if runs[b].y < runs[a].y + distance - 0.01:
                runs[b].y = -(-(runs[a].y + distance) // _GRAIN) * _GRAIN
                moved = True
        if not moved:
            return


def _distances(
    runs: list[_Run], order: list[list[int]], column: Sequence[int], room: Room, gap: float
) -> dict[tuple[int, int], float]:
    """How far apart the middles of runs must be that are neighbours in some column."""
    above, below = room
    apart: dict[tuple[int, int], float] = {}
    for row, stack in zip(order, _stacks(runs, order, column), strict=True):
        for (a, i), (b, j) in pairwise(zip(row, stack, strict=True)):
            need = (below[i] if i >= 0 else 0.0) + gap + (above[j] if j >= 0 else 0.0)
            apart[a, b] = max(apart.get((a, b), 0.0), need)
    return apart


def _stacks(runs: list[_Run], order: list[list[int]], column: Sequence[int]) -> list[list[int]]:
    """The part of each run in each column, -1 where it only passes."""
    at = {(r, column[part]): part for r, run in enumerate(runs) for part in run.parts}
    return [[at.get((r, k), -1) for r in row] for k, row in enumerate(order)]


def _neighbours(runs: list[_Run], ties: list[Tie]) -> list[list[int]]:
    run_of = {part: r for r, run in enumerate(runs) for part in run.parts}
    beside: list[list[int]] = [[] for _ in runs]
    for a, b in ties:
        if run_of[a] != run_of[b]:
            beside[run_of[a]].append(run_of[b])
            beside[run_of[b]].append(run_of[a])
    return beside
