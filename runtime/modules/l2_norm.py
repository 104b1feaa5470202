"""Lengths brought to a learned size, channel by channel (Liu et al. 2016)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class L2Norm(nn.Module):
    """Scales the channels of each pixel to length 1, then by a learned number each: (N, C, H, W) -> (N, C, H, W)."""

    def __init__(self, channels: int, start: float = 20.0, eps: float = 1e-10) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.full((channels,), start))

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(x, dim=1, eps=self.eps) * self.weight[:, None, None]
