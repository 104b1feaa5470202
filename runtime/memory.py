"""What a training needs of the memory, estimated before anything is allocated, and what there is."""

from __future__ import annotations

from collections.abc import Mapping

import psutil
import torch
from torch import nn

from blocks.check import check
from runtime.design import Design
from runtime.places import network_of
from runtime.plan import Stretch

_FLOAT = 4  # bytes
_SPARE = 0.8  # share of the free memory that a batch may take


class TooLarge(Exception):
    """A network whose weights alone do not fit: the node that holds the most of them."""

    def __init__(self, network: str, node: str, needed: int, there: int) -> None:
        self.network, self.node = network, node
        gigabytes, room = needed / 1e9, there / 1e9
        super().__init__(
            f"Training {network} needs {gigabytes:,.0f} GB for its weights and their gradients, most of it for {node}; "
            f"there are {room:,.0f} GB."
        )


def refuse_too_large(design: Design, stretches: tuple[Stretch, ...], device: torch.device) -> None:
    """Raises TooLarge where weights and gradients of a network that learns exceed all the memory that there is."""
    there = whole_memory(device)
    for name in dict.fromkeys(network_of(place) for stretch in stretches for place in stretch.learning):
        checked = check(design.networks[name], design.networks)
        needed = 2 * _FLOAT * checked.parameters
        if needed > there:
            node = max(checked.rows, key=lambda each: checked.rows[each].parameters)
            raise TooLarge(name, node, needed, there)


def largest_batch(stretches: tuple[Stretch, ...], networks: Mapping[str, nn.Module], free: int) -> int:
    """How many examples fit into so many bytes, estimated: activations and their gradients, beside the weights."""
    weights = sum(p.numel() * p.element_size() for n in networks.values() for p in n.parameters())
    rest = free * _SPARE - 3 * weights  # gradients, and two moments of the optimizer
    example = max((stretch.checked.activations for stretch in stretches), default=0)
    return int(rest // (2 * example)) if example and rest > 0 else 0


def free_memory(device: torch.device | None) -> int:
    """Bytes that can still be had on a device."""
    if device is not None and device.type == "cuda":
        torch.cuda.empty_cache()
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def whole_memory(device: torch.device) -> int:
    """Bytes of memory that a device has in all."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[1])
    return int(psutil.virtual_memory().total)
