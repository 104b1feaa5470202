"""The nine promises of a block, kept by every block in the catalogue: what is registered is tested."""

from __future__ import annotations

import json
import re

import pytest
import torch

from blocks.block import Block, Change
from blocks.catalogue import CATALOGUE
from tests.blocks import oracle

every_block = pytest.mark.parametrize("kind", list(CATALOGUE), ids=lambda kind: kind.kind())
every_layer = pytest.mark.parametrize("kind", list(oracle.RUNS_ALONE), ids=lambda kind: kind.kind())


@every_layer
def test_it_fits_at_least_one_example(kind: type[Block]) -> None:
    assert oracle.fitting(kind)


@every_layer
def test_shape_and_dtype_equal_torchs_output(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        with torch.no_grad():
            results = oracle.run(oracle.built(case), oracle.batch(case))
        size = () if kind.batchless else (oracle.BATCH,)
        promised = [((*size, *shape.sizes), f"torch.{shape.dtype}") for shape in case.row.outputs if shape]
        assert [(tuple(r.shape), str(r.dtype)) for r in results] == promised, str(case)


@every_layer
def test_parameters_and_buffers_equal_torchs_names_and_sizes(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        module = oracle.built(case)
        trained = {name: tuple(p.shape) for name, p in module.named_parameters()}
        kept = {name: tuple(b.shape) for name, b in module.named_buffers()}
        prefix = f"{oracle.NODE}."
        assert oracle.expected_sizes(case.block, case.row, prefix, "all_parameters") == trained, str(case)
        assert oracle.expected_sizes(case.block, case.row, prefix, "all_buffers") == kept, str(case)


@every_layer
def test_parameters_and_statistics_are_counted_as_torch_holds_them(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        module = oracle.built(case)
        assert case.row.parameters == sum(p.numel() for p in module.parameters()), str(case)
        # a counter such as num_batches_tracked is no statistic
        assert case.row.buffers == sum(b.numel() for b in module.buffers() if b.dim()), str(case)


@every_layer
def test_macs_equal_an_independent_count(kind: type[Block]) -> None:
    if kind.batchless:
        return  # what judges a batch is no part of a network, whose cost is counted
    for case in oracle.fitting(kind):
        assert case.row.macs == oracle.counted_macs(case), str(case)


@every_block
def test_settings_survive_the_file(kind: type[Block]) -> None:
    blocks = [case.block for case in oracle.attempts(kind)] if kind.kind() in oracle.RUNS_ALONE else [kind()]
    for block in blocks:
        assert CATALOGUE.make(kind.kind(), json.loads(json.dumps(block.stored()))) == block


@every_layer
def test_printed_text_survives_the_file(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        graph = case.graph()
        assert oracle.text_from_file(graph) == oracle.text_of(graph), str(case)


@every_layer
def test_a_setting_at_its_bound_fits_or_is_unfit(kind: type[Block]) -> None:
    for case in oracle.attempts(kind):
        problem = case.row.problem
        if problem is None:
            continue
        assert problem.expected, str(case)
        assert problem.received, str(case)
        for change in (r for r in problem.remedies if isinstance(r, Change)):
            assert case.block.with_settings(**change.settings) != case.block, str(case)


@every_layer
def test_gradients_reach_every_parameter(kind: type[Block]) -> None:
    for case in oracle.fitting(kind):
        module = oracle.built(case)
        if not list(module.parameters()):
            continue
        results = [r for r in oracle.run(module, oracle.batch(case)) if r.requires_grad]
        torch.stack([(r * torch.rand_like(r)).sum() for r in results]).sum().backward()
        assert [name for name, p in module.named_parameters() if p.grad is None] == [], str(case)


@every_layer
def test_two_runs_with_one_seed_agree(kind: type[Block]) -> None:
    for case in oracle.fitting(kind)[:3]:
        once, again = (oracle.run(oracle.built(case, seed=3), oracle.batch(case)) for _ in range(2))
        for one, other in zip(once, again, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=True)


@every_block
def test_it_says_what_it_is_with_its_shapes(kind: type[Block]) -> None:
    assert re.fullmatch(r".{10,}→.+[.:,;a-z)]", kind.summary()), kind.summary()
    assert kind.keywords
    assert kind.category


@every_block
def test_every_setting_says_what_it_does(kind: type[Block]) -> None:
    short = [name for name, setting in kind.settings.items() if len(setting.doc) < 5 or setting.doc[-1] not in ".;"]
    assert short == []
