"""A learned tensor, the same for every example."""

import torch
from torch import Tensor, nn


class LearnedTensor(nn.Module):
    """A learned tensor that is repeated for every example: anything -> (N, *sizes)."""

    def __init__(self, sizes: tuple[int, ...], std: float = 0.02) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(sizes) * std)

    def forward(self, x: Tensor) -> Tensor:
        return self.weight.repeat(len(x), *[1] * self.weight.dim())
