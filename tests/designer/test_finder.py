"""Finding: words, settings, shapes and problems, in what is in sight and everywhere else, with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.scene import Place
from designer.window import MainWindow
from tests.designer.hands import CONTROL, LEFT, SHIFT, Open, key


def find(window: MainWindow, words: str) -> list[str]:
    """Types into the box, and gives what was found."""
    if not window.finder.isVisible():
        key(window, Qt.Key.Key_F, CONTROL)
    window.finder.field.selectAll()
    key(window.finder.field, Qt.Key.Key_Backspace)
    QTest.keyClicks(window.finder.field, words)
    shown = window.finder.list
    return [shown.item(i).text() for i in range(shown.count())]


@pytest.mark.parametrize(
    "words, found",
    [
        ("kernel_size=3", ["conv1", "conv2"]),
        ("kernel=3 out>32", ["conv2"]),
        ("out_channels >= 64", ["conv2"]),
        ("bias=no", []),
        ("64x4x4", ["conv2", "relu2"]),
        ("64 × 4 × 4", ["conv2", "relu2"]),
        ("64x?x?", ["conv2", "relu2", "pool2"]),
        ("block=Linear", ["fc1", "fc2", "fc3"]),
        ("parameters>20000 linear", ["fc1"]),
        ("fc no-such", []),
    ],
)
def test_settings_shapes_and_words_are_found(lenet: MainWindow, words: str, found: list[str]) -> None:
    network = [name for name in find(lenet, words) if name in lenet.stage.scene.graph.nodes]
    assert network == found


def test_what_is_wrong_is_found_by_its_level(lenet: MainWindow) -> None:
    lenet.reveal("LeNet", "flatten")
    key(lenet.stage.canvas, Qt.Key.Key_Delete, CONTROL)
    assert "fc1" in find(lenet, "error")
    assert find(lenet, "warnings") == ["pool2"]


def test_the_inside_of_blocks_is_found_with_its_place_and_opened_by_enter(start: Open) -> None:
    window = start("resnet_digits")
    assert "stage2" in find(window, "stage2")
    found = find(window, "project_norm")
    assert found, "the projection of a residual block"
    assert window.stage.scene.place == Place("ResNet")  # only typed so far
    told = window.finder.list.item(0).data(Qt.ItemDataRole.UserRole)
    assert told[2].startswith("ResNet › ")
    key(window.finder.field, Qt.Key.Key_Return)
    assert window.stage.scene.place.path
    assert window.stage.canvas.selection() == (found[0],)
    assert window.finder.count.text() == f"1 of {len(found)}"


def test_training_steps_are_found_too(lenet: MainWindow) -> None:
    find(lenet, "accuracy")
    key(lenet.finder.field, Qt.Key.Key_Return)
    assert lenet.stage.scene.place == Place(step="fit")


def test_other_networks_are_found_too(lenet: MainWindow) -> None:
    lenet.add_network()
    assert lenet.stage.scene.place == Place("Network")
    assert find(lenet, "conv2 64") == ["conv2"]
    assert lenet.stage.scene.place == Place("Network")
    key(lenet.finder.field, Qt.Key.Key_Return)
    assert lenet.stage.scene.place == Place("LeNet")


def test_enter_cycles_shift_enter_goes_back_and_a_click_chooses(lenet: MainWindow) -> None:
    find(lenet, "relu")
    canvas, field = lenet.stage.canvas, lenet.finder.field
    assert (canvas.selection(), lenet.finder.count.text()) == (("relu1",), "1 of 4")
    key(field, Qt.Key.Key_Return, SHIFT)
    assert canvas.selection() == ("relu4",)
    key(field, Qt.Key.Key_Down)
    assert canvas.selection() == ("relu1",)
    shown = lenet.finder.list
    QTest.mouseClick(shown.viewport(), LEFT, pos=shown.visualItemRect(shown.item(2)).center())
    assert (canvas.selection(), lenet.finder.count.text()) == (("relu3",), "3 of 4")
    key(field, Qt.Key.Key_Escape)
    assert not lenet.finder.isVisible()
    assert canvas.hasFocus()


def test_what_is_found_follows_the_design(lenet: MainWindow) -> None:
    find(lenet, "relu")
    lenet.stage.canvas.select(["relu2"])
    key(lenet.stage.canvas, Qt.Key.Key_Delete)
    assert lenet.finder.count.text() == "1 of 3"
    key(lenet, Qt.Key.Key_Z, CONTROL)
    assert lenet.finder.count.text() == "1 of 4"


def test_nothing_found_is_said(lenet: MainWindow) -> None:
    find(lenet, "no such thing")
    assert lenet.finder.count.text() == "nothing"
    find(lenet, "")
    assert lenet.finder.count.text() == ""


def test_the_box_leaves_the_middle_of_the_canvas_free_where_what_was_found_comes(lenet: MainWindow) -> None:
    lenet.resize(1600, 1000)
    find(lenet, "conv")
    canvas = lenet.stage.canvas
    assert not lenet.finder.geometry().contains(canvas.viewport().rect().center())
    x, y = canvas.sheet.place(canvas.selection()[0])
    assert not lenet.finder.geometry().contains(canvas.mapFromScene(x + 104, y + 23))
    assert lenet.finder.geometry().right() < canvas.width()
