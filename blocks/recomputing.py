"""Gradient checkpointing (Chen et al. 2016): nodes computed again in the backward pass, and what that keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from blocks.block import Block, Change, Unfit
from blocks.graph import Node
from blocks.row import Row
from blocks.sharing import weightless

_AVERAGE = "running_mean"  # the buffer by which a normalization that keeps averages is known
_KEEP = Change({"checkpointed": False})


def why_not_again(name: str, node: Node) -> str:
    """Why what a node has inside cannot be computed again, in a sentence; empty as far as the node alone can say."""
    if node.block.role == "delay" or not (node.block.inputs and node.block.outputs):
        return f"{name} computes nothing, so there is nothing to compute again."
    if weightless(node.block):
        return f"{name} has no layers inside whose results would be kept, so there is nothing to compute again."
    if any(setting in node.block.changed() for setting in node.block.calling):
        return f"{name} runs in a mode of its own or without gradient, in which it cannot be computed again."
    moved = node.block.moved()
    return f"{name} cannot be computed again: that would move on {moved}." if moved else ""


def again(node: Node, row: Row) -> Row:
    """The row of a checkpointed node: of its results only what leaves it, or each copy, is kept."""
    if any(setting in node.block.changed() for setting in node.block.calling):
        expected = "a node that runs in the mode of what it stands in, and with gradient"
        problem = Unfit("one in its own way", expected, "Do not checkpoint it.", remedies=(_KEEP,))
        return replace(row, outputs=(None,) * len(row.outputs), problem=problem)
    moving = next(_moving(node.block, row, ()), None)
    if moving is not None:
        way, moved = moving
        received = f"{'.'.join(way)}, where each run moves on {moved}" if way else f"a run that moves on {moved}"
        expected = "only layers that give the same when they are computed again"
        problem = Unfit(received, expected, "Do not checkpoint it.", setting="checkpointed", remedies=(_KEEP,))
        return replace(row, outputs=(None,) * len(row.outputs), problem=problem)
    copies = row.copies or (row,)
    kept = sum(shape.bytes for copy in copies for shape in copy.outputs if shape is not None)
    if kept >= row.activations:
        return row
    return replace(row, activations=kept, again=max(copy.again + copy.activations for copy in copies))


def refuse_other_mode(block: Block, row: Row) -> None:
    """Raises Unfit for a network in a mode of its own that computes again what it holds, after that mode is over."""
    if block.value("mode") != "auto" and block.value("gradient") and _recomputes(row):
        received = f"{block.value('network')}, in which checkpointed nodes are computed again after it has run"
        remedies = Change({"mode": "auto"}), Change({"gradient": False})
        raise Unfit(received, "a network without them, to run in a mode of its own", setting="mode", remedies=remedies)


def _recomputes(row: Row) -> bool:
    """Whether anything inside is checkpointed."""
    for each in row.copies or (row,):
        if each.inside is not None:
            if any(node.checkpointed for node in each.inside.graph.nodes.values()):
                return True
            if any(_recomputes(inner) for inner in each.inside.rows.values()):
                return True
    return False


def keeps_averages(node: Node, row: Row) -> bool:
    """Whether a node has normalizations inside whose running averages a second run would move."""
    return any(_AVERAGE in block.all_buffers(*each.inputs) for _, block, each in _leaves(node.block, row, ()))


def _moving(block: Block, row: Row, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What runs move on inside a block, each with the way there."""
    for place, leaf, _ in _leaves(block, row, way):
        if leaf.moved():
            yield place, leaf.moved()


def _leaves(block: Block, row: Row, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Block, Row]]:
    """The blocks inside one that have nothing inside themselves, each with the way there and its row."""
    for copy in row.copies or (row,):
        if copy.inside is None:
            yield way, block, copy
            continue
        for name, inner in copy.inside.rows.items():
            node = copy.inside.graph.nodes[name]
            if not node.muted:
                yield from _leaves(node.block, inner, (*way, name))
