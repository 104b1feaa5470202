"""Every optimizer of torch stands here with its settings, its defaults and its own words for them, or says why not."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from blocks.call import Default
from blocks.setting import Flag, Number
from runtime.optimizer import OPTIMIZERS, SGD, WITHOUT_OPTIMIZERS, WITHOUT_SETTINGS, Adafactor, Adam, Optimizer

KINDS = [pytest.param(kind, id=kind.kind()) for kind in OPTIMIZERS]
FREE = ("lr", "fused")  # which are always said


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
    given = {name: value.value if isinstance(value, Default) else value for name, value in call.keywords.items()}
    given |= {name: tuple(value) for name, value in given.items() if isinstance(value, tuple)}
    built: torch.optim.Optimizer = getattr(torch.optim, call.name.rpartition(".")[2])(parameters, **given)
    return built


def test_every_optimizer_of_torch_is_offered_or_left_out_with_a_reason() -> None:
    assert {name for name, _ in of_torch()} == {kind.kind() for kind in OPTIMIZERS} | set(WITHOUT_OPTIMIZERS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_torch_is_offered_or_left_out_with_a_reason(kind: type[Optimizer]) -> None:
    told = set(kind().call().keywords) | {"lr"}
    left = {name for name in arguments(kind) if name in WITHOUT_SETTINGS or f"{kind.kind()}.{name}" in WITHOUT_SETTINGS}
    assert told - {"fused"} == set(arguments(kind)) - left - {"fused"}
    assert told.isdisjoint(left)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_left_unsaid_is_torchs_own_default(kind: type[Optimizer]) -> None:
    defaults = arguments(kind)
    for name, value in kind().call().keywords.items():
        if isinstance(value, Default):
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
    weight.grad = torch.full((2, 2), 0.5)
    made(optimizer, weight).step()


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_step_goes_downhill(kind: type[Optimizer]) -> None:
    weight = torch.nn.Parameter(torch.ones(2, 2))
    weight.grad = torch.full((2, 2), 0.5)
    made(kind(), weight).step()
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
