"""Edits of the whole design: new, networks, training."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.catalogue import CATALOGUE
from blocks.edits import Refused, add
from blocks.ends import Use
from blocks.graph import Graph, Node
from designer import actions
from designer.lift import placed
from runtime.design import Design, Frame
from runtime.file import open_design
from runtime.recipe import Regression
from runtime.verdict import judge

LENET = Path(__file__).parents[2] / "samples" / "lenet_digits.json"


@pytest.fixture
def nested() -> Design:
    """LeNet, standing as a block in another network."""
    design = actions.with_new_network("Outer")(open_design(LENET))
    use = Node(Use("LeNet", ("image",), ("logits",)))
    return design.edited("Outer", lambda graph: add(graph, "inner", use))


def test_a_new_design_needs_only_a_drawing_to_be_trained() -> None:
    design = actions.new_design()
    assert list(design.networks) == ["Network"]
    assert design.data is not None
    assert design.data.kind() == "digits"
    assert [phase.name for phase in design.training] == ["fit"]


def test_a_network_is_renamed_wherever_it_is_used(nested: Design) -> None:
    phase = nested.training[0]
    design = actions.with_plan("fit", phase.plan.with_settings(network="LeNet"))(nested)
    design = actions.renamed_network("LeNet", "Net")(design)
    assert list(design.networks) == ["Net", "Outer"]
    assert design.networks["Outer"].block("inner").value("network") == "Net"
    assert design.training[0].plan.network == "Net"  # type: ignore[union-attr]
    assert "conv1" in design.layout["Net"]
    assert not judge(design).networks["Net"].errors


def test_what_is_on_the_canvas_of_a_network_is_renamed_with_it(nested: Design) -> None:
    wire = nested.networks["LeNet"].wires[0]
    design = nested.with_frames("LeNet", (Frame("Stem"),)).with_bends("LeNet", {wire: ((1.0, 2.0),)})
    after = actions.renamed_network("LeNet", "Net")(design)
    assert (after.frames["Net"], after.bends["Net"]) == (design.frames["LeNet"], design.bends["LeNet"])


def test_what_is_grouped_takes_its_places_and_the_points_of_its_wires_along(nested: Design) -> None:
    graph = nested.networks["LeNet"]
    inner = next(w for w in graph.wires if w.source == "conv1")
    names = [inner.source, inner.target]
    bent = nested.with_bends("LeNet", {inner: ((1.0, 2.0),)}).with_places("LeNet", dict.fromkeys(names, (8.0, 16.0)))
    after = actions.grouped("LeNet", names, "Conv1")(bent)
    assert after.bends["Conv1"] == {inner: ((1.0, 2.0),)}
    assert after.layout["Conv1"]["conv1"] == (8.0, 16.0)  # though the node that stands for them is called conv1 too
    assert "conv1" in after.networks["LeNet"].nodes


def test_a_network_that_stands_in_another_is_not_deleted(nested: Design) -> None:
    with pytest.raises(Refused, match=r"LeNet stands as a block at Outer\.inner"):
        actions.without_network("LeNet")(nested)
    assert list(actions.without_network("Outer")(nested).networks) == ["LeNet"]


@pytest.mark.parametrize("name", ["LeNet", "2nd", "", "two words"])
def test_a_network_takes_only_a_free_and_proper_name(name: str) -> None:
    with pytest.raises(Refused):
        actions.with_new_network(name)(open_design(LENET))


def test_a_plan_replaces_only_its_own_phase() -> None:
    design = actions.with_phase(open_design(LENET))
    assert [phase.name for phase in design.training] == ["fit", "fit2"]
    design = actions.with_plan("fit2", Regression())(design)
    assert [type(phase.plan).__name__ for phase in design.training] == ["Classification", "Regression"]


def test_a_title_is_never_empty() -> None:
    assert actions.retitled("  ")(Design()).title == "Untitled"


def test_a_renamed_node_keeps_its_place() -> None:
    design = open_design(LENET)
    after = actions.renamed("LeNet", "conv1", "first")(design)
    assert after.layout["LeNet"]["first"] == design.layout["LeNet"]["conv1"]
    assert "conv1" not in after.layout["LeNet"]


def test_an_edit_from_elsewhere_gives_new_nodes_a_place() -> None:
    def edit(graph: Graph) -> Graph:
        return add(graph, "extra", Node(CATALOGUE.make("ReLU", {})))

    after = placed(lambda design: design.edited("LeNet", edit))(open_design(LENET))
    assert "extra" in after.layout["LeNet"]


def test_a_selection_becomes_a_network_that_stands_in_its_place() -> None:
    before = open_design(LENET)
    names = ["conv2", "relu2", "pool2"]
    after = actions.grouped("LeNet", [n for n in names if n in before.networks["LeNet"].nodes], "Second")(before)
    verdict, old = judge(after), judge(before)
    assert verdict.errors == ()
    assert verdict.networks["LeNet"].parameters == old.networks["LeNet"].parameters
    assert after.layout["LeNet"]["second"] == before.layout["LeNet"]["conv2"]
    assert after.layout["Second"]["conv2"] == before.layout["LeNet"]["conv2"]
    with pytest.raises(Refused, match="already a network named LeNet"):
        actions.grouped("LeNet", names, "LeNet")(before)
