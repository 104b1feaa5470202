"""Weights of layers that are folded into one, and whole trained networks made smaller without another answer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import torch
from torch import Tensor

from blocks.block import Block
from blocks.check import Checked, check
from blocks.folding import Fold, folds, opened
from blocks.geometry import per_axis
from blocks.graph import Graph
from runtime.naming import attribute

Weights = Mapping[str, Tensor]  # a state dict


def fused(checked: Checked, weights: Weights) -> tuple[Graph, dict[str, Tensor]]:
    """A network and its weights with everything folded that can be: it answers as before, in evaluation mode.

    Composites that stand alone are opened first. Raises Refused where the network has errors.
    """
    checked, ways = opened(checked)
    held = _renamed(weights, ways)
    while True:
        found = next(folds(checked), None)
        if found is None:
            return checked.graph, held
        held = folded(found, checked, held)
        checked = check(found.edit(checked.graph), checked.networks)


def folded(fold: Fold, checked: Checked, weights: Weights) -> dict[str, Tensor]:
    """The weights of the network after a fold."""
    first, second = (checked.graph.block(name) for name in (fold.first, fold.second))
    parts = [_part(weights, name) for name in (fold.first, fold.second)]
    if "running_mean" in parts[1]:
        weight, bias = _normalized(second, *parts)
    else:
        weight, bias = _composed(first, *parts)
    gone = tuple(f"{attribute(name)}." for name in (fold.first, fold.second))
    kept = {name: value for name, value in weights.items() if not name.startswith(gone)}
    own = {"weight": weight} | ({"bias": bias} if fold.block.value("bias") else {})
    return kept | {f"{attribute(fold.first)}.{name}": value for name, value in own.items()}


def _part(weights: Weights, node: str) -> dict[str, Tensor]:
    prefix = f"{attribute(node)}."
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def _normalized(norm: Block, layer: Weights, seen: Weights) -> tuple[Tensor, Tensor]:
    """γ (w x + b - μ) / √(σ² + ε) + β as one layer."""
    scale = torch.rsqrt(seen["running_var"] + norm.value("eps")) * seen.get("weight", 1.0)
    weight = layer["weight"]
    bias = (layer.get("bias", 0.0) - seen["running_mean"]) * scale + seen.get("bias", 0.0)
    return weight * scale.reshape(-1, *[1] * (weight.ndim - 1)), bias


def _composed(first: Block, inner: Weights, outer: Weights) -> tuple[Tensor, Tensor]:
    """w₂ (w₁ x + b₁) + b₂ as one layer: of convolutions each weight of the second lays down the first's kernel."""
    w1, w2 = inner["weight"], outer["weight"]
    steps = per_axis(first.value("stride"), w1.ndim - 2) if w1.ndim > 2 else ()
    sizes = [a + (b - 1) * s for a, b, s in zip(w1.shape[2:], w2.shape[2:], steps, strict=True)]
    whole = w1.new_zeros(w2.shape[0], w1.shape[1], *sizes)
    place: Any
    for place in product(*map(range, w2.shape[2:])):
        window = (slice(i * s, i * s + k) for i, s, k in zip(place, steps, w1.shape[2:], strict=True))
        index: Any = (slice(None), slice(None), *window)
        whole[index] += torch.einsum("om,mi...->oi...", w2[..., *place], w1)
    through = torch.einsum("om...,m->o", w2, inner["bias"]) if "bias" in inner else 0.0
    return whole, through + outer.get("bias", torch.zeros(w2.shape[0]))


def _renamed(weights: Weights, ways: Mapping[str, str]) -> dict[str, Tensor]:
    """The weights under the names of the nodes that were inside composites."""
    prefixes = {".".join(map(attribute, way.split("."))): attribute(name) for way, name in ways.items()}
    found = {}
    for name, value in weights.items():
        node, _, own = name.rpartition(".")
        while node and node not in prefixes:
            node, _, more = node.rpartition(".")
            own = f"{more}.{own}"
        found[f"{prefixes[node]}.{own}" if node else name] = value
    return found
