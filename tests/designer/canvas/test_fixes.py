from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import LEFT, PLAIN, Desk, graph, node


@pytest.fixture
def broken(sit: Open) -> Desk:
    """An image wired into a Linear."""
    nodes = {
        "image": node("Input", shape=[3, 8, 8]),
        "conv": node("Conv2d", out_channels=4),
        "head": node("Linear"),
        "output": node("Output"),
    }
    return sit(graph(nodes, "image -> conv", "conv -> head", "head -> output"))


def titles(desk: Desk) -> list[str]:
    return [button.text() for button in desk.canvas.fix_card.buttons]


def test_the_card_beside_a_node_that_does_not_fit_says_why_and_offers_repairs(broken: Desk) -> None:
    assert not broken.canvas.fix_card.isVisible()
    broken.click(broken.pixel("head"))
    card = broken.canvas.fix_card
    assert card.isVisible()
    assert card.title.text() == "head expects a vector or a sequence, received (4, 8, 8)"
    assert "Insert Flatten" in titles(broken)
    assert card.buttons[0].property("primary") == "true"


def test_a_repair_is_one_intent_and_the_card_goes(broken: Desk) -> None:
    broken.click(broken.pixel("head"))
    button = next(b for b in broken.canvas.fix_card.buttons if b.text() == "Insert Flatten")
    QTest.mouseClick(button, LEFT, PLAIN)
    assert [intent.label for intent in broken.done] == ["Insert Flatten"]
    assert {("conv", "flatten1"), ("flatten1", "head")} <= broken.wires()
    assert not broken.canvas.fix_card.isVisible()
    assert broken.layout["head"][1] > broken.layout["flatten1"][1] > broken.layout["conv"][1]


def test_alt_enter_goes_to_the_first_repair_and_enter_does_it(broken: Desk, qtbot: QtBot) -> None:
    broken.canvas.select(["head"])
    with qtbot.waitSignal(broken.canvas.asked_fixes) as asked:
        broken.key(Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert asked.args[0] == "head"
    focused = QApplication.focusWidget()
    assert focused is broken.canvas.fix_card.buttons[0]
    QTest.keyClick(focused, Qt.Key.Key_Return)
    assert len(broken.done) == 1


def test_what_is_only_not_connected_yet_waits_for_alt_enter(chain: Desk) -> None:
    chain.click(chain.pixel("conv", dy=66))
    chain.key(Qt.Key.Key_Delete)
    chain.canvas.select(["relu"])
    assert not chain.canvas.fix_card.isVisible()
    chain.key(Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    assert "Connect conv to relu" in titles(chain)


def test_the_window_may_know_more_repairs_than_the_network(broken: Desk) -> None:
    from blocks.check import check
    from blocks.edits import Fix

    shown = broken.graph
    broken.canvas.set_network(
        "net", shown, check(shown), broken.layout, repairs=lambda _problem, _checked: [Fix("Do nothing", lambda g: g)]
    )
    broken.click(broken.pixel("head"))
    assert titles(broken) == ["Do nothing"]


def test_a_problem_marks_the_node_and_the_wire_into_it(broken: Desk) -> None:
    sheet = broken.canvas.sheet
    assert [name for name, level in zip(sheet.names, sheet.level.tolist(), strict=True) if level == 3] == ["head"]
    assert [w.target for w, bad in zip(sheet.wires.all, sheet.wires.error.tolist(), strict=True) if bad] == ["head"]
