"""A learned vector added at every place."""

import torch
from torch import Tensor, nn


class LearnedOffset(nn.Module):
    """Adds a learned tensor to every example: (N, *sizes) -> (N, *sizes)."""

    def __init__(self, sizes: tuple[int, ...], std: float = 0.02) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(sizes) * std)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.weight[: x.shape[1]]
