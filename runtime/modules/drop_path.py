"""Whole examples left out at random (Huang et al. 2016)."""

import torch
from torch import Tensor, nn


class DropPath(nn.Module):
    """Zeroes whole examples with probability p while training and scales the others up: shape -> shape."""

    def __init__(self, p: float = 0.1) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        kept = torch.rand(len(x), *[1] * (x.dim() - 1), device=x.device) >= self.p
        return x * kept / max(1.0 - self.p, 1e-12)
