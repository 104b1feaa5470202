from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocks.graph import Graph, Node, Wire
from blocks.merge import Add
from designer.canvas.arrange import arrange, rearranged
from designer.canvas.intent import settled
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from tests.designer.canvas import corpus
from tests.designer.canvas.corpus import CORPUS
from tests.designer.canvas.desk import graph, node

FEWEST = {"random": 336}  # crossings of the layout that came before; of all others none


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


@pytest.mark.parametrize("name", CORPUS)
def test_wires_cross_no_more_than_they_did_nor_than_in_rows_unsorted(name: str) -> None:
    net = CORPUS[name]()
    count = corpus.crossings(net, arrange(net))
    assert count <= FEWEST.get(name, 0)
    assert count <= corpus.crossings(net, corpus.by_layers(net))


@pytest.mark.parametrize("name", ["lenet", "unet", "densenet"])
def test_long_chains_are_dead_straight_with_any_shortcuts(name: str) -> None:
    net = CORPUS[name]()
    assert corpus.slanted(net, arrange(net)) == 0
    assert len({x for x, _ in arrange(net).values()}) == 1


def test_the_branches_of_a_block_stand_side_by_side_and_join_in_the_middle() -> None:
    places = arrange(corpus.inception())
    heads = [places[n] for n in ("conv2d1", "conv2d2", "conv2d4", "maxpool2d6")]
    assert [x for x, _ in heads] == [-408, -136, 136, 408]
    assert len({y for _, y in heads}) == 1
    assert places["image"][0] == places["concat8"][0] == places["output9"][0] == 0


def test_resnet_is_one_straight_trunk_with_two_branches_where_a_shortcut_convolves() -> None:
    net = corpus.resnet()
    xs = sorted({x for x, _ in arrange(net).values()})
    assert len(net.nodes) == 176
    assert xs == [-136, 0, 136]
    assert corpus.slanted(net, arrange(net)) == 4 * 4  # in and out of both branches of four blocks


def test_inputs_stand_on_top_side_by_side() -> None:
    places = arrange(corpus.siamese())
    assert places["image"][1] == places["other"][1] == 0
    assert places["other"][0] - places["image"][0] == 272


def test_an_input_that_is_needed_late_stands_on_top_too() -> None:
    net = graph(
        {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU"), "time": node("Input"), "join": node("Add")},
        "image -> a",
        "a -> b",
        "b -> join.parts[0]",
        "time -> join.parts[1]",
    )
    assert arrange(net)["time"][1] == 0


def test_networks_without_a_wire_between_stand_side_by_side() -> None:
    net = dag(6, [(0, 1), (2, 3), (4, 5)])
    places = arrange(net)
    assert [places[f"n{i}"][1] for i in range(6)] == [0, 88] * 3
    assert places["n0"][0] < places["n2"][0] < places["n4"][0]


def test_nodes_without_wires_stand_in_a_block() -> None:
    places = arrange(dag(9, []))
    assert len({x for x, _ in places.values()}) == len({y for _, y in places.values()}) == 3


@pytest.mark.parametrize("name", [n for n in CORPUS if n != "random"])
def test_what_is_arranged_stays_when_arranged_again(name: str) -> None:
    net = CORPUS[name]()
    places = arrange(net)
    assert rearranged(net, net.nodes, places) == places


@pytest.mark.parametrize("name", [n for n in CORPUS if n != "random"])
def test_one_node_more_changes_no_order(name: str) -> None:
    net = CORPUS[name]()
    before = arrange(net)
    old = net.wires[len(net.wires) // 2]
    new = (Wire(old.source, old.output, "more", "x"), old._replace(source="more", output="y"))
    grown = Graph({**net.nodes, "more": node("ReLU")}, (*(w for w in net.wires if w != old), *new))
    after = rearranged(grown, grown.nodes, settled(grown, before))
    assert corpus.flips(before, {n: after[n] for n in before}) == 0


def test_branches_that_a_person_put_in_another_order_keep_it() -> None:
    nodes = {n: node("ReLU") for n in ("a", "b", "c")}
    net = graph({"image": node("Input"), **nodes}, *(f"image -> {n}" for n in nodes))
    drawn = {"image": (0.0, 0.0), "c": (-500.0, 130.0), "a": (10.0, 90.0), "b": (300.0, 101.0)}
    places = rearranged(net, net.nodes, drawn)
    assert places["c"][0] < places["a"][0] < places["b"][0]


def test_some_nodes_arranged_stand_aside_from_those_that_are_not() -> None:
    net = dag(4, [(0, 1), (1, 2)])
    layout = {"n0": (0.0, 0.0), "n1": (300.0, 0.0), "n2": (500.0, 0.0), "n3": (0.0, 100.0)}
    places = rearranged(net, ["n0", "n1", "n2"], layout)
    assert "n3" not in places
    assert all(abs(x) >= CARD_WIDTH or abs(y - 100) >= CARD_HEIGHT for x, y in places.values())


def test_a_tangle_is_hardly_wider_than_its_widest_row() -> None:
    net = corpus.random_dag(300, 5, 60)
    places = arrange(net)
    rows = Counter(y for _, y in places.values())
    xs = [x for x, _ in places.values()]
    assert max(xs) - min(xs) <= 1.5 * max(rows.values()) * 272
