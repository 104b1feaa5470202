"""A formula of the learning rate as a person types it, written for Python's own numbers; it is never run as typed."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from blocks.formula import NotAFormula, read_formula

_SIGNS: Mapping[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1),
    ast.Sub: ("-", 1),
    ast.Mult: ("*", 2),
    ast.Div: ("/", 2),
    ast.Pow: ("**", 4),
}
_FUNCTIONS = {name: f"math.{name}" for name in "ceil cos cosh erf exp expm1 floor log log1p sin sinh sqrt tan".split()}
_FUNCTIONS |= {"tanh": "math.tanh", "abs": "abs", "round": "round", "min": "min", "max": "max"}
_CONSTANTS = {"pi": "math.pi", "e": "math.e"}
_NEGATED, _ATOM = 3, 5
_Written = tuple[str, int]  # and how strongly it holds together


def told_in_python(formula: str, names: Mapping[str, str]) -> str:
    """The formula over these names, each written as it is given; raises NotAFormula."""
    tree = read_formula(formula)
    unknown = next((name for name in tree.variables if name not in names), "")
    if unknown:
        raise NotAFormula(f"{unknown} is not known; there are {', '.join(names)}")
    return _written(tree.parsed, names)[0]


def _written(node: ast.expr, names: Mapping[str, str]) -> _Written:
    match node:
        case ast.Name(id=name):
            told = names.get(name) or _CONSTANTS[name]
            return told, _ATOM
        case ast.Constant(value=value):
            return repr(value), _ATOM
        case ast.UnaryOp(op=op, operand=operand):
            inner = _bound(_written(operand, names), _NEGATED)
            return (f"-{inner}" if isinstance(op, ast.USub) else inner), _NEGATED
        case ast.BinOp(left=left, op=op, right=right):
            return _joined(left, type(op), right, names)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name not in _FUNCTIONS:
                raise NotAFormula(f"{name} is not known here; there are {', '.join(sorted(_FUNCTIONS))}")
            return f"{_FUNCTIONS[name]}({', '.join(_written(each, names)[0] for each in arguments)})", _ATOM
    raise AssertionError(node)


def _joined(left: ast.expr, op: type[ast.operator], right: ast.expr, names: Mapping[str, str]) -> _Written:
    sign, rank = _SIGNS[op]
    power = sign == "**"
    before = _bound(_written(left, names), rank + power)
    after = _bound(_written(right, names), rank + (not power))
    if power and _simple(before) and _simple(after):  # as it is formatted
        return f"{before}**{after}", rank
    return f"{before} {sign} {after}", rank


def _simple(told: str) -> bool:
    return told.lstrip("-").replace(".", "").replace("_", "").isalnum()


def _bound(written: _Written, rank: int) -> str:
    told, own = written
    return told if own >= rank else f"({told})"
