"""Layers whose one matrix works both ways, and the nodes that share it."""

from __future__ import annotations

import pytest
import torch

from blocks.block import Block
from blocks.check import check
from blocks.graph import Graph, Node
from blocks.measure import measure
from blocks.shape import Shape, sequence, tokens, vector
from blocks.tied import Bias, TiedEmbedding, TiedLinear
from blocks.zoo.drawing import Drawing
from tests.vocabulary.rows import compiled


def coded_and_decoded(lender: str) -> Graph:
    d = Drawing()
    code = d.below("code", TiedLinear(5, 3), d.begin("x", vector(5)))
    d.end("y", d.below("back", TiedLinear(5, 3), code=code))
    if lender:
        d.share("back", lender)
    return d.graph()


def test_a_shared_matrix_counts_once_and_works_both_times() -> None:
    shared, apart = check(coded_and_decoded("code")), check(coded_and_decoded(""))
    assert not shared.errors
    assert (shared.parameters, apart.parameters) == (15, 30)
    assert shared.macs == apart.macs == 30


def test_what_comes_back_went_through_the_transposed_matrix() -> None:
    network, x = compiled(coded_and_decoded("code")), torch.randn(2, 5)
    [w] = network.state_dict().values()
    torch.testing.assert_close(network(x), x @ w.T @ w)


def test_only_a_matrix_of_the_same_sizes_is_shared() -> None:
    graph = coded_and_decoded("code")
    other = graph.with_node("back", Node(TiedLinear(6, 3), shares="code"))
    [problem] = check(other).errors
    assert problem.setting == "shares"


@pytest.mark.parametrize(
    ("block", "inputs", "expected"),
    [
        (TiedLinear(5, 3), (None, None), "a wire at one of its ports x and code"),
        (TiedLinear(5, 3), (vector(5), vector(3)), "a wire at one of its ports x and code"),
        (TiedLinear(5, 3), (vector(4), None), "its in_features of 5"),
        (TiedLinear(5, 3), (None, sequence(2, 4)), "its out_features of 3"),
        (TiedEmbedding(9, 4), (tokens(3, 10),), "numbers below its num_embeddings of 9"),
        (TiedEmbedding(9, 4), (sequence(3, 5),), "its embedding_dim of 4"),
    ],
)
def test_what_does_not_fit_is_told(block: Block, inputs: tuple[Shape | None, ...], expected: str) -> None:
    problem = measure(Node(block), inputs).problem
    assert problem is not None
    assert problem.expected == expected


def test_a_bias_is_the_same_at_every_step() -> None:
    nodes = Drawing()
    nodes.end("y", nodes.below("b", Bias(), nodes.begin("x", sequence(4, 3))))
    network = compiled(nodes.graph())
    with torch.no_grad():
        network.get_parameter("b.bias").copy_(torch.tensor([1.0, 2.0, 3.0]))
    torch.testing.assert_close(network(torch.zeros(1, 4, 3))[0, 2], torch.tensor([1.0, 2.0, 3.0]))
