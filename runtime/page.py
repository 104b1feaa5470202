"""Lines of printed code: each with the node behind it, wrapped as the formatter does it, and safe as a comment."""

from __future__ import annotations

import re
import textwrap
from itertools import pairwise
from typing import NamedTuple

WIDTH = 100
_LONGEST = 120  # of a docstring's only line
_SHAPE = re.compile(r"\([^()]*, [^()]*\)")
_NO_BREAK = "\0"
_NUMBER = re.compile(r"(?<![\w.])(\d+)(?![\w.])")  # a whole one, by itself


class Place(NamedTuple):
    """A node of a network of the design."""

    network: str
    node: str


class Page:
    """Lines in the making, each with the node behind it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[Place | None] = []

    def add(self, text: str = "", place: Place | None = None) -> None:
        """One or more lines of one node."""
        for line in text.split("\n"):
            self.lines.append(line)
            self.places.append(place)


def wrapped(start: str, arguments: list[str], end: str) -> str:
    """A call on one line where it fits, else its arguments on the next, else one a line, as the formatter does it.

    What a dictionary or a list holds stands one a line at once.
    """
    line = start + ", ".join(arguments) + end
    if len(line) <= WIDTH or not arguments:
        return line
    pad = " " * (len(start) - len(start.lstrip()))
    inner = f"{pad}    {', '.join(arguments)}"
    if len(inner) <= WIDTH and not start.endswith(("{", "[")):
        return f"{start}\n{inner}\n{pad}{end}"
    sign = "" if len(arguments) == 1 and _copying(arguments[0]) else ","  # Python allows none after a generator
    rows = "\n".join(_fitted(f"{pad}    ", argument, sign) for argument in arguments)
    return f"{start}\n{rows}\n{pad}{end}"


def wrapped_choice(start: str, call: tuple[str, str, list[str]], condition: str, other: str) -> str:
    """`start = call if condition else other`, in brackets and on lines of their own where it is too long for one."""
    before, after, arguments = call
    line = f"{before}{', '.join(arguments)}{after} if {condition} else {other}"
    if len(start + line) <= WIDTH:
        return start + line
    pad = " " * (len(start) - len(start.lstrip()))
    inner = f"{pad}    {line}"
    if len(inner) > WIDTH:
        called = wrapped(f"{pad}    {before}", arguments, after)
        inner = f"{called}\n{pad}    if {condition}\n{pad}    else {other}"
    return f"{start}(\n{inner}\n{pad})"


def wrapped_statement(indent: str, statement: str) -> str:
    """An assignment or return on one line where it fits, else its sum or its outermost call wrapped."""
    if len(indent + statement) <= WIDTH:
        return indent + statement
    match = re.fullmatch(r"(return |[\w, ()]+ = )?(.*)", statement)
    if match is None:
        return indent + statement
    start, operands = indent + (match[1] or ""), _cut(match[2], " + ")
    if match[1] == "return " and len(parts := _split(match[2])) > 1:
        return wrapped(f"{start}(", parts, ")") if len(f"{indent}    {match[2]}") <= WIDTH else _listed(start, parts)
    if len(operands) == 1:
        return _fitted(start, match[2], "")
    inner = f"{indent}    {match[2]}"
    if len(inner) > WIDTH:
        inner = f"\n{indent}    + ".join([f"{indent}    {operands[0]}", *operands[1:]])
    return f"{start}(\n{inner}\n{indent})"


def _listed(start: str, parts: list[str]) -> str:
    """A tuple, one part a line."""
    pad = " " * (len(start) - len(start.lstrip()))
    return f"{start}(\n" + "".join(f"{pad}    {part},\n" for part in parts) + f"{pad})"


def docstring(indent: str, text: str) -> str:
    """A sentence as a docstring, over several lines where it is too long for one."""
    told = comment(text)
    if len(indent + told) + 6 <= _LONGEST:
        return f'{indent}"""{told}"""'
    whole = _SHAPE.sub(lambda shape: shape[0].replace(" ", _NO_BREAK), told)
    lines = textwrap.wrap(f'"""{whole}', WIDTH - len(indent))
    return "\n".join(indent + line.replace(_NO_BREAK, " ") for line in [*lines, '"""'])


def _fitted(start: str, expression: str, end: str) -> str:
    """An expression after `start`; one that ends in a bracket is opened there where the line is too long."""
    opening, copied = _opening(expression), _copying(expression)
    if len(start + expression + end) <= WIDTH or opening < 0:
        return start + expression + end
    if expression[opening] == "[" and re.match(r"[\w)\]]", expression[opening - 1 : opening]):
        return _fitted(start, expression[:opening], expression[opening:] + end)  # what is picked from a result
    if copied:
        pad = " " * (len(start) - len(start.lstrip()))
        return f"{_fitted(start, copied, '')}\n{pad}{expression[len(copied) + 1 :]}{end}"
    return wrapped(start + expression[: opening + 1], _split(expression[opening + 1 : -1]), expression[-1] + end)


def copying(calls: list[str]) -> str:
    """A generator of calls that are equal, or whose whole numbers grow evenly; empty where they do not."""
    if len(set(calls)) == 1:
        return f"{calls[0]} for _ in range({len(calls)})"
    cut = [_NUMBER.split(call) for call in calls]
    if len(calls) < 3 or len({tuple(parts[::2]) for parts in cut}) > 1:
        return ""
    told = list(cut[0])
    for place in range(1, len(told), 2):
        numbers = [int(parts[place]) for parts in cut]
        step = numbers[1] - numbers[0]
        if any(b - a != step for a, b in pairwise(numbers)):
            return ""
        told[place] = f"{numbers[0]} {'+' if step > 0 else '-'} {abs(step)} * i" if step else told[place]
    return f"{''.join(told)} for i in range({len(calls)})"


def _copying(expression: str) -> str:
    """What a generator of copies repeats; empty where an expression is none."""
    for name in ("_", "i"):
        copied, *times = _cut(expression, f" for {name} in range(")
        if times:
            return copied
    return ""


def _opening(expression: str) -> int:
    """Where the bracket opens that closes at the very end; -1 where there is none."""
    depth = 0
    for i in range(len(expression) - 1, -1, -1):
        depth += (expression[i] in ")]}") - (expression[i] in "([{")
        if depth == 0:
            return i if i < len(expression) - 1 else -1
    return -1


def _split(arguments: str) -> list[str]:
    """Arguments of a call, cut at the commas that stand outside brackets."""
    return [part.strip() for part in _cut(arguments, ",") if part.strip()]


def _cut(text: str, separator: str) -> list[str]:
    """Text cut at the separators that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0 and text.startswith(separator, i):
            parts.append(text[start:i])
            start = i + len(separator)
    return [*parts, text[start:]]


def comment(text: str) -> str:
    """A line as it may stand in a docstring: ASCII, with nothing that could end it."""
    for sign, plain in _PLAIN.items():
        text = text.replace(sign, plain)
    return ascii(text)[1:-1].replace("\\'", "'").replace('"', "'") or "A model"


_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "ε": "epsilon", "θ": "theta", "λ": "lambda", "μ": "mu", "σ": "sigma"}
_PLAIN = {
    "→": "->",
    "×": "x",
    "·": "*",
    "−": "-",
    "–": "-",
    "“": "'",
    "”": "'",
    "’": "'",
    "Σ": "sum",
    "…": "...",
    **_GREEK,
}
