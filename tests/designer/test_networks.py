"""Networks within networks in the window, with real keys: carried between windows, counted, undone in sight."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.scene import Place
from designer.window import MainWindow
from runtime.file import loads, save_design
from tests.designer.hands import CONTROL, Open, key, typed
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


def copied(window: MainWindow, *names: str) -> None:
    window.stage.canvas.select(names)
    key(window.stage.canvas, Key.Key_C, CONTROL)


def pasted(window: MainWindow) -> None:
    window.activateWindow()
    window.stage.canvas.setFocus()
    key(window.stage.canvas, Key.Key_V, CONTROL)


def test_a_network_goes_along_with_its_uses_into_another_window(cells: MainWindow, start: Open) -> None:
    copied(cells, "a", "b")
    other = start()
    other.files.new()
    pasted(other)
    design = other.document.design
    assert list(design.networks) == ["Network", "Cell"]
    assert design.networks["Cell"].settings == {"width": 16}
    assert design.networks["Cell"].nodes["conv"] == cells.document.design.networks["Cell"].nodes["conv"]
    assert design.networks["Network"].nodes["b"].block.value("settings") == (("width", 32),)
    assert set(design.layout["Cell"]) == set(design.networks["Cell"].nodes)
    pasted(other)
    assert list(other.document.design.networks) == ["Network", "Cell"]
    assert other.stage.canvas.sheet.times_used(other.document.design.networks["Network"].nodes["a"]) == 4


def test_what_is_pasted_where_it_was_copied_stays_linked(cells: MainWindow) -> None:
    copied(cells, "b")
    pasted(cells)
    assert list(cells.document.design.networks) == ["Cell", "Net"]
    assert cells.document.design.networks["Net"].nodes["b2"].given == (("settings.width", "4*base"),)


def test_another_network_of_that_name_is_renamed_on_the_way(cells: MainWindow) -> None:
    copied(cells, "a")
    cells.stage.go_to(Place("Cell"))
    cells.stage.canvas.select(["back"])
    typed(cells, "out_channels", "4")
    cells.stage.go_to(Place("Net"))
    pasted(cells)
    assert list(cells.document.design.networks) == ["Cell", "Net", "Cell2"]
    assert cells.document.design.networks["Net"].nodes["a2"].block.value("network") == "Cell2"
    key(cells, Key.Key_Z, CONTROL)
    assert list(cells.document.design.networks) == ["Cell", "Net"]


def test_a_network_that_is_pasted_into_itself_is_refused(cells: MainWindow) -> None:
    copied(cells, "a")
    cells.stage.go_to(Place("Cell"))
    pasted(cells)
    assert "Cell cannot hold itself" in cells.stage.canvas.bubble.text()
    assert list(cells.document.design.networks["Cell"].nodes) == ["x", "conv", "back", "y"]


def test_undo_outside_shows_what_it_takes_back_inside(cells: MainWindow) -> None:
    cells.stage.canvas.select(["fc"])
    typed(cells, "out_features", "5")
    cells.stage.canvas.setFocus()
    cells.stage.canvas.select(["a"])
    key(cells.stage.canvas, Key.Key_Return)
    cells.stage.canvas.select(["back"])
    typed(cells, "out_channels", "8*2")
    cells.stage.canvas.setFocus()
    key(cells.stage.canvas, Key.Key_Escape)
    key(cells.stage.canvas, Key.Key_Escape)
    assert cells.stage.scene.place == Place("Net")
    key(cells, Key.Key_Z, CONTROL)
    assert cells.stage.scene.place == Place("Cell")
    assert cells.stage.canvas.selection() == ("back",)
    assert cells.status.currentMessage().startswith("Undone in Cell: Set back out_channels")
    key(cells, Key.Key_Z, CONTROL)
    assert cells.stage.scene.place == Place("Net")
    assert cells.stage.canvas.selection() == ("fc",)


def test_an_output_that_is_placed_inside_comes_out_of_every_use(cells: MainWindow) -> None:
    cells.stage.go_to(Place("Cell"))
    cells.stage.canvas.select(["conv"])
    key(cells.stage.canvas, Key.Key_Tab)
    QTest.keyClicks(cells.stage.canvas.search.field, "output")
    key(cells.stage.canvas.search.field, Key.Key_Return)
    net = cells.document.design.networks["Net"]
    assert [net.block(name).value("gives") for name in "ab"] == [("y", "output")] * 2
    assert cells.document.verdict.errors == ()
    key(cells, Key.Key_Z, CONTROL)
    assert cells.document.design.networks["Net"].block("a").value("gives") == ("y",)


def test_a_used_network_tells_where_when_it_is_to_be_deleted_and_that_its_uses_follow_a_name(cells: MainWindow) -> None:
    cells.remove_network("Cell")
    assert "Cell stands as a block at Net.a, Net.b; delete it there first" in cells.stage.canvas.bubble.text()
    cells.stage.go_to(Place("Cell"))
    cells.stage.canvas.select([])
    title = cells.inspector.whole.network
    title.setFocus()
    title.selectAll()
    QTest.keyClicks(title, "Unit")
    key(title, Key.Key_Return)
    assert cells.document.history == ("Rename Cell to Unit, also where it is used (2 times)",)
    assert [cells.document.design.networks["Net"].block(n).value("network") for n in "ab"] == ["Unit"] * 2


def test_a_use_is_called_after_its_network(cells: MainWindow) -> None:
    cells.stage.canvas.select(["b"])
    key(cells.stage.canvas, Key.Key_Tab)
    QTest.keyClicks(cells.stage.canvas.search.field, "cell")
    key(cells.stage.canvas.search.field, Key.Key_Return)
    assert list(cells.document.design.networks["Net"].nodes)[-1] == "cell"
