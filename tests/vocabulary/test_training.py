"""Rows T01-T07, T17, T18 and R02 of the vocabulary: how weights follow gradients, with the numbers of each row."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from blocks.activation import Step
from blocks.ends import Input, Use
from blocks.graph import Graph, Node, Wire
from blocks.linear import Linear
from blocks.loss import MeanSquaredError
from blocks.loss_perceptron import PerceptronCriterion
from blocks.sampler import Noise
from blocks.shape import labels, vector
from blocks.zoo.perceptron import Perceptron
from runtime.carried.loop import decaying
from runtime.data.bits import Bits
from runtime.data.points import Moons
from runtime.design import Design, Drawn, Phase
from runtime.messages import Stepped
from runtime.model import Program, compiled
from runtime.optimizer import OPTIMIZERS, SGD, Adam, AdamW, RMSprop
from runtime.plan import plan
from runtime.presets import INCEPTION, with_preset
from runtime.recipe import CannotPlan, Objective
from runtime.recipes.perceptron import Perceptron as PerceptronRecipe
from runtime.schedule import SCHEDULES, Constant, Exponential, InverseSquareRoot, Schedule
from runtime.script import print_training
from runtime.train import Training
from tests.blocks.oracle import made
from tests.designs import points
from tests.vocabulary.rows import chained

CPU = torch.device("cpu")


# --- T01 -----------------------------------------------------------------------------------


def neuron(gate: str, schedule: Schedule | None = None, epochs: int = 10, rate: float = 0.1) -> Program:
    """The perceptron, taught by the perceptron rule, one example after another, from the table of a gate."""
    data = Bits(gate=gate, validation=0.0)
    [bits, _] = data.fields().values()
    nodes = {
        "bits": Node(Input.of(bits)),
        "label": Node(Input.of(labels(2))),
        "neuron": Node(Use("Perceptron", ("point",), ("output",))),
        "loss": Node(PerceptronCriterion(of="answers")),
    }
    wires = (
        Wire("bits", "y", "neuron", "point"),
        Wire("neuron", "output", "loss", "result"),
        Wire("label", "y", "loss", "target"),
    )
    objective = Objective("loss", ("Perceptron",), SGD(lr=rate), schedule or Constant())
    step = Drawn(Graph(nodes, wires), (objective,), epochs=epochs)
    network = Perceptron(inputs=bits.sizes[0]).networks()["Perceptron"].graph()
    return compiled(Design(gate, {"Perceptron": network}, data, (Phase("rule", step),)))


def from_zero(program: Program) -> tuple[nn.Module, Callable[[Tensor, Tensor, int], object]]:
    """The neuron with weights of zero, and a step of its training on one row."""
    phase, networks = program.script.PHASES[0], program.script.build()
    network = networks["Perceptron"]
    for weight in network.parameters():
        nn.init.zeros_(weight)
    optimizers = phase.optimizers(networks)

    def step(bits: Tensor, label: Tensor, count: int) -> object:
        program.script.set_rates(optimizers, phase.rates(count, 4, 10, []))
        return phase.step(networks, optimizers, {"bits": bits[None], "label": label[None]}, count)

    return network, step


def epochs_of(program: Program, most: int) -> int | None:
    """The first epoch, counted from 1, in which no answer to the rows in their order is wrong."""
    network, step = from_zero(program)
    data, _ = program.script.load(CPU)
    rows = sorted(zip(data["bits"], data["label"], strict=True), key=lambda row: row[0].tolist())
    for epoch in range(most):
        wrong = 0
        for place, (bits, label) in enumerate(rows):
            wrong += int(network(bits[None]).item() != label)
            step(bits, label, epoch * len(rows) + place)
        if not wrong:
            return epoch + 1
    return None


@pytest.mark.parametrize(("gate", "epochs"), [("AND", 6), ("OR", 4)])
def test_T01_and_and_or_are_learned_from_zero_within_ten_epochs(gate: str, epochs: int) -> None:
    found = epochs_of(neuron(gate), 10)
    assert found is not None
    assert found <= 10
    # From zero the rate only scales the weights: an eighth, of which no sum is rounded, shows the rule's own count.
    assert epochs_of(neuron(gate, rate=0.125), 10) == epochs


def test_T01_xor_is_never_learned_and_not_is_with_one_input() -> None:
    assert epochs_of(neuron("XOR"), 100) is None
    assert epochs_of(neuron("NOT"), 10) is not None


def test_T01_every_update_is_the_rule_to_the_last_bit() -> None:
    program = neuron("OR")
    network, step = from_zero(program)
    weight, bias = (p.detach().clone() for p in network.parameters())
    data, _ = program.script.load(CPU)
    for count, (bits, label) in enumerate(itertools.islice(itertools.cycle(zip(*data.values(), strict=True)), 40)):
        error = label.float() - (weight @ bits + bias >= 0).float()
        step(bits, label, count)
        weight, bias = weight + 0.1 * error * bits, bias + 0.1 * error
        assert all(torch.equal(a, b) for a, b in zip(network.parameters(), (weight, bias), strict=True))


def test_T01_the_criterion_of_sums_has_the_same_gradient() -> None:
    sums, targets = torch.tensor([[-0.5], [0.0], [2.0]]), torch.tensor([1, 0, 1])
    given = sums.clone().requires_grad_()
    made(PerceptronCriterion(), vector(1), labels(2))(given, targets).backward()
    assert given.grad is not None
    assert (given.grad * 3).flatten().tolist() == [-1.0, 1.0, 0.0]  # o - t for each of three examples


def test_T01_the_training_process_learns_or_too_and_its_rate_may_decay() -> None:
    program = neuron("OR", Exponential(gamma=0.9), epochs=40)
    training = Training(program, CPU)
    told = [event for event in training.events() if isinstance(event, Stepped)]
    assert told[-1].learning_rate == pytest.approx(0.1 * 0.9**39)
    data, _ = program.script.load(CPU)
    assert training.networks["Perceptron"](data["bits"]).flatten().tolist() == data["label"].tolist()


def test_T01_a_threshold_through_which_no_gradient_goes_is_refused_by_the_recipe() -> None:
    design = neuron("OR").design
    phase = Phase("rule", PerceptronRecipe())
    assert plan(replace(design, training=(phase,)))[0].learning == ("Perceptron",)
    graph = design.networks["Perceptron"]
    shut = replace(graph, nodes={**graph.nodes, "threshold": Node(Step())})
    with pytest.raises(CannotPlan, match="Let the gradient of the Step be straight through"):
        plan(replace(design, networks={"Perceptron": shut}, training=(phase,)))


# --- T02 -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "steps"), [(0, 1), (1, 168), (32, 6), (56, 3)])
def test_T02_a_step_takes_all_examples_or_one_or_m(size: int, steps: int) -> None:
    design = points(samples=210, batch_size=size, epochs=1)
    program = compiled(design)
    data, _ = program.script.load(CPU)
    sizes = [len(batch["point"]) for batch in program.script.batches(data, 0)]
    assert (len(sizes), sum(sizes), max(sizes)) == (steps, 168, size or 168)
    assert design.data is not None
    assert design.data.at_once() == (size or 210)


# --- T03, T04, T05 -------------------------------------------------------------------------


def stepped(optimizer: torch.optim.Optimizer, weight: nn.Parameter, *gradients: float) -> Iterator[float]:
    """Where a weight is after each gradient."""
    for gradient in gradients:
        weight.grad = torch.full_like(weight, gradient)
        optimizer.step()
        yield weight.item()


def at_one(call: Any) -> tuple[nn.Parameter, torch.optim.Optimizer]:
    """A weight of 1 and the optimizer that a definition asks for."""
    weight = nn.Parameter(torch.ones(1))
    made_: torch.optim.Optimizer = eval(
        f"{call.name}([weight], {', '.join(call.told())})", {"torch": torch, "weight": weight}
    )
    return weight, made_


def test_T03_momentum_is_v_becomes_beta_v_plus_g_from_zero() -> None:
    weight, optimizer = at_one(SGD(lr=0.1, momentum=0.9).call())
    first, second = stepped(optimizer, weight, 2.0, 1.0)
    assert first == pytest.approx(1 - 0.1 * 2.0)
    assert second == pytest.approx(first - 0.1 * (0.9 * 2.0 + 1.0))


def test_T03_the_other_form_of_momentum_is_dampening() -> None:
    weight, optimizer = at_one(SGD(lr=0.1, momentum=0.9, dampening=0.9).call())
    first, second = stepped(optimizer, weight, 2.0, 1.0)
    assert second - first == pytest.approx(-0.1 * (0.9 * 2.0 + 0.1 * 1.0))


def test_T04_rmsprop_divides_by_the_root_of_the_running_mean_square() -> None:
    weight, optimizer = at_one(INCEPTION.optimizer.call())
    assert [*stepped(optimizer, weight, 3.0)] == [pytest.approx(1 - 0.045 * 3.0 / ((0.1 * 9.0) ** 0.5 + 1.0))]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_T05_the_first_step_of_adam_has_the_size_of_the_rate_for_any_gradient(scale: float) -> None:
    weight, optimizer = at_one(Adam(lr=0.01).call())
    [after] = stepped(optimizer, weight, scale)
    assert 1 - after == pytest.approx(0.01, rel=2e-5)


# --- T06, T07, T17, R02 --------------------------------------------------------------------


def test_T06_three_and_four_are_clipped_at_two_to_one_point_two_and_one_point_six() -> None:
    text = print_training(points(gradient_clip_val=2.0)).text
    [line] = re.findall(r"values.*clip_grad_norm_\([^)]*\)[^)]*\)", text)
    networks = {"Points": nn.Linear(2, 1, bias=False)}
    networks["Points"].weight.grad = torch.tensor([[3.0, 4.0]])
    values: dict[str, Tensor] = {}
    exec(line, {"nn": nn, "networks": networks, "GRADIENT_CLIP_VAL": 2.0, "values": values})
    assert values["gradient_norm"].item() == pytest.approx(5.0)
    assert networks["Points"].weight.grad.tolist()[0] == pytest.approx([1.2, 1.6])


def test_T07_one_choice_sets_all_of_it() -> None:
    design = with_preset("fit", INCEPTION)(points())
    [phase] = design.training
    assert not isinstance(phase.plan, Drawn)
    assert design.data is not None
    recipe = phase.plan
    assert recipe.optimizer == RMSprop(lr=0.045, alpha=0.9, eps=1.0)
    assert (recipe.gradient_clip_val, recipe.clip_by, design.data.batch_size) == (2.0, "norm", 32)
    text = print_training(design).text
    assert "torch.optim.RMSprop(" in text
    assert "lr=LEARNING_RATE, alpha=0.9, eps=1.0" in text
    assert "share = 0.94 ** (epoch // 2)" in text


@pytest.mark.parametrize(
    ("epoch", "rate"), [(0, 0.045), (1, 0.045), (2, 0.0423), (4, 0.039762), (10, 0.033026), (100, 0.00204)]
)
def test_T07_the_rate_falls_by_94_hundredths_every_two_epochs(epoch: int, rate: float) -> None:
    share = INCEPTION.schedule.scale(epoch * 7, 7, 7 * 120)
    assert INCEPTION.optimizer.lr * share == pytest.approx(rate, abs=5e-7 if epoch < 100 else 5e-6)


@pytest.mark.parametrize("place", range(max(len(SCHEDULES), len(OPTIMIZERS))))
def test_T17_every_schedule_and_every_optimizer_goes_with_the_other(place: int) -> None:
    schedule, optimizer = (list(each)[place % len(each)] for each in (SCHEDULES, OPTIMIZERS))
    text = print_training(points(optimizer=optimizer(), schedule=schedule(warmup_epochs=0.5))).text
    assert "LEARNING_RATE * " in text
    assert optimizer.kind() in text


def test_T17_the_rate_that_a_training_tells_is_that_of_its_schedule() -> None:
    schedule = InverseSquareRoot(warmup=7)
    told = [e for e in Training(compiled(points(schedule=schedule)), CPU).events() if isinstance(e, Stepped)]
    assert told[-1].learning_rate == pytest.approx(0.01 * schedule.scale(17, 6, 18))


def test_R02_decay_leaves_biases_and_normalizations_where_they_are() -> None:
    design = points(optimizer=AdamW(lr=0.1, weight_decay=0.5, decay_all=False))
    program = compiled(design)
    networks = program.script.build()
    before = {name: p.detach().clone() for name, p in networks["Points"].named_parameters()}
    [optimizer] = program.script.PHASES[0].optimizers(networks).values()
    for parameter in networks["Points"].parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    for name, parameter in networks["Points"].named_parameters():
        share = 0.95 if parameter.ndim > 1 else 1.0
        assert torch.allclose(parameter, before[name] * share), name


def test_R02_decay_takes_everything_where_that_is_wanted() -> None:
    program = compiled(points(optimizer=AdamW(weight_decay=0.5)))
    [optimizer] = program.script.PHASES[0].optimizers(program.script.build()).values()
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0.5]
    assert [group.get("weight_decay") for group in decaying(nn.Linear(2, 2))] == [None, 0.0]


def test_a_preset_reaches_every_objective_of_a_step_that_is_drawn() -> None:
    program = neuron("OR")
    [phase] = with_preset("rule", INCEPTION)(program.design).training
    assert isinstance(phase.plan, Drawn)
    expected = (INCEPTION.optimizer, INCEPTION.schedule, 2.0)
    assert [(o.optimizer, o.schedule, o.gradient_clip_val) for o in phase.plan.objectives] == [expected]
    assert replace(phase.plan.objectives[0], networks=()).minimize == "loss"


# --- T18 -----------------------------------------------------------------------------------


def noisy(distribution: str, seed: int = 0) -> Program:
    """A network that makes points of noise alone, in a step drawn by hand."""
    nodes = {
        "point": Node(Input((2,))),
        "noise": Node(Noise((1000,), distribution)),
        "generator": Node(Use("Generator", ("x",), ("y",))),
        "loss": Node(MeanSquaredError()),
    }
    wires = (
        Wire("point", "y", "noise", "like"),
        Wire("noise", "y", "generator", "x"),
        Wire("generator", "y", "loss", "prediction"),
        Wire("point", "y", "loss", "target"),
    )
    objective = Objective("loss", ("Generator",), SGD(), Constant())
    network = chained(vector(1000), Linear(2))
    plan_ = Drawn(Graph(nodes, wires), (objective,), epochs=1, seed=seed)
    return compiled(Design("Noise", {"Generator": network}, Moons().with_settings(samples=64), (Phase("fit", plan_),)))


def noise_of(program: Program) -> Tensor:
    """What the generator is fed with in the first step."""
    networks, seen = program.script.build(), list[Tensor]()
    networks["Generator"].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    program.script.PHASES[0].measure(networks, next(program.script.batches(program.script.load(CPU)[0], 0)))
    return seen[0]


@pytest.mark.parametrize(("distribution", "deviation", "most"), [("normal", 1.0, 9.0), ("uniform", 3**-0.5, 1.0)])
def test_T18_noise_is_normal_or_uniform_as_is_chosen(distribution: str, deviation: float, most: float) -> None:
    noise = noise_of(noisy(distribution))
    assert noise.shape[1:] == (1000,)
    assert float(noise.mean()) == pytest.approx(0.0, abs=0.02)
    assert float(noise.std()) == pytest.approx(deviation, abs=0.01)
    assert float(noise.abs().max()) <= most


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_T18_noise_follows_the_seed_of_the_run(distribution: str) -> None:
    once, again, other = (noise_of(noisy(distribution, seed)) for seed in (1, 1, 2))
    assert torch.equal(once, again)
    assert not torch.equal(once, other)
