"""Gates that cost as many as are open (Louizos et al. 2018)."""

import math

import torch
from torch import Tensor, nn


class L0Gate(nn.Module):
    """Opens and closes channels: (N, *shape) -> (N, *shape), and how many are open on average, (N,)."""

    low, high = -0.1, 1.1  # how far gates are stretched, so that some are wholly closed or open

    def __init__(
        self, sizes: tuple[int, ...], start: float = 0.9, temperature: float = 2 / 3
    ) -> None:
        super().__init__()
        self.temperature = temperature
        self.log_alpha = nn.Parameter(math.log(start / (1 - start)) + 0.01 * torch.randn(sizes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        tilt: Tensor = self.log_alpha
        if self.training:
            chance = torch.rand_like(tilt).clamp(1e-6, 1 - 1e-6)
            tilt = (tilt + chance.logit()) / self.temperature
        gate = (torch.sigmoid(tilt) * (self.high - self.low) + self.low).clamp(0.0, 1.0)
        opened = torch.sigmoid(self.log_alpha - self.temperature * math.log(-self.low / self.high))
        return x * gate, opened.sum().expand(len(x))
