"""The classes of networks: what a network's own settings, and the variables of the design, are to the printed code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blocks.call import Call, Default
from blocks.check import Checked
from blocks.graph import Graph
from runtime.body import Body, body_of
from runtime.classes import Classes, Parameter, Path, argument_name, composite_rows, holes_of, plain, skeleton
from runtime.expression import Expressions
from runtime.instances import Instance, Key, constants, instances, use_key
from runtime.naming import free, variable

Networks = Mapping[str, Graph]


@dataclass(frozen=True, eq=False)
class NetworkClass:
    """The class of a network. `holes` holds the Python in place of arguments that differ from use to use."""

    network: str
    name: str
    body: Body
    checked: Checked
    parameters: tuple[Parameter, ...] = ()
    holes: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Printed:
    """All classes of a design: those of composites, those of networks innermost first, and constants above them."""

    classes: Classes
    networks: tuple[NetworkClass, ...]
    constants: Mapping[str, float]


class _Unsaid(Exception):
    """What follows from some variables cannot be said by their names."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = names
        super().__init__(*names)


def printed(
    networks: Networks, checked: Mapping[str, Checked], names: Mapping[str, str], taken: set[str], order: Sequence[str]
) -> Printed:
    """The classes that print these networks; `order` is innermost first, `names` those of their classes."""
    named = constants(networks)
    while True:
        try:
            return _settled(networks, checked, names, set(taken), order, named)
        except _Unsaid as unsaid:
            named = tuple(name for name in named if name not in unsaid.names)


def _settled(
    networks: Networks,
    checked: Mapping[str, Checked],
    names: Mapping[str, str],
    taken: set[str],
    order: Sequence[str],
    named: tuple[str, ...],
) -> Printed:
    """Leaves out the trials at which a class would have another structure, until none is left."""
    called = {name: free(taken, variable(name.upper())) for name in named}
    these = instances(networks, checked, named)
    while True:
        classes = Classes(_composites(these), names, set(taken))
        former = _Former(classes, these, names, called)
        made = [each for name in order for each in former.form(name)]
        if not former.dropped:
            break
        these = [each for each in these if each.key not in former.dropped]
    variables = next((graph.variables for graph in networks.values()), {})
    untold = [name for name in named if not _is_told(name, variables, these, networks)]
    if untold:
        raise _Unsaid(untold)
    used = {text for each in made for text in each.holes.values()}
    told = {called[n]: variables[n] for n in named if any(called[n] in text for text in used)}
    return Printed(classes, tuple(made), told)


def _is_told(name: str, variables: Mapping[str, float], these: Sequence[Instance], networks: Networks) -> bool:
    """Whether every network was seen at another value of a variable, so that all that follows from it is known."""
    seen = {each.network for each in these if each.graph.variables[name] != variables[name]}
    return seen == networks.keys()


def _composites(these: Sequence[Instance]) -> Iterator[tuple[Any, Any]]:
    for each in sorted(these, key=lambda instance: not instance.used):
        blocks = {name: node.block for name, node in each.graph.nodes.items()}
        yield from composite_rows(each.checked.rows, blocks)


class _Former:
    """Forms the classes of networks, innermost first, and tells `classes` how each use of them is called."""

    def __init__(
        self, classes: Classes, these: Sequence[Instance], names: Mapping[str, str], called: Mapping[str, str]
    ) -> None:
        self._classes, self._names, self._called = classes, names, called
        self._taken = {*names.values(), *called.values(), *(made.name for made in classes.classes)}
        self._of: dict[str, list[Instance]] = {}
        for each in sorted(these, key=lambda instance: not instance.used):
            self._of.setdefault(each.network, []).append(each)
        self._known: set[Key] = set()
        self.dropped: set[Key] = set()

    def form(self, network: str) -> Iterator[NetworkClass]:
        """The classes of one network: one, but where its structure differs from use to use."""
        alike: dict[Any, list[tuple[Instance, Body]]] = {}
        several = len(self._of.get(network, ())) > 1
        for each in self._of.get(network, ()):
            if self._stands(each):
                body = body_of(each.graph, each.checked.rows, self._classes.construct)
                alike.setdefault(skeleton(body) if several else None, []).append((each, body))
            else:
                self.dropped.add(each.key)
        for place, members in enumerate(alike.values()):
            if any(each.used for each, _ in members):
                name = self._names[network] if not place else free(self._taken, self._names[network])
                yield self._class(network, name, members)
            else:
                self.dropped.update(each.key for each, _ in members)

    def _stands(self, instance: Instance) -> bool:
        """Whether there are classes for all networks inside it."""
        rows = instance.checked.rows
        for name, node in instance.graph.nodes.items():
            if node.block.role == "network" and not node.muted:
                keys = (use_key(node.block, copy) for copy in rows[name].copies or (rows[name],))
                if any(key not in self._known for key in keys):
                    return False
        return True

    def _class(self, network: str, name: str, members: list[tuple[Instance, Body]]) -> NetworkClass:
        first, body = members[0]
        idents = {setting: self._ident(setting) for setting in first.graph.settings}
        holes, parameters = self._holes(members, {**self._called, **idents}, set(idents.values()))
        said = " ".join(holes.values())
        own = [
            Parameter(ident, _values(members, setting), _default(members, setting))
            for setting, ident in idents.items()
            if _speaks(said, ident)
        ]
        made = NetworkClass(network, name, body, first.checked, (*own, *parameters), holes)
        for place, (each, _) in enumerate(members):
            told = {p.name: Default(p.values[place], p.default.default) for p in made.parameters if p.default}
            self._classes.uses[each.key] = Call(name, (), told)
            self._known.add(each.key)
        return made

    def _ident(self, setting: str) -> str:
        name = variable(setting)
        while name in self._taken:
            name += "_"
        return name

    def _holes(
        self, members: list[tuple[Instance, Body]], names: Mapping[str, str], taken: set[str]
    ) -> tuple[dict[Path, str], list[Parameter]]:
        """What stands for the arguments that differ, and further parameters for those that no sum gives."""
        tables = [holes_of(body) for _, body in members] if len(members) > 1 else [{}]
        graph, body = members[0][0].graph, members[0][1]
        sums = [text for node in graph.nodes.values() for _, text in node.given]
        expressions = Expressions([each.scope for each, _ in members], names, sums)
        holes: dict[Path, str] = {}
        left: dict[Any, list[Path]] = {}
        for path in tables[0]:
            values = tuple(plain(table[path]) for table in tables)
            if any(value != values[0] or type(value) is not type(values[0]) for value in values):
                node = body.inits[path[0]].node
                told = expressions.told(values, [text for _, text in graph.nodes[node].given])
                if told is None:
                    left.setdefault(values, []).append(path)
                else:
                    holes[path] = told
        parameters = []
        for values, paths in left.items():
            if _by_variable(values, members):
                raise _Unsaid(self._called)
            ident = free(taken, argument_name(body.inits[paths[0][0]], paths[0], self._arguments()))
            parameters.append(Parameter(ident, values, Default(values[0], values[0])))
            holes.update(dict.fromkeys(paths, ident))
        return holes, parameters

    def _arguments(self) -> Mapping[str, tuple[str, ...]]:
        return {made.name: tuple(p.name for p in made.parameters) for made in self._classes.classes}


def _by_variable(values: tuple[Any, ...], members: list[tuple[Instance, Body]]) -> bool:
    """Whether an argument changes with the variables of the design alone: no use could give it."""
    found: dict[Any, Any] = {}
    for value, (each, _) in zip(values, members, strict=True):
        settings = tuple(each.graph.settings.items())
        if found.setdefault(settings, value) != value:
            return True
    return False


def _values(members: list[tuple[Instance, Body]], setting: str) -> tuple[Any, ...]:
    return tuple(each.graph.settings[setting] for each, _ in members)


def _default(members: list[tuple[Instance, Body]], setting: str) -> Default:
    value = members[0][0].graph.settings[setting]
    return Default(value, value)


def _speaks(text: str, name: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (before.isalnum() or before == "_" or after.isalnum() or after == "_"):
            return True
        at = text.find(name, at + 1)
    return False
