"""Another block where one stands: what arrives at a port arrives at the one in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from blocks.block import Block, Port
from blocks.edits import replace_block
from blocks.graph import Graph
from blocks.sharing import family


def exchanged(graph: Graph, name: str, block: Block) -> Graph:
    """With another block under the same name; its wires go to ports of the same name, else to those in their place.

    Wires for which it has no port are gone. Where the weights are shared, all who share them have that block.
    """
    old, names = graph.block(name), set(family(graph, name))
    into, out = _counterparts(old.inputs, block.inputs), _counterparts(old.outputs, block.outputs)
    wires = (
        wire._replace(
            output=out.get(wire.output, "") if wire.source in names else wire.output,
            input=into.get(wire.input, "") if wire.target in names else wire.input,
        )
        for wire in graph.wires
    )
    return replace_block(replace(graph, wires=tuple(wires)), name, block)


def _counterparts(old: Sequence[Port], new: Sequence[Port]) -> dict[str, str]:
    """For each port the one that takes its part."""
    same = {port.name for port in old} & {port.name for port in new}
    left = [port.name for port in new if port.name not in same]
    gone = [port.name for port in old if port.name not in same]
    return {name: name for name in same} | dict(zip(gone, left, strict=False))
