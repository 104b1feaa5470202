"""Gates that cost as much as they let through (Liu et al. 2017)."""

import torch
from torch import Tensor, nn


class L1Gate(nn.Module):
    """Weighs channels: (N, *shape) -> (N, *shape), and what the weights cost, (N,)."""

    def __init__(self, sizes: tuple[int, ...]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(sizes))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x * self.weight, self.weight.abs().sum().expand(len(x))
