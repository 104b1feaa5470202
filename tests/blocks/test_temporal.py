"""Units over signals: that no step sees a later one, and the weights and sums of the papers."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from blocks.block import Block
from blocks.graph import Node
from blocks.measure import measure
from blocks.shape import Meaning, Shape, shape_of
from blocks.temporal import CausalConv1d, TemporalBlock, WaveNetLayer
from tests.blocks import oracle


def signal(channels: int, steps: int = 16) -> Shape:
    return shape_of((channels, steps), Meaning.SIGNAL)


def parameters(block: Block, channels: int) -> int:
    return measure(Node(block), (signal(channels),)).parameters


def first(model: nn.Module, x: Tensor) -> Tensor:
    return oracle.run(model, [x])[0]


def changed(block: Block, step: int) -> list[int]:
    """The steps of the result that a change at one step of the input reaches."""
    model = oracle.made(block, signal(4)).eval()
    x = torch.randn(1, 4, 16)
    other = x.clone()
    other[..., step] += 10.0
    moved = (first(model, x) - first(model, other)).abs().amax((0, 1)) > 1e-7
    return [int(i) for i in moved.nonzero()]


@pytest.mark.parametrize(
    "block", [CausalConv1d(4, 3, 2), WaveNetLayer(4, 4, 2, 4), TemporalBlock(4, 3, 2)], ids=lambda b: b.kind()
)
def test_no_step_sees_a_later_one(block: Block) -> None:
    assert min(changed(block, 6)) == 6


def test_a_causal_convolution_sees_as_many_steps_as_its_kernel_a_dilation_apart() -> None:
    assert changed(CausalConv1d(4, 3, 4), 3) == [3, 7, 11]


def test_a_wavenet_layer_gates_a_dilated_convolution_and_gives_it_on_twice() -> None:
    model, x = oracle.made(WaveNetLayer(6, 5, 2, 4), signal(4)).eval(), torch.randn(2, 4, 16)
    w = {name.removeprefix(f"{oracle.NODE}."): tensor for name, tensor in model.state_dict().items()}

    def conv(x: Tensor, name: str, dilation: int = 1) -> Tensor:
        return F.conv1d(x, w[f"{name}.weight"], w[f"{name}.bias"], dilation=dilation)

    padded = F.pad(x, (4, 0))
    z = torch.tanh(conv(padded, "filter", 4)) * torch.sigmoid(conv(padded, "gate", 4))
    torch.testing.assert_close(model(x), (x + conv(z, "residual"), conv(z, "skip_conv")))


def test_a_wavenet_layer_has_the_weights_of_its_four_convolutions() -> None:
    assert parameters(WaveNetLayer(32, 64), 16) == 2 * (2 * 16 * 32 + 32) + (32 * 16 + 16) + (32 * 64 + 64)


def test_the_convolutions_of_a_temporal_block_are_weight_normalized_and_its_shortcut_is_not() -> None:
    layers = (3 * 4 * 8 + 8 + 8) + (3 * 8 * 8 + 8 + 8)  # kernels, a length for each, biases
    assert parameters(TemporalBlock(8), 4) == layers + (4 * 8 + 8)
    assert parameters(TemporalBlock(8, weight_norm=False), 4) == layers - 16 + (4 * 8 + 8)
    assert parameters(TemporalBlock(8), 8) == 2 * (3 * 8 * 8 + 8 + 8)  # nothing to project


def test_a_temporal_block_ends_in_the_activation_of_its_sum() -> None:
    model, x = oracle.made(TemporalBlock(4), signal(4)).eval(), torch.randn(2, 4, 16)
    held = model.get_submodule(f"{oracle.NODE}.conv2")
    for parameter in held.parameters():
        torch.nn.init.zeros_(parameter)
    held.get_parameter("parametrizations.weight.original1").data.fill_(1.0)  # a direction, of length 0
    torch.testing.assert_close(model(x), F.relu(x))
