"""Settings of a phase of training that name networks of the design, or nodes of them as `Net.head`, and follow them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from blocks.definition import Definition
from blocks.graph import Graph
from blocks.setting import Names, Setting, Text
from runtime.naming import attribute

Places = tuple[str, ...]
_MOST = 64
_PLACE = re.compile(r"\w{1,64}(\.\w{1,64})?")


class Naming(Setting):
    """A setting that names networks: it follows them, and what they hold, to other names."""

    def renamed(self, value: Any, old: str, new: str) -> Any:
        """The value after a network has got another name, or a node of one, said as `Net.node`."""
        return new if value == old else value


@dataclass(frozen=True)
class NetworkSetting(Naming, Text):
    """The name of a network, or none."""


@dataclass(frozen=True)
class NetworksSetting(Naming, Names):
    """Names of networks, in order."""

    def renamed(self, value: Any, old: str, new: str) -> Any:
        return tuple(new if each == old else each for each in value)


@dataclass(frozen=True)
class PlacesSetting(Naming):
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

    def renamed(self, value: Any, old: str, new: str) -> Any:
        told = re.compile(rf"{re.escape(old)}(?=\.|$)")
        return tuple(told.sub(new, each, count=1) if told.match(each) else each for each in value)


def network_name(default: str = "", *, doc: str) -> Any:
    """A field that holds the name of a network, or none."""
    return field(default=default, metadata={"setting": NetworkSetting(default, doc, always=True)})


def network_names(*, doc: str) -> Any:
    """A field that holds names of networks."""
    return field(default=(), metadata={"setting": NetworksSetting((), doc)})


def places(*, doc: str) -> Any:
    """A field that holds places."""
    return field(default=(), metadata={"setting": PlacesSetting((), doc)})


D = TypeVar("D", bound=Definition)


def following(plan: D, old: str, new: str) -> D:
    """A plan after a network has got another name, or a node of one, said as `Net.node`."""
    named = {name: setting for name, setting in plan.settings.items() if isinstance(setting, Naming)}
    return plan.with_settings(**{n: s.renamed(plan.value(n), old, new) for n, s in named.items()})


def network_of(place: str) -> str:
    """The network of a place."""
    return place.partition(".")[0]


def in_code(place: str, classes: Mapping[str, str]) -> str:
    """A place as the script of a training says it: the class of the network, and the attribute in it."""
    network, _, node = place.partition(".")
    return f"{classes[network]}.{attribute(node)}" if node else classes[network]


def lost(told: Iterable[str], graphs: Mapping[str, Graph]) -> Iterator[str]:
    """What is wrong with places, each as a sentence with its repair."""
    for place in told:
        network, _, node = place.partition(".")
        if network not in graphs:
            yield f"There is no network {network}. Name one of {', '.join(graphs)}."
        elif node and node not in graphs[network].nodes:
            yield f"There is no node {node} in {network}. Name one that there is, as {_example(graphs[network])}."
        elif node and attribute(node) != node:
            yield f"{node} of {network} has another name in the code. Rename it, so that it can be named here."


def _example(graph: Graph) -> str:
    found = [name for name, node in graph.nodes.items() if node.block.role not in ("input", "output")]
    return found[-1] if found else "none, for it is empty"
