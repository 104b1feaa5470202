"""Keys of one's own: recorded by pressing them, conflicts named, kept for the next window, obeyed everywhere."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer.canvas.commands import BY_NAME, build_menu
from designer.shortcut_page import ShortcutPage
from designer.shortcuts import Binding, Shortcuts
from designer.window import MainWindow
from tests.designer.hands import CONTROL, LEFT, SHIFT, key, nodes

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(lenet: MainWindow) -> ShortcutPage:
    key(lenet, Qt.Key.Key_K, CONTROL)
    found = lenet.findChild(ShortcutPage)
    assert isinstance(found, ShortcutPage)
    return found


def choose(page: ShortcutPage, words: str) -> None:
    """Finds a command on the page and begins to record."""
    page.field.selectAll()
    key(page.field, Qt.Key.Key_Backspace)
    QTest.keyClicks(page.field, words)
    key(page.list, Qt.Key.Key_Return)


def told(page: ShortcutPage) -> str:
    item = page.list.currentItem()
    assert item is not None
    return item.text(1)


def test_a_pressed_key_is_recorded_and_obeyed_at_once(page: ShortcutPage, lenet: MainWindow) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_J, CONTROL)
    assert told(page) == "Ctrl+J"
    canvas = lenet.stage.canvas
    canvas.select(["conv1"])
    key(canvas, Qt.Key.Key_F2)
    assert not canvas.name_field.isVisible()
    key(canvas, Qt.Key.Key_J, CONTROL)
    assert canvas.name_field.isVisible()


def test_menus_tooltips_and_the_box_of_commands_show_the_new_key(
    page: ShortcutPage, lenet: MainWindow, qtbot: QtBot
) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_J, CONTROL)
    choose(page, "undo")
    key(page.list, Qt.Key.Key_U, CONTROL)
    texts = [action.text() for action in build_menu(lenet.stage.canvas).actions()]
    assert "Rename\tCtrl+J" in texts
    assert lenet.commands["Rename"].text() == "Rename\tCtrl+J"
    page.close()
    with qtbot.waitActive(lenet):
        lenet.activateWindow()
    lenet.reveal("LeNet", "relu1")
    key(lenet.stage.canvas, Qt.Key.Key_Delete)
    assert lenet.commands["Undo"].toolTip().endswith("(Ctrl+U)")
    key(lenet, Qt.Key.Key_U, CONTROL)
    assert "relu1" in nodes(lenet)
    assert lenet.commands.keys(next(c for c, _ in lenet.commands.all() if c.text == "Undo")) == "Ctrl+U"


def test_a_key_that_another_command_has_is_asked_about(page: ShortcutPage, lenet: MainWindow) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_L, CONTROL)
    assert page.told.text() == "Ctrl+L is the key of “Arrange”."
    QTest.mouseClick(page.keep, LEFT)
    assert told(page) == "F2"
    key(page.list, Qt.Key.Key_Return)
    key(page.list, Qt.Key.Key_L, CONTROL)
    key(page.replace, Qt.Key.Key_Space)
    keymap = lenet.stage.canvas.keymap
    assert (keymap.keys("rename"), keymap.keys("arrange")) == (("Ctrl+L",), ())


def test_escape_leaves_the_key_as_it_is_and_modifiers_alone_are_none(page: ShortcutPage) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_Shift, SHIFT)
    assert page.recording
    key(page.list, Qt.Key.Key_Escape)
    assert (page.recording, told(page), page.isVisible()) == ("", "F2", True)


def test_space_and_escape_belong_to_nobody(page: ShortcutPage) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_Space)
    assert page.told.text().startswith("Space pans the canvas and opens the search, always.")
    assert page.recording


def test_a_key_is_taken_away_and_one_command_or_all_are_reset(page: ShortcutPage, lenet: MainWindow) -> None:
    choose(page, "rename")
    key(page.list, Qt.Key.Key_Escape)
    key(page.list, Qt.Key.Key_Delete)
    assert told(page) == ""
    QTest.mouseClick(page.reset, LEFT)
    assert told(page) == "F2"
    choose(page, "arrange")
    key(page.list, Qt.Key.Key_J, CONTROL | ALT)
    QTest.mouseClick(page.reset_all, LEFT)
    assert lenet.stage.canvas.keymap.keys("arrange") == BY_NAME["arrange"].keys
    assert not QSettings().childGroups().count("shortcuts")


def test_commands_are_found_by_their_key_too(page: ShortcutPage) -> None:
    QTest.keyClicks(page.field, "ctrl+shift+g")
    assert "Expand" in [item.text(0) for item in page._items()]


def test_the_page_opens_once_and_does_not_block_the_window(page: ShortcutPage, lenet: MainWindow) -> None:
    key(lenet, Qt.Key.Key_K, CONTROL)
    assert lenet.findChildren(ShortcutPage) == [page]
    assert not page.isModal()


def some() -> Shortcuts:
    shortcuts = Shortcuts()
    shortcuts.offer([Binding("a", "A", "Edit", ("Ctrl+1",)), Binding("b", "B", "Edit", ("Ctrl+2", "Ctrl+3"))])
    return shortcuts


def test_chosen_keys_are_kept_for_the_next_window(qapp: object) -> None:
    some().choose("a", "Ctrl+3")
    again = some()
    assert (again.keys("a"), again.keys("b")) == (("Ctrl+3",), ("Ctrl+2",))
    assert again.own("a")
    again.reset("b")
    assert (again.keys("a"), again.keys("b")) == ((), ("Ctrl+2", "Ctrl+3"))
    some().reset_all()
    assert some().keys("a") == ("Ctrl+1",)


def test_what_was_kept_and_cannot_be_read_does_no_harm(qapp: object) -> None:
    for name, value in (("a", "nonsense"), ("b", '["NoSuchKey+"]'), ("c", "3")):
        QSettings().setValue(f"shortcuts/{name}", value)
    assert some().keys("a") == ("Ctrl+1",)


def test_return_stands_for_the_enter_of_the_number_pad_too(qapp: object) -> None:
    shortcuts = some()
    shortcuts.choose("a", "Alt+Return")
    assert shortcuts.keys("a") == ("Alt+Return", "Alt+Enter")
