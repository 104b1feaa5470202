"""The curve of an activation, read out of the very formula that people read: numbers without torch."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from blocks.block import Block

Curve = Callable[[float], float]
_Names = Mapping[str, float]
_Value = Callable[[_Names], float]

_TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:e-?\d+)?)|([^\W\d]\w*)|(≥|≤|[-+·×/^()|,<>]))")
_CONSTANTS = {"e": math.e, "π": math.pi}
_FUNCTIONS: Mapping[str, Callable[..., float]] = {
    "max": max,
    "min": min,
    "ln": math.log,
    "exp": math.exp,
    "tanh": math.tanh,
    "sin": math.sin,
    "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "Φ": lambda x: (1 + math.erf(x / math.sqrt(2))) / 2,
}
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    "≥": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "≤": lambda a, b: a <= b,
}


def curve(block: Block) -> Curve | None:
    """What a block makes of a number, as its formula says with its settings; None where it does not work one by one.

    Not a number where the formula overflows.
    """
    read = _read(block.formula)
    if read is None:
        return None
    whole, needed = read
    settings = {name: block.value(name) for name in block.settings}
    names = {n: float(v) for n, v in settings.items() if isinstance(v, int | float) and not isinstance(v, bool)}
    if not needed <= names.keys():
        return None

    def at(x: float) -> float:
        try:
            return float(whole({**names, "x": x}))
        except (ArithmeticError, ValueError):
            return math.nan

    return at


@lru_cache(maxsize=256)
def _read(formula: str) -> tuple[_Value, frozenset[str]] | None:
    """The value of a formula `y = … [; a = …]`, and the names it needs beside x; None where it is of another kind."""
    told, *rest = formula.split(";")
    if not told.startswith("y = "):
        return None
    try:
        whole, names = _parsed(told.removeprefix("y = "))
        for one in rest:
            name, _, value = one.partition(" = ")
            part, more = _parsed(value.partition(",")[0])
            whole, names = _with(whole, name.strip(), part), (names - {name.strip()}) | more
    except _Unread:
        return None
    return whole, names - {"x"}


def _with(whole: _Value, name: str, part: _Value) -> _Value:
    return lambda names: whole({**names, name: part(names)})


class _Unread(Exception):
    """Words that are no formula of one number."""


def _parsed(text: str) -> tuple[_Value, frozenset[str]]:
    reader = _Reader(text)
    value = reader.whole()
    if reader.ahead:
        raise _Unread(text)
    return value, frozenset(reader.names)


class _Reader:
    """Reads from the left: `a where x > 0, else b`, sums, products (also side by side), powers, |x|, f(x)."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self.names: set[str] = set()

    @property
    def ahead(self) -> str:
        """The next token, empty at the end."""
        return self._tokens[0] if self._tokens else ""

    def _take(self, *wanted: str) -> str:
        if not self._tokens or (wanted and self.ahead not in wanted):
            raise _Unread(self.ahead)
        return self._tokens.pop(0)

    def whole(self) -> _Value:
        """A sum, or one of two by a condition."""
        here = self._sum()
        if self.ahead != "where":
            return here
        self._take("where")
        left, holds, right = self._sum(), _COMPARED[self._take(*_COMPARED)], self._sum()
        self._take(",")
        self._take("else")
        other = self.whole()
        return lambda names: here(names) if holds(left(names), right(names)) else other(names)

    def _sum(self) -> _Value:
        value = self._product()
        while self.ahead in ("+", "-"):
            sign, first, more = 1 if self._take() == "+" else -1, value, self._product()
            value = _added(first, sign, more)
        return value

    def _product(self) -> _Value:
        if self.ahead == "-":
            self._take()
            negated = self._product()
            return lambda names: -negated(names)
        value = self._power()
        while self.ahead in ("·", "×", "/") or self._begins():
            divides = self.ahead == "/"
            if not self._begins():
                self._take()
            value = _times(value, self._power(), divides)
        return value

    def _begins(self) -> bool:
        """Whether a factor stands beside the last one without a sign."""
        named = self.ahead[:1].isalpha() and self.ahead not in ("where", "else")
        return named or self.ahead == "(" or self.ahead[:1].isdigit()

    def _power(self) -> _Value:
        value = self._atom()
        if self.ahead != "^":
            return value
        self._take()
        exponent = self._atom()
        return lambda names: value(names) ** exponent(names)

    def _atom(self) -> _Value:
        token = self._take()
        if token in ("(", "|"):
            inner = self._sum()
            self._take(")" if token == "(" else "|")
            return inner if token == "(" else lambda names: abs(inner(names))
        if token[0].isdigit():
            return lambda _: float(token)
        if token in _FUNCTIONS:
            return self._called(_FUNCTIONS[token])
        if not token[0].isalpha():
            raise _Unread(token)
        if token in _CONSTANTS:
            return lambda _: _CONSTANTS[token]
        self.names.add(token)
        return lambda names: names[token]

    def _called(self, function: Callable[..., float]) -> _Value:
        self._take("(")
        parts = [self._sum()]
        while self.ahead == ",":
            self._take()
            parts.append(self._sum())
        self._take(")")
        return lambda names: function(*(part(names) for part in parts))


def _added(first: _Value, sign: int, more: _Value) -> _Value:
    return lambda names: first(names) + sign * more(names)


def _times(first: _Value, more: _Value, divides: bool) -> _Value:
    return lambda names: first(names) / more(names) if divides else first(names) * more(names)


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise _Unread(text[place:])
        yield found.group(found.lastindex or 0)
        place = found.end()
