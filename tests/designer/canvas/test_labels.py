from __future__ import annotations

import numpy as np
import pytest

from designer.canvas.arrange import arrange
from designer.canvas.detours import touched
from designer.canvas.labels import Labels
from designer.canvas.sheet import Sheet
from tests.designer.canvas.corpus import CORPUS
from tests.designer.canvas.desk import graph, node
from tests.designer.canvas.test_ways import STYLES, shown

SIZE = 70.0, 14.0
Rect = tuple[float, float, float, float]


def boxes(sheet: Sheet) -> dict[int, Rect]:
    """The boxes of all shapes that find a place."""
    labels = Labels(sheet)
    places = {i: labels.place(i, *SIZE) for i in range(len(sheet.wires))}
    return {i: (p.x(), p.y(), p.x() + SIZE[0], p.y() + SIZE[1]) for i, p in places.items() if p is not None}


@STYLES
@pytest.mark.parametrize("name", CORPUS)
def test_shapes_cover_neither_cards_nor_wires(name: str, square: bool) -> None:
    net = CORPUS[name]()
    sheet = shown(net, arrange(net), square)
    for i, box in boxes(sheet).items():
        assert not len(sheet.within((box[0] + 4, box[1] + 4, box[2] - 1, box[3] - 1)))
        assert not any(touched(sheet.wires.line(k), box) for k in range(len(net.wires)) if k != i)


@pytest.mark.parametrize("name", ["lenet", "inception", "siamese"])
def test_every_wire_of_a_plain_network_has_its_shape_beside_it(name: str) -> None:
    net = CORPUS[name]()
    assert len(boxes(shown(net, arrange(net)))) == len(net.wires)


def test_a_shape_goes_left_where_a_shortcut_leaves_at_the_right() -> None:
    net = graph(
        {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU"), "join": node("Add")},
        "image -> a",
        "a -> b",
        "b -> join.parts[0]",
        "image -> join.parts[1]",
    )
    sheet = shown(net, arrange(net))
    found = boxes(sheet)
    assert sheet.wires.routes[3].points[0][0] > 200
    assert found[0][2] < 104 < found[1][0]


def test_a_shape_keeps_its_place_until_its_wire_moves() -> None:
    net = CORPUS["lenet"]()
    sheet = shown(net, arrange(net))
    labels = Labels(sheet)
    first = labels.place(3, *SIZE)
    assert labels.place(3, *SIZE) is first
    sheet.move(np.array([3]), np.array([0.0, 16.0]))
    assert labels.place(3, *SIZE) is not first


def test_a_wire_that_leaves_nearly_level_does_not_run_through_its_own_shape() -> None:
    nodes = {"image": node("Input"), **{name: node("ReLU") for name in ("left", "middle", "right")}}
    net = graph(nodes, "image -> left", "image -> middle", "image -> right")
    places = {"image": (360.0, 0.0), "left": (0.0, 80.0), "middle": (240.0, 80.0), "right": (720.0, 80.0)}
    sheet = shown(net, places)
    found = boxes(sheet)
    assert 0 in found
    for i, (x1, y1, x2, y2) in found.items():
        assert not touched(sheet.wires.line(i), (x1, y1 + 2, x2, y2 - 2))
