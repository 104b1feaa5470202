"""Normal noise added to what passes."""

import torch
from torch import Tensor, nn


class GaussianNoise(nn.Module):
    """Adds normal noise while training, or always: shape -> shape."""

    def __init__(self, std: float = 0.1, always: bool = False) -> None:
        super().__init__()
        self.std, self.always = std, always

    def forward(self, x: Tensor) -> Tensor:
        return x + self.std * torch.randn_like(x) if self.training or self.always else x
