"""The way in through uses and back, problems inside a use, and what a fix would do: in the window, with real hands."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDrag, QEnterEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from blocks import edits
from blocks.graph import Wire
from designer.panels.problem_row import ProblemRow
from designer.scene import Place
from designer.theme import CARD_HEIGHT, CARD_WIDTH
from designer.window import MainWindow
from runtime.design import Design, Note
from runtime.file import loads, save_design
from runtime.variables import with_own_setting, with_sum
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


def unfit(cells: MainWindow, qtbot: QtBot) -> ProblemRow:
    """The row that tells that a kernel inside b is larger than what arrives there, with the value that b gives it."""
    cells.document.apply(lambda d: with_sum(d, "Cell", ["back"], "kernel_size", "width"), "Follow the width")
    unpadded = {"padding": 0}
    cells.document.apply(lambda d: d.edited("Cell", lambda g: edits.configure(g, ["back"], unpadded)), "Unpad")
    cells.document.apply(lambda d: with_own_setting(d, "Cell", "width", 1), "Narrow the cell")
    cells.bench.raise_dock("Problems")
    qtbot.waitUntil(lambda: any("inside, at back" in row.finding.message for row in cells.problems.rows))
    return next(row for row in cells.problems.rows if "inside, at back" in row.finding.message)


def test_a_problem_within_a_use_leads_to_the_node_inside_that_is_to_blame(cells: MainWindow, qtbot: QtBot) -> None:
    row = unfit(cells, qtbot)
    QTest.mouseClick(row.link, LEFT)
    assert cells.stage.scene.place == Place("Net", path=("b",))
    assert cells.stage.canvas.selection() == ("back",)
    assert cells.stage.canvas.sheet.problem("back") is not None
    assert way(cells) == ["Net", "b (Cell)"]
    assert cells.stage.scene.locked.startswith("This is Cell with what b gives it.")
    key(cells.stage.canvas, Key.Key_Escape)
    assert cells.stage.canvas.selection() == ("b",)
    row.link.setFocus()
    key(row.link, Key.Key_Return)
    assert cells.stage.canvas.selection() == ("back",)


def test_networks_are_carried_to_another_window_with_their_places_and_notes(cells: MainWindow, start: Open) -> None:
    def by_hand(design: Design) -> Design:
        design = design.with_places(
            "Cell", {"x": (0.0, 0.0), "conv": (640.0, 8.0), "back": (8.0, 96.0), "y": (0.0, 240.0)}
        )
        return design.with_notes("Cell", (Note("Wide", (0.0, 400.0)),))

    cells.document.apply(by_hand, "Lay out")
    cells.stage.canvas.setFocus()
    cells.stage.canvas.select(["a"])
    key(cells.stage.canvas, Key.Key_C, CONTROL)
    other = start()
    other.files.new()
    other.stage.canvas.setFocus()
    key(other.stage.canvas, Key.Key_V, CONTROL)
    assert other.document.design.layout["Cell"] == cells.document.design.layout["Cell"]
    assert other.document.design.notes["Cell"] == cells.document.design.notes["Cell"]


def menu_key(window: MainWindow) -> QMenu:
    """The menu that the menu key opens, while the pointer lies in the corner of the canvas."""
    canvas = window.stage.canvas
    corner = QPoint(2, 2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, corner, canvas.mapToGlobal(corner))
    QApplication.sendEvent(canvas.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_the_menu_key_opens_the_menu_at_the_selected_card(cells: MainWindow) -> None:
    canvas = cells.stage.canvas
    canvas.select(["fc"])
    menu = menu_key(cells)
    x, y = canvas.sheet.place("fc")
    card = canvas.mapFromScene(x + CARD_WIDTH / 2, y + CARD_HEIGHT / 2)
    assert (canvas.at_hand().pixel.toPoint() - card).manhattanLength() < 4
    assert "Rename" in [action.text().partition("\t")[0] for action in menu.actions()]
    assert canvas.selection() == ("fc",)
    menu.close()


def test_the_menu_key_on_a_selected_wire_opens_the_menu_of_the_wire(cells: MainWindow) -> None:
    canvas = cells.stage.canvas
    canvas.select(())
    canvas.select_wires(canvas.sheet.graph.into("fc"))
    menu = menu_key(cells)
    assert menu.actions()[0].text() == "Add a bend point"
    menu.close()


def test_a_setting_is_promoted_by_key_out_of_its_field(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    cells.stage.canvas.select(["back"])
    row = cells.inspector.nodes.form.rows["out_channels"]
    assert "press Alt+P" in row.label.toolTip()
    line = row.field.focusProxy()
    assert line is not None
    line.setFocus()
    key(line, Key.Key_P, Qt.KeyboardModifier.AltModifier)
    assert cells.document.design.networks["Cell"].settings == {"width": 16, "out_channels": 8}


def test_the_breadcrumb_glows_from_the_moment_a_setting_is_taken(
    cells: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells.stage.canvas.select(["fc"])
    label, crumbs, seen = cells.inspector.nodes.form.rows["out_features"].label, cells.top.crumbs, list[object]()
    monkeypatch.setattr(QDrag, "exec", lambda *_: seen.append(crumbs.property("target")))  # which waits for the drop
    QTest.mousePress(label, LEFT, pos=QPoint(3, 3))
    for step in (20, 40):
        at = QPointF(3 + step, 3)
        move = QMouseEvent(QEvent.Type.MouseMove, at, label.mapToGlobal(at), LEFT, LEFT, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(label, move)
    assert seen[0] is True
    assert not crumbs.property("target")


def without_flatten(cells: MainWindow, qtbot: QtBot) -> QPushButton:
    """The card beside fc, to which an image leads now: its button that inserts a Flatten."""
    cells.document.apply(lambda d: d.edited("Net", lambda g: edits.remove(g, ["flat"], heal=False)), "Delete flat")
    wire = Wire("b", "y", "fc", "x")
    cells.document.apply(lambda d: d.edited("Net", lambda g: edits.connect(g, wire)), "Connect")
    cells.stage.canvas.select(["fc"])
    return next(b for b in cells.stage.canvas.fix_card.buttons if b.text() == "Insert Flatten")


def hover(button: QWidget, on: bool) -> None:
    at = QPointF(button.rect().center())
    QApplication.sendEvent(button, QEnterEvent(at, at, button.mapToGlobal(at)) if on else QEvent(QEvent.Type.Leave))


def test_a_hand_over_a_fix_draws_what_would_come_and_takes_it_away_on_leaving(cells: MainWindow, qtbot: QtBot) -> None:
    canvas, button = cells.stage.canvas, without_flatten(cells, qtbot)
    design, before = cells.document.design, canvas.grab().toImage()
    hover(button, True)
    seen = canvas.preview.seen
    assert seen is not None
    assert seen.fresh == {"flatten1"}
    assert seen.wires == {Wire("b", "y", "flatten1", "x"), Wire("flatten1", "y", "fc", "x")}
    assert canvas.sheet.checked.shape("fc") is not None
    assert canvas.grab().toImage() != before
    assert cells.document.design is design
    hover(button, False)
    assert canvas.sheet.names == list(design.networks["Net"].nodes)
    assert canvas.sheet.checked is cells.stage.scene.checked


def test_a_fix_that_is_previewed_is_done_as_one_step(cells: MainWindow, qtbot: QtBot) -> None:
    button = without_flatten(cells, qtbot)
    hover(button, True)
    QTest.mouseClick(button, LEFT)
    assert cells.document.history[-1] == "Insert Flatten"
    assert cells.stage.canvas.preview.seen is None
    assert "flatten1" in cells.stage.canvas.sheet.names


def test_a_fix_in_the_list_of_problems_is_drawn_on_the_canvas_too(cells: MainWindow, qtbot: QtBot) -> None:
    without_flatten(cells, qtbot)
    cells.bench.raise_dock("Problems")
    qtbot.waitUntil(lambda: any(row.fixes and row.finding.node == "fc" for row in cells.problems.rows))
    row = next(row for row in cells.problems.rows if row.finding.node == "fc")
    hover(row.buttons[0], True)
    assert cells.stage.canvas.preview.seen is not None
    hover(row.buttons[0], False)
    assert cells.stage.canvas.preview.seen is None
