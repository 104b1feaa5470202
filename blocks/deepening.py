"""A deeper network from a shallower one: a layer that begins as the identity is put in (Chen et al. 2016, Net2Net)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from blocks.block import Block
from blocks.convolution import Conv1d, Conv2d, Conv3d
from blocks.edits import Refused, name_for
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.shape import FLOATS, SEQUENCE, VECTOR, Meaning, Shape
from blocks.weighted import IDENTITY

_KERNELS: dict[Meaning, type[Block]] = {Meaning.SIGNAL: Conv1d, Meaning.IMAGE: Conv2d, Meaning.VOLUME: Conv3d}


def identity_layer(shape: Shape) -> Block | None:
    """The layer that gives back what it gets until it learns otherwise; None where there is none for that shape."""
    if shape.dtype != "float32" or shape.meaning not in FLOATS:
        return None
    if shape.meaning in VECTOR + SEQUENCE:
        return Linear(shape.features, init=IDENTITY)
    kind = _KERNELS.get(shape.meaning)
    return kind(out_channels=shape.channels, init=IDENTITY) if kind else None


def why_not(graph: Graph, source: str, shape: Shape | None) -> str:
    """Why no such layer can come after a node that gives this shape, or nothing."""
    if not graph.block(source).outputs:
        return f"{source} gives nothing on. Select the node before it."
    if shape is None:
        return f"What {source} gives is not known yet: connect its input first."
    if identity_layer(shape) is None:
        return f"{source} gives {shape}, for which there is no linear layer of the same width."
    return ""


def repeats(graph: Graph, source: str) -> bool:
    """Whether the block of a node may stand twice in a row without a change, as ReLU may."""
    return graph.block(source).idempotent and not graph.nodes[source].muted


def deepened(graph: Graph, wires: Collection[Wire], source: str, output: str, shape: Shape) -> Graph:
    """With such a layer after an output of a node, before what `wires` lead to; outputs stay as they are.

    After an activation that may stand twice in a row, as ReLU, another one follows the layer, so that there really is
    one layer more. After any other activation, and after a normalization, the layer stands alone: a second one of
    those would change what comes out.
    """
    layer = identity_layer(shape)
    if layer is None:
        raise Refused(why_not(graph, source, shape))
    blocks = (layer, graph.block(source)) if repeats(graph, source) else (layer,)
    end, output_of = source, output
    for block in blocks:
        name = name_for(graph, block)
        fed = Wire(end, output_of, name, block.inputs[0].name)
        graph = replace(graph, nodes={**graph.nodes, name: Node(block)}, wires=(*graph.wires, fed))
        end, output_of = name, block.outputs[0].name
    return graph.with_wires(w._replace(source=end, output=output_of) if w in wires else w for w in graph.wires)
