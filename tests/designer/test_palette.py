"""The palette: everything of the catalogue, found, dragged and added."""

from __future__ import annotations

import json
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from blocks.block import Block
from blocks.catalogue import CATALOGUE
from blocks.edits import add
from blocks.ends import Use
from blocks.graph import Graph, Node
from designer.actions import new_design, with_new_network
from designer.canvas import BLOCK_MIME
from designer.document import OpenDesign
from designer.panels.palette import MIME, NETWORKS, ORDER, RECENT, Palette
from designer.theme import LIGHT
from runtime.design import Design


@pytest.fixture
def palette(qtbot: QtBot) -> Palette:
    """A palette beside a new design."""
    document = OpenDesign(new_design())
    made = Palette(document, LIGHT)
    document.setParent(made)
    qtbot.addWidget(made)
    made.look_at("Network")
    made.resize(220, 600)
    made.show()
    made.activateWindow()
    return made


def document(palette: Palette) -> OpenDesign:
    found = palette.findChild(OpenDesign)
    assert isinstance(found, OpenDesign)
    return found


def heads(palette: Palette) -> dict[str, QTreeWidgetItem]:
    tree = palette.tree
    lines = (tree.topLevelItem(i) for i in range(tree.topLevelItemCount()))
    return {line.text(0): line for line in lines if line is not None}


def names(head: QTreeWidgetItem) -> list[str]:
    return [line(head, place).text(0) for place in range(head.childCount())]


def line(head: QTreeWidgetItem, place: int) -> QTreeWidgetItem:
    found = head.child(place)
    assert found is not None
    return found


def test_every_block_stands_under_its_category_in_the_house_order(palette: Palette) -> None:
    shown = heads(palette)
    assert list(shown) == [category for category in ORDER if category in shown]
    listed = {name for head in shown.values() for name in names(head)}
    assert listed == {made.label() for made in CATALOGUE if made.role != "network"}


def test_a_category_opens_and_shuts_at_a_click(palette: Palette) -> None:
    head = heads(palette)["Pooling"]
    assert not head.isExpanded()
    middle = palette.tree.visualItemRect(head).center()
    QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert head.isExpanded()


def test_typing_finds_by_name_and_by_other_words(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "conv2")
    assert palette.tree.topLevelItem(0).text(0) == "Conv2d"  # type: ignore[union-attr]
    palette.search.clear()
    QTest.keyClicks(palette.search, "fully connected")
    assert next(iter(heads(palette))) == "Linear"


def test_what_is_not_found_is_said(palette: Palette) -> None:
    QTest.keyClicks(palette.search, "teapot")
    assert list(heads(palette)) == ["No block is called “teapot”"]


def test_enter_adds_the_first_that_is_found(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "relu")
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert type(chosen.args[0]).kind() == "ReLU"
    assert palette.search.text() == ""


def test_down_goes_into_the_list_and_enter_takes_from_there(palette: Palette, qtbot: QtBot) -> None:
    QTest.keyClicks(palette.search, "linear")
    QTest.keyClick(palette.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.keyClick(palette.tree, Qt.Key.Key_Return)
    assert isinstance(chosen.args[0], Block)


def test_a_double_click_adds(palette: Palette, qtbot: QtBot) -> None:
    conv = line(heads(palette)["Convolution"], 1)
    middle = palette.tree.visualItemRect(conv).center()
    with qtbot.waitSignal(palette.chosen) as chosen:
        QTest.mouseClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=middle)
        QTest.mouseDClick(palette.tree.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert type(chosen.args[0]).label() == conv.text(0)


def test_what_is_dragged_is_what_the_canvas_takes(palette: Palette) -> None:
    conv = line(heads(palette)["Convolution"], 1)
    data = palette.tree.mimeData([conv])
    assert MIME == BLOCK_MIME
    held = json.loads(bytes(data.data(MIME).data()))
    assert held == {"block": "Conv2d", "settings": {}}


def test_the_other_networks_of_the_design_can_be_placed(palette: Palette) -> None:
    document(palette).apply(with_new_network("Head"), "Add")
    head = line(heads(palette)[NETWORKS], 0)
    assert head.text(0) == "Head"
    held = json.loads(bytes(palette.tree.mimeData([head]).data(MIME).data()))
    assert held == {"block": Use.kind(), "settings": {"network": "Head"}}
    palette.look_at("Head")
    assert names(heads(palette)[NETWORKS]) == ["Network"]


def test_a_network_says_how_often_it_is_used_and_is_not_offered_to_what_stands_in_it(palette: Palette) -> None:
    document(palette).apply(with_new_network("Head"), "Add")
    palette.look_at("Network")
    for times, told in enumerate(("Head · used once", "Head · used 2 times"), 1):
        used = Node(Use("Head", ("x",), ("y",)))
        edit = partial(Design.edited, network="Network", edit=partial(add, name=f"head{times}", node=used))
        document(palette).apply(edit, "Add")
        assert names(heads(palette)[NETWORKS]) == [told]
    palette.look_at("Head")
    assert NETWORKS not in heads(palette)


def test_what_was_placed_lately_stands_first(palette: Palette) -> None:
    made = CATALOGUE.make("GELU", {})

    def edit(graph: Graph) -> Graph:
        return add(graph, "gelu1", Node(made))

    document(palette).apply(lambda design: design.edited("Network", edit), "Add")
    first = next(iter(heads(palette)))
    assert first == RECENT
    assert names(heads(palette)[RECENT]) == [made.label()]
