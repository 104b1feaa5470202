"""Gradient checkpointing for modules that count what they see: running averages move once a step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from torch import nn


def counted_once(module: nn.Module) -> Callable[[], tuple[Any, Any]]:
    """The contexts in which `checkpoint` runs a module first, and again in the backward pass.

    The second run moves copies of the running averages: they have counted the batch already.
    """

    @contextmanager
    def again() -> Iterator[None]:
        norms = [m for m in module.modules() if getattr(m, "track_running_stats", False)]
        kept = [(norm, dict(norm.named_buffers(recurse=False))) for norm in norms]
        for norm, averages in kept:
            for name, average in averages.items():
                setattr(norm, name, average.clone())
        try:
            yield
        finally:
            for norm, averages in kept:
                for name, average in averages.items():
                    setattr(norm, name, average)

    return lambda: (nullcontext(), again())
