"""What is wrong with a training step beyond its shapes: told at its node, with fixes that leave nothing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from blocks import edits
from blocks.activation import LogSoftmax, Sigmoid, Softmax
from blocks.block import Block
from blocks.convolution import Conv2d
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from blocks.loss_classes import Distillation, FocalLoss, MultiLabelSoftMargin, NegativeLogLikelihood
from blocks.position import Constant as Same
from blocks.position import Detach
from blocks.shape import image
from runtime.by_hand import drawn_by_hand, drawn_plan, with_plan
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Objective, Phase
from runtime.optimizer import SGD
from runtime.schedule import Constant
from runtime.verdict import Finding, judge
from tests.designs import digits, two_losses


def with_step(change: Callable[[Graph], Graph], design: Design | None = None, phase: str = "fit") -> Design:
    design = design or drawn_by_hand(digits(), "fit")
    plan = drawn_plan(design, phase)
    assert plan is not None
    return with_plan(design, phase, replace(plan, step=change(plan.step)))


def with_objectives(change: Callable[[Drawn], Drawn]) -> Design:
    """The first phase alone, of two networks and two losses, changed."""
    design = replace(two_losses(), training=two_losses().training[:1])
    plan = drawn_plan(design, "tug")
    assert plan is not None
    return with_plan(design, "tug", change(plan))


def updating(at: int, *networks: str) -> Design:
    def change(plan: Drawn) -> Drawn:
        each = replace(plan.objectives[at], networks=networks)
        return replace(plan, objectives=(*plan.objectives[:at], each, *plan.objectives[at + 1 :]))

    return with_objectives(change)


def only(design: Design, level: str = "error") -> Finding:
    [finding] = judge(design).diagnostics
    assert finding.level == level
    return finding


def repaired(design: Design, title: str, level: str = "error") -> Design:
    """Does one fix of the only finding: nothing is wrong afterwards."""
    fixes = judge(design).fixes(only(design, level))
    after = next(fix for fix in fixes if fix.title == title).edit(design)
    assert judge(after).diagnostics == ()
    return after


def test_two_losses_that_pull_at_two_networks_are_sound() -> None:
    assert judge(two_losses()).diagnostics == ()


def test_a_field_that_does_not_exist_is_told_at_its_input() -> None:
    design = with_step(lambda step: edits.rename(step, "label", "digit"))
    assert (only(design).node, only(design).phase) == ("digit", "fit")
    after = drawn_plan(repaired(design, "Take in label instead"), "fit")
    assert after is not None
    assert after.step.block("label").value("classes") == 10


def test_a_target_of_another_dtype_is_told_at_its_input_and_its_loss() -> None:
    design = with_step(lambda step: step.with_node("label", Node(Input(()))))
    found = [(f.network, f.node) for f in judge(design).errors]
    assert found == [("", "label"), ("", "loss"), ("", "accuracy")]
    finding = judge(design).errors[0]
    assert finding.message == "The step expects () of float32 as label, the data gives () of 10 classes."
    [fix] = judge(design).fixes(finding)
    assert fix.title == "Set label to what the data gives"
    assert judge(fix.edit(design)).diagnostics == ()


def test_a_target_of_another_shape_is_set_to_that_of_the_data() -> None:
    design = with_objectives(lambda plan: replace(plan, step=plan.step.with_node("point", Node(Input((3,))))))
    first = judge(design).errors[0]
    assert (first.node, first.message) == ("point", "The step expects (3,) as point, the data gives (2,).")
    assert judge(judge(design).fixes(first)[0].edit(design)).diagnostics == ()


@pytest.mark.parametrize(
    ("loss", "node", "told"),
    [
        (BinaryCrossEntropy(), "loss", "loss expects labels of two classes, received 10 classes."),
        (MultiLabelSoftMargin(), "loss", "loss expects 0 or 1 for each of 10 scores, received ()"),
        (MeanSquaredError(), "fc3", "fc3 gives 10 results, loss needs 1."),
    ],
    ids=["classes", "shape", "numbers"],
)
def test_a_target_that_a_loss_cannot_compare_with_is_given_a_loss_that_can(loss: Block, node: str, told: str) -> None:
    def change(step: Graph) -> Graph:
        judging = [w for w in step.wires if w.target == "loss"]
        wires = [w._replace(input=port.name) for w, port in zip(judging, loss.inputs, strict=True)]
        step = edits.add(edits.remove(step, ["loss"], heal=False), "loss", Node(loss))
        return edits.connect(edits.connect(step, wires[0]), wires[1])

    design = with_step(change)
    assert (only(design).node, only(design).phase) == (node, "fit")
    assert only(design).message.startswith(told)
    after = drawn_plan(repaired(design, "Replace loss by CrossEntropy"), "fit")
    assert after is not None
    led = [(wire.source, wire.input) for wire in after.step.into("loss")]
    assert led == [("lenet", "logits"), ("label", "labels")]


def test_what_is_no_target_is_replaced_by_the_field_that_is() -> None:
    def change(step: Graph) -> Graph:
        step = edits.disconnect(step, [w for w in step.wires if (w.source, w.target) == ("label", "accuracy")])
        return edits.connect(step, Wire("image", "y", "accuracy", "labels"))

    design = with_step(change)
    assert only(design).node == "accuracy"
    repaired(design, "Compare with label")


def test_an_objective_that_updates_nothing_is_given_a_network() -> None:
    design = updating(1)
    assert only(design).node == "push"
    assert "updates no network" in only(design).message
    repaired(design, "Let Second learn from push")
    repaired(design, "Do not minimize push")


def test_a_loss_that_no_gradient_leads_back_from_is_told() -> None:
    def cut(step: Graph) -> Graph:
        wires = [wire for wire in step.wires if (wire.source, wire.target) == ("again", "push")]
        step = edits.disconnect(step, wires)
        step = edits.add(step, "held", Node(Detach()))
        return edits.connect(
            edits.connect(step, Wire("again", "y", "held", "x")), Wire("held", "y", "push", "prediction")
        )

    design = with_objectives(lambda plan: replace(plan, step=cut(plan.step)))
    assert only(design).message == "push does not depend on the weights of Second: no gradient leads there."
    repaired(design, "Let First learn from push")


def test_a_network_that_a_loss_does_not_depend_on_is_a_warning_beside_one_that_it_does() -> None:
    def lone(plan: Drawn) -> Drawn:
        step = edits.remove(plan.step, ["second", "draw", "first"], heal=False)
        step = edits.connect(step, Wire("point", "y", "push", "target"))
        return replace(plan, step=step, objectives=(replace(plan.objectives[1], networks=("First", "Second")),))

    repaired(with_objectives(lone), "Do not update First by push", "warning")


def test_a_network_that_no_objective_updates_is_advice() -> None:
    design = updating(0, "Second")
    assert only(design, "advice").node == "first"
    assert "No objective updates First" in only(design, "advice").message
    repaired(design, "Let First learn from draw", "advice")


def test_of_a_field_that_the_data_gives_otherwise_nothing_more_is_said() -> None:
    wrong = with_step(lambda step: step.with_node("image", Node(Input.of(image(3, 8, 8)))))
    assert only(wrong).message.startswith("The step expects (3, 8, 8) as image, the data gives (1, 8, 8)")
    repaired(wrong, "Set image to what the data gives")


def test_a_metric_is_not_minimized() -> None:
    plan = drawn_plan(design := drawn_by_hand(digits(), "fit"), "fit")
    assert plan is not None
    judging = replace(plan, objectives=(replace(plan.objectives[0], minimize="accuracy"),))
    wrong = with_plan(design, "fit", judging)
    assert only(wrong).message == "accuracy is a metric: it judges, but gives no gradient. Minimize a loss."
    repaired(wrong, "Minimize loss")


def test_what_is_minimized_twice_or_is_muted_or_gone_is_told() -> None:
    twice = with_objectives(lambda plan: replace(plan, objectives=(*plan.objectives[:1], *plan.objectives)))
    repaired(twice, "Remove the second")
    muted = with_objectives(lambda plan: replace(plan, step=edits.mute(plan.step, ["push"], True)))
    repaired(muted, "Unmute push")
    gone = with_objectives(lambda plan: replace(plan, objectives=(replace(plan.objectives[0], minimize="gone"),)))
    repaired(gone, "Minimize draw")
    nothing = with_objectives(lambda plan: replace(plan, objectives=()))
    assert "Nothing is minimized" in judge(nothing).errors[0].message
    fix = judge(nothing).fixes(judge(nothing).errors[0])[0]
    assert judge(fix.edit(nothing)).errors == ()


def test_a_network_that_is_gone_is_not_updated_any_more() -> None:
    repaired(updating(0, "First", "Second", "Third"), "Do not update Third")


def test_a_softmax_in_the_step_before_a_cross_entropy_is_advised_away() -> None:
    def change(step: Graph) -> Graph:
        wire = next(w for w in step.into("loss") if w.source == "lenet")
        return edits.insert(step, wire, "softmax", Node(Softmax()))

    repaired(with_step(change), "Remove softmax", "advice")


def judged_by(loss: Block, end: Block, *networks: str) -> Design:
    """A step in which networks that end so give scores to a loss; the data's label is compared with where it can be."""
    design = drawn_by_hand(digits(), "fit")
    net = design.networks["LeNet"]
    ended = edits.insert(net, net.into("logits")[0], "end", Node(end))
    nodes = {name: Node(Input.of(shape)) for name, shape in digits().data.fields().items()}  # type: ignore[union-attr]
    nodes |= {name.lower(): Node(Use(name, ("image",), ("logits",))) for name in networks} | {"loss": Node(loss)}
    wires = [Wire("image", "y", name.lower(), "image") for name in networks]
    given = [*(Wire(name.lower(), "logits", "loss", "") for name in networks), Wire("label", "y", "loss", "")]
    wires += [wire._replace(input=port.name) for wire, port in zip(given, loss.inputs, strict=False)]
    step = Graph(nodes, tuple(wires))
    objective = Objective("loss", networks[:1], SGD(), Constant())
    held = {"LeNet": net, "Student": net, "Teacher": net} | {networks[-1]: ended}
    chosen = {name: held[name] for name in networks}
    return replace(design, networks=chosen, training=(Phase("fit", Drawn(step, (objective,))),))


@pytest.mark.parametrize(
    ("loss", "end", "networks"),
    [
        (CrossEntropy(), Softmax(), ("LeNet",)),
        (CrossEntropy(), Sigmoid(), ("LeNet",)),
        (FocalLoss(), Softmax(), ("LeNet",)),
        (Distillation(), Softmax(), ("Student", "Teacher")),
    ],
    ids=["softmax", "sigmoid", "focal", "teacher"],
)
def test_a_network_that_ends_in_probabilities_before_a_loss_of_scores_is_advised_not_to(
    loss: Block, end: Block, networks: tuple[str, ...]
) -> None:
    design = judged_by(loss, end, *networks)
    advised = [f for f in judge(design).diagnostics if "Remove it" in f.message]
    assert [(f.level, f.network, f.node, f.phase) for f in advised] == [("advice", networks[-1], "end", "fit")]
    assert f"which {loss.label()} does itself" in advised[0].message
    [fix] = judge(design).fixes(advised[0])
    assert "end" not in fix.edit(design).networks[networks[-1]].nodes


def test_a_softmax_at_the_end_of_a_network_within_the_network_is_found_too() -> None:
    design = judged_by(CrossEntropy(), Softmax(), "LeNet")
    outer = {"image": Node(Input((1, 8, 8))), "body": Node(Use("LeNet", ("image",), ("logits",)))}
    wires = (Wire("image", "y", "body", "image"), Wire("body", "logits", "logits", "x"))
    networks = {"LeNet": design.networks["LeNet"], "Outer": Graph({**outer, "logits": Node(Output())}, wires)}
    plan = design.training[0].plan
    assert isinstance(plan, Drawn)
    use = replace(plan.step.nodes["lenet"], block=Use("Outer", ("image",), ("logits",)))
    plan = replace(plan, step=plan.step.with_node("lenet", use), objectives=(updated(plan, "Outer"),))
    found = only(replace(design, networks=networks, training=(Phase("fit", plan),)), "advice")
    assert (found.network, found.node) == ("LeNet", "end")


def updated(plan: Drawn, *networks: str) -> Objective:
    return replace(plan.objectives[0], networks=networks)


def test_a_loss_of_probabilities_is_told_nothing() -> None:
    design = judged_by(NegativeLogLikelihood(), LogSoftmax(), "LeNet")
    assert judge(design).diagnostics == ()


def test_weights_that_stand_in_the_step_itself_are_refused() -> None:
    def change(step: Graph) -> Graph:
        wire = next(w for w in step.into("loss") if w.source == "lenet")
        return edits.insert(step, wire, "fc", Node(Linear(10)))

    assert "fc has weights of its own" in only(with_step(change)).message
    conv = with_step(lambda step: edits.add(step, "conv", Node(Conv2d(4))))
    assert all(finding.phase == "fit" for finding in judge(conv).errors)


def test_a_step_without_data_is_still_there() -> None:
    planned = judge(replace(two_losses(), data=None)).phases[0]
    assert planned.step is not None
    assert "no data" in planned.problem
    other = judge(replace(drawn_by_hand(digits(), "fit"), data=Moons()))
    assert [f.node for f in other.errors][:2] == ["image", "label"]


def unjudged(loss: Block) -> Design:
    """A second loss of LeNet's result, to which nothing leads that is wanted."""

    def change(step: Graph) -> Graph:
        judged = next(wire for wire in step.wires if (wire.source, wire.target) == ("lenet", "loss"))
        led = judged._replace(target="other", input=loss.inputs[0].name)
        return edits.connect(edits.add(step, "other", Node(loss)), led)

    return with_step(change)


def test_a_loss_without_a_target_is_given_the_field_that_fits() -> None:
    after = drawn_plan(repaired(unjudged(CrossEntropy()), "Compare with label"), "fit")
    assert after is not None
    assert [wire.source for wire in after.step.into("other")] == ["lenet", "label"]


def test_a_loss_that_no_field_fits_is_given_the_same_for_all() -> None:
    design = unjudged(BinaryCrossEntropy())
    [finding] = [each for each in judge(design).diagnostics if each.node == "other"]
    titles = [fix.title for fix in judge(design).fixes(finding)]
    assert titles == ["Compare with ones", "Compare with zeros"]
    after = drawn_plan(repaired(design, "Compare with ones"), "fit")
    assert after is not None
    assert after.step.block("constant1") == Same(sizes_=(10,), value_=1.0)
