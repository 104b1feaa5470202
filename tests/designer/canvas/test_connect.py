"""Drawing a network without a mouse: wires are made and cut by keys, with a choice of ports."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import PLAIN, Desk, graph, node

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
C, ENTER = Qt.Key.Key_C, Qt.Key.Key_Return


def lines(desk: Desk) -> list[str]:
    shown = desk.canvas.connect_box.list
    return [shown.item(i).text() for i in range(shown.count())]


def answer(desk: Desk, words: str, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Types into the box and presses Enter."""
    QTest.keyClicks(desk.canvas.connect_box.field, words)
    QTest.keyClick(desk.canvas.connect_box.field, ENTER, keys)


def test_c_asks_what_the_node_feeds_and_enter_wires_it(loose: Desk) -> None:
    loose.canvas.select(["image"])
    loose.key(C)
    assert set(lines(loose)) == {"conv", "linear", "relu"}
    assert lines(loose)[0] == "conv"  # it fits, and is nearer than relu
    answer(loose, "rel")
    assert loose.wires() == {("image", "relu")}
    assert loose.canvas.hasFocus()
    assert loose.canvas.selection() == ("image",)


def test_shift_c_asks_what_feeds_the_node(loose: Desk) -> None:
    loose.canvas.select(["relu"])
    loose.key(C, SHIFT)
    answer(loose, "image")
    assert loose.wires() == {("image", "relu")}


def test_two_selected_nodes_are_wired_at_once_the_upper_to_the_lower(loose: Desk) -> None:
    loose.canvas.select(["conv", "image"])
    loose.key(C)
    assert not loose.canvas.connect_box.isVisible()
    assert loose.wires() == {("image", "conv")}


def test_a_port_that_does_not_fit_says_why_and_shift_connects_it_anyway(loose: Desk) -> None:
    loose.canvas.select(["image"])
    loose.key(C)
    answer(loose, "linear")
    assert "linear expects" in loose.canvas.connect_box.why.text()
    assert loose.done == []
    QTest.keyClick(loose.canvas.connect_box.field, ENTER, SHIFT)
    assert loose.wires() == {("image", "linear")}


def test_a_circle_is_refused_even_so(chain: Desk) -> None:
    chain.canvas.select(["pool"])
    chain.key(C)
    answer(chain, "conv", SHIFT)
    assert "circle" in chain.canvas.connect_box.why.text()
    assert chain.done == []


def test_ports_are_chosen_by_their_names_and_what_gives_way_is_said(sit: Open) -> None:
    nodes = {
        "a": node("Input", shape=[4]),
        "b": node("Input", shape=[4]),
        "minus": node("Subtract"),
    }
    desk = sit(graph(nodes, "a -> minus"))
    desk.canvas.select(["b"])
    desk.key(C)
    assert lines(desk)[:2] == ["minus.left", "minus.right"]
    told = desk.canvas.connect_box.list.item(0).data(Qt.ItemDataRole.UserRole)
    assert told[2] == "instead of a"
    QTest.keyClick(desk.canvas.connect_box.field, Qt.Key.Key_Down)
    QTest.keyClick(desk.canvas.connect_box.field, ENTER)
    assert [(w.source, w.input) for w in desk.graph.into("minus")] == [("a", "left"), ("b", "right")]


def test_a_node_with_several_results_offers_each(sit: Open) -> None:
    nodes = {"x": node("Input", shape=[5, 3]), "gru": node("GRU", hidden_size=4), "out": node("Output")}
    desk = sit(graph(nodes, "x -> gru"))
    desk.canvas.select(["gru"])
    desk.key(C)
    assert [line for line in lines(desk) if "out" in line] == ["y → out", "h → out"]


def test_shift_delete_asks_which_wire_goes(chain: Desk) -> None:
    chain.canvas.select(["relu"])
    chain.key(Qt.Key.Key_Delete, SHIFT)
    assert lines(chain) == ["from conv", "to pool"]
    answer(chain, "pool")
    assert ("relu", "pool") not in chain.wires()
    assert chain.done[-1].label == "Disconnect relu from pool"


def test_escape_leaves_and_nothing_has_happened(loose: Desk) -> None:
    loose.canvas.select(["image"])
    loose.key(C)
    QTest.keyClick(loose.canvas.connect_box.field, Qt.Key.Key_Escape)
    assert not loose.canvas.connect_box.isVisible()
    assert loose.done == []


@pytest.mark.parametrize("chosen", [(), ("image", "conv", "relu")])
def test_without_one_or_two_nodes_it_says_what_is_missing(loose: Desk, chosen: tuple[str, ...]) -> None:
    loose.canvas.select(chosen)
    loose.key(C)
    assert loose.said == ["Select one node, or the two to connect, first."]


def test_a_branching_network_is_drawn_wired_renamed_and_opened_with_keys_only(empty: Desk) -> None:
    for text in ("input 8 8 8", "conv 8 3", "relu"):
        empty.key(Qt.Key.Key_Tab)
        empty.search(text)
    empty.key(Qt.Key.Key_Tab)
    empty.search("add")
    empty.canvas.select(["input"])
    empty.key(C)
    answer(empty, "add")
    empty.key(Qt.Key.Key_Down)  # along the wires: to the nearest of those it feeds
    assert empty.canvas.selection() == ("conv1",)
    empty.key(Qt.Key.Key_F2)
    QTest.keyClicks(empty.canvas.name_field, "stem")
    QTest.keyClick(empty.canvas.name_field, ENTER)
    assert empty.wires() == {("input", "stem"), ("stem", "relu1"), ("relu1", "add1"), ("input", "add1")}
