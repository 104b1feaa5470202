"""Rules of the field that a sound network may still break: advice, never errors, each with an edit that follows it."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.activation import LogSoftmax, ReLU, Softmax
from blocks.block import Block
from blocks.check import Checked, Diagnostic
from blocks.convolution import Conv1d, Conv2d, Conv3d
from blocks.edits import Fix, configure, insert, name_for, remove, replace_block
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from blocks.recurrent import GRU, LSTM, RNN, LastStep, MeanOverTime

Advice = tuple[Diagnostic, Fix]
_LAYERS = frozenset({Linear, Conv1d, Conv2d, Conv3d})  # types, for this looks at every node after every edit
_BATCH_NORMS = frozenset({BatchNorm1d, BatchNorm2d, BatchNorm3d})
_RECURRENT = frozenset({RNN, LSTM, GRU})
_SOFTMAXES = (Softmax, LogSoftmax)


def advice(checked: Checked) -> Iterator[Advice]:
    """What could be better in a network, in the order in which it runs; the fixes bring no error."""
    nodes, consumers = checked.graph.nodes, checked.graph.structure.consumers
    for name in checked.graph.structure.order:
        block = nodes[name].block
        if type(block) in _RECURRENT and block.value("bidirectional"):
            yield from _half_read(name, checked.graph)
        if type(block) not in _LAYERS or nodes[name].muted:
            continue
        after = consumers[name]
        first = nodes[after[0]].block if after else block
        if type(first) in _BATCH_NORMS:
            if block.value("bias") and all(_is_norm(nodes[target]) for target in after):
                yield _needless_bias(name, after[0])
        elif len(after) == 1 and _mixes(block) and _mixes(first) and not nodes[after[0]].muted:
            yield _no_activation(name, after[0], checked.graph)


def _is_norm(node: Node) -> bool:
    return type(node.block) in _BATCH_NORMS and not node.muted


def _mixes(block: Block) -> bool:
    """Whether the output is a weighted sum of all features or channels, and nothing else."""
    return type(block) is Linear or (type(block) in _LAYERS and block.value("groups") == 1)


def _needless_bias(name: str, norm: str) -> Advice:
    message = f"{name} learns a bias that {norm} subtracts again. Turn the bias off to save its parameters."
    fix = Fix(f"Set bias to no on {name}", lambda graph: configure(graph, [name], {"bias": False}))
    return Diagnostic("advice", name, message, setting="bias"), fix


def _no_activation(name: str, target: str, graph: Graph) -> Advice:
    message = f"{name} and {target} have no activation between them, so together they can do no more than one layer."
    wire = next(wire for wire in graph.out_of(name) if wire.target == target)
    return Diagnostic("advice", target, message), Fix(f"Insert ReLU before {target}", lambda g: _with_relu(g, wire))


def _with_relu(graph: Graph, wire: Wire) -> Graph:
    block = ReLU()
    return insert(graph, wire, name_for(graph, block), Node(block))


def _half_read(name: str, graph: Graph) -> Iterator[Advice]:
    """The last step of a layer that reads both ways: its backward half has seen nothing but that step."""
    for wire in graph.out_of(name):
        if wire.output != "y" or not isinstance(graph.block(wire.target), LastStep):
            continue
        message = f"{wire.target} reads the last step of {name}, whose backward half has seen that one step only."
        fix = _averaging(wire.target)
        yield Diagnostic("advice", wire.target, f"{message} Read the mean over time, or the state h."), fix


def _averaging(name: str) -> Fix:
    return Fix(f"Replace {name} by MeanOverTime", lambda graph: replace_block(graph, name, MeanOverTime()))


def double_softmax(graph: Graph, output: str) -> Advice | None:
    """Advice where an output that a cross-entropy judges has gone through a softmax already."""
    name = graph.into(output)[0].source if graph.into(output) else ""
    if not name or not isinstance(graph.block(name), _SOFTMAXES) or graph.nodes[name].muted:
        return None
    message = f"{name} turns scores into probabilities, which cross-entropy does itself; twice makes learning slow."
    return Diagnostic("advice", name, f"{message} Remove it."), Fix(f"Remove {name}", lambda g: remove(g, [name]))
