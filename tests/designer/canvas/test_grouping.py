"""Ctrl+G: a selection becomes a network of its own, by keys only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from designer.window import MainWindow
from tests.designer.hands import CONTROL, SHIFT, Open, key

Key = Qt.Key


def ask(window: MainWindow, *names: str) -> None:
    window.stage.canvas.select(names)
    key(window.stage.canvas, Key.Key_G, CONTROL)


def answer(window: MainWindow, title: str) -> None:
    field = window.stage.canvas.group_field.field
    QTest.keyClicks(field, title)
    key(field, Key.Key_Return)


def test_ctrl_g_and_a_name_make_a_network_of_the_selection(lenet: MainWindow) -> None:
    parameters = lenet.document.verdict.networks["LeNet"].parameters
    ask(lenet, "conv2", "relu2", "pool2")
    assert lenet.stage.canvas.group_field.field.selectedText() == "Block"
    answer(lenet, "Second")
    assert list(lenet.document.design.networks["Second"].nodes)[1:4] == ["conv2", "relu2", "pool2"]
    assert lenet.stage.canvas.selection() == ("second",)
    assert lenet.document.verdict.networks["LeNet"].parameters == parameters
    assert lenet.document.history[-1] == "Group 3 nodes into Second"
    assert lenet.stage.canvas.hasFocus()


def test_what_was_grouped_is_opened_left_expanded_and_undone(lenet: MainWindow) -> None:
    before, canvas = lenet.document.design, lenet.stage.canvas
    ask(lenet, "conv2", "relu2")
    answer(lenet, "Pair")
    key(canvas, Key.Key_Return)
    assert lenet.stage.scene.place.network == "Pair"
    key(canvas, Key.Key_Backspace)
    assert (lenet.stage.scene.place.network, canvas.selection()) == ("LeNet", ("pair",))
    key(canvas, Key.Key_G, CONTROL | SHIFT)
    assert {"pair_conv2", "pair_relu2"} <= set(lenet.stage.scene.graph.nodes)
    lenet.commands["Undo"].trigger()
    lenet.commands["Undo"].trigger()
    assert lenet.document.design == before


def test_a_name_that_is_taken_is_refused_and_another_can_be_typed(lenet: MainWindow) -> None:
    ask(lenet, "conv2", "relu2")
    answer(lenet, "LeNet")
    assert "already a network named LeNet" in lenet.stage.canvas.bubble.text()
    answer(lenet, "Pair")
    assert "Pair" in lenet.document.design.networks


def test_escape_leaves_the_nodes_as_they_are(lenet: MainWindow) -> None:
    before = lenet.document.design
    ask(lenet, "conv2", "relu2")
    key(lenet.stage.canvas.group_field.field, Key.Key_Escape)
    assert lenet.document.design is before
    assert lenet.stage.canvas.selection() == ("conv2", "relu2")


def test_an_end_alone_cannot_be_grouped_and_says_so(lenet: MainWindow) -> None:
    ask(lenet, next(iter(lenet.stage.scene.graph.inputs())))
    assert "stays where it is" in lenet.stage.canvas.bubble.text()
    assert not lenet.stage.canvas.group_field.isVisible()


def test_the_network_stands_amid_the_branches_it_holds(start: Open) -> None:
    window = start("resnet_digits")
    layout = window.document.design.layout["ResNet"]
    names = "conv1", "norm1", "relu1", "conv2", "norm2", "add"
    middle = sum(pick(layout[name][0] for name in names) for pick in (min, max)) / 2
    ask(window, *names)
    answer(window, "Body")
    placed = window.document.design.layout["ResNet"]["body"]
    assert placed[1] == layout["conv1"][1]
    assert abs(placed[0] - middle) <= 8
