"""Every optimizer of torch stands here with its settings, its defaults and its own words for them, or says why not."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

import pytest
import torch

from blocks.call import Default
from blocks.setting import Flag, Number
from runtime.carried import groups
from runtime.carried.groups import MuonWithAdamW
from runtime.optimizer import OPTIMIZERS, SGD, WITHOUT_OPTIMIZERS, WITHOUT_SETTINGS, Adafactor, Adam, Optimizer

KINDS = [pytest.param(kind, id=kind.kind()) for kind in OPTIMIZERS]
OWN = {"rest_factor"}  # of what torch has no word for


def of_torch() -> Iterator[tuple[str, type[torch.optim.Optimizer]]]:
    """The optimizers that torch has, by name."""
    for name, kind in vars(torch.optim).items():
        if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer:
            yield name, kind


def arguments(kind: type[Optimizer]) -> dict[str, Any]:
    """The arguments that torch's constructor takes, with their defaults."""
    parameters = inspect.signature(getattr(torch.optim, kind.kind())).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def made(optimizer: Optimizer, *parameters: torch.nn.Parameter) -> torch.optim.Optimizer:
    """Torch's optimizer as the script makes it."""
    call = optimizer.call()
    given: dict[str, Any] = {n: v.value if isinstance(v, Default) else v for n, v in call.keywords.items()}
    if optimizer.takes_networks:
        several: torch.optim.Optimizer = getattr(groups, call.name)([Held(parameters)], **given)
        return several
    built: torch.optim.Optimizer = getattr(torch.optim, call.name.rpartition(".")[2])(parameters, **given)
    return built


def follow(optimizer: torch.optim.Optimizer, weight: torch.nn.Parameter) -> None:
    """Makes a step down a slope."""

    def closure() -> float:
        weight.grad = torch.full((2, 2), 0.5)
        return 0.5 * float(weight.detach().sum())

    closure()
    optimizer.step(closure)


class Held(torch.nn.Module):
    """A network of nothing but parameters."""

    def __init__(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        super().__init__()
        for i, parameter in enumerate(parameters):
            self.register_parameter(f"p{i}", parameter)


def test_every_optimizer_of_torch_is_offered_or_left_out_with_a_reason() -> None:
    assert {name for name, _ in of_torch()} == {kind.kind() for kind in OPTIMIZERS} | set(WITHOUT_OPTIMIZERS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_torch_is_offered_or_left_out_with_a_reason(kind: type[Optimizer]) -> None:
    told = set(kind().call().keywords) - OWN
    left = {name for name in arguments(kind) if name in WITHOUT_SETTINGS or f"{kind.kind()}.{name}" in WITHOUT_SETTINGS}
    assert told - {"fused"} == set(arguments(kind)) - left - {"fused"}
    assert told.isdisjoint(left)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_unsaid_is_torchs_own_default(kind: type[Optimizer]) -> None:
    defaults = arguments(kind)
    for name, value in kind().call().keywords.items():
        if isinstance(value, Default) and name not in OWN:
            assert value.default == defaults[name], name


def bounds() -> Iterator[Any]:
    """Every optimizer with each of its settings at each of its bounds."""
    for kind in OPTIMIZERS:
        for name, setting in kind.settings.items():
            if isinstance(setting, Number | Flag) and name != "decay_all":
                for value in setting.examples():
                    yield pytest.param(kind().with_settings(**{name: value}), id=f"{kind.kind()}.{name}={value}")


@pytest.mark.parametrize("optimizer", list(bounds()))
def test_torch_takes_every_setting_at_its_bounds_and_steps(optimizer: Optimizer) -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    follow(made(optimizer, weight), weight)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_step_goes_downhill(kind: type[Optimizer]) -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    follow(made(kind(), weight), weight)
    assert bool((weight < 1).all())


def test_nesterov_is_said_only_where_torch_takes_it() -> None:
    assert "nesterov=True" in str(SGD(momentum=0.9, nesterov=True).call())
    assert "nesterov" not in str(SGD(nesterov=True).call())
    assert "nesterov" not in str(SGD(momentum=0.9, dampening=0.5, nesterov=True).call())


def test_settings_that_torch_takes_as_one_are_said_as_one() -> None:
    assert str(Adam(beta1=0.5).call()) == "torch.optim.Adam(lr=0.001, betas=(0.5, 0.999), fused=True)"
    assert str(Adafactor(eps2=0.01).call()) == "torch.optim.Adafactor(lr=0.01, eps=(None, 0.01))"


def test_only_what_decays_can_spare_some_parameters() -> None:
    for kind in OPTIMIZERS:
        decays = "weight_decay" in kind.settings
        settings = {"weight_decay": 0.1, "decay_all": False} if decays else {}
        assert kind().with_settings(**settings).spares is decays


def test_muon_takes_the_matrices_and_adamw_all_else() -> None:
    network = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.Linear(4, 3), torch.nn.LayerNorm(3))
    muon, adam = MuonWithAdamW([network], lr=0.1, rest_factor=0.5, spare=True).parts
    assert [p.shape for group in muon.param_groups for p in group["params"]] == [(3, 4)]
    assert [[tuple(p.shape) for p in group["params"]] for group in adam.param_groups] == [[(5, 4)], [(3,), (3,), (3,)]]
    assert [group["weight_decay"] for group in adam.param_groups] == [0.1, 0.0]


def test_muon_goes_on_to_the_same_bits() -> None:
    def train(network: torch.nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            network(torch.eye(4)).square().sum().backward()
            optimizer.step()

    torch.manual_seed(0)
    network = torch.nn.Linear(4, 3)
    first = MuonWithAdamW([network], lr=0.1)
    train(network, first, 3)
    other = torch.nn.Linear(4, 3)
    other.load_state_dict(network.state_dict())
    second = MuonWithAdamW([other], lr=0.1)
    second.load_state_dict(deepcopy(first.state_dict()))
    for learner, optimizer in ((network, first), (other, second)):
        train(learner, optimizer, 3)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), other.parameters(), strict=True))
