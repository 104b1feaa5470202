"""What the inspector draws of how a block works: curves of activations, a convolution as a matrix."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from blocks.activation import Hardswish, LeakyReLU, ReLU, SiLU, Softmax
from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.graph import Graph, Node
from blocks.pooling import MaxPool2d
from blocks.shape import Shape, image
from blocks.transposed import ConvTranspose2d
from designer.panels.node_page import NodePage
from designer.theme import LIGHT


def shown(qtbot: QtBot, *blocks: Block, x: Shape | None = None) -> NodePage:
    """The page of some nodes."""
    page = NodePage(LIGHT)
    qtbot.addWidget(page)
    page.resize(304, 900)
    page.show()
    graph = Graph({f"n{i}": Node(block) for i, block in enumerate(blocks)})
    page.show_nodes(graph, list(graph.nodes), [], "", {}, x)
    return page


def test_A06_the_curves_of_chosen_activations_are_drawn_over_each_other(qtbot: QtBot) -> None:
    page = shown(qtbot, SiLU(), Hardswish(), LeakyReLU(0.2))
    assert page.curves.isVisible()
    told = page.curves.legend.text()
    assert [name in told for name in ("SiLU", "Hardswish", "LeakyReLU 0.2")] == [True] * 3


def test_A06_the_pointer_tells_the_numbers_under_it(qtbot: QtBot) -> None:
    page = shown(qtbot, SiLU(), Hardswish())
    plot = page.curves.plot
    one = plot._at(QPointF(1.0, 0.0)).toPoint()
    QTest.mouseMove(plot, QPoint(10, 10))
    QTest.mouseMove(plot, one)
    assert "at x = 1.0" in page.curves.legend.text()
    assert [number in page.curves.legend.text() for number in ("0.7311", "0.6667")] == [True, True]


def test_A06_others_of_the_catalogue_can_be_drawn_beside_one(qtbot: QtBot) -> None:
    page = shown(qtbot, ReLU())
    page.curves.menu.aboutToShow.emit()
    actions = {action.text(): action for action in page.curves.menu.actions()}
    assert not actions["ReLU"].isEnabled()
    assert "Softmax" not in actions
    actions["Hardswish"].trigger()
    assert "Hardswish" in page.curves.legend.text()
    actions["Hardswish"].trigger()
    assert "Hardswish" not in page.curves.legend.text()


@pytest.mark.parametrize("blocks", [(Conv2d(4),), (Softmax(),), (ReLU(), Conv2d(4))])
def test_what_works_on_more_than_one_number_has_no_curve(qtbot: QtBot, blocks: tuple[Block, ...]) -> None:
    assert not shown(qtbot, *blocks).curves.isVisible()


def test_X01_a_convolution_is_drawn_as_its_matrix(qtbot: QtBot) -> None:
    page = shown(qtbot, Conv2d(1, 3, padding="valid"), x=image(1, 4, 4))
    assert page.matrix.told.text() == "4 results × 16 inputs: 36 places that are not zero, of 9 weights."
    assert page.matrix.plot.accessibleDescription() == "4 by 16, 36 weights"


def test_X01_of_a_large_picture_a_small_one_is_drawn(qtbot: QtBot) -> None:
    page = shown(qtbot, Conv2d(64), x=image(32, 56, 56))
    assert page.matrix.told.text().startswith("16 results × 16 inputs: 100 places")
    assert page.matrix.told.text().endswith("drawn for one channel of 4 × 4.")


def test_X02_the_transposed_convolution_is_drawn_upright(qtbot: QtBot) -> None:
    page = shown(qtbot, ConvTranspose2d(1, 3, 1, 0), x=image(1, 2, 2))
    assert page.matrix.told.text() == "16 results × 4 inputs: 36 places that are not zero, of 9 weights."


def test_what_is_no_convolution_has_no_matrix(qtbot: QtBot) -> None:
    for block in (MaxPool2d(2), ReLU()):
        assert not shown(qtbot, block, x=image(1, 4, 4)).matrix.isVisible()
    assert not shown(qtbot, Conv2d(4)).matrix.isVisible(), "nothing arrives"
