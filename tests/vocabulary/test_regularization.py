"""Rows R01-R09 of the vocabulary: regularisers and initial values, with the numbers of each row."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from blocks.activation import ReLU, Step
from blocks.block import Block
from blocks.composite import Sketch
from blocks.convolution import Conv2d, DepthwiseConv2d
from blocks.cost import share_text, summary
from blocks.embedding import Embedding
from blocks.gate import L0Gate, L1Gate
from blocks.graph import Graph
from blocks.linear import Linear
from blocks.loss import CrossEntropy
from blocks.normalization import BatchNorm1d, LayerNorm
from blocks.recurrent import GRU, LSTM, RNN
from blocks.recurrent_kinds import GatedGRU, GatedLSTM
from blocks.regularization import Dropout
from blocks.reshape import Flatten
from blocks.shape import Shape, image, labels, sequence, tokens, vector
from blocks.transposed import ConvTranspose2d
from blocks.zoo.perceptron import Perceptron
from runtime.carried.loop import decaying
from runtime.compression import in_eight_bits, packed, pruned, restored, smaller, sparsity
from runtime.design import Design
from runtime.model import compiled as program_of
from runtime.optimizer import AdamW
from runtime.recipe import Recipe
from runtime.script import print_training
from runtime.source import print_networks
from tests.blocks.oracle import made
from tests.blocks.test_in_time import network, printed
from tests.make_samples import xor_mlp
from tests.vocabulary.rows import IMAGENET, chain, chained, compiled, vgg16


def test_R01_inverted_dropout_keeps_the_expectation_and_is_off_afterwards() -> None:
    network = made(Dropout(0.2), vector(1000))
    torch.manual_seed(0)
    ones = torch.ones(1000, 1000)
    dropped = network.train()(ones)
    assert dropped.mean().item() == pytest.approx(1, abs=0.005)
    assert dropped.unique().tolist() == [0, 1.25]
    assert torch.equal(network.eval()(ones), ones)


def test_R01_in_a_printed_network_what_is_dropped_is_drawn_anew_and_its_gradient_scaled_alike() -> None:
    network = compiled(chained(vector(1000), Dropout(0.2))).train()
    ones = torch.ones(1000, 1000, requires_grad=True)
    torch.manual_seed(0)
    first, second = network(ones), network(ones)
    assert not torch.equal(first, second)
    first.sum().backward()
    assert ones.grad is not None
    torch.testing.assert_close(ones.grad, first.detach())  # 0 where it was dropped, else 1 / 0.8
    assert ones.grad.mean().item() == pytest.approx(1, abs=0.005)
    assert torch.equal(network.eval()(ones), ones)


def test_R02_biases_and_normalizations_are_left_out_of_the_weight_decay_on_request() -> None:
    network = compiled(chained(vector(4), Linear(6), BatchNorm1d(), ReLU(), Linear(2)))
    before = {name: p.clone() for name, p in network.named_parameters()}
    optimizer = torch.optim.SGD(decaying(network), lr=0.1, weight_decay=0.5)
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    moved = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert moved == {"linear.weight", "linear2.weight"}
    weight = network.get_parameter("linear.weight")
    torch.testing.assert_close(weight, before["linear.weight"] * (1 - 0.1 * 0.5))


def test_R02_layer_normalizations_of_several_axes_do_not_decay_either() -> None:
    network = compiled(chained(image(2, 3, 3), LayerNorm(3), Conv2d(2)))
    sizes = [[tuple(p.shape) for p in group["params"]] for group in decaying(network)]
    assert sizes == [[(2, 2, 3, 3)], [(2, 3, 3), (2, 3, 3), (2,)]]


def xor(**settings: object) -> Design:
    """The XOR sample under other settings of its optimizer."""
    design = xor_mlp()
    [phase] = design.training
    assert isinstance(phase.plan, Recipe)
    plan = phase.plan.with_settings(optimizer=AdamW(lr=0.05).with_settings(**settings))
    return replace(design, training=(replace(phase, plan=plan),))


def test_R02_the_training_script_has_the_groups_only_where_they_are_asked_for() -> None:
    plain = print_training(xor()).text
    assert "decaying" not in plain
    spared = xor(weight_decay=0.1, decay_all=False)
    text = print_training(spared).text
    assert 'decaying(networks["MLP"]), lr=LEARNING_RATE, weight_decay=0.1' in text
    script = program_of(spared).script
    networks = script.build()
    [optimizer] = script.PHASES[0].optimizers(networks).values()
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.1, 0.0]
    assert [len(group["params"]) for group in optimizer.param_groups] == [2, 2]
    assert "decaying" not in print_training(xor(weight_decay=0.0, decay_all=False)).text


def gates(kind: type[Block], cost: float) -> Tensor:
    """The gates of 32 features, of which four are wanted whole and the others little, after some training."""
    g = Sketch()
    opened, penalty = g.add(kind(), g.input("x", vector(32)))
    g.output("y", opened)
    g.output("cost", penalty)
    network, x = compiled(g.graph()), torch.randn(256, 32, generator=torch.Generator().manual_seed(0))
    wanted = x * torch.where(torch.arange(32) < 4, 1.0, 0.5)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    torch.manual_seed(0)
    for _ in range(300):
        y, penalty = network(x)
        optimizer.zero_grad()
        ((y - wanted).pow(2).mean() + cost * penalty.mean()).backward()
        optimizer.step()
    with torch.no_grad():
        return torch.as_tensor(network.eval()(torch.ones(1, 32))[0][0])


@pytest.mark.parametrize("kind, cost", [(L1Gate, 0.04), (L0Gate, 0.015)])
def test_R03_norm_penalties_raise_the_share_of_zeros(kind: type[Block], cost: float) -> None:
    free, bound = gates(kind, 0.0), gates(kind, cost)
    closed = [(gate[4:].abs() < 0.05).float().mean().item() for gate in (free, bound)]
    assert closed[1] > max(0.9, closed[0])
    assert (bound[:4] > 0.3).all(), "what is worth its cost stays open"
    assert sparsity({"gate": (bound.abs() > 0.05).float()[None].numpy()}) == pytest.approx(28 / 32, abs=0.1)


def test_R04_label_smoothing_makes_certainty_cost() -> None:
    scores = torch.tensor([[2.0, 1.0, 0.0]])
    losses = []
    for smoothing in (0.0, 0.1):
        loss = made(CrossEntropy(label_smoothing=smoothing), vector(3), labels(3))
        losses.append(loss(scores, torch.tensor([0])).item())
    assert losses == pytest.approx([0.40761, 0.50761], abs=5e-6)
    [recipe] = [phase.plan for phase in xor_mlp().training]
    assert "label_smoothing" in recipe.loss.settings  # type: ignore[union-attr]


def test_R04_smoothed_over_1000_classes_the_true_one_is_to_be_9001_and_the_others_1_in_10000() -> None:
    scores = torch.zeros(1, 1000, requires_grad=True)
    loss = made(CrossEntropy(label_smoothing=0.1), vector(1000), labels(1000))(scores, torch.tensor([3]))
    loss.sum().backward()
    assert scores.grad is not None
    wanted = 1 / 1000 - scores.grad[0]  # the gradient is what is told less what is wanted
    assert wanted[3].item() == pytest.approx(0.9001, abs=1e-6)
    assert wanted[:3].tolist() == pytest.approx([0.0001] * 3, abs=1e-6)


@pytest.mark.parametrize("bias, openness", [(1.0, 0.7311), (2.0, 0.8808)])
def test_R05_the_forget_gate_begins_open(bias: float, openness: float) -> None:
    network = made(GatedLSTM(8, forget_bias=bias), sequence(5, 4))
    [gates] = [p for name, p in network.named_parameters() if name.endswith("bias")]
    second = gates.detach()[8:16]
    assert torch.sigmoid(second).tolist() == pytest.approx([openness] * 8, abs=5e-5)
    torchs = made(LSTM(8, forget_bias=bias), sequence(5, 4))
    both = [p.detach()[8:16] for name, p in torchs.named_parameters() if "bias" in name]
    assert len(both) == 2
    assert torch.sigmoid(both[0] + both[1]).tolist() == pytest.approx([openness] * 8, abs=5e-5)


@pytest.mark.parametrize("bias, openness", [(1.0, 0.7311), (2.0, 0.8808)])
@pytest.mark.parametrize("kind", [LSTM, GatedLSTM])
def test_R05_at_zero_input_so_much_of_a_cell_is_kept_for_a_step(
    kind: type[Block], bias: float, openness: float
) -> None:
    """c' = f · c + i · g: what a cell of 1 leaves more behind than one of 0 is the forget gate itself."""
    block = kind(hidden_size=3, forget_bias=bias)
    layer = printed({"Net": network(block, "h0", "c0")})
    zero, state = torch.zeros(1, 5, 4), torch.zeros(1, 3)
    with torch.no_grad():
        kept = [layer(zero[:, :1], state, cell)[2] for cell in (torch.ones(1, 3), state)]
    assert (kept[0] - kept[1]).flatten().tolist() == pytest.approx([openness] * 3, abs=5e-5)


def test_R05_every_layer_and_direction_begins_so_and_no_other_gate_does() -> None:
    network = made(LSTM(8, 2, bidirectional=True, forget_bias=2.0), sequence(5, 4))
    biases = {name: p.detach() for name, p in network.named_parameters() if "bias_ih" in name}
    assert len(biases) == 4
    for name, into in biases.items():
        gates = into + network.get_parameter(name.replace("bias_ih", "bias_hh")).detach()
        assert gates[8:16].tolist() == [2.0] * 8
        assert torch.cat([gates[:8], gates[16:]]).abs().max() <= 2 * 8**-0.5
    plain = made(LSTM(8), sequence(5, 4))
    half = [p.detach()[8:16] for name, p in plain.named_parameters() if "bias" in name]
    assert 0.3 < torch.sigmoid(sum(half)).mean() < 0.7, "torch's own begins about half open"  # type: ignore[arg-type]


WEIGHTED = {
    "convolution": (Conv2d, {"out_channels": 64}, image(32, 8, 8)),
    "transposed": (ConvTranspose2d, {"out_channels": 64}, image(32, 8, 8)),
    "linear": (Linear, {"out_features": 256}, vector(256)),
}


@pytest.mark.parametrize("kind, settings, x", WEIGHTED.values(), ids=list(WEIGHTED))
def test_R06_every_layer_begins_with_the_random_numbers_it_is_told(
    kind: type[Block], settings: dict[str, object], x: Shape
) -> None:
    block = kind(**settings, init="normal", init_scale=0.02)
    weight, bias = made(block, x).parameters()
    assert weight.std().item() == pytest.approx(0.02, rel=0.03)
    assert weight.mean().item() == pytest.approx(0, abs=1e-3)
    assert not bias.any()


RECURRENT: list[Block] = [
    RNN(64, init="normal", init_scale=0.02),
    GRU(64, 2, bidirectional=True, init="normal", init_scale=0.02),
    LSTM(64, forget_bias=1.0, init="normal", init_scale=0.02),
    GatedLSTM(64, peepholes=True, forget_bias=1.0, init="normal", init_scale=0.02),
    GatedGRU(64, init="normal", init_scale=0.02),
]


@pytest.mark.parametrize("block", RECURRENT, ids=str)
def test_R06_every_matrix_of_a_recurrent_layer_begins_so_and_its_biases_as_they_are(block: Block) -> None:
    network = made(block, sequence(5, 64))
    matrices = [p for p in network.parameters() if p.ndim > 1]
    assert [m.std().item() for m in matrices] == pytest.approx([0.02] * len(matrices), rel=0.05)
    if "forget_bias" in block.settings:
        gates = torch.stack([p.detach()[64:128] for name, p in network.named_parameters() if "bias" in name]).sum(0)
        assert gates.tolist() == [1.0] * 64


def test_R06_a_table_of_words_begins_so_but_for_what_fills_rows() -> None:
    table = made(Embedding(500, 64, padding_idx=3, init="uniform", init_scale=0.1), tokens(4, 500))
    [weight] = table.parameters()
    assert weight.abs().max().item() == pytest.approx(0.1, rel=0.01)
    assert not weight[3].any()
    assert weight.is_leaf
    assert weight.requires_grad


STARTS = [
    ("uniform", 0.1, 0.1 / 3**0.5),
    ("trunc_normal", 0.02, 0.02),
    ("xavier_normal", None, (2 / (128 + 256)) ** 0.5),
    ("xavier_uniform", None, (2 / (128 + 256)) ** 0.5),
    ("kaiming_normal", None, (2 / 128) ** 0.5),
    ("kaiming_uniform", None, (2 / 128) ** 0.5),
    ("orthogonal", None, (1 / 256) ** 0.5),
]


@pytest.mark.parametrize("init, scale, deviation", STARTS)
def test_R06_named_beginnings_have_the_deviation_of_their_papers(
    init: str, scale: float | None, deviation: float
) -> None:
    [weight] = made(Linear(256, bias=False, init=init, init_scale=scale), vector(128)).parameters()
    assert weight.std().item() == pytest.approx(deviation, rel=0.03)


def test_R06_one_seed_gives_one_beginning_and_another_another() -> None:
    graph = chained(vector(8), Linear(8, init="normal"), ReLU(), Linear(3, init="kaiming_normal"))
    first, again, other = (compiled(graph, seed).get_parameter("linear.weight") for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_R06_the_code_says_so_where_a_person_would() -> None:
    text = print_networks("net", {"net": chained(vector(8), Linear(3, init="normal", init_scale=0.02))}).text
    assert "nn.init.normal_(self.linear.weight, std=0.02)\n        nn.init.zeros_(self.linear.bias)" in text


def test_R06_all_copies_of_a_repeated_layer_begin_so() -> None:
    g = Sketch()
    end = g.add(Linear(64, init="constant", init_scale=0.5), g.input("x", vector(64)), name="fc", repeat=3)
    g.output("y", end)
    weights = [p for name, p in compiled(g.graph()).named_parameters() if name.endswith("weight")]
    assert [weight.unique().tolist() for weight in weights] == [[0.5]] * 3


def test_R07_a_perceptron_begins_with_small_random_weights() -> None:
    network = compiled(chained(vector(2), Linear(1, init="normal", init_scale=0.1), Step()), seed=3)
    weight, bias = network.parameters()
    assert 0 < weight.abs().max() < 0.5
    assert bias.item() == 0


def test_R07_so_does_that_of_the_template_and_a_seed_repeats_it() -> None:
    graph = Perceptron(inputs=64, outputs=8).networks()["Perceptron"].graph()
    first, again, other = (compiled(graph, seed).get_parameter("sum.weight") for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.abs().max() <= 64**-0.5, "small: torch's bound of one by the root of the inputs"
    assert len(first.unique()) == first.numel()
    assert first.mean().item() == pytest.approx(0, abs=0.02)


def test_R08_each_layers_share_of_the_parameters_is_shown() -> None:
    checked = chain(IMAGENET, *vgg16())
    fc1 = next(layer for layer in summary(checked) if layer.node == "linear")
    assert (fc1.parameters, checked.parameters) == (102_764_544, 138_357_544)
    assert share_text(fc1.share) == "74.3 %"


def pruned_file(folder: Path, share: float) -> tuple[Graph, str]:
    """A network of which a share was pruned, saved, and what was said of that."""
    graph = chained(image(3, 8, 8), Conv2d(32, init="normal"), ReLU(), DepthwiseConv2d(3), Flatten(), Linear(10))
    save_file(compiled(graph).state_dict(), folder / "whole.safetensors")
    data, told = smaller(folder / "whole.safetensors", share, False)
    (folder / "pruned.safetensors").write_bytes(data)
    return graph, told


def test_R09_pruning_zeroes_the_smallest_weights_and_shows_what_compression_makes_of_it(tmp_path: Path) -> None:
    graph, told = pruned_file(tmp_path, 0.9)
    found = re.fullmatch(
        r"90\.0% of .* zero; ([\d,]+) bytes \(before: ([\d,]+)\), ([\d,]+) compressed \(([\d,]+)\)", told
    )
    assert found is not None, told
    size, before, pressed, pressed_before = (int(n.replace(",", "")) for n in found.groups())
    assert size == before
    assert pressed < 0.3 * pressed_before
    network = compiled(graph)
    network.load_state_dict(load_file(tmp_path / "pruned.safetensors"))
    kept = torch.cat([p.flatten() for p in network.parameters() if p.ndim > 1])
    assert (kept == 0).float().mean().item() == pytest.approx(0.9, abs=0.001)
    assert all(p.any() for p in network.parameters() if p.ndim == 1 and p.numel() > 32), "biases stay"


def test_R09_only_the_smallest_go_and_nothing_else_changes() -> None:
    weights = {"w": np.array([[0.1, -2.0], [0.3, -0.2]], np.float32), "b": np.array([0.01], np.float32)}
    half = pruned(weights, 0.5)
    assert half["w"].tolist() == np.array([[0, -2.0], [0.3, 0]], np.float32).tolist()
    assert half["b"] is weights["b"]
    assert (sparsity(weights), sparsity(half)) == (0, 0.5)
    assert pruned(weights, 0.0) == weights


def test_R09_eight_bits_keep_each_output_within_half_a_step() -> None:
    weights = {"w": np.random.default_rng(0).normal(size=(4, 9)).astype(np.float32)}
    small = in_eight_bits(weights)
    steps = small["w.scale"][:, None]
    assert small["w"].dtype == np.int8
    assert (np.abs(restored(small)["w"] - weights["w"]) <= steps / 2 + 1e-7).all()
    assert len(packed(small)[0]) < len(packed(weights)[0])
