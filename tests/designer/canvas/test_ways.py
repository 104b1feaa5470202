from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from blocks.check import check
from blocks.graph import Graph, Wire
from designer.canvas.routes import DIRECT, Route, corners, path, polyline
from designer.canvas.sheet import Sheet
from tests.designer.canvas.desk import graph, node

STYLES = pytest.mark.parametrize("square", [False, True])
WIRE = Wire("image", "y", "end", "x")


def shown(net: Graph, layout: Mapping[str, tuple[float, float]], square: bool = False) -> Sheet:
    sheet = Sheet()
    sheet.wires.square = square
    sheet.show(net, check(net), layout, ())
    sheet.wires.route(np.arange(len(net.wires)), sheet.at)
    return sheet


def through(sheet: Sheet, i: int) -> set[str]:
    """The cards that a wire runs through, but for its own."""
    line = sheet.wires.routes.get(i, DIRECT)
    drawn = path(sheet.wires.line_ends(i), line, sheet.wires.square)
    points = [drawn.pointAtPercent(k / 400) for k in range(401)]
    wire = sheet.wires.all[i]
    found = {sheet.node_at(p.x(), p.y()) for p in points} - {None, wire.source, wire.target}
    return {name for name in found if name}


def column(count: int) -> tuple[Graph, dict[str, tuple[float, float]]]:
    """A wire from the top of a column of cards to its foot."""
    between = [f"n{i}" for i in range(count)]
    nodes = {"image": node("Input"), **{n: node("ReLU") for n in between}, "end": node("ReLU")}
    places = {n: (0.0, 88.0 * i) for i, n in enumerate(nodes)}
    return graph(nodes, "image -> end"), places


@STYLES
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_wire_passes_beside_all_cards_between(count: int, square: bool) -> None:
    assert through(shown(*column(count), square), 0) == set()


@STYLES
def test_a_wire_weaves_between_rows_that_leave_gaps_elsewhere(square: bool) -> None:
    net, _ = column(2)
    sheet = shown(net, {"image": (0, 0), "n0": (0, 104), "n1": (240, 208), "end": (240, 312)}, square)
    assert through(sheet, 0) == set()
    assert all(-60 < x < 500 for x, _ in sheet.wires.routes[0].points)


@STYLES
def test_a_wire_runs_through_its_bend_points_in_order(square: bool) -> None:
    net, places = column(0)
    sheet = shown(net, {**places, "end": (0, 600)}, square)
    bent = ((300.0, 200.0), (-100.0, 400.0))
    sheet.bend({WIRE: bent})
    line = polyline(sheet.wires.line_ends(0), sheet.wires.routes[0], square).tolist()
    assert [line.index(list(p)) for p in bent] == sorted(line.index(list(p)) for p in bent)
    assert sheet.wire_at(300, 200, 3) == sheet.wire_at(-100, 400, 3) == WIRE


@STYLES
def test_a_bend_point_is_found_and_a_new_one_gets_its_place_in_the_order(square: bool) -> None:
    net, places = column(0)
    sheet = shown(net, {**places, "end": (0, 600)}, square)
    sheet.bend({WIRE: ((300.0, 200.0), (-100.0, 400.0))})
    assert sheet.wires.bend_at(303, 199, 6) == (WIRE, 0)
    assert sheet.wires.bend_at(-100, 400, 6) == (WIRE, 1)
    assert sheet.wires.bend_at(0, 0, 6) is None
    lines = polyline(sheet.wires.line_ends(0), sheet.wires.routes[0], square)
    assert sheet.wires.bend_slot(WIRE, *lines[1].tolist()) == 0
    assert sheet.wires.bend_slot(WIRE, *lines[-2].tolist()) == 2


def test_without_its_bend_points_a_wire_finds_its_own_way_again() -> None:
    sheet = shown(*column(1))
    before = sheet.wires.routes[0]
    sheet.bend({WIRE: ((400.0, 100.0),)})
    assert sheet.wires.routes[0] == Route(((400.0, 100.0),), True)
    sheet.bend({})
    sheet.wires.route(np.arange(1), sheet.at)
    assert sheet.wires.routes[0] == before


def test_square_wires_turn_at_right_angles_only() -> None:
    for points in ((), ((300.0, 120.0), (300.0, 200.0))):
        line = np.array(corners((104.0, 46.0, 52.0, 400.0), Route(points)))
        assert (np.diff(line, axis=0).astype(bool).sum(axis=1) <= 1).all()


def test_a_square_wire_that_runs_upwards_leaves_below_and_enters_from_above() -> None:
    line = corners((104.0, 346.0, 504.0, 0.0))
    assert line[1][1] > 346
    assert line[-2][1] < 0
