"""Recurrent layers: counts from the books, states that begin with the batch, and the code against torch itself."""

from __future__ import annotations

from math import prod

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.block import At, Block, Change, Unfit
from blocks.composite import Sketch
from blocks.linear import Linear
from blocks.recurrent import GRU, LSTM, RNN, LastStep, MeanOverTime
from blocks.shape import SEQUENCE, VECTOR, Shape, image, sequence, vector
from runtime.source import print_networks


def run(block: Block, **inputs: Tensor) -> tuple[nn.Module, dict[str, Tensor]]:
    """The torch module that the block prints, and its results by port as the printed lines give them."""
    shapes = {p.name: _shape(inputs[p.name]) if p.name in inputs else None for p in block.inputs}
    torch.manual_seed(0)
    module = eval(str(block.module(*shapes.values())), {"nn": nn})
    names = {name: name if shape else None for name, shape in shapes.items()}
    expression = block.forward(At("module", names, shapes))
    scope: dict[str, object] = {"torch": torch, "F": F, "module": module, **inputs}
    ports = [p.name for p in block.outputs]
    exec(f"{block.targets.format(**dict(zip(ports, ports, strict=True)))} = {expression}", scope)
    return module, {name: eval(block.finish(name, name), scope) for name in ports}


def _shape(tensor: Tensor) -> Shape:
    sizes = tuple(tensor.shape[1:])
    return vector(*sizes) if len(sizes) == 1 else sequence(*sizes)


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
def test_every_result_begins_with_the_batch_and_has_the_promised_shape(
    kind: type[Block], layers: int, both: bool
) -> None:
    block = kind(5, num_layers=layers, bidirectional=both)
    x = torch.randn(3, 7, 4)
    _, results = run(block, x=x)
    promised = block.shape(sequence(7, 4), *[None] * (len(block.inputs) - 1))
    assert [tuple(r.shape) for r in results.values()] == [(3, *s.sizes) for s in promised]


@pytest.mark.parametrize("kind", [RNN, GRU, LSTM])
@pytest.mark.parametrize("settings", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}])
def test_parameters_have_torchs_names_and_sizes(kind: type[Block], settings: dict[str, object]) -> None:
    block = kind(6, **settings)
    module, _ = run(block, x=torch.randn(2, 3, 4))
    torchs = {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert block.parameters(sequence(3, 4), *[None] * (len(block.inputs) - 1)) == torchs


def test_a_projected_lstm_has_torchs_parameters_and_shapes() -> None:
    block = LSTM(6, num_layers=2, bidirectional=True, proj_size=2)
    module, results = run(block, x=torch.randn(2, 3, 4))
    assert block.parameters(sequence(3, 4)) == {name: tuple(p.shape) for name, p in module.named_parameters()}
    assert [r.shape[1:] for r in results.values()] == [(3, 4), (4, 2), (4, 6)]


def test_the_state_of_one_way_is_the_last_step_of_the_last_layer() -> None:
    _, results = run(GRU(5, num_layers=2), x=torch.randn(3, 7, 4))
    assert torch.equal(results["h"][:, -1], results["y"][:, -1])


def test_a_state_handed_on_continues_where_the_first_half_ended() -> None:
    x = torch.randn(3, 8, 4)
    block = LSTM(5, num_layers=2)
    _, whole = run(block, x=x)
    _, first = run(block, x=x[:, :4])
    _, second = run(block, x=x[:, 4:], h0=first["h"], c0=first["c"])
    torch.testing.assert_close(second["y"], whole["y"][:, 4:])


def test_a_single_layer_takes_and_gives_its_state_as_a_vector() -> None:
    h0 = torch.randn(3, 5)
    block = RNN(5, nonlinearity="relu")
    _, results = run(block, x=torch.randn(3, 2, 4), h0=h0)
    assert block.forward(At("self.rnn", {"x": "x", "h0": "h"}, {})) == "self.rnn(x, h.unsqueeze(0))"
    assert results["h"].shape == (3, 5)


def test_an_lstm_of_128_features_and_256_cells_has_395_264_parameters() -> None:
    block = LSTM(256)
    x = sequence(1, 128)
    assert sum(map(prod, block.parameters(x).values())) == 395_264
    assert block.macs(x) == 393_216


def test_lstm_wants_both_initial_states_or_neither() -> None:
    with pytest.raises(Unfit, match="both initial states") as caught:
        LSTM(5).shape(sequence(3, 4), vector(5), None)
    assert caught.value.port == "c0"


def test_a_state_of_another_size_is_unfit_and_can_be_repaired() -> None:
    with pytest.raises(Unfit, match=r"initial state h0 of \(5,\), received \(6,\)") as caught:
        GRU(5).shape(sequence(3, 4), vector(6))
    assert Change({"hidden_size": 6}) in caught.value.remedies


def test_a_projection_as_wide_as_the_cell_is_unfit() -> None:
    with pytest.raises(Unfit, match="proj_size below"):
        LSTM(4, proj_size=4).shape(sequence(3, 4), None, None)


def test_dropout_of_a_single_layer_is_not_printed_because_it_has_nowhere_to_be() -> None:
    assert str(LSTM(8, dropout=0.5).module(sequence(3, 4))) == "nn.LSTM(4, 8, batch_first=True)"


def test_last_step_and_mean_over_time_read_one_vector() -> None:
    x = torch.randn(2, 7, 4)
    names, shapes = {"x": "x"}, {"x": sequence(7, 4)}
    assert torch.equal(eval(LastStep().forward(At("", names, shapes))), x[:, -1])
    torch.testing.assert_close(eval(MeanOverTime().forward(At("", names, shapes))), x.mean(1))


def test_last_step_offers_itself_where_a_vector_is_wanted() -> None:
    assert LastStep.bridge(sequence(7, 4), VECTOR) == LastStep()
    assert LastStep.bridge(sequence(7, 4), vector(4)) == LastStep()
    assert LastStep.bridge(sequence(7, 4), vector(5)) is None
    assert LastStep.bridge(sequence(7, 4), SEQUENCE) is None
    assert LastStep.bridge(image(1, 7, 4), VECTOR) is None


def test_a_reader_of_rows_is_drawn_with_the_same_words_as_in_the_books() -> None:
    g = Sketch()
    steps = g.add(LSTM(128, num_layers=2), g.input("rows", sequence(28, 28)))[0]
    y = g.add(Linear(10), g.add(LastStep(), steps))
    assert y.shape is vector(10)


def test_a_decoder_that_starts_where_the_encoder_ended_prints_and_runs() -> None:
    g = Sketch()
    source, target = g.input("source", sequence(5, 4)), g.input("target", sequence(3, 4))
    _, h, c = g.add(LSTM(6, num_layers=2), source, name="encoder")
    y = g.add(LSTM(6, num_layers=2), target, h, c, name="decoder")[0]
    g.output("y", y)
    text = print_networks("Translator", {"Translator": g.graph()}).text
    assert "_, (encoder_h, encoder_c) = self.encoder(source)\n" in text
    assert "encoder_h = encoder_h.transpose(0, 1)\n" in text
    scope: dict[str, object] = {"__name__": "printed"}
    exec(text, scope)
    model = scope["Translator"]
    assert callable(model)
    assert model()(torch.randn(2, 5, 4), torch.randn(2, 3, 4)).shape == (2, 3, 6)


def test_a_reader_of_the_last_step_prints_without_a_trace_of_the_states() -> None:
    g = Sketch()
    steps = g.add(LSTM(128), g.input("rows", sequence(28, 28)), name="lstm")[0]
    g.output("y", g.add(LastStep(), steps, name="last"))
    text = print_networks("Reader", {"Reader": g.graph()}).text
    assert "lstm, _ = self.lstm(rows)" in text
    assert "return lstm[:, -1]" in text
