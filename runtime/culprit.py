"""Finds the node that was the first to give something that is no number."""

from __future__ import annotations

import contextlib
import math
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from runtime.messages import Failed
from runtime.model import Program
from runtime.page import Place
from runtime.recipe import Objective


class _Watch(TorchFunctionMode):
    """Looks at every result of torch, and remembers the node behind the first that is no number."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program
        self.place: Place | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if self.place is None and any(map(_broken, _tensors(result))):
            self.place = self._program.place_of_frame(sys._getframe(1))
        return result


def first_to_break(program: Program, phase: Any, networks: Mapping[str, nn.Module], batch: Any) -> Place | None:
    """The node whose line is the first to give NaN or infinity on a batch, with the weights as they are."""
    watch = _Watch(program)
    with torch.no_grad(), watch:
        phase.measure(networks, batch)
    return _in_step(program, phase, watch.place)


def overflown(program: Program, networks: Mapping[str, nn.Module]) -> Place | None:
    """The node whose weights are no numbers: where the gradient, which comes from the end, first was none either."""
    owners = [(made, name, p) for made, n in networks.items() for name, p in n.named_parameters()]
    broken = [(made, name, p) for made, name, p in owners if _broken(p.detach())]
    gradients = [(made, name) for made, name, p in broken if p.grad is not None and _broken(p.grad)]
    if not broken:
        return None
    made, name = gradients[-1] if gradients else broken[0][:2]
    return program.place_of_parameter(made, name)


def largest_gradient(
    program: Program, phase: Any, networks: Mapping[str, nn.Module], batch: Any
) -> tuple[Place, float] | None:
    """The node with the longest gradient of a parameter on a batch, and how long; of those that are NaN the last."""
    losses = [value for name, value in phase.measure(networks, batch).items() if name in phase.rates(0, 1, 1, [])]
    for network in networks.values():
        network.zero_grad()
    torch.stack([loss.mean() for loss in losses]).sum().backward()
    owners = ((made, name, p.grad) for made, n in networks.items() for name, p in n.named_parameters())
    lengths = [(made, name, float(grad.norm())) for made, name, grad in owners if grad is not None]
    if not lengths:
        return None
    broken = [each for each in lengths if not math.isfinite(each[2])]
    made, name, length = broken[-1] if broken else max(lengths, key=lambda each: each[2])
    return program.place_of_parameter(made, name), length


def exploded(loss: str, step: int, calmer: str, place: Place | None, length: float) -> Failed:
    """The event that says where a gradient exploded, and what to do."""
    who = f"{place.node} of {place.network}, where it is {length:.3g} long" if place else "no node that could be found"
    told = f"The gradient of {loss} exploded at step {step}, most at {who}."
    return Failed(told, calmer, place.network if place else "", place.node if place else "", step)


def place_of(
    error: Exception, program: Program, phase: Any, networks: Mapping[str, nn.Module], batches: Iterator[Any]
) -> Place | None:
    """The node of an error, also where it is one of its gradient, for which losses are taken of a batch once again."""
    place = _in_step(program, phase, program.place_of_error(error))
    of_torch = type(error) in (RuntimeError, torch.OutOfMemoryError)
    if place or not of_torch or dist.is_initialized():  # which would wait for the others
        return place
    return next((_behind_gradient(program, phase, networks, batch) for batch in batches), None)


def _in_step(program: Program, phase: Any, place: Place | None) -> Place | None:
    """A place in the step of the phase, which may share its lines with an earlier one."""
    steps = {each.name for each in program.design.training} - set(program.design.networks)
    return Place(phase.name, place.node) if place and place.network in steps else place


def _behind_gradient(program: Program, phase: Any, networks: Mapping[str, nn.Module], batch: Any) -> Place | None:
    """The node whose gradient is an error: torch notes the lines that each one comes from."""
    with warnings.catch_warnings(record=True) as heard, torch.autograd.set_detect_anomaly(True, False):
        warnings.simplefilter("always")
        with contextlib.suppress(Exception):
            values = phase.measure(networks, batch)
            sum(values[name] for name in phase.rates(0, 1, 1, [])).backward()
    lines = re.findall(r'File "(.+?)", line (\d+)', "\n".join(f"{each.message}" for each in heard))
    return _in_step(program, phase, program.place_of_lines((file, int(line)) for file, line in reversed(lines)))


def not_a_number(loss: str, step: int, calmer: str, place: Place | None, in_weights: bool) -> Failed:
    """The event that says where a training broke, and what to do."""
    who = f"{place.node} of {place.network}" if place else "no node that could be found"
    where = f"the weights of {who} had run away" if in_weights else f"{who} was the first to give one"
    told = f"{loss} is no longer a number at step {step}: {where}."
    return Failed(told, calmer, place.network if place else "", place.node if place else "", step)


def calmer(rate: float, objectives: Iterable[Objective]) -> str:
    """What to do about a training that ran away."""
    clip = "" if any(each.optimizer.evaluates for each in objectives) else ", or clip the gradients at 1,"
    return f"Lower the learning rate from {rate:g} to {rate / 10:g}{clip} and train again."


def _tensors(result: Any) -> Iterator[Tensor]:
    if isinstance(result, Tensor):
        yield result
    elif isinstance(result, tuple | list):
        for each in result:
            yield from _tensors(each)


def _broken(tensor: Tensor) -> bool:
    """Whether it holds NaN or infinity; minus infinity is how attention masks what it must not see."""
    if not tensor.is_floating_point():
        return False
    if tensor.is_sparse:
        tensor = tensor.coalesce().values()
    return bool((torch.isnan(tensor) | (tensor == torch.inf)).any())
