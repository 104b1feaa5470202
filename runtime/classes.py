"""One class for every kind of composite: those of one structure share it, and what differs becomes its arguments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from blocks.block import Block
from blocks.call import Argument, Call, Default, literal
from blocks.measure import Row
from runtime.body import Body, Construct, Init, body_of
from runtime.instances import use_key
from runtime.naming import attribute, class_name, free

Key = tuple[Block, Any]  # a composite's block and the shapes that arrive
Path = tuple[int, int, int | str]  # attribute, copy, and argument of a hole

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
    """A class of the printed text. `holes` says which arguments in the body are replaced by a parameter's name."""

    name: str
    kind: type[Block]
    body: Body
    parameters: tuple[Parameter, ...]
    holes: Mapping[Path, str]
    examples: tuple[Row, ...]


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
        """Forms the classes of composites that stand equally high."""
        alike: dict[Any, list[tuple[Block, Row, Body]]] = {}
        for block, row in composites:
            assert row.inside is not None
            body = body_of(row.inside.graph, row.inside.rows, self.construct)
            alike.setdefault((type(block), skeleton(body)), []).append((block, row, body))
        for (kind, _), members in alike.items():
            self._form(kind, members)

    def _form(self, kind: type[Block], members: list[tuple[Block, Row, Body]]) -> None:
        name = free(self._taken, class_name(kind.kind()))
        known = {made.name: tuple(p.name for p in made.parameters) for made in self.classes}
        parameters, holes = _parameters(members, known)
        rows = tuple(row for _, row, _ in members)
        self.classes.append(Class(name, kind, members[0][2], parameters, holes, rows))
        self.members[name] = [(block, row.inputs) for block, row, _ in members]
        for i, key in enumerate(self.members[name]):
            plain = [p.values[i] for p in parameters if p.default is None]
            named = {p.name: Default(p.values[i], p.default.default) for p in parameters if p.default}
            self._calls[key] = Call(name, tuple(plain), named)


def _height(row: Row) -> int:
    assert row.inside is not None
    inner = [copy for r in row.inside.rows.values() for copy in (r.copies or (r,)) if copy.inside is not None]
    return 1 + max(map(_height, inner), default=0)


def _arguments(call: Call) -> Iterator[tuple[int | str, Argument]]:
    yield from enumerate(call.arguments)
    yield from call.keywords.items()


def holes_of(body: Body) -> dict[Path, Argument]:
    """Every literal argument in the constructor calls of a body, by its place."""
    return {
        (i, j, key): value
        for i, init in enumerate(body.inits)
        for j, called in enumerate(init.calls)
        for key, value in _arguments(called)
        if not isinstance(value, Call)
    }


def skeleton(body: Body) -> Any:
    """What two bodies must share to be one class: everything but the literals of their calls."""
    inits = tuple((init.attribute, init.repeated, init.plain, _shape_of_calls(init)) for init in body.inits)
    lines = tuple(statement for _, statement in body.lines)
    return body.arguments, inits, lines


def _shape_of_calls(init: Init) -> Any:
    return tuple((called.name, called.around, called.then, _arguments_alike(called)) for called in init.calls)


def _arguments_alike(called: Call) -> Any:
    return tuple((k, str(v) if isinstance(v, Call) else None) for k, v in _arguments(called))


def _parameters(
    members: list[tuple[Block, Row, Body]], known: Mapping[str, tuple[str, ...]]
) -> tuple[tuple[Parameter, ...], dict[Path, str]]:
    """The arguments that a class needs to cover its members, and the holes each of them fills.

    `known` are the arguments of the classes formed before, which stand inside this one.
    """
    tables = [holes_of(body) for _, _, body in members]
    groups: dict[Any, list[Path]] = {}
    for path in tables[0]:
        values = tuple(plain(table[path]) for table in tables)
        if any(v != values[0] or type(v) is not type(values[0]) for v in values):
            groups.setdefault(values, []).append(path)
    taken = {"self"}
    made, holes = [], {}
    for values, paths in groups.items():
        name = free(taken, _name(values, paths, members, known))
        made.append(Parameter(name, values, _default([tables[0][p] for p in paths])))
        holes.update(dict.fromkeys(paths, name))
    order = [*members[0][0].settings]
    made.sort(key=lambda p: (p.default is not None, order.index(p.name) if p.name in order else -1))
    return tuple(made), holes


def plain(value: Argument) -> Any:
    """The value of an argument, whether or not torch would fill it in."""
    return value.value if isinstance(value, Default) else value


def _default(values: list[Argument]) -> Default | None:
    """The default that all the holes of one parameter agree on, if they do."""
    first = values[0]
    agree = all(isinstance(v, Default) and isinstance(first, Default) and v.default == first.default for v in values)
    return first if agree and isinstance(first, Default) else None


def _name(
    values: tuple[Any, ...],
    paths: list[Path],
    members: list[tuple[Block, Row, Body]],
    known: Mapping[str, tuple[str, ...]],
) -> str:
    """A speaking name: what arrives, a setting of the composite, or the argument of the call it fills."""
    arriving = [row.inputs[0] for _, row, _ in members]
    if all(
        shape is not None and shape.sizes and shape.sizes[0] == v for shape, v in zip(arriving, values, strict=True)
    ):
        return "in_channels" if arriving[0].rank > 1 else "in_features"
    for setting in members[0][0].settings:
        if all(block.value(setting) == v for (block, _, _), v in zip(members, values, strict=True)):
            return setting
    init = members[0][2].inits[paths[0][0]]
    return argument_name(init, paths[0], known)


def argument_name(init: Init, path: Path, known: Mapping[str, tuple[str, ...]]) -> str:
    """A name for an argument after the attribute and what torch calls it: `conv1_in_channels`."""
    key = path[2]
    if isinstance(key, int):
        called = init.calls[path[1]].name
        torch_names = next((names for stem, names in _POSITIONS.items() if called.startswith(stem)), ())
        names = known.get(called, torch_names)
        key = names[key] if key < len(names) else f"argument{key + 1}"
    return attribute(f"{init.attribute}_{key}")


def _annotation(value: Any) -> str:
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
