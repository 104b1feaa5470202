"""The loop itself: the order of batches, what is measured and kept, and the node behind what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from blocks.activation import ReLU
from blocks.block import At, Block, gives, takes
from blocks.composite import Sketch
from blocks.linear import Linear
from blocks.normalization import BatchNorm1d
from blocks.shape import VECTOR, vector
from runtime.design import Design
from runtime.failure import failure_of
from runtime.memory import TooLarge, largest_batch
from runtime.messages import Ended, Event, Failed, Measured, Stepped
from runtime.model import Program, best_device, compiled, network_class
from runtime.optimizer import SGD, Adam
from runtime.schedule import Cosine
from runtime.source import CannotPrint
from runtime.train import Training
from tests.designs import digits, lenet, points, two_losses
from tests.vocabulary.rows import chained

CPU = torch.device("cpu")


class Spoil(Block):
    """Runs a line of Python on what passes: (F,) → (F,)."""

    line = ""
    x = takes(VECTOR)
    y = gives(VECTOR)

    def forward(self, at: At) -> str:
        return self.line.format(x=at.x)


class Reciprocal(Spoil):
    """Divides by nothing: (F,) → (F,)."""

    line = "{x} / ({x} * 0.0)"


class Misfit(Spoil):
    """Asks torch for what it cannot do: (F,) → (F,)."""

    line = "{x} @ torch.zeros(77, 77)"


class Hungry(Spoil):
    """Takes more memory than there is: (F,) → (F,)."""

    line = "{x} + torch.empty(1 << 55)[:1]"


class HungryGradient(Spoil):
    """Takes more memory than there is, but for its gradient alone: (F,) → (F,)."""

    line = "{x}.unsqueeze(-1).expand(-1, -1, 1 << 50)[..., 0]"


def spoiled(block: Block) -> Design:
    """A network with a node that goes wrong in the middle."""
    g = Sketch()
    x = g.add(ReLU(), g.add(Linear(8), g.input("point", vector(2)), name="fc1"), name="relu")
    g.output("logits", g.add(Linear(2), g.add(block, x, name="culprit"), name="fc2"))
    return replace(points(), networks={"Points": g.graph()})


def told(design: Design, **options: Any) -> list[Event]:
    return [event for event in Training(compiled(design), CPU, **options).events() if event is not None]


@pytest.fixture(scope="module")
def program() -> Program:
    return compiled(points())


def test_every_example_comes_once_an_epoch_in_another_order(program: Program) -> None:
    data, _ = program.script.load(CPU)
    orders = [torch.cat([b["point"] for b in program.script.batches(data, epoch)]) for epoch in (0, 0, 1)]
    assert torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[0], orders[2])
    assert torch.equal(orders[0].sort(0).values, data["point"].sort(0).values)


def test_an_epoch_can_be_entered_in_the_middle(program: Program) -> None:
    data, _ = program.script.load(CPU)
    whole, rest = (list(program.script.batches(data, 3, start)) for start in (0, 4))
    assert all(torch.equal(a["label"], b["label"]) for a, b in zip(whole[4:], rest, strict=True))


@pytest.mark.parametrize(("examples", "steps"), [(1, 1), (32, 1), (33, 1), (34, 2), (64, 2), (65, 2)])
def test_a_last_batch_of_one_is_left_out(program: Program, examples: int, steps: int) -> None:
    data = {"point": torch.zeros(examples, 2)}
    assert program.script.steps_per_epoch(data) == steps
    assert len(list(program.script.batches(data, 0))) == steps


def test_what_is_measured_is_the_mean_over_all_held_out_examples(program: Program) -> None:
    networks, (_, held_out) = program.script.build(), program.script.load(CPU)
    *_, means = program.script.evaluate(program.script.PHASES[0], networks, held_out)
    whole = program.script.PHASES[0].measure(networks, held_out)
    assert means["loss"].item() == pytest.approx(whole["loss"].item(), rel=1e-5)
    assert means["accuracy"].item() == pytest.approx(whole["accuracy"].item(), rel=1e-5)


def test_each_step_is_told_once_also_to_one_who_asks_in_between() -> None:
    training, steps = Training(compiled(points()), CPU, epochs=5), 0
    for event in training.events():
        for each in (event, *training.flush()):
            if isinstance(each, Stepped):
                assert each.first_step == steps
                steps += each.steps
    assert steps == training.course.step


def test_what_is_known_can_be_asked_for_also_when_a_training_has_broken() -> None:
    training = Training(compiled(points(epochs=50, optimizer=SGD(lr=1000.0))), CPU)
    events = [each for event in training.events() for each in (event, *training.flush())]
    assert isinstance(events[-1], Failed)


def test_the_loss_falls_and_the_best_measure_is_the_lowest() -> None:
    events = told(digits(epochs=4, optimizer=Adam(lr=0.003)))
    measured = [event for event in events if isinstance(event, Measured)]
    assert measured[-1].values["accuracy"] > 0.7
    best = [event.values["loss"] for event in measured if event.best]
    assert best == sorted(best, reverse=True)
    end = events[-1]
    assert isinstance(end, Ended)
    assert end.best["loss"] == min(event.values["loss"] for event in measured)


def test_the_rate_follows_the_schedule() -> None:
    events = told(points(epochs=4, optimizer=SGD(lr=0.1), schedule=Cosine()))
    last = [event for event in events if isinstance(event, Stepped)][-1]
    assert last.learning_rate == pytest.approx(0.1 * Cosine().scale(23, 6, 24))


def test_the_length_of_the_gradient_is_told_where_it_is_clipped() -> None:
    first = next(event for event in told(points(gradient_clip_val=1.0)) if isinstance(event, Stepped))
    assert len(first.gradient_norm) == first.steps
    assert "gradient_norm" not in first.values


def test_a_rate_set_by_hand_holds_on_and_keeps_to_the_schedule() -> None:
    training = Training(compiled(points(epochs=4, optimizer=SGD(lr=0.1), schedule=Cosine())), CPU)
    training.set_learning_rate(0.5)
    last = [event for event in training.events() if isinstance(event, Stepped)][-1]
    assert last.learning_rate == pytest.approx(0.5 * Cosine().scale(23, 6, 24))


def test_networks_that_do_not_learn_in_a_phase_stay_as_they_are() -> None:
    drawn = two_losses()
    once = drawn.training[0].plan
    only = replace(once, objectives=(replace(once.objectives[0], networks=("First",)),))  # type: ignore[union-attr]
    training = Training(compiled(replace(drawn, training=(replace(drawn.training[0], plan=only),))), CPU)
    before = {name: p.detach().clone() for name, p in training.networks["Second"].named_parameters()}
    moving = training.networks["First"].fc.weight.detach().clone()
    for _ in training.events():
        pass
    assert all(torch.equal(p, before[name]) for name, p in training.networks["Second"].named_parameters())
    assert not torch.equal(training.networks["First"].fc.weight, moving)


def test_the_first_node_that_gives_no_number_is_named() -> None:
    failed = told(spoiled(Reciprocal()))[-1]
    assert isinstance(failed, Failed)
    assert (failed.network, failed.node, failed.step) == ("Points", "culprit", 0)
    assert "step 0" in failed.message


def test_weights_that_ran_away_are_told_with_their_node() -> None:
    failed = told(digits(epochs=5, optimizer=SGD().with_settings(lr=1000.0, weight_decay=1000.0)))[-1]
    assert isinstance(failed, Failed)
    assert failed.network == "LeNet"
    assert failed.node in lenet().nodes
    assert "clip" in failed.repair


def test_an_error_of_torchs_names_the_node_it_came_from() -> None:
    failed = told(spoiled(Misfit()))[-1]
    assert isinstance(failed, Failed)
    assert (failed.network, failed.node) == ("Points", "culprit")
    assert "77" in failed.message
    assert "torch.zeros(77, 77)" in failed.log


@pytest.mark.parametrize("block", [Hungry(), HungryGradient()])
def test_memory_that_is_not_enough_names_the_node_and_a_batch_that_may_fit(block: Block) -> None:
    failed = told(spoiled(block))[-1]
    assert isinstance(failed, Failed)
    assert failed.node == "culprit"
    assert "memory" in failed.message
    assert "Lower the batch size from 32 to 16" in failed.repair


def test_the_largest_batch_follows_from_the_memory(program: Program) -> None:
    networks = program.script.build()
    few, many = (largest_batch(program.stretches, networks, free) for free in (1 << 16, 1 << 20))
    assert 0 < few < many
    assert largest_batch(program.stretches, networks, 0) == 0


def test_more_batches_to_gather_than_a_phase_has_are_refused_in_words() -> None:
    program = compiled(points(epochs=1, accumulate=500))
    with pytest.raises(CannotPrint, match="nothing would be learned") as error:
        Training(program, CPU)
    assert (error.value.network, error.value.node) == ("fit", "loss")


def test_one_example_to_be_normalized_by_its_batch_is_told_with_its_repair() -> None:
    network = chained(vector(2), Linear(4), BatchNorm1d(), Linear(2))
    program = compiled(replace(points(), networks={"Points": network}))
    with pytest.raises(ValueError, match="more than 1 value") as error:
        program.script.build()["Points"].train()(torch.ones(1, 2))
    failed = failure_of(error.value, program)
    assert failed.message.endswith("normalizes by a batch, but of one number there is no variance.")
    assert failed.repair == "Set a batch size of 2 or more, or use LayerNorm."


def test_an_error_without_a_place_keeps_its_words() -> None:
    assert failure_of(ValueError("digits.csv, line 3: expected 4 values.")).message.startswith("digits.csv, line 3")
    assert failure_of(KeyError("x")).message == "KeyError: 'x'."


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="Choose cpu"):
        best_device("cuda:99")
    assert best_device("cpu") == CPU


def test_tracebacks_show_the_printed_line(program: Program) -> None:
    networks = program.script.build()
    with pytest.raises(RuntimeError) as caught:
        networks["Points"](torch.zeros(3, 9))
    place = program.place_of_error(caught.value)
    assert place is not None
    assert tuple(place) == ("Points", "fc1")


def test_a_single_network_can_be_made_from_its_graph() -> None:
    made = network_class({"Net": lenet()}, "Net")
    assert made()(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_a_network_of_a_terabyte_is_refused_before_anything_is_allocated() -> None:
    g = Sketch()
    x = g.add(Linear(500_000), g.input("point", vector(2)), name="wide")
    g.output("logits", g.add(Linear(2), g.add(Linear(500_000), x, name="huge"), name="fc"))
    program = compiled(replace(points(), networks={"Points": g.graph()}))
    with pytest.raises(TooLarge) as caught:
        Training(program, CPU)
    failed = failure_of(caught.value)
    assert (failed.network, failed.node) == ("Points", "huge")
    assert "2,000 GB" in failed.message


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU of NVIDIA's")
def test_no_step_waits_for_the_gpu() -> None:
    program, device = compiled(digits(gradient_clip_val=1.0)), torch.device("cuda")
    script, phase = program.script, program.script.PHASES[0]
    networks = {name: network.to(device) for name, network in script.build().items()}
    data, _ = script.load(device)
    optimizers, batches = phase.optimizers(networks), script.batches(data, 0)
    phase.step(networks, optimizers, next(batches), 0)
    torch.cuda.set_sync_debug_mode("error")
    try:
        for step, batch in enumerate(batches, 1):
            script.set_rates(optimizers, phase.rates(step, 23, 2, []))
            phase.step(networks, optimizers, batch, step)
    finally:
        torch.cuda.set_sync_debug_mode("default")
