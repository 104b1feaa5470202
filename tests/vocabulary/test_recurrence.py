"""Rows Q01-Q14 of the vocabulary: recurrent layers and language, with the numbers of each row."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.activation import Tanh
from blocks.any_length import node_sizes, sizes_text
from blocks.block import Block
from blocks.check import Checked, check
from blocks.composite import End, Sketch
from blocks.counting import NGram
from blocks.embedding import OneHot
from blocks.ends import Input
from blocks.graph import Graph, Node
from blocks.in_time import laid_out
from blocks.indexing import Select, Stack
from blocks.linear import Linear
from blocks.lints import advice
from blocks.marks import share
from blocks.measure import Row, measure
from blocks.merge import Add
from blocks.metric import Perplexity
from blocks.recurrent import GRU, LSTM, RNN, LastStep
from blocks.recurrent_kinds import GatedGRU, GatedLSTM, SimpleRNN
from blocks.shape import Shape, sequence, tokens, vector
from designer.actions import with_plan
from runtime.file import open_design
from runtime.recipe import Recipe
from runtime.script import print_training
from runtime.source import print_networks
from tests.blocks.oracle import made

SAMPLES = Path(__file__).parents[2] / "samples"


def row(block: Block, *inputs: Shape | None) -> Row:
    """What the rules say of one block, with nothing at the ports that are left."""
    return measure(Node(block), (*inputs, *[None] * (len(block.inputs) - len(inputs))))


def chain(start: Shape, *blocks: Block) -> Checked:
    """Blocks in a row, each reading the first result of the one before."""
    g = Sketch()
    end = g.input("x", start)
    for block in blocks:
        ends = g.add(block, end)
        end = ends[0] if isinstance(ends, tuple) else ends
    g.output("out", end)
    return check(g.graph())


def weights(module: nn.Module) -> dict[str, Tensor]:
    """The tensors of a printed block by their own names."""
    return {name.split(".", 1)[1]: tensor for name, tensor in module.state_dict().items()}


def unrolled(steps: int) -> Graph:
    """s_t = f(U x_t + W s_(t-1)), o_t = V s_t, laid out in time: each of U, W and V is one module at all steps."""
    g = Sketch()
    x, shown = g.input("x", sequence(steps, 4)), list[End]()
    state: End | None = None
    for step in range(steps):
        summed = g.add(Linear(6, bias=False), g.add(Select(0, step), x), name=f"U{step}")
        if state is not None:
            summed = g.add(Add(), summed, g.add(Linear(6, bias=False), state, name=f"W{step}"))
        state = g.add(Tanh(), summed, name=f"s{step}")
        shown.append(g.add(Linear(2, bias=False), state, name=f"V{step}"))
    g.output("y", g.add(Stack(), *shown))
    graph = g.graph()
    shares = [(f"{m}{step}", f"{m}{first}") for m, first in (("U", 0), ("W", 1), ("V", 0)) for step in range(steps)]
    for name, lender in shares:
        graph = share(graph, name, lender) if name in graph.nodes and name != lender else graph
    return graph


def test_Q01_steps_laid_out_in_time_give_what_the_recurrent_block_gives() -> None:
    block = chain(sequence(5, 4), RNN(6, bias=False), Linear(2, bias=False))
    laid_out = check(unrolled(5))
    assert laid_out.errors == ()
    assert laid_out.parameters == block.parameters == 6 * 4 + 6 * 6 + 2 * 6
    folded, unfolded = printed(block), printed(laid_out)
    by_size = {tuple(tensor.shape): tensor for tensor in folded.state_dict().values()}
    unfolded.load_state_dict({name: by_size[tuple(t.shape)] for name, t in unfolded.state_dict().items()})
    x = torch.randn(3, 5, 4)
    torch.testing.assert_close(unfolded(x), folded(x))


def test_Q01_the_window_lays_a_layer_out_in_such_steps() -> None:
    folded = chain(sequence(5, 4), RNN(6), Linear(2))
    steps = check(laid_out(folded.graph, "rnn", sequence(5, 4)))
    whole, drawn = printed(folded), printed(steps)
    given = {name.replace("rnn.", "rnn_0.").replace("_l0", ""): t for name, t in whole.state_dict().items()}
    drawn.load_state_dict(given)
    x = torch.randn(3, 5, 4)
    torch.testing.assert_close(drawn(x), whole(x))


def test_Q02_an_lstm_has_394240_numbers_or_with_torchs_two_biases_395264() -> None:
    assert row(GatedLSTM(256), sequence(5, 128)).parameters == 394_240
    assert row(LSTM(256), sequence(5, 128)).parameters == 395_264


def test_Q02_three_gates_are_sigmoids_and_what_is_let_in_a_tanh() -> None:
    network, x = made(LSTM(3), sequence(4, 2)), torch.randn(2, 4, 2)
    w = weights(network)
    h = c = torch.zeros(2, 3)
    for step in x.unbind(1):
        i, f, g, o = (step @ w["weight_ih_l0"].T + h @ w["weight_hh_l0"].T + w["bias_ih_l0"] + w["bias_hh_l0"]).chunk(
            4, 1
        )
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    y, last, cell = network(x)
    torch.testing.assert_close((y[:, -1], last, cell), (h, h, c))


def test_Q03_state_and_cell_are_results_and_may_be_given_at_the_start() -> None:
    assert [port.name for port in LSTM(3).outputs] == ["y", "h", "c"]
    network = made(LSTM(3), sequence(4, 2), vector(3), vector(3))
    x, h, c = torch.randn(2, 4, 2), torch.randn(2, 3), torch.randn(2, 3)
    first = network(x[:, :2], h, c)
    torch.testing.assert_close(network(x[:, 2:], *first[1:])[1:], network(x, h, c)[1:])


def test_Q04_without_a_forget_gate_the_cell_grows_as_long_as_it_is_fed() -> None:
    block = GatedLSTM(256, forget="none")
    assert row(block, sequence(5, 128)).parameters == 295_680
    network = made(GatedLSTM(4, forget="none"), sequence(400, 1))
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            tensor.fill_(2.0 if name.endswith("weight_ih") else 0.0)
        cells = [network(torch.ones(1, steps, 1))[2].min().item() for steps in (100, 200, 400)]
    assert cells[1] > 1.9 * cells[0]
    assert cells[2] > 1.9 * cells[1]


def test_Q05_peepholes_add_three_numbers_a_cell_and_the_output_gate_sees_the_new_one() -> None:
    assert row(GatedLSTM(256, peepholes=True), sequence(5, 128)).parameters == 394_240 + 768
    network, x = made(GatedLSTM(3, peepholes=True), sequence(1, 2)), torch.randn(2, 1, 2)
    w = weights(network)
    i, _, g, o = (x[:, 0] @ w["weight_ih"].T + w["bias"]).chunk(4, 1)  # of an empty cell the first two see nothing
    c = i.sigmoid() * g.tanh()
    h = (o + w["peepholes.o"] * c).sigmoid() * c.tanh()
    torch.testing.assert_close(network(x)[1:], (h, c))


def test_Q06_coupled_gates_add_to_one_at_every_step() -> None:
    assert row(GatedLSTM(256, forget="coupled"), sequence(5, 128)).parameters == 295_680
    network, x = made(GatedLSTM(3, forget="coupled"), sequence(6, 2)), torch.randn(2, 6, 2)
    w = weights(network)
    h = c = torch.zeros(2, 3)
    for step in x.unbind(1):
        f, g, o = (step @ w["weight_ih"].T + h @ w["weight_hh"].T + w["bias"]).chunk(3, 1)
        c = f.sigmoid() * c + (1 - f.sigmoid()) * g.tanh()
        h = o.sigmoid() * c.tanh()
    torch.testing.assert_close(network(x)[1:], (h, c))


def test_Q07_a_gru_has_295680_numbers_or_with_torchs_two_biases_296448() -> None:
    assert row(GatedGRU(256), sequence(5, 128)).parameters == 295_680
    assert row(GRU(256), sequence(5, 128)).parameters == 296_448


def test_Q07_where_the_reset_is_applied_is_stated_and_changes_numbers() -> None:
    assert "after the product" in (GRU.__doc__ or "")
    x = torch.randn(2, 6, 2)
    before, after = (made(GatedGRU(3, reset_after=late), sequence(6, 2)) for late in (False, True))
    assert not torch.allclose(before(x)[0], after(x)[0])
    torchs = made(GRU(3), sequence(6, 2))
    given = weights(torchs)
    own = {"weight_ih": given["weight_ih_l0"], "weight_hh": given["weight_hh_l0"], "bias": given["bias_ih_l0"]}
    with torch.no_grad():
        for name, tensor in torchs.named_parameters():
            if name.endswith("bias_hh_l0"):
                tensor.zero_()
    after.load_state_dict({f"node.{name}": tensor for name, tensor in own.items()})
    torch.testing.assert_close(after(x), torchs(x))


def test_Q08_the_second_layer_reads_the_states_of_the_first() -> None:
    stacked = chain(sequence(28, 28), LSTM(128, 2), LastStep(), Linear(10))
    apart = chain(sequence(28, 28), LSTM(128), LSTM(128), LastStep(), Linear(10))
    assert stacked.parameters == apart.parameters == 214_282
    one, two = printed(stacked), printed(apart)
    two.load_state_dict(dict(zip(two.state_dict(), one.state_dict().values(), strict=True)))
    x = torch.randn(2, 28, 28)
    torch.testing.assert_close(one(x), two(x))


def test_Q09_two_directions_are_joined_and_a_last_step_read_of_both_is_warned_of() -> None:
    checked = chain(sequence(28, 28), LSTM(128, bidirectional=True), LastStep(), Linear(10))
    assert checked.parameters == 164_362
    warned = [
        finding for finding, *_ in advice(checked) if "backward half has seen that one step only" in finding.message
    ]
    assert len(warned) == 1


def test_Q09_the_second_layer_runs_backwards_over_the_same_steps() -> None:
    both, x = made(LSTM(3, bidirectional=True), sequence(6, 2)), torch.randn(2, 6, 2)
    w = weights(both)
    for half, turned, end in ((0, x, ""), (1, x.flip(1), "_reverse")):
        one = made(LSTM(3), sequence(6, 2))
        one.load_state_dict({f"node.{n}": w[f"{n}{end}"] for n in weights(one)})
        y = one(turned)[0]
        torch.testing.assert_close(both(x)[0].chunk(2, 2)[half], y.flip(1) if half else y)


def test_Q10_an_n_gram_is_a_table_of_V_to_the_n_numbers_set_by_counting() -> None:
    assert row(NGram(1027, 2), tokens(8, 1027)).parameters == 1027**2
    assert row(NGram(27, 3), tokens(8, 27)).parameters == 27**3
    text = torch.tensor([[1, 2, 1, 2, 1, 0, 1, 2, 1, 0]])
    network = made(NGram(3, 2), tokens(9, 3))
    table = network.get_submodule("node")
    table.count(text[:, :-1], text[:, 1:], added=0.0)  # type: ignore[operator]
    scores = network(text[:, :-1])[0]
    torch.testing.assert_close(scores[0].exp(), torch.tensor([0.4, 0.0, 0.6]))  # after 1 came 2 thrice, 0 twice


@pytest.mark.parametrize(("layer", "parameters"), [(RNN, 592_899), (GRU, 1_250_819), (LSTM, 1_579_779)])
def test_Q11_language_models_over_1027_characters(layer: type[Block], parameters: int) -> None:
    model = chain(tokens(35, 1027), OneHot(1027), layer(hidden_size=256), Linear(1027))
    assert model.parameters == parameters
    assert model.rows["out"].inputs == (sequence(35, 1027),)


def test_Q11_perplexity_is_exp_of_the_loss() -> None:
    scores, following = torch.randn(4, 6, 9), torch.randint(9, (4, 6))
    loss = F.cross_entropy(scores.flatten(0, 1), following.flatten())
    assert answer_of(Perplexity(), scores, following) == pytest.approx(math.exp(loss), rel=1e-5)


def answer_of(block: Block, scores: Tensor, following: Tensor) -> float:
    shapes = sequence(*scores.shape[1:]), tokens(following.shape[1], scores.shape[-1])
    return float(made(block, *shapes)(scores, following))


def printed(checked: Checked) -> nn.Module:
    """The module that the text of a network makes."""
    scope: dict[str, object] = {"__name__": "printed"}
    exec(print_networks("Net", {"Net": checked.graph}).text, scope)
    torch.manual_seed(0)
    made_ = scope["Net"]()  # type: ignore[operator]
    assert isinstance(made_, nn.Module)
    return made_


def noise(examples: int, steps: int) -> tuple[Tensor, Tensor]:
    """Steps of noise after a first one whose sign is to be told at the end."""
    sign = torch.randint(2, (examples,))
    x = 0.3 * torch.randn(examples, steps, 2)
    x[:, 0, 0] = 2.0 * sign - 1
    return x, sign


def remembered(layer: Block, gap: int) -> float:
    """How often the sign of the first step is known at the last one, after some training."""
    network = printed(chain(sequence(gap, 2), layer, LastStep(), Linear(2)))
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(100):
        x, sign = noise(64, gap)
        optimizer.zero_grad()
        F.cross_entropy(network(x), sign).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    x, sign = noise(500, gap)
    return float((network(x).argmax(1) == sign).float().mean())


def test_Q12_an_lstm_learns_a_gap_that_a_plain_rnn_does_not() -> None:
    assert remembered(LSTM(16, forget_bias=2.0), 40) > 0.95
    assert remembered(RNN(16), 40) < 0.7


def test_Q14_a_gradient_vanishes_on_its_way_through_a_plain_rnn_and_not_through_a_cell() -> None:
    arriving = {}
    for layer in (RNN(16), LSTM(16, forget_bias=4.0)):
        network = printed(chain(sequence(100, 2), layer, LastStep()))
        x = torch.randn(8, 100, 2, requires_grad=True)
        network(x).sum().backward()
        assert x.grad is not None
        arriving[layer.kind()] = float(x.grad[:, 0].norm() / x.grad[:, -1].norm())
    assert arriving["RNN"] < 1e-9
    assert arriving["LSTM"] > 1e-2


def test_Q14_an_exploding_gradient_is_clipped() -> None:
    design = open_design(SAMPLES / "lstm_digits.json")
    [phase] = design.training
    assert isinstance(phase.plan, Recipe)
    texts = [
        print_training(with_plan(phase.name, phase.plan.with_settings(gradient_clip_val=clip))(design)).text
        for clip in (0.0, 1.0)
    ]
    assert ["GRADIENT_CLIP_VAL = 1.0" in text for text in texts] == [False, True]


def unequal(layer: Block, steps: int) -> Checked:
    """Rows of up to so many steps, read by a layer that is told which of them count."""
    g = Sketch()
    x = g.add(Input((steps, 4), varies=True))
    mask = g.add(Input((steps,), "tokens", 2, varies=True))
    y, h, *_ = g.add(layer, x, mask=mask)
    g.output("out", y)
    g.output("last", h)
    return check(g.graph())


OTHERS = [SimpleRNN(6), GatedGRU(6), GatedLSTM(6, peepholes=True), GatedLSTM(6, forget="coupled")]


@pytest.mark.parametrize("layer", [RNN(6), GRU(6), LSTM(6), LSTM(6, bidirectional=True), *OTHERS], ids=str)
def test_Q13_a_mask_makes_rows_of_unequal_length_what_each_is_alone_and_the_shape_shows_t(layer: Block) -> None:
    checked = unequal(layer, 9)
    read = printed(checked)
    x = torch.randn(3, 9, 4)
    counts = 9, 5, 2
    mask = (torch.arange(9) < torch.tensor(counts)[:, None]).long()
    together, last = read(x, mask)
    for i, count in enumerate(counts):
        alone, state = read(x[i : i + 1, :count], mask[i : i + 1, :count])
        torch.testing.assert_close(together[i, :count], alone[0])
        torch.testing.assert_close(last[i], state[0])
        assert not together[i, count:].any()
    assert (sizes_text(checked, checked.order[0]), node_sizes(checked, "out")) == ("T × 4", ("T", together.shape[2]))
