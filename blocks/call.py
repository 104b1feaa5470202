"""Constructor calls as data: what a block asks the printer to write, without knowing torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Literal = int | float | str | bool | None | tuple["Literal", ...]


@dataclass(frozen=True)
class Call:
    """`name(*arguments, **keywords)`; a name outside `nn.` and `torch.` is a class that `runtime.modules` carries."""

    name: str
    arguments: tuple[Literal | Call, ...] = ()
    keywords: Mapping[str, Literal | Call] = field(default_factory=dict)

    def __str__(self) -> str:
        told = [_literal(a) for a in self.arguments]
        told += [f"{k}={_literal(v)}" for k, v in self.keywords.items()]
        return f"{self.name}({', '.join(told)})"


def call(name: str, *arguments: Literal | Call, **keywords: Literal | Call) -> Call:
    """A constructor call, as `call("nn.Conv2d", 3, 64, 3, padding=1)`."""
    return Call(name, arguments, keywords)


def unless(default: Literal, /, **keyword: Literal) -> dict[str, Literal]:
    """The keyword, or nothing where it has torch's default, so that printed calls stay short."""
    return {name: value for name, value in keyword.items() if value != default}


def _literal(value: Literal | Call) -> str:
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_literal, value)) + ("," if len(value) == 1 else "") + ")"
    return ascii(value) if isinstance(value, str) else str(value)


def _number(value: float) -> str:
    return f'float("{value}")' if value in (float("inf"), float("-inf")) else repr(value)
