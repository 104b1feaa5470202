from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

SHIFT = Qt.KeyboardModifier.ShiftModifier


def titles(desk: Desk) -> list[str]:
    shown = desk.canvas.search.list
    return [shown.item(i).text() for i in range(shown.count())]


def test_tab_types_a_block_with_its_settings_onto_the_canvas(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Tab)
    empty.search("conv 64 3 /2")
    block = empty.graph.block("conv1")
    assert (block.value("out_channels"), block.value("kernel_size"), block.value("stride")) == (64, 3, 2)


def test_a_line_of_keras_is_typed_onto_the_canvas(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Tab)
    QTest.keyClicks(empty.canvas.search.field, "Conv2D(8, 3, strides=2, padding='same', activation='relu')")
    QTest.keyClick(empty.canvas.search.field, Qt.Key.Key_Return)
    (made,) = (placed.block for placed in empty.graph.nodes.values())
    assert repr(made) == "ConvUnit(out_channels=8, stride=2, normalization='none')"


def test_space_opens_the_search_too(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Space)
    assert empty.canvas.search.isVisible()


def test_a_double_click_places_the_block_where_it_was(empty: Desk) -> None:
    at = empty.at(-152, 31)
    empty.press(at)
    empty.release(at)
    empty.double_click(at)
    empty.search("relu")
    assert empty.layout == {"relu1": (-256.0, 8.0)}


def test_enter_wires_to_the_selection_and_goes_on_from_there(empty: Desk) -> None:
    for text in ("input 1 28 28", "conv 6 5", "relu", "output"):
        empty.key(Qt.Key.Key_Tab)
        empty.search(text)
    assert empty.wires() == {("input", "conv1"), ("conv1", "relu1"), ("relu1", "output")}
    assert len({x for x, _ in empty.layout.values()}) == 1


def test_shift_enter_adds_without_a_wire(chain: Desk) -> None:
    chain.canvas.select(["pool"])
    chain.key(Qt.Key.Key_Tab)
    chain.search("relu", SHIFT)
    assert chain.graph.into("relu1") == ()


def test_several_selected_nodes_are_all_wired_to_a_block_that_takes_many(loose: Desk) -> None:
    loose.canvas.select(["conv", "relu"])
    loose.key(Qt.Key.Key_Tab)
    loose.search("add")
    assert [w.source for w in loose.graph.into("add1")] == ["conv", "relu"]


def test_a_wrong_setting_is_said_and_adds_nothing(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Tab)
    empty.search("conv 0")
    assert "out_channels expects a whole number" in empty.canvas.search.told.text()
    assert empty.canvas.search.isVisible()
    assert empty.done == []


def test_the_preview_says_what_would_come_out(chain: Desk) -> None:
    chain.canvas.select(["image"])
    chain.key(Qt.Key.Key_Tab)
    QTest.keyClicks(chain.canvas.search.field, "conv 64 3 /2")
    assert chain.canvas.search.told.text() == "Conv2d 64 · 3×3 · /2  →  64 × 14 × 14"


def test_the_preview_counts_all_that_a_joint_would_read(sit: Open) -> None:
    nodes = {"image": node("Input", shape=[3, 8, 8]), "a": node("Conv2d", out_channels=8), "b": node("ReLU")}
    desk = sit(graph(nodes, "image -> a", "image -> b"))
    desk.canvas.select(["a", "b"])
    desk.key(Qt.Key.Key_Tab)
    QTest.keyClicks(desk.canvas.search.field, "concat")
    assert desk.canvas.search.told.text() == "Concat  →  11 × 8 × 8"


def test_what_was_used_last_comes_first(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Tab)
    empty.search("dropout")
    empty.key(Qt.Key.Key_Tab)
    assert titles(empty)[0] == "Dropout"


def test_down_chooses_the_next_and_escape_leaves(empty: Desk) -> None:
    empty.key(Qt.Key.Key_Tab)
    field = empty.canvas.search.field
    QTest.keyClicks(field, "conv")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert empty.canvas.search.list.currentRow() == 1
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not empty.canvas.search.isVisible()


def test_a_wire_dropped_on_nothing_offers_only_what_takes_it(chain: Desk) -> None:
    chain.drag(chain.pixel("flat", dy=48), chain.at(400, 500))
    offered = titles(chain)
    assert "Linear" in offered
    assert "Conv2d" not in offered
    chain.search("linear 10")
    assert ("flat", "linear1") in chain.wires()


def test_a_wire_dropped_backwards_offers_what_could_feed_it(loose: Desk) -> None:
    loose.drag(loose.pixel("conv", dy=-2), loose.at(104, 90))
    assert "Linear" not in titles(loose)
    loose.search("relu")
    assert ("relu1", "conv") in loose.wires()


def test_a_selected_wire_takes_the_block_in(chain: Desk) -> None:
    chain.click(chain.pixel("conv", dy=66))
    chain.key(Qt.Key.Key_Tab)
    chain.search("batchnorm2d")
    assert {("conv", "batchnorm1"), ("batchnorm1", "relu")} <= chain.wires()
