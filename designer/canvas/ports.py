"""Where the ports of a card are: along its top edge what comes in, along its bottom edge what goes out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from blocks.block import Port
from designer.canvas.metrics import PORT_PITCH
from designer.theme import CARD_HEIGHT, CARD_WIDTH

_MARGIN = 16.0
_CLOSE = 16.0  # between ports that wait at the right of an edge


@dataclass(frozen=True, slots=True)
class Spot:
    """One port of one node, with its middle in canvas pixels."""

    node: str
    port: Port
    x: float
    y: float


@lru_cache(maxsize=1024)
def slots(ports: tuple[Port, ...], wires: tuple[int, ...]) -> tuple[tuple[float, ...], ...]:
    """For every port of an edge the distances from the card's left at which its wires end, at least one a port.

    `wires` counts those at each port; only a `many` port has more than one slot. Ports that matter share the edge
    about its middle; those that may stay empty, and are, stand close together at its right.
    """
    counts = [max(1, n) if port.many else 1 for port, n in zip(ports, wires, strict=True)]
    aside = [_may_wait(ports, wires, k) for k in range(len(ports))]
    places = _spread(sum(n for n, waits in zip(counts, aside, strict=True) if not waits))
    corner = iter(_packed(sum(aside)))
    result: list[tuple[float, ...]] = []
    for count, waits in zip(counts, aside, strict=True):
        result.append((next(corner),) if waits else tuple(places[:count]))
        places = places if waits else places[count:]
    return tuple(result)


def _may_wait(ports: tuple[Port, ...], wires: tuple[int, ...], k: int) -> bool:
    """Whether a port has no wire and needs none: an optional input, or a result after the first."""
    return k > 0 and not wires[k] and (ports[k].optional or not ports[k].into)


def _spread(count: int) -> list[float]:
    pitch = min(float(PORT_PITCH), (CARD_WIDTH - 2 * _MARGIN) / max(count - 1, 1))
    left = CARD_WIDTH / 2 - pitch * (count - 1) / 2
    return [left + pitch * i for i in range(count)]


def _packed(count: int) -> list[float]:
    return [CARD_WIDTH - _MARGIN - _CLOSE * (count - 1 - i) for i in range(count)]


def spots(node: str, at: tuple[float, float], ports: tuple[Port, ...], wires: tuple[int, ...]) -> list[Spot]:
    """The ports of one edge of a card whose top left corner is `at`; a `many` port is amid its wires."""
    middles = [sum(xs) / len(xs) for xs in slots(ports, wires)]
    return [
        Spot(node, port, at[0] + x, at[1] + (0.0 if port.into else float(CARD_HEIGHT)))
        for port, x in zip(ports, middles, strict=True)
    ]
