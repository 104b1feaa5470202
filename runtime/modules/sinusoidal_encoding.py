"""Sines that say where a step of a sequence stands (Vaswani et al. 2017, section 3.5)."""

import torch
from torch import Tensor, nn


class SinusoidalEncoding(nn.Module):
    """Adds sines of many wavelengths to a sequence: (N, steps, features) -> (N, steps, features)."""

    encoding: Tensor

    def __init__(self, steps: int, features: int, base: float = 10_000.0) -> None:
        super().__init__()
        turns = torch.arange(steps)[:, None] / base ** (torch.arange(0, features, 2) / features)
        both = torch.stack((turns.sin(), turns.cos()), dim=2)
        self.register_buffer("encoding", both.flatten(1)[:, :features])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.encoding[: x.shape[1]]
