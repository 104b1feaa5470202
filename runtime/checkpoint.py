"""Checkpoints: the weights as safetensors, and every state that is needed to go on to the very same bits."""

from __future__ import annotations

import io
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from runtime.store import CannotRead, sha256
from runtime.weights import STATE, Checkpoint, Manifest, write_checkpoint

Weights = Mapping[str, Mapping[str, Tensor]]  # by class, then by name in the state dict


def weights_of(networks: Mapping[str, nn.Module]) -> dict[str, dict[str, Tensor]]:
    """A copy of the weights of networks in main memory; what is one tensor in a network is kept once."""
    return {made: _copied(network.state_dict()) for made, network in networks.items()}


def _copied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    kept: dict[str, Tensor] = {}
    seen: set[tuple[int, tuple[int, ...], tuple[int, ...]]] = set()
    for name, tensor in tensors.items():
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride())
        if not tensor.numel() or key not in seen:
            seen.add(key)
            kept[name] = tensor.detach().to("cpu", copy=True).contiguous()
    return kept


def save_checkpoint(
    folder: Path, weights: Weights, state: Mapping[str, Any] | None, told: Manifest, names: Mapping[str, str]
) -> None:
    """Writes a checkpoint; `state` is left out where only the weights matter. Raises CannotSave.

    `told` says step, epoch and values; `names` gives the network of the design for each class.
    """
    files = {f"{made}.safetensors": safetensors.torch.save(dict(tensors)) for made, tensors in weights.items()}
    networks = {names[made]: f"{made}.safetensors" for made in weights}
    if state is not None:
        buffer = io.BytesIO()
        torch.save(dict(state), buffer)
        files[STATE] = buffer.getvalue()
    digests = {name: sha256(data) for name, data in files.items()}
    manifest = Manifest(told.step, told.epoch, networks, digests, told.best, told.values)
    write_checkpoint(folder, files, manifest)


def load_state(checkpoint: Checkpoint) -> dict[str, Any]:
    """The state in a checkpoint; raises CannotRead. Nothing in the file is run."""
    path = checkpoint.folder / STATE
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises whatever the damage leads to
        raise CannotRead(path, "its content", f"a state to go on from ({error})") from error
    if not isinstance(state, dict):
        raise CannotRead(path, "its content", "a state to go on from")
    return state


def load_weights(checkpoint: Checkpoint, networks: Mapping[str, nn.Module]) -> None:
    """Fills networks, given by class, with the weights of a checkpoint; raises CannotRead."""
    for made, network in networks.items():
        path = checkpoint.folder / f"{made}.safetensors"
        try:
            safetensors.torch.load_model(network, path, strict=True)
        except (OSError, RuntimeError, safetensors.SafetensorError) as error:
            raise CannotRead(path, "its tensors", f"those of {made} ({error})") from error


def load_tensors(weights: Weights, networks: Mapping[str, nn.Module]) -> None:
    """Fills networks with a copy of their weights, as `weights_of` made it."""
    for made, network in networks.items():
        network.load_state_dict(weights[made], strict=False)  # what is shared was kept once


def gradients_of(networks: Mapping[str, nn.Module]) -> dict[str, dict[str, Tensor]]:
    """A copy of the gradients that networks hold, in main memory."""
    return {
        made: {n: p.grad.detach().to("cpu", copy=True) for n, p in network.named_parameters() if p.grad is not None}
        for made, network in networks.items()
    }


def restore_gradients(networks: Mapping[str, nn.Module], gradients: Weights) -> None:
    """Puts gradients back where they were."""
    for made, network in networks.items():
        held = gradients.get(made, {})
        for name, parameter in network.named_parameters():
            if name in held:
                parameter.grad = held[name].to(parameter.device)


def memories_of(networks: Mapping[str, nn.Module]) -> dict[str, dict[str, Any]]:
    """What modules keep from batch to batch beside their weights, as the states of a text that goes on."""
    return {
        made: {name: vars(m)["memory"] for name, m in network.named_modules() if vars(m).get("memory")}
        for made, network in networks.items()
    }


def restore_memories(networks: Mapping[str, nn.Module], memories: Mapping[str, Any], device: torch.device) -> None:
    """Puts it back where it was kept."""
    for made, network in networks.items():
        for name, memory in memories.get(made, {}).items():
            states = memory["states"]
            moved = states.to(device) if isinstance(states, Tensor) else tuple(s.to(device) for s in states)
            vars(network.get_submodule(name))["memory"] = {**memory, "states": moved}


def random_states() -> dict[str, Any]:
    """The states of every source of chance: Python, numpy, torch and its devices."""
    kind, keys, position, has_gauss, gauss = np.random.get_state(legacy=True)
    version, internal, following = random.getstate()
    return {
        "python": [version, torch.tensor(internal, dtype=torch.int64), following],
        "numpy": [kind, torch.from_numpy(np.array(keys, np.int64)), position, has_gauss, gauss],
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "mps": torch.mps.get_rng_state() if torch.backends.mps.is_available() else None,
    }


def restore_random(states: Mapping[str, Any]) -> None:
    """Puts every source of chance where it was."""
    version, internal, following = states["python"]
    random.setstate((version, tuple(internal.tolist()), following))
    kind, keys, position, has_gauss, gauss = states["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if states["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
    if states["mps"] is not None and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
