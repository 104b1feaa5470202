"""The inputs through which a block says that no gradient goes back: none does, for who learns is told by them."""

from __future__ import annotations

import pytest

from blocks.block import Block
from tests.blocks import oracle

STOPPING = [kind for kind in oracle.RUNS_ALONE if kind.stops]


def test_the_blocks_that_stop_gradients_are_known() -> None:
    names = {kind.kind() for kind in STOPPING}
    assert {"Detach", "ArgMax", "Constant", "Noise", "RandomLabels", "RandomTimes", "Distillation"} <= names
    assert all(set(kind.stops) <= {port.name for port in kind.inputs} for kind in STOPPING)


@pytest.mark.parametrize("kind", STOPPING, ids=lambda kind: kind.kind())
def test_no_gradient_goes_back_where_a_block_says_so(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        given = oracle.batch(case)
        floats = [tensor.requires_grad_() for tensor in given if tensor.is_floating_point()]
        results = [result for result in oracle.run(oracle.built(case), given) if result.requires_grad]
        if results:
            sum(result.sum() for result in results).backward()  # type: ignore[union-attr]
        ports = [port.name for (port, _, _), tensor in zip(case.fed, given, strict=True) if tensor.grad is not None]
        assert set(ports).isdisjoint(kind.stops), str(case)
        assert floats or not ports
