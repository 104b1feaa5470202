"""How often what belongs to an anchor is nearer than what does not (Schroff et al. 2015)."""

import torch.nn.functional as F
from torch import Tensor, nn


class TripletAccuracy(nn.Module):
    """Share of anchors with the positive nearer: (N, F), (N, F), (N, F) -> ()."""

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        near, far = F.pairwise_distance(anchor, positive), F.pairwise_distance(anchor, negative)
        return (near < far).float().mean()
