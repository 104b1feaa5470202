"""What the tests of the vocabulary's rows share: blocks measured, chained, checked and run."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from blocks.activation import ReLU
from blocks.block import Block
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.convolution import Conv2d
from blocks.graph import Graph, Node
from blocks.linear import Linear
from blocks.measure import Row, measure
from blocks.pooling import MaxPool2d
from blocks.pooling_global import GlobalAvgPool
from blocks.reshape import Flatten
from blocks.separable import SeparableConv2d
from blocks.shape import Shape, image
from blocks.units import ConvUnit
from runtime.model import network_class

Draw = Callable[[Sketch, End], End]
IMAGENET = image(3, 224, 224)


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


VGG16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]


def vgg_features() -> list[Block]:
    """Five stages of 3×3 convolutions (Simonyan & Zisserman 2015, configuration D)."""
    return [
        b for n, width in VGG16 for b in (*(part for _ in range(n) for part in (Conv2d(width), ReLU())), MaxPool2d(2))
    ]


def vgg16() -> list[Block]:
    return [*vgg_features(), Flatten(), Linear(4096), ReLU(), Linear(4096), ReLU(), Linear(1000)]


def mobilenet_v1(alpha: float = 1.0, size: int = 224) -> Checked:
    """Howard et al. 2017, table 1."""
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    blocks = [SeparableConv2d(int(n * alpha), stride=stride, padding=1) for n, stride in widths]
    return chain(image(3, size, size), ConvUnit(int(32 * alpha), 3, 2, 1), *blocks, GlobalAvgPool(), Linear(1000))
