"""Reads weights that were exported in eight bits; it needs only torch and safetensors.

from int8 import load_int8
model = load_int8(Net(), "Net.safetensors")
"""

from __future__ import annotations

from safetensors.torch import load_file
from torch import nn


def load_int8(model: nn.Module, file: str) -> nn.Module:
    """Give a model the weights of a file, each eight-bit one times the scale of its output."""
    held = load_file(file)
    scales = {name.removesuffix(".scale") for name in held if name.endswith(".scale")}
    state = {}
    for name, value in held.items():
        if name in scales:
            scale = held[f"{name}.scale"]
            state[name] = value.float() * scale.reshape(-1, *[1] * (value.ndim - 1))
        elif name.removesuffix(".scale") not in scales:
            state[name] = value
    model.load_state_dict(state)
    return model.eval()
