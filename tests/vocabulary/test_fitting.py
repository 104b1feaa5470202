"""Rows T13 to T15: the gradient at every node, how well a training fits, and what vanishes or explodes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.func import functional_call

from blocks.activation import ReLU, Sigmoid
from blocks.block import Block
from blocks.elementwise import Scale
from blocks.linear import Linear
from blocks.shape import vector
from runtime.alarm import alarms
from runtime.data.points import Xor
from runtime.design import Design, Phase
from runtime.fit import Fit, fit_of
from runtime.messages import Event, Gauged, Measured, Stepped
from runtime.model import compiled
from runtime.optimizer import Adam
from runtime.recipe import Classification
from runtime.train import Training
from tests.runtime.test_recipes import row

CPU = torch.device("cpu")


def of_points(*blocks: Block, samples: int = 64, noise: float = 0.1, epochs: int = 5, rate: float = 0.01) -> Design:
    """Points around the corners of a square, all of them in one step an epoch."""
    data = Xor().with_settings(samples=samples, noise=noise, batch_size=samples)
    recipe = Classification(epochs=epochs, optimizer=Adam(lr=rate))
    return Design("Fit", {"Net": row(vector(2), *blocks)}, data, (Phase("fit", recipe),))


def told(design: Design) -> list[Event]:
    return [event for event in Training(compiled(design), CPU).events() if event is not None]


def gauged(design: Design) -> tuple[Gauged, dict[str, float]]:
    """The first sizes that a training tells, and those of the gradients as they are just then."""
    training = Training(compiled(design), CPU, epochs=100_000)
    for event in training.events():
        if isinstance(event, Gauged):
            named = training.networks["Net"].named_parameters()
            flat: dict[str, list[torch.Tensor]] = {}
            for name, parameter in named:
                assert parameter.grad is not None
                flat.setdefault(name.partition(".")[0], []).append(parameter.grad.flatten())
            return event, {node: float(torch.cat(each).square().mean().sqrt()) for node, each in flat.items()}
    raise AssertionError("nothing was told")


def test_T13_the_size_of_the_gradient_is_told_for_every_node() -> None:
    event, sizes = gauged(of_points(Linear(8), ReLU(), Linear(2)))
    assert event.gradients == {"Net": pytest.approx(sizes, rel=1e-5)}
    assert len(sizes) == 2
    assert event.activations["Net"].keys() == {*sizes, "relu"}
    assert event.step > 0


def test_T13_gradients_of_the_printed_network_pass_the_check_by_finite_differences() -> None:
    network = Training(compiled(of_points(Linear(5), Sigmoid(), Linear(2))), CPU).networks["Net"].double()
    names, weights = zip(*network.named_parameters(), strict=True)
    points, wanted = torch.randn(6, 2, dtype=torch.float64), torch.tensor([0, 1, 1, 0, 1, 0])

    def loss(*given: torch.Tensor) -> torch.Tensor:
        scores: Any = functional_call(network, dict(zip(names, given, strict=True)), (points,))
        return torch.nn.functional.cross_entropy(scores, wanted)

    assert torch.autograd.gradcheck(loss, weights)


def fit(design: Design) -> Fit | None:
    """The verdict on a training as its events tell it."""
    first, train, held_out = 0.0, list[float](), list[float]()
    for event in told(design):
        if isinstance(event, Stepped):
            first = first or event.values["loss"][0]
            train += event.values["loss"]  # one step an epoch
        elif isinstance(event, Measured):
            held_out.append(event.values["loss"])
    return fit_of(first, train, held_out)


def test_T14_a_line_cannot_part_the_corners_of_a_square_so_it_under_fits() -> None:
    found = fit(of_points(Linear(2), epochs=60, rate=0.05))
    assert found is not None
    assert found.kind == "under-fit"
    assert "larger network" in found.message


def test_T14_a_wide_network_learns_the_noise_of_a_few_points_so_it_over_fits() -> None:
    wide = of_points(Linear(128), ReLU(), Linear(128), ReLU(), Linear(2), samples=40, noise=1.2, epochs=120)
    found = fit(wide)
    assert found is not None
    assert found.kind == "over-fit"
    assert 1 <= found.epoch < 60
    assert f"since epoch {found.epoch}" in found.message


def test_T14_a_network_that_is_just_large_enough_fits() -> None:
    found = fit(of_points(Linear(16), ReLU(), Linear(2), samples=200, epochs=200, rate=0.03))
    assert found is not None
    assert found.kind == "fits"


def test_T14_while_the_loss_falls_it_still_learns_and_at_first_nothing_is_said() -> None:
    assert fit_of(1.0, [0.9, 0.8, 0.7], [0.9, 0.8, 0.7]) is None
    found = fit_of(1.0, [0.9, 0.7, 0.5, 0.3], [0.9, 0.8, 0.6, 0.4])
    assert found is not None
    assert found.kind == "still learning"


def test_T15_in_a_deep_network_of_sigmoids_the_gradient_vanishes_in_front() -> None:
    deep = [block for _ in range(10) for block in (Linear(8), Sigmoid())]
    event, _ = gauged(of_points(*deep, Linear(2)))
    found = alarms(event.gradients)
    sizes = list(event.gradients["Net"].items())
    assert (found[0].network, found[0].node) == ("Net", sizes[0][0])
    assert f"The gradient of {sizes[0][0]} vanishes" in found[0].message
    assert sizes[-1][0] not in [each.node for each in found]


def test_T15_behind_a_huge_factor_the_gradient_explodes() -> None:
    event, _ = gauged(of_points(Linear(8), ReLU(), Scale(1e5), Linear(2), noise=1.5))
    assert any("explodes" in each.message for each in alarms(event.gradients))


def test_T15_gradients_of_one_order_are_nothing_to_speak_of() -> None:
    event, _ = gauged(of_points(Linear(8), ReLU(), Linear(2)))
    assert alarms(event.gradients) == ()
