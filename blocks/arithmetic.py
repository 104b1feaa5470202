"""Sums typed into a field or written in a file: `2*32`, `(28 + 4) / 2`, `max(width // 4, 8)` over names with values."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

Scope = Mapping[str, float]
Result = float | tuple[float, ...]
LONGEST = 200  # characters of a sum
LARGEST = 2**53  # whole numbers up to here are exact however they are divided
_STEEPEST = 64  # the largest exponent


class NotASum(ValueError):
    """Text that does not work out to numbers, and why."""


class NotKnown(NotASum):
    """A sum over a name that has no value."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is not known here")


_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

# What may be called, how many arguments it takes, and how Python spells it.
_FUNCTIONS: dict[str, tuple[Callable[..., float], range, str]] = {
    "min": (min, range(2, 9), "min"),
    "max": (max, range(2, 9), "max"),
    "round": (round, range(1, 2), "round"),
    "abs": (abs, range(1, 2), "abs"),
    "int": (int, range(1, 2), "int"),
    "ceil": (math.ceil, range(1, 2), "math.ceil"),
    "floor": (math.floor, range(1, 2), "math.floor"),
    "sqrt": (math.sqrt, range(1, 2), "math.sqrt"),
    "log2": (math.log2, range(1, 2), "math.log2"),
}
FUNCTIONS = frozenset(_FUNCTIONS)
_NAME = re.compile(r"\b[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, eq=False)
class Sum:
    """A sum that was read: its text, the names it is over, and its parts (several for `(width, 2*width)`)."""

    text: str
    names: tuple[str, ...]
    parts: tuple[ast.expr, ...]
    several: bool

    def value(self, scope: Scope) -> Result:
        """What it works out to, as Python would; raises NotASum, NotKnown for a name without a value."""
        try:
            values = tuple(_value(part, scope) for part in self.parts)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise error if isinstance(error, NotASum) else NotASum(f"{error}") from error
        return values if self.several else values[0]

    @property
    def has_fraction(self) -> bool:
        """Whether a number in it is written with a point or an exponent."""
        return any(isinstance(n, ast.Constant) and isinstance(n.value, float) for p in self.parts for n in ast.walk(p))


def read_sum(text: str) -> Sum:
    """The sum that a text says; raises NotASum where it is none. Nothing is worked out yet."""
    read = _read(text)
    if isinstance(read, str):
        raise NotASum(read)
    return read


@lru_cache(4096)
def _read(text: str) -> Sum | str:
    """The sum, or why there is none: both remembered, since fields read what is typed many times."""
    if len(text) > LONGEST:
        return f"a sum is at most {LONGEST} characters long"
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text.strip(), mode="eval").body
        parts = tuple(tree.elts) if isinstance(tree, ast.Tuple) else (tree,)
        names = tuple(dict.fromkeys(name for part in parts for name in _names(part)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "it is not a sum of numbers and names"
    if not text.isascii():
        return "names and numbers are written in plain letters and digits"
    return Sum(text.strip(), names, parts, isinstance(tree, ast.Tuple))


def _names(node: ast.expr) -> Iterator[str]:
    """The names in an expression; raises ValueError for whatever a sum may not hold."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return
        case ast.Name(id=name):
            yield name
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            yield from _names(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            yield from _names(left)
            yield from _names(right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS:
            if len(arguments) not in _FUNCTIONS[name][1]:
                raise ValueError(f"{name} takes another number of arguments")
            for argument in arguments:
                yield from _names(argument)
        case _:
            raise ValueError("not a sum")


def _value(node: ast.expr, scope: Scope) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return _bounded(number)
        case ast.Name(id=name):
            if name not in scope:
                raise NotKnown(name)
            return scope[name]
        case ast.UnaryOp(op=op, operand=operand):
            value = _value(operand, scope)
            return -value if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _value(left, scope), _value(right, scope)
            if isinstance(op, ast.Pow) and abs(other) > _STEEPEST:
                raise NotASum(f"an exponent is at most {_STEEPEST}")
            return _bounded(_BINARY[type(op)](one, other))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _bounded(_FUNCTIONS[name][0](*(_value(argument, scope) for argument in arguments)))
        case _:
            raise NotASum("it is not a sum of numbers and names")


def _bounded(number: object) -> float:
    if not isinstance(number, int | float):
        raise NotASum("it has no real value")
    if not abs(number) <= LARGEST:  # also what is not a number at all
        raise NotASum("it is too large")
    return number


def arithmetic(text: str, bad: Callable[[object], Exception]) -> float:
    """The number that `text` works out to; a whole result is an int. Raises what `bad(text)` gives."""
    try:
        read = read_sum(text)
        result = read.value({})
    except NotASum as error:
        raise bad(text) from error
    if isinstance(result, tuple):
        raise bad(text)
    whole = float(result).is_integer() and not read.has_fraction
    return int(result) if whole else result


# --- rewriting ------------------------------------------------------------------------------


class _Renaming(ast.NodeTransformer):
    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self._names.get(node.id, node.id))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        spelled = _FUNCTIONS[node.func.id][2] if node.func.id in _FUNCTIONS else node.func.id
        return ast.Call(ast.Name(spelled), [self.visit(argument) for argument in node.args], [])


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The same sum with other names, numbers or sums in place of some of its names, otherwise as it was typed."""
    return _NAME.sub(lambda found: _held(values[found[0]]) if found[0] in values else found[0], text)


def _held(text: str) -> str:
    """A sum as it may stand within another."""
    return text if re.fullmatch(r"\w[\w.]*", text) else f"({text})"


def in_python(text: str, names: Mapping[str, str], *, whole: bool, fractions: Collection[str] = ()) -> str:
    """A sum as Python code, with other names for its names, of which `fractions` hold no whole numbers.

    `whole`: a result that is whole must be an int.
    """
    read = read_sum(text)
    told = [_spelled(part, names, whole, fractions) for part in read.parts]
    return _joined(told, read.several)


def _spelled(part: ast.expr, names: Mapping[str, str], whole: bool, fractions: Collection[str]) -> str:
    """One part: a division that leaves nothing is `//` where it is the last thing done, else the whole is made one."""
    part = _copied(part)
    match part:
        case ast.BinOp(left=left, op=ast.Div(), right=right) if whole and _is_whole((left, right), fractions):
            part = ast.BinOp(left, ast.FloorDiv(), right)
        case _ if whole and not _is_whole((part,), fractions):
            part = ast.Call(ast.Name("int"), [part], [])
    return ast.unparse(_Renaming(names).visit(part))


def _is_whole(parts: Iterable[ast.expr], fractions: Collection[str]) -> bool:
    """Whether Python gives an int for each where every name but the `fractions` is one."""
    return all(_gives_int(part, fractions) for part in parts)


def _gives_int(part: ast.expr, fractions: Collection[str]) -> bool:
    match part:
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.Name(id=name):
            return name not in fractions
        case ast.UnaryOp(operand=operand):
            return _gives_int(operand, fractions)
        case ast.BinOp(left=left, op=op, right=right):
            return not isinstance(op, ast.Div) and _is_whole((left, right), fractions)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name in ("min", "max", "abs"):
                return _is_whole(arguments, fractions)
            return name not in ("sqrt", "log2")
        case _:
            return False


def _copied(part: ast.expr) -> ast.expr:
    return ast.parse(ast.unparse(part), mode="eval").body


def _joined(told: list[str], several: bool) -> str:
    if not several:
        return told[0]
    return f"({told[0]},)" if len(told) == 1 else f"({', '.join(told)})"
