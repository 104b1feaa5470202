"""Losses of the overlap of masks: Tversky, of which Dice and Jaccard are two (Salehi et al. 2017)."""

import torch.nn.functional as F
from torch import Tensor, nn


class TverskyLoss(nn.Module):
    """One minus the share of what is hit: (N, C, ...), (N, ...) -> ().

    Halves for `alpha`, of what is marked wrongly, and `beta`, of what is missed, make it the
    Dice loss; ones make it the Jaccard loss.
    """

    def __init__(
        self,
        alpha: float,
        beta: float,
        smooth: float = 1.0,
        over: str = "example",
        gamma: float = 1.0,
    ) -> None:
        super().__init__()
        self.alpha, self.beta, self.smooth = alpha, beta, smooth
        self.over, self.gamma = over, gamma

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        if labels.dim() < logits.dim() and logits.shape[1] > 1:
            p = logits.softmax(dim=1)
            t = F.one_hot(labels, logits.shape[1]).movedim(-1, 1).to(p)
        else:
            p = logits.sigmoid()
            t = labels.view_as(logits).to(p)
        axes = [0, *range(2, p.dim())] if self.over == "batch" else list(range(2, p.dim()))
        hit = (p * t).sum(dim=axes)
        misses = self.alpha * (p * (1 - t)).sum(dim=axes) + self.beta * ((1 - p) * t).sum(dim=axes)
        missed = misses / (hit + misses + self.smooth)
        return (missed.clamp(min=1e-12) ** (1 / self.gamma)).mean()
