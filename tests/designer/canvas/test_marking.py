"""M, F, K, R and L: nodes muted, frozen, checkpointed, repeated and shared, or words why they cannot be."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

Key = Qt.Key


@pytest.fixture
def twins(sit: Open) -> Desk:
    """image -> one -> two -> act -> output, where one and two could share their weights."""
    nodes = {
        "image": node("Input", shape=[6, 8, 8]),
        "one": node("Conv2d", out_channels=6),
        "two": node("Conv2d", out_channels=6),
        "act": node("ReLU"),
        "output": node("Output"),
    }
    return sit(graph(nodes, "image -> one", "one -> two", "two -> act", "act -> output"))


def pressed(desk: Desk, key: Qt.Key, *names: str) -> None:
    desk.canvas.select(names)
    desk.key(key)


def test_m_mutes_and_m_again_brings_back(twins: Desk) -> None:
    pressed(twins, Key.Key_M, "one", "act")
    assert [n for n, each in twins.graph.nodes.items() if each.muted] == ["one", "act"]
    assert twins.done[-1].label == "Mute 2 nodes"
    pressed(twins, Key.Key_M, "one", "act")
    assert not any(each.muted for each in twins.graph.nodes.values())


def test_an_end_cannot_be_muted_and_says_why(twins: Desk) -> None:
    pressed(twins, Key.Key_M, "image")
    assert "cannot be muted" in twins.said[-1]
    assert not twins.graph.nodes["image"].muted


def test_f_freezes_what_has_weights(twins: Desk) -> None:
    pressed(twins, Key.Key_F, "one", "act")
    assert [n for n, each in twins.graph.nodes.items() if each.frozen] == ["one"]
    pressed(twins, Key.Key_F, "one", "act")
    assert not twins.graph.nodes["one"].frozen
    pressed(twins, Key.Key_F, "act")
    assert "no weights" in twins.said[-1]


def test_k_checkpoints_what_can_be_computed_again_and_k_again_keeps_it(twins: Desk) -> None:
    pressed(twins, Key.Key_K, "one", "act")
    assert [n for n, each in twins.graph.nodes.items() if each.checkpointed] == ["one"]
    assert twins.done[-1].label == "Checkpoint 2 nodes"
    pressed(twins, Key.Key_K, "one", "act")
    assert not twins.graph.nodes["one"].checkpointed
    pressed(twins, Key.Key_K, "act")
    assert "nothing to compute again" in twins.said[-1]


def test_r_asks_for_a_number_and_enter_takes_it(twins: Desk) -> None:
    pressed(twins, Key.Key_R, "one", "act")
    field = twins.canvas.repeat_field
    assert field.isVisible()
    assert field.number.hasFocus()
    QTest.keyClicks(field.number, "3")
    QTest.keyClick(field.number, Key.Key_Return)
    assert [twins.graph.nodes[n].repeat for n in ("one", "act")] == [3, 3]
    assert not field.isVisible()
    assert twins.canvas.hasFocus()


def test_esc_leaves_the_number_as_it_was(twins: Desk) -> None:
    pressed(twins, Key.Key_R, "one")
    QTest.keyClicks(twins.canvas.repeat_field.number, "9")
    QTest.keyClick(twins.canvas.repeat_field.number, Key.Key_Escape)
    assert twins.graph.nodes["one"].repeat == 1
    assert twins.canvas.selection() == ("one",)


def test_l_and_a_click_on_a_card_share_its_weights(twins: Desk) -> None:
    pressed(twins, Key.Key_L, "two")
    assert twins.canvas.cards.dimmed is not None
    assert twins.canvas.cards.dimmed.tolist() == [True, False, False, True, True]
    twins.click(twins.pixel("one"))
    assert twins.graph.nodes["two"].shares == "one"
    assert twins.canvas.cards.dimmed is None


def test_l_and_enter_share_without_a_mouse_and_give_back_the_same_way(twins: Desk) -> None:
    pressed(twins, Key.Key_L, "two")
    QTest.keyClick(twins.canvas.lender_list.list, Key.Key_Return)
    assert twins.graph.nodes["two"].shares == "one"
    pressed(twins, Key.Key_L, "two")
    assert twins.canvas.lender_list.list.item(0).text() == "None: weights of its own"
    QTest.keyClick(twins.canvas.lender_list.list, Key.Key_Return)
    assert not twins.graph.nodes["two"].shares


def test_a_card_that_cannot_lend_says_why_and_a_press_beside_all_leaves(twins: Desk) -> None:
    pressed(twins, Key.Key_L, "two")
    twins.click(twins.pixel("act"))
    assert "only nodes of one block can share weights" in twins.said[-1]
    pressed(twins, Key.Key_L, "two")
    twins.click(twins.at(-200, -60))
    assert not twins.canvas.lender_list.isVisible()
    assert not twins.graph.nodes["two"].shares


def test_where_nothing_could_lend_l_says_so(twins: Desk) -> None:
    pressed(twins, Key.Key_L, "act")
    assert not twins.canvas.lender_list.isVisible()
    assert "which could share its weights" in twins.said[-1]


def test_the_questions_stay_within_a_small_canvas(twins: Desk) -> None:
    twins.canvas.resize(360, 260)
    for key, asked in ((Key.Key_R, twins.canvas.repeat_field), (Key.Key_L, twins.canvas.lender_list)):
        pressed(twins, key, "two")
        assert twins.canvas.viewport().rect().contains(asked.geometry())
        asked.leave()
