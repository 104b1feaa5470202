"""Where the ports of a card are: along its top edge what comes in, along its bottom edge what goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blocks.block import Port
from designer.canvas.metrics import PORT_PITCH
from designer.theme import CARD_HEIGHT, CARD_WIDTH

_MARGIN = 16.0


@dataclass(frozen=True, slots=True)
class Spot:
    """One port of one node, with its middle in canvas pixels."""

    node: str
    port: Port
    x: float
    y: float


def slots(ports: Sequence[Port], wires: Sequence[int]) -> list[list[float]]:
    """For every port of an edge the distances from the card's left at which its wires end, at least one a port.

    `wires` counts those at each port; only a `many` port has more than one slot.
    """
    counts = [max(1, n) if port.many else 1 for port, n in zip(ports, wires, strict=True)]
    total = sum(counts)
    pitch = min(float(PORT_PITCH), (CARD_WIDTH - 2 * _MARGIN) / max(total - 1, 1))
    left = CARD_WIDTH / 2 - pitch * (total - 1) / 2
    places = [left + pitch * i for i in range(total)]
    result = []
    for count in counts:
        result.append(places[:count])
        places = places[count:]
    return result


def spots(node: str, at: tuple[float, float], ports: Sequence[Port], wires: Sequence[int]) -> list[Spot]:
    """The ports of one edge of a card whose top left corner is `at`; a `many` port is amid its wires."""
    middles = [sum(xs) / len(xs) for xs in slots(ports, wires)]
    return [
        Spot(node, port, at[0] + x, at[1] + (0.0 if port.into else float(CARD_HEIGHT)))
        for port, x in zip(ports, middles, strict=True)
    ]
