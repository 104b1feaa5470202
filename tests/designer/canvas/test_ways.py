from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise

import numpy as np
import pytest

from blocks.check import check
from blocks.graph import Graph, Wire
from designer.canvas.arrange import arrange
from designer.canvas.routes import DIRECT, Route, corners, path, polyline
from designer.canvas.sheet import Sheet
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from tests.designer.canvas.corpus import CORPUS
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
    """The cards that a wire, as it is painted, runs through, but for its own."""
    drawn = path(sheet.wires.line_ends(i), sheet.wires.routes.get(i, DIRECT), sheet.wires.square)
    corners = np.array([(p.x(), p.y()) for p in drawn.toSubpathPolygons()[0].toList()])
    steps = np.linspace(corners[:-1], corners[1:], 40).reshape(-1, 1, 2) - sheet.at[None]
    inside = ((steps > 0) & (steps < (CARD_WIDTH, CARD_HEIGHT))).all(axis=2).any(axis=0)
    wire = sheet.wires.all[i]
    return {sheet.names[k] for k in np.flatnonzero(inside).tolist()} - {wire.source, wire.target}


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
@pytest.mark.parametrize("count", [1, 2, 7])
def test_a_wire_that_runs_back_up_passes_beside_all_cards(count: int, square: bool) -> None:
    net, places = column(count)
    top = max(y for _, y in places.values())
    sheet = shown(net, {name: (x, top - y) for name, (x, y) in places.items()}, square)
    assert through(sheet, 0) == set()
    assert abs(sheet.wires.routes[0].aside or 0.0) > 0


@STYLES
def test_wires_that_run_back_up_keep_apart(square: bool) -> None:
    net, places = column(3)
    both = graph(dict(net.nodes), "image -> end", "n0 -> n2")
    sheet = shown(both, {name: (x, 600.0 - y) for name, (x, y) in places.items()}, square)
    first, second = (sheet.wires.routes[i].aside or 0.0 for i in range(2))
    assert abs(first - second) >= 11


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


@STYLES
@pytest.mark.parametrize("name", CORPUS)
def test_no_wire_of_an_arranged_network_runs_through_a_card(name: str, square: bool) -> None:
    net = CORPUS[name]()
    sheet = shown(net, arrange(net), square)
    assert [net.wires[i] for i in range(len(net.wires)) if through(sheet, i)] == []


def test_lanes_of_different_results_keep_apart() -> None:
    net = CORPUS["densenet"]()
    sheet = shown(net, arrange(net))
    lanes = [
        (net.wires[i].source, x, top, bottom)
        for i, route in sheet.wires.routes.items()
        for (x, top), (_, bottom) in zip(route.points[::2], route.points[1::2], strict=True)
    ]
    assert len(lanes) > 10
    for (a, x, top, bottom), (b, at, high, low) in combinations(lanes, 2):
        assert a == b or abs(x - at) >= 11 or top >= low or bottom <= high


@pytest.mark.parametrize("name", ["inception", "densenet"])
def test_square_wires_that_cross_over_side_by_side_keep_apart(name: str) -> None:
    net = CORPUS[name]()
    sheet = shown(net, arrange(net), True)
    level = [
        (wire.source, a[1], *sorted((a[0], b[0])))
        for i, wire in enumerate(net.wires)
        for a, b in pairwise(sheet.wires.line(i).tolist())
        if a[1] == b[1]
    ]
    for (a, y, left, right), (b, at, low, high) in combinations(level, 2):
        assert a == b or abs(y - at) >= 7 or left >= high or right <= low


def test_a_way_stays_until_a_card_comes_near_it() -> None:
    net, places = column(2)
    places["aside"] = (900.0, 0.0)
    net = Graph({**net.nodes, "aside": node("ReLU")}, net.wires)
    sheet = shown(net, places)
    kept = sheet.wires.routes[0]
    sheet.show(net, check(net), {**places, "aside": (900.0, 80.0)}, ())
    assert sheet.wires.routes[0] is kept
    sheet.show(net, check(net), {**places, "aside": (kept.points[0][0] - 100, 100.0)}, ())
    assert not sheet.wires.known[0]
    sheet.wires.route(np.arange(1), sheet.at)
    assert through(sheet, 0) == set()


def test_a_network_takes_up_its_lanes_too() -> None:
    sheet = shown(*column(3))
    extent = sheet.extent()
    assert extent is not None
    assert extent[0] <= min(x for x, _ in sheet.wires.routes[0].points) or extent[2] > 212


def test_a_way_stays_when_nodes_come_elsewhere_and_goes_when_one_comes_into_it() -> None:
    net, places = column(2)
    sheet = shown(net, places)
    kept = sheet.wires.routes[0]
    grown = Graph({"first": node("ReLU"), **net.nodes}, net.wires)
    sheet.show(grown, check(grown), {**places, "first": (900.0, 0.0)}, ())
    assert sheet.wires.routes[0] is kept
    again = Graph({**grown.nodes, "last": node("ReLU")}, net.wires)
    into = kept.points[0][0] - 100, 100.0
    sheet.show(again, check(again), {**places, "first": (900.0, 0.0), "last": into}, ())
    assert not sheet.wires.known[0]
