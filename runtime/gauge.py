"""Takes the size of the gradient and of the results at every node, now and then, without a word in the script."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from runtime.messages import Gauged
from runtime.model import Program
from runtime.page import Place

EVERY = 1.0  # seconds between two takes, of which one costs some steps the square of their results

Sizes = dict[str, dict[str, float]]


class Gauge:
    """Listens at the nodes from one tick to the next, once a second, and tells what it heard in one event.

    What it hears stays on the device until it is told. It changes no bit of the training.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._ears: list[RemovableHandle] = []
        self._heard: dict[Place, Tensor] = {}
        self._since = -EVERY

    def tick(self, networks: Mapping[str, nn.Module], step: int) -> Iterator[Gauged]:
        """What was heard since the last tick, where it was listened; begins to listen where that is due."""
        if self._ears:
            yield from self._tell(networks, step)
        elif time.perf_counter() - self._since >= EVERY:
            for place, module in _nodes(self._program, networks):
                self._ears.append(module.register_forward_hook(self._ear(place)))

    def leave(self) -> None:
        """Listens no more."""
        while self._ears:
            self._ears.pop().remove()
        self._heard.clear()

    def _tell(self, networks: Mapping[str, nn.Module], step: int) -> Iterator[Gauged]:
        gradients, results = _gradients(self._program, networks), dict(self._heard)
        self.leave()
        if not gradients:  # they were given away after the step; the next tick may find them
            return
        self._since = time.perf_counter()
        flat = torch.stack([*gradients.values(), *results.values()]).tolist()
        yield Gauged(step, _named(gradients, flat), _named(results, flat[len(gradients) :]))

    def _ear(self, place: Place) -> Any:
        def hear(module: nn.Module, given: Any, result: Any) -> None:
            if module.training and isinstance(result, Tensor) and result.is_floating_point():
                self._heard[place] = _size([result.detach()])

        return hear


def _nodes(program: Program, networks: Mapping[str, nn.Module]) -> Iterator[tuple[Place, nn.Module]]:
    """The modules of nodes, each with its place."""
    for network in networks.values():
        for name, module in network.named_children():
            yield program.place_of_parameter(type(network).__name__, name), module


def _gradients(program: Program, networks: Mapping[str, nn.Module]) -> dict[Place, Tensor]:
    """The size of the gradient at every node that has one."""
    found: dict[Place, list[Tensor]] = {}
    for network in networks.values():
        for name, parameter in network.named_parameters():
            if parameter.grad is not None:
                place = program.place_of_parameter(type(network).__name__, name)
                found.setdefault(place, []).append(parameter.grad)
    return {place: _size(tensors) for place, tensors in found.items()}


def _size(tensors: list[Tensor]) -> Tensor:
    """The root of the mean square of all numbers of tensors."""
    total = torch.stack([each.float().square().sum() for each in tensors]).sum()
    return (total / max(sum(each.numel() for each in tensors), 1)).sqrt()


def _named(places: Mapping[Place, Tensor], values: list[float]) -> Sizes:
    sizes: Sizes = {}
    for place, value in zip(places, values, strict=False):
        sizes.setdefault(place.network, {})[place.node] = value
    return sizes
