"""What the command line says about a design: the JSON contract, the layer table, the problems, the reference manual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from blocks.block import Block, Port
from blocks.catalogue import CATALOGUE
from blocks.check import Checked
from blocks.cost import field_text, summary, training_memory
from blocks.graph import Node
from blocks.shape import ANY, dotted
from runtime.verdict import Finding, Verdict

MOST_FIXES = 100  # findings whose fixes are tried; each costs a check of the network
COLOURS = {"error": "red", "warning": "yellow", "advice": "cyan"}


def facts(verdict: Verdict, network: str = "") -> dict[str, Any]:
    """The JSON of `check` and `summary`: a contract, see the design page. Only one network where it is named."""
    networks = {name: checked for name, checked in verdict.networks.items() if network in ("", name)}
    findings = [finding for finding in verdict.diagnostics if network in ("", finding.network)]
    return {
        "networks": {name: _network(checked) for name, checked in networks.items()},
        "diagnostics": [_finding(f, verdict, number < MOST_FIXES) for number, f in enumerate(findings)],
    }


def _network(checked: Checked) -> dict[str, Any]:
    return {
        "parameters": checked.parameters,
        "parameters_total": checked.parameters + checked.buffers,
        "macs": checked.macs,
        "nodes": {name: _node(name, checked) for name in checked.graph.nodes},
    }


def _node(name: str, checked: Checked) -> dict[str, Any]:
    block, row = checked.graph.block(name), checked.rows.get(name)
    shapes = (row.outputs if block.outputs else row.inputs) if row else ()
    shape = shapes[0] if shapes else None
    return {
        "block": _kind(block),
        "shape": list(shape.sizes) if shape is not None else None,
        "parameters": row.parameters if row else 0,
        "macs": row.macs if row else 0,
    }


def _kind(block: Block) -> str:
    return str(getattr(block, "name", "")) if block.role == "unknown" else block.kind()


def _finding(finding: Finding, verdict: Verdict, with_fixes: bool) -> dict[str, Any]:
    return {
        "level": finding.level,
        "network": finding.network,
        "node": finding.node,
        "setting": finding.setting,
        "message": finding.message,
        "fixes": [fix.title for fix in verdict.fixes(finding)] if with_fixes else [],
    }


def problems(verdict: Verdict) -> Iterator[Text]:
    """A line for every finding, one for each of its fixes, and a last one that counts them."""
    for number, finding in enumerate(verdict.diagnostics):
        place = ".".join(part for part in (finding.network, finding.node) if part)
        place = place or (f"training, {finding.phase}" if finding.phase else "design")
        yield Text.assemble((f"{finding.level:8}", COLOURS[finding.level]), (f"{place}  ", "bold"), finding.message)
        for fix in verdict.fixes(finding) if number < MOST_FIXES else ():
            yield Text(f"{'':8}→ {fix.title}", "dim")
    yield Text(_counted(finding.level for finding in verdict.diagnostics))


def _counted(levels: Iterable[str]) -> str:
    counts = Counter(levels)
    plural = {"error": "errors", "warning": "warnings", "advice": "pieces of advice"}
    single = {"error": "error", "warning": "warning", "advice": "piece of advice"}
    told = [f"{counts[level]:,} {(single if counts[level] == 1 else plural)[level]}" for level in plural]
    return ", ".join(t for t, level in zip(told, plural, strict=True) if counts[level]) or "No problems."


def table(name: str, checked: Checked) -> Table:
    """The layer table of a network: what model summaries show, with memory and receptive field, and totals."""
    made = Table("Layer", "Block", title=name, title_justify="left", title_style="bold", show_footer=True)
    made.columns[0].footer = "total"
    made.add_column("Output shape")
    parameters = f"{checked.parameters:,}"
    for title, footer in (
        ("Parameters", parameters),
        ("MACs", f"{checked.macs:,}"),
        ("Memory", decimal(checked.activations)),
        ("Receptive field", ""),
    ):
        made.add_column(title, footer, justify="right")
    for row in summary(checked):
        block = ", ".join(_told(row.block, checked.graph.nodes[row.node]))
        shape = dotted(row.shape.sizes) if row.shape is not None else "?"
        figures = (f"{row.parameters:,}", f"{row.macs:,}", decimal(row.activations), field_text(row.field))
        made.add_row(row.node, block, shape, *(figure if figure != "0" else "" for figure in figures))
    return made


def _told(block: str, node: Node) -> Iterator[str]:
    """A block, and what else is said of its node."""
    yield f"{block} ×{node.repeat}" if node.repeat > 1 else block
    yield from (mark for mark in ("muted", "frozen") if getattr(node, mark))
    if node.shares:
        yield f"weights of {node.shares}"


def totals(checked: Checked, batch: int) -> str:
    """The sums of a network in one line, each said to be computed or estimated."""
    total = checked.parameters + checked.buffers
    memory = training_memory(checked, batch).total
    return (
        f"{checked.parameters:,} trainable of {total:,} parameters · {checked.macs:,} MACs (computed) · "
        f"{decimal(memory)} to train at batch size {batch} (estimated)"
    )


# --- the reference manual -----------------------------------------------------------------


def manual() -> list[dict[str, Any]]:
    """Every block of the catalogue: what it does, its settings and its ports."""
    return [_page(kind) for kind in _ordered()]


def _ordered() -> list[type[Block]]:
    """The blocks by the heading of the palette, in the order in which headings first appear."""
    headings = list(dict.fromkeys(kind.category for kind in CATALOGUE))
    return sorted(CATALOGUE, key=lambda kind: headings.index(kind.category))


def _page(kind: type[Block]) -> dict[str, Any]:
    settings = [
        {"name": n, "expects": s.expected, "default": s.dump(s.default), "unit": s.unit, "doc": s.doc}
        for n, s in kind.settings.items()
    ]
    return {
        "block": kind.kind(),
        "title": kind.label(),
        "category": kind.category,
        "doc": "\n".join(line.strip() for line in (kind.__doc__ or "").strip().splitlines()),
        "formula": kind.formula,
        "source": kind.source,
        "settings": settings,
        "inputs": [_port(port) for port in kind.inputs],
        "outputs": [_port(port) for port in kind.outputs],
    }


def _port(port: Port) -> dict[str, Any]:
    meanings = ["anything"] if port.meanings == ANY else [meaning.value for meaning in port.meanings]
    return {"name": port.name, "holds": meanings, "many": port.many, "optional": port.optional, "doc": port.doc}


def listed() -> Iterator[Text]:
    """The names of all blocks under their headings, each with what it does."""
    heading = ""
    for kind in _ordered():
        if kind.category != heading:
            heading = kind.category
            yield Text(f"\n{heading}", "bold")
        yield Text.assemble(f"  {kind.kind():20} ", (kind.summary(), "dim"))


def page(name: str) -> Iterator[Text]:
    """The page of one block."""
    kind = CATALOGUE.get(name)
    assert kind is not None
    told = _page(kind)
    yield Text.assemble((told["block"], "bold"), f"  ({told['category']})")
    yield Text(told["doc"])
    for label in ("formula", "source"):
        if told[label]:
            yield Text(f"{label}: {told[label]}", "dim")
    for label in ("inputs", "outputs"):
        for port in told[label]:
            extras = [word for word in ("many", "optional") if port[word]]
            holds = f"{' or '.join(port['holds'])}{', ' if extras else ''}{', '.join(extras)}"
            yield Text.assemble(f"  {label[:-1]:8}", (f"{port['name']:16}", "bold"), f"{holds}. {port['doc']}")
    for setting in told["settings"]:
        doc = f"{setting['doc']} Takes {setting['expects']}; default {setting['default']}"
        yield Text.assemble(f"  {'setting':8}", (f"{setting['name']:16}", "bold"), doc)
