"""The speed table: `python -m tests.bench [NAME] [--json FILE]` measures all lines or those of one subject."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from rich.console import Console
from rich.table import Table

Row = dict[str, Any]
_ANSWERS = {True: "yes", False: "[red]NO", None: "–"}  # None where there is no line to hold


def subjects() -> list[str]:
    """The benchmark modules that there are."""
    return sorted(m.name for m in iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))


def with_peers(names: Sequence[str]) -> list[str]:
    """Training is measured beside the peers too, where they have been fetched."""
    there = "training" in names and import_module("tests.bench.peers").fetched()
    return list(dict.fromkeys([*names, *(["peers"] if there else [])]))


def measured(names: Sequence[str]) -> list[Row]:
    """The rows of these modules."""
    found: list[Row] = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        for row in import_module(f"tests.bench.{name}").rows():
            print(f"  {row['name']}: {row['value']:,.4g} {row['unit']}", file=sys.stderr, flush=True)
            found.append({"subject": name, **row})
    return found


def table(rows: Sequence[Row]) -> Table:
    """The rows as a person reads them."""
    shown = Table(title="Speed: what was measured against the lines to hold")
    for column in ("subject", "what", "measured", "line", "holds", "against"):
        shown.add_column(column, justify="right" if column in ("measured", "line") else "left")
    for row in rows:
        value, line, holds = row["value"], row["line"], row["holds"]
        limit = "–" if line is None else f"{line:,.4g} {row['unit']}"
        told = [f"{value:,.4g} {row['unit']}", limit, _ANSWERS[holds]]
        shown.add_row(str(row["subject"]), str(row["name"]), *told, str(row.get("against", "")))
    return shown


def main(words: Sequence[str] | None = None) -> int:
    """Measures, writes and prints the table, and gives 1 where a line does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*subjects(), []], help="subjects; all where none is named")
    parser.add_argument("--json", type=Path, help="write the rows here too")
    options = parser.parse_args(words)
    rows = measured(with_peers(options.name or subjects()))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    Console(width=160 if not sys.stdout.isatty() else None).print(table(rows))
    return 1 if any(row["holds"] is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
