"""Small networks drawn in a line of text, for the tests of the core."""

from __future__ import annotations

from itertools import pairwise

from blocks.block import Block
from blocks.ends import Input, Output
from blocks.graph import Graph, Node, read_wire


def drawn(*wires: str, image: tuple[int, ...] = (3, 28, 28), **blocks: Block | Node) -> Graph:
    """A graph of `image`, `out` and the named blocks, wired as the file writes it: `"image -> conv -> fc -> out"`."""
    placed: dict[str, Block | Node] = {"image": Input(image), **blocks, "out": Output()}
    nodes = {name: node if isinstance(node, Node) else Node(node) for name, node in placed.items()}
    pairs = (pair for line in wires for pair in _pairs(line))
    return Graph(nodes, tuple(read_wire(pair, nodes) for pair in pairs))


def _pairs(line: str) -> list[str]:
    return [f"{one} -> {other}" for one, other in pairwise(stop.strip() for stop in line.split("->"))]
