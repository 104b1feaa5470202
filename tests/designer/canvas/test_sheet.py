from __future__ import annotations

import numpy as np

from blocks.check import check, recheck
from blocks.edits import configure, connect, disconnect, remove
from blocks.graph import Graph, Wire
from designer.canvas.intent import settled
from designer.canvas.sheet import ERROR, FINE, Sheet
from tests.designer.canvas.desk import graph, node

NET = graph(
    {
        "image": node("Input", shape=[1, 28, 28]),
        "a": node("Conv2d", out_channels=4),
        "b": node("ReLU"),
        "c": node("Output"),
    },
    "image -> a",
    "a -> b",
    "b -> c",
)


def shown(net: Graph = NET) -> Sheet:
    sheet, checked = Sheet(), check(net)
    sheet.show(net, checked, settled(net, {}), checked.diagnostics)
    return sheet


def show(sheet: Sheet, net: Graph) -> None:
    checked = check(net)
    sheet.show(net, checked, settled(net, sheet.shown_layout()), checked.diagnostics)


def carried(sheet: Sheet) -> list[str]:
    return [str(shape) for shape in sheet.wires.shapes]


def test_a_changed_setting_changes_what_the_wires_carry() -> None:
    sheet, checked = shown(), check(NET)
    after = configure(NET, ["a"], {"out_channels": 8})
    ends = sheet.wires.ends
    sheet.show(after, recheck(checked, after, ["a"]), sheet.layout, ())
    assert carried(sheet) == ["(1, 28, 28)", "(8, 28, 28)", "(8, 28, 28)"]
    assert sheet.wires.ends is ends


def test_deleted_nodes_and_undo_give_the_same_sheet_as_a_new_one() -> None:
    sheet = shown()
    sheet.select(["c"])
    show(sheet, remove(NET, ["a"]))
    assert sheet.selection() == ("c",)
    checked = check(NET)
    sheet.show(NET, checked, settled(NET, {}), checked.diagnostics)
    fresh = shown()
    assert np.array_equal(sheet.at, fresh.at)
    assert np.array_equal(sheet.wires.ends, fresh.wires.ends)
    assert carried(sheet) == carried(fresh)


def test_a_wire_taken_away_and_put_back_is_followed() -> None:
    sheet, wire = shown(), Wire("a", "y", "b", "x")
    show(sheet, disconnect(NET, [wire]))
    assert sheet.level[sheet.index["b"]] == ERROR
    assert carried(sheet) == ["(1, 28, 28)", "None"]
    show(sheet, connect(sheet.graph, wire))
    assert sheet.level[sheet.index["b"]] == FINE


def test_hits_are_found_where_cards_ports_and_wires_are() -> None:
    sheet = shown()
    x, y = sheet.place("a")
    assert sheet.node_at(x + 10, y + 10) == "a"
    assert sheet.node_at(x - 10, y + 10) is None
    spot = sheet.spot_at(x + 106, y + 49, 8)
    assert spot is not None
    assert (spot.node, spot.port.name) == ("a", "y")
    assert sheet.wire_at(x + 106, y + 66, 6) == Wire("a", "y", "b", "x")
    assert sheet.wire_at(x + 150, y + 66, 6) is None


def test_moving_takes_the_wires_along() -> None:
    sheet = shown()
    before = sheet.wires.ends.copy()
    sheet.move(np.array([1]), np.array([10.0, 4.0]))
    assert (sheet.wires.ends - before).tolist() == [[0, 0, 10, 4], [10, 4, 0, 0], [0, 0, 0, 0]]


def test_a_shortcut_passes_beside_the_cards_between() -> None:
    net = graph(
        {"image": node("Input"), "a": node("ReLU"), "b": node("ReLU"), "join": node("Add")},
        "image -> a",
        "a -> b",
        "b -> join.parts[0]",
        "image -> join.parts[1]",
    )
    sheet = shown(net)
    sheet.wires.route(np.arange(4), sheet.at)
    assert list(sheet.wires.routes) == [3]
    assert all(abs(x - 104) > 104 + 20 for x, _ in sheet.wires.routes[3].points)
