"""The values at which the networks of a design are used, and others at which it shows what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.block import Block
from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.row import Row
from blocks.setting import BadSetting
from blocks.sums import at, names_in, resolved

Networks = Mapping[str, Graph]
Values = tuple[tuple[str, float], ...]
Key = tuple[str, Values, Values]  # a network, its settings, the variables of the design
_TRIED = 8  # settings and variables that are tried one by one
_PRIMES = (2, 3, 5, 7, 11, 13, 17, 19)


@dataclass(frozen=True, eq=False)
class Instance:
    """A network at some values; `used` where the design has it so, else only tried."""

    network: str
    checked: Checked
    used: bool

    @property
    def graph(self) -> Graph:
        """The network with its sums worked out."""
        return self.checked.graph

    @property
    def scope(self) -> Mapping[str, float]:
        """The names with their values."""
        return {**self.graph.variables, **self.graph.settings}

    @property
    def key(self) -> Key:
        """What tells it from other instances."""
        return key_of(self.network, self.graph)


def key_of(network: str, graph: Graph) -> Key:
    """What tells a network at some values from the same at others."""
    return network, tuple(sorted(graph.settings.items())), tuple(sorted(graph.variables.items()))


def use_key(block: Block, row: Row) -> Key | None:
    """The instance that stands at a use."""
    return key_of(str(block.value("network")), row.inside.graph) if row.inside is not None else None


def constants(networks: Networks) -> tuple[str, ...]:
    """The variables of the design that at least two settings follow from: they are worth a name in the code."""
    used = Counter(
        name
        for graph in networks.values()
        for node in graph.nodes.values()
        if node.given
        for name in dict.fromkeys(names_in(node))
        if name not in graph.settings
    )
    return tuple(name for name, times in used.items() if times > 1)


def instances(networks: Networks, checked: Mapping[str, Checked], named: tuple[str, ...]) -> list[Instance]:
    """Every network at every value at which the design uses it, and tried at others of its settings and of `named`.

    A network as it is by itself comes first: that is what its class makes when nothing is said.
    """
    found: dict[Key, Instance] = {}
    _collect(networks, found, used=True, checked=checked)
    for name, graph in networks.items():
        for values in _trials(graph.settings):
            _visit(name, values, networks, found, used=False)
    for variables in _trials({name: value for name, value in _variables(networks).items() if name in named}):
        other = _among(networks, {**_variables(networks), **dict(variables)})
        if other is not None:
            _collect(other, found, used=False)
    own = {key_of(name, graph) for name, graph in networks.items()}
    return sorted(found.values(), key=lambda each: each.key not in own)


def _variables(networks: Networks) -> Mapping[str, float]:
    return next((graph.variables for graph in networks.values()), {})


def _among(networks: Networks, variables: Mapping[str, float]) -> Networks | None:
    """All networks where the design's variables have other values; None where a sum does not fit."""
    try:
        return {name: resolved(graph, variables=variables) for name, graph in networks.items()}
    except BadSetting:
        return None


def _collect(
    networks: Networks, found: dict[Key, Instance], *, used: bool, checked: Mapping[str, Checked] | None = None
) -> None:
    for name, graph in networks.items():
        known = checked[name] if checked else None
        _visit(name, tuple(graph.settings.items()), networks, found, used=used, known=known)


def _visit(
    name: str,
    values: Values,
    networks: Networks,
    found: dict[Key, Instance],
    *,
    used: bool,
    known: Checked | None = None,
) -> None:
    """Takes in a network at some values, and what it uses inside; those at which it does not fit are passed over."""
    try:
        graph = networks[name]
        graph = graph if dict(values) == graph.settings else at(graph, values)
    except BadSetting:
        return
    key = key_of(name, graph)
    if key in found and (found[key].used or not used):
        return
    checked = known or check(graph, networks)
    if checked.errors:
        return
    found[key] = Instance(name, checked, used)
    for inner, inner_values in _inside(graph, networks):
        _visit(inner, inner_values, networks, found, used=used)


def _inside(graph: Graph, networks: Networks) -> Iterator[tuple[str, Values]]:
    for node in graph.nodes.values():
        if node.block.role == "network" and not node.muted:
            inner = str(node.block.value("network"))
            yield inner, tuple({**networks[inner].settings, **dict(node.block.value("settings"))}.items())


def _trials(values: Mapping[str, float]) -> Iterator[Values]:
    """Other values: of each name by itself, then of all together, in other proportions to each other."""
    names = list(values)[:_TRIED]
    for name in names:
        for other in _others(values[name]):
            yield tuple({**values, name: other}.items())
    if len(names) > 1:
        for shift in range(4):
            told = {name: values[name] * _PRIMES[(i + shift) % len(_PRIMES)] for i, name in enumerate(names)}
            yield tuple({**values, **told}.items())


def _others(value: float) -> tuple[float, ...]:
    if type(value) is int:
        return tuple(dict.fromkeys(n for n in (2 * value, 3 * value, value + 1, value + 2) if n))
    return value / 2, value * 0.75, value / 4


def without(these: list[Instance], dropped: set[Key]) -> list[Instance]:
    """Instances but for some."""
    return [each for each in these if each.key not in dropped]


__all__ = ["Instance", "Key", "constants", "instances", "key_of", "use_key", "without"]
