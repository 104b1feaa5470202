"""A template's network with its figures, and its printed code on torch's meta device, which computes nothing."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import nn

from blocks.check import Checked, check
from blocks.graph import Graph
from blocks.zoo import Template
from runtime.source import print_networks


def drawn(template: Template) -> Graph:
    """The only network of a template."""
    (drawing,) = template.networks().values()
    return drawing.graph()


def checked(template: Template) -> Checked:
    """The same with its figures; nothing in it is wrong."""
    found = check(drawn(template))
    assert not found.errors
    return found


def called(value: object) -> str:
    """A template's title in the name of a test, and nothing for what is held against it."""
    return value.title() if isinstance(value, Template) else ""


def text(graph: Graph) -> str:
    """The printed code of a network."""
    return print_networks("Net", {"Net": graph}).text


def built(graph: Graph) -> nn.Module:
    """The module that the printed code makes."""
    source = print_networks("Net", {"Net": graph})
    printed = ModuleType("printed")
    exec(compile(source.text, "printed.py", "exec"), printed.__dict__)
    with torch.device("meta"):
        module: nn.Module = getattr(printed, source.classes["Net"])()
    return module


def agree(graph: Graph) -> None:
    """Asserts that torch counts what we count, and that the same shapes leave."""
    module, found = built(graph), check(graph)
    assert not found.errors
    assert found.parameters == sum(p.numel() for p in module.parameters())
    counted = (b for name, b in module.named_buffers() if not name.endswith("num_batches_tracked"))
    assert found.buffers == sum(b.numel() for b in counted)
    results = module.eval()(*(_batch(found, name) for name in graph.inputs()))
    results = results if isinstance(results, tuple) else (results,)
    assert [tuple(r.shape[1:]) for r in results] == [given(found, name) for name in graph.outputs()]


def given(found: Checked, node: str) -> tuple[int, ...]:
    """What a node gives; an exit, what it receives."""
    row = found.rows[node]
    shape: Any = row.outputs[0] if row.outputs else row.inputs[0]
    return tuple(shape.sizes)


def _batch(found: Checked, entrance: str) -> torch.Tensor:
    shape: Any = found.rows[entrance].outputs[0]
    return torch.empty((2, *shape.sizes), dtype=getattr(torch, shape.dtype), device="meta")
