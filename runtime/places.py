"""Settings of a phase of training that name networks of the design, nodes of them, data or phases; and follow them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from blocks.check import check
from blocks.definition import Definition
from blocks.graph import Graph
from blocks.setting import Names, Setting, Text
from runtime.naming import attribute

Places = tuple[str, ...]
_MOST = 64
_PLACE = re.compile(r"\w{1,64}(\.\w{1,64})?")


@dataclass(frozen=True)
class Around:
    """What settings of a phase can name: networks, fields of the data, and the phases before it."""

    networks: Mapping[str, Graph]
    fields: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()


class Offering(Setting):
    """A setting that names what the design holds, so that a form can offer it."""

    files: ClassVar[bool] = False  # it takes the path of a file as well

    def offered(self, around: Around) -> tuple[str, ...]:
        """What it can name, in order; `Net.node` stands under `Net`."""
        return tuple(around.networks)

    def named(self, value: Any) -> tuple[str, ...]:
        """What a value names."""
        return (value,) if value else ()

    def turned(self, value: Any, name: str) -> Any:
        """The value naming this one, in place of another if it takes one; or not any more where it did."""
        return "" if value == name else name


class _Several(Offering):
    """One that names several."""

    def named(self, value: Any) -> tuple[str, ...]:
        return tuple(value)

    def turned(self, value: Any, name: str) -> Any:
        return tuple(each for each in value if each != name) if name in value else (*value, name)


class Naming(Offering):
    """A setting that names networks: it follows them, and what they hold, to other names."""

    def renamed(self, value: Any, old: str, new: str) -> Any:
        """The value after a network has got another name, or a node of one, said as `Net.node`."""
        return new if value == old else value


@dataclass(frozen=True)
class NetworkSetting(Naming, Text):
    """The name of a network, or none."""


@dataclass(frozen=True)
class FieldSetting(Offering, Text):
    """The name of a field of the data, or none."""

    def offered(self, around: Around) -> tuple[str, ...]:
        return around.fields


@dataclass(frozen=True)
class WeightsSetting(Offering, Text):
    """Where weights come from: an earlier phase, a file, or none."""

    files: ClassVar[bool] = True

    def offered(self, around: Around) -> tuple[str, ...]:
        return around.earlier


@dataclass(frozen=True)
class NetworksSetting(_Several, Naming, Names):
    """Names of networks, in order."""

    def renamed(self, value: Any, old: str, new: str) -> Any:
        return tuple(new if each == old else each for each in value)


@dataclass(frozen=True)
class PlacesSetting(_Several, Naming):
    """Networks and nodes of networks, each once."""

    def offered(self, around: Around) -> tuple[str, ...]:
        return tuple(place for name in around.networks for place in (name, *learning_nodes(name, around.networks)))

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


def field_name(*, doc: str) -> Any:
    """A field that holds the name of one of the data, or none."""
    return field(default="", metadata={"setting": FieldSetting("", doc, always=True)})


def weights_from(*, doc: str) -> Any:
    """A field that says where weights come from."""
    return field(default="", metadata={"setting": WeightsSetting("", doc, always=True)})


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


def learning_nodes(network: str, networks: Mapping[str, Graph]) -> Iterator[str]:
    """The places of the nodes of a network that have weights, as far as code can name them."""
    rows = check(networks[network], networks).rows
    yield from (f"{network}.{node}" for node, row in rows.items() if row.parameters and attribute(node) == node)


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
