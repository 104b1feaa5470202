"""The focal loss (Lin et al. 2017)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FocalLoss(nn.Module):
    """Cross-entropy in which what is right already counts little: (N, C, ...), (N, ...) -> ()."""

    def __init__(
        self, gamma: float = 2.0, alpha: tuple[float, ...] = (), binary: bool = False
    ) -> None:
        super().__init__()
        self.gamma, self.alpha, self.binary = gamma, alpha, binary

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        if self.binary:
            surprise = F.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        else:
            surprise = F.cross_entropy(logits, labels, reduction="none")
        wrong = -torch.expm1(-surprise)  # the probability that is not given to what is right
        loss = wrong.clamp(min=1e-12) ** self.gamma * surprise
        if self.alpha and self.binary:
            loss = loss * (self.alpha[0] * labels + (1 - self.alpha[0]) * (1 - labels))
        elif self.alpha:
            loss = loss * logits.new_tensor(self.alpha)[labels]
        return loss.mean()
