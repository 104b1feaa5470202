"""Which recurrent layers a drawing of gates may stand for."""

from __future__ import annotations

from collections.abc import Iterator

from blocks.block import Block
from blocks.elementwise import Scale
from blocks.gates import OPENED, PEEPHOLE
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.recurrent import GRU, LSTM, RNN
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN


def layers_like(cell: Graph, size: int) -> Iterator[Block]:
    """Every layer whose state is of this size, with the biases, peepholes and first weights of a drawing."""
    peepholes = any(name.endswith(PEEPHOLE) for name in cell.nodes)
    for layer in _layers(size, _forget_bias(cell), peepholes):
        yield layer.with_settings(**_beginning(cell))


def _forget_bias(cell: Graph) -> float | None:
    """How far the forget gate is held open, where a node says so."""
    opened = cell.nodes.get(OPENED)
    return opened.block.value("offset") if opened is not None and isinstance(opened.block, Scale) else None


def _beginning(cell: Graph) -> dict[str, object]:
    """What the weights begin with, as the first of them say."""
    read = cell.nodes.get("read")
    told = ("init", "init_scale") if read is not None and isinstance(read.block, Linear) else ()
    return {name: read.block.value(name) for name in told if read is not None}


def _layers(size: int, opened: float | None, peepholes: bool) -> Iterator[Block]:
    """All layers of this size that can be drawn."""
    for bias in (True, False):
        yield RNN(size, bias=bias)
        yield RNN(size, bias=bias, nonlinearity="relu")
        yield GRU(size, bias=bias)
        yield LSTM(size, bias=bias, forget_bias=opened)
    for nonlinearity in ("tanh", "relu"):
        yield SimpleRNN(size, nonlinearity=nonlinearity)
    for forget in ("gate", "none", "coupled"):
        yield GatedLSTM(size, forget=forget, forget_bias=opened or 0.0, peepholes=peepholes)
    for late in (False, True):
        yield GatedGRU(size, reset_after=late)
