"""One class for every kind of composite: those of one structure share it, and what differs becomes its arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from blocks.block import Block
from blocks.call import Argument, Call, Default, Kind, literal
from blocks.graph import Graph
from blocks.measure import Row
from runtime.body import Body, Construct, Init, body_of
from runtime.instances import use_key
from runtime.naming import attribute, class_name, free
from runtime.variants import Around, Switches, agree, left_out, named_switches

Key = tuple[Block, Any]  # a composite's block and the shapes that arrive
Path = tuple[int, int, int | str]  # attribute, copy, and argument of a hole
CLASS = ""  # in place of an argument: the class itself
_NOTHING = Kind("nn.Identity")

_ENDS = ("kernel_size", "stride", "padding", "dilation", "groups")  # said of a class where they are of one part only
_POSITIONS: Mapping[str, tuple[str, ...]] = {
    "nn.Conv": ("in_channels", "out_channels", "kernel_size"),
    "nn.Linear": ("in_features", "out_features"),
    "nn.BatchNorm": ("channels",),
    "nn.InstanceNorm": ("channels",),
    "nn.GroupNorm": ("groups", "channels"),
    "nn.LayerNorm": ("sizes",),
    "nn.Dropout": ("p",),
    "nn.MaxPool": ("kernel_size",),
    "nn.AvgPool": ("kernel_size",),
    "nn.LSTM": ("features", "hidden_size"),
    "nn.GRU": ("features", "hidden_size"),
    "nn.RNN": ("features", "hidden_size"),
    "nn.Embedding": ("num_embeddings", "embedding_dim"),
}


@dataclass(frozen=True)
class Parameter:
    """An argument of a class: its name, and the default that calls may leave out."""

    name: str
    values: tuple[Any, ...]  # its value in every instance
    default: Default | None = None

    @property
    def annotation(self) -> str:
        """The type of its values, as Python writes it."""
        return " | ".join(dict.fromkeys(_annotation(v) for v in self.values))


@dataclass(frozen=True)
class Class:
    """A class of the printed text. `holes` says which arguments in the body are replaced by a parameter's name.

    `optional` gives the parameter that says whether an attribute is wanted, `flags` those that `forward` asks for.
    """

    name: str
    kind: type[Block]
    body: Body
    parameters: tuple[Parameter, ...]
    holes: Mapping[Path, str]
    optional: Mapping[int, str]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Member:
    """A composite with its body, which is that of its class; `without` are the nodes that it leaves out."""

    block: Block
    row: Row
    body: Body
    without: frozenset[str] = frozenset()

    @property
    def graph(self) -> Graph:
        """Its inside."""
        assert self.row.inside is not None
        return self.row.inside.graph


def composite_rows(rows: Mapping[str, Row], blocks: Mapping[str, Block]) -> Iterator[tuple[Block, Row]]:
    """Every composite among nodes, and within them, the innermost first."""
    for name, row in rows.items():
        for copy in row.copies or (row,):
            if copy.inside is not None and blocks[name].composite:
                inner = {n: node.block for n, node in copy.inside.graph.nodes.items()}
                yield from composite_rows(copy.inside.rows, inner)
                yield blocks[name], copy


class Classes:
    """The classes of all composites in a design, and the constructor call for each of them."""

    def __init__(self, composites: Iterable[tuple[Block, Row]], networks: Mapping[str, str], taken: set[str]) -> None:
        self._networks, self._taken = networks, taken
        self._calls: dict[Key, Call] = {}
        self.classes: list[Class] = []
        self.members: dict[str, list[Key]] = {}
        self.uses: dict[Any, Call] = {}  # of networks, by their values
        found = {(block, row.inputs): (block, row) for block, row in composites}
        by_height: dict[int, list[tuple[Block, Row]]] = {}
        for block, row in found.values():
            by_height.setdefault(_height(row), []).append((block, row))
        for height in sorted(by_height):
            self._take(by_height[height])

    def construct(self, block: Block, row: Row) -> Call | None:
        """The constructor call of a node's module: its own, or that of its class."""
        if block.role == "network":
            return self.uses.get(use_key(block, row)) or Call(self._networks[block.value("network")])
        if block.composite:
            return self._calls[block, row.inputs]
        return block.construct(*row.inputs)

    def _take(self, composites: list[tuple[Block, Row]]) -> None:
        """Forms the classes of composites that stand equally high: one for each kind where they can share it."""
        alike: dict[Any, list[Member]] = {}
        for block, row in composites:
            assert row.inside is not None
            body = body_of(row.inside.graph, row.inside.rows, self.construct)
            alike.setdefault((type(block), skeleton(body)), []).append(Member(block, row, body))
        left = list(alike.values())
        while left:
            self._form(*self._joined(left))

    def _joined(self, left: list[list[Member]]) -> tuple[list[Member], Switches]:
        """Takes the members of a class out of `left`: those of the fullest structure, and those that go past parts."""
        kind = type(left[0][0].block)
        whole = max((each for each in left if type(each[0].block) is kind), key=lambda each: len(each[0].graph.nodes))
        left.remove(whole)
        joined, ways = [whole], list[Around]()
        for each in [other for other in left if type(other[0].block) is kind]:
            way = left_out(whole[0].graph, each[0].graph)
            if way is not None and agree([*ways, way]):
                joined.append(each)
                ways.append(way)
        members, switches = self._switched(joined, ways)
        if members is None:
            return whole, Switches()
        for each in joined[1:]:
            left.remove(each)
        return members, switches

    def _switched(self, joined: list[list[Member]], ways: list[Around]) -> tuple[list[Member] | None, Switches]:
        """All members with bodies of the fullest structure; None where they cannot be told as one."""
        first = joined[0][0]
        taken = {"self", *first.body.arguments}
        names = {
            name: free(taken, attribute(name)) for name in first.graph.structure.order if name in set().union(*ways)
        }
        switches = named_switches(ways, names)
        members = []
        for each, way in zip(joined, ({}, *ways), strict=True):
            for member in each:
                assert first.row.inside is not None
                assert member.row.inside is not None
                rows = {**first.row.inside.rows, **member.row.inside.rows}
                full = replace(first.graph, nodes={**first.graph.nodes, **member.graph.nodes})
                body = body_of(full, rows, self.construct, switches)
                members.append(Member(member.block, member.row, body, frozenset(way)))
        optional = [init for init in members[0].body.inits if init.node in switches.flags]
        fine = all(init.plain and not any(c.then for c in init.calls) for init in optional)
        same = len({skeleton(member.body) for member in members}) == 1
        return (members, switches) if fine and same else (None, switches)

    def _form(self, members: list[Member], switches: Switches) -> None:
        kind, body = type(members[0].block), members[0].body
        name = free(self._taken, class_name(kind.kind()))
        known = {made.name: tuple(p.name for p in made.parameters) for made in self.classes}
        bare = {init.node for init in body.inits if all(map(is_bare, init.calls))}
        wanted = {node: flag for node, flag in switches.flags.items() if node not in bare}
        parameters, holes = _parameters(members, known, _flags(members, wanted))
        optional = {i: wanted[init.node] for i, init in enumerate(body.inits) if init.node in wanted}
        built = {init.node for init in body.inits}
        flags = tuple(dict.fromkeys(flag for node, flag in wanted.items() if node not in built))
        parameters, optional = _telling(parameters, holes, optional, flags)
        self.classes.append(Class(name, kind, body, parameters, holes, optional, flags))
        self.members[name] = [(member.block, member.row.inputs) for member in members]
        for i, key in enumerate(self.members[name]):
            plain = [p.values[i] for p in parameters if p.default is None]
            named = {p.name: Default(p.values[i], p.default.default) for p in parameters if p.default}
            self._calls[key] = Call(name, tuple(plain), named)


def _flags(members: list[Member], wanted: Mapping[str, str]) -> tuple[Parameter, ...]:
    """The parameters that say which optional parts are wanted; as most want them where nothing is said."""
    made = []
    for flag in dict.fromkeys(wanted.values()):
        node = next(node for node, of in wanted.items() if of == flag)
        values = tuple(node not in member.without for member in members)
        made.append(Parameter(flag, values, Default(True, sum(values) * 2 > len(values))))
    return tuple(made)


def _height(row: Row) -> int:
    assert row.inside is not None
    inner = [copy for r in row.inside.rows.values() for copy in (r.copies or (r,)) if copy.inside is not None]
    return 1 + max(map(_height, inner), default=0)


def _arguments(call: Call) -> Iterator[tuple[int | str, Argument]]:
    yield from enumerate(call.arguments)
    yield from call.keywords.items()


def holes_of(body: Body) -> dict[Path, Argument]:
    """Every literal argument in the constructor calls of a body, by its place; and the class of what takes none."""
    return {
        (i, j, key): value
        for i, init in enumerate(body.inits)
        for j, called in enumerate(init.calls)
        for key, value in ([(CLASS, Kind(called.name))] if is_bare(called) else _arguments(called))
        if not isinstance(value, Call)
    }


def is_bare(called: Call) -> bool:
    """Whether a module of torch's is made without a word: another such can stand in its place, as an activation."""
    return called == Call(called.name) and called.name.startswith("nn.")


def skeleton(body: Body) -> Any:
    """What two bodies must share to be one class: everything but the literals of their calls."""
    inits = tuple((init.attribute, init.repeated, init.plain, _shape_of_calls(init)) for init in body.inits)
    lines = tuple(statement for _, statement in body.lines)
    return body.arguments, inits, lines


def _shape_of_calls(init: Init) -> Any:
    names = ("" if is_bare(called) else called.name for called in init.calls)
    return tuple((name, c.around, c.then, _arguments_alike(c)) for name, c in zip(names, init.calls, strict=True))


def _arguments_alike(called: Call) -> Any:
    return tuple((k, str(v) if isinstance(v, Call) else None) for k, v in _arguments(called))


def _parameters(
    members: list[Member], known: Mapping[str, tuple[str, ...]], flags: tuple[Parameter, ...]
) -> tuple[tuple[Parameter, ...], dict[Path, str]]:
    """The arguments that a class needs to cover its members, and the holes each of them fills.

    `known` are the arguments of the classes formed before, which stand inside this one.
    """
    first = members[0]
    tables = [holes_of(member.body) for member in members]
    told = {path: tuple(map(_value, members, tables, [path] * len(tables))) for path in tables[0]}
    groups: dict[Any, list[Path]] = {}
    for path, values in sorted(told.items(), key=lambda item: _ABSENT in item[1]):
        present = [v for v in values if v is not _ABSENT]
        if any(v != present[0] or type(v) is not type(present[0]) for v in present):
            groups.setdefault(_alike(values, groups, members, tables[0][path]), []).append(path)
    taken = {"self", *(flag.name for flag in flags)}
    made, holes = list(flags), {}
    wanted = _bare([_name(values, paths, members, known) for values, paths in groups.items()])
    for (values, paths), name in zip(groups.items(), wanted, strict=True):
        name = free(taken, name)
        made.append(Parameter(name, values, _default([tables[0][p] for p in paths], values)))
        holes.update(dict.fromkeys(paths, name))
    order = ["in_channels", "in_features", "", *first.block.settings]
    made.sort(key=lambda p: (p.default is not None, order.index(p.name) if p.name in order else order.index("")))
    return tuple(made), holes


def _telling(
    parameters: tuple[Parameter, ...], holes: Mapping[Path, str], optional: Mapping[int, str], flags: tuple[str, ...]
) -> tuple[tuple[Parameter, ...], dict[int, str]]:
    """Leaves out a flag where a number that only its part needs tells as well whether the part is wanted."""
    told = dict(optional)
    for flag in [p for p in parameters if p.name in optional.values() and p.name not in flags]:
        parts = {i for i in optional if optional[i] == flag.name}
        widths = [
            p for p in parameters if p.name.endswith(("_channels", "_features")) and _places(holes, p.name) <= parts
        ]
        number = next((p.name for p in widths if tuple(v > 0 for v in p.values) == flag.values), flag.name)
        told.update(dict.fromkeys(parts, number))
    unsaid = {*optional.values()} - {*told.values()} - {*flags}
    return tuple(p for p in parameters if p.name not in unsaid), told


def _places(holes: Mapping[Path, str], name: str) -> set[int]:
    return {path[0] for path, told in holes.items() if told == name}


class _Absent:
    """What an argument is where the part that it belongs to is left out."""


_ABSENT = _Absent()


def _value(member: Member, table: Mapping[Path, Argument], path: Path) -> Any:
    if member.body.inits[path[0]].node not in member.without:
        return plain(table[path])
    return _NOTHING if path[2] == CLASS else _ABSENT


def _alike(
    values: tuple[Any, ...], groups: Iterable[tuple[Any, ...]], members: list[Member], argument: Argument
) -> tuple[Any, ...]:
    """The values of a parameter that is there already, or of what arrives, where they fit; else these, all filled.

    What is absent is told by what need not be said: the default of the argument, or 0 for a number that has none.
    """
    if _ABSENT not in values:
        return values
    arriving = tuple(shape.sizes[0] if shape and shape.sizes else None for shape in (m.row.inputs[0] for m in members))
    for known in (*groups, arriving):
        if all(v is _ABSENT or (v == k and type(v) is type(k)) for v, k in zip(values, known, strict=True)):
            return known
    present = [v for v in values if v is not _ABSENT]
    other = 0 if _numbers(present) else present[0]
    other = argument.default if isinstance(argument, Default) else other
    return tuple(other if v is _ABSENT else v for v in values)


def _numbers(values: Iterable[Any]) -> bool:
    return all(type(v) is int and v > 0 for v in values)


def plain(value: Argument) -> Any:
    """The value of an argument, whether or not torch would fill it in."""
    return value.value if isinstance(value, Default) else value


def _default(values: list[Argument], seen: tuple[Any, ...]) -> Default | None:
    """The default that all the holes of one parameter agree on, if they do; of classes the one seen most."""
    first = values[0]
    if isinstance(plain(first), Kind):
        return Default(seen[0], max(seen, key=seen.count))
    if not isinstance(first, Default) and 0 in seen and _numbers(v for v in seen if v != 0):
        return Default(seen[0], 0)  # of a part that some leave out
    agree = all(isinstance(v, Default) and isinstance(first, Default) and v.default == first.default for v in values)
    return first if agree and isinstance(first, Default) else None


def _name(
    values: tuple[Any, ...], paths: list[Path], members: list[Member], known: Mapping[str, tuple[str, ...]]
) -> str:
    """A speaking name: what arrives, a setting of the composite, what leaves, or the argument of the call it fills."""
    arriving = [member.row.inputs[0] for member in members]
    if all(
        shape is not None and shape.sizes and shape.sizes[0] == v for shape, v in zip(arriving, values, strict=True)
    ):
        return "in_channels" if arriving[0].rank > 1 else "in_features"
    for setting in members[0].block.settings:
        if all(_means(member.block.value(setting), v) for member, v in zip(members, values, strict=True)):
            return setting
    leaving = [shape for member in members if (shape := member.row.outputs[0]) is not None and shape.rank in (1, 3)]
    if tuple(shape.sizes[0] for shape in leaving) == values:
        return "out_features" if leaving[0].rank == 1 else "out_channels"
    init = members[0].body.inits[paths[0][0]]
    return argument_name(init, paths[0], known)


def _bare(names: list[str]) -> list[str]:
    """`padding` for `conv_padding` where there is no other, and `conv_channels` for `conv_out_channels`."""
    ends = [next((end for end in _ENDS if f"_{name}".endswith(f"_{end}")), name) for name in names]
    told = [end if ends.count(end) == 1 else name for name, end in zip(names, ends, strict=True)]
    channels = [re.sub(r"_(?:in|out)_(channels|features)$", r"_\1", name) for name in told]
    return [short if channels.count(short) == 1 else name for name, short in zip(told, channels, strict=True)]


def _means(chosen: Any, value: Any) -> bool:
    """Whether a setting of a composite is what stands at a hole; a class is chosen by its name."""
    if isinstance(value, Kind):
        return value.name == f"nn.{chosen}" or (value == _NOTHING and chosen == "none")
    return bool(chosen == value)


def argument_name(init: Init, path: Path, known: Mapping[str, tuple[str, ...]]) -> str:
    """A name for an argument after the attribute and what torch calls it: `conv1_in_channels`."""
    key = path[2]
    if key == CLASS:
        return attribute(init.attribute)
    if isinstance(key, int):
        called = init.calls[path[1]].name
        torch_names = next((names for stem, names in _POSITIONS.items() if called.startswith(stem)), ())
        names = known.get(called, torch_names)
        key = names[key] if key < len(names) else f"argument{key + 1}"
    return attribute(f"{init.attribute}_{key}")


def _annotation(value: Any) -> str:
    if isinstance(value, Kind):
        return "type[nn.Module]"
    if isinstance(value, tuple):
        return f"tuple[{', '.join(map(_annotation, value))}]"
    return "None" if value is None else type(value).__name__


def with_names(called: Call, holes: Mapping[int | str, str]) -> list[str]:
    """The arguments of a call as text, those at holes replaced by the parameter's name."""
    told = [holes.get(i, literal(value)) for i, value in enumerate(called.arguments)]
    for key, value in called.keywords.items():
        if key in holes:
            told.append(f"{key}={holes[key]}")
        elif not (isinstance(value, Default) and value.value == value.default):
            told.append(f"{key}={literal(value)}")
    return told


__all__ = ["Class", "Classes", "Construct", "Parameter", "composite_rows", "with_names"]
