"""Where nodes go that have no place yet, and how their neighbours make room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from blocks.graph import Graph
from designer.canvas.arrange import arrange
from designer.canvas.metrics import COLUMN_PITCH, GRID, ROW_PITCH, Layout, Point
from designer.theme import CARD_HEIGHT, CARD_WIDTH


def missing_places(graph: Graph, layout: Layout) -> dict[str, Point]:
    """Places for the nodes that `layout` lacks, and new ones for those that make room for them."""
    missing = [n for n in graph.nodes if n not in layout]
    if not missing:
        return {}
    if len(missing) == len(graph.nodes):
        return arrange(graph)
    placed: dict[str, Point] = dict(layout)
    for name in sorted(missing, key=lambda n: graph.structure.position.get(n, 0)):
        placed[name] = _beside_neighbours(graph, name, placed)
        placed.update(room_below(graph, name, placed))
    return {n: at for n, at in placed.items() if layout.get(n) != at}


def opened_at(graph: Graph, names: Iterable[str], corner: Point, layout: Layout) -> dict[str, Point]:
    """Places for nodes that come where one stood, in order, and new ones for what stands lower and makes room."""
    inner = arrange(graph, list(names), corner)
    drop = max((y for _, y in inner.values()), default=corner[1]) - corner[1]
    lower = {n: (x, y + drop) for n, (x, y) in layout.items() if y > corner[1] and n in graph.nodes}
    return {**lower, **inner}


def room_below(graph: Graph, name: str, layout: Layout) -> dict[str, Point]:
    """New places for what a node feeds, near and far, where they stand too high for it."""
    x, y = layout[name]
    readers = [n for n in graph.structure.consumers[name] if n in layout]
    close = [layout[n][1] for n in readers if abs(layout[n][0] - x) < COLUMN_PITCH]
    push = y + ROW_PITCH - min(close, default=y + ROW_PITCH)
    if push <= 0:
        return {}
    return {n: (layout[n][0], layout[n][1] + push) for n in _downstream(graph, readers) if n in layout}


def free_place(wish: Point, layout: Layout) -> Point:
    """The place nearest at or right of `wish` where a card covers no other."""
    x, y = wish
    while any(abs(x - a) < CARD_WIDTH + GRID and abs(y - b) < CARD_HEIGHT + GRID for a, b in layout.values()):
        x += COLUMN_PITCH / 2
    return x, y


def below(graph: Graph, name: str, layout: Layout) -> Point:
    """A free place under a node, as for its next reader."""
    x, y = layout[name]
    return free_place((x, y + ROW_PITCH), layout)


def _beside_neighbours(graph: Graph, name: str, layout: Mapping[str, Point]) -> Point:
    sources = [layout[w.source] for w in graph.into(name) if w.source in layout]
    readers = [layout[w.target] for w in graph.out_of(name) if w.target in layout]
    if sources:
        wish = sources[0][0] if len(sources) == 1 else _middle(sources), max(y for _, y in sources) + ROW_PITCH
        return wish if readers else free_place(wish, layout)
    if readers:
        return free_place((_middle(readers), min(y for _, y in readers) - ROW_PITCH), layout)
    lowest = max((y for _, y in layout.values()), default=-float(ROW_PITCH))
    return free_place((_middle(list(layout.values())[-1:]), lowest + ROW_PITCH), layout)


def _middle(places: list[Point]) -> float:
    xs = [x for x, _ in places]
    return round((min(xs) + max(xs)) / 2 / GRID) * GRID if xs else 0.0


def _downstream(graph: Graph, names: Iterable[str]) -> list[str]:
    consumers = graph.structure.consumers
    waiting, seen = list(names), dict.fromkeys(names)
    while waiting:
        for reader in consumers[waiting.pop()]:
            if reader not in seen:
                seen[reader] = None
                waiting.append(reader)
    return list(seen)
