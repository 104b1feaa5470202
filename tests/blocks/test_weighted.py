"""Weights normalized by weight or spectral norm: one setting that every layer with weights has."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.composite import Sketch
from blocks.convolution import Conv2d
from blocks.graph import Node
from blocks.linear import Linear
from blocks.measure import measure
from blocks.shape import image, vector
from blocks.transposed import ConvTranspose2d
from blocks.weighted import Weighted
from runtime.pasted import read
from runtime.source import print_networks
from tests.blocks.oracle import made

WEIGHTED = [kind for kind in CATALOGUE if issubclass(kind, Weighted)]


def test_the_setting_stands_after_a_blocks_own_and_is_given_by_name() -> None:
    for kind in WEIGHTED:
        shared = [*Weighted.settings]
        assert "parametrization" in shared
        assert [*kind.settings][-len(shared) :] == shared, kind.kind()
    assert Linear(7, False).parametrization == "none"


def test_every_kind_of_convolution_and_linear_layer_has_it() -> None:
    names = {kind.kind() for kind in WEIGHTED}
    assert names >= {"Conv1d", "DepthwiseConv3d", "ConvTranspose2d", "Linear", "Bilinear", "LocallyConnected2d"}


def test_weight_norm_learns_a_length_for_every_kernel() -> None:
    found = measure(Node(Conv2d(8, 3, parametrization="weight_norm")), (image(4, 6, 6),))
    assert found.parameters == 8 * 4 * 9 + 8 + 8


def test_weight_norm_begins_with_the_weights_that_there_would_be() -> None:
    x = torch.randn(2, 5)
    plain, normed = (made(Linear(7, parametrization=norm), vector(5)) for norm in ("none", "weight_norm"))
    torch.testing.assert_close(normed(x), plain(x))


@pytest.mark.parametrize("block", [Conv2d(8, 3), Linear(7), ConvTranspose2d(6)])
def test_spectral_norm_holds_the_greatest_gain_at_one(block: Block) -> None:
    x = vector(5) if isinstance(block, Linear) else image(4, 6, 6)
    network = made(block.with_settings(parametrization="spectral_norm"), x)
    weight = network.get_submodule("node").weight
    assert isinstance(weight, Tensor)
    rows = weight.transpose(0, 1) if isinstance(block, ConvTranspose2d) else weight
    assert torch.linalg.matrix_norm(rows.flatten(1), ord=2).item() == pytest.approx(1.0, abs=0.15)


def test_it_is_printed_around_the_layer_once_for_all_copies_and_read_back() -> None:
    g = Sketch()
    end = g.add(
        Conv2d(4, 3, padding=1, parametrization="spectral_norm"), g.input("x", image(4, 6, 6)), name="conv", repeat=2
    )
    g.output("y", g.add(Conv2d(2, 1, parametrization="weight_norm"), end, name="last"))
    text = print_networks("net", {"net": g.graph()}).text
    copies = "nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 4, 3, padding=1)) for _ in range(2)"
    assert copies in " ".join(text.split())
    assert "self.last = nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 2, 1))" in text
    blocks = [node.block for node in read(text).graph.nodes.values()]
    norms = [block.parametrization for block in blocks if isinstance(block, Conv2d)]
    assert norms == ["spectral_norm", "spectral_norm", "weight_norm"]
