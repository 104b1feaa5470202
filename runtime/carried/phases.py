"""What a training needs whose phases begin with certain weights, or teach parts of networks: carried by its marks."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from runtime.carried.loop import Networks, Phase, Weights

# --- places ---


def module_at(networks: Networks, place: str) -> nn.Module:
    """A network, or a module in it, as `Net.head`."""
    name, _, path = place.partition(".")
    network = networks[name]
    if isinstance(network, nn.parallel.DistributedDataParallel):
        network = network.module
    return network.get_submodule(path)


# --- held weights ---


def held(networks: Networks) -> Weights:
    """A copy of the weights as they are."""
    return {name: {k: v.clone() for k, v in n.state_dict().items()} for name, n in networks.items()}


def put_back(networks: Networks, weights: Weights) -> None:
    """Makes the weights what they were when they were copied."""
    for name, network in networks.items():
        network.load_state_dict(weights[name])


# --- first weights ---


def begin(phase: Phase, networks: Networks, ends: dict[str, Weights]) -> None:
    """Gives the networks the weights that a phase asks for, where it does not go on with its own."""
    if phase.weights in ends:
        put_back(networks, ends[phase.weights])
    # <files>
    elif phase.weights:
        fill(networks, Path(phase.weights))
    # </files>


# --- weights of files ---

SAFETENSORS = {
    "BOOL": torch.bool,
    "I64": torch.int64,
    "I32": torch.int32,
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
}


def fill(networks: Networks, place: Path) -> None:
    """Gives the networks what fits in a file, in a folder with one for each, or in that of a run."""
    told = []
    for name, network in networks.items():
        files = [place] if place.suffix == ".safetensors" else found(place, name)
        taken = take(network, read_tensors(files[0])) if files else 0
        told += [f"{name}: {taken} of {len(network.state_dict())} tensors"] if taken else []
    if not told:
        raise ValueError(f"Nothing in {place} fits the networks by its name and shape.")
    print(f"weights from {place}: {', '.join(told)}")


def found(folder: Path, name: str) -> list[Path]:
    """The file of a network's weights in a folder of such files, or its best ones in that of a run."""
    kept = sorted(folder.glob(f"checkpoints/best-*/{name}.safetensors"))
    last = sorted(folder.glob(f"checkpoints/step-*/{name}.safetensors"))
    return [*folder.glob(f"{name}.safetensors"), *kept[::-1], *last[::-1]]


@torch.no_grad()
def take(network: nn.Module, tensors: dict[str, Tensor]) -> int:
    """Copies what fits by its name and shape, and returns how many tensors did."""
    own = network.state_dict()
    fitting = [k for k, tensor in tensors.items() if k in own and own[k].shape == tensor.shape]
    for name in fitting:
        own[name].copy_(tensors[name])
    return len(fitting)


def read_tensors(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file by name: a length, a table as JSON, and the numbers."""
    try:
        data = bytearray(file.read_bytes())
        begin = 8 + int.from_bytes(data[:8], "little")
        table: dict[str, Any] = json.loads(data[8:begin])
        table.pop("__metadata__", None)
        return {name: tensor_in(data, begin, **entry) for name, entry in table.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{file} cannot be read as safetensors: {error}") from error


def tensor_in(
    data: bytearray, begin: int, dtype: str, shape: list[int], data_offsets: list[int]
) -> Tensor:
    """One tensor of such a file."""
    start, count = begin + data_offsets[0], math.prod(shape)
    if not count:
        return torch.empty(shape, dtype=SAFETENSORS[dtype])
    return torch.frombuffer(data, dtype=SAFETENSORS[dtype], count=count, offset=start).view(shape)
