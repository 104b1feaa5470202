"""What the tests of the vocabulary's rows share: blocks measured, chained, checked and run."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from blocks.block import Block
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.graph import Graph, Node
from blocks.measure import Row, measure
from blocks.shape import Shape
from runtime.model import network_class

Draw = Callable[[Sketch, End], End]


def row(block: Block, *inputs: object, repeat: int = 1) -> Row:
    """What the rules say of one block; ports that nothing is said of stay empty."""
    left_open = [None] * (len(block.inputs) - len(inputs))
    return measure(Node(block, repeat), (*inputs, *left_open))


def out(block: Block, *inputs: object) -> tuple[int, ...]:
    """The sizes that leave a block."""
    shape = row(block, *inputs).outputs[0]
    assert shape is not None, row(block, *inputs).problem
    return shape.sizes


def chained(start: Shape, *blocks: Block) -> Graph:
    """Blocks in a row as a network from `x` to `y`."""

    def draw(g: Sketch, end: End) -> End:
        for block in blocks:
            end = g.add(block, end)
        return end

    return drawn(start, draw)


def drawn(start: Shape, draw: Draw) -> Graph:
    """A network from `x` to `y` as a function draws it."""
    g = Sketch()
    g.output("y", draw(g, g.input("x", start)))
    return g.graph()


def chain(start: Shape, *blocks: Block) -> Checked:
    """Blocks in a row, checked."""
    return check(chained(start, *blocks))


def compiled(graph: Graph, seed: int = 0) -> nn.Module:
    """The network as torch runs it: the printed text, executed."""
    made = network_class({"net": graph}, "net")
    torch.manual_seed(seed)
    return made()


def costs(checked: Checked) -> tuple[int, int]:
    """Parameters and MACs."""
    assert not checked.errors, checked.errors
    return checked.parameters, checked.macs
