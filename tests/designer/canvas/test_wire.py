from __future__ import annotations

from PySide6.QtCore import Qt

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

SHIFT = Qt.KeyboardModifier.ShiftModifier
OUT, IN = {"dy": 47}, {"dy": -1}


def test_a_drag_from_port_to_port_connects(loose: Desk) -> None:
    loose.drag(loose.pixel("image", **OUT), loose.pixel("conv", **IN))
    assert loose.wires() == {("image", "conv")}
    assert [intent.label for intent in loose.done] == ["Connect image to conv"]


def test_a_drag_backwards_connects_too(loose: Desk) -> None:
    loose.drag(loose.pixel("conv", **IN), loose.pixel("image", **OUT))
    assert loose.wires() == {("image", "conv")}


def test_a_drop_on_the_body_finds_the_port_that_fits(loose: Desk) -> None:
    loose.drag(loose.pixel("image", **OUT), loose.pixel("conv", dx=30))
    assert loose.wires() == {("image", "conv")}


def test_a_refused_wire_says_received_and_expected_at_the_cursor(loose: Desk) -> None:
    loose.press(loose.pixel("image", **OUT))
    loose.hover(loose.pixel("linear"))
    loose.hover(loose.pixel("linear", **IN))
    shown = loose.canvas.bubble.text()
    assert loose.canvas.bubble.isVisible()
    assert "linear expects a vector or a sequence, received (1, 28, 28)" in shown
    loose.release(loose.pixel("linear", **IN))
    assert loose.done == []
    assert loose.said[0].rstrip(".") in shown


def test_shift_connects_what_does_not_fit_yet(loose: Desk) -> None:
    loose.drag(loose.pixel("image", **OUT), loose.pixel("linear", **IN), SHIFT)
    assert loose.wires() == {("image", "linear")}


def test_what_does_not_fit_steps_back_while_a_wire_is_drawn(loose: Desk) -> None:
    loose.press(loose.pixel("image", **OUT))
    loose.hover(loose.at(104, 100))
    dimmed = loose.canvas.cards.dimmed
    assert dimmed is not None
    assert [name for name, dim in zip(loose.canvas.sheet.names, dimmed.tolist(), strict=True) if dim] == ["linear"]
    loose.key(Qt.Key.Key_Escape)
    assert loose.canvas.cards.dimmed is None
    assert loose.done == []


def test_a_circle_is_refused_even_with_shift(chain: Desk) -> None:
    chain.canvas.fit()
    chain.drag(chain.pixel("relu", **OUT), chain.pixel("conv", dx=20), SHIFT)
    assert "circle" in chain.said[0]
    assert len(chain.graph.wires) == 5


def test_an_end_pulled_off_its_input_disconnects(chain: Desk) -> None:
    chain.drag(chain.pixel("relu", **IN), chain.at(500, 150))
    assert ("conv", "relu") not in chain.wires()
    assert chain.done[0].label == "Disconnect conv from relu"


def test_an_end_moved_to_another_input_moves_the_wire(sit: Open) -> None:
    nodes = {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU")}
    desk = sit(graph(nodes, "image -> a"), {"image": (0, 0), "a": (-200, 160), "b": (200, 160)})
    desk.drag(desk.pixel("a", **IN), desk.pixel("b", **IN))
    assert desk.wires() == {("image", "b")}
    assert len(desk.done) == 1


def test_wires_into_a_block_that_takes_many_are_numbered(sit: Open) -> None:
    nodes = {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU"), "add": node("Add")}
    layout = {"image": (0.0, 0.0), "a": (-200.0, 100.0), "b": (200.0, 100.0), "add": (0.0, 240.0)}
    desk = sit(graph(nodes, "image -> a", "image -> b"), layout)
    for name in ("a", "b"):
        desk.drag(desk.pixel(name, **OUT), desk.pixel("add", dy=6))
    assert [(w.source, w.place) for w in desk.graph.into("add")] == [("a", 0), ("b", 1)]


def test_a_click_selects_a_wire_and_delete_removes_it(chain: Desk) -> None:
    chain.click(chain.pixel("conv", dy=66))
    assert [w.target for w in chain.canvas.selected_wires()] == ["relu"]
    chain.key(Qt.Key.Key_Delete)
    assert ("conv", "relu") not in chain.wires()
