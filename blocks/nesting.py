"""Networks within networks: what stands in what, and that none stands in itself."""

from __future__ import annotations

from collections.abc import Mapping

from blocks.graph import Graph

Networks = Mapping[str, Graph]


def circle(network: str, networks: Networks) -> tuple[str, ...]:
    """The way from a network that stands in itself back to it, where `network` holds or is one; else nothing."""
    return _circle((network,), networks, set())


def _circle(way: tuple[str, ...], networks: Networks, sound: set[str]) -> tuple[str, ...]:
    graph = networks.get(way[-1])
    for inner in graph.uses if graph is not None else ():
        if inner in way:
            return (*way[way.index(inner) :], inner)
        found = () if inner in sound else _circle((*way, inner), networks, sound)
        if found:
            return found
    sound.add(way[-1])
    return ()


def within(graph: Graph, networks: Networks) -> dict[str, Graph]:
    """The networks that stand in one, and those that stand in them, by name."""
    found: dict[str, Graph] = {}
    waiting = list(graph.uses)
    while waiting:
        name = waiting.pop()
        inner = networks.get(name)
        if inner is not None and name not in found:
            found[name] = inner
            waiting += inner.uses
    return found
