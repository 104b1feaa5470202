"""A triplet loss whose triplets are the hardest of the batch (Hermans et al. 2017)."""

import torch
from torch import Tensor, nn


class HardestTriplet(nn.Module):
    """Asks that the farthest of the same label is nearer than any other: (N, F), (N,) -> ()."""

    def __init__(self, margin: float = 0.2) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        same = labels.unsqueeze(1) == labels
        exact = (
            "donot_use_mm_for_euclid_dist"  # the product of matrices would round small distances
        )
        distance = torch.cdist(embeddings, embeddings, compute_mode=exact)
        farthest = distance.masked_fill(~same, 0.0).amax(dim=1)
        nearest = -(-distance).masked_fill(same, float("-inf")).amax(dim=1)
        return (self.margin + farthest - nearest).clamp(min=0).mean()
