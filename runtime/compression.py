"""Trained weights made smaller: those near zero at zero, all of them in eight bits, and what the file then takes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, load_file, save

Weights = Mapping[str, NDArray[Any]]  # a state dict
SCALE = ".scale"  # ends the name of what an eight-bit tensor is multiplied by


def pruned(weights: Weights, share: float) -> dict[str, NDArray[Any]]:
    """With that share of the weights, over all layers the smallest ones, at zero (Han et al. 2015).

    Biases and the numbers of normalizations stay: they are few, and none of them is a connection.
    """
    kernels = {name: value for name, value in weights.items() if _is_kernel(value)}
    sizes = np.concatenate([np.abs(value).ravel() for value in kernels.values()] or [np.zeros(0)])
    count = round(share * len(sizes))
    if not count:
        return dict(weights)
    limit = np.partition(sizes, count - 1)[count - 1]
    return {n: np.where(np.abs(v) > limit, v, v.dtype.type(0)) if n in kernels else v for n, v in weights.items()}


def sparsity(weights: Weights) -> float:
    """The share of zeros among the weights of connections."""
    kernels = [value for value in weights.values() if _is_kernel(value)]
    total = sum(value.size for value in kernels)
    return 1 - sum(int(np.count_nonzero(value)) for value in kernels) / total if total else 0.0


def in_eight_bits(weights: Weights) -> dict[str, NDArray[Any]]:
    """Every kernel as whole numbers from -127 to 127, with a scale for each of its outputs; the rest as it is."""
    found: dict[str, NDArray[Any]] = {}
    for name, value in weights.items():
        if not _is_kernel(value):
            found[name] = value
            continue
        flat = np.abs(value.reshape(len(value), -1)).max(axis=1, initial=0.0)
        scale = np.where(flat > 0, flat / 127, 1.0).astype(np.float32)
        found[name] = np.rint(value / _along(scale, value)).astype(np.int8)
        found[name + SCALE] = scale
    return found


def restored(weights: Weights) -> dict[str, NDArray[Any]]:
    """The weights that eight-bit ones stand for."""
    scales = {name for name in weights if name.endswith(SCALE) and name.removesuffix(SCALE) in weights}
    return {
        name: value * _along(weights[name + SCALE], value) if name + SCALE in scales else value
        for name, value in weights.items()
        if name not in scales
    }


def packed(weights: Weights) -> tuple[bytes, int]:
    """The safetensors file of weights, and the bytes that it takes when compressed (deflate)."""
    data = save({name: np.ascontiguousarray(value) for name, value in weights.items()})
    return data, len(zlib.compress(data, 9))


def smaller(file: Path, share: float, eight_bits: bool) -> tuple[bytes, str]:
    """The file of weights made smaller, and a sentence on what that came to."""
    weights = load_file(file)
    before = packed(weights)
    kept = pruned(weights, share)
    kept = in_eight_bits(kept) if eight_bits else kept
    data, pressed = packed(kept)
    told = f"{sparsity(load(data)):.1%} of the weights are zero"
    return data, f"{told}; {len(data):,} bytes (before: {len(before[0]):,}), {pressed:,} compressed ({before[1]:,})"


def _is_kernel(value: NDArray[Any]) -> bool:
    return value.ndim > 1 and np.issubdtype(value.dtype, np.number)


def _along(scale: NDArray[Any], value: NDArray[Any]) -> NDArray[Any]:
    return scale.reshape(-1, *[1] * (value.ndim - 1))
