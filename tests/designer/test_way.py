"""The way in through uses and back, problems inside a use, and what a fix would do: in the window, with real hands."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from blocks import edits
from designer.scene import Place
from designer.window import MainWindow
from runtime.file import loads, save_design
from tests.designer.hands import CONTROL, LEFT, Open, key, typed
from tests.runtime.test_variables import TEXT

Key = Qt.Key


@pytest.fixture
def cells(start: Open, tmp_path: Path) -> MainWindow:
    """A window on a network that is used twice in another, which is in sight."""
    save_design(tmp_path / "cells.json", loads(TEXT))
    window = start()
    window.files.open(tmp_path / "cells.json")
    window.stage.go_to(Place("Net"))
    return window


def way(window: MainWindow) -> list[str]:
    """The parts of the breadcrumb after the title."""
    return [crumb.text() for crumb in crumbs(window)][1:]


def crumbs(window: MainWindow) -> list[QToolButton]:
    row = window.top.crumbs._row
    widgets = [item.widget() for i in range(row.count()) if (item := row.itemAt(i)) is not None]
    return [widget for widget in widgets if isinstance(widget, QToolButton)]


def opened(window: MainWindow, node: str) -> None:
    window.stage.canvas.setFocus()
    window.stage.canvas.select([node])
    key(window.stage.canvas, Key.Key_Return)


def nested(cells: MainWindow) -> None:
    """Net within Outer, which is in sight."""
    cells.stage.go_to(Place("Net"))
    cells.stage.canvas.select(["a", "b"])
    key(cells.stage.canvas, Key.Key_G, CONTROL)
    QTest.keyClicks(cells.stage.canvas.group_field.field, "Pair")
    key(cells.stage.canvas.group_field.field, Key.Key_Return)


def test_the_breadcrumb_shows_the_use_through_which_one_came(cells: MainWindow) -> None:
    assert way(cells) == ["Net"]
    opened(cells, "b")
    assert way(cells) == ["Net", "b (Cell)"]
    key(cells.stage.canvas, Key.Key_Escape)
    assert way(cells) == ["Net"]
    assert cells.stage.canvas.selection() == ("b",)


def test_a_way_through_several_uses_is_gone_back_step_by_step_or_at_once(cells: MainWindow) -> None:
    nested(cells)
    (pair,) = cells.stage.canvas.selection()
    opened(cells, pair)
    opened(cells, "a")
    assert way(cells) == ["Net", f"{pair} (Pair)", "a (Cell)"]
    key(cells.stage.canvas, Key.Key_Backspace)
    assert way(cells) == ["Net", f"{pair} (Pair)"]
    opened(cells, "b")
    QTest.mouseClick(crumbs(cells)[1], LEFT)
    assert cells.stage.scene.place == Place("Net")
    assert cells.stage.canvas.selection() == (pair,)


def test_a_pressed_tab_shows_its_network_by_itself(cells: MainWindow) -> None:
    opened(cells, "b")
    tabs = cells.stage.tabs
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(tabs.currentIndex()).center())
    assert way(cells) == ["Cell"]
    key(cells.stage.canvas, Key.Key_Escape)
    assert cells.stage.scene.place == Place("Cell")


def test_a_way_through_a_use_that_is_gone_is_shown_no_more(cells: MainWindow) -> None:
    opened(cells, "b")
    cells.document.apply(lambda d: d.edited("Net", lambda g: edits.remove(g, ["b"], heal=True)), "Delete b")
    assert way(cells) == ["Cell"]


def test_the_search_offers_no_network_whose_use_would_stand_in_itself(cells: MainWindow) -> None:
    canvas = cells.stage.canvas
    cells.stage.go_to(Place("Cell"))
    key(canvas, Key.Key_Tab)
    QTest.keyClicks(canvas.search.field, "net")
    assert "Net" not in [canvas.search.list.item(i).text() for i in range(canvas.search.list.count())]
    key(canvas.search.field, Key.Key_Escape)
    cells.stage.go_to(Place("Net"))
    key(canvas, Key.Key_Tab)
    QTest.keyClicks(canvas.search.field, "cell")
    assert canvas.search.list.item(0).text() == "Cell"


def test_the_summary_calls_a_use_by_its_network(cells: MainWindow, qtbot: QtBot) -> None:
    cells.bench.raise_dock("Summary")
    model = cells.summary.model
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    told = {model.index(i, 0).data(): model.index(i, 1).data() for i in range(model.rowCount())}
    assert told["a"] == "Cell"
    assert told["b"].startswith("Cell · width 32")


def test_a_setting_of_a_network_is_made_first_and_used_afterwards(cells: MainWindow) -> None:
    cells.stage.canvas.select(())
    page = cells.inspector.whole
    assert page.no_settings.isVisible()
    QTest.mouseClick(page.add_setting, LEFT)
    assert cells.document.history == ("Add the setting width to Net",)
    assert page.settings.rows["width"].name.hasFocus()
    assert not page.no_settings.isVisible()
    cells.stage.canvas.select(["small"])
    typed(cells, "out_channels", "width/4")
    assert cells.document.design.networks["Net"].block("small").value("out_channels") == 8
