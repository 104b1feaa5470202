"""The overlay "heat": shares on a logarithmic scale, cards in its colours, and a legend that says what is seen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from blocks.check import check
from blocks.edits import configure
from designer.canvas.heat import MEASURES, heat
from designer.canvas.inks import HEATS
from tests.designer.canvas.conftest import Open
from tests.designer.canvas.desk import Desk, graph, node

NODES = {
    "image": node("Input", shape=[1, 8, 8]),
    "small": node("Conv2d", out_channels=1, kernel_size=1, bias=False),
    "large": node("Conv2d", out_channels=100, kernel_size=3, bias=False),
    "act": node("ReLU"),
}


@pytest.fixture
def hot(sit: Open) -> Desk:
    return sit(graph(NODES, "image -> small", "small -> large", "large -> act"))


def test_the_hottest_is_one_and_a_thousandth_is_cold(hot: Desk) -> None:
    found = heat(MEASURES["parameters"], hot.canvas.sheet.rows)
    assert found.values.tolist() == [0, 1, 900, 0]
    assert found.share[[0, 3]].tolist() == [0, 0]
    assert found.share[2] == 1
    assert 0 < found.share[1] < 0.02
    assert found.ends() == ("1", "900")


def test_every_measure_counts_what_the_check_counts(hot: Desk) -> None:
    rows = check(hot.graph).rows
    for name, field in (("parameters", "parameters"), ("macs", "macs"), ("memory", "activations")):
        counted = heat(MEASURES[name], hot.canvas.sheet.rows).values.sum()
        assert counted == sum(getattr(row, field) for row in rows.values())


def body(desk: Desk, name: str) -> str:
    """The colour of a card between its words and its right edge."""
    return desk.canvas.grab().toImage().pixelColor(desk.pixel(name, dx=150, dy=40)).name()


def test_h_goes_through_the_measures_and_back_to_none(hot: Desk) -> None:
    canvas, seen = hot.canvas, []
    cold = body(hot, "large")
    for _ in range(len(MEASURES) + 2):
        hot.key(Qt.Key.Key_H)
        seen.append((canvas.legend.measure, canvas.legend.isVisible()))
    assert seen == [("parameters", True), ("macs", True), ("memory", True), ("gradient", True), ("", False)]
    assert body(hot, "large") == cold


def test_the_hottest_card_wears_the_hottest_colour_and_a_cold_one_none(hot: Desk) -> None:
    hot.canvas.legend.show_measure("parameters")
    assert body(hot, "large") == hot.canvas.inks.heats[HEATS - 1].color().name() == hot.canvas.inks.theme.heat
    assert body(hot, "act") == QColor(hot.canvas.inks.theme.card).name()


def test_the_number_on_a_card_is_the_one_that_is_measured(hot: Desk) -> None:
    def number() -> str:
        hot.canvas.grab()
        return hot.canvas.cards._face(hot.canvas.sheet.index["large"]).count.text()

    assert number() == "900"
    hot.canvas.legend.show_measure("macs")
    assert number() == "57,600"
    hot.canvas.legend.show_measure("")
    assert number() == "900"


def test_from_afar_the_boxes_are_as_hot(hot: Desk) -> None:
    hot.canvas.zoom_to(0.3)
    hot.canvas.legend.show_measure("macs")
    seen = hot.canvas.grab().toImage().pixelColor(hot.pixel("large")).name()
    assert seen == hot.canvas.inks.theme.heat


def test_an_edit_is_counted_anew_and_the_legend_says_so(hot: Desk) -> None:
    hot.canvas.legend.show_measure("parameters")
    assert hot.canvas.legend.lines() == ("Parameters, computed", "1", "900")
    hot.graph = configure(hot.graph, ["large"], {"out_channels": 200})
    hot.show()
    assert hot.canvas.legend.lines() == ("Parameters, computed", "2", "1,800")
    assert hot.canvas.legend.accessibleName() == "Heat: Parameters, computed, 2, 1,800"


def test_a_network_without_weights_is_cold_all_over(sit: Open) -> None:
    desk = sit(graph({"image": node("Input"), "act": node("ReLU")}, "image -> act"))
    desk.canvas.legend.show_measure("parameters")
    assert desk.canvas.legend.lines()[1:] == ("0", "0")
    desk.canvas.grab()
