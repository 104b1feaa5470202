from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import PLAIN, Desk, graph, node

CTRL = Qt.KeyboardModifier.ControlModifier
OUT, IN = {"dy": 47}, {"dy": -1}


@pytest.fixture
def fan(sit: Open) -> Desk:
    """One image read by two activations and a convolution, an input beside it, and a sum of the activations."""
    nodes = {
        "image": node("Input", shape=[3, 8, 8]),
        "other": node("Input", shape=[3, 8, 8]),
        "words": node("Input", shape=[5]),
        "a": node("ReLU"),
        "b": node("Tanh"),
        "conv": node("Conv2d"),
        "add": node("Add"),
        "late": node("Add"),
    }
    layout = {
        "image": (0.0, 0.0),
        "other": (272.0, 0.0),
        "words": (-272.0, 0.0),
        "a": (-272.0, 120.0),
        "b": (0.0, 120.0),
        "conv": (272.0, 120.0),
        "add": (-136.0, 280.0),
        "late": (136.0, 280.0),
    }
    wires = ("image -> a", "image -> b", "image -> conv", "a -> add.parts[0]", "b -> add.parts[1]")
    return sit(graph(nodes, *wires), layout)


def carry(desk: Desk, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = CTRL) -> None:
    desk.press(start, keys)
    for part in (1, 2, 3):
        desk.hover(start + (end - start) * part / 3)
    desk.release(end, keys)


def test_ctrl_drag_of_a_result_moves_all_its_wires(fan: Desk) -> None:
    carry(fan, fan.pixel("image", **OUT), fan.pixel("other", **OUT))
    assert {("other", "a"), ("other", "b"), ("other", "conv")} <= fan.wires()
    assert not fan.graph.out_of("image")
    assert [intent.label for intent in fan.done] == ["Move 3 wires to other"]


def test_the_body_of_a_node_finds_its_port(fan: Desk) -> None:
    carry(fan, fan.pixel("image", **OUT), fan.pixel("other", dx=30))
    assert not fan.graph.out_of("image")


def test_ctrl_drag_of_an_input_moves_all_wires_into_it(fan: Desk) -> None:
    carry(fan, fan.pixel("add", **IN), fan.pixel("late", **IN))
    assert [(w.source, w.place) for w in fan.graph.into("late")] == [("a", 0), ("b", 1)]
    assert not fan.graph.into("add")


def test_more_wires_than_a_port_takes_are_refused_with_the_reason(fan: Desk) -> None:
    carry(fan, fan.pixel("add", **IN), fan.pixel("conv", **IN))
    assert fan.said == ["conv.x takes one wire; these are 2."]
    assert fan.done == []


def test_a_result_that_does_not_fit_is_refused_at_the_cursor(fan: Desk) -> None:
    start, end = fan.pixel("image", **OUT), fan.pixel("words", **OUT)
    fan.press(start, CTRL)
    fan.hover(start + QPoint(-60, 5))
    fan.hover(end)
    assert fan.canvas.bubble.isVisible()
    assert "conv expects" in fan.canvas.bubble.text()
    fan.release(end, CTRL)
    assert fan.done == []


def test_wires_cannot_be_moved_into_a_circle(fan: Desk) -> None:
    carry(fan, fan.pixel("image", **OUT), fan.pixel("add", **OUT))
    assert "circle" in fan.said[0]
    assert fan.done == []


def test_wires_dropped_on_nothing_stay(fan: Desk) -> None:
    carry(fan, fan.pixel("image", **OUT), fan.at(520, 60))
    assert fan.said == ["Let go on another port to move the wires there."]
    assert len(fan.graph.out_of("image")) == 3


def test_escape_leaves_the_wires(fan: Desk) -> None:
    fan.press(fan.pixel("image", **OUT), CTRL)
    fan.hover(fan.pixel("other", **OUT))
    fan.key(Qt.Key.Key_Escape)
    assert fan.done == []
    assert fan.canvas.strands.lit == frozenset()


def test_without_ctrl_the_same_drag_draws_one_wire(fan: Desk) -> None:
    carry(fan, fan.pixel("other", **OUT), fan.pixel("late", **IN), PLAIN)
    assert len(fan.graph.wires) == 6


def test_ports_that_fit_glow_and_the_rest_does_not(fan: Desk) -> None:
    port = fan.pixel("late", **IN) - QPoint(0, 6)
    closed = fan.pixel("words", dy=51)
    before = fan.canvas.grab().toImage()
    start = fan.pixel("image", **OUT)
    fan.press(start)
    fan.hover(start + QPoint(40, 20))
    fan.hover(start + QPoint(60, 30))
    during = fan.canvas.grab().toImage()
    fan.key(Qt.Key.Key_Escape)
    assert during.pixelColor(port) != before.pixelColor(port)
    assert during.pixelColor(closed) == before.pixelColor(closed)
