"""Sums, variables and promoted settings in the window, with real keys and clicks."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget

from blocks.graph import Graph
from designer.fields import TextField
from designer.handing import of_setting
from designer.panels.names import NameRow
from designer.scene import Place
from designer.window import MainWindow
from runtime.file import loads, save_design
from runtime.variables import with_sum, with_variable
from tests.designer.hands import LEFT, Open, key, typed
from tests.runtime.test_variables import TEXT


@pytest.fixture
def cells(start: Open, tmp_path: Path) -> MainWindow:
    """A window on a network that is used twice in another, which is in sight."""
    save_design(tmp_path / "cells.json", loads(TEXT))
    window = start()
    window.files.open(tmp_path / "cells.json")
    window.stage.go_to(Place("Net"))
    return window


def choose(window: MainWindow, *names: str) -> None:
    window.stage.canvas.select(names)


def field(window: MainWindow, setting: str) -> TextField:
    found = window.inspector.nodes.form.rows[setting].field
    assert isinstance(found, TextField)
    return found


def graph(window: MainWindow, network: str) -> Graph:
    return window.document.design.networks[network]


def row(window: MainWindow, name: str, *, own: bool = False) -> NameRow:
    page = window.inspector.whole
    return (page.settings if own else page.variables).rows[name]


def write(line: QWidget, words: str, *, enter: bool = False) -> None:
    """Types over what stands in a line."""
    line.setFocus()
    line.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(line, words)
    if enter:
        key(line, Qt.Key.Key_Return)


def menu_of(window: MainWindow, setting: str) -> QMenu:
    """The menu that a click with the other button on a setting's name opens."""
    label = window.inspector.nodes.form.rows[setting].label
    at = label.rect().center()
    QApplication.sendEvent(label, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, label.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def pick(menu: QMenu, words: str) -> None:
    action = next(a for a in menu.actions() if a.text() == words)
    QTest.mouseClick(menu, LEFT, Qt.KeyboardModifier.NoModifier, menu.actionGeometry(action).center())


def test_a_sum_over_names_is_typed_into_a_field_and_shown_with_its_value(cells: MainWindow) -> None:
    choose(cells, "fc")
    typed(cells, "out_features", "3*base - 1")
    assert graph(cells, "Net").nodes["fc"].given == (("out_features", "3*base - 1"),)
    assert graph(cells, "Net").block("fc").value("out_features") == 23
    assert field(cells, "out_features").hint.text() == "= 23"
    assert cells.document.history == ("Set fc out_features to 3*base - 1 (was base+2)",)


def test_a_number_makes_it_plain_again(cells: MainWindow) -> None:
    choose(cells, "fc")
    assert field(cells, "out_features").line.text() == "base+2"
    typed(cells, "out_features", "7")
    assert graph(cells, "Net").nodes["fc"].given == ()
    assert field(cells, "out_features").hint.text() != "= 7"


def test_a_name_that_is_not_known_is_told_beneath_the_field(cells: MainWindow) -> None:
    choose(cells, "fc")
    typed(cells, "out_features", "2*bass")
    complaint = cells.inspector.nodes.form.rows["out_features"].complaint
    assert "bass is not known here; did you mean base?" in complaint.text()


def test_one_sum_is_typed_for_several_nodes(cells: MainWindow) -> None:
    cells.document.apply(lambda d: with_sum(d, "Cell", ["conv", "back"], "out_channels", "width"), "Even out")
    cells.stage.go_to(Place("Cell"))
    choose(cells, "conv", "back")
    assert field(cells, "out_channels").line.text() == "width"
    typed(cells, "out_channels", "8+width")
    assert [graph(cells, "Cell").block(n).value("out_channels") for n in ("conv", "back")] == [24, 24]


def test_a_variable_is_added_named_changed_and_removed(cells: MainWindow) -> None:
    choose(cells)
    page = cells.inspector.whole
    QTest.mouseClick(page.add_variable, LEFT)
    added = row(cells, "width2")
    assert added.name.hasFocus()
    write(added.name, "depth", enter=True)
    write(row(cells, "depth").field.line, "12")
    assert cells.document.design.variables == {"base": 8, "depth": 12}
    QTest.mouseClick(row(cells, "depth").remove, LEFT)
    assert cells.document.design.variables == {"base": 8}
    assert cells.document.history[-1] == "Remove the variable depth"


def test_what_follows_a_variable_changes_with_it_in_one_step(cells: MainWindow) -> None:
    choose(cells)
    write(row(cells, "base").field.line, "16")
    assert graph(cells, "Net").block("fc").value("out_features") == 18
    assert graph(cells, "Net").block("b").value("settings") == (("width", 64),)
    assert len(cells.document.history) == 1
    cells.document.undo()
    assert graph(cells, "Net").block("fc").value("out_features") == 10
    assert row(cells, "base").field.line.text() == "8"


def test_sums_follow_a_variable_that_is_renamed(cells: MainWindow) -> None:
    choose(cells)
    write(row(cells, "base").name, "size", enter=True)
    assert graph(cells, "Net").nodes["fc"].given == (("out_features", "size+2"),)
    assert list(cells.document.design.variables) == ["size"]


def test_a_name_that_is_taken_is_refused_and_put_back(cells: MainWindow) -> None:
    choose(cells)
    write(row(cells, "base").name, "width", enter=True)
    assert row(cells, "base").name.text() == "base"
    assert cells.document.history == ()
    assert "Cell has a setting named width" in cells.stage.canvas.bubble.text()


def test_a_value_that_a_node_cannot_take_is_refused(cells: MainWindow) -> None:
    choose(cells)
    write(row(cells, "base").field.line, "-5")
    assert cells.document.design.variables["base"] == 8
    assert "out_features of fc" in cells.stage.canvas.bubble.text()


def test_an_inner_setting_is_promoted_by_the_menu_of_its_name(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    choose(cells, "back")
    pick(menu_of(cells, "out_channels"), "Promote to Cell's settings")
    assert graph(cells, "Cell").settings == {"width": 16, "out_channels": 8}
    assert field(cells, "out_channels").line.text() == "out_channels"
    assert cells.document.history == ("Promote out_channels of back to Cell's settings",)


def test_the_menu_says_why_a_setting_cannot_be_promoted(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    choose(cells, "back")
    menu = menu_of(cells, "kernel_size")
    (action,) = (a for a in menu.actions() if a.text().startswith("Promote"))
    assert not action.isEnabled()
    assert "no single number" in action.toolTip()
    menu.close()


def test_the_menu_keeps_the_value_instead_of_the_sum(cells: MainWindow) -> None:
    choose(cells, "fc")
    pick(menu_of(cells, "out_features"), "Keep 10 instead of base+2")
    assert graph(cells, "Net").nodes["fc"].given == ()
    assert graph(cells, "Net").block("fc").value("out_features") == 10


def test_a_use_shows_the_settings_of_its_network_as_fields(cells: MainWindow) -> None:
    choose(cells, "a")
    assert field(cells, "settings.width").line.text() == "16"
    assert cells.inspector.nodes.form.rows["settings.width"].label.text() == "width"
    assert "promoted from Cell" in field(cells, "settings.width").toolTip()
    assert "settings" not in cells.inspector.nodes.form.rows
    typed(cells, "settings.width", "24")
    assert graph(cells, "Net").block("a").value("settings") == (("width", 24),)
    typed(cells, "settings.width", "16")
    assert graph(cells, "Net").block("a").value("settings") == ()


def test_a_use_takes_sums_too(cells: MainWindow) -> None:
    choose(cells, "a")
    typed(cells, "settings.width", "base/2")
    assert graph(cells, "Net").block("a").value("settings") == (("width", 4),)
    assert field(cells, "settings.width").hint.text() == "= 4"
    typed(cells, "settings.width", "base/2000")
    complaint = cells.inspector.nodes.form.rows["settings.width"].complaint
    assert complaint.text().startswith("width expects a whole number")


def test_a_networks_settings_are_edited_where_nothing_is_selected(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    choose(cells)
    write(row(cells, "width", own=True).field.line, "5")
    assert graph(cells, "Cell").block("conv").value("out_channels") == 10
    write(row(cells, "width", own=True).name, "breadth", enter=True)
    assert graph(cells, "Net").nodes["b"].given == (("settings.breadth", "4*base"),)
    QTest.mouseClick(row(cells, "breadth", own=True).remove, LEFT)
    assert graph(cells, "Cell").settings == {}
    assert graph(cells, "Net").nodes["b"].given == ()


def test_the_inspector_and_the_card_say_how_often_a_network_is_used(cells: MainWindow) -> None:
    choose(cells, "a")
    assert cells.inspector.nodes.subtitle.text().endswith("used 2 times")
    canvas = cells.stage.canvas
    assert canvas.sheet.times_used(canvas.sheet.graph.nodes["a"]) == 2


def test_another_network_is_chosen_for_a_use(cells: MainWindow) -> None:
    cells.document.apply(lambda design: design.with_network("Other", design.networks["Cell"]), "Copy")
    choose(cells, "a")
    rows = cells.inspector.nodes.form.rows
    assert list(rows)[-3:] == ["network", "settings.width", "repeat"]
    combo = rows["network"].field.focusProxy()
    assert isinstance(combo, QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())] == ["Cell", "Other"]
    combo.setFocus()
    key(combo, Qt.Key.Key_Down)
    assert graph(cells, "Net").block("a").value("network") == "Other"
    assert cells.document.verdict.errors == ()


def test_a_value_that_something_inside_cannot_take_says_what(cells: MainWindow) -> None:
    cells.document.apply(lambda d: with_sum(d, "Cell", ["conv"], "out_channels", "width"), "Even out")
    choose(cells, "a")
    typed(cells, "settings.width", "0")
    complaint = cells.inspector.nodes.form.rows["settings.width"].complaint
    assert complaint.text() == "width expects a whole number of at least 1, as out_channels of conv asks, received 0"


def test_opening_a_use_shows_the_network_itself(cells: MainWindow) -> None:
    choose(cells, "b")
    key(cells.stage.canvas, Qt.Key.Key_Return)
    assert cells.stage.scene.place == Place("Cell")
    assert cells.stage.scene.graph.block("conv").value("out_channels") == 32


def test_a_use_is_detached_by_its_keys(cells: MainWindow) -> None:
    choose(cells, "b")
    keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    key(cells.stage.canvas, Qt.Key.Key_D, keys)
    assert graph(cells, "Net").block("b").value("network") == "Cell2"
    assert cells.document.history == ("Detach b",)
    key(cells.stage.canvas, Qt.Key.Key_D, keys)
    assert "only use" in cells.stage.canvas.bubble.text()


def test_the_default_of_a_new_variable_is_free(cells: MainWindow) -> None:
    cells.document.apply(lambda design: with_variable(design, "width2", 1), "Add")
    choose(cells)
    QTest.mouseClick(cells.inspector.whole.add_variable, LEFT)
    assert list(cells.document.design.variables) == ["base", "width2", "width3"]


def test_a_setting_is_promoted_by_dragging_its_name_onto_the_way_to_the_network(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    choose(cells, "back")
    crumbs, held = cells.top.crumbs, of_setting("out_channels")
    at, keys = crumbs.rect().center(), Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at, Qt.DropAction.CopyAction, held, LEFT, keys)
    QApplication.sendEvent(crumbs, entered)
    assert entered.isAccepted()
    assert crumbs.property("target")
    QApplication.sendEvent(crumbs, QDropEvent(QPointF(at), Qt.DropAction.CopyAction, held, LEFT, keys))
    assert graph(cells, "Cell").settings == {"width": 16, "out_channels": 8}
    assert not crumbs.property("target")


def test_what_is_no_setting_is_not_taken_by_the_way(cells: MainWindow) -> None:
    crumbs, other = cells.top.crumbs, QMimeData()
    at, keys = crumbs.rect().center(), Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(at, Qt.DropAction.CopyAction, other, LEFT, keys)
    QApplication.sendEvent(crumbs, entered)
    assert not crumbs.property("target")


def test_the_menu_key_in_a_field_opens_the_menu_of_its_setting(cells: MainWindow) -> None:
    choose(cells, "fc")
    line = field(cells, "out_features").line
    at = line.rect().center()
    QApplication.sendEvent(line, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, at, line.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text() for action in menu.actions()] == ["Promote to Net's settings", "Keep 10 instead of base+2"]
    menu.close()


def test_the_history_says_what_a_use_hands_to_its_network(cells: MainWindow) -> None:
    choose(cells, "b")
    typed(cells, "settings.width", "3")
    assert cells.document.history == ("Set b width to 3 (was 4*base)",)


def test_the_history_tells_a_variable_and_not_all_that_follows(cells: MainWindow) -> None:
    choose(cells)
    write(row(cells, "base").field.line, "4")
    assert cells.document.history == ("Set the variable base to 4 (was 8)",)
