"""A network's own settings as fields: what they feed inside, and who there sets their bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.graph import Graph
from blocks.setting import Number, Setting, Whole
from blocks.sums import OF_NETWORK, setting_at


@dataclass(frozen=True)
class _OwnWhole(Whole):
    """A network's own whole number, with those inside who set its bounds."""

    asked: str = ""

    @property
    def expected(self) -> str:
        return f"{super().expected}{self.asked}"


@dataclass(frozen=True)
class _OwnNumber(Number):
    """A network's own number, with those inside who set its bounds."""

    asked: str = ""

    @property
    def expected(self) -> str:
        return f"{super().expected}{self.asked}"


def own_setting(graph: Graph, name: str, networks: Mapping[str, Graph], origin: str = "") -> Setting:
    """A network's own setting as a field: its bounds are those of the inner settings that it feeds."""
    fed = list(_fed(graph, name, networks))
    lows = [(s.low, told) for told, s in fed if getattr(s, "low", None) is not None]  # type: ignore[attr-defined]
    highs = [(s.high, told) for told, s in fed if getattr(s, "high", None) is not None]  # type: ignore[attr-defined]
    low, high = max((n for n, _ in lows), default=None), min((n for n, _ in highs), default=None)
    asking = dict.fromkeys(told for n, told in lows if n == low) | dict.fromkeys(told for n, told in highs if n == high)
    asked = f", as {' and '.join(list(asking)[:2])} {'asks' if len(asking) == 1 else 'ask'}" if asking else ""
    where = ", ".join(told for told, _ in fed[:4]) or "nothing yet"
    doc = f"{name}, promoted from {origin}: feeds {where}." if origin else f"A setting of the network: feeds {where}."
    unit = next((s.unit for _, s in fed), "")
    value = graph.settings[name]
    if type(value) is int:
        return _OwnWhole(value, doc, unit, name=name, low=low, high=high, asked=asked)
    return _OwnNumber(value, doc, unit, name=name, low=low, high=high, asked=asked)


def _fed(graph: Graph, name: str, networks: Mapping[str, Graph]) -> Iterator[tuple[str, Setting]]:
    """The settings of nodes that a name is given to as it is, with words for each."""
    for node_name, node in graph.nodes.items():
        for key, text in node.given:
            if text != name:
                continue
            inner = networks.get(str(node.block.value("network"))) if key.startswith(OF_NETWORK) else None
            own = key.removeprefix(OF_NETWORK)
            told = f"{own} of {node_name}"
            if inner is not None and own in inner.settings and inner is not graph:
                yield told, own_setting(inner, own, {n: g for n, g in networks.items() if g is not inner})
            else:
                yield told, setting_at(node.block, key)
