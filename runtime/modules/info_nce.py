"""Telling the partner of an example from all others of the batch (van den Oord et al. 2018)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class InfoNCE(nn.Module):
    """Asks that each example finds its partner in the batch: (N, F), (N, F) -> ()."""

    def __init__(self, temperature: float = 0.1, symmetric: bool = False) -> None:
        super().__init__()
        self.temperature, self.symmetric = temperature, symmetric

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        cosines = F.normalize(first) @ F.normalize(second).T
        logits, partners = cosines / self.temperature, torch.arange(len(first), device=first.device)
        loss = F.cross_entropy(logits, partners)
        return (loss + F.cross_entropy(logits.T, partners)) / 2 if self.symmetric else loss
