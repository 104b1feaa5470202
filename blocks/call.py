"""Constructor calls as data: what a block asks the printer to write, without knowing torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Union

from blocks.definition import Definition


@dataclass(frozen=True)
class Kind:
    """A class as an argument, printed by its name: `nn.ReLU`."""

    name: str

    def __str__(self) -> str:
        return self.name


Literal = int | float | str | bool | Kind | tuple["Literal", ...] | None


@dataclass(frozen=True)
class Default:
    """A keyword that torch would fill in: printed only where `value` differs from `default`."""

    value: Literal
    default: Literal


Argument = Union[Literal, Default, "Call"]


@dataclass(frozen=True)
class Call:
    """`name(*arguments, **keywords)`; a name outside `nn.` and `torch.` is a class that `runtime.modules` carries."""

    name: str
    arguments: tuple[Argument, ...] = ()
    keywords: Mapping[str, Argument] = field(default_factory=dict)
    around: str = ""  # a function that changes what the call has made
    then: tuple[str, ...] = ()  # what is done to it in the end: statements in which `{}` stands for it

    def __str__(self) -> str:
        told = f"{self.name}({', '.join(self.told())})"
        return f"{self.around}({told})" if self.around else told

    def told(self) -> list[str]:
        """Each argument as it is printed, those that torch would fill in left out."""
        told = [literal(a) for a in self.arguments]
        return told + [f"{k}={literal(v)}" for k, v in self.keywords.items() if not _silent(v)]


def call(name: str, *arguments: Argument, **keywords: Argument) -> Call:
    """A constructor call, as `call("nn.Conv2d", 3, 64, 3, padding=1)`."""
    return Call(name, arguments, keywords)


def unless(default: Literal, /, **keywords: Literal) -> dict[str, Argument]:
    """Keywords that stay unwritten where they have torch's default, so that printed calls stay short."""
    return {name: Default(value, default) for name, value in keywords.items()}


def settings_told(definition: Definition) -> dict[str, Argument]:
    """Every setting as the keyword of the same name, for modules whose names and defaults are torch's own."""
    settings = definition.settings.items()
    return {name: Default(definition.value(name), setting.default) for name, setting in settings}


def literal(value: Argument) -> str:
    """A value as Python text."""
    if isinstance(value, Default):
        return literal(value.value)
    if isinstance(value, float):
        return f'float("{value}")' if value in (float("inf"), float("-inf")) else repr(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(literal, value)) + ("," if len(value) == 1 else "") + ")"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """A string as Python text in double quotes and ASCII, whatever it holds."""
    inner = text.encode("unicode_escape").decode("ascii")
    return '"' + inner.replace('"', '\\"') + '"'


def _silent(value: Argument) -> bool:
    return isinstance(value, Default) and value.value == value.default
