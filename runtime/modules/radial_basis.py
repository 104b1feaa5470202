"""Distances to fixed points of plus and minus one (LeCun et al. 1998, section II-B)."""

import torch
from torch import Tensor, nn


class RadialBasis(nn.Module):
    """The squared distance to each point: (N, features) -> (N, out_features). The points are no part of the state."""

    def __init__(
        self, features: int, out_features: int, points: tuple[str, ...] = (), seed: int = 0
    ) -> None:
        super().__init__()
        coin = torch.Generator().manual_seed(seed)
        heads = torch.rand(out_features, features, generator=coin, device="cpu") < 0.5
        if points:
            heads = torch.tensor(
                [[sign == "+" for sign in point] for point in points], device="cpu"
            )
        self.points = heads * 2.0 - 1.0

    def forward(self, x: Tensor) -> Tensor:
        return (x.unsqueeze(-2) - self.points.to(x)).square().sum(dim=-1)
