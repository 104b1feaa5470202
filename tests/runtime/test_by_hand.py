"""Steps drawn by hand: the same training as the recipe's, edited as a network is, kept in the file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blocks import edits
from blocks.block import Block
from blocks.edits import Refused
from blocks.graph import Graph, Node, Wire
from blocks.loss import CrossEntropy
from blocks.position import Constant
from blocks.reduction import ArgMax
from blocks.sampler import Noise
from runtime.by_hand import (
    drawn_by_hand,
    drawn_plan,
    in_step,
    learning_from,
    losses,
    with_another,
    with_objective,
    with_term,
    without_objective,
)
from runtime.design import Design, Drawn, Phase, canvas_of
from runtime.file import dumps, loads
from runtime.optimizer import SGD
from runtime.recipe import Classification
from runtime.script import print_training
from tests.designs import digits, two_losses


def by_hand(design: Design) -> tuple[Design, Drawn]:
    after = drawn_by_hand(design, "fit")
    plan = drawn_plan(after, "fit")
    assert plan is not None
    return after, plan


def test_a_step_drawn_by_hand_prints_the_very_script_of_the_recipe() -> None:
    design = digits(seed=5, patience=3, loss=CrossEntropy(label_smoothing=0.1), gradient_clip_val=1.0, accumulate=2)
    assert print_training(drawn_by_hand(design, "fit")).text == print_training(design).text


def test_a_step_is_drawn_by_hand_once_and_only_where_it_can_be_drawn() -> None:
    design, _ = by_hand(digits())
    with pytest.raises(Refused, match="by hand already"):
        drawn_by_hand(design, "fit")
    with pytest.raises(Refused, match="no data"):
        drawn_by_hand(replace(digits(), data=None), "fit")
    with pytest.raises(Refused, match="cannot draw"):
        drawn_by_hand(replace(digits(), networks={}), "fit")


def test_a_step_that_no_recipe_can_draw_begins_with_the_fields_of_the_data() -> None:
    design = replace(two_losses(), training=(Phase("fit", Classification(epochs=7)),))
    plan = drawn_plan(drawn_by_hand(design, "fit"), "fit")
    assert plan is not None
    assert (list(plan.step.nodes), plan.objectives, plan.epochs) == (["point", "label"], (), 7)


def test_an_edit_of_a_network_is_one_of_the_step() -> None:
    design, plan = by_hand(digits())
    after = in_step(lambda d: d.edited(canvas_of("fit"), lambda g: edits.remove(g, ["accuracy"])), "fit")(design)
    changed = drawn_plan(after, "fit")
    assert changed is not None
    assert set(plan.step.nodes) - set(changed.step.nodes) == {"accuracy"}
    assert after.networks is design.networks
    assert in_step(lambda d: d, "fit")(design) is design


def test_what_is_minimized_follows_its_node_to_another_name() -> None:
    design, _ = by_hand(digits())
    rename = in_step(lambda d: d.edited(canvas_of("fit"), lambda g: edits.rename(g, "loss", "error")), "fit")
    plan = drawn_plan(rename(design), "fit")
    assert plan is not None
    assert [each.minimize for each in plan.objectives] == ["error"]


def test_objectives_come_change_and_go() -> None:
    design = two_losses()
    less = without_objective("tug", 1)(design)
    plan = drawn_plan(less, "tug")
    assert plan is not None
    assert [each.minimize for each in plan.objectives] == ["draw"]
    plan = drawn_plan(with_another("tug")(less), "tug")
    assert plan is not None
    assert [(each.minimize, each.networks) for each in plan.objectives][1:] == [("push", ("First", "Second"))]
    with pytest.raises(Refused, match="place another loss"):
        with_another("tug")(design)
    changed = with_objective("tug", 0, replace(plan.objectives[0], optimizer=SGD(lr=0.5)))(design)
    assert drawn_plan(changed, "tug") != drawn_plan(design, "tug")
    length = drawn_plan(with_term("tug", "epochs", 7)(design), "tug")
    assert length is not None
    assert length.epochs == 7


def test_what_can_be_minimized_and_what_lies_behind_it() -> None:
    plan = drawn_plan(two_losses(), "tug")
    assert plan is not None
    assert losses(plan.step)[:2] == ("draw", "push")
    assert "point" not in losses(plan.step)
    assert learning_from(plan.step, "push") == {"First", "Second"}
    assert learning_from(plan.step, "point") == set()


def test_the_seed_and_the_canvas_of_a_step_are_kept_in_the_file() -> None:
    design, plan = by_hand(digits(seed=9))
    wire = plan.step.wires[0]
    name = canvas_of("fit")
    laid = design.with_places(name, {"loss": (0.0, 8.0)}).with_bends(name, {wire: ((4.0, 4.0),)})
    read = loads(dumps(laid))
    assert read == laid
    assert drawn_plan(read, "fit") == plan
    assert plan.seed == 9


@pytest.mark.parametrize("cut", [ArgMax(), Noise((2,)), Constant((2,))], ids=lambda block: block.kind())
def test_a_gradient_ends_where_a_block_lets_none_back(cut: Block) -> None:
    step = two_losses().training[0].plan
    assert isinstance(step, Drawn)
    nodes = {**step.step.nodes, "cut": Node(cut)}
    wires = (*(w for w in step.step.wires if w.target != "second"), Wire("first", "y", "cut", cut.inputs[0].name))
    graph = Graph(nodes, (*wires, Wire("cut", "y", "second", "x")))
    assert learning_from(graph, "draw") == {"Second"}
    assert learning_from(edits.mute(graph, ["cut"], True), "draw") == {"First", "Second"}


def test_a_muted_network_learns_nothing() -> None:
    step = two_losses().training[0].plan
    assert isinstance(step, Drawn)
    assert learning_from(edits.mute(step.step, ["second"], True), "draw") == {"First"}
