"""Torchvision's checkpoints under our names: `python -m runtime.adopted CHECKPOINT TEMPLATE SETTINGS OUT`.

The command line starts it, since it knows torch; what it refuses it prints in a sentence and ends with 2.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from blocks.zoo import TEMPLATES, Template
from runtime.source import print_networks
from runtime.store import CannotSave, save
from runtime.torchvision_names import NoName, of_old, renamed

_WANTED = "Take the state dict of a model, as torch.save or safetensors writes it: tensors by name and nothing else."
_COUNTER = "num_batches_tracked"  # of a batch norm; checkpoints of old do not have it


class CannotAdopt(Exception):
    """A checkpoint that does not fit a template; the sentence says which weight is to blame."""


def read_weights(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, as `.safetensors` or as `torch.save` writes them; nothing in it is run."""
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        held = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # torch would have people run what is in it
        raise CannotAdopt(f"{path} cannot be read as a checkpoint. {_WANTED}") from error
    except (OSError, EOFError, RuntimeError, ValueError, safetensors.SafetensorError) as error:
        raise CannotAdopt(f"{path} cannot be read as a checkpoint ({str(error).splitlines()[0]}). {_WANTED}") from error
    held = held.get("state_dict", held) if isinstance(held, dict) else held
    if not isinstance(held, dict) or not all(isinstance(tensor, Tensor) for tensor in held.values()):
        raise CannotAdopt(f"{path} holds no weights by name, as a state_dict does.")
    return held


def adopted(template: Template, theirs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of a template's network under our names, out of torchvision's; raises CannotAdopt."""
    wanted = on_meta(template).state_dict()
    try:
        names = renamed(template, wanted)
    except NoName as error:
        raise CannotAdopt(f"{error}.") from error
    return {ours: _fitting(tensor, names[ours], theirs) for ours, tensor in wanted.items()}


def _fitting(wanted: Tensor, name: str, theirs: Mapping[str, Tensor]) -> Tensor:
    found = theirs.get(name, theirs.get(of_old(name)))
    if found is None and name.endswith(_COUNTER):
        return torch.zeros((), dtype=torch.long)
    if found is None:
        raise CannotAdopt(f"The checkpoint has no {name}; it is of another network or another form of it.")
    if found.shape != wanted.shape:
        sizes = f"expected {tuple(wanted.shape)}, found {tuple(found.shape)}"
        raise CannotAdopt(f"{name} of the checkpoint has another shape: {sizes}. Choose settings that fit, as classes.")
    return found.clone()


def on_meta(template: Template) -> nn.Module:
    """The network of a template as it is printed, without memory for its weights."""
    drawn = next(iter(template.networks().values()))
    source = print_networks(template.title(), {"Net": drawn.graph()})
    printed = ModuleType("printed")
    exec(compile(source.text, "printed.py", "exec"), printed.__dict__)
    with torch.device("meta"):
        made: nn.Module = getattr(printed, source.classes["Net"])()
    return made


def main(words: list[str]) -> int:
    """Reads, renames, writes; a refusal is printed."""
    checkpoint, kind, settings, out = words
    template = TEMPLATES.make(kind, json.loads(settings))
    try:
        weights = adopted(template, read_weights(Path(checkpoint)))
        save(Path(out), safetensors.torch.save(weights))
    except (CannotAdopt, CannotSave) as error:
        print(error)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
