"""The plain part of Python that stands around layers: sums, comparisons, lists, loops over numbers."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from runtime.code_values import Bag, Chain, Named, Shape, Size, Tensor, Unknown

_MOST = 1000  # items of a loop
_NUMBERS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
Evaluate = Callable[[ast.expr], object]


def flat(values: Sequence[object]) -> Iterator[Tensor]:
    """The results among values, also within tuples and lists."""
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from flat(value)


def iterated(value: object) -> list[object]:
    """What a loop over a value goes through; nothing where that is not known."""
    if isinstance(value, Bag | Chain):
        return list(value.items)
    return list(value)[:_MOST] if isinstance(value, list | tuple | range) else []


def arithmetic(op: ast.operator, left: object, right: object) -> object:
    """What a sum of numbers, or of lists, works out to."""
    if isinstance(left, list | tuple) and isinstance(right, type(left)) and isinstance(op, ast.Add):
        return [*left, *right] if isinstance(left, list) else (*left, *right)
    if isinstance(left, list) and isinstance(right, int) and isinstance(op, ast.Mult):
        return left * right if len(left) * right <= _MOST else Unknown()
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return Unknown()
    if isinstance(op, ast.Pow):
        return left**right if abs(left) <= 1e4 and 0 <= right <= 16 else Unknown()
    try:
        return _NUMBERS[type(op)](left, right) if type(op) in _NUMBERS else Unknown()
    except ArithmeticError:
        return Unknown()


def compared(node: ast.expr, evaluate: Evaluate) -> object:
    """A comparison, `not`, `and`, `or`, or a sign; Unknown where a part of it is."""
    match node:
        case ast.UnaryOp(op=op, operand=operand):
            return _signed(op, evaluate(operand))
        case ast.BoolOp(op=op, values=values):
            told = [evaluate(v) for v in values]
            if any(map(_open, told)):
                return Unknown()
            return all(told) if isinstance(op, ast.And) else any(told)
        case ast.Compare(left=left, ops=ops, comparators=others):
            return _compared(evaluate(left), ops, [evaluate(o) for o in others])
    return Unknown()


def _signed(op: ast.unaryop, value: object) -> object:
    if isinstance(op, ast.Not):
        return Unknown() if _open(value) else not value
    if isinstance(value, int | float):
        return -value if isinstance(op, ast.USub) else value
    return Unknown()


def _compared(left: object, ops: Sequence[ast.cmpop], others: Sequence[object]) -> object:
    for op, right in zip(ops, others, strict=True):
        identity = isinstance(op, ast.Is | ast.IsNot) and (left is None or right is None)
        if not identity and (_open(left) or _open(right)):
            return Unknown()
        try:
            if not _ORDER[type(op)](left, right):
                return False
        except TypeError:
            return Unknown()
        left = right
    return True


def _open(value: object) -> bool:
    return isinstance(value, Unknown | Shape | Size | Tensor | Named)


def indexed(value: object, key: ast.expr, evaluate: Evaluate) -> object:
    """One item, or some, of a list that the text makes."""
    if isinstance(value, Shape):
        return Size(batch=evaluate(key) == 0)
    items = value.items if isinstance(value, Bag | Chain) else value
    if isinstance(key, ast.Slice) and isinstance(items, list | tuple):
        ends = [evaluate(end) if end else None for end in (key.lower, key.upper, key.step)]
        whole = [end for end in ends if end is None or isinstance(end, int)]
        return list(items[slice(*whole)]) if len(whole) == 3 and whole[2] != 0 else Unknown()
    at = evaluate(key)
    if isinstance(value, Bag) and isinstance(at, str) and at in value.names:
        return value.items[value.names.index(at)]
    if isinstance(items, list | tuple) and type(at) is int and -len(items) <= at < len(items):
        return items[at]
    return Unknown()


def _range(*ends: object) -> object:
    whole = [end for end in ends if type(end) is int]
    usable = 1 <= len(whole) == len(ends) <= 3 and (len(whole) < 3 or whole[2] != 0)
    return list(range(*whole)[:_MOST]) if usable else []


def _length(value: object = None, *_: object) -> object:
    items = iterated(value)
    return len(items) if isinstance(value, list | tuple | Bag | Chain) else Unknown()


def _number(value: object = 0, *_: object) -> object:
    return int(value) if isinstance(value, int | float) and abs(value) < 1e15 else Unknown()


def _zipped(*values: object) -> object:
    return list(zip(*map(iterated, values), strict=False))


def _ordered(value: object = (), *_: object) -> object:
    """An OrderedDict of pairs."""
    if isinstance(value, Bag):
        return value
    pairs = [pair for pair in iterated(value) if isinstance(pair, tuple | list) and len(pair) == 2]
    return Bag([item for _, item in pairs], [str(name) for name, _ in pairs])


def _most(take: Callable[[list[Any]], object]) -> Callable[..., object]:
    def taken(*values: object) -> object:
        numbers = [v for v in values if isinstance(v, int | float)]
        return take(numbers) if numbers and len(numbers) == len(values) else Unknown()

    return taken


BUILT_IN: dict[str, Callable[..., object]] = {
    "range": _range,
    "len": _length,
    "int": _number,
    "round": _number,
    "list": lambda value=(), *_: iterated(value),
    "tuple": lambda value=(), *_: tuple(iterated(value)),
    "reversed": lambda value=(), *_: iterated(value)[::-1],
    "enumerate": lambda value=(), *_: list(enumerate(iterated(value))),
    "zip": _zipped,
    "OrderedDict": _ordered,
    "dict": _ordered,
    "max": _most(max),
    "min": _most(min),
    "print": lambda *_: None,
}
