"""A call of which no gradient is recorded."""

from collections.abc import Callable
from typing import Any

import torch


def without_gradient(run: Callable[..., Any], *inputs: Any, **options: Any) -> Any:
    """What a call gives, computed without recording: no gradient goes back through it."""
    with torch.no_grad():
        return run(*inputs, **options)
