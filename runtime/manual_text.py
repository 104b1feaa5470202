"""The reference manual as the command line prints it: for people as lines, for machines as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import indent
from typing import Any

from rich.text import Text

from blocks.block import Port
from blocks.bounds import WHOLE_LIMIT
from blocks.setting import Setting
from blocks.shape import ANY
from runtime.manual import ManualPage, flows, holds, pages, settings_told


def listed() -> Iterator[Text]:
    """The names of all blocks under their headings, each with what it does."""
    heading = ""
    for page in pages():
        if page.kind.category != heading:
            heading = page.kind.category
            yield Text(f"\n{heading}", "bold")
        yield Text.assemble(f"  {page.name:20} ", (page.kind.summary(), "dim"))


def whole() -> Iterator[Text]:
    """The pages of all blocks under their headings."""
    heading = ""
    for page in pages():
        if page.kind.category != heading:
            heading = page.kind.category
            yield Text(f"{heading}\n{'=' * len(heading)}\n", "bold")
        yield from lines(page)
        yield Text("")


def lines(page: ManualPage) -> Iterator[Text]:
    """The page of one block."""
    kind = page.kind
    package = f", from {kind.package}" if kind.package else ""
    yield Text.assemble((page.name, "bold"), f"  ({kind.category}{package})")
    yield from map(Text, page.paragraphs)
    if kind.formula:
        yield Text(f"formula: {kind.formula}", "dim")
    for reference in page.references:
        yield Text(f"{reference.sort}: {reference.title}  {reference.url}".rstrip(), "dim")
    for label, ports in (("input", kind.inputs), ("output", kind.outputs)):
        for port in ports:
            yield Text.assemble(f"  {label:8}", (f"{port.name:16}", "bold"), _told(port))
    for setting in page.settings:
        default = setting.dump(setting.default)
        unit = f" {setting.unit}" if setting.unit and not isinstance(default, str) else ""
        told = f"{setting.doc} Takes {setting.expected}; default {default}{unit}"
        yield Text.assemble(f"  {'setting':8}", (f"{setting.name:16}", "bold"), told)
    yield from _worked(page)
    yield from _related(page)


def _told(port: Port) -> str:
    extras = [word for word in ("many", "optional") if getattr(port, word)]
    return f"{', '.join([holds(port), *extras])}. {port.doc}".rstrip()


def _worked(page: ManualPage) -> Iterator[Text]:
    example = page.example
    if example is None:
        return
    arriving, leaving = flows(example)
    counts = f"{example.row.parameters:,} parameters, {example.row.macs:,} MACs (computed)"
    yield Text.assemble(
        ("example: ", "dim"), f"{settings_told(example)}: {arriving or 'nothing'} → {leaving or 'nothing'}, {counts}"
    )
    yield Text(indent(page.code, "    ").rstrip(), "dim")


def _related(page: ManualPage) -> Iterator[Text]:
    near = page.related
    sorts = (("same", near.same), ("made of", near.parts), ("inside", near.users), ("see also", near.alike))
    for label, names in sorts:
        if names:
            yield Text(f"{label}: {', '.join(names)}", "dim")


# --- for machines -------------------------------------------------------------------------


def facts(chosen: Iterable[ManualPage]) -> list[dict[str, Any]]:
    """What the pages say, as JSON values."""
    return [_facts(page) for page in chosen]


def _facts(page: ManualPage) -> dict[str, Any]:
    kind, near = page.kind, page.related
    return {
        "block": page.name,
        "title": kind.label(),
        "category": kind.category,
        "package": kind.package,
        "summary": kind.summary(),
        "doc": "\n\n".join(page.paragraphs),
        "formula": kind.formula,
        "keywords": kind.keywords.split(),
        "source": kind.source,
        "references": [{"sort": r.sort, "title": r.title, "url": r.url} for r in page.references],
        "settings": [setting_facts(setting) for setting in page.settings],
        "inputs": [_port(port) for port in kind.inputs],
        "outputs": [_port(port) for port in kind.outputs],
        "example": _example(page),
        "related": {"same": near.same, "parts": near.parts, "users": near.users, "alike": near.alike},
    }


def setting_facts(setting: Setting) -> dict[str, Any]:
    """One setting: its type, what it takes in words, its bounds or words where it has any, its default."""
    bounds = {each: getattr(setting, each) for each in ("low", "high", "options", "optional") if hasattr(setting, each)}
    if bounds.get("high") == WHOLE_LIMIT:
        bounds["high"] = None
    return {
        "name": setting.name,
        "type": type(setting).__name__.lower(),
        "expects": setting.expected,
        "default": setting.dump(setting.default),
        **bounds,
        "unit": setting.unit,
        "doc": setting.doc,
    }


def _port(port: Port) -> dict[str, Any]:
    meanings = ["anything"] if port.meanings == ANY else [meaning.value for meaning in port.meanings]
    return {"name": port.name, "holds": meanings, "many": port.many, "optional": port.optional, "doc": port.doc}


def _example(page: ManualPage) -> dict[str, Any] | None:
    example = page.example
    if example is None:
        return None
    return {
        "settings": example.block.stored(),
        "inputs": [shape.sizes for shape in example.inputs],
        "outputs": [shape.sizes for shape in example.row.outputs if shape is not None],
        "parameters": example.row.parameters,
        "macs": example.row.macs,
        "code": page.code,
    }
