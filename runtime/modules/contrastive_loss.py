"""The contrastive loss of pairs (Hadsell et al. 2006)."""

import torch.nn.functional as F
from torch import Tensor, nn


class ContrastiveLoss(nn.Module):
    """Draws alike pairs together and pushes others apart: (N, F), (N, F), (N,) -> ()."""

    def __init__(self, margin: float = 1.0) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, first: Tensor, second: Tensor, alike: Tensor) -> Tensor:
        distance = F.pairwise_distance(first, second)
        apart = (self.margin - distance).clamp(min=0)
        return 0.5 * (alike * distance.square() + (1 - alike) * apart.square()).mean()
