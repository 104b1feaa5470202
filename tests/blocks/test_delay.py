"""Delays: wires that go in a circle through what is remembered, and networks that run step by step."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from blocks.activation import Tanh
from blocks.check import check, recheck
from blocks.delay import Delay
from blocks.edits import Refused, connect, expand, group
from blocks.ends import Input, Output, Use
from blocks.graph import Graph, Node, Wire, read_wire
from blocks.linear import Linear
from blocks.loss import CrossEntropy, MeanSquaredError
from blocks.marks import mute
from blocks.merge import Add
from blocks.proportions import proportions
from blocks.recurrent import LastStep
from blocks.repair import fixes
from blocks.reshape import Flatten, Reshape
from blocks.shape import sequence
from runtime.data.digits import Digits
from runtime.design import Design, Drawn, Phase
from runtime.file import dumps, loads
from runtime.optimizer import SGD
from runtime.plan import plan
from runtime.recipe import Classification, Objective
from runtime.schedule import Constant
from runtime.source import CannotPrint, print_networks
from runtime.verdict import Verdict, judge

CELL = {
    "x": Node(Input((4,))),
    "u": Node(Linear(3)),
    "w": Node(Linear(3)),
    "add": Node(Add()),
    "tanh": Node(Tanh()),
    "h": Node(Delay((3,))),
    "y": Node(Output()),
}


def wired(nodes: dict[str, Node], *wires: str) -> Graph:
    return Graph(nodes, tuple(read_wire(wire, nodes) for wire in wires))


@pytest.fixture
def cell() -> Graph:
    """A plain recurrent layer, drawn."""
    ends = "x -> u", "h -> w", "u -> add.parts[0]", "w -> add.parts[1]", "add -> tanh", "tanh -> h", "tanh -> y"
    return wired(CELL, *ends)


@pytest.fixture
def main() -> Graph:
    nodes = {"s": Node(Input((7, 4))), "rnn": Node(Use("Cell", over_time=True)), "out": Node(Output())}
    return wired(nodes, "s -> rnn", "rnn -> out")


def built(networks: dict[str, Graph]) -> nn.Module:
    """The last of some networks as torch runs it."""
    source = print_networks("Net", networks)
    scope: dict[str, object] = {"__name__": "printed"}
    exec(source.text, scope)
    made = scope[source.classes[list(networks)[-1]]]()  # type: ignore[operator]
    assert isinstance(made, nn.Module)
    return made


def as_layer(module: nn.Module, torchs: nn.RNN) -> None:
    """Gives a drawn layer the weights of torch's."""
    own = {"u.weight": "weight_ih_l0", "u.bias": "bias_ih_l0", "w.weight": "weight_hh_l0", "w.bias": "bias_hh_l0"}
    given = torchs.state_dict()
    module.load_state_dict({f"rnn.{name}": given[key] for name, key in own.items()})


def test_a_circle_through_a_delay_is_legal_and_any_other_is_not(cell: Graph) -> None:
    assert check(cell).diagnostics == ()
    with pytest.raises(Refused, match="only legal through a Delay"):
        connect(cell, Wire("tanh", "y", "u", "x"))


def test_a_network_with_a_delay_works_at_every_step_with_weights_counted_once(cell: Graph, main: Graph) -> None:
    checked = check(main, {"Cell": cell})
    assert checked.errors == ()
    assert checked.shape("rnn") is sequence(7, 3)
    assert (checked.parameters, checked.macs) == (27, 7 * 21)


def test_a_drawn_recurrent_layer_computes_and_learns_as_torchs_does(cell: Graph, main: Graph) -> None:
    drawn, torchs, x = built({"Cell": cell, "Main": main}), nn.RNN(4, 3, batch_first=True), torch.randn(2, 7, 4)
    as_layer(drawn, torchs)
    torch.testing.assert_close(drawn(x), torchs(x)[0])
    (drawn(x) ** 2).sum().backward()
    (torchs(x)[0] ** 2).sum().backward()
    grads = [p.grad for p in (*drawn.parameters(), *torchs.parameters())]
    assert all(isinstance(grad, Tensor) for grad in grads)
    torch.testing.assert_close(drawn.get_parameter("rnn.w.weight").grad, torchs.weight_hh_l0.grad)


def test_two_delays_change_together(main: Graph) -> None:
    """What the first held is read by the second before the first holds something else."""
    nodes = {"x": Node(Input((4,))), "a": Node(Delay((4,))), "b": Node(Delay((4,))), "y": Node(Output())}
    drawn = built({"Cell": wired(nodes, "x -> a", "a -> b", "b -> y"), "Main": main})
    x = torch.randn(2, 7, 4)
    torch.testing.assert_close(drawn(x)[:, 2:], x[:, :-2])
    assert not drawn(x)[:, :2].any()


def test_what_arrives_must_be_what_is_held_and_a_fix_says_so(cell: Graph) -> None:
    checked = recheck(check(cell), cell.with_node("h", Node(Delay((5,)))), ["h"])
    [problem] = checked.errors
    assert problem.message == "h expects what it holds, (5,), received (3,)"
    assert check(checked.graph).errors == checked.errors
    mended = fixes(problem, checked)[0].edit(checked.graph)
    assert mended.block("h") == Delay((3,))
    assert recheck(checked, mended, ["h"]).errors == ()


def test_such_a_network_is_used_at_every_step_or_not_at_all(cell: Graph, main: Graph) -> None:
    once = main.with_node("rnn", Node(Use("Cell")))
    [problem] = check(once, {"Cell": cell}).errors
    assert "used at every step of a sequence" in problem.message
    assert fixes(problem, check(once, {"Cell": cell}))[0].edit(once) == main


def test_a_delay_cannot_be_muted_or_repeated(cell: Graph) -> None:
    with pytest.raises(Refused, match="ends a circle"):
        mute(cell, ["h"], True)
    for node in (Node(Delay((3,)), muted=True), Node(Delay((3,)), repeat=2)):
        assert check(cell.with_node("h", node)).errors


def test_a_delay_that_nothing_feeds_is_an_error(cell: Graph) -> None:
    loose = cell.with_wires(w for w in cell.wires if w.target != "h")
    assert [e.message for e in check(loose).errors] == ["h has nothing connected to its input x. Drag a wire to it."]


def test_a_circle_survives_the_file(cell: Graph, main: Graph) -> None:
    design = Design(title="Net", networks={"Cell": cell, "Main": main})
    assert loads(dumps(design)).networks["Cell"] == cell


def test_what_stands_between_delays_can_be_grouped_and_expanded_again(cell: Graph) -> None:
    inner, outer, name = group(cell, ["u", "w", "add", "tanh"], "Part", check(cell).rows)
    assert (len(inner.inputs()), len(inner.outputs())) == (2, 1)
    checked = check(outer, {"Part": inner})
    assert (checked.errors, checked.parameters) == ((), check(cell).parameters)
    opened, _ = expand(outer, name, checked.rows[name])
    assert (check(opened).errors, len(opened.nodes), len(opened.wires)) == ((), len(cell.nodes), len(cell.wires))


def test_a_delay_stays_in_the_network_that_goes_step_by_step(cell: Graph) -> None:
    with pytest.raises(Refused, match="h remembers from step to step"):
        group(cell, ["w", "add", "tanh", "h"], "Part", check(cell).rows)
    with pytest.raises(Refused, match="add is in the way"):
        group(cell, ["w", "tanh"], "Part", check(cell).rows)


def test_depth_is_counted_within_a_step(cell: Graph, main: Graph) -> None:
    assert proportions(check(cell)).depth == 1
    assert proportions(check(main, {"Cell": cell})).depth == 1


def test_what_decides_a_size_is_not_looked_for_round_a_circle() -> None:
    nodes = {"x": Node(Input((8,))), "h": Node(Delay((5,))), "tanh": Node(Tanh()), "add": Node(Add())}
    ends = "h -> tanh", "tanh -> h", "x -> add.parts[0]", "tanh -> add.parts[1]", "add -> y"
    checked = check(wired(nodes | {"y": Node(Output())}, *ends))
    assert [fix.title for fix in fixes(checked.errors[0], checked)] == ["Insert Linear 8", "Insert Linear 5 after x"]


def trained(*phases: Phase, **networks: Graph) -> Verdict:
    return judge(Design("Net", networks, Digits(), phases))


def reader() -> Graph:
    """Rows of a digit, read by the cell, and named."""
    cell = Use("Cell", over_time=True)
    nodes = {"image": Node(Input((1, 8, 8))), "rows": Node(Reshape((8, 8), "sequence")), "rnn": Node(cell)}
    nodes |= {"last": Node(LastStep()), "fc": Node(Linear(10)), "out": Node(Output())}
    return wired(nodes, "image -> rows", "rows -> rnn", "rnn -> last", "last -> fc", "fc -> out")


def test_a_network_with_a_delay_is_not_trained_by_itself_but_where_it_is_used(cell: Graph) -> None:
    cell = cell.with_node("x", Node(Input((8,))))
    verdict = trained(Phase("fit", Classification(network="Cell")), Cell=cell, Main=reader())
    [problem] = verdict.errors
    assert problem.message.startswith("Cell holds a delay, so that it goes through a sequence step by step. Use it in")
    [fix] = verdict.fixes(problem)
    assert fix.title == "Train Main"
    assert judge(fix.edit(verdict.design)).errors == ()


def test_a_training_step_holds_no_delay() -> None:
    nodes = {"image": Node(Input((1, 8, 8))), "label": Node(Input((), classes=10)), "late": Node(Delay((1, 8, 8)))}
    nodes |= {"net": Node(Use("Net")), "loss": Node(CrossEntropy())}
    ends = "image -> late", "late -> net", "net -> loss.logits", "label -> loss.labels"
    inner = {"x": Node(Input((1, 8, 8))), "flat": Node(Flatten()), "fc": Node(Linear(10)), "y": Node(Output())}
    drawn = Drawn(wired(nodes, *ends), (Objective("loss", ("Net",), SGD(), Constant()),))
    verdict = trained(Phase("fit", drawn), Net=wired(inner, "x -> flat", "flat -> fc", "fc -> y"))
    assert [e.message for e in verdict.errors] == [
        "late is a delay, but a training step goes through no sequence. Place it in a network."
    ]
    with pytest.raises(CannotPrint, match="late is a delay"):
        plan(verdict.design)


def test_a_loss_that_does_not_suit_a_circle_is_told_without_going_round_it() -> None:
    nodes = {"x": Node(Input((8,))), "h": Node(Delay((5,))), "tanh": Node(Tanh()), "unread": Node(Linear(3))}
    ring = wired(nodes | {"y": Node(Output())}, "h -> tanh", "tanh -> h", "tanh -> y", "x -> unread")
    step = {"image": Node(Input((1, 8, 8))), "rows": Node(Reshape((8, 8), "sequence"))}
    step |= {"ring": Node(Use("Ring", over_time=True)), "loss": Node(MeanSquaredError())}
    ends = "image -> rows", "rows -> ring", "ring -> loss.prediction", "rows -> loss.target"
    drawn = Drawn(wired(step, *ends), (Objective("loss", ("Ring",), SGD(), Constant()),))
    [problem] = trained(Phase("fit", drawn), Ring=ring).errors
    assert (problem.network, problem.node) == ("Ring", "y")
