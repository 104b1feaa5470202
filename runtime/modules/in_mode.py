"""A network in a mode that is not that of what it stands in."""

from typing import Any

from torch import Tensor, nn


def in_mode(network: nn.Module, *inputs: Tensor, training: bool) -> Any:
    """What a network gives in training or in evaluation mode; afterwards it is in the mode it was in.

    A network that is not training counts no statistics even where it is to give what it gives in training.
    """
    modes = {module: module.training for module in network.modules()}
    kept = [] if network.training or not training else [b.clone() for b in network.buffers()]
    network.train(training)
    try:
        return network(*inputs)
    finally:
        for module, mode in modes.items():
            module.training = mode
        for buffer, value in zip(network.buffers(), kept, strict=False):
            buffer.data.copy_(value)  # past the record of gradients, which needs no statistics
