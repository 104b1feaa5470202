"""The part of every `train.py` that is the same: what follows the first mark is carried into the script word for word.

Lines between `# <feature>` and `# </feature>` are carried only where a design asks for the feature. The names before
the mark stand in for what a design fills in: its constants, networks, data and phases.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from runtime.carried.averaging import average, averaged, averages_of, take_over
from runtime.carried.norms import count_together
from runtime.carried.phases import begin, held, module_at, put_back
from runtime.carried.precision import be_deterministic

SEED = 0
BATCH_SIZE = 64
SHUFFLED = True
ALONE = ""
PHASES: tuple[Phase, ...] = ()


def build() -> Networks:
    """The networks of a design; here there are none."""
    return {}


def load(device: torch.device) -> tuple[Batch, Batch]:
    """The examples of a design; here there are none."""
    return {}, {}


# --- types ---

Batch = dict[str, Tensor]  # the fields of the data by name, the examples along the first axis
Values = dict[str, Tensor]  # losses and metrics by name, one number each
Networks = dict[str, nn.Module]
# <held weights>
Weights = dict[str, dict[str, Tensor]]  # by network, then by name
# </held weights>
Optimizers = dict[str, torch.optim.Optimizer]  # by the loss that each one makes small


@dataclass(frozen=True)
class Phase:
    """One stretch of training: how long it is, which networks learn, and its functions."""

    name: str
    epochs: int
    patience: int  # epochs without a lower loss after which it stops; 0 never stops early
    learning: tuple[str, ...]  # the networks whose weights change, or modules in them
    watched: str  # the loss by which the best weights are known
    optimizers: Callable[[Networks], Optimizers]
    rates: Callable[[int, int, int, list[float]], dict[str, float]]
    step: Callable[[Networks, Optimizers, Batch, int], Values]
    measure: Callable[[Networks, Batch], Values]
    conclude: Callable[[Values], Values] = dict  # makes numbers of averages that are none yet
    # <frozen>
    frozen: tuple[str, ...] = ()  # what does not learn, of the networks that do
    # </frozen>
    # <weights>
    weights: str = ""  # the earlier phase, or the file, that the weights come from at first
    # </weights>
    # <best weights>
    restore_best_weights: bool = False  # whether it ends with those of its best epoch
    # </best weights>
    # <threshold>
    stopping_threshold: float = -math.inf  # the watched loss at which it stops
    # </threshold>
    # <moving averages>
    ema_decay: float = 0.0  # the share of the weights' moving average that stays; 0 takes none
    # </moving averages>
    # <gathered averages>
    average_every: int = 1  # steps after which the moving average follows the weights
    # </gathered averages>
    # <late averages>
    swa_start: float = 1.0  # the share of the epochs after which their weights are averaged
    # </late averages>


# --- weight decay ---


def decaying(*networks: nn.Module) -> list[dict[str, Any]]:
    """Parameters in two groups: those that decay, then biases and the numbers of normalizations."""
    groups: tuple[list[nn.Parameter], list[nn.Parameter]] = ([], [])
    for module in (module for network in networks for module in network.modules()):
        spared = "Norm" in type(module).__name__
        for parameter in module.parameters(recurse=False):
            groups[spared or parameter.ndim < 2].append(parameter)
    return [{"params": groups[0]}, {"params": groups[1], "weight_decay": 0.0}]


# --- loop ---


def steps_per_epoch(data: Batch) -> int:
    """How many batches an epoch has; one example left over makes none, for it has no variance."""
    examples = len(next(iter(data.values())))
    return max(1, examples // BATCH_SIZE + (examples % BATCH_SIZE > 1))


def batches(data: Batch, epoch: int, start: int = 0) -> Iterator[Batch]:
    """The batches of an epoch from number `start` on; seed and epoch alone decide their order."""
    first = next(iter(data.values()))
    order = torch.arange(len(first))
    if SHUFFLED:
        generator = torch.Generator().manual_seed(SEED * 1_000_000 + epoch)
        order = torch.randperm(len(first), generator=generator)
    for chosen in order.to(first.device).split(BATCH_SIZE)[start : steps_per_epoch(data)]:
        yield {name: field[chosen] for name, field in data.items()}


def set_modes(phase: Phase, networks: Networks) -> None:
    """Makes the networks that learn in this phase ready to, and keeps the others as they are."""
    for name, network in networks.items():
        network.requires_grad_(name in phase.learning)
        network.train(name in phase.learning)  # after which frozen parts need no gradient again
    # <parts>
    for place in phase.learning:
        module_at(networks, place).requires_grad_(True).train()
    # </parts>
    # <frozen>
    for place in phase.frozen:
        module_at(networks, place).requires_grad_(False).eval()
    # </frozen>


def set_rates(optimizers: Optimizers, rates: dict[str, float]) -> None:
    """Gives every optimizer its learning rate for the next step, some groups a part of it."""
    for name, rate in rates.items():
        for group in optimizers[name].param_groups:
            group["lr"] = rate * group.get("factor", 1.0)


@torch.no_grad()
def evaluate(phase: Phase, networks: Networks, data: Batch) -> Iterator[Values]:
    """After every batch the means over the examples so far; the last are those of all examples."""
    examples = len(next(iter(data.values())))
    totals: Values = {}
    for network in networks.values():
        network.eval()
        unify(network)
    for start in range(0, examples, BATCH_SIZE):
        batch = {name: field[start : start + BATCH_SIZE] for name, field in data.items()}
        size = min(BATCH_SIZE, examples - start)
        for name, value in measure_together(phase, networks, batch).items():
            totals[name] = totals.get(name, 0.0) + value * size
        yield phase.conclude({name: total / (start + size) for name, total in totals.items()})


def train(
    phase: Phase, networks: Networks, data: Batch, held_out: Batch, epochs: int, most: int
) -> list[float]:
    """Trains for a phase, or for `most` steps, and returns the watched loss of every step."""
    optimizers = phase.optimizers(networks)
    steps = steps_per_epoch(data)
    losses: list[float] = []
    history: list[float] = []  # the watched loss of every epoch
    best, waited = math.inf, 0
    # <best weights>
    best_weights = held(networks)
    # </best weights>
    # <averages>
    learners, averages = networks, averages_of(phase, networks)
    # </averages>
    for epoch in range(epochs):
        # <averages>
        networks = learners  # which follow their gradients, whatever their averages are
        # </averages>
        set_modes(phase, networks)
        kept: list[Tensor] = []
        for batch in islice(batches(data, epoch), most - len(losses)):
            step = len(losses) + len(kept)
            set_rates(optimizers, phase.rates(step, steps, epochs, history))
            values = step_together(phase, networks, optimizers, batch, step)
            kept.append(values[phase.watched])
            # <averages>
            average(phase, averages, networks, step, steps, epochs)
            # </averages>
        losses += torch.stack(kept).tolist()  # read only now, so that no step waits for the device
        trained = measured = {phase.watched: mean_of(losses[-len(kept) :])}
        # <averages>
        networks = averaged(phase, averages, learners, data)
        # </averages>
        for means in evaluate(phase, networks, held_out):
            measured = {name: float(mean) for name, mean in means.items()}
        validation = f"  validation: {told(measured)}" if measured is not trained else ""
        print(f"{phase.name} {epoch + 1}/{epochs}  {told(trained)}{validation}")
        history.append(measured[phase.watched])
        improved = measured[phase.watched] < best
        best, waited = min(best, measured[phase.watched]), 0 if improved else waited + 1
        # <best weights>
        best_weights = held(networks) if improved else best_weights
        # </best weights>
        if len(losses) >= most or (phase.patience and waited >= phase.patience):
            break
        # <threshold>
        if measured[phase.watched] <= phase.stopping_threshold:
            break
        # </threshold>
    # <best weights>
    if phase.restore_best_weights and len(losses) < most:
        put_back(networks, best_weights)
    # </best weights>
    # <averages>
    take_over(learners, networks)
    # </averages>
    return losses


def mean_of(losses: list[float]) -> float:
    """The mean of an epoch's losses, added up one by one, so that its bits are the same everywhere."""
    total = 0.0
    for loss in losses:
        total += loss
    return total / len(losses)


def told(values: dict[str, float]) -> str:
    """The values as one line of text."""
    return "  ".join(f"{name} {value:.4f}" for name, value in values.items())


# --- several processes ---

# Under `torchrun --nproc-per-node N train.py` each of N processes takes its share of every batch.
# Without torchrun there is one process, and nothing here does anything.


def join(device: str) -> torch.device:
    """Meets the other processes that torchrun started; returns the device of this one."""
    if "LOCAL_RANK" not in os.environ:
        return torch.device(device)
    # <alone>
    if ALONE:
        raise SystemExit(ALONE)
    # </alone>
    device = "cpu" if device == "mps" else device  # over which processes cannot talk
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    if dist.get_rank() > 0:  # only the first one speaks
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if device == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    return torch.device(device)


def leave() -> bool:
    """Parts from the others; returns whether this process has nothing to save, as all but one."""
    if not dist.is_initialized():
        return False
    rank = dist.get_rank()
    dist.destroy_process_group()
    return rank > 0


def replicated(networks: Networks) -> Networks:
    """The networks, made to average their gradients over all processes, with the same weights."""
    if not dist.is_initialized():
        return networks
    torch.manual_seed(SEED + dist.get_rank())  # each has a dropout of its own
    # <norms>
    count_together(networks)
    # </norms>
    return {name: Replica(n) if learns(n) else n for name, n in networks.items()}


def learns(network: nn.Module) -> bool:
    """Whether anything in a network is there to learn, and not frozen."""
    return any(parameter.requires_grad for parameter in network.parameters())


class Replica(nn.parallel.DistributedDataParallel):
    """A network that learns from what all processes see, each weighted by its share of the batch.

    The weights follow one process alone as long as losses are means over the examples. Dropout and
    noise differ, for each process draws its own.
    """

    weight: float = 1.0  # of this process in every mean; one for all networks

    def __init__(self, network: nn.Module) -> None:
        super().__init__(network, find_unused_parameters=True)  # a loss may not need all of it
        self.require_forward_param_sync = False  # unify does it, once before they are measured
        self.register_comm_hook(None, lambda _, bucket: self.average(bucket.buffer()))

    def average(self, gradients: Tensor) -> torch.futures.Future[Tensor]:
        """Begins to sum the gradients of all processes, each times its weight."""
        work = dist.all_reduce(gradients.mul_(Replica.weight), async_op=True)
        summed: torch.futures.Future[Tensor] = work.get_future().then(lambda w: w.value()[0])
        return summed


def share(batch: Batch) -> tuple[Batch, float]:
    """This process's examples of a batch, and how much of the batch they are.

    A share has two examples or more. Where there are not enough, the last processes do the work
    of the first once again, and it counts for nothing.
    """
    rank, size = dist.get_rank(), len(next(iter(batch.values())))
    shares = min(dist.get_world_size(), max(1, size // 2))
    own = {name: field.tensor_split(shares)[rank % shares] for name, field in batch.items()}
    return own, len(next(iter(own.values()))) / size if rank < shares else 0.0


def mean(values: Values, weight: float) -> Values:
    """The means over all processes, each weighted by its share."""
    total = torch.cat([value.detach().flatten() for value in values.values()]) * weight
    dist.all_reduce(total)
    parts = total.split([value.numel() for value in values.values()])
    return {n: part.view_as(values[n]) for n, part in zip(values, parts, strict=True)}


def step_together(
    phase: Phase, networks: Networks, optimizers: Optimizers, batch: Batch, step: int
) -> Values:
    """A step in which each process takes its share of the batch."""
    if not dist.is_initialized():
        return phase.step(networks, optimizers, batch, step)
    own, Replica.weight = share(batch)
    return mean(phase.step(networks, optimizers, own, step), Replica.weight)


def measure_together(phase: Phase, networks: Networks, batch: Batch) -> Values:
    """What a batch is judged by, of which each process takes its share."""
    if not dist.is_initialized():
        return phase.measure(networks, batch)
    own, Replica.weight = share(batch)
    return mean(phase.measure(networks, own), Replica.weight)


def unify(network: nn.Module) -> None:
    """Gives all processes what the first one has counted, as the means of batch normalization."""
    for buffer in network.buffers() if dist.is_initialized() else ():
        dist.broadcast(buffer, 0)


# --- command line ---


def best_device() -> str:
    """The fastest kind of device that this machine has."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def limit_threads() -> None:
    """Leaves one core to the person; their number decides the last bits of a sum, so it is set."""
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(max(1, torch.get_num_threads() - 1))


def positive(text: str) -> int:
    """A whole number from 1."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1")
    return number


def main() -> None:
    """Trains all phases, prints a line an epoch, and saves the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=positive, help="epochs of each phase, instead of its own")
    parser.add_argument("--steps", type=positive, default=sys.maxsize, help="the most steps in all")
    parser.add_argument("--device", default=best_device(), help="cuda, mps or cpu")
    parser.add_argument("--losses", type=Path, help="write the loss of every step here, as JSON")
    options = parser.parse_args()
    limit_threads()
    # <deterministic>
    be_deterministic()
    # </deterministic>
    device = join(options.device)
    networks = {name: network.to(device) for name, network in build().items()}
    learners = replicated(networks)
    data, held_out = load(device)
    losses: list[float] = []
    # <weights>
    ends: dict[str, Weights] = {}  # the weights that each phase left behind
    # </weights>
    for phase in PHASES:
        # <weights>
        begin(phase, networks, ends)
        # </weights>
        epochs = options.epochs or phase.epochs
        most = options.steps - len(losses)
        losses += train(phase, learners, data, held_out, epochs, most) if most else []
        # <weights>
        ends[phase.name] = held(networks)
        # </weights>
    if leave():
        return
    if options.losses:
        options.losses.write_text(json.dumps(losses))
    for name, network in networks.items():
        torch.save(network.state_dict(), f"{name}.pt")


if __name__ == "__main__":
    main()
