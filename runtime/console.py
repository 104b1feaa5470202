"""How commands print: lines as wide as the terminal, JSON as it is written to files."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console

from runtime.writing import text_of


def console(error: bool = False) -> Console:
    """As wide as the terminal; a file gets lines that are wide enough for a table."""
    if error:
        return Console(stderr=True)
    return Console() if sys.stdout.isatty() else Console(width=140)


def print_lines(lines: Iterable[Any], error: bool = False) -> None:
    """Prints lines, which the terminal may break."""
    printer = console(error)
    for line in lines:
        printer.print(line, soft_wrap=True, highlight=False)


def print_json(value: object) -> None:
    """Prints a value as JSON."""
    print(text_of(value), end="")
