"""Recurrent layers drawn out: what happens at one step, gate by gate, with delays for what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from blocks.activation import ReLU, Sigmoid, Tanh
from blocks.block import Block
from blocks.composite import End, Sketch
from blocks.delay import Delay
from blocks.elementwise import Scale
from blocks.graph import Graph
from blocks.indexing import Chunk
from blocks.linear import Linear
from blocks.merge import Add, Multiply, Subtract
from blocks.naming import Refused
from blocks.position import Parameter
from blocks.recurrent import GRU, LSTM, RNN
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.shape import Shape

OPENED, PEEPHOLE = "kept_open", "_peephole"  # the node of the forget bias, and how those of peepholes end
_PLAIN = ("num_layers", "bidirectional", "proj_size", "stateful")  # as they are in a new layer


def cell_of(block: Block, x: Shape, results: Iterable[str] = ("y",)) -> Graph:
    """One step of a recurrent layer as a network with delays; raises Refused.

    Its outputs are the states that `results` names, in that order. `x` is what arrives at a step. The weights of its
    linear layers are those of torch's layer, as they are.
    """
    draw = _DRAWN.get(type(block))
    if draw is None:
        raise Refused(f"{block.label()} has no gates that could be drawn")
    _refuse_more(block)
    g = Sketch()
    drawn = draw(block, g, g.input("x", x))
    for name in results:
        g.output("y" if name == "y" else f"{name}_out", drawn[name])
    return g.graph()


def drawable(block: Block) -> bool:
    """Whether a block is a recurrent layer that can be drawn out."""
    return type(block) in _DRAWN


def _refuse_more(block: Block) -> None:
    for name in _PLAIN:
        setting = block.settings.get(name)
        if setting is not None and block.value(name) != setting.default:
            plain = "empty" if setting.default is None else "no" if setting.default is False else setting.default
            raise Refused(f"only a layer whose {name} is {plain} can be drawn gate by gate")


def _summed(block: Block, g: Sketch, x: End, h: End, gates: int, biases: int) -> End:
    """What all gates together read, from the input and from the state."""
    read = g.add(_linear(block, gates * block.value("hidden_size"), biases > 0), x, name="read")
    kept = g.add(_linear(block, gates * block.value("hidden_size"), biases > 1), h, name="kept")
    return _one(g.add(Add(), read, kept, name="summed"))


def _linear(block: Block, features: int, bias: bool) -> Linear:
    """A product with some of the layer's weights, which begin as those of the layer do."""
    return Linear(features, bias, init=block.value("init"), init_scale=block.value("init_scale"))


def _one(end: object) -> End:
    assert isinstance(end, End)
    return end


def _state(block: Block, g: Sketch, name: str) -> End:
    return _one(g.add(Delay((block.value("hidden_size"),)), name=name))


def _rnn(block: Block, g: Sketch, x: End) -> dict[str, End]:
    return _simple(block, g, x, 2 * block.value("bias"))


def _simple_rnn(block: Block, g: Sketch, x: End) -> dict[str, End]:
    return _simple(block, g, x, 1)


def _simple(block: Block, g: Sketch, x: End, biases: int) -> dict[str, End]:
    h = _state(block, g, "h")
    activation = ReLU() if block.value("nonlinearity") == "relu" else Tanh()
    new = _one(g.add(activation, _summed(block, g, x, h, 1, biases), name="new"))
    g.feed(h, new)
    return {"y": new}


def _lstm(block: Block, g: Sketch, x: End) -> dict[str, End]:
    return _with_cell(block, g, x, ("let_in", "forget", "candidate", "let_out"), 2 * block.value("bias"))


def _gated_lstm(block: Block, g: Sketch, x: End) -> dict[str, End]:
    first = {"gate": ("let_in", "forget"), "none": ("let_in",), "coupled": ("forget",)}[block.value("forget")]
    return _with_cell(block, g, x, (*first, "candidate", "let_out"), 1)


def _with_cell(block: Block, g: Sketch, x: End, gates: tuple[str, ...], biases: int) -> dict[str, End]:
    h, c = _state(block, g, "h"), _state(block, g, "c")
    parts = g.add(Chunk(None, len(gates)), _summed(block, g, x, h, len(gates), biases), name="gates")
    told = dict(zip(gates, parts, strict=True))
    gate = {name: _gate(block, g, name, told[name], c) for name in gates if name != "let_out"}
    cell = _new_cell(g, c, gate)
    let_out = _gate(block, g, "let_out", told["let_out"], cell)
    state = _one(g.add(Multiply(), let_out, g.add(Tanh(), cell, name="told"), name="state"))
    g.feed(h, state)
    g.feed(c, cell)
    return {"y": state, "c": cell}


def _gate(block: Block, g: Sketch, name: str, part: End, c: End) -> End:
    """What a gate, or the candidate, makes of its part of the sum; through a peephole a gate sees the cell too."""
    if name == "candidate":
        return _one(g.add(Tanh(), part, name=name))
    if "peepholes" in block.settings and block.value("peepholes"):
        weight = g.add(Parameter((block.value("hidden_size"),)), part, name=f"{name}{PEEPHOLE}")
        part = _one(g.add(Add(), part, g.add(Multiply(), c, weight, name=f"{name}_looks"), name=f"{name}_sees"))
    bias = block.value("forget_bias") if name == "forget" and "forget_bias" in block.settings else None
    if bias:  # the weights beside it begin near zero
        part = _one(g.add(Scale(1.0, bias), part, name=OPENED))
    return _one(g.add(Sigmoid(), part, name=name))


def _new_cell(g: Sketch, c: End, gate: dict[str, End]) -> End:
    if "let_in" not in gate:  # coupled: what is kept and what is let in add to 1
        gap = g.add(Subtract(), c, gate["candidate"], name="gap")
        left = g.add(Multiply(), gate["forget"], gap, name="left")
        return _one(g.add(Add(), gate["candidate"], left, name="cell"))
    kept = g.add(Multiply(), gate["forget"], c, name="remembered") if "forget" in gate else c
    added = g.add(Multiply(), gate["let_in"], gate["candidate"], name="added")
    return _one(g.add(Add(), kept, added, name="cell"))


def _gru(block: Block, g: Sketch, x: End) -> dict[str, End]:
    """With the reset after the product, as torch and cuDNN have it."""
    h, size, bias = _state(block, g, "h"), block.value("hidden_size"), block.value("bias")
    read = g.add(Chunk(None, 3), g.add(_linear(block, 3 * size, bias), x, name="read"), name="of_input")
    kept = g.add(Chunk(None, 3), g.add(_linear(block, 3 * size, bias), h, name="kept"), name="of_state")
    reset, update = (
        _one(g.add(Sigmoid(), g.add(Add(), read[i], kept[i], name=f"{name}_sum"), name=name))
        for i, name in enumerate(("reset", "update"))
    )
    past = g.add(Multiply(), reset, kept[2], name="past")
    return _moved(g, h, update, g.add(Tanh(), g.add(Add(), read[2], past, name="candidate_sum"), name="candidate"))


def _gated_gru(block: Block, g: Sketch, x: End) -> dict[str, End]:
    """With one bias a gate, and the reset before the product where the layer has it so."""
    h, size = _state(block, g, "h"), block.value("hidden_size")
    read = g.add(Chunk(None, 3), g.add(_linear(block, 3 * size, True), x, name="read"), name="of_input")
    kept = g.add(Chunk(None, 2), g.add(_linear(block, 2 * size, False), h, name="kept"), name="of_state")
    reset, update = (
        _one(g.add(Sigmoid(), g.add(Add(), read[i], kept[i], name=f"{name}_sum"), name=name))
        for i, name in enumerate(("reset", "update"))
    )
    if block.value("reset_after"):
        past = g.add(Multiply(), reset, g.add(_linear(block, size, False), h, name="fresh"), name="past")
    else:
        past = g.add(_linear(block, size, False), g.add(Multiply(), reset, h, name="past"), name="fresh")
    return _moved(g, h, update, g.add(Tanh(), g.add(Add(), read[2], past, name="candidate_sum"), name="candidate"))


def _moved(g: Sketch, h: End, update: End, candidate: End) -> dict[str, End]:
    """The candidate, and of what it differs from the state as much as the update gate keeps."""
    left = g.add(Multiply(), update, g.add(Subtract(), h, candidate, name="gap"), name="left")
    state = _one(g.add(Add(), candidate, left, name="state"))
    g.feed(h, state)
    return {"y": state}


_DRAWN: dict[type[Block], Callable[[Block, Sketch, End], dict[str, End]]] = {
    RNN: _rnn,
    LSTM: _lstm,
    GRU: _gru,
    SimpleRNN: _simple_rnn,
    GatedLSTM: _gated_lstm,
    GatedGRU: _gated_gru,
}
