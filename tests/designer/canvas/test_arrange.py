from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.graph import Graph, Node, Wire
from blocks.merge import Add
from designer.canvas.arrange import arrange, rearranged
from designer.canvas.intent import settled
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from tests.designer.canvas.desk import graph, node


def dag(count: int, pairs: list[tuple[int, int]]) -> Graph:
    """Sums fed by any earlier sums."""
    wires = [(min(a, b) % count, max(a, b) % count) for a, b in pairs]
    kept = dict.fromkeys((a, b) for a, b in wires if a < b)
    return Graph(
        {f"n{i}": Node(Add()) for i in range(count)},
        tuple(Wire(f"n{a}", "y", f"n{b}", "parts", i) for i, (a, b) in enumerate(kept)),
    )


nets = st.builds(dag, st.integers(1, 24), st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=50))


@given(nets)
def test_no_two_cards_overlap(net: Graph) -> None:
    places = arrange(net)
    assert set(places) == set(net.nodes)
    for (x1, y1), (x2, y2) in combinations(places.values(), 2):
        assert abs(x1 - x2) >= CARD_WIDTH or abs(y1 - y2) >= CARD_HEIGHT


@given(nets)
def test_data_flows_downwards_on_the_grid(net: Graph) -> None:
    places = arrange(net)
    assert all(places[w.source][1] < places[w.target][1] for w in net.wires)
    assert all(x % 8 == 0 and y % 8 == 0 for x, y in places.values())


def test_a_chain_stands_in_one_column() -> None:
    net = dag(12, [(i, i + 1) for i in range(11)])
    assert {x for x, _ in arrange(net).values()} == {0.0}


def test_branches_stand_in_their_order_about_the_middle() -> None:
    nodes = {n: node("ReLU") for n in ("left", "middle", "right")}
    net = graph(
        {"image": node("Input"), **nodes, "join": node("Add")},
        *(f"image -> {n}" for n in nodes),
        *(f"{n} -> join.parts[{i}]" for i, n in enumerate(nodes)),
    )
    places = arrange(net)
    assert [places[n][0] for n in nodes] == [-272.0, 0.0, 272.0]
    assert places["join"][0] == places["image"][0] == 0.0


def test_a_shortcut_leaves_the_chain_straight() -> None:
    net = graph(
        {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU"), "join": node("Add"), "end": node("Output")},
        "image -> a",
        "a -> b",
        "b -> join.parts[0]",
        "image -> join.parts[1]",
        "join -> end",
    )
    assert {x for x, _ in arrange(net).values()} == {0.0}


def test_a_circle_is_laid_out_too() -> None:
    net = Graph({"a": node("ReLU"), "b": node("ReLU")}, (Wire("a", "y", "b", "x"), Wire("b", "y", "a", "x")))
    assert len(set(arrange(net).values())) == 2


def test_arranging_some_leaves_the_topmost_where_it_is() -> None:
    net = dag(3, [(0, 1), (1, 2)])
    places = rearranged(net, ["n1", "n2"], {"n0": (0, 0), "n1": (400, 80), "n2": (0, 800)})
    assert places == {"n1": (400.0, 80.0), "n2": (400.0, 168.0)}


@pytest.mark.parametrize("known, expected", [({}, (0.0, 88.0)), ({"n0": (400.0, 0.0)}, (400.0, 88.0))])
def test_a_node_without_a_place_goes_under_what_feeds_it(
    known: dict[str, tuple[float, float]], expected: tuple[float, float]
) -> None:
    assert settled(dag(2, [(0, 1)]), known)["n1"] == expected


def test_a_node_put_into_a_wire_pushes_down_what_follows() -> None:
    net = dag(3, [(0, 1), (1, 2)])
    assert settled(net, {"n0": (0, 0), "n2": (0, 88)}) == {"n0": (0, 0), "n1": (0.0, 88.0), "n2": (0, 176.0)}
