"""The loss of SimCLR (Chen et al. 2020)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class NTXent(nn.Module):
    """Asks that two views of an example find each other among all views: (N, F), (N, F) -> ()."""

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        views = F.normalize(torch.cat([first, second]))
        logits = views @ views.T / self.temperature
        logits = logits.fill_diagonal_(float("-inf"))  # none is asked to find itself
        partners = torch.arange(len(views), device=views.device).roll(len(first))
        return F.cross_entropy(logits, partners)
