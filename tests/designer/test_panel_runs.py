"""The list of runs: what is alive can be followed and stopped, what ended early goes on, any can be compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from designer.panels.runs import RunsPanel
from designer.panels.runs_model import COLUMNS
from designer.theme import LIGHT
from runtime.messages import Ended
from runtime.run import Run
from tests.designer.runs import epoch, finished, live, made, tell


@pytest.fixture
def panel(qtbot: QtBot, tmp_path: Path) -> RunsPanel:
    """The panel on the screen, over an empty folder."""
    shown = RunsPanel(tmp_path, LIGHT)
    qtbot.addWidget(shown)
    shown.resize(1200, 260)
    shown.show()
    return shown


def cell(panel: RunsPanel, row: int, heading: str) -> str:
    column = [column.heading for column in COLUMNS].index(heading)
    return str(panel.view.model().index(row, column).data())


def click(panel: RunsPanel, qtbot: QtBot, row: int, x: int = 60) -> None:
    place = panel.view.visualRect(panel.view.model().index(row, 0))
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.left() + x, place.center().y()))


def stopped(runs_dir: Path) -> Run:
    """A run that was stopped in its second epoch."""
    run = live(runs_dir)
    tell(run, *epoch(1), Ended("stopped", 12, 1, {"loss": 0.6}, {"loss": 0.6}))
    return run


def test_an_empty_folder_says_how_to_begin(panel: RunsPanel) -> None:
    assert panel.empty.isVisible()
    assert "Press ▶ Train" in panel.empty.words.text()


def test_runs_come_newest_first_with_how_they_ended(panel: RunsPanel, tmp_path: Path) -> None:
    finished(tmp_path, "first")
    stopped(tmp_path)
    panel.refresh()
    assert panel.view.model().rowCount() == 2
    assert {cell(panel, row, "State") for row in range(2)} == {"finished", "stopped"}
    assert {cell(panel, row, "Epochs") for row in range(2)} == {"4 of 4", "1 of 4"}
    assert "loss 0.1" in cell(panel, 0, "Best") + cell(panel, 1, "Best")


def test_a_living_run_can_be_followed_and_stopped(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    panel.refresh()
    assert panel.alive() == [run]
    click(panel, qtbot, 0)
    assert panel.buttons["stop"].isEnabled()
    assert not panel.buttons["resume"].isEnabled()
    with qtbot.waitSignal(panel.followed) as heard:
        qtbot.mouseClick(panel.buttons["follow"], Qt.MouseButton.LeftButton)
    assert heard.args == [run]
    with qtbot.waitSignal(panel.stopped) as heard:
        qtbot.mouseClick(panel.buttons["stop"], Qt.MouseButton.LeftButton)
    assert heard.args == [run]


def test_a_run_that_ended_early_can_go_on_and_a_finished_one_says_why_not(
    panel: RunsPanel, qtbot: QtBot, tmp_path: Path
) -> None:
    run, over = stopped(tmp_path), finished(tmp_path, "over")
    panel.refresh()
    panel.choose(run)
    assert panel.buttons["resume"].isEnabled()
    assert "still trains" in panel.buttons["stop"].toolTip()
    panel.choose(over)
    assert not panel.buttons["resume"].isEnabled()
    assert "ended early" in panel.buttons["resume"].toolTip()


def test_nothing_chosen_says_so_on_every_button(panel: RunsPanel, tmp_path: Path) -> None:
    finished(tmp_path)
    panel.refresh()
    assert all(not button.isEnabled() for button in panel.buttons.values())
    assert panel.buttons["open"].toolTip() == "Choose a run first"


def test_the_list_keeps_up_and_the_choice_stays(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = live(tmp_path)
    panel.refresh()
    panel.choose(run)
    made(tmp_path, "another")
    tell(run, *epoch(1))
    qtbot.waitUntil(lambda: panel.view.model().rowCount() == 2)
    chosen = panel.chosen
    assert chosen is not None
    assert chosen[0] == run
    assert chosen[1].epoch == 1


def test_ticked_runs_are_compared(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = finished(tmp_path)
    panel.refresh()
    with qtbot.waitSignal(panel.compared) as heard:
        click(panel, qtbot, 0, x=12)
    assert heard.args == [[run]]
    with qtbot.waitSignal(panel.compared) as heard:
        click(panel, qtbot, 0, x=12)
    assert heard.args == [[]]


def test_a_double_click_follows_a_run(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    run = finished(tmp_path)
    panel.refresh()
    place = panel.view.visualRect(panel.view.model().index(0, 1)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    with qtbot.waitSignal(panel.followed) as heard:
        qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert heard.args == [run]


def test_a_column_sorts_by_value(panel: RunsPanel, qtbot: QtBot, tmp_path: Path) -> None:
    stopped(tmp_path)
    finished(tmp_path, "b")
    panel.refresh()
    panel.view.sortByColumn(3, Qt.SortOrder.AscendingOrder)
    assert [cell(panel, row, "Epochs") for row in range(2)] == ["1 of 4", "4 of 4"]
    panel.view.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert [cell(panel, row, "Epochs") for row in range(2)] == ["4 of 4", "1 of 4"]


def test_nobody_looks_at_the_folder_while_the_list_is_hidden(panel: RunsPanel) -> None:
    assert panel._timer.isActive()
    panel.hide()
    assert not panel._timer.isActive()
