"""Every block on odd inputs, of one channel, of length 1, far from square, and in bfloat16, forward and backward."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from blocks.block import Block
from blocks.shape import Meaning, Shape, image, sequence, shape_of, tokens, vector
from tests.blocks import oracle

every_layer = pytest.mark.parametrize("kind", list(oracle.RUNS_ALONE), ids=lambda kind: kind.kind())
ODD: dict[Meaning, tuple[Shape, ...]] = {
    Meaning.IMAGE: (image(1, 1, 1), image(1, 9, 2), image(8, 1, 13), image(3, 17, 17)),
    Meaning.SIGNAL: (shape_of((1, 1), Meaning.SIGNAL), shape_of((8, 1), Meaning.SIGNAL)),
    Meaning.VOLUME: (shape_of((1, 1, 1, 1), Meaning.VOLUME), shape_of((4, 1, 6, 3), Meaning.VOLUME)),
    Meaning.VECTOR: (vector(1), vector(7)),
    Meaning.SEQUENCE: (sequence(1, 1), sequence(1, 8), sequence(7, 1)),
    Meaning.TOKENS: (tokens(1, 2), tokens(1, 11)),
}


def odd(kind: type[Block]) -> list[oracle.Case]:
    """The block as it is in the palette, on odd inputs of every meaning that it takes."""
    shapes = [shape for meaning in kind.inputs[0].meanings for shape in ODD.get(meaning, ())]
    return [oracle.Case(kind(), oracle.alike(kind, shape)) for shape in shapes]


def learn(case: oracle.Case, dtype: torch.dtype) -> tuple[Tensor, ...]:
    """The results in a precision, after a step backwards through all of them that have a gradient."""
    module = oracle.built(case).to(dtype)
    # their copies follow from leaves, so that every result that depends on what is given has a gradient
    given = [t.to(dtype).requires_grad_().clone() if t.is_floating_point() else t for t in oracle.batch(case)]
    results = oracle.run(module, given)
    learnt = [result.float().sum() for result in results if result.requires_grad]
    if learnt:
        torch.stack(learnt).sum().backward()
    return results


def promised(case: oracle.Case) -> list[tuple[int, ...]]:
    size = () if case.block.batchless else (oracle.BATCH,)
    return [(*size, *shape.sizes) for shape in case.row.outputs if shape]


@every_layer
def test_odd_inputs_pass_through_and_back_or_are_refused_in_words(kind: type[Block]) -> None:
    for case in odd(kind):
        if case.row.problem is not None:
            assert case.row.problem.expected, str(case)
            continue
        assert [tuple(r.shape) for r in learn(case, torch.float32)] == promised(case), str(case)


@every_layer
def test_it_learns_in_bfloat16(kind: type[Block]) -> None:
    case = oracle.fitting(kind)[0]
    try:
        results = learn(case, torch.bfloat16)
    except RuntimeError as error:
        if "not implemented for 'BFloat16'" not in str(error):
            raise
        pytest.skip(f"torch on a processor: {error}")
    assert [tuple(r.shape) for r in results] == promised(case), str(case)
    assert {r.dtype for r in results if r.requires_grad} <= {torch.bfloat16}, str(case)
