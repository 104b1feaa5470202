"""Numbers set to an extreme at random (Vincent et al. 2010)."""

import torch
from torch import Tensor, nn


class SaltAndPepperNoise(nn.Module):
    """Sets numbers to low or high with probability p / 2 each while training, or always: shape -> shape."""

    def __init__(
        self, p: float = 0.3, low: float = 0.0, high: float = 1.0, always: bool = False
    ) -> None:
        super().__init__()
        self.p, self.low, self.high, self.always = p, low, high, always

    def forward(self, x: Tensor) -> Tensor:
        if not (self.training or self.always):
            return x
        drawn = torch.rand_like(x)
        return x.masked_fill(drawn < self.p, self.high).masked_fill(drawn < self.p / 2, self.low)
