"""A training that asks for the same bits everywhere: said in the script, kept in the worker, and taken back."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from blocks.setting import BadSetting
from runtime.messages import Ended, Failed
from runtime.model import compiled
from runtime.script import print_training
from runtime.train import Training
from tests.designs import points
from tests.runtime.test_terms import losses_alone, losses_of, phases, trained

CPU = torch.device("cpu")


class Unsure(torch.autograd.Function):
    """What has a gradient that torch cannot compute to the same bits, as there are many on a GPU."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor) -> torch.Tensor:
        return x * 1.0

    @staticmethod
    def backward(context: Any, *gradients: Any) -> Any:
        raise RuntimeError("unsure_backward does not have a deterministic implementation, but you set so.")


def test_it_holds_for_the_whole_training_and_is_taken_back() -> None:
    training = Training(compiled(phases({}, {"deterministic": True}, epochs=1)), CPU)
    asked = [torch.are_deterministic_algorithms_enabled() for event in training.events() if event is not None]
    assert all(asked[1:])
    assert not torch.are_deterministic_algorithms_enabled()
    trained(phases({}))
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_script_says_so_before_anything_is_computed() -> None:
    text = print_training(points(deterministic=True)).text
    main = text[text.index("def main") :]
    assert main.index("    be_deterministic()\n") < main.index("networks = {")
    assert "torch.use_deterministic_algorithms(True)" in text
    assert "deterministic" not in print_training(points()).text


def test_the_losses_are_those_of_the_script() -> None:
    design = points(deterministic=True, epochs=1)
    assert losses_alone(design) == losses_of(design)


def test_an_operation_without_such_a_way_is_told_with_its_node() -> None:
    training = Training(compiled(points(deterministic=True)), CPU)
    network: Any = training.networks["Points"]
    spread, places = torch.ones(16, 1, 4, 4), torch.zeros(16, 1, 2, 2, dtype=torch.int64)
    again = torch.nn.functional.max_unpool2d
    network.fc2.register_forward_pre_hook(lambda *_: again(spread[:, :, :2, :2], places, [2]))
    failed = [*training.events()][-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("fc2 of Points has no way to give the same bits each time: max_unpooling2d")
    assert "train without the setting deterministic" in failed.repair
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_gradient_without_such_a_way_is_told_with_its_node() -> None:
    training = Training(compiled(points(deterministic=True)), CPU)
    network: Any = training.networks["Points"]
    ahead = network.fc2.forward
    network.fc2.forward = lambda x: Unsure.apply(ahead(x))
    failed = [*training.events()][-1]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("fc2 of Points has no way to give the same bits each time: unsure_backward")


def test_the_setting_is_yes_or_no() -> None:
    with pytest.raises(BadSetting):
        points(deterministic="warn")
    assert isinstance(trained(points(deterministic=True, epochs=1))[1][-1], Ended)
