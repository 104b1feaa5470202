from __future__ import annotations

from blocks.shape import dotted
from designer.canvas.words import wire_hint
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


def test_L07_shapes_on_wires_are_shown_channels_last_or_first_and_no_count_changes(
    lenet: MainWindow, start: Open
) -> None:
    canvas, checked = lenet.stage.canvas, lenet.stage.scene.checked
    canvas.zoom_to(1.0)
    wire = next(w for w in checked.graph.wires if "Conv2d" in checked.graph.block(w.source).kind())
    action, before = lenet.commands["Channels last"], lenet.document.design
    first = canvas.grab().toImage()
    shape = checked.shape(wire.source)
    assert shape is not None
    told = [wire_hint(wire, checked, last) for last in (False, True)]
    assert f"\n{dotted(shape.sizes)} · image" in told[0]
    assert f"\n{dotted((*shape.space, shape.channels))} · image" in told[1]
    action.trigger()
    assert action.isChecked()
    assert canvas.grab().toImage() != first
    assert lenet.document.design is before
    assert start("lenet_digits").stage.canvas.sheet.channels_last
    action.trigger()
    assert canvas.grab().toImage() == first
