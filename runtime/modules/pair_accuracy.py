"""How often the distance of two tells whether they belong together (Hadsell et al. 2006)."""

import torch.nn.functional as F
from torch import Tensor, nn


class PairAccuracy(nn.Module):
    """Share of pairs on the right side of a threshold: (N, F), (N, F), (N,) -> ()."""

    def __init__(self, threshold: float = 0.5) -> None:
        super().__init__()
        self.threshold = threshold

    def forward(self, first: Tensor, second: Tensor, alike: Tensor) -> Tensor:
        near = F.pairwise_distance(first, second) < self.threshold
        return (near == (alike > 0.5)).float().mean()
