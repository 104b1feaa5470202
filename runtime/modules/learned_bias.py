"""A learned number for every feature."""

import torch
from torch import Tensor, nn


class LearnedBias(nn.Module):
    """Adds a learned vector to the last axis: (N, ..., features) -> (N, ..., features)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.bias
