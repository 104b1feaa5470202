"""What wires look like, looked up in the pixels: colours, widths, shapes beside them, a wire that was let go."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from blocks.check import check
from blocks.graph import Graph
from designer.canvas import Decor
from designer.canvas.inks import Inks
from designer.canvas.sheet import Sheet
from designer.canvas.strands import WirePainter
from designer.theme import LIGHT, THEMES, Theme
from runtime.design import Frame
from tests.designer.canvas.desk import Desk, graph, node

pytestmark = pytest.mark.usefixtures("qapp")
PLACES = {"image": (16.0, 16.0), "flatten": (16.0, 136.0), "conv": (296.0, 136.0)}


def parted(channels: int = 3) -> Graph:
    """An image that goes straight down into a vector, and aside into a convolution."""
    nodes = {"image": node("Input", shape=[channels, 32, 32]), "flatten": node("Flatten"), "conv": node("Conv2d")}
    return graph(nodes, "image -> flatten", "image -> conv")


def painted(net: Graph, zoom: float, theme: Theme = LIGHT, titles: bool = False) -> QImage:
    sheet, inks = Sheet(), Inks(theme)
    sheet.show(net, check(net), PLACES, ())
    painter = WirePainter(sheet, inks)
    painter.with_shapes = titles
    image = QImage(round(560 * zoom), round(260 * zoom), QImage.Format.Format_RGB32)
    image.fill(inks.canvas)
    with QPainter(image) as brush:
        brush.scale(zoom, zoom)
        painter.paint(brush, (0, 0, 560, 260), zoom)
    return image


def thickness(image: QImage, x: float, y: float) -> int:
    """How many pixels of a row about a point are inked."""
    ground = image.pixelColor(0, 0)
    return sum(image.pixelColor(round(x) + k, round(y)) != ground for k in range(-12, 13))


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_a_wire_has_the_colour_of_what_flows(theme: Theme) -> None:
    image = painted(parted(), 4.0, theme)
    assert image.pixelColor(120 * 4, 99 * 4) == QColor(theme.image)


def test_a_wire_that_carries_more_is_wider() -> None:
    thin, wide = (painted(parted(channels), 4.0) for channels in (1, 512))
    assert thickness(thin, 120 * 4, 99 * 4) + 4 <= thickness(wide, 120 * 4, 99 * 4)


def test_a_wire_whose_shape_is_not_known_is_dashed_and_grey() -> None:
    nodes = {"image": node("ReLU"), "flatten": node("ReLU"), "conv": node("ReLU")}
    image = painted(graph(nodes, "image -> flatten"), 4.0)
    column = {image.pixelColor(120 * 4, y).name() for y in range(66 * 4, 132 * 4)}
    assert {LIGHT.unknown, LIGHT.canvas} <= column


def test_a_refused_wire_is_red() -> None:
    nodes = {"image": node("Input", shape=[3, 8, 8]), "flatten": node("Linear"), "conv": node("ReLU")}
    assert painted(graph(nodes, "image -> flatten"), 4.0).pixelColor(120 * 4, 99 * 4) == QColor(LIGHT.error)


@pytest.mark.parametrize("zoom, wide", [(0.35, False), (0.5, True)])
def test_a_few_wires_keep_their_width_from_the_middle(zoom: float, wide: bool) -> None:
    # From afar, and where there are many, a wire is a line one pixel wide in eight straight pieces.
    seen = painted(parted(4096), zoom).pixelColor(round(120 * zoom), round(99 * zoom))
    assert (seen == QColor(LIGHT.image)) == wide


def framed(desk: Desk, title: str) -> QImage:
    x, y = desk.layout["conv"]
    desk.decor = Decor(frames=(Frame(title, (x - 16, y - 32), (240.0, 96.0), "blue"),))
    desk.show()
    return desk.canvas.viewport().grab().toImage()


def test_no_shape_is_written_into_the_title_of_a_frame(chain: Desk) -> None:
    x, y = chain.layout["conv"]
    place = chain.at(x + 113, y - 26)
    box = place.x(), place.y(), 56, 12

    def words(image: QImage) -> int:
        return sum(
            image.pixelColor(box[0] + k, box[1] + row).lightness() < 140 for k in range(box[2]) for row in range(box[3])
        )

    assert words(framed(chain, "A")) > 20  # the shape stands beside a short title
    assert words(framed(chain, "i" * 28)) == 0  # and gives way to one that comes near it


def test_a_wire_let_go_stays_while_the_search_asks_and_goes_with_it(chain: Desk) -> None:
    start = chain.pixel("relu", dy=46)
    between, accent = chain.pixel("relu", dx=-20, dy=60), QColor(LIGHT.accent)

    def lit() -> bool:
        image = chain.canvas.viewport().grab(chain.canvas.viewport().rect()).toImage()
        return any(image.pixelColor(between + QPoint(0, k)) == accent for k in range(-40, 60))

    chain.drag(start, start + QPoint(-300, 40))
    chain.canvas.search.move(0, 600)
    assert lit()
    chain.key(Qt.Key.Key_Escape)
    chain.canvas.search.hide()
    assert not lit()


def test_a_wire_passes_behind_the_title_of_a_frame(chain: Desk) -> None:
    x, y = chain.layout["conv"]
    behind = chain.at(x + 104, y - 20)

    def crossed(title: str) -> bool:
        image = framed(chain, title)
        seen = [image.pixelColor(behind.x(), behind.y() + row) for row in range(-4, 5)]
        return any(colour.blue() > colour.red() + 40 for colour in seen)

    assert crossed("A")
    assert not crossed("i" * 60)
