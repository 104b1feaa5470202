"""Part of a network as code: it runs, and does what the nodes do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from blocks.check import Checked, check
from runtime.excerpt import NoCode, excerpt
from runtime.file import open_design

SAMPLES = Path(__file__).parents[2] / "samples"


def checked(sample: str) -> Checked:
    design = open_design(SAMPLES / f"{sample}.json")
    (graph,) = design.networks.values()
    return check(graph, design.networks)


def made(text: str) -> torch.nn.Module:
    names: dict[str, type[torch.nn.Module]] = {"__name__": "copied"}  # type: ignore[dict-item]
    exec(compile(text, "copied", "exec"), names)
    return names["Excerpt"]()


def test_a_part_takes_what_came_from_outside_and_gives_what_goes_there() -> None:
    model = made(excerpt(checked("resnet_digits"), ["conv1", "norm1", "relu1"]))
    assert model(torch.zeros(2, 24, 8, 8)).shape == (2, 24, 8, 8)
    assert [name for name, _ in model.named_children()] == ["conv1", "norm1", "relu1"]


def test_a_join_with_both_its_branches_left_outside_takes_two() -> None:
    model = made(excerpt(checked("resnet_digits"), ["add", "relu2", "stage1"]))
    assert model(torch.zeros(2, 24, 8, 8), torch.zeros(2, 24, 8, 8)).shape == (2, 24, 8, 8)


def test_results_that_are_read_twice_outside_leave_once() -> None:
    model = made(excerpt(checked("resnet_digits"), ["stem"]))
    assert model(torch.zeros(1, 1, 8, 8)).shape == (1, 24, 8, 8)


def test_a_whole_network_is_its_own_class() -> None:
    whole = checked("lenet_digits")
    model = made(excerpt(whole, list(whole.graph.nodes)))
    assert sum(p.numel() for p in model.parameters()) == whole.parameters


def test_what_is_not_known_yet_is_said() -> None:
    whole = checked("lenet_digits")
    graph = whole.graph.with_wires(w for w in whole.graph.wires if w.target != "conv1")
    with pytest.raises(NoCode, match=r"conv1 has nothing connected"):
        excerpt(check(graph), ["conv1"])
    with pytest.raises(NoCode, match=r"relu1 gives is not known yet"):
        excerpt(check(graph), ["pool1"])
