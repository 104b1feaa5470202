"""The way in: the uses through which one has gone into networks, so that one can go back along it, step by step."""

from __future__ import annotations

from designer.place import Place, Through
from runtime.design import Design


class Ways:
    """For every network the use through which one has gone there last."""

    def __init__(self) -> None:
        self._came: dict[Place, Through] = {}

    def go(self, inner: Place, through: Through) -> None:
        """One goes into a network, from a place through a node there."""
        self._came[inner] = through

    def leave(self, place: Place) -> Through | None:
        """One goes back out of a network; gives the way, which is forgotten, or None where one came otherwise."""
        return self._came.pop(place, None)

    def clear(self) -> None:
        """Forgets all ways."""
        self._came = {}

    def to(self, place: Place, design: Design) -> tuple[Through, ...]:
        """The uses on the way to a place, the outermost first; those that do not lead there any more are left out."""
        way: list[Through] = []
        here, seen = place.home, set[Place]()
        while here in self._came and here not in seen and _leads(self._came[here], here, design):
            seen.add(here)
            way.insert(0, self._came[here])
            here = way[0].place.home
        return tuple(way)


def _leads(through: Through, inner: Place, design: Design) -> bool:
    """Whether a use still stands for a network; what stands inside a composite or a step is not looked at."""
    place = through.place
    if place.step or place.path:
        return inner.network in design.networks
    graph = design.networks.get(place.network)
    node = graph.nodes.get(through.node) if graph is not None else None
    return node is not None and node.block.role == "network" and node.block.value("network") == inner.network
