"""Weights listed by hand, as a checkpoint holds them, and ours under torchvision's names to hold against them."""

from __future__ import annotations

from blocks.zoo import Template
from runtime.torchvision_names import renamed
from tests.zoo.meta import built

Weights = dict[str, tuple[int, ...]]


def conv(name: str, come: int, go: int, kernel: int, groups: int = 1) -> Weights:
    """A convolution without bias."""
    return {f"{name}.weight": (go, come // groups, kernel, kernel)}


def norm(name: str, channels: int) -> Weights:
    """A batch normalization."""
    parts: Weights = {f"{name}.{part}": (channels,) for part in ("weight", "bias", "running_mean", "running_var")}
    return parts | {f"{name}.num_batches_tracked": ()}


def linear(name: str, come: int, go: int) -> Weights:
    """A linear layer with bias."""
    return {f"{name}.weight": (go, come), f"{name}.bias": (go,)}


def ours(template: Template) -> Weights:
    """The weights of the printed module of a template under torchvision's names."""
    (drawing,) = template.networks().values()
    state = built(drawing.graph()).state_dict()
    return {theirs: tuple(state[name].shape) for name, theirs in renamed(template, state).items()}
