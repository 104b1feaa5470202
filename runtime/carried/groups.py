"""Parameters in groups, carried into the scripts that need them: what follows a mark, word for word."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

# --- rates ---


def at_rates(
    network: nn.Module, factors: dict[str, float], spare: bool = False
) -> list[dict[str, Any]]:
    """Parameters in groups by the factor of their learning rate: that of the longest name that fits.

    With `spare`, biases and the numbers of normalizations are in groups that do not decay.
    """
    if isinstance(network, nn.parallel.DistributedDataParallel):
        network = network.module
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for place, module in network.named_modules():
        fits = [name for name in factors if f"{place}.".startswith(f"{name}.")]
        factor = factors[max(fits, key=len)] if fits else 1.0
        spared = spare and "Norm" in type(module).__name__
        for parameter in module.parameters(recurse=False):
            decays = not (spared or (spare and parameter.ndim < 2))
            groups.setdefault((factor, decays), []).append(parameter)
    return [
        {"params": found, "factor": factor, **({} if decays else {"weight_decay": 0.0})}
        for (factor, decays), found in groups.items()
    ]


# --- several optimizers ---


class Several(torch.optim.Optimizer):
    """Optimizers of different parameters as one."""

    def __init__(self, parts: list[torch.optim.Optimizer], defaults: dict[str, Any]) -> None:
        super().__init__([group for part in parts for group in part.param_groups], defaults)
        self.parts = parts
        self.param_groups = [group for part in parts for group in part.param_groups]

    def step(self, closure: Any = None) -> Any:
        """Makes a step of all."""
        for part in self.parts:
            part.step()

    def state_dict(self) -> dict[str, Any]:
        """What all have to remember."""
        return {"parts": [part.state_dict() for part in self.parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on from there."""
        for part, state in zip(self.parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self.param_groups = [group for part in self.parts for group in part.param_groups]


# --- muon ---


class MuonWithAdamW(Several):
    """Muon for the matrices between layers, AdamW for embeddings and all else, as one optimizer."""

    def __init__(
        self,
        networks: list[nn.Module],
        lr: float,
        weight_decay: float = 0.1,
        rest_factor: float = 1.0,
        spare: bool = False,
        **muon: Any,
    ) -> None:
        groups: dict[str, list[nn.Parameter]] = {"matrices": [], "rest": [], "spared": []}
        for module in (module for network in networks for module in network.modules()):
            plain = not isinstance(module, nn.Embedding) and "Norm" not in type(module).__name__
            for parameter in module.parameters(recurse=False):
                spared = spare and (parameter.ndim < 2 or "Norm" in type(module).__name__)
                kind = "matrices" if plain and parameter.ndim == 2 else "rest"
                groups["spared" if spared else kind].append(parameter)
        decays: dict[str, Any] = {"lr": lr, "weight_decay": weight_decay}
        rest = [
            {"params": groups["rest"], "factor": rest_factor},
            {"params": groups["spared"], "factor": rest_factor, "weight_decay": 0.0},
        ]
        parts: list[torch.optim.Optimizer] = []
        if groups["matrices"]:
            parts.append(torch.optim.Muon(groups["matrices"], **decays, **muon))
        if groups["rest"] or groups["spared"]:
            parts.append(torch.optim.AdamW(rest, **decays, fused=True))
        super().__init__(parts, decays)


# --- sparse adam ---


class SparseAdamWithAdam(Several):
    """SparseAdam for the rows of large tables, of which a batch reads few, Adam for all else."""

    def __init__(self, networks: list[nn.Module], lr: float, **moments: Any) -> None:
        tables: list[nn.Parameter] = []
        rest: list[nn.Parameter] = []
        for module in (module for network in networks for module in network.modules()):
            sparse = getattr(module, "sparse", False)
            (tables if sparse else rest).extend(module.parameters(recurse=False))
        parts: list[torch.optim.Optimizer] = []
        if tables:
            parts.append(torch.optim.SparseAdam(tables, lr=lr, **moments))
        if rest:
            parts.append(torch.optim.Adam(rest, lr=lr, fused=True, **moments))
        super().__init__(parts, {"lr": lr})
