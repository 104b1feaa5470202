"""From node to node by keyboard: along wires, among branches, or across the canvas."""

from __future__ import annotations

from collections.abc import Iterable

from blocks.graph import Wire
from designer.canvas.sheet import Sheet

UP, DOWN, LEFT, RIGHT = (0, -1), (0, 1), (-1, 0), (1, 0)
Way = tuple[int, int]


def along(sheet: Sheet, name: str, way: Way) -> str | None:
    """The next node: up to what feeds it, down to what reads it, sideways to the branches beside it."""
    if way == UP:
        return _nearest(sheet, name, (w.source for w in sheet.graph.into(name)))
    if way == DOWN:
        return _nearest(sheet, name, (w.target for w in sheet.graph.out_of(name)))
    beside = _branches(sheet, name)
    x = sheet.place(name)[0]
    onward = [n for n in beside if (sheet.place(n)[0] - x) * way[0] > 0]
    return _nearest(sheet, name, onward) or across(sheet, name, way)


def across(sheet: Sheet, name: str, way: Way) -> str | None:
    """The nearest node that lies in a direction, whatever the wires; one straight ahead before one aside."""
    x, y = sheet.place(name)
    best: tuple[float, str] | None = None
    for other, (a, b) in sheet.shown_layout().items():
        ahead, aside = (a - x) * way[0] + (b - y) * way[1], abs((a - x) * way[1]) + abs((b - y) * way[0])
        if ahead > 0 and (best is None or ahead + 3 * aside < best[0]):
            best = ahead + 3 * aside, other
    return best[1] if best else None


def first(sheet: Sheet) -> str | None:
    """Where a walk begins: the first node in the order in which the network runs."""
    return next(iter(sheet.graph.structure.order), next(iter(sheet.names), None))


def wires(sheet: Sheet) -> list[Wire]:
    """All wires in the order in which the network runs: those of the first node, of the second, and so on."""
    graph = sheet.graph
    return [wire for name in dict.fromkeys((*graph.structure.order, *graph.nodes)) for wire in graph.out_of(name)]


def _branches(sheet: Sheet, name: str) -> set[str]:
    graph = sheet.graph
    feeding, reading = {w.source for w in graph.into(name)}, {w.target for w in graph.out_of(name)}
    found = {w.target for w in graph.wires if w.source in feeding}
    found |= {w.source for w in graph.wires if w.target in reading}
    return found - {name}


def _nearest(sheet: Sheet, name: str, others: Iterable[str]) -> str | None:
    x, y = sheet.place(name)

    def distance(other: str) -> float:
        a, b = sheet.place(other)
        return abs(a - x) + abs(b - y)

    return min(others, key=distance, default=None)
