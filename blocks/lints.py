"""Rules of the field that a sound network may still break: advice, never errors, each with an edit that follows it."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.activation import LogSoftmax, ReLU, Sigmoid, Softmax
from blocks.block import Block
from blocks.check import Checked, Diagnostic
from blocks.convolution import Conv1d, Conv2d, Conv3d
from blocks.edits import Fix, configure, insert, name_for, remove, replace_block
from blocks.folding import fold
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import Judgement
from blocks.normalization import BatchNorm1d, BatchNorm2d, BatchNorm3d
from blocks.proportions import narrowed
from blocks.recurrent import GRU, LSTM, RNN, LastStep, MeanOverTime
from blocks.shape import SEQUENCE, VECTOR

Advice = tuple[Diagnostic, *tuple[Fix, ...]]
_LAYERS = frozenset({Linear, Conv1d, Conv2d, Conv3d})  # types, for this looks at every node after every edit
_BATCH_NORMS = frozenset({BatchNorm1d, BatchNorm2d, BatchNorm3d})
_RECURRENT = frozenset({RNN, LSTM, GRU})
_SOFTMAXES = (Softmax, LogSoftmax, Sigmoid)


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
            yield from _no_activation(name, after[0], checked)
    yield from _narrowings(checked)


def _is_norm(node: Node) -> bool:
    return type(node.block) in _BATCH_NORMS and not node.muted


def _mixes(block: Block) -> bool:
    """Whether the output is a weighted sum of all features or channels, and nothing else."""
    return type(block) is Linear or (type(block) in _LAYERS and block.value("groups") == 1)


def _needless_bias(name: str, norm: str) -> tuple[Diagnostic, Fix]:
    message = f"{name} learns a bias that {norm} subtracts again. Turn the bias off to save its parameters."
    fix = Fix(f"Set bias to no on {name}", lambda graph: configure(graph, [name], {"bias": False}))
    return Diagnostic("advice", name, message, setting="bias"), fix


def _no_activation(name: str, target: str, checked: Checked) -> Iterator[Advice]:
    """Two affine layers in a row are one, but where the first narrows for the second to widen: a linear bottleneck."""
    if _is_bottleneck(checked, name, target):
        return
    message = f"{name} and {target} have no activation between them, so together they can do no more than one layer."
    wire = next(wire for wire in checked.graph.out_of(name) if wire.target == target)
    fixes = [Fix(f"Insert ReLU before {target}", lambda g: _with_relu(g, wire))]
    one = fold(checked, name, target)
    if one is not None:
        fixes.append(Fix(f"Fold {name} and {target} into one", one.edit))
    yield Diagnostic("advice", target, message), *fixes


def _is_bottleneck(checked: Checked, name: str, target: str) -> bool:
    """Whether fewer channels or features stand between two layers than on either side (Sandler et al. 2018)."""
    before, between, after = checked.rows[name].inputs[0], checked.shape(name), checked.shape(target)
    if before is None or between is None or after is None:
        return False
    shapes = before, between, after
    widths = [s.features if s.meaning in VECTOR + SEQUENCE else s.channels for s in shapes]
    return widths[1] < min(widths[0], widths[2])


def _narrowings(checked: Checked) -> Iterator[Advice]:
    """Early places through which little of the picture gets (Szegedy et al. 2016, principle 1)."""
    for place in narrowed(checked):
        message = (
            f"{place.node} passes on {place.after:,} numbers of {place.before:,} while the network is still young. "
            "What is lost so early is lost for good: reduce more gently."
        )
        fix = Fix(f"Set {place.setting} to {place.value:,} on {place.node}", place.edit)
        yield (Diagnostic("advice", place.node, message, setting=place.setting), *([fix] if place.setting else []))


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


def scored(graph: Graph, name: str) -> Iterator[Wire]:
    """The wires that lead to a loss what it takes the softmax or the sigmoid of itself."""
    block = graph.block(name)
    if isinstance(block, Judgement) and not graph.nodes[name].muted:
        yield from (wire for wire in graph.into(name) if wire.input in block.of_scores)


def double_softmax(graph: Graph, name: str, loss: str) -> tuple[Diagnostic, Fix] | None:
    """Advice where what a loss takes the softmax or the sigmoid of is a softmax or a sigmoid already."""
    if not isinstance(graph.block(name), _SOFTMAXES) or graph.nodes[name].muted:
        return None
    message = f"{name} turns scores into probabilities, which {loss} does itself; twice makes learning slow."
    return Diagnostic("advice", name, f"{message} Remove it."), Fix(f"Remove {name}", lambda g: remove(g, [name]))
