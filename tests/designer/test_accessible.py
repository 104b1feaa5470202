"""What a screen reader finds on the canvas and is told: its nodes and wires one by one, and what changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtTest import QTest

from tests.designer.canvas.conftest import chain, loose, sit
from tests.designer.canvas.desk import Desk

__all__ = ["chain", "loose", "sit"]
Text, Role = QAccessible.Text, QAccessible.Role


@pytest.fixture(autouse=True)
def listening() -> Iterator[None]:
    """A reader is listening; without one Qt tells nothing."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


def heard(desk: Desk) -> QAccessibleInterface:
    found = QAccessible.queryAccessibleInterface(desk.canvas)
    assert found is not None
    return found


def test_a_reader_walks_the_nodes_in_the_order_in_which_the_network_runs(chain: Desk) -> None:
    canvas = heard(chain)
    parts = [canvas.child(i) for i in range(0, 11, 2)]
    assert canvas.role() == Role.List
    assert [part.role() for part in parts] == [Role.ListItem] * 6
    names = [part.text(Text.Name) for part in parts]
    assert names[0] == "image, Input 1 × 28 × 28"
    assert names[1] == "conv, Conv2d 6 · 5×5"
    assert names[-1] == "output, Output"


def test_after_each_node_come_its_wires_with_what_flows_along_them(chain: Desk) -> None:
    wires = [heard(chain).child(i) for i in range(1, 11, 2)]
    assert wires[0].text(Text.Name) == "wire from image to conv"
    assert wires[0].text(Text.Description) == "1 × 28 × 28 · image · float32 · 3.1 kB an example"
    assert wires[-1].text(Text.Name).endswith("to output")
    gap = chain.canvas.viewport().mapToGlobal((chain.pixel("image") + chain.pixel("conv")) / 2)
    assert wires[0].rect().contains(gap)
    assert heard(chain).childAt(gap.x(), gap.y()).text(Text.Name) == "wire from image to conv"


def test_a_node_is_told_with_ports_and_shapes_and_what_is_wrong(loose: Desk) -> None:
    told = {n: heard(loose).child(loose.canvas.ears.index(n)).text(Text.Description) for n in loose.graph.nodes}
    assert told["image"].startswith("out 1 × 28 × 28 to nothing yet, Nothing uses the result of image.")
    assert told["conv"].startswith("in not connected, out unknown to nothing yet, ")
    assert "conv" in told["conv"].rpartition(", ")[2]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a reader reads, because the keyboard came there or because it is told."""
    told: list[str] = []

    def listen(event: QAccessibleEvent) -> None:
        part = event.accessibleInterface()
        if isinstance(event, QAccessibleAnnouncementEvent):
            told.append(event.message())
        elif event.type() == QAccessible.Event.Focus and part is not None:
            told.append(part.text(Text.Name))

    monkeypatch.setattr(QAccessible, "updateAccessibility", listen)
    return told


def test_the_keyboard_takes_the_reader_along(chain: Desk, read: list[str]) -> None:
    for _ in range(3):
        chain.key(Qt.Key.Key_Down)
    assert [name.partition(",")[0] for name in read] == ["image", "conv", "relu"]


def test_the_keyboard_takes_the_reader_over_the_wires_too(chain: Desk, read: list[str]) -> None:
    chain.canvas.select(["conv"])
    for key in (Qt.Key.Key_W, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_W, Qt.Key.Key_Down):
        chain.key(key)
    names = [name.partition(",")[0] for name in read]
    assert names == [
        "conv",
        "wire from conv to relu",
        "wire from relu to pool",
        "relu",
        "wire from relu to pool",
        "pool",
    ]


def test_what_is_marked_in_the_search_box_is_said(chain: Desk, read: list[str]) -> None:
    chain.canvas.select(["relu"])
    chain.key(Qt.Key.Key_Tab)
    field = chain.canvas.search.field
    QTest.keyClicks(field, "conv 8")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert any(said.startswith("Conv2d 8") for said in read)
    assert read[-1] != read[-2]


def test_where_a_wire_could_go_is_said(loose: Desk, read: list[str]) -> None:
    loose.canvas.select(["image"])
    loose.key(Qt.Key.Key_C)
    assert read[-1].startswith("conv")


def test_the_canvas_says_which_node_has_the_keyboard(chain: Desk) -> None:
    chain.canvas.setFocus()
    chain.canvas.select(["relu"])
    canvas = heard(chain)
    focused = canvas.focusChild()
    assert focused.text(Text.Name) == "relu, ReLU"
    assert canvas.indexOfChild(focused) == 4
    assert focused.parent().text(Text.Name) == "Canvas"
    state = focused.state()
    assert (state.selected, state.focused, state.selectable) == (1, 1, 1)
    assert not canvas.child(2).state().selected


def test_a_node_is_where_it_is_seen(chain: Desk) -> None:
    canvas, pixel = heard(chain), chain.canvas.viewport().mapToGlobal(chain.pixel("conv"))
    assert canvas.child(2).rect().contains(pixel)
    assert canvas.childAt(pixel.x(), pixel.y()).text(Text.Name) == "conv, Conv2d 6 · 5×5"
    aside = chain.canvas.viewport().mapToGlobal(chain.at(-200, -60))
    assert canvas.childAt(aside.x(), aside.y()).role() != Role.ListItem


def test_a_node_that_is_gone_is_not_valid_and_says_nothing(chain: Desk) -> None:
    part = heard(chain).child(4)
    chain.canvas.select(["relu"])
    chain.key(Qt.Key.Key_Delete)
    assert not part.isValid()
    assert part.text(Text.Name) == ""
    assert part.state().invalid
    assert heard(chain).child(4).text(Text.Name) == "pool, MaxPool2d 2×2"


def test_the_widgets_on_the_canvas_come_after_its_nodes(chain: Desk) -> None:
    canvas = heard(chain)
    rest = [canvas.child(i) for i in range(11, canvas.childCount())]
    assert rest
    assert all(part.object() is not None for part in rest)
    assert canvas.indexOfChild(rest[0]) == 11
