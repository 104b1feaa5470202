"""From numbers back to the sum they follow from: the argument that a person would have written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from blocks.arithmetic import NotASum, Scope, in_python, read_sum
from blocks.call import literal

_FEWEST = 3  # points that a straight line must pass through to be believed
_MOST_SUMS = 12
Vector = tuple[float, ...]


class Expressions:
    """What can be said in the names of a class: `scopes` are their values, instance by instance."""

    def __init__(self, scopes: Sequence[Scope], names: Mapping[str, str], sums: Sequence[str]) -> None:
        self._scopes, self._names = scopes, names
        self._fractions = {n for n in names if any(not isinstance(s[n], int) for s in scopes)}
        self._sums = list(dict.fromkeys(sums))[:_MOST_SUMS]
        self._found: dict[Any, str | None] = {}

    def told(self, values: tuple[Any, ...], near: Sequence[str] = ()) -> str | None:
        """Python for an argument with these values, if any; sums `near` it, of its own node, come first."""
        key = repr(values), tuple(near)
        if key not in self._found:
            self._found[key] = self._told(values, near)
        return self._found[key]

    def _told(self, values: tuple[Any, ...], near: Sequence[str]) -> str | None:
        if all(isinstance(v, tuple) for v in values):
            return self._tuple(values, near)
        if all(value == values[0] and type(value) is type(values[0]) for value in values):
            return literal(values[0])
        if any(isinstance(v, bool) or not isinstance(v, int | float) for v in values):
            return None
        text = self._sum(values, near)
        whole = all(isinstance(v, int) for v in values)
        return None if text is None else in_python(text, self._names, whole=whole, fractions=self._fractions)

    def _tuple(self, values: tuple[tuple[Any, ...], ...], near: Sequence[str]) -> str | None:
        if len({len(value) for value in values}) != 1:
            return None
        told = [self._told(part, near) for part in zip(*values, strict=True)]
        if any(part is None for part in told):
            return None
        return f"({', '.join(map(str, told))}{',' if len(told) == 1 else ''})"

    def _sum(self, values: Vector, near: Sequence[str]) -> str | None:
        """The sum with these values: one that a person wrote, else a straight line or a product of such."""
        written = list(dict.fromkeys((*near, *self._names, *self._sums)))
        known = {text: vector for text in written if (vector := self._vector(text)) is not None}
        for text, vector in known.items():
            if vector == values:
                return text
        plain = {**{n: known[n] for n in self._names if n in known}, **known}
        lines = (_line(text, vector, values) for text, vector in plain.items())
        return next((line for line in lines if line), None) or self._level(values, plain) or _product(values, plain)

    def _vector(self, text: str) -> Vector | None:
        """What a sum works out to, instance by instance; None where it cannot be told so."""
        read = read_sum(text)
        if any(name not in self._names for name in read.names) or read.several:
            return None
        try:
            results = [read.value(scope) for scope in self._scopes]
        except NotASum:
            return None
        return tuple(int(r) if float(r).is_integer() else r for r in results if not isinstance(r, tuple))

    def _level(self, values: Vector, plain: Mapping[str, Vector]) -> str | None:
        """A sum of several names, each times a whole number."""
        whole = [n for n in self._names if n in plain and n not in self._fractions]
        names = [name for name in whole if len(set(plain[name])) > 1]
        if len(names) < 2 or len(values) <= len(names) + 1:
            return None
        found = _solved([[*(plain[name][i] for name in names), 1] for i in range(len(values))], values)
        if found is None or any(f.denominator != 1 for f in found):
            return None
        *factors, rest = (int(f) for f in found)
        return _added([(factor, name) for factor, name in zip(factors, names, strict=True) if factor], rest)


def _line(text: str, vector: Vector, values: Vector) -> str | None:
    """`a * text + b` with whole a and b, where that gives all the values."""
    points = dict(zip(vector, values, strict=True))
    if len(points) < _FEWEST or not all(isinstance(n, int) for n in (*vector, *values)):
        return None
    (x1, y1), (x2, y2) = list(points.items())[:2]
    factor = Fraction(int(y2 - y1), int(x2 - x1))
    rest = Fraction(int(y1)) - factor * int(x1)
    if not factor or any(y != factor * int(x) + rest for x, y in zip(vector, values, strict=True)):
        return None
    if factor.denominator == 1 and rest.denominator == 1:
        return _added([(int(factor), text)], int(rest))
    if rest == 0 and factor.numerator == 1:
        return _flat(f"({text}) // {factor.denominator}")
    return None


def _product(values: Vector, known: Mapping[str, Vector]) -> str | None:
    """A product of up to three of what is known, and parts of it, times a whole number."""
    atoms = dict(_atoms(known))
    if len(set(values)) < _FEWEST or not all(isinstance(v, int) for v in values):
        return None
    for size in (1, 2, 3):
        for chosen in combinations_with_replacement(atoms, size):
            base = [1] * len(values)
            for text in chosen:
                base = [b * int(n) for b, n in zip(base, atoms[text], strict=True)]
            factor = Fraction(int(values[0]), base[0]) if base[0] else Fraction(0)
            if factor.denominator == 1 and factor and all(b * factor == v for b, v in zip(base, values, strict=True)):
                told = " * ".join(f"({text})" for text in chosen)
                return _flat(told if factor == 1 else f"{factor} * {told}")
    return None


def _atoms(known: Mapping[str, Vector]) -> Iterator[tuple[str, Vector]]:
    whole = {t: v for t, v in known.items() if all(isinstance(n, int) for n in v) and len(set(v)) > 1}
    yield from whole.items()
    for text, vector in whole.items():
        for part in (2, 4, 8, 16, 32):
            yield f"({text}) // {part}", tuple(n // part for n in vector)


def _added(terms: Sequence[tuple[int, str]], rest: int) -> str:
    parts = [*((factor, f"({text})") for factor, text in terms), *([(rest, "1")] if rest else [])]
    told = ""
    for factor, text in sorted(parts, key=lambda part: part[0] < 0):  # what is taken away comes last
        size = f"{abs(factor)}" if text == "1" else text if abs(factor) == 1 else f"{abs(factor)} * {text}"
        told += f" - {size}" if factor < 0 and told else f" + {size}" if told else f"-{size}" if factor < 0 else size
    return _flat(told)


def _flat(text: str) -> str:
    """The same without the brackets that mean nothing."""
    return ast.unparse(ast.parse(text, mode="eval"))


def _solved(rows: Sequence[Sequence[float]], values: Vector) -> list[Fraction] | None:
    """The one solution of a linear system with more equations than unknowns, if there is one."""
    if not all(isinstance(n, int) for row in rows for n in row) or not all(isinstance(v, int) for v in values):
        return None
    table = [[*map(Fraction, map(int, row)), Fraction(int(v))] for row, v in zip(rows, values, strict=True)]
    width = len(rows[0])
    for column in range(width):
        pivot = next((i for i in range(column, len(table)) if table[i][column]), None)
        if pivot is None:
            return None
        table[column], table[pivot] = table[pivot], table[column]
        for i, row in enumerate(table):
            if i != column and row[column]:
                ratio = row[column] / table[column][column]
                table[i] = [a - ratio * b for a, b in zip(row, table[column], strict=True)]
    if any(row[-1] for row in table[width:]):
        return None
    return [table[i][-1] / table[i][i] for i in range(width)]
