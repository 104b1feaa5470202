"""Choosing from a list: what one typing of first letters chose is undone at once, each pick by mouse for itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.fields import ChoiceField, Combo, PartField
from designer.form import Form
from designer.window import MainWindow
from tests.designer.hands import CONTROL, key


def combo(window: MainWindow, setting: str) -> Combo:
    form = window.inspector.whole.recipes["fit"].form
    assert isinstance(form, Form)
    field = form.rows[setting].field
    assert isinstance(field, PartField)
    return field.combo


def type_into(chosen: Combo, words: str) -> None:
    chosen.setFocus()
    QTest.keyClicks(chosen, words)


def pick(qtbot: QtBot, chosen: Combo, words: str) -> None:
    """Opens the list and clicks a line of it, not so fast that it were the same click."""
    QTest.mouseClick(chosen, Qt.MouseButton.LeftButton)
    view = chosen.view()
    qtbot.wait(600)
    at = view.visualRect(chosen.model().index(chosen.findText(words), 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.waitUntil(lambda: chosen.currentText() == words)


@pytest.mark.parametrize(("setting", "words"), [("optimizer", "RMSprop"), ("schedule", "CosineRestarts")])
def test_what_is_typed_letter_by_letter_is_one_step(lenet: MainWindow, setting: str, words: str) -> None:
    key(combo(lenet, setting), Qt.Key.Key_Home)
    lenet.inspector.whole.title.setFocus()
    before = lenet.document.design
    type_into(combo(lenet, setting), words)
    assert combo(lenet, setting).currentText() == words
    assert len(lenet.document.history) == 2
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert lenet.document.design == before


def test_what_is_typed_into_two_lists_is_two_steps(lenet: MainWindow) -> None:
    type_into(combo(lenet, "optimizer"), "RMSprop")
    type_into(combo(lenet, "schedule"), "Linear")
    assert len(lenet.document.history) == 2


def test_two_picks_from_one_list_are_two_steps(lenet: MainWindow, qtbot: QtBot) -> None:
    pick(qtbot, combo(lenet, "optimizer"), "RAdam")
    pick(qtbot, combo(lenet, "optimizer"), "RMSprop")
    assert len(lenet.document.history) == 2


def test_data_that_is_typed_is_one_step(lenet: MainWindow) -> None:
    source = lenet.inspector.whole.data.combo
    second = source.itemText(two_alike(source)[1])
    type_into(source, second)
    assert source.currentText() == second
    assert len(lenet.document.history) == 1


def two_alike(source: Combo) -> tuple[int, int]:
    """Two lines that begin with the same letter, as the keys come to them from the one that is chosen."""
    lines = [(source.currentIndex() + step) % source.count() for step in range(1, source.count())]
    pairs = ((one, other) for at, one in enumerate(lines) for other in lines[at + 1 :])
    return next(p for p in pairs if source.itemText(p[0])[0].lower() == source.itemText(p[1])[0].lower())


def test_a_word_typed_in_the_page_of_a_node_is_one_step(lenet: MainWindow) -> None:
    lenet.stage.canvas.select(["fc3"])
    field = lenet.inspector.nodes.form.rows["init"].field
    assert isinstance(field, ChoiceField)
    type_into(field.combo, "xavier_uniform")
    assert lenet.document.design.networks["LeNet"].block("fc3").value("init") == "xavier_uniform"
    assert len(lenet.document.history) == 1
