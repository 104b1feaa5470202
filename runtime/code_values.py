"""What names stand for while code is read that is never executed: layers, results, and what nobody knows."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from blocks.block import Block


@dataclass(frozen=True)
class Remark:
    """A piece of the text that was not understood: its line, its words, and what became of it."""

    line: int
    call: str
    why: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.call} {self.why}."


@dataclass(frozen=True)
class Tensor:
    """A result: the node and port it comes from; without a node, what is fed from outside."""

    node: str
    port: str


@dataclass
class Leaf:
    """A layer that is a block; after its first use the `node` that stands for it."""

    block: Block
    line: int
    expects: int = 0
    name: str = ""
    node: str = ""


@dataclass
class Chain:
    """Modules one after the other: an nn.Sequential."""

    items: list[object]
    name: str = ""


@dataclass
class Bag:
    """Modules or values by number or name: a ModuleList, a ModuleDict."""

    items: list[object]
    names: list[str] = field(default_factory=list)


@dataclass
class Instance:
    """An object of a class in the text, with what its `__init__` gave it."""

    kind: ast.ClassDef
    attributes: dict[str, object] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Named:
    """A name that the text does not define: `nn.Conv2d`, `F.relu`, `torch.cat`."""

    words: str

    @property
    def last(self) -> str:
        """Its last word."""
        return self.words.rpartition(".")[2]


@dataclass(frozen=True)
class Method:
    """An attribute of a value, about to be called: `x.view`, `self._make_layer`."""

    owner: object
    name: str


class Shape:
    """The sizes of a result, as `x.shape`: known only when the network is checked."""


class Size:
    """One of those sizes, as `x.size(0)`; `batch` where it counts the examples."""

    def __init__(self, batch: bool = False) -> None:
        self.batch = batch


class Unknown:
    """What nobody knows, as an argument without a default."""

    def __repr__(self) -> str:
        return "something unknown"


def is_module(value: object) -> bool:
    """Whether a value can be called with a result."""
    return isinstance(value, Leaf | Chain | Instance)


class TooLong(Exception):
    """Code that would take too long to follow."""


def chain_of(given: Sequence[object]) -> Chain:
    """The modules of a Sequential, which may have names."""
    items: list[object] = []
    for value in given:
        if isinstance(value, Bag):
            for name, item in zip(value.names, value.items, strict=False):
                give_name(item, name)
            items += value.items
        else:
            items.append(value)
    return Chain(items)


def give_name(value: object, name: str) -> None:
    """Lets a module, or each in a list, be called by the name it is first bound to."""
    if isinstance(value, Leaf | Chain | Instance) and not value.name:
        value.name = name
    elif isinstance(value, Bag):
        for place, item in enumerate(value.items):
            give_name(item, f"{name}_{place}")


def class_of(name: str, body: list[ast.stmt]) -> ast.ClassDef:
    """A class that the text does not write out."""
    return ast.ClassDef(name=name, bases=[], keywords=[], body=body, decorator_list=[])
