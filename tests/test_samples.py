"""The samples: up to date, lessons with a note, and every figure of theirs equal to torch's for the printed code."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from blocks.block import Block
from runtime.cli import main
from runtime.design import Design
from runtime.file import loads
from runtime.messages import Ended, Stepped
from runtime.model import network_class
from runtime.naming import attribute
from runtime.run import Run
from tests.make_samples import FOLDER, LESSONS, SAMPLES, TAUGHT, texts
from tests.taught import Taught

WANTED = {"xor_mlp": 1.0, "lenet_digits": 0.98} | {each.file: each.accuracy for each in LESSONS if each.data}
TRAINED = [sample.__name__ for sample in SAMPLES] + [each.file for each in LESSONS if each.data]
NAMES = [sample.__name__ for sample in SAMPLES] + [each.file for each in LESSONS] + [each.file for each in TAUGHT]


def file_of(name: str) -> Path:
    return FOLDER / f"{name}.json"


def design_of(name: str) -> Design:
    return loads(file_of(name).read_text(encoding="utf-8"), name=name)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What the command line prints as JSON."""
    assert main(list(words)) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def ran(module: nn.Module, *entrances: torch.Tensor) -> tuple[dict[str, tuple[int, ...]], int]:
    """The shape that each direct submodule gives, and the MACs, as torch counts them."""
    shapes: dict[str, tuple[int, ...]] = {}

    def noting(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def note(_: nn.Module, __: Any, result: Any) -> None:
            tensor = result[0] if isinstance(result, tuple) else result
            shapes[name] = tuple(tensor.shape[1:])

        return note

    hooks = [child.register_forward_hook(noting(name)) for name, child in module.named_children()]
    with warnings.catch_warnings(), FlopCounterMode(display=False) as counter, torch.no_grad():
        warnings.simplefilter("ignore")  # torch warns of graphics cards that are not there
        # The counter knows products of matrices, not torch's fused LSTM; unfused, it counts one.
        with torch.backends.mkldnn.flags(enabled=False):
            module.eval()(*entrances)
    for hook in hooks:
        hook.remove()
    return shapes, counter.get_total_flops() // 2


def repeated(block: Block) -> bool:
    """Whether a network is used at every step, whose module sees each of them as an example."""
    return "over_time" in block.settings and bool(block.value("over_time"))


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_what_make_samples_draws(name: str) -> None:
    assert file_of(name).read_text(encoding="utf-8") == texts()[f"{name}.json"]


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_a_lesson_with_a_place_for_every_node(name: str) -> None:
    design = design_of(name)
    for network, graph in design.networks.items():
        assert design.layout[network].keys() == graph.nodes.keys()
        assert design.notes[network][0].text.startswith("# ")
        places = list(design.layout[network].values())
        assert len(set(places)) == len(places)
        assert all(design.layout[network][w.source][1] < design.layout[network][w.target][1] for w in graph.wires)


@pytest.mark.parametrize("name", NAMES)
def test_check_finds_nothing_wrong(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "check", str(file_of(name)), "--json")["diagnostics"] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_of_the_summary_is_torchs(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    networks = told(capsys, "summary", str(file_of(name)), "--json")["networks"]
    design = design_of(name)
    for network, graph in design.networks.items():
        facts, module = networks[network], network_class(design.networks, network)()
        entrances = (graph.block(name).shape() for name in graph.inputs())
        shapes, macs = ran(module, *(torch.zeros(1, *x.sizes, dtype=getattr(torch, x.dtype)) for x in entrances))
        statistics = sum(b.numel() for b in module.buffers() if b.dim())
        assert facts["parameters"] == sum(p.numel() for p in module.parameters())
        assert facts["parameters_total"] == facts["parameters"] + statistics
        assert facts["macs"] == sum(node["macs"] for node in facts["nodes"].values())
        assert facts["macs"] == macs
        once = [node for node in graph.nodes if not repeated(graph.block(node))]
        named = {attribute(node): tuple(facts["nodes"][node]["shape"]) for node in once}
        assert {name: named[name] for name in shapes if name in named} == {
            n: s for n, s in shapes.items() if n in named
        }
        assert shapes


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_a_sample_trains_to_what_it_promises(name: str, tmp_path: Path) -> None:
    assert main(["train", str(file_of(name)), "--runs", str(tmp_path), "--device", "cpu"]) == 0
    ended = Run.list(tmp_path)[0].events()[-1]
    assert isinstance(ended, Ended)
    assert ended.final["accuracy"] >= WANTED.get(name, 0.97)
    assert ended.seconds < 120


@pytest.mark.slow
@pytest.mark.parametrize("taught", TAUGHT, ids=lambda taught: taught.file)
def test_a_sample_of_another_way_of_learning_keeps_its_promise(taught: Taught, tmp_path: Path) -> None:
    assert main(["train", str(file_of(taught.file)), "--runs", str(tmp_path), "--device", "cpu"]) == 0
    events = Run.list(tmp_path)[0].events()
    ended = events[-1]
    assert isinstance(ended, Ended)
    last = next(event for event in reversed(events) if isinstance(event, Stepped))
    # where nothing is held out, as of a truth table, what counts is the last steps
    assert taught.keeps(ended.final or {name: values[-1] for name, values in last.values.items()})
    assert ended.seconds < 180
