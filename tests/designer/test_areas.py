"""The window by keyboard: F6 from area to area, Tab as one reads, and one ring around where it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from designer.areas import FocusRing
from designer.window import MainWindow

Key = Qt.Key
PLAIN, SHIFT, ALT = (getattr(Qt.KeyboardModifier, f"{n}Modifier") for n in ("No", "Shift", "Alt"))


def press(key: Qt.Key, keys: Qt.KeyboardModifier = PLAIN) -> QWidget:
    """A key of the board; what has the keyboard then."""
    front = QGuiApplication.focusWindow()
    assert front is not None
    QTest.keyClick(front, key, keys)
    QCoreApplication.processEvents()
    focus = QApplication.focusWidget()
    assert focus is not None
    return focus


def rings(window: MainWindow) -> list[QWidget | None]:
    return [ring.parentWidget() for ring in window.findChildren(FocusRing) if ring.isVisible()]


def test_f6_goes_around_the_window_and_back(lenet: MainWindow) -> None:
    onward = [press(Key.Key_F6) for _ in range(5)]
    assert onward[0] is lenet.inspector.whole.title
    assert onward[-1] is lenet.stage.canvas
    assert [press(Key.Key_F6, SHIFT) for _ in range(5)] == [*onward[-2::-1], lenet.stage.canvas]


def test_an_area_is_entered_where_one_was_in_it_and_esc_leads_to_the_canvas(lenet: MainWindow) -> None:
    press(Key.Key_F6)
    press(Key.Key_Tab)
    there = press(Key.Key_Tab)
    assert press(Key.Key_Escape) is lenet.stage.canvas
    assert press(Key.Key_F6) is there


def test_tab_follows_what_one_reads_from_the_top_and_from_the_left(lenet: MainWindow) -> None:
    lenet.stage.canvas.select(["conv1"])
    read = [press(Key.Key_F6), *(press(Key.Key_Tab) for _ in range(6))]
    tops = [widget.mapTo(lenet, widget.rect().center()).y() for widget in read]
    assert tops == sorted(tops)
    assert len(set(read)) == 7


@pytest.mark.parametrize(("key", "name"), [(Key.Key_1, "Search blocks"), (Key.Key_5, "Filter the outline")])
def test_alt_and_a_number_bring_a_panel_with_the_keyboard_in_it(lenet: MainWindow, key: Qt.Key, name: str) -> None:
    assert press(key, ALT).accessibleName() == name


def test_there_is_one_ring_around_the_list_that_has_the_keyboard(lenet: MainWindow) -> None:
    assert press(Key.Key_0, ALT) is lenet.history.view
    assert rings(lenet) == [lenet.history.view]
    tabs = press(Key.Key_Tab, SHIFT)
    assert rings(lenet) == [tabs]
    press(Key.Key_0, ALT)
    lenet.inspector.whole.title.setFocus()
    assert rings(lenet) == []


def test_what_opens_over_the_canvas_keeps_the_keyboard_until_it_is_left(lenet: MainWindow) -> None:
    press(Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert press(Key.Key_Tab) is lenet.finder.field
    assert press(Key.Key_Escape) is lenet.stage.canvas
