"""Sums typed into a field: `2*32`, `(28 + 4) / 2`."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}


def arithmetic(text: str, bad: Callable[[object], Exception]) -> float:
    """The number that `text` works out to; a whole result is an int. Raises what `bad(text)` gives."""
    try:
        if len(text) > 200:
            raise bad(text)
        result = _value(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError) as error:
        raise bad(text) from error
    whole = float(result).is_integer() and "." not in text and "e" not in text
    return int(result) if whole else result


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(left), _value(right))
        case _:
            raise ValueError("not a sum of numbers")
