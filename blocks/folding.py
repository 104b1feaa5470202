"""Layers that can become one: two affine ones in a row, or a layer and the batch normalization after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from blocks.block import Block
from blocks.check import Checked, check
from blocks.convolution import Conv1d, Conv2d, Conv3d, DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d
from blocks.edits import Refused, expand, remove
from blocks.geometry import pads, per_axis, symmetric
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.measure import Row
from blocks.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d

_CONVOLUTIONS = frozenset({Conv1d, Conv2d, Conv3d})
_LAYERS = _CONVOLUTIONS | {Linear, DepthwiseConv1d, DepthwiseConv2d, DepthwiseConv3d}
_NORMS = frozenset({BatchNorm1d, BatchNorm2d, BatchNorm3d})


@dataclass(frozen=True)
class Fold:
    """Two nodes that are affine when a network is used, and the one block that does what both do."""

    first: str
    second: str
    block: Block

    def edit(self, graph: Graph) -> Graph:
        """The network with one node, under the name of the first."""
        return remove(graph.with_node(self.first, replace(graph.nodes[self.first], block=self.block)), [self.second])


def folds(checked: Checked) -> Iterator[Fold]:
    """What can be folded at the outermost level of a network that fits, in the order in which it runs."""
    for name in checked.order:
        after = checked.graph.structure.consumers[name]
        found = fold(checked, name, after[0]) if len(after) == 1 else None
        if found is not None:
            yield found


def fold(checked: Checked, first: str, second: str) -> Fold | None:
    """Two nodes, the second of which alone reads the first, as one; None where no single block does the same."""
    graph, rows = checked.graph, checked.rows
    pair = graph.nodes[first], graph.nodes[second]
    if type(pair[0].block) not in _LAYERS or not all(map(_is_free, pair)) or graph.sharers:
        return None
    if len(graph.out_of(first)) != 1 or None in (*rows[first].outputs, *rows[second].outputs):
        return None
    block = _as_one(pair[0].block, pair[1].block, rows[first])
    return Fold(first, second, block) if block is not None else None


def opened(checked: Checked) -> tuple[Checked, Mapping[str, str]]:
    """A network with every composite that stands alone opened; also the new name of each inner node.

    Inner nodes are told by the way to them, `stem.conv`. Raises Refused where the network has errors.
    """
    if checked.errors:
        raise Refused(checked.errors[0].message)
    ways = {name: name for name in checked.graph.nodes}
    while True:
        inside = next((n for n, node in checked.graph.nodes.items() if _opens(node)), None)
        if inside is None:
            return checked, ways
        graph, fresh = expand(checked.graph, inside, checked.rows[inside])
        way = next(w for w, name in ways.items() if name == inside)
        del ways[way]
        ways |= {f"{way}.{inner}": name for inner, name in fresh.items()}
        checked = check(graph, checked.networks)


def _opens(node: Node) -> bool:
    return node.block.composite and node.repeat == 1 and not node.muted and not node.shares


def _is_free(node: Node) -> bool:
    plain = "parametrization" not in node.block.settings or node.block.value("parametrization") == "none"
    return plain and node.repeat == 1 and not node.muted and not node.shares


def _as_one(first: Block, second: Block, row: Row) -> Block | None:
    if type(second) in _NORMS:
        return first.with_settings(bias=True) if second.value("track_running_stats") else None
    bias = {"bias": bool(first.value("bias") or (type(second) in _LAYERS and second.value("bias")))}
    if isinstance(first, Linear) and isinstance(second, Linear):
        return second.with_settings(**bias)
    if type(first) in _CONVOLUTIONS and type(second) is type(first):
        return _one_convolution(first, second, row, bias)
    return None


def _one_convolution(first: Block, second: Block, row: Row, bias: Mapping[str, bool]) -> Block | None:
    """One kernel that covers both; zeros that the second adds would be none of the picture's, so it may add none."""
    if any(b.value("groups") != 1 or b.value("dilation") != 1 for b in (first, second)):
        return None
    sides = [_sides(each, shape) for each, shape in ((first, row.inputs[0]), (second, row.outputs[0]))]
    if sides[0] is None or sides[1] is None or any(sides[1]) or first.value("padding_mode") != "zeros":
        return None
    kernels, strides = ([_each(b, name) for b in (first, second)] for name in ("kernel_size", "stride"))
    kernel = tuple(a + (b - 1) * s for a, b, s in zip(*kernels, strides[0], strict=True))
    stride = tuple(a * b for a, b in zip(*strides, strict=True))
    return second.with_settings(kernel_size=kernel, stride=stride, padding=sides[0], **bias)


def _sides(block: Block, x: object) -> tuple[int, ...] | None:
    """The zeros on either side along each axis; None where the two differ."""
    around = pads(x.space, block.value("padding"), *(_each(block, n) for n in ("kernel_size", "stride", "dilation")))  # type: ignore[attr-defined]
    return tuple(before for before, _ in around) if symmetric(around) else None


def _each(block: Block, name: str) -> tuple[int, ...]:
    return per_axis(block.value(name), block.rank)
