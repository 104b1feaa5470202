"""Rows L02, L05, L37 and L39 of the vocabulary, and what else connects otherwise than a convolution does."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from blocks.attention import TransformerEncoderLayer
from blocks.check import check
from blocks.composite import Sketch
from blocks.connection import FixedConv2d, MaskedConv2d, SubSampling2d, TableConv2d
from blocks.convolution import Conv2d
from blocks.edits import Refused, expand
from blocks.ends import Input, Output, Use
from blocks.gate import L0Gate
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.local import LocallyConnected2d
from blocks.marks import freeze
from blocks.mask import Shift
from blocks.pooling_global import GlobalAvgPool
from blocks.recurrent import LSTM
from blocks.region import AffineGrid, GridSample, RoIAlign, RoIPool
from blocks.reshape import Flatten
from blocks.shape import Meaning, image, sequence, shape_of, tokens, vector
from blocks.transformer import Transformer
from runtime.model import network_class
from tests.blocks.oracle import answer, made
from tests.vocabulary.rows import chain, compiled, row


def test_L02_a_layer_without_sharing_has_a_kernel_at_every_place() -> None:
    x = image(1, 5, 5)
    assert row(LocallyConnected2d(1, 3, bias=False), x).parameters == 81
    assert row(Conv2d(1, 3, padding="valid", bias=False), x).parameters == 9
    deep = row(LocallyConnected2d(4, 3, bias=False), image(2, 7, 9))
    assert deep.parameters == 5 * 7 * 3 * 3 * 2 * 4


def test_L02_alike_kernels_make_it_a_convolution() -> None:
    x, kernel = torch.randn(2, 3, 6, 7), torch.randn(4, 3, 3, 3)
    network = made(LocallyConnected2d(4, 3, bias=False), image(3, 6, 7))
    with torch.no_grad():
        next(network.parameters()).copy_(kernel.flatten(2)[:, :, None])
        torch.testing.assert_close(network(x), nn.functional.conv2d(x, kernel))


def test_L05_a_kernel_can_be_given_and_stays_as_it_is() -> None:
    block = FixedConv2d("1 0 -1; 2 0 -2; 1 0 -1", summed=True, padding="valid")
    assert row(block, image(2, 5, 5)).parameters == 0
    edge = torch.zeros(1, 2, 5, 5)
    edge[..., 3:] = 1.0
    assert answer(block, edge)[0, 0].tolist() == [[0.0, -8.0, -8.0]] * 3


def test_L05_a_frozen_kernel_is_not_counted_and_survives_a_step_of_training() -> None:
    g = Sketch()
    edges = g.add(FixedConv2d(learned=True), g.input("image", image(1, 6, 6)), name="edges")
    g.output("out", g.add(Conv2d(2, 3), edges, name="conv"))
    graph = freeze(g.graph(), ["edges"], True)
    assert check(graph).parameters == 2 * 2 * 9 + 2
    network = compiled(graph)
    before = [p.clone() for p in network.parameters()]
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(torch.randn(2, 1, 6, 6)).square().sum().backward()
    optimizer.step()
    assert [torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True)] == [True, False, False]


def films(steps: int) -> dict[str, Graph]:
    """A small convolutional network, and one that uses it on every frame of a film before an LSTM."""
    frame = Sketch()
    end = frame.add(GlobalAvgPool(), frame.add(Conv2d(4), frame.input("x", image(3, 8, 8)), name="conv"), name="pool")
    frame.output("y", end)
    nodes = {
        "film": Node(Input((steps, 3, 8, 8))),
        "cnn": Node(Use("Frame", over_time=True)),
        "lstm": Node(LSTM(5)),
        "out": Node(Output()),
    }
    wires = (Wire("film", "y", "cnn", "x"), Wire("cnn", "y", "lstm", "x"), Wire("lstm", "y", "out", "x"))
    return {"Frame": frame.graph(), "Film": Graph(nodes, wires)}


def test_L37_a_network_reads_every_frame_with_weights_counted_once() -> None:
    checked = [check(films(steps)["Film"], films(steps)) for steps in (7, 14)]
    assert [c.errors for c in checked] == [(), ()]
    assert [c.rows["cnn"].parameters for c in checked] == [4 * 3 * 9 + 4] * 2
    assert [c.rows["cnn"].macs for c in checked] == [steps * 8 * 8 * 4 * 27 for steps in (7, 14)]
    assert checked[0].shape("cnn") is sequence(7, 4)


def test_L37_its_parts_cannot_leave_it_one_by_one() -> None:
    checked = check(films(7)["Film"], films(7))
    with pytest.raises(Refused, match="every step"):
        expand(checked.graph, "cnn", checked.rows["cnn"])


def test_L37_inputs_without_steps_are_unfit() -> None:
    networks = films(7)
    graph = networks["Film"].with_node("film", Node(Input((3, 8, 8))))
    problem = check(graph, networks).errors[0]
    assert problem.node == "cnn"


def test_L37_it_gives_what_each_frame_alone_would_give() -> None:
    networks = films(7)
    graph = Graph({n: node for n, node in networks["Film"].nodes.items() if n != "lstm"})
    graph = graph.with_wires((Wire("film", "y", "cnn", "x"), Wire("cnn", "y", "out", "x")))
    network = network_class({**networks, "Film": graph}, "Film")()
    film = torch.randn(2, 7, 3, 8, 8)
    alone = torch.stack([network.get_submodule("cnn")(frame) for frame in film.unbind(1)], dim=1)
    torch.testing.assert_close(network(film), alone)


def test_L39_a_connection_table_has_the_1516_parameters_of_lenets_c3() -> None:
    x = image(6, 14, 14)
    c3 = row(TableConv2d(), x)
    assert (c3.outputs[0], c3.parameters, c3.macs) == (image(16, 10, 10), 1_516, 150_000)
    assert row(Conv2d(16, 5, padding="valid"), x).parameters == 2_416


def test_L39_a_map_reads_only_the_channels_of_its_row() -> None:
    x = torch.randn(1, 3, 5, 5)
    network = made(TableConv2d("0 2 | 1", 3), image(3, 5, 5))
    changed = x.clone()
    changed[:, 1] += 1.0
    same = (network(x) == network(changed)).flatten(2).all(2)
    assert same[0].tolist() == [True, False]


def test_L39_lenet_5_as_published_has_60000_parameters() -> None:
    blocks = [Conv2d(6, 5, padding="valid"), SubSampling2d(), TableConv2d(), SubSampling2d()]
    blocks += [Conv2d(120, 5, padding="valid"), Flatten(), Linear(84)]
    assert chain(image(1, 32, 32), *blocks).parameters == 60_000


def test_a_masked_convolution_sees_no_later_pixel() -> None:
    x = torch.randn(1, 1, 5, 5, requires_grad=True)
    made(MaskedConv2d(1, 3), image(1, 5, 5))(x)[0, 0, 2, 2].backward()
    assert x.grad is not None
    seen = x.grad[0, 0].ne(0).nonzero().tolist()
    assert seen == [[1, 1], [1, 2], [1, 3], [2, 1]]


def test_roi_align_reads_a_ramp_at_the_middles_of_its_cells() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    boxes = torch.tensor([[[1.0, 1.0, 5.0, 5.0]]])
    read = made(RoIAlign(2), image(1, 8, 8), sequence(1, 4))(ramp, boxes)
    assert read[0, 0, 0].tolist() == [[1.5, 3.5]] * 2


def test_roi_pool_takes_the_largest_of_each_cell_with_both_corners() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    boxes = torch.tensor([[[1.0, 1.0, 4.0, 4.0], [20.0, 20.0, 30.0, 30.0]]])
    read = made(RoIPool(2), image(1, 8, 8), sequence(2, 4))(ramp, boxes)
    assert read[0, :, 0].tolist() == [[[2.0, 4.0]] * 2, [[0.0, 0.0]] * 2]


def test_the_affine_map_that_changes_nothing_samples_the_image_itself() -> None:
    x, theta = torch.randn(1, 2, 5, 6), torch.tensor([[1.0, 0, 0, 0, 1, 0]])
    grid = answer(AffineGrid((5, 6)), theta)
    sampled = made(GridSample(), image(2, 5, 6), shape_of((5, 6, 2), Meaning.TENSOR))(x, grid)
    torch.testing.assert_close(sampled, x)


def test_l0_gates_close_wholly_and_cost_how_many_are_open() -> None:
    gate = made(L0Gate(), vector(4)).eval()
    with torch.no_grad():
        next(gate.parameters()).copy_(torch.tensor([9.0, 9.0, -9.0, -9.0]))
    y, penalty = gate(torch.ones(3, 4))
    assert y.tolist() == [[1.0, 1.0, 0.0, 0.0]] * 3
    assert penalty.tolist() == pytest.approx([2.0] * 3, abs=1e-2)


def test_a_shift_gives_what_came_before() -> None:
    x, first = torch.arange(4.0).view(1, 4, 1), torch.tensor([[-1.0]])
    assert answer(Shift(), x).flatten().tolist() == [0, 0, 1, 2]
    assert made(Shift(2), sequence(4, 1), vector(1))(x, first).flatten().tolist() == [-1, -1, 0, 1]


def test_padding_changes_nothing_of_what_a_masked_lstm_reads() -> None:
    x, mask = torch.randn(1, 6, 3), torch.tensor([[1, 1, 1, 1, 0, 0]])
    block = LSTM(5, bidirectional=True)
    padded = compiled(_masked(block))
    y, h = padded(x, mask)
    alone, alone_h = padded(x[:, :4], mask[:, :4])
    torch.testing.assert_close(y[:, :4], alone)
    torch.testing.assert_close(h, alone_h)
    assert not y[:, 4:].any()


def _masked(block: LSTM) -> Graph:
    g = Sketch()
    x, mask = g.input("x", sequence(6, 3)), g.input("mask", tokens(6, 2))
    y, h, _ = g.add(block, x, mask=mask, name="lstm")
    g.output("y", y)
    g.output("h", h)
    return g.graph()


def test_the_drawn_transformer_has_the_parameters_of_torchs() -> None:
    ours = made(Transformer(2, 2, 1, 16), sequence(6, 8), sequence(4, 8))
    torchs = nn.Transformer(8, 2, 2, 1, 16, batch_first=True)
    theirs = {f"node.{name}": parameter.shape for name, parameter in torchs.named_parameters()}
    assert {name: parameter.shape for name, parameter in ours.named_parameters()} == theirs


@pytest.mark.parametrize("causal", [False, True])
def test_attention_takes_nothing_from_steps_that_only_fill_a_row(causal: bool) -> None:
    x, mask = torch.randn(1, 5, 8), torch.tensor([[1, 1, 1, 0, 0]])
    network = made(TransformerEncoderLayer(2, 16, causal=causal), sequence(5, 8), tokens(5, 2)).eval()
    other = x.clone()
    other[:, 3:] += 1.0
    torch.testing.assert_close(network(x, mask)[:, :3], network(other, mask)[:, :3])
