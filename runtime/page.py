"""Lines of printed code: each with the node behind it, wrapped as the formatter does it, and safe as a comment."""

from __future__ import annotations

import re
from typing import NamedTuple

WIDTH = 100


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
    """A call on one line where it fits, else its arguments on the next, else one a line, as the formatter does it."""
    line = start + ", ".join(arguments) + end
    if len(line) <= WIDTH or not arguments:
        return line
    pad = " " * (len(start) - len(start.lstrip()))
    inner = f"{pad}    {', '.join(arguments)}"
    if len(inner) <= WIDTH and len(arguments) > 0 and not inner.endswith(","):
        return f"{start}\n{inner}\n{pad}{end}"
    rows = "\n".join(f"{pad}    {argument}," for argument in arguments)
    return f"{start}\n{rows}\n{pad}{end}"


def wrapped_statement(indent: str, statement: str) -> str:
    """An assignment or return on one line where it fits, else its outermost call wrapped."""
    line = indent + statement
    match = re.fullmatch(r"((?:return |[\w, ()]+ = )?[\w.]+\()(.*)\)", statement)
    if len(line) <= WIDTH or match is None:
        return line
    return wrapped(indent + match[1], _split(match[2]), ")")


def _split(arguments: str) -> list[str]:
    """Arguments of a call, cut at the commas that stand outside brackets."""
    parts, depth, start = [], 0, 0
    for i, character in enumerate(arguments):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(arguments[start:i].strip())
            start = i + 1
    return [*parts, arguments[start:].strip()]


def comment(text: str) -> str:
    """A line as it may stand in a docstring: ASCII, with nothing that could end it."""
    for sign, plain in _PLAIN.items():
        text = text.replace(sign, plain)
    return ascii(text)[1:-1].replace("\\'", "'").replace('"', "'") or "A model"


_PLAIN = {"→": "->", "×": "x", "·": "*", "−": "-", "–": "-", "“": "'", "”": "'", "’": "'", "Σ": "sum", "…": "..."}
