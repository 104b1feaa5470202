"""Sizes of what is on the canvas, in canvas pixels, and the zooms at which more of it is told."""

from __future__ import annotations

from collections.abc import Mapping

Point = tuple[float, float]
Layout = Mapping[str, Point]  # top left corners by node

GRID = 8  # what moved nodes snap to
DOTS = 24  # between the dots of the ground
ROW_PITCH = 88  # from card to card down a chain
BRANCH_PITCH = 104  # down to a row in which wires part or meet
COLUMN_PITCH = 272  # between neighbouring columns; half of it stays on the grid
PORT_PITCH = 72  # between ports of one edge, at most
PORT_RADIUS = 4.0
REACH = 14.0  # how near a port, on the screen, counts as on it
WIRE_REACH = 7.0
BACK = 4.0  # how far the second edge of a composite stands out

FAR = 0.40  # below this zoom no text at all
NEAR = 0.62  # from this zoom everything is told
SMALLEST, LARGEST = 0.02, 4.0


def snapped(value: float) -> float:
    """The nearest line of the grid."""
    return float(round(value / GRID) * GRID)
