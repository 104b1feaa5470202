"""Gradient checkpointing for modules that count what they see: running averages move once a step."""

from contextlib import nullcontext
from typing import Any

from torch import nn


class CountedOnce:
    """The contexts in which `checkpoint` runs a module first, and again in the backward pass.

    What is run again moves copies of the running averages: they have counted the batch already.
    """

    def __init__(self, module: nn.Module) -> None:
        self.module = module
        self.kept: list[tuple[nn.Module, dict[str, Any]]] = []

    def __call__(self) -> tuple[Any, Any]:
        return nullcontext(), self

    def __enter__(self) -> None:
        norms = [m for m in self.module.modules() if getattr(m, "track_running_stats", False)]
        self.kept = [(norm, dict(norm.named_buffers(recurse=False))) for norm in norms]
        for norm, averages in self.kept:
            for name, average in averages.items():
                setattr(norm, name, average.clone())

    def __exit__(self, *error: object) -> None:
        for norm, averages in self.kept:
            for name, average in averages.items():
                setattr(norm, name, average)
