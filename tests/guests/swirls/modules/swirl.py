"""Swish whose slope is learned."""

import torch
from torch import Tensor, nn


class Swirl(nn.Module):
    """x times the sigmoid of a learned multiple of it, channel by channel: (N, C, H, W) -> (N, C, H, W)."""

    def __init__(self, channels: int, start: float = 1.0) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((channels,), start))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.slope[:, None, None] * x)
