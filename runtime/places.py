"""Places in the networks of a design that a phase of training names: a network, or a node of one, as `Net.head`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from blocks.graph import Graph
from blocks.setting import Setting
from runtime.naming import attribute

Places = tuple[str, ...]
_MOST = 64
_PLACE = re.compile(r"\w{1,64}(\.\w{1,64})?")


@dataclass(frozen=True)
class PlacesSetting(Setting):
    """Networks and nodes of networks, each once."""

    @property
    def expected(self) -> str:
        return "networks, or nodes of them, as Net or Net.head"

    def parse(self, raw: object) -> Places:
        if not isinstance(raw, list | tuple) or len(raw) > _MOST or len(set(map(str, raw))) < len(raw):
            raise self.bad(raw)
        if not all(isinstance(each, str) and _PLACE.fullmatch(each) for each in raw):
            raise self.bad(raw)
        return tuple(raw)

    def read(self, text: str) -> Places:
        return self.parse([part.strip().replace("/", ".") for part in text.split(",") if part.strip()])

    def dump(self, value: Any) -> object:
        return list(value)

    def show(self, value: Any) -> str:
        return ", ".join(value)


def places(*, doc: str) -> Any:
    """A field that holds places."""
    return field(default=(), metadata={"setting": PlacesSetting((), doc)})


def network_of(place: str) -> str:
    """The network of a place."""
    return place.partition(".")[0]


def in_code(place: str, classes: Mapping[str, str]) -> str:
    """A place as the script of a training says it: the class of the network, and the attribute in it."""
    network, _, node = place.partition(".")
    return f"{classes[network]}.{attribute(node)}" if node else classes[network]


def lost(told: Iterable[str], networks: Mapping[str, Graph]) -> Iterator[str]:
    """What is wrong with places, each as a sentence with its repair."""
    for place in told:
        network, _, node = place.partition(".")
        if network not in networks:
            yield f"There is no network {network}. Name one of {', '.join(networks)}."
        elif node and node not in networks[network].nodes:
            yield f"There is no node {node} in {network}. Name one that there is, as {_example(networks[network])}."
        elif node and attribute(node) != node:
            yield f"{node} of {network} has another name in the code. Rename it, so that it can be named here."


def _example(graph: Graph) -> str:
    found = [name for name, node in graph.nodes.items() if node.block.role not in ("input", "output")]
    return found[-1] if found else "none, for it is empty"


def renamed(told: Places, network: str, old: str, new: str) -> Places:
    """Places after a node of a network was renamed, or, with `old` empty, the network itself."""
    whole = (network, new) if not old else (f"{network}.{old}", f"{network}.{new}")
    if old:
        return tuple(whole[1] if each == whole[0] else each for each in told)
    return tuple(re.sub(rf"^{re.escape(network)}(?=\.|$)", new, each) for each in told)
