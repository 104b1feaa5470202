"""What the command line says about a design: the JSON contract, the layer table, the problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from blocks.any_length import lengths, node_sizes
from blocks.block import Block
from blocks.check import Checked
from blocks.compare import Comparison
from blocks.cost import field_text, share_text, summary, training_memory
from blocks.graph import Node
from blocks.proportions import Proportions, proportions
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
    } | _symbolic(name, checked)


def _symbolic(name: str, checked: Checked) -> dict[str, Any]:
    """The shape with letters where it goes with the length of a row; nothing in a network whose rows are of one."""
    return {"symbolic": node_sizes(checked, name)} if lengths(checked).sizes else {}


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
        ("Share", ""),
        ("MACs", f"{checked.macs:,}"),
        ("Memory", decimal(checked.activations)),
        ("Receptive field", ""),
    ):
        made.add_column(title, footer, justify="right")
    for row in summary(checked):
        block = ", ".join(_told(row.block, checked.graph.nodes[row.node]))
        shape = row.written or "?"
        counts = f"{row.parameters:,}", share_text(row.share), f"{row.macs:,}"
        figures = (*counts, decimal(row.activations), field_text(row.field))
        made.add_row(row.node, block, shape, *(figure if figure != "0" else "" for figure in figures))
    return made


def _told(block: str, node: Node) -> Iterator[str]:
    """A block, and what else is said of its node."""
    yield f"{block} ×{node.repeat}" if node.repeat > 1 else block
    yield from (mark for mark in ("muted", "frozen", "checkpointed") if getattr(node, mark))
    if node.shares:
        yield f"weights of {node.shares}"


def totals(checked: Checked, batch: int) -> str:
    """The sums of a network in one line, each said to be computed or estimated."""
    total = checked.parameters + checked.buffers
    memory = training_memory(checked, batch)
    shaped = proportions(checked) if not checked.errors else None
    return (
        f"{checked.parameters:,} trainable of {total:,} parameters · {checked.macs:,} MACs (computed) · "
        f"{memory_text(memory.weights)} of weights in float32 · "
        f"{decimal(memory.total)} to train with Adam at batch size {batch} (estimated)"
    ) + (f"\n{_shaped(shaped)}" if shaped and shaped.depth else "")


def _shaped(found: Proportions) -> str:
    reduced = len(found.reductions)
    told = f" · {reduced:,} 1×1 {'layer reduces' if reduced == 1 else 'layers reduce'} before a wider kernel"
    layers = "layer" if found.depth == 1 else "layers"
    return (
        f"{found.depth:,} {layers} deep, {found.width:,.0f} wide on average, width by depth {found.ratio:.1f}"
        + told * bool(reduced)
    )


def memory_text(size: int) -> str:
    """Bytes in decimal and binary units, which are easily taken for each other: `553.4 MB (527.8 MiB)`."""
    return f"{decimal(size)} ({size / 2**20:,.1f} MiB)"


def timed(found: Mapping[str, Any]) -> str:
    """What `runtime.latency` has measured, in one line."""
    threads = f"{found['threads']} thread{'s' * (found['threads'] > 1)}"
    return f"{found['seconds'] * 1e3:,.2f} ms for one example on this computer's processor with {threads} (measured)"


def side_by_side(found: Comparison) -> Table:
    """Networks in columns: their figures, then how often each kind of block stands in them."""
    made = Table("", show_edge=False)
    for name in found.names:
        made.add_column(name, justify="right")
    for told, values in found.figures.items():
        made.add_row(told, *values)
    made.add_section()
    for kind, counts in found.kinds.items():
        made.add_row(kind, *counts)
    return made
