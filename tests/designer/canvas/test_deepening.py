"""I: a layer that begins as the identity, after a node or in a wire, or words why it cannot be."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from designer.canvas import beside_menu
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

Key = Qt.Key


@pytest.fixture
def chain(sit: Open) -> Desk:
    """image -> conv -> relu -> two -> tanh -> output, and relu -> more besides."""
    nodes = {
        "image": node("Input", shape=[6, 8, 8]),
        "conv": node("Conv2d", out_channels=6),
        "relu": node("ReLU"),
        "two": node("Conv2d", out_channels=4),
        "tanh": node("Tanh"),
        "output": node("Output"),
        "more": node("Output"),
    }
    wires = "image -> conv", "conv -> relu", "relu -> two", "two -> tanh", "tanh -> output", "relu -> more"
    return sit(graph(nodes, *wires))


def pressed(desk: Desk, *names: str) -> None:
    desk.canvas.select(names)
    desk.key(Key.Key_I)


def test_i_puts_an_identity_and_the_same_activation_after_relu_before_all_it_feeds(chain: Desk) -> None:
    pressed(chain, "relu")
    assert chain.done[-1].label == "Insert the identity conv1 after relu"
    assert {("relu", "conv1"), ("conv1", "relu1"), ("relu1", "two"), ("relu1", "more")} <= chain.wires()
    assert chain.graph.block("conv1").value("init") == "identity"
    assert chain.canvas.selection() == ("conv1",)
    assert len({chain.layout[name] for name in chain.graph.nodes}) == len(chain.graph.nodes)
    assert not chain.said


def test_after_an_activation_that_may_not_stand_twice_the_layer_stands_alone_and_that_is_said(chain: Desk) -> None:
    pressed(chain, "tanh")
    assert {("tanh", "conv1"), ("conv1", "output")} <= chain.wires()
    assert chain.said[-1] == "The layer stands without another Tanh: Tanh of Tanh gives something else than Tanh."


def test_in_a_selected_wire_only_what_it_leads_to_reads_the_layer(chain: Desk) -> None:
    [wire] = [w for w in chain.graph.wires if w.target == "more"]
    chain.canvas.select(())
    chain.canvas.select_wires((wire,))
    chain.key(Key.Key_I)
    assert {("relu", "conv1"), ("relu1", "more"), ("relu", "two")} <= chain.wires()
    assert ("relu1", "two") not in chain.wires()


def test_the_menu_of_a_wire_offers_it(chain: Desk) -> None:
    wire = next(w for w in chain.graph.wires if (w.source, w.target) == ("image", "conv"))
    chain.click(_on(chain, "image", "conv"))
    assert chain.canvas.selected_wires() == (wire,)
    chain.hover(_on(chain, "image", "conv"))
    menu = beside_menu.menu_at(chain.canvas, chain.canvas.at_hand())
    assert menu is not None
    [action] = [each for each in menu.actions() if each.text().startswith("Insert identity layer")]
    assert action.isEnabled()
    action.trigger()
    assert {("image", "conv1"), ("conv1", "conv")} <= chain.wires()
    menu.deleteLater()


def _on(desk: Desk, one: str, other: str) -> QPoint:
    """A pixel midway between two cards of which one feeds the other."""
    return (desk.pixel(one) + desk.pixel(other)) / 2


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (("output",), "output gives nothing on. Select the node before it."),
        (("conv", "relu"), "Select one node, or a wire, first."),
        ((), "Select one node, or a wire, first."),
    ],
)
def test_where_it_cannot_be_it_is_said(chain: Desk, names: tuple[str, ...], why: str) -> None:
    before = chain.graph
    pressed(chain, *names)
    assert chain.said[-1] == why
    assert chain.graph is before
