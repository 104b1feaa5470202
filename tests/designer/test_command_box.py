"""The box of commands: every command by a few letters, with its key, the reason, and what was given last first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.window import MainWindow
from tests.designer.hands import CONTROL, SHIFT, key

_TOLD = Qt.ItemDataRole.UserRole


def box(window: MainWindow, words: str = "") -> list[tuple[str, str, str]]:
    """Opens the box, types, and gives the lines: the command, why not, and its key."""
    key(window, Qt.Key.Key_P, CONTROL | SHIFT)
    QTest.keyClicks(window.box.field, words)
    shown = window.box.list
    return [shown.item(i).data(_TOLD) for i in range(shown.count())]


def test_the_box_holds_every_command_with_its_key(lenet: MainWindow) -> None:
    lines = box(lenet)
    assert len(lines) == len(lenet.commands.all())
    keys = {name: shown for name, _, shown in lines}
    assert keys["Edit › Find…"] == "Ctrl+F"
    assert keys["Edit › Select all"] == "Ctrl+A"
    assert keys["Canvas › Go down along the wires"] == "Down"


def test_a_few_letters_strewn_or_of_each_word_find_a_command(lenet: MainWindow) -> None:
    for typed, meant in (("undo", "Edit › Undo"), ("dk", "View › Dark theme"), ("sel al", "Edit › Select all")):
        assert meant in [line[0] for line in box(lenet, typed)][:3], typed
        key(lenet.box.field, Qt.Key.Key_Escape)
    assert box(lenet, "qqqq") == []
    assert lenet.box.why.text() == "No command is called that."


def test_a_command_that_cannot_be_given_says_why_in_its_line(lenet: MainWindow) -> None:
    line = box(lenet, "redo")[0]
    assert line == ("Edit › Redo", "There is nothing to do again.", "Ctrl+Shift+Z")
    key(lenet.box.field, Qt.Key.Key_Return)
    assert lenet.box.isVisible()


def test_what_was_given_last_stands_first_also_in_the_next_window(lenet: MainWindow) -> None:
    for words in ("select all", "actual size"):
        box(lenet, words)
        key(lenet.box.field, Qt.Key.Key_Return)
    assert [line[0] for line in box(lenet)[:2]] == ["View › Actual size", "Edit › Select all"]
    assert type(lenet.box)(lenet, lenet.commands.all, lenet.commands.keys)._recent == lenet.box._recent


def test_the_keyboard_goes_back_to_where_it_was(lenet: MainWindow) -> None:
    for pressed in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        lenet.stage.canvas.setFocus()
        box(lenet, "select all")
        key(lenet.box.field, pressed)
        assert lenet.stage.canvas.hasFocus()
