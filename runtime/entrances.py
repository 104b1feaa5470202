"""What else repairs a use to which another shape comes than its network's Input says: the Input itself."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.block import Unfit
from blocks.check import Checked, Diagnostic
from blocks.edits import configure
from blocks.ends import Input, Use
from blocks.graph import Graph
from blocks.over_time import one_step
from blocks.shape import Shape, dotted
from runtime.design import Design
from runtime.findings import DesignFix
from runtime.variables import uses_of


def widened_entrances(problem: Diagnostic, checked: Checked, design: Design) -> Iterator[DesignFix]:
    """The edit that gives the network's Input the shape that comes to its only use; none where it has more uses."""
    node, row = checked.graph.nodes.get(problem.node), checked.rows.get(problem.node)
    block = node.block if node is not None else None
    if not isinstance(block, Use) or row is None or row.problem is None or not problem.port:
        return
    inner = design.networks.get(block.network)
    if inner is None or len(uses_of(design, block.network)) != 1:
        return
    arriving, entrances = _arriving(block, row.inputs), inner.inputs()
    place = next((i for i, port in enumerate(block.inputs) if port.name == problem.port), len(entrances))
    if place < min(len(entrances), len(arriving)):
        yield _set(block.network, entrances[place], arriving[place])


def _arriving(block: Use, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shapes of what a use hands to its network, a step at a time where it does so."""
    try:
        return one_step(inputs) if block.over_time else inputs
    except Unfit:
        return ()


def _set(network: str, name: str, shape: Shape) -> DesignFix:
    fitting = Input.of(shape)
    settings = {setting: fitting.value(setting) for setting in fitting.settings}

    def edit(graph: Graph) -> Graph:
        return configure(graph, [name], settings)

    return DesignFix(f"Set {name} of {network} to {dotted(shape.sizes)}", lambda design: design.edited(network, edit))
