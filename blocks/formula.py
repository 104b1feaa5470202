"""A formula of one's own as a block: read into a tree of allowed operations, never run as Python."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from blocks.block import At, Block, Bridge, Port, Trials, Unfit, block, gives, takes
from blocks.broadcast import indexed, largest, listed, meets, spread
from blocks.elementwise import floating
from blocks.setting import BadSetting, text
from blocks.shape import FLOATS, Shape, image, vector

_LONGEST = 400  # characters
_DEEPEST = 40  # operations inside each other
_VARIABLE = re.compile(r"[a-z]")
_CONSTANTS = {"pi": "math.pi", "e": "math.e"}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_NEGATED, _ATOM = 3, 5

# What may be called with one argument, and how torch spells it.
_FUNCTIONS = {
    **{name: f"torch.{name}" for name in "abs ceil cos erf exp floor log log1p round rsqrt sigmoid sign sin".split()},
    **{name: f"torch.{name}" for name in "sqrt square tan tanh cosh sinh expm1".split()},
    **{name: f"F.{name}" for name in "elu gelu hardsigmoid hardswish hardtanh leaky_relu logsigmoid mish relu".split()},
    **{name: f"F.{name}" for name in "relu6 selu silu softplus softsign".split()},
}
_PAIRS = {"max": "torch.maximum", "min": "torch.minimum"}
_ALLOWED = f"x, y … , numbers, + - * / **, {', '.join(sorted({*_FUNCTIONS, *_PAIRS}))}"


class NotAFormula(ValueError):
    """Text that is no formula, and why."""


@dataclass(frozen=True, eq=False)
class Tree:
    """A formula that was read: its variables in the order in which they appear, and how it is written for torch."""

    variables: tuple[str, ...]
    write: Callable[[dict[str, str]], str]  # from the names that stand for the variables
    parsed: ast.expr  # for those who write it otherwise


@lru_cache(maxsize=512)
def read_formula(told: str) -> Tree:
    """The tree of a formula; raises NotAFormula."""
    if len(told) > _LONGEST:
        raise NotAFormula(f"it has more than {_LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what is refused below anyway
            parsed = ast.parse(told.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise NotAFormula("it cannot be read") from error
    _check(parsed, 0)
    found = dict.fromkeys(n.id for n in ast.walk(parsed) if isinstance(n, ast.Name) and _VARIABLE.fullmatch(n.id))
    variables = tuple(sorted((name for name in found if name not in _CONSTANTS), key=_place(told)))
    if not variables:
        raise NotAFormula("it has no variable such as x")
    return Tree(variables, lambda names: _written(parsed, names)[0], parsed)


def _place(told: str) -> Callable[[str], int]:
    """Where a variable stands first."""

    def at(name: str) -> int:
        found = re.search(rf"\b{name}\b", told)
        return found.start() if found else len(told)

    return at


def _check(node: ast.expr, depth: int) -> None:
    """Refuses everything that is not allowed; raises NotAFormula."""
    if depth > _DEEPEST:
        raise NotAFormula(f"it has more than {_DEEPEST} operations inside each other")
    match node:
        case ast.Name(id=name):
            if not _VARIABLE.fullmatch(name) and name not in _CONSTANTS:
                raise NotAFormula(f"{name} is not known; there are {_ALLOWED}")
        case ast.Constant(value=value):
            if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e30:
                raise NotAFormula(f"{value!r} is no number")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left, depth + 1)
            _check(right, depth + 1)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check(operand, depth + 1)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            wanted = 2 if name in _PAIRS else 1
            if name not in _FUNCTIONS and name not in _PAIRS:
                raise NotAFormula(f"{name} is not known; there are {_ALLOWED}")
            if len(arguments) != wanted or any(isinstance(a, ast.Starred) for a in arguments):
                raise NotAFormula(f"{name} takes {wanted} argument{'s' * (wanted > 1)}")
            for argument in arguments:
                _check(argument, depth + 1)
        case _:
            raise NotAFormula(f"only {_ALLOWED} may stand in it")


def _written(node: ast.expr, names: dict[str, str]) -> tuple[str, int]:
    """The text of a part for torch, and how strongly it holds together."""
    match node:
        case ast.Name(id=name):
            return (names[name], _ATOM) if name in names else (_CONSTANTS[name], _ATOM)
        case ast.Constant(value=value):
            return repr(value), _ATOM
        case ast.UnaryOp(op=op, operand=operand):
            inner = _bound(_written(operand, names), _NEGATED)
            return (f"-{inner}", _NEGATED) if isinstance(op, ast.USub) else (inner, _NEGATED)
        case ast.BinOp(left=left, op=op, right=right):
            sign = _OPERATORS[type(op)]
            rank, power = _RANKS[sign], sign == "**"
            before = _bound(_written(left, names), rank + power)
            after = _bound(_written(right, names), rank + (not power))
            return f"{before} {sign} {after}", rank
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name in _FUNCTIONS:
                return f"{_FUNCTIONS[name]}({_tensor(arguments[0], names)})", _ATOM
            told = [_tensor(argument, names) for argument in arguments]
            return f"{_PAIRS[name]}({', '.join(told)})", _ATOM
    raise AssertionError(node)


def _bound(written: tuple[str, int], rank: int) -> str:
    told, own = written
    return told if own >= rank else f"({told})"


def _tensor(node: ast.expr, names: dict[str, str]) -> str:
    """A part as torch's functions want it: a number alone is made a tensor like the variables."""
    told = _written(node, names)[0]
    if any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node)):
        return told
    return f"torch.as_tensor({told}, device={next(iter(names.values()))}.device)"


@block("Arithmetic")
class Formula(Block):
    """A formula of one's own over what arrives, number by number: shape, … → shape."""

    formula = "y = the formula"
    keywords = "expression custom function equation lambda own arithmetic"
    expression: str = text("x * sigmoid(x)", short="{}", doc=f"Its variables become inputs. Allowed are {_ALLOWED}.")
    x = takes(FLOATS)
    y = gives(FLOATS)

    def __post_init__(self) -> None:
        super().__post_init__()
        ports = tuple(Port(FLOATS, name=f"{name}_" if name == "y" else name) for name in self._tree().variables)
        object.__setattr__(self, "inputs", ports)

    def _tree(self) -> Tree:
        try:
            return read_formula(self.expression)
        except NotAFormula as bad:
            raise BadSetting("expression", f"a formula such as x * sigmoid(x); {bad}", self.expression) from bad

    def shape(self, *inputs: Shape) -> Shape:
        top = largest(inputs)
        for part, port in zip(inputs, self.inputs, strict=True):
            if not all(meets(n, m) for n, m in zip(spread(part, top), top.sizes, strict=True)):
                raise Unfit(
                    listed(inputs),
                    "inputs of one shape, or such as can be spread over the largest",
                    port=port.name,
                    remedies=(Bridge(top),),
                )
        full = [spread(part, top) for part in inputs]
        return floating(top).with_sizes(*(max(axis) for axis in zip(*full, strict=True)))

    def forward(self, at: At) -> str:
        shapes = [shape for shape in at.shapes.values() if isinstance(shape, Shape)]
        top = largest(tuple(shapes))
        told = [f"{name}{indexed(shape, top)}" for name, shape in zip(at.names.values(), shapes, strict=True)]
        return self._tree().write(dict(zip(self._tree().variables, told, strict=True)))

    @classmethod
    def trials(cls) -> Trials:
        map_ = image(4, 5, 3)
        formulas = (
            "-x ** 2",
            "(a - b) * -c / (a + 2) ** 2",
            "max(x, 0.1 * x) - min(x, 1)",
            "2 ** -x",
            "exp(-(x / pi) ** 2)",
        )
        return (
            ((map_,), {"expression": formulas[0]}),
            ((map_, vector(4), map_), {"expression": formulas[1]}),
            *(((map_,), {"expression": each}) for each in formulas[2:]),
        )
