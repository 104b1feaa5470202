"""Networks side by side: what they cost, and of which kinds of block they are made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from blocks.block import Block
from blocks.check import Checked
from blocks.graph import Graph
from blocks.measure import Row
from blocks.proportions import proportions
from blocks.shape import Shape, dotted


@dataclass(frozen=True)
class Comparison:
    """`figures` and `kinds` by what they tell: a text for each network, in the order of `names`; empty is none."""

    names: tuple[str, ...]
    figures: Mapping[str, tuple[str, ...]]
    kinds: Mapping[str, tuple[str, ...]]


def compared(networks: Mapping[str, Checked]) -> Comparison:
    """Several networks side by side; the kinds stand in the order in which they first come."""
    counts = [kinds(checked.graph, checked.rows) for checked in networks.values()]
    every = dict.fromkeys(kind for count in counts for kind in count)
    told = {kind: tuple(f"{count[kind]:,}" if count[kind] else "" for count in counts) for kind in every}
    return Comparison(tuple(networks), _figures(networks), told)


def _figures(networks: Mapping[str, Checked]) -> dict[str, tuple[str, ...]]:
    several = networks.values()
    shapes = [[checked.shape(name) for name in checked.graph.inputs()] for checked in several]
    found = [proportions(checked) for checked in several]
    return {
        "input": tuple(", ".join(dotted(s.sizes) if s is not None else "?" for s in each) for each in shapes),
        "parameters": tuple(f"{checked.parameters:,}" for checked in several),
        "with buffers": tuple(f"{checked.parameters + checked.buffers:,}" for checked in several),
        "MACs": tuple(f"{checked.macs:,}" for checked in several),
        "depth": tuple(f"{each.depth:,}" for each in found),
        "width by depth": tuple(f"{each.ratio:.1f}" for each in found),
    }


def kinds(graph: Graph, rows: Mapping[str, Row]) -> Counter[str]:
    """How often each kind of block stands in a network: those of composites, and all that is inside them."""
    return Counter(_kinds(graph, rows))


def _kinds(graph: Graph, rows: Mapping[str, Row]) -> Iterator[str]:
    for name in graph.structure.order:
        node, row = graph.nodes[name], rows.get(name)
        if node.block.role in ("input", "output") or row is None:
            continue
        for copy in row.copies or (row,):
            yield told(node.block, copy)
            if copy.inside is not None:
                yield from _kinds(copy.inside.graph, copy.inside.rows)


def told(block: Block, row: Row) -> str:
    """A kind of block with its kernel, `DepthwiseConv2d 5×5`, which a convolution in groups of one channel is too."""
    kernel = block.settings["kernel_size"].brief(block.value("kernel_size")) if "kernel_size" in block.settings else ""
    kind = block.kind()
    x = row.inputs[0] if row.inputs else None
    if isinstance(x, Shape) and kind.startswith("Conv") and not block.composite and "groups" in block.settings:
        kind = f"Depthwise{kind}" if 1 < x.channels == block.value("groups") else kind
    return f"{kind} {kernel}".strip()
