"""The distance of two styles (Gatys et al. 2015)."""

import torch
from torch import Tensor, nn


class StyleLoss(nn.Module):
    """How far apart the Gram matrices of feature maps are: (N, C, ...), (N, C, ...) -> ()."""

    def forward(self, features: Tensor, wanted: Tensor) -> Tensor:
        channels, count = features.shape[1], len(features)
        apart = self.gram(features) - self.gram(wanted)
        return apart.square().sum() / (4 * channels**2 * count)

    @staticmethod
    def gram(features: Tensor) -> Tensor:
        """The inner products of all maps, each over the number of positions: (N, C, C)."""
        maps = features.flatten(2)
        return torch.einsum("bcm,bdm->bcd", maps, maps) / maps.shape[2]
