"""The verdict on a whole design: what is said, where, and that each fix offered repairs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from blocks.activation import Softmax
from blocks.edits import configure, disconnect, insert, remove
from blocks.ends import Use
from blocks.graph import Graph, Node, Wire
from blocks.shape import image
from blocks.zoo.drawing import Drawing
from runtime.data.digits import Digits
from runtime.data.points import Moons
from runtime.data.table import Table
from runtime.design import Design, Drawn, Phase
from runtime.file import dumps, loads
from runtime.recipe import Classification, Regression
from runtime.verdict import Finding, Verdict, judge, rejudge
from tests.make_samples import SAMPLES, lenet_digits

Edit = Callable[[Graph], Graph]


def setting(node: str, **values: object) -> Edit:
    return lambda graph: configure(graph, [node], values)


def lenet(*edits: Edit) -> Design:
    design = lenet_digits()
    for edit in edits:
        design = design.edited("LeNet", edit)
    return design


def only(verdict: Verdict, level: str = "error") -> Finding:
    found = [finding for finding in verdict.diagnostics if finding.level == level]
    assert len(found) == 1, found
    return found[0]


def repaired(design: Design, title: str, level: str = "error") -> Design:
    """The design after the fix of that title, which must leave nothing of that level."""
    verdict = judge(design)
    fixes = {fix.title: fix for fix in verdict.fixes(only(verdict, level))}
    assert title in fixes
    after = fixes[title].edit(design)
    assert [f for f in judge(after).diagnostics if f.level == level] == []
    return after


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
def test_nothing_is_said_of_a_sample(sample: Callable[[], Design]) -> None:
    assert judge(sample()).diagnostics == ()


def test_an_empty_design_is_fine() -> None:
    assert judge(Design()).diagnostics == ()


# --- from the step to the network -----------------------------------------------------------


def test_data_of_another_shape_is_told_at_the_input_with_its_fix() -> None:
    design = lenet(setting("image", shape=[1, 28, 28]))
    finding = only(judge(design))
    assert (finding.network, finding.node, finding.setting, finding.phase) == ("LeNet", "image", "shape", "fit")
    assert finding.message.startswith("image expects (1, 28, 28), the data gives (1, 8, 8)")
    repaired(design, "Set shape to 1 × 8 × 8 on image")


def test_a_last_layer_of_other_classes_is_told_once_with_its_fix() -> None:
    design = lenet(setting("fc3", out_features=7))
    finding = only(judge(design))
    assert (finding.network, finding.node, finding.setting) == ("LeNet", "fc3", "out_features")
    repaired(design, "Set out_features to 10 on fc3")


def test_a_picture_where_scores_are_wanted_is_repaired_fix_by_fix() -> None:
    drawing = Drawing()
    drawing.end("map", drawing.begin("image", image(1, 8, 8)))
    design = replace(lenet_digits(), networks={"N": drawing.graph()}, layout={}, notes={})
    titles = []
    for _ in range(2):
        verdict = judge(design)
        finding = verdict.errors[0]
        assert (finding.network, finding.node, finding.phase) == ("N", "map", "fit")
        fix = verdict.fixes(finding)[0]
        titles.append(fix.title)
        design = fix.edit(design)
    assert titles == ["Insert global average pooling", "Insert Linear 10"]
    assert judge(design).errors == ()


def test_a_broken_network_is_told_once_and_not_at_the_step() -> None:
    finding = only(judge(lenet(lambda graph: remove(graph, ["flatten"]))))
    assert (finding.node, finding.phase) == ("fc1", "")


def test_a_network_within_a_broken_one_is_told_once() -> None:
    broken = lenet(setting("conv2", padding="valid", kernel_size=7))
    outer = Drawing()
    x = outer.begin("image", image(1, 8, 8))
    graph = outer.graph()
    graph = Graph({**graph.nodes, "inner": Node(Use("LeNet", ("image",), ("logits",)))})
    graph = graph.with_wires([Wire(x.node, x.port, "inner", "image")])
    design = replace(broken, networks={**broken.networks, "Outer": graph}, training=())
    assert [(f.network, f.node) for f in judge(design).errors] == [("LeNet", "conv2"), ("Outer", "")]


# --- the design ---------------------------------------------------------------------------


def test_training_without_data_is_told_of_the_design() -> None:
    finding = only(judge(replace(lenet_digits(), data=None)))
    assert (finding.network, finding.node, finding.phase) == ("", "", "fit")
    assert "Choose a source of data" in finding.message


def test_data_that_cannot_be_read_is_told_with_its_place() -> None:
    design = replace(lenet_digits(), data=Table().with_settings(file="/nowhere/t.csv"))
    assert only(judge(design)).message.startswith("/nowhere/t.csv: expected a CSV file")


def test_of_two_networks_one_is_to_be_chosen() -> None:
    design = lenet_digits()
    two = replace(design, networks={**design.networks, "Copy": design.networks["LeNet"]})
    after = repaired(two, "Train Copy")
    assert isinstance(after.training[0].plan, Classification)
    assert after.training[0].plan.network == "Copy"


def test_a_loss_that_does_not_suit_the_data_is_told_of_the_phase() -> None:
    design = replace(lenet_digits(), training=(Phase("fit", Regression()),))
    assert {finding.phase for finding in judge(design).errors} == {"fit"}


def test_a_step_drawn_by_hand_is_checked_with_what_it_minimizes() -> None:
    planned = judge(lenet_digits()).phases[0]
    assert planned.step is not None
    drawn = replace(lenet_digits(), training=(Phase("fit", Drawn(planned.step, planned.objectives)),))
    assert judge(drawn).diagnostics == ()
    lost = replace(planned.objectives[0], minimize="gone")
    drawn = replace(drawn, training=(Phase("fit", Drawn(planned.step, (lost,))),))
    assert only(judge(drawn)).message == "The step has no node gone to minimize."


def test_a_cut_wire_of_a_drawn_step_is_told_of_its_phase() -> None:
    planned = judge(lenet_digits()).phases[0]
    assert planned.step is not None
    step = disconnect(planned.step, [wire for wire in planned.step.wires if wire.source == "label"])
    design = replace(lenet_digits(), training=(Phase("fit", Drawn(step, planned.objectives)),))
    assert {(finding.phase, finding.node) for finding in judge(design).errors} == {("fit", "loss"), ("fit", "accuracy")}


# --- advice and warnings --------------------------------------------------------------------


def test_a_softmax_before_cross_entropy_is_advised_away() -> None:
    def with_softmax(graph: Graph) -> Graph:
        wire = graph.into("logits")[0]
        return insert(graph, wire, "softmax", Node(Softmax()))

    after = repaired(lenet(with_softmax), "Remove softmax", "advice")
    assert after.networks["LeNet"].wires[-1].source == "fc3"


def test_two_layers_without_an_activation_are_advised_one() -> None:
    repaired(lenet(lambda graph: remove(graph, ["relu3"])), "Insert ReLU before fc2", "advice")


def test_a_bias_before_a_batch_norm_is_advised_away() -> None:
    text = dumps(lenet_digits()).replace('"relu1": {"block": "ReLU"}', '"relu1": {"block": "BatchNorm2d"}')
    repaired(loads(text), "Set bias to no on conv1", "advice")


def test_a_setting_that_is_not_known_is_a_warning_and_the_block_works() -> None:
    verdict = judge(loads(dumps(lenet_digits()).replace('"Conv2d"}', '"Conv2d", "future": 1}')))
    finding = only(verdict, "warning")
    assert (finding.node, finding.setting) == ("conv1", "future")
    assert verdict.errors == ()


# --- kept up ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "edit, node",
    [
        (setting("conv1", out_channels=8), "conv1"),
        (setting("conv1", bias=False), "conv1"),
        (setting("fc3", out_features=7), "fc3"),
        (setting("conv2", padding="valid", kernel_size=7), "conv2"),
        (setting("image", shape=[1, 9, 9]), "image"),
    ],
)
def test_a_verdict_kept_up_says_the_same_as_a_fresh_one(edit: Edit, node: str) -> None:
    before = lenet_digits()
    after = before.edited("LeNet", edit)
    there = rejudge(judge(before), after, "LeNet", [node])
    back = rejudge(there, before, "LeNet", [node])
    for kept, design in ((there, after), (back, before)):
        fresh = judge(design)
        assert kept.diagnostics == fresh.diagnostics
        assert kept.networks["LeNet"].macs == fresh.networks["LeNet"].macs


def test_an_edit_that_keeps_the_results_shape_draws_no_step_again() -> None:
    before = judge(lenet_digits())
    after = rejudge(before, lenet(setting("conv1", out_channels=8)), "LeNet", ["conv1"])
    assert after.phases is before.phases


def test_what_uses_a_network_is_checked_again_when_its_face_changes() -> None:
    inner = lenet_digits()
    graph = Graph({"image": inner.networks["LeNet"].nodes["image"], "use": Node(Use("LeNet", ("image",), ("logits",)))})
    graph = graph.with_wires([Wire("image", "y", "use", "image")])
    design = replace(inner, networks={**inner.networks, "Outer": graph}, training=())
    changed = design.edited("LeNet", setting("fc3", out_features=7))
    kept = rejudge(judge(design), changed, "LeNet", ["fc3"])
    shape = kept.networks["Outer"].shape("use")
    assert shape is not None
    assert shape.sizes == (7,)


def test_a_design_for_other_data_is_judged_by_its_fields() -> None:
    moons = replace(lenet_digits(), data=Moons())
    assert only(judge(moons)).node == "image"
    assert judge(replace(moons, data=Digits())).errors == ()
