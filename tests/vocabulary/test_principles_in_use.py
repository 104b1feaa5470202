"""Rows P21-P28 of the vocabulary: what networks need and do in use, with the numbers of each row."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from blocks.activation import ReLU, Tanh
from blocks.cell import RNNCell
from blocks.check import check
from blocks.compare import compared
from blocks.composite import Sketch
from blocks.cost import summary, training_memory
from blocks.edits import share
from blocks.graph import Graph
from blocks.in_time import laid_out
from blocks.indexing import Select
from blocks.linear import Linear
from blocks.merge import Add
from blocks.pooling_global import GlobalAvgPool
from blocks.proportions import proportions
from blocks.recurrent import RNN, LastStep
from blocks.residual import InvertedResidual
from blocks.separable import SeparableConv2d
from blocks.shape import image, sequence, vector
from blocks.units import ConvUnit
from runtime.carried.int8 import load_int8
from runtime.cli import main
from runtime.compression import smaller
from runtime.design import Design
from runtime.file import save_design
from runtime.folding import fused
from runtime.latency import latency
from runtime.report import timed, totals
from tests.blocks.oracle import made
from tests.vocabulary.rows import IMAGENET, chain, chained, compiled, row, vgg16


def settled(graph: Graph) -> nn.Module:
    """A network whose batch normalizations have seen other means and deviations than 0 and 1."""
    network = compiled(graph).train()
    shape = check(graph).shape("x")
    assert shape is not None
    for _ in range(3):
        network(torch.randn(16, *shape.sizes) * 2 + 1)
    return network.eval()


def mobile() -> Graph:
    """A small network of ReLU6 units with shortcuts."""
    blocks = [ConvUnit(8, 3, 2, 1, activation="ReLU6"), InvertedResidual(8), InvertedResidual(12, stride=2)]
    return chained(image(3, 16, 16), *blocks, ConvUnit(24, 1, activation="ReLU6"), GlobalAvgPool(), Linear(10))


def test_P21_normalizations_fold_into_the_layers_before_and_the_answers_stay() -> None:
    network = settled(mobile())
    graph, weights = fused(check(mobile()), network.state_dict())
    kinds = {node.block.kind() for node in graph.nodes.values()}
    assert not any(kind.startswith("BatchNorm") for kind in kinds)
    smaller = compiled(graph).eval()
    smaller.load_state_dict(weights)
    x = torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(smaller(x), network(x), atol=1e-5, rtol=1e-5)


def test_P21_a_network_of_relu6_runs_in_eight_bits(tmp_path: Path) -> None:
    graph, weights = fused(check(mobile()), settled(mobile()).state_dict())
    whole = compiled(graph).eval()
    whole.load_state_dict(weights)
    save_file(weights, tmp_path / "whole.safetensors")
    (tmp_path / "int8.safetensors").write_bytes(smaller(tmp_path / "whole.safetensors", 0.0, True)[0])
    small = load_int8(compiled(graph), str(tmp_path / "int8.safetensors"))
    for module in small.modules():
        if isinstance(module, nn.ReLU6):  # from 0 to 6 in 255 steps, whatever comes in
            module.register_forward_hook(lambda _, __, y: torch.round(y * 255 / 6) * 6 / 255)
    x = torch.randn(64, 3, 16, 16)
    with torch.no_grad():
        wanted, found = whole(x), small(x)
    assert (wanted - found).abs().max() < 0.05 * wanted.abs().max()
    sizes = [(tmp_path / f"{name}.safetensors").stat().st_size for name in ("whole", "int8")]
    assert sizes[1] < 0.6 * sizes[0]


def test_P22_vgg_16_needs_527_8_mebibytes_for_its_weights_in_float32() -> None:
    checked = chain(IMAGENET, *vgg16())
    assert checked.parameters == 138_357_544
    assert training_memory(checked, 1).weights == 553_430_176
    told = totals(checked, 1)
    assert "553.4 MB (527.8 MiB) of weights in float32" in told


@pytest.mark.parametrize("features, weights, trained", [(6400, 172, 688), (9216, 218, 872)])
def test_P23_memory_of_weights_and_of_training_are_told_apart(features: int, weights: int, trained: int) -> None:
    memory = training_memory(chain(vector(features), Linear(4096), Linear(4096)), 1)
    assert round(memory.weights / 1e6) == weights
    assert (memory.parameters + memory.gradients + memory.optimizer) // 10**6 == pytest.approx(trained, abs=1)
    assert memory.total > memory.weights * 4


def test_P24_latency_is_measured_here_and_stands_beside_macs_and_results() -> None:
    found = latency({"net": mobile()}, "net", seconds=0.02)
    assert found.seconds > 0
    assert found.device == "cpu"
    line = timed(asdict(found))
    assert re.fullmatch(r"[\d.,]+ ms for one example on this computer's processor with \d+ threads? \(measured\)", line)
    assert "MACs (computed)" in totals(check(mobile()), 1)
    assert all(layer.activations >= 0 for layer in summary(check(mobile())))


def test_P25_global_average_pooling_learns_nothing_and_ignores_shifts() -> None:
    pool, last = made(GlobalAvgPool(), image(5, 7, 7)), torch.randn(2, 5, 7, 7)
    assert row(GlobalAvgPool(), image(5, 7, 7)).parameters == 0
    torch.testing.assert_close(pool(last.roll((2, 3), (2, 3))), pool(last))


def unrolled_steps(steps: int) -> Graph:
    """A recurrent layer laid out in time: every step a copy of one cell, all with the weights of the first."""
    g = Sketch()
    x = g.input("x", sequence(steps, 4))
    state = g.input("state", vector(8))
    for step in range(steps):
        seen = g.add(Linear(8, bias=False), g.add(Select(0, step), x), name=f"U{step}")
        kept = g.add(Linear(8, bias=False), state, name=f"W{step}")
        state = g.add(Tanh(), g.add(Add(), seen, kept), name=f"s{step}")
    g.output("y", state)
    graph = g.graph()
    for step in range(1, steps):
        graph = share(share(graph, f"U{step}", "U0"), f"W{step}", "W0")
    return graph


def test_P26_depth_in_time_is_the_number_of_steps_and_costs_no_weights() -> None:
    found = check(unrolled_steps(5))
    assert not found.errors
    assert sum(name.startswith("U") for name in found.graph.nodes) == 5
    assert found.parameters == row(RNN(8, bias=False), sequence(5, 4)).parameters == 8 * 4 + 8 * 8
    cell, folded = compiled(unrolled_steps(5)), made(RNN(8, bias=False), sequence(5, 4), vector(8))
    folded.load_state_dict(dict(zip(folded.state_dict(), cell.state_dict().values(), strict=True)))
    x, state = torch.randn(3, 5, 4), torch.randn(3, 8)
    torch.testing.assert_close(cell(x, state), folded(x, state)[1])


def test_P26_a_layer_laid_out_in_time_shows_a_copy_of_its_cell_for_each_step() -> None:
    g = Sketch()
    y, _ = g.add(RNN(8), g.input("x", sequence(7, 4)), name="rnn")
    g.output("y", g.add(Linear(2), g.add(LastStep(), y)))
    graph = g.graph()
    steps = laid_out(graph, "rnn", sequence(7, 4))
    cells = [name for name, node in steps.nodes.items() if isinstance(node.block, RNNCell)]
    assert (len(cells), [name for name in cells if not steps.nodes[name].shares]) == (7, ["rnn_0"])
    before, after = check(graph), check(steps)
    assert (after.errors, after.parameters, after.macs) == ((), before.parameters, before.macs)
    assert proportions(after).depth == proportions(before).depth + 6


def test_P26_depth_is_had_by_stacking_or_within_a_step() -> None:
    one, two = (row(RNN(8, num_layers=n), sequence(5, 4)) for n in (1, 2))
    assert two.parameters - one.parameters == 2 * 8 * 8 + 2 * 8
    within = chain(sequence(5, 4), Linear(8), ReLU(), Linear(8))
    assert proportions(within).depth == 2


def test_P27_a_recurrent_layer_is_a_dense_one_and_one_matrix_more() -> None:
    recurrent = row(RNN(32, bias=False), sequence(7, 16)).parameters
    assert recurrent - row(Linear(32, bias=False), vector(16)).parameters == 32 * 32


def test_P28_networks_are_compared_by_the_blocks_they_are_made_of() -> None:
    gated = InvertedResidual(16, 5, activation="Hardswish", squeeze_excite=4)
    versions = {
        "v1": chain(image(16, 8, 8), SeparableConv2d(16)),
        "v2": chain(image(16, 8, 8), InvertedResidual(16)),
        "v3": chain(image(16, 8, 8), gated),
    }
    found = compared(versions)
    assert found.names == ("v1", "v2", "v3")
    assert found.kinds["SeparableConv2d 3×3"] == ("1", "", "")
    assert found.kinds["InvertedResidual"][:2] == ("", "1")
    assert [found.kinds[kind] for kind in ("ReLU6", "Hardswish", "SqueezeExcite")] == [
        ("", "2", ""),
        ("", "", "2"),
        ("", "", "1"),
    ]
    assert found.kinds["DepthwiseConv2d 5×5"] == ("", "", "1")
    assert found.figures["parameters"] == tuple(f"{checked.parameters:,}" for checked in versions.values())


def test_P28_the_command_line_lists_them_side_by_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks = {"v1": chained(image(8, 8, 8), SeparableConv2d(8)), "v2": chained(image(8, 8, 8), InvertedResidual(8))}
    save_design(tmp_path / "mobile.json", Design(title="mobile", networks=networks))
    assert main(["compare", str(tmp_path / "mobile.json")]) == 0
    told = capsys.readouterr().out
    assert re.search(r"┃ +v1 ┃ +v2", told)
    assert re.search(r"SeparableConv2d 3×3 +│ +1 │ +\n", told)
