"""Finds the node that was the first to give something that is no number."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from runtime.messages import Failed
from runtime.model import Program
from runtime.page import Place


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
    return watch.place


def overflown(program: Program, networks: Mapping[str, nn.Module]) -> Place | None:
    """The node whose weights are no numbers: where the gradient, which comes from the end, first was none either."""
    owners = [(made, name, p) for made, n in networks.items() for name, p in n.named_parameters()]
    broken = [(made, name, p) for made, name, p in owners if _broken(p.detach())]
    gradients = [(made, name) for made, name, p in broken if p.grad is not None and _broken(p.grad)]
    if not broken:
        return None
    made, name = gradients[-1] if gradients else broken[0][:2]
    return program.place_of_parameter(made, name)


def not_a_number(loss: str, step: int, rate: float, place: Place | None, in_weights: bool) -> Failed:
    """The event that says where a training broke, and what to do."""
    who = f"{place.node} of {place.network}" if place else "no node that could be found"
    where = f"the weights of {who} had run away" if in_weights else f"{who} was the first to give one"
    told = f"{loss} is no longer a number at step {step}: {where}."
    repair = f"Lower the learning rate from {rate:g} to {rate / 10:g}, or clip the gradients at 1, and train again."
    return Failed(told, repair, place.network if place else "", place.node if place else "", step)


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
    return bool((torch.isnan(tensor) | (tensor == torch.inf)).any())
