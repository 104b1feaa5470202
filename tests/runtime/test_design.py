"""Frames and bend points in the design file: read back as written, and refused in words where they make no sense."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.design import Frame
from runtime.file import open_design, save_design
from runtime.strict_json import BadDesign
from tests.designs import digits


def test_frames_and_bends_come_back_as_they_were_saved(tmp_path: Path) -> None:
    design = digits()
    (network, graph), *_ = design.networks.items()
    wire = graph.wires[0]
    design = design.with_frames(network, (Frame("Stem", (8.0, 16.0), (240.0, 160.0), "blue"),))
    design = design.with_bends(network, {wire: ((4.0, 8.0), (4.5, 90.0))})
    save_design(tmp_path / "a.json", design)
    again = open_design(tmp_path / "a.json")
    assert again.frames == design.frames
    assert again.bends == design.bends


def test_a_bend_goes_with_its_wire() -> None:
    design = digits()
    (network, graph), *_ = design.networks.items()
    design = design.with_bends(network, {graph.wires[0]: ((4.0, 8.0),), graph.wires[1]: ((1.0, 2.0),)})
    left = design.with_network(network, graph.with_wires(graph.wires[1:]))
    assert list(left.bends[network]) == [graph.wires[1]]


def test_a_bend_follows_a_wire_that_moves_up_at_its_port() -> None:
    design = digits()
    (network, graph), *_ = design.networks.items()
    second = graph.wires[0]._replace(place=1)
    design = design.with_network(network, graph.with_wires((*graph.wires[1:], second)))
    bent = design.with_bends(network, {second: ((4.0, 8.0),), graph.wires[1]: ((1.0, 2.0),)})
    assert bent.with_network(network, graph).bends[network] == {
        graph.wires[0]: ((4.0, 8.0),),
        graph.wires[1]: ((1.0, 2.0),),
    }


@pytest.mark.parametrize(
    "frame, place",
    [({"color": "pink"}, "color"), ({"size": [4, 100]}, "size"), ({"at": [1]}, "at"), ({"title": 3}, "title")],
)
def test_a_frame_that_makes_no_sense_is_refused_by_its_place(
    tmp_path: Path, frame: dict[str, object], place: str
) -> None:
    file = tmp_path / "a.json"
    save_design(file, replace(digits(), frames={}))
    tree = json.loads(file.read_text())
    tree["frames"] = {"LeNet": [{"title": "Stem", **frame}]}
    file.write_text(json.dumps(tree))
    with pytest.raises(BadDesign, match=rf"frames\.LeNet\[0\]\.{place}"):
        open_design(file)
