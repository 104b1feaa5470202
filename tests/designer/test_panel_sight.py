"""A panel behind another tab is not in sight, whatever Qt calls visible; long words end in dots."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStyleOptionButton, QWidget
from pytestqt.qtbot import QtBot

from designer.panels.elided import Elided, WrappedButton
from designer.panels.sight import Sight


def test_only_the_tab_in_front_is_in_sight(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    docks, sights = [], []
    for name in ("one", "two"):
        dock, panel = QDockWidget(name), QWidget()
        dock.setWidget(panel)
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        docks.append(dock)
        sights.append(Sight(panel))
    window.tabifyDockWidget(*docks)
    window.show()
    docks[0].raise_()
    qtbot.waitUntil(lambda: [sight.now for sight in sights] == [True, False])
    docks[1].raise_()
    qtbot.waitUntil(lambda: [sight.now for sight in sights] == [False, True])
    docks[1].close()
    qtbot.waitUntil(lambda: [sight.now for sight in sights] == [True, False])


def test_a_panel_without_a_dock_is_in_sight_while_it_is_shown(qtbot: QtBot) -> None:
    panel = QWidget()
    qtbot.addWidget(panel)
    sight = Sight(panel)
    assert not sight.now
    with qtbot.waitSignal(sight.changed):
        panel.show()
    assert sight.now
    panel.hide()
    assert not sight.now


def test_words_that_do_not_fit_ask_for_no_more_room(qtbot: QtBot) -> None:
    label = Elided()
    qtbot.addWidget(label)
    label.setText("a long sentence about a training " * 9)
    assert label.minimumSizeHint().width() < 50
    label.resize(200, 20)
    cut = label.grab().toImage()
    label.setText(label.text() + "and its end")
    assert label.grab().toImage() == cut


def test_margins_are_no_room_for_words(qtbot: QtBot) -> None:
    label = Elided()
    qtbot.addWidget(label)
    label.setContentsMargins(30, 0, 30, 0)
    label.setText("Stacked bidirectional recurrence")
    label.resize(label.fontMetrics().horizontalAdvance(label.text()) + 20, 20)
    assert label.words.endswith("…")


def test_a_button_too_narrow_for_its_words_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    words = "Insert global average pooling before the layer"
    button = WrappedButton(words)
    qtbot.addWidget(button)
    button.resize(160, button.heightForWidth(160))
    lines = painted(button).split("\n")
    assert len(lines) > 1
    assert " ".join(lines) == words == button.text()
    assert button.height() >= len(lines) * button.fontMetrics().lineSpacing()
    assert button.heightForWidth(600) == button.sizeHint().height()


def test_a_word_too_long_for_a_button_ends_in_three_dots(qtbot: QtBot) -> None:
    button = WrappedButton("Delete the_layer_with_the_very_long_name now")
    qtbot.addWidget(button)
    button.resize(120, button.heightForWidth(120))
    first, middle, last = painted(button).split("\n")
    assert (first, last) == ("Delete", "now")
    assert middle.startswith("the_")
    assert middle.endswith("…")


def painted(button: WrappedButton) -> str:
    option = QStyleOptionButton()
    button.initStyleOption(option)
    return option.text
