"""Says where gradients vanish or explode, from their sizes at the nodes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

VANISHING = 1e-4  # of the largest gradient of the network
EXPLODING = 1e2  # the root of the mean square of a node's gradient


@dataclass(frozen=True)
class Alarm:
    """A node whose gradient is far too small or too large to learn from."""

    network: str
    node: str
    message: str


def alarms(gradients: Mapping[str, Mapping[str, float]]) -> tuple[Alarm, ...]:
    """What is wrong with gradients by network and node; nothing where they are all of one order."""
    return tuple(
        Alarm(network, node, message)
        for network, sizes in gradients.items()
        for node, size in sizes.items()
        if (message := _message(node, size, max(filter(math.isfinite, sizes.values()), default=0.0)))
    )


def _message(node: str, size: float, largest: float) -> str:
    if not math.isfinite(size) or size > EXPLODING:
        return f"The gradient of {node} explodes, {size:.2g} a weight: clip it, or lower the learning rate."
    if size < VANISHING * largest:
        many = f"{largest / size:,.0f} times smaller than the largest" if size else "zero"
        told = "normalize, initialize otherwise, or lead a shortcut around what stands behind it"
        return f"The gradient of {node} vanishes, it is {many}: {told}."
    return ""
