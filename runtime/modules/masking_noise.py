"""Numbers zeroed at random (Vincent et al. 2010)."""

import torch
from torch import Tensor, nn


class MaskingNoise(nn.Module):
    """Zeroes numbers with probability p while training, or always; scales nothing up: shape -> shape."""

    def __init__(self, p: float = 0.3, always: bool = False) -> None:
        super().__init__()
        self.p, self.always = p, always

    def forward(self, x: Tensor) -> Tensor:
        return x * (torch.rand_like(x) >= self.p) if self.training or self.always else x
