"""Factors of the learning rate for chosen nodes of a network, as a person types them: `body: 0.1, head: 2`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.graph import Graph
from runtime.naming import attribute
from runtime.places import Around, Offering, learning_nodes

Factors = tuple[tuple[str, float], ...]
_MOST = 64
_HIGHEST = 1e6
_USUAL = 0.1  # of a body that has learned already, beside a new head


@dataclass(frozen=True)
class FactorsSetting(Offering):
    """Paths of nodes, a dot or a slash between a composite and what is inside, each with a factor."""

    def offered(self, around: Around) -> tuple[str, ...]:
        nodes = (place.partition(".")[2] for name in around.networks for place in learning_nodes(name, around.networks))
        return tuple(dict.fromkeys(nodes))

    def named(self, value: Any) -> tuple[str, ...]:
        return tuple(path for path, _ in value)

    def turned(self, value: Any, name: str) -> Any:
        others = tuple(pair for pair in value if pair[0] != name)
        return others if len(others) < len(value) else (*value, (name, _USUAL))

    @property
    def expected(self) -> str:
        return "paths of nodes with a factor each, as body: 0.1, head: 2"

    def parse(self, raw: object) -> Factors:
        if not isinstance(raw, list | tuple) or len(raw) > _MOST:
            raise self.bad(raw)
        pairs = [self._pair(each) for each in raw]
        if len(dict(pairs)) < len(pairs):
            raise self.bad(raw)
        return tuple(pairs)

    def _pair(self, raw: object) -> tuple[str, float]:
        match raw:
            case (str(path), int() | float() as factor) if not isinstance(factor, bool):
                if path.isprintable() and all(_parts(path)) and 0 <= factor <= _HIGHEST:
                    return path, float(factor)
        raise self.bad(raw)

    def read(self, text: str) -> Factors:
        found: list[tuple[str, float]] = []
        for part in (each for each in text.split(",") if each.strip()):
            path, _, factor = part.rpartition(":")
            try:
                found.append((path.strip(), float(factor)))
            except ValueError as error:
                raise self.bad(text) from error
        return self.parse(found)

    def dump(self, value: Any) -> object:
        return [list(pair) for pair in value]

    def show(self, value: Any) -> str:
        return ", ".join(f"{path}: {factor:g}" for path, factor in value)


def factors(*, doc: str) -> Any:
    """A field that holds factors for some nodes."""
    return field(default=(), metadata={"setting": FactorsSetting((), doc)})


def places(told: Factors, graph: Graph) -> Mapping[str, float]:
    """The factors that are about nodes of this network, by the place of each node's module in it."""
    return {".".join(map(attribute, _parts(p))): factor for p, factor in told if _parts(p)[0] in graph.nodes}


def strangers(told: Factors, graphs: Mapping[str, Graph]) -> list[str]:
    """The paths that begin at a node of none of these networks."""
    return [path for path, _ in told if not any(_parts(path)[0] in graph.nodes for graph in graphs.values())]


def _parts(path: str) -> list[str]:
    return [part.strip() for part in path.replace("/", ".").split(".")]
