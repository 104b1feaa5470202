"""Going back and forth: the list of steps, what undo shows, and that typing is one step a gesture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from designer import actions
from designer.panels.history import HistoryPanel
from designer.scene import Place
from designer.window import HISTORY, MainWindow
from tests.designer.hands import CONTROL, LEFT, SHIFT, key, nodes, place, typed


def shown(panel: HistoryPanel) -> list[str]:
    """The words of the rows."""
    panel.model.refresh()
    return [panel.model.index(row, 0).data() for row in range(panel.model.rowCount())]


def worked(window: MainWindow) -> MainWindow:
    """A window in which four things were done, with the history in front."""
    window.reveal("LeNet", "conv1")
    typed(window, "out_channels", "12")
    key(window.stage.canvas, Qt.Key.Key_Delete)
    window.add_network()
    place(window, "input")
    window.show_history()
    return window


def click(panel: HistoryPanel, row: int) -> None:
    where = panel.view.visualRect(panel.model.index(row, 0)).center()
    QTest.mouseClick(panel.view.viewport(), LEFT, pos=where)


def undo(window: MainWindow) -> None:
    key(window, Qt.Key.Key_Z, CONTROL)


# The list


def test_the_history_says_every_step_where_and_when(lenet: MainWindow) -> None:
    panel = worked(lenet).history
    assert shown(panel) == [
        "The beginning",
        "Set conv1 out_channels to 12 (was 32)",
        "Delete conv1",
        "Add the network Network",
        "Add input",
    ]
    where = [panel.model.index(row, 1).data() for row in range(5)]
    assert where == ["", "LeNet", "LeNet", "Network", "Network"]
    assert all(panel.model.index(row, 2).data().count(":") == 2 for row in range(1, 5))


def test_a_click_goes_back_over_many_steps_and_on_again(lenet: MainWindow) -> None:
    before = lenet.document.design
    window = worked(lenet)
    after = window.document.design
    click(window.history, 0)
    assert window.document.design is before
    assert window.status.currentMessage() == "Undone in LeNet: Set conv1 out_channels to 12 (was 32) (4 steps)"
    click(window.history, 4)
    assert window.document.design is after
    assert window.stage.scene.place == Place("Network")


def test_the_history_is_gone_through_with_the_keyboard(lenet: MainWindow) -> None:
    window = worked(lenet)
    view = window.history.view
    assert view.hasFocus()
    for _ in range(2):
        key(view, Qt.Key.Key_Up)
    assert window.document.position == 4  # the arrows only look about
    key(view, Qt.Key.Key_Return)
    assert window.document.position == 2
    assert view.hasFocus()
    assert view.currentIndex().row() == 2


def test_the_row_of_now_is_marked_and_undone_ones_are_grey(lenet: MainWindow) -> None:
    window = worked(lenet)
    click(window.history, 2)
    model, role = window.history.model, Qt.ItemDataRole
    bold = [model.index(row, 0).data(role.FontRole).bold() for row in range(5)]
    assert bold == [False, False, True, False, False]
    ink = [model.index(row, 0).data(role.ForegroundRole) for row in range(5)]
    assert [colour is not None for colour in ink] == [False, False, False, True, True]
    assert model.index(2, 0).data(role.ToolTipRole) == "The design is here now."
    assert model.index(4, 0).data(role.ToolTipRole) == "Undone. Click or press Enter to go on here."


def test_the_row_that_the_file_holds_is_marked(lenet: MainWindow, tmp_path: Path) -> None:
    window = worked(lenet)
    assert "The file holds it" in window.history.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    window.document.save(tmp_path / "mine.json")
    undo(window)
    told = [window.history.model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) for row in range(5)]
    assert ["The file holds it" in words for words in told] == [False, False, False, False, True]


def test_a_step_after_going_back_takes_the_place_of_those_undone(lenet: MainWindow) -> None:
    window = worked(lenet)
    click(window.history, 1)
    window.do("Rename conv1 to first", actions.renamed("LeNet", "conv1", "first"))
    assert shown(window.history)[2:] == ["Rename conv1 to first"]


def test_a_list_that_nobody_sees_waits_until_it_is_looked_at(lenet: MainWindow, qtbot: QtBot) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    assert lenet.history.model.rowCount() == 1
    lenet.commands["History"].trigger()
    assert lenet.history.model.rowCount() == 2
    assert lenet.bench.docks[HISTORY].isVisible()


def test_many_steps_stay_quick_to_show(lenet: MainWindow) -> None:
    lenet.show_history()
    for step in range(300):
        lenet.document.apply(actions.retitled(f"Title {step}"))
    assert lenet.history.view.currentIndex().row() == 300
    seen = lenet.history.view.visualRect(lenet.history.model.index(300, 0))
    assert lenet.history.view.viewport().rect().intersects(seen)


# What undo shows


def test_undo_brings_back_what_was_selected(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    canvas.select(["conv1", "relu1"])
    key(canvas, Qt.Key.Key_Delete)
    canvas.select(["fc3"])
    undo(lenet)
    assert set(canvas.selection()) == {"conv1", "relu1"}


def test_redo_selects_what_the_step_left_selected(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    lenet.reveal("LeNet", "pool2")
    place(lenet, "gelu")
    canvas.select(["conv1"])
    undo(lenet)
    assert canvas.selection() == ("pool2",)
    key(lenet, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert canvas.selection() == ("gelu1",)


def test_undoing_what_was_done_in_another_network_shows_it_there_and_says_so(lenet: MainWindow) -> None:
    lenet.add_network()
    place(lenet, "input")
    lenet.stage.go_to(Place("LeNet"))
    undo(lenet)
    assert lenet.stage.scene.place == Place("Network")
    assert lenet.status.currentMessage() == "Undone in Network: Add input"
    assert nodes(lenet) == []
    undo(lenet)
    assert lenet.stage.scene.place == Place("LeNet")
    assert lenet.status.currentMessage() == "Undone in LeNet: Add the network Network"
    key(lenet, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert lenet.stage.scene.place == Place("Network")


def test_what_a_fix_changed_in_another_network_is_shown_when_it_is_undone(lenet: MainWindow) -> None:
    lenet.add_network()
    lenet.do("Repair", actions.configured("LeNet", ["conv1"], {"out_channels": 8}))
    assert lenet.stage.scene.place == Place("Network")
    undo(lenet)
    assert lenet.stage.scene.place == Place("LeNet")


def test_undo_within_an_opened_block_comes_out_to_what_it_takes_back(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    lenet.reveal("LeNet", "pool2")
    place(lenet, "residual")
    block = canvas.selection()[0]
    lenet.stage.open_node(block)
    assert lenet.stage.scene.place.path == (block,)
    undo(lenet)
    assert lenet.stage.scene.place == Place("LeNet")
    assert lenet.status.currentMessage() == f"Undone in LeNet: Add {block}"


def test_what_is_undone_is_brought_into_sight(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    lenet.reveal("LeNet", "fc3")
    typed(lenet, "out_features", "12")
    canvas.camera.pan(5000, 5000)
    canvas.looked()
    undo(lenet)
    at = canvas.mapFromScene(*canvas.sheet.place("fc3"))
    assert canvas.viewport().rect().contains(at)


def test_undoing_the_data_shows_the_page_of_the_design(lenet: MainWindow) -> None:
    data = lenet.document.design.data
    assert data is not None
    lenet.do("", actions.with_data(data.with_settings(batch_size=8)))
    lenet.reveal("LeNet", "conv1")
    undo(lenet)
    assert lenet.stage.canvas.selection() == ()
    assert lenet.inspector.whole.isVisible()
    assert lenet.status.currentMessage() == "Undone: Set the data's batch_size to 8 (was 64)"


def opened_and_edited(window: MainWindow) -> str:
    """Groups two nodes with Ctrl+G, opens the network with Enter, types a setting in there, comes out by its tab."""
    canvas, tabs = window.stage.canvas, window.stage.tabs
    canvas.select(["conv1", "relu1"])
    key(canvas, Qt.Key.Key_G, CONTROL)
    key(canvas.group_field.field, Qt.Key.Key_Return)
    key(canvas, Qt.Key.Key_Return)
    inside = window.stage.scene.place.network
    canvas.select(["conv1"])
    typed(window, "out_channels", "12")
    outer = tabs.homes.index(Place("LeNet"))
    QTest.mouseClick(tabs, LEFT, pos=tabs.tabRect(outer).center())
    canvas.setFocus()
    return inside


def test_undo_outside_shows_what_it_takes_back_inside_an_opened_network(lenet: MainWindow) -> None:
    inside = opened_and_edited(lenet)
    assert inside != "LeNet"
    assert lenet.stage.scene.place == Place("LeNet")
    undo(lenet)
    assert lenet.stage.scene.place == Place(inside)
    assert lenet.stage.canvas.selection() == ("conv1",)
    assert lenet.status.currentMessage() == f"Undone in {inside}: Set conv1 out_channels to 12 (was 32)"
    assert lenet.document.design.networks[inside].block("conv1").value("out_channels") == 32


def test_redo_from_outside_shows_the_inside_again(lenet: MainWindow) -> None:
    inside = opened_and_edited(lenet)
    undo(lenet)
    undo(lenet)  # the grouping: its network is gone, and the nodes are back where they were
    assert lenet.stage.scene.place == Place("LeNet")
    assert inside not in lenet.document.design.networks
    for _ in range(2):
        key(lenet, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert lenet.stage.scene.place == Place(inside)
    assert lenet.document.design.networks[inside].block("conv1").value("out_channels") == 12


# One step a gesture


def test_typing_in_one_field_and_then_in_another_is_two_steps(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "128")
    typed(lenet, "kernel_size", "5")
    assert lenet.document.history == (
        "Set conv1 out_channels to 128 (was 32)",
        "Set conv1 kernel_size to 5 (was 3)",
    )


def test_typing_goes_on_as_another_step_after_the_cursor_has_left(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv1")
    typed(lenet, "out_channels", "12")
    lenet.stage.canvas.setFocus()
    typed(lenet, "out_channels", "14")
    assert len(lenet.document.history) == 2


def test_every_tick_of_a_box_is_a_step_of_its_own(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "conv1")
    box = lenet.inspector.nodes.form.rows["bias"].field.box  # type: ignore[attr-defined]
    for _ in range(2):
        QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert lenet.document.history == ("Set conv1 bias to no (was yes)", "Set conv1 bias to yes (was no)")


def test_each_drag_is_a_step_of_its_own_however_quick(lenet: MainWindow) -> None:
    canvas = lenet.stage.canvas
    canvas.zoom_to(1.0)
    lenet.reveal("LeNet", "conv1")
    for _ in range(2):
        x, y = canvas.sheet.place("conv1")
        start = canvas.mapFromScene(x + 104, y + 23)
        QTest.mousePress(canvas.viewport(), LEFT, pos=start)
        for part in (1, 2, 3):
            QTest.mouseMove(canvas.viewport(), start + QPoint(16 * part, 0))
        QTest.mouseRelease(canvas.viewport(), LEFT, pos=start + QPoint(48, 0))
    assert lenet.document.history == ("Move conv1", "Move conv1")
