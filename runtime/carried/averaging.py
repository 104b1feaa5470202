"""What a training needs whose phases judge and keep averages of the weights: carried by its marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from runtime.carried.phases import module_at

if TYPE_CHECKING:
    from runtime.carried.loop import Batch, Networks, Phase, batches, measure_together, set_modes

# --- averages ---

Averages = dict[str, AveragedModel]  # of the networks that learn


def averages_of(phase: Phase, networks: Networks) -> Averages:
    """A copy of each network that learns, which will hold the average of its weights."""
    learners = {place.partition(".")[0] for place in phase.learning}
    averages: Averages = {}
    for name in sorted(learners):
        network = module_at(networks, name)
        # <moving averages>
        if phase.ema_decay:
            follow = moving(phase.ema_decay)
            averages[name] = AveragedModel(network, multi_avg_fn=follow, use_buffers=True)
        # </moving averages>
        # <late averages>
        if phase.swa_start < 1.0:
            averages[name] = AveragedModel(network)
        # </late averages>
    return averages


def average(
    phase: Phase, averages: Averages, networks: Networks, step: int, steps: int, epochs: int
) -> None:
    """Lets the averages follow the weights, as a step has left them."""
    # <gathered averages>
    if (step + 1) % phase.average_every:
        return
    # </gathered averages>
    # <late averages>
    ended, late = (step + 1) % steps == 0, step // steps >= int(phase.swa_start * epochs)
    if phase.swa_start < 1.0 and not (ended and late):
        return
    # </late averages>
    for name, each in averages.items():
        each.update_parameters(module_at(networks, name))


def averaged(phase: Phase, averages: Averages, networks: Networks, data: Batch) -> Networks:
    """The networks as they are measured and kept: by their averages, once there are any."""
    begun = {name: each.module for name, each in averages.items() if each.n_averaged > 0}
    judged = {name: begun.get(name, module_at(networks, name)) for name in networks}
    # <memories>
    for module in (module for network in begun.values() for module in network.modules()):
        if "memory" in vars(module):  # a measuring begins without what the last one left
            vars(module)["memory"] = {}
    # </memories>
    # <late averages>
    if begun and phase.swa_start < 1.0:
        count_anew(phase, judged, data)
    # </late averages>
    return judged


def take_over(networks: Networks, judged: Networks) -> None:
    """Makes what was measured and kept the weights with which the training goes on."""
    for name in networks:
        module_at(networks, name).load_state_dict(module_at(judged, name).state_dict())


# --- moving averages ---


def moving(decay: float) -> Callable[[Any, Any, Any], None]:
    """What moves averages towards the weights; counts and tables of whole numbers are copied."""
    follow = get_ema_multi_avg_fn(decay)

    def move(averages: list[Tensor], weights: list[Tensor], count: Tensor) -> None:
        if averages[0].is_floating_point():
            follow(averages, weights, count)
        else:
            torch._foreach_copy_(averages, weights)

    return move


# --- late averages ---


@torch.no_grad()
def count_anew(phase: Phase, networks: Networks, data: Batch) -> None:
    """Gives batch normalization the means of the examples, as they are with averaged weights."""
    set_modes(phase, networks)
    modules = [module for network in networks.values() for module in network.modules()]
    norms = [m for m in modules if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.training]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # all batches count alike
    for batch in batches(data, 0) if norms else ():
        measure_together(phase, networks, batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
