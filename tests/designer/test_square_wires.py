from __future__ import annotations

from designer.window import MainWindow
from tests.designer.hands import Open


def test_square_wires_are_chosen_in_the_view_menu_and_remembered(lenet: MainWindow, start: Open) -> None:
    action = lenet.commands["Square wires"]
    assert not lenet.stage.canvas.sheet.wires.square
    action.trigger()
    assert lenet.stage.canvas.sheet.wires.square
    assert action.isChecked()
    assert start("lenet_digits").stage.canvas.sheet.wires.square
    action.trigger()
    assert not start().stage.canvas.sheet.wires.square
